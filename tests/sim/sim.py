# SPDX-License-Identifier: Apache-2.0
"""Plays a drawn history against the core and, beside it, against the model.

A history is a seed: it draws the policies and the steps. A step holds nothing but numbers that choose among what there is when
it is played, so that any part of a history is a history, too, and one that fails can be made smaller.
"""
import hashlib
import random

import core as core_module
from core import SECOND, Core, Engine, body_of, read, request_body
from model import Event, Model
from policy import AGENTS, AUDIENCE, GATEWAY, INTENTS, ISSUER, PEOPLE, TOOLS, USERS, build, draw, draw_next, text_of

START = 1_790_000_000
PARTS = 4  # of a second: exact in binary
NS = SECOND // PARTS
KINDS = {"call": 34, "open": 9, "outcome": 16, "check": 12, "approve": 8, "consent": 3, "close": 2, "revoke": 1, "retry": 4, "advance": 12,
         "reload": 1, "restart": 2, "crash": 1}
SMALL_STEPS = (0, 1, 1, 2, 5, 19, 20, 30, 59, 60, 61)
STEPS = (90, 91, 120, 300, 301, 599, 601, 900, 1800, 3599, 3600, 3601, 4000, 7200, 7201, 20000)
JUMPS = (0,) * 80 + (-3600, -60, -1, 1, 60, 3600, 100000)
TWIN_STEPS = 12


class Failure(Exception):
    """The core and the model disagree, or something holds no longer that must."""


class Step:
    def __init__(self, dice, number, is_slow):
        self.number = number
        self.is_slow = is_slow
        self.kind = dice.choices(list(KINDS), KINDS.values())[0]
        self.dice = dice.getrandbits(64)
        self.cannot_keep = dice.random() < 0.02


class Of:
    """A call, or a task to be opened, as the model sees it."""

    def __init__(self, **members):
        self.__dict__.update(members)


def policies_of(seed):
    dice = random.Random(seed)
    first = draw(dice)
    return [first, draw_next(dice, first)]


def steps_of(seed, count):
    dice = random.Random(seed + 0.5)
    is_slow = dice.random() < 0.25  # hours pass, not minutes
    return [Step(dice, number, is_slow) for number in range(count)]


class Play:
    """One run of a history."""

    def __init__(self, policies, bundles, note=None):
        self.note = note or (lambda text: None)
        self.engines = [Engine(bundle) for bundle in bundles]
        self.core = Core(self.engines, bytes(range(16)))
        self.twin, self.twin_left = None, 0
        self.model = Model(policies)
        self.wall, self.tick = START, 1000
        self.names = 0
        self.dead = {}  # grants, and how long the log was when a CHECK found them so
        self.counts = {}

    def free(self):
        for core in (self.core, self.twin):
            if core:
                core.stop()
        for engine in self.engines:
            engine.free()

    def play(self, steps):
        for step in steps:
            self.dice = random.Random(step.dice)
            self.step = step
            self.core.is_failing = step.cannot_keep
            if self.twin:
                self.twin.is_failing = step.cannot_keep
            getattr(self, "do_" + step.kind)()
            self.twin_left -= 1
            if self.twin and self.twin_left <= 0:
                self.drop_twin()

    def drop_twin(self):
        if self.twin:
            self.twin.stop()
        self.twin = None

    def now(self):
        return self.model.moment(self.wall, self.tick, len(self.core.log))

    def pick(self, things):
        """One of them, rather a late one; None of none."""
        if not things:
            return None
        return things[-1 - min(int(self.dice.expovariate(0.4)), len(things) - 1)] if self.dice.random() < 0.8 else \
            self.dice.choice(things)

    def pick_task(self):
        """Rather one that is open."""
        tasks = self.model.of("open")
        is_open = [task for task in tasks if self.model.is_open(task, self.now())]
        return self.pick(is_open if is_open and self.dice.random() < 0.9 else tasks)

    # ---- asking ----

    def ask(self, what, body):
        """The core's answer; that of a core that was not restarted must be the same, to the byte."""
        random_id = hashlib.sha256(f"grant {self.step.number}".encode()).digest()[:16]
        rest = (self.model.version, what, body, int(self.wall * PARTS) * NS, int(self.tick * PARTS) * NS, random_id)
        at = self.now()
        answer = self.core.ask(*rest)
        if not self.core.is_failing:
            self.model.seen.append(at)
        if self.twin and self.twin.ask(*rest) != answer:
            raise Failure(f"{what}: a restart has changed the answer: {read(self.twin.ask(*rest))} {read(answer)}")
        said = read(answer)
        self.counts[what, said.get("code", "ok")] = self.counts.get((what, said.get("code", "ok")), 0) + 1
        self.note(f"{self.now()} {what} {self.said} -> {'ok' if said['decision'] else said['code']}"
                  + (f" ({said['detail']})" if "detail" in said else "")
                  + (f" {said['token']['token_lifetime']}s x{said['token']['uses']}" if "token" in said else "")
                  + (" NOT KEPT" if self.core.is_failing and self.core.wanted else ""))
        return said

    def judge(self, said, wanted):
        """`wanted` holds the codes of the deny, or None. Whether it was done."""
        if self.core.is_failing and self.core.wanted:
            if said["decision"] or said["code"] != "unavailable":
                raise Failure("what can't be kept was done")
            return False
        if said["decision"] != (wanted is None) or (wanted is not None and said["code"] not in wanted):
            raise Failure(f"{'ok' if wanted is None else ' or '.join(sorted(wanted))} was expected, "
                          f"not {said.get('code', 'ok')}")
        return said["decision"]

    def add(self, kind, at, **members):
        at.log = len(self.core.log) - 1
        event = Event(kind, at, **members)
        self.model.events.append(event)
        return event

    # ---- parties ----

    def party(self):
        agent = self.dice.choice(("a0", "a0", "a1", "b0"))
        user = self.dice.choice([name for name, tenant in USERS.items() if tenant == AGENTS[agent]])
        return agent, user

    def credential(self, agent, user):
        return {"iss": ISSUER, "aud": GATEWAY, "sub": user, "exp": int(self.wall) + 600, "iat": int(self.wall), "cnf": "key-" + agent}

    def parties(self, agent, user):
        return {"gateway": "g", "agent": agent, "user": {"id": user, "tenant": USERS[user]}, "presenter": "key-" + agent,
                "credential": self.credential(agent, user)}

    # ---- steps: time ----

    def do_advance(self):
        step = self.dice.choice(SMALL_STEPS if self.dice.random() < (0.3 if self.step.is_slow else 0.75) else STEPS)
        step += self.dice.randrange(PARTS) / PARTS if self.dice.random() < 0.3 else 0
        self.tick += step
        self.wall = max(self.wall + step + self.dice.choice(JUMPS), 1)
        self.note(f"advance to {self.now()}")

    def do_reload(self):
        self.model.version = 1 - self.model.version
        self.note(f"reload: version {self.model.version}")

    def restarted(self, log):
        core = Core(self.engines, self.core.secret)
        core.is_failing = self.core.is_failing
        if not core.replay(log):
            raise Failure("the log is refused")
        return core

    def do_restart(self):
        self.note("restart")
        self.drop_twin()
        core = self.restarted(self.core.log)
        self.twin, self.core = self.core, core
        self.twin_left = TWIN_STEPS

    def do_crash(self):
        """What was not acknowledged is lost."""
        log = self.core.log[:max(0, len(self.core.log) - self.dice.randint(0, 3))]
        self.note(f"crash: {len(self.core.log) - len(log)} records are lost")
        self.drop_twin()
        core = self.restarted(log)
        self.core.stop()
        self.core = core
        self.model.cut(len(log))
        self.dead = {name: size for name, size in self.dead.items() if size <= len(log)}

    # ---- steps: tasks ----

    def do_open(self):
        at = self.dice.choice((0, 0, 1, 1, 2))
        agent, user = self.party()
        tasks = self.model.of("open")
        above = self.pick_task() if self.dice.random() < 0.7 else None
        if above is not None:
            user = above.user if self.dice.random() < 0.95 else user
            at = min(INTENTS.index(above.intent) + 1, 2) if self.dice.random() < 0.9 else at
            if USERS[user] != AGENTS[agent]:
                agent = next(name for name, tenant in AGENTS.items() if tenant == USERS[user])
        self.names += 1
        again = self.pick([task for task in tasks if self.now().lapse < task.ends]) if self.dice.random() < 0.1 else None
        of = Of(agent=agent, user=user, tenant=USERS[user], intent=INTENTS[at], under=above.name if above else None,
                k=self.dice.choice((1, 1, 1, 2)), name=f"t{self.step.number}", presenter="key-" + agent, tool=None, task=None,
                iat=int(self.wall))
        if again:
            of.__dict__.update(agent=again.agent, user=again.user, tenant=again.tenant, intent=again.intent,
                               under=again.under, k=again.k, name=again.name, presenter="key-" + again.agent)
        task = {"id": of.name, "intent": of.intent, "params": {"k": of.k}, **({"under": of.under} if of.under else {})}
        self.said = f"{of.name} {of.intent} k={of.k} under {of.under} by {of.agent} for {of.user}"
        wanted, ends = self.model.may_open(of, self.now())
        at = self.now()
        said = self.ask("TASK_OPEN", request_body({**self.parties(of.agent, of.user), "task": task}))
        if again and wanted == {"task"} and not said["decision"] and said["code"] in ("task", "delegation", "revoked"):
            return
        if again and wanted is None:
            ends = ends or again.ends
        if self.judge(said, wanted):
            if said["ends"] != int(self.wall + ends - at.lapse):
                raise Failure(f"the end of the task: {said['ends']}, not {self.wall + ends - at.lapse}")
            above = self.model.task(of.tenant, of.under) if of.under else None
            if above and ends > above.ends:
                raise Failure("a task outlives the one above it")
            if not again:
                self.add("open", at, name=of.name, tenant=of.tenant, agent=of.agent, user=of.user, intent=of.intent,
                         under=of.under, k=of.k, ends=ends)

    def do_close(self):
        task = self.pick(self.model.of("open"))
        if task is None:
            return
        at, self.said = self.now(), task.name
        said = self.ask("TASK_CLOSE", body_of({"task": task.name, "tenant": task.tenant}))
        is_old = self.tick > task.at.tick + task.ends - task.at.lapse  # may be forgotten
        if self.judge(said, {"task"} if is_old and not said["decision"] else None):
            self.add("close", at, name=task.name, tenant=task.tenant)

    # ---- steps: calls ----

    def draw_call(self):
        calls = self.model.of("call") + self.model.of("asked")
        if calls and self.dice.random() < 0.35:
            like = self.pick(sorted(calls, key=lambda event: event.at.log))
            of = Of(**like.of.__dict__)
            of.args = dict(of.args)
            if self.dice.random() < 0.2:
                of.args["x"] = self.dice.choice("abc")
            if self.dice.random() < 0.1:
                of.tool = self.dice.choice(TOOLS)
            if self.dice.random() < 0.2:
                of.task = None
            of.key = of.grant = None
        else:
            task = self.pick_task() if self.dice.random() < 0.8 else None
            agent, user = (task.agent, task.user) if task and self.dice.random() < 0.95 else self.party()
            of = Of(agent=agent, user=user, tenant=USERS[user], task=task.name if task else None, tool=self.dice.choice(TOOLS),
                    args={"x": self.dice.choice("aab"), "n": self.dice.choice((-1, 0, 1, 1, 2, 3, 4, 7))},
                    presenter="key-" + agent, key=None, grant=None)
        if self.dice.random() < 0.15:
            self.delegate(of)
        of.iat, of.exp = int(self.wall), int(self.wall) + 600
        of.key = f"k{self.step.number}" if self.dice.random() < 0.3 else None
        of.ask = {self.dice.choice(("ttl", "uses")): self.dice.choice((1, 2, 30))} if self.dice.random() < 0.1 else None
        return of

    def delegate(self, of):
        """Makes it a call that presents a grant, rather one that may be presented there."""
        grant = self.pick([call for call in self.model.of("call") if call.task and (call.depth or self.dice.random() < 0.1)])
        if grant is None:
            return
        below = [task for task in self.model.of("open", tenant=grant.tenant) if grant.task in
                 [one.name for one in self.model.line(task)]]
        task = self.pick(below)
        if self.dice.random() < 0.9:
            of.__dict__.update(agent=task.agent, user=task.user, tenant=task.tenant, task=task.name, tool=grant.tool,
                               args=dict(grant.args), presenter="key-" + task.agent)
        of.grant = grant.name

    def do_retry(self):
        call = self.pick([call for call in self.model.of("call") if call.key and self.tick < call.at.tick + call.ttl + 290])
        if call is None:
            return
        of = Of(**call.of.__dict__)
        of.iat, of.exp = int(self.wall), int(self.wall) + 600
        if self.dice.random() < 0.1:
            of.args = {**of.args, "x": "z"}
        self.decide(of)

    def body_of_call(self, of):
        return request_body({**self.parties(of.agent, of.user), "audience": AUDIENCE, "tool": of.tool, "args": of.args,
                             "task": of.task, "ask": of.ask, "key": of.key, "grant": of.grant})

    def expected(self, of):
        self.model.is_lenient = False
        first = self.model.decide(of, self.now())
        self.model.is_lenient = True
        second = self.model.decide(of, self.now())
        self.model.is_lenient = False
        return first, second

    def do_call(self):
        self.decide(self.draw_call())

    def decide(self, of):
        of.of = of
        at, signature = self.now(), self.model.signature(of)
        self.said = f"{of.tool}{of.args} in {of.task} by {of.agent} for {of.user}" + \
            "".join(f" {name} {value}" for name, value in (("ask", of.ask), ("key", of.key), ("grant", of.grant)) if value)
        expected = self.expected(of)
        said = self.ask("DECIDE", self.body_of_call(of))
        if self.core.is_failing and self.core.wanted:
            if not said["decision"] or not self.needs_nothing(of, expected[0]):
                self.judge(said, None)
            return
        fits = [one for one in expected if said["decision"] == one[0] and (one[0] or said["code"] in one[1])]
        if not fits:
            self.judge(said, None if expected[0][0] else expected[0][1])
        _, what, opens = fits[0]
        if said["decision"]:
            self.granted(of, said["token"], [one[1] for one in fits], at, signature)
        else:
            self.asked(of, said, opens, at, signature)

    def needs_nothing(self, of, expected):
        """Of an allow only the grant would be remembered: such a call is served even when nothing can be kept."""
        allow, what, _ = expected
        policy = self.model.policy
        tests = [rule[where] for rule in policy["rules"] for where in ("when", "unless") if rule[where]]
        is_asked_for = any(test[0] == "called" and test[1] in ("user", "agent") and test[2] == of.tool for test in tests)
        is_sticky = any(policy["sticky"].get(label) and (when != "args" or of.args["n"] >= 3)
                        for label, when in policy["yields"][of.tool])
        return allow and not (of.task or of.key or what["takes"] or what["needed_approval"] or is_asked_for or is_sticky)

    def granted(self, of, token, expected, at, signature):
        got = (token["token_lifetime"], token["uses"], token["delegation_depth"])
        fits = [one for one in expected if got == (one["ttl"], one["uses"], one["depth"])]
        if not fits:
            raise Failure(f"the token: {got}, not {[(one['ttl'], one['uses'], one['depth']) for one in expected]}")
        for event in self.model.of("revoke"):
            if event.name in (of.agent, of.presenter, ISSUER, AUDIENCE, "svc." + of.tool, of.tenant) or \
                    (event.what in ("user", "task") and (event.tenant, event.name) in ((of.tenant, of.user), (of.tenant, of.task))):
                raise Failure(f"what was revoked is allowed: {event}")
        task = self.model.task(of.tenant, of.task) if of.task else None
        if task and at.lapse + got[0] > task.ends:
            raise Failure("a grant outlives its task")
        again = fits[0]["again"]
        if again:
            if (token["grant_id"], token["expires"]) != (again.name, int(again.at.wall + again.ttl)):
                raise Failure("a retry gets another grant")
            return
        if token["expires"] != int(self.wall + got[0]):
            raise Failure(f"the token ends at {token['expires']}")
        above = self.model.call(of.grant) if of.grant else None
        if above and (got[0] + at.lapse > above.at.lapse + above.ttl or got[2] >= above.depth or got[1] > above.uses):
            raise Failure("a delegated grant is more than the one above it")
        self.add("call", at, name=token["grant_id"], tenant=of.tenant, agent=of.agent, user=of.user, task=of.task, tool=of.tool,
                 args=of.args, presenter=of.presenter, ttl=got[0], uses=got[1], depth=got[2], key=of.key, grant=of.grant, ask=of.ask, takes=fits[0]["takes"], version=self.model.version,
                 signature=signature, needed_approval=fits[0]["needed_approval"], of=of)

    def asked(self, of, said, opens, at, signature):
        asks = [row for row in said.get("remedies", []) if row["code"] == "approval"]
        for row in asks:
            if not any(code == "approval" and what[2] == row["from"] for lacking in opens for code, _, what in lacking):
                raise Failure(f"an approval is asked for that is not lacking: {row}")
        if asks:
            self.add("asked", at, id=asks[0]["id"], signature=signature, who=[row["from"] for row in asks], of=of)

    def do_outcome(self):
        call = self.pick(self.model.of("call"))
        if call is None:
            return
        ok = self.dice.random() < 0.75
        kind = self.dice.random()
        result = None if kind < 0.3 else {"flag": self.dice.random() < 0.5, "cost": self.dice.randint(0, 8)}
        if kind > 0.92:
            result = {"flag": 7, "cost": 1}
        labels = [self.dice.choice(("l0", "l1"))] if self.dice.random() < 0.08 else []
        at, before = self.now(), self.model.outcome(call)
        if before is not None and self.dice.random() < 0.5:
            ok, result, labels = before.reported
        self.said = f"of {call.tool} of {call.at} ok={ok} {result} {labels}"
        said = self.ask("OUTCOME", body_of({"grant": call.name, "ok": ok, "result": result, "labels": labels or None}))
        if self.tick > call.at.tick + call.ttl + 300 and said.get("code") == "unknown":
            return  # it comes too late
        if before is not None:
            again = {"forbidden"} if before.ok and not before.delivered else None
            self.judge(said, again if (ok, result, labels) == before.reported else {"malformed"})
            return
        wanted = self.verdict(call, result) if ok else None
        delivered = ok and wanted is None
        if not self.judge(said, wanted) and said["code"] == "unavailable":
            return
        # What is withheld teaches nothing, but that it cost what it cost.
        is_cost = ok and result is not None and isinstance(result["flag"], bool)
        self.add("outcome", at, call=call.name, ok=ok, delivered=delivered, result=result if delivered else None, labels=labels,
                 reported=(ok, result, labels), cost=result["cost"] if is_cost else None, version=self.model.version)

    def verdict(self, call, result):
        """The codes with which a result is withheld, or None."""
        rules = [rule for rule in self.model.policy["on_result"] if call.tool in rule["tools"]]
        if result is not None and not isinstance(result["flag"], bool):
            return {"argument"}
        if rules and (result is None or any(result["cost"] > rule["over"] for rule in rules)):
            return {"forbidden", "undetermined"}
        return None

    def do_check(self):
        call = self.pick(self.model.of("call"))
        if call is None:
            return
        args = {None: None, 0: dict(call.args), 1: {**call.args, "x": "z"}}[self.dice.choice((None, 0, 0, 0, 1))]
        consumes = self.dice.random() < 0.3
        at, self.said = self.now(), f"{call.tool} of {call.at} args={args} consume={consumes}"
        wanted = self.model.check(call, args, self.now())
        said = self.ask("CHECK", body_of({"grant": call.name, "audience": AUDIENCE, "tool": call.tool, "args": args,
                                          "presenter": call.presenter, "consume": consumes or None}))
        if self.judge(said, wanted):
            if call.name in self.dead:
                raise Failure("what was dead is good again")
            if consumes:
                self.add("use", at, call=call.name)
        elif said["code"] in ("task", "revoked"):
            self.dead[call.name] = len(self.core.log)

    # ---- steps: people ----

    def do_approve(self):
        asked = self.pick(self.model.of("asked"))
        if asked is None:
            return
        by = self.dice.choice(PEOPLE)
        at, self.said = self.now(), f"{asked.of.tool}{asked.of.args} of {asked.at} by {by}"
        wanted = self.model.may_approve(asked.signature, by)
        said = self.ask("APPROVE", body_of({"id": asked.id, "by": by}))
        if said.get("code") == "unknown" and self.tick - asked.at.tick >= 86400:
            return
        if self.judge(said, wanted):
            self.add("approve", at, signature=asked.signature, by=by)

    def do_consent(self):
        of = self.draw_call()
        if of.task is not None:
            task = self.model.task(of.tenant, of.task)
            if task is None or not self.model.is_open(task, self.now()) or (task.agent, task.user) != (of.agent, of.user):
                return
        rules = [rule for rule in self.model.policy["rules"] if of.tool in rule["tools"] and (
            rule["kind"] != "permit" or (self.model.task(of.tenant, of.task).intent if of.task else None) in rule["intents"])]
        targets = [self.model.target(one, of) for rule in rules for one in rule["require"] if one[0] == "consent"]
        withdraws = self.dice.random() < 0.25
        at, self.said = self.now(), f"to {of.tool}{of.args} in {of.task} by {of.user} for {of.agent} withdraw={withdraws}"
        said = self.ask("CONSENT", body_of({"by": of.user, "request": self.body_of_call(of), "withdraw": withdraws or None}))
        if self.core.is_failing or (not said["decision"] and said["code"] in ("unknown", "intent") and not targets):
            return
        if self.judge(said, None):
            self.add("consent", at, targets=targets, withdraw=withdraws)

    def do_revoke(self):
        what = self.dice.choice(("grant", "grant", "task", "task", "user", "key", "agent", "tool", "tenant", "before", "audience",
                                 "issuer"))
        if what in ("agent", "tenant", "audience", "issuer", "before") and self.dice.random() < 0.8:
            what = "grant"
        tenant, before, name = None, None, None
        if what == "grant":
            name = getattr(self.pick(self.model.of("call")), "name", None)
        elif what == "task":
            task = self.pick(self.model.of("open"))
            name, tenant = (task.name, task.tenant) if task else (None, None)
        elif what == "before":
            before = max(int(self.wall) - self.dice.choice((0, 10, 100, 1000)), 1)
        elif what == "user":
            name = self.dice.choice(tuple(USERS) + ("m1", "m2"))
            tenant = USERS.get(name, "acme")
        else:
            name = {"key": "key-" + self.dice.choice(list(AGENTS)), "agent": self.dice.choice(list(AGENTS)), "issuer": ISSUER,
                    "tool": "svc." + self.dice.choice(TOOLS), "tenant": self.dice.choice(("acme", "beta")), "audience": AUDIENCE}[what]
        if name is None and before is None:
            return
        at, self.said = self.now(), f"{what} {name} {tenant} {before}"
        said = self.ask("REVOKE", body_of({"kind": what, "name": name, "tenant": tenant, "before": before}))
        if self.judge(said, None):
            self.add("revoke", at, what=what, name=name, tenant=tenant, before=before)


def bundles_of(policies):
    return [build(text_of(policy)) for policy in policies]


def run(policies, bundles, steps, note=None):
    """None, or how it failed. And how often which answer was given."""
    play = Play(policies, bundles, note)
    try:
        play.play(steps)
        return None, play.counts
    except Failure as failure:
        play.note(f"FAILURE: {failure}")
        return str(failure), play.counts
    finally:
        play.free()


def shrink(policies, bundles, steps):
    """Leaves out what isn't needed to fail, greedily: halves, quarters, ..., single steps."""
    size = len(steps) // 2
    while size > 0:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size:]
            if run(policies, bundles, fewer)[0] is not None:
                steps = fewer
            else:
                at += size
        size //= 2
    return steps
