# SPDX-License-Identifier: Apache-2.0
"""What is done for each kind of step, and whether the answer is the expected one.

STEPS has one row a kind.
"""
import collections
import datetime
import secrets

from scenario import Mistake, instant, listed, plain, seconds, written

Task = collections.namedtuple("Task", "name agent user intent")
# A call that was made: its request, the answer, and whether its outcome is to be taken as good.
Call = collections.namedtuple("Call", "name request answer is_pending")


class Skip(Exception):
    """Why a step can't be judged."""


def one_of(words):
    return " or ".join(words) if words else "any code"


class Episode:
    """A case while it runs: the time, the tasks opened in it, and the daemon that it talks to."""

    def __init__(self, scenario, daemon, note):
        self.scenario = scenario
        self.world = scenario.world
        self.daemon = daemon
        self.note = note
        self.now = scenario.now
        self.tasks = {}
        self.calls = {}
        self.in_flight = []  # names of allowed calls of which no outcome was told

    def set_live(self, tables):
        """The world's rows of the tables that the policy keeps live."""
        for name in tables:
            rows = self.world["tables"].get(name, {}).get("rows")
            answer = self.daemon.operate("FACTS", self.now, table=name, rows=plain(rows)) if rows else {"decision": True}
            if not answer["decision"]:
                raise Mistake(f"the rows of world.tables.{name} don't fit the policy's live table: {said(answer)}")

    # ---- the parties of a request ----

    def attributes(self, party, says, own):
        """What is said of a party, of that which the policy lets a request say."""
        taken = {}
        for name, value in says.items():
            if name in own or f"{party}.{name}" in self.daemon.attributes:
                taken[name] = plain(value)
        return taken

    def agent(self, name, more):
        entry = {**self.scenario.entry("agents", name), **more}
        return {"id": self.scenario.id("agents", name), **self.attributes("agent", entry, ("tenant", "attested"))}

    def user(self, name, more):
        entry = {"groups": [], **self.scenario.entry("users", name), **more}
        entry["groups"] = listed(entry["groups"])
        if "auth_time" in entry:
            entry["auth_time"] = written(instant(entry["auth_time"]))
        own = ("id", "tenant", "groups", "acr", "auth_time")
        return {"id": name, **self.attributes("user", entry, own)}

    def audience(self, name, more):
        entry = {**self.scenario.entry("audiences", name), **more}
        return {"uri": self.scenario.uri("audiences", name), **self.attributes("audience", entry, ())}

    def credential(self, says, task, gateway, presenter):
        """A credential that is good for this gateway, agent and user, but for what the step says."""
        facts = self.scenario.entry("gateways", gateway)
        agent = self.scenario.entry("agents", task.agent)
        agent_id = agent.get("id", task.agent)
        issuers = listed(facts.get("accepts")) or list(self.world["issuers"])
        good = {"iss": self.scenario.uri("issuers", issuers[0]) if issuers else None, "aud": facts.get("uri"),
                "sub": self.scenario.id("users", task.user) if task.user else agent_id,
                "client_id": agent.get("client") or agent_id, "cnf": presenter,
                "iat": self.now, "exp": self.now + datetime.timedelta(minutes=10)}
        facts = {**good, **(says or {})}
        if says and "iss" in says:
            facts["iss"] = self.scenario.uri("issuers", says["iss"])
        for name in ("iat", "exp"):
            if facts[name] is not None:
                facts[name] = written(instant(facts[name]))
        return plain({name: value for name, value in facts.items() if value is not None})

    # ---- requests ----

    def gateway(self, says):
        if says.get("gateway") is None and len(self.world["gateways"]) > 1:
            raise Mistake("the world has several gateways, and the step names none")
        return says.get("gateway") or next(iter(self.world["gateways"]))

    def request(self, task, audience, says):
        """The members that a call and the opening of a task share."""
        agent_more = says.get("agent") if isinstance(says.get("agent"), dict) else {}
        user_more = says.get("user") if isinstance(says.get("user"), dict) else {}
        gateway = self.gateway(says)
        presenter = says.get("presenter", f"key-{task.agent}")
        credential = says.get("credential", {})
        request = {"gateway": gateway, "agent": self.agent(task.agent, agent_more),
                   "audience": None if audience is None else self.audience(audience, says.get("audience") or {}),
                   "presenter": presenter,
                   "credential": None if credential in (None, "none") else
                   self.credential(credential, task, gateway, presenter)}
        if task.user is not None:
            request["user"] = self.user(self.scenario.id("users", task.user), user_more)
        if task.name is not None:
            request["task"] = task.name
        return request

    def context(self, says):
        given = says.get("context") or {}
        taken = self.attributes("context", given, ("ip", "environment"))
        for name in sorted(set(given) - set(taken)):
            self.note(f"the policy has no `attribute context.{name}`, so no request says it")
        return taken

    def ask(self, says):
        asked = dict(says.get("ask") or {})
        if "ttl" in asked:
            asked["ttl"] = int(seconds(asked["ttl"]))
        return asked

    # ---- what was done before ----

    def settle(self):
        """An allowed call of which nothing else is said has succeeded, without a result."""
        for name in self.in_flight:
            if not self.calls[name].is_pending:
                self.tell_outcome(name, ok=True)
        self.in_flight = [name for name in self.in_flight if self.calls[name].is_pending]

    def tell_outcome(self, name, **says):
        return self.daemon.operate("OUTCOME", self.now, grant=self.grant(name), **says)

    def task(self, name):
        if name not in self.tasks:
            raise Mistake(f"no task `{name}` was opened before")
        return self.tasks[name]

    def call(self, name):
        if name not in self.calls:
            raise Mistake(f"no call `{name}` was made before")
        return self.calls[name]

    def grant(self, name):
        call = self.call(name)
        if not call.answer["decision"]:
            raise Skip(f"the call `{name}` was denied, so it has no grant")
        return call.answer["token"]["grant_id"]


# ---- the kinds of steps: each returns its differences from the expectation ----

def said(answer):
    """An answer in a few words."""
    if answer.get("decision"):
        return "allow" + names(answer)
    more = "".join(f"; {part}" for part in (answer.get("detail"), ", ".join(answer.get("missing", []))) if part)
    return f"deny ({answer['code']}){names(answer)}{more}"


def names(answer):
    rules = [rule["name"] for rule in answer.get("rules", [])]
    return f" by {', '.join(rules)}" if rules else ""


def judge_done(step, answer, good, bad):
    """Whether an operation was done, where its step says what it expects."""
    wanted = step.expects or (good if step.kind in ("open", "close", "facts") else None)
    if wanted is None:
        return None
    if (wanted == good) != answer["decision"]:
        return [f"expected {wanted}, got {good if answer['decision'] else bad + said(answer)[4:]}"]
    if wanted != good and step.code and answer["code"] not in step.code:
        return [f"expected {bad} ({one_of(step.code)}), got {said(answer)}"]
    return []


def open_task(episode, step):
    says = step.says
    task = Task(says["task"], says["agent"], says.get("user"), says["intent"])
    request = episode.request(task, None, {"gateway": next(iter(episode.world["gateways"])), **says, "agent": {}, "user": {}})
    request["task"] = {"id": task.name, "intent": task.intent, "params": plain(says.get("params") or {})}
    if says.get("parent") is not None:
        request["task"]["under"] = says["parent"]
    episode.tasks[task.name] = task
    return judge_done(step, episode.daemon.open(episode.now, request), "ok", "deny")


def task_of(episode, says):
    """The task of a call; for one outside any, its agent and user alone."""
    agent = says.get("agent") if isinstance(says.get("agent"), str) else None
    user = says.get("user") if isinstance(says.get("user"), str) else None
    name = says.get("task")
    if name is None:
        if agent is None:
            raise Mistake("a call without `task` names its `agent`")
        return Task(None, agent, user, None)
    task = episode.task(name)
    return Task(name, agent or task.agent, user or task.user, task.intent)


def call_tool(episode, step):
    says = step.says
    task = task_of(episode, says)
    audience, _, tool = says["tool"].partition(".")
    request = episode.request(task, audience, says)
    request.update(tool=tool, args=plain(says.get("args") or {}), context=episode.context(says),
                   ask=episode.ask(says), resource=episode.attributes("resource", says.get("resource") or {}, ("type", "id")),
                   key=says.get("key") or secrets.token_hex(8))
    if "chain" in says:
        request["chain"] = [episode.scenario.id("agents", name) for name in says["chain"] or []]
    if says.get("grant") is not None:
        request["grant"] = episode.grant(says["grant"])
    if says.get("tool_hash") is not None:
        known = len(str(says["tool_hash"])) == 64
        request["tool_hash"] = says["tool_hash"] if known else secrets.token_bytes(32)
    answer = episode.daemon.decide(episode.now, request)
    name = says.get("id") or f"step {step.number}"
    episode.calls[name] = Call(name, request, answer, bool(says.get("pending")))
    if answer["decision"]:
        episode.in_flight.append(name)
    return judge_call(episode, step, answer)


def judge_call(episode, step, answer):
    if step.expects is None:
        return None
    if step.expects == "allow":
        if not answer["decision"]:
            return [f"expected allow, got {said(answer)}"]
        return token_differences(episode, step.token, answer["token"])
    if answer["decision"] or (step.code and answer["code"] not in step.code):
        return [f"expected deny ({one_of(step.code)}), got {said(answer)}"]
    return remedy_differences(step.remedy, answer)


def remedy_differences(remedy, answer):
    if remedy is None:
        return []
    wanted = {"budget" if name == "retry" else name for name in listed(remedy)} - {"none"}
    got = {row["code"] for row in answer.get("remedies", [])}
    if got == wanted:
        return []
    return [f"remedy: expected {one_of(sorted(wanted)) if wanted else 'none'}, "
            f"got {', '.join(sorted(got)) or 'none'}"]


def bound_arguments(token):
    arguments = token["authorization_details"][0]["arguments"]
    return {name for name, argument in arguments.items() if argument["constraint_type"] == "exact"}


def at_most(limit, got):
    return got is not None and got <= seconds(limit)


def same(wanted, got):
    return wanted == got


def same_set(wanted, got):
    return set(listed(wanted)) == set(got)


# What a token must be: (member of the expectation, what the answer says, what makes them agree).
TOKEN_ROWS = (
    ("ttl_max", lambda token: token["token_lifetime"], at_most),
    ("uses", lambda token: token["uses"], same),
    ("audience", lambda token: token["audience"], same_set),
    ("depth", lambda token: token["delegation_depth"], same),
    ("sender", lambda token: token["sender"], same),
    ("bound", bound_arguments, same_set),
    ("scope", lambda token: token["granted_scope"].split(), same_set),
    ("tenant", lambda token: token.get("tenant"), same),
    ("revalidate_max", lambda token: token.get("revalidate_after"), at_most),
)


def shown(value):
    if isinstance(value, (list, set)):
        return "[" + ", ".join(sorted(map(str, value))) + "]"
    return "nothing" if value is None else str(value)


def token_differences(episode, wanted, token):
    found = []
    for name, get, agree in TOKEN_ROWS:
        if name in wanted and not agree(wanted[name], get(token)):
            found.append(f"token.{name}: expected {shown(wanted[name])}, got {shown(get(token))}")
    return found


def advance(episode, step):
    episode.now += datetime.timedelta(seconds=float(seconds(step.says)))
    return None


def tenant_of(episode, kind, name):
    """Under which tenant something is remembered that is said of an agent or user."""
    return episode.scenario.entry(kind, name).get("tenant")


def tenant_of_task(episode, task):
    user = tenant_of(episode, "users", task.user) if task.user else None
    return user or tenant_of(episode, "agents", task.agent)


def close_task(episode, step):
    name = step.says["task"]
    answer = episode.daemon.operate("TASK_CLOSE", episode.now, task=name,
                                    tenant=tenant_of_task(episode, episode.task(name)))
    return judge_done(step, answer, "ok", "deny")


def report_outcome(episode, step):
    says = step.says
    name = says["call"]
    answer = episode.tell_outcome(name, ok=bool(says.get("ok", True)), labels=says.get("labels"),
                                  result=plain(says["result"]) if says.get("result") is not None else None)
    episode.in_flight = [other for other in episode.in_flight if other != name]
    return judge_done(step, answer, "deliver", "withhold")


def approve(episode, step):
    answer = episode.call(step.says["call"]).answer
    ids = [row["id"] for row in answer.get("remedies", []) if "id" in row]
    found = None
    for by in listed(step.says["by"]):
        if not ids:
            done = {"decision": False, "code": "unknown", "detail": "the call asked for no approval"}
        else:
            done = episode.daemon.operate("APPROVE", episode.now, id=ids[0], by=episode.scenario.id("users", by))
        found = judge_done(step, done, "ok", "deny") or found
    return found if found else judge_done(step, done, "ok", "deny")


def consent(episode, step):
    call = episode.call(step.says["call"])
    answer = episode.daemon.operate("CONSENT", episode.now, by=episode.scenario.id("users", step.says["by"]),
                                    request=episode.daemon.encode(call.request))
    return judge_done(step, answer, "ok", "deny")


def revoke(episode, step):
    (kind, what), = step.says.items()
    members = {"kind": kind, "name": str(what)}
    if kind in ("agent", "user"):
        members.update(name=episode.scenario.id(kind + "s", what), tenant=tenant_of(episode, kind + "s", what))
    elif kind == "task":
        members.update(tenant=tenant_of_task(episode, episode.task(what)))
    elif kind == "grant":
        members.update(name=episode.grant(what))
    elif kind == "consent":
        call = episode.call(what)
        answer = episode.daemon.operate("CONSENT", episode.now, by=call.request["user"]["id"], withdraw=True,
                                        request=episode.daemon.encode(call.request))
        return judge_done(step, answer, "ok", "deny")
    elif kind == "audience":
        members.update(name=episode.scenario.uri("audiences", what),
                       tenant=episode.scenario.entry("audiences", what).get("tenant"))
    elif kind == "issued_before":
        members = {"kind": "before", "before": int(instant(what).timestamp())}
    return judge_done(step, episode.daemon.operate("REVOKE", episode.now, **members), "ok", "deny")


def check(episode, step):
    says = step.says
    call = episode.call(says["call"])
    audience, _, tool = str(says.get("tool", "")).rpartition(".")
    uri = episode.scenario.uri("audiences", says["audience"]) if "audience" in says else call.request["audience"]["uri"]
    answer = episode.daemon.operate(
        "CHECK", episode.now, grant=episode.grant(says["call"]), audience=uri, tool=tool or call.request["tool"],
        args=plain(says.get("args", call.request["args"])), presenter=says.get("key", call.request["presenter"]),
        consume=bool(says.get("consume", False)))
    return judge_done(step, answer, "good", "dead")


def key_of(episode, table, row):
    """The key of a row that is to be removed: as it is, or from the columns of the row."""
    if not isinstance(row, dict):
        return row
    columns = listed(episode.world["tables"].get(table, {}).get("key")) or list(row)
    values = [row.get(column) for column in columns]
    return values[0] if len(values) == 1 else values


def set_facts(episode, step):
    says = step.says
    rows, remove = says.get("rows"), says.get("remove")
    keys = [key_of(episode, says["table"], row) for row in remove or []]
    answer = episode.daemon.operate("FACTS", episode.now, table=says["table"], rows=plain(rows) if rows else None,
                                    remove=plain(keys) if keys else None)
    return judge_done(step, answer, "ok", "deny")


def retry(episode, step):
    call = episode.call(step.says["call"])
    return judge_call(episode, step, episode.daemon.decide(episode.now, call.request))


# What is done for a step: None returned means that there was nothing to judge.
STEPS = {
    "open": open_task,
    "call": call_tool,
    "advance": advance,
    "close": close_task,
    "outcome": report_outcome,
    "approve": approve,
    "consent": consent,
    "revoke": revoke,
    "check": check,
    "retry": retry,
    "facts": set_facts,
}


def take_step(episode, step):
    """The differences of one step; None if there is nothing to judge; or Skip is raised."""
    if step.kind not in ("check", "outcome"):
        episode.settle()
    return STEPS[step.kind](episode, step)
