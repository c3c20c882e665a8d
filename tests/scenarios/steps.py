# SPDX-License-Identifier: Apache-2.0
"""What is done for each kind of step, and whether the answer is the expected one.

STEPS has one row a kind. Without memory between calls the task of a call goes along in each
request, and an `open` asks what the task could do; a kind without a function needs the memory.
"""
import collections
import datetime
import secrets

from scenario import Mistake, instant, listed, plain, seconds, written

# Codes that only a daemon with memory gives; and one that it gives for more reasons.
MEMORY_CODES = {"budget", "approval", "consent", "revoked"}
MORE_WITH_MEMORY = MEMORY_CODES | {"delegation"}

Task = collections.namedtuple("Task", "name agent user intent params opened above")


class Skip(Exception):
    """Why a step can't be judged."""


def one_of(words):
    return " or ".join(words) if words else "any code"


class Episode:
    """A case while it runs: the time, the tasks opened in it, and the daemon that it talks to."""

    def __init__(self, scenario, daemon, memory_rules, note):
        self.scenario = scenario
        self.world = scenario.world
        self.daemon = daemon
        self.memory_rules = memory_rules  # rules in words that the policy says need memory
        self.note = note
        self.now = scenario.now
        self.tasks = {}
        self.closed = set()

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
                   "audience": self.audience(audience, says.get("audience") or {}), "presenter": presenter,
                   "credential": None if credential in (None, "none") else
                   self.credential(credential, task, gateway, presenter)}
        if task.user is not None:
            request["user"] = self.user(self.scenario.id("users", task.user), user_more)
        if task.intent is not None:
            request["task"] = {"id": task.name, "intent": task.intent, "opened": written(task.opened),
                               "params": plain(task.params or {}), "above": [t.intent for t in reversed(task.above)]}
            request["chain"] = [self.scenario.id("agents", t.agent) for t in task.above]
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

    # ---- judging ----

    def check_memory(self, step):
        """Skips a step whose expected answer only a daemon with memory can give."""
        if step.code and set(step.code) <= MEMORY_CODES:
            raise Skip(f"{one_of(step.code)} needs memory")

    def judge(self, step, found):
        """The differences of a deny that was expected, unless memory would make them vanish."""
        if found and set(step.code) & MORE_WITH_MEMORY:
            raise Skip(f"{one_of(step.code)} may need memory")
        rules = set(step.rule) - {"law"}
        if found and rules and rules <= self.memory_rules:
            raise Skip(f"{one_of(step.rule)} needs memory, as the policy says")
        return found


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


def open_task(episode, step):
    says = step.says
    parent = says.get("parent")
    above = ()
    if parent is not None:
        if parent not in episode.tasks:
            raise Mistake(f"no task `{parent}` was opened before")
        above = (*episode.tasks[parent].above, episode.tasks[parent])
    task = Task(says["task"], says["agent"], says.get("user"), says["intent"], says.get("params"), episode.now, above)
    if step.expects != "deny":
        episode.tasks[task.name] = task
        episode.closed.discard(task.name)
    if parent is not None:
        raise Skip("a sub-task needs memory")
    episode.check_memory(step)
    tools = listed(episode.world["intents"].get(task.intent, {}).get("tools"))
    audience = tools[0].split(".")[0] if tools else next(iter(episode.world["audiences"]))
    gateway = {"gateway": next(iter(episode.world["gateways"]))}
    answer = episode.daemon.list(episode.now, episode.request(task, audience, gateway))
    code = answer.get("code")
    if step.expects != "deny":
        return [f"expected ok, got {said({**answer, 'decision': False})}"] if code else []
    if code is None or (step.code and code not in step.code):
        got = said({**answer, "decision": False}) if code else "ok"
        return episode.judge(step, [f"expected deny ({one_of(step.code)}), got {got}"])
    return []


def task_of(episode, says):
    """The task of a call; for one outside any, its agent and user alone."""
    agent = says.get("agent") if isinstance(says.get("agent"), str) else None
    user = says.get("user") if isinstance(says.get("user"), str) else None
    name = says.get("task")
    if name is None:
        if agent is None:
            raise Mistake("a call without `task` names its `agent`")
        return Task(None, agent, user, None, None, None, ())
    if name not in episode.tasks:
        raise Mistake(f"no task `{name}` was opened before")
    task = episode.tasks[name]
    if {task.name, *(t.name for t in task.above)} & episode.closed:
        raise Skip("that the task was closed needs memory")
    if (agent or task.agent) != task.agent or (user or task.user) != task.user:
        raise Skip("whose task it is needs memory")
    return task


def check_chain(episode, says, task):
    if "chain" not in says:
        return
    implied = [episode.scenario.id("agents", t.agent) for t in task.above]
    claimed = [episode.scenario.id("agents", name) for name in says["chain"]]
    if implied != claimed and task.name is not None:
        raise Skip("a chain that isn't the task's needs memory")


def call_tool(episode, step):
    says = step.says
    task = task_of(episode, says)
    check_chain(episode, says, task)
    if says.get("grant") is not None:
        raise Skip("a grant that is presented needs memory")
    episode.check_memory(step)
    audience, _, tool = says["tool"].partition(".")
    request = episode.request(task, audience, says)
    request.update(tool=tool, args=plain(says.get("args") or {}), context=episode.context(says),
                   ask=episode.ask(says), resource=episode.attributes("resource", says.get("resource") or {}, ("type", "id")),
                   key=says.get("key"))
    if task.name is None:
        request["chain"] = [episode.scenario.id("agents", name) for name in says.get("chain") or []]
    if says.get("tool_hash") is not None:
        known = len(str(says["tool_hash"])) == 64
        request["tool_hash"] = says["tool_hash"] if known else secrets.token_bytes(32)
    return judge_call(episode, step, episode.daemon.decide(episode.now, request))


def judge_call(episode, step, answer):
    if step.expects is None:
        return None
    if step.expects == "allow":
        if not answer["decision"]:
            return [f"expected allow, got {said(answer)}"]
        return token_differences(episode, step.token, answer["token"])
    if answer["decision"] or (step.code and answer["code"] not in step.code):
        found = episode.judge(step, [f"expected deny ({one_of(step.code)}), got {said(answer)}"])
        if answer["decision"] and step.rule:
            episode.note("a rule about what happened before can't be written yet; if that is one, say so in the policy: "
                         f"`// needs memory: {step.rule[0]}`")
        return found
    return remedy_differences(step.remedy, answer)


def remedy_differences(remedy, answer):
    if remedy is None:
        return []
    wanted = set(listed(remedy)) - {"none"}
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


def close_task(episode, step):
    episode.closed.add(step.says["task"])
    raise Skip("closing a task needs memory")


# What is done for a step: None returned means that there was nothing to judge.
STEPS = {
    "open": open_task,
    "call": call_tool,
    "advance": advance,
    "close": close_task,
    "outcome": None,
    "approve": None,
    "consent": None,
    "revoke": None,
    "check": None,
    "retry": None,
    "facts": None,
}


def take_step(episode, step):
    """The differences of one step; None if there is nothing to judge; or Skip is raised."""
    run = STEPS[step.kind]
    if run is None:
        raise Skip("needs memory")
    return run(episode, step)
