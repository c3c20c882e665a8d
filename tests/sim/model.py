# SPDX-License-Identifier: Apache-2.0
"""What the language says of memory, the slow way.

A History is a list of what happened. Every question is answered by scanning it from the start: there are no
records, no counters and nothing is ever updated or forgotten. Unknown is None, as in Kleene's logic.
"""
from policy import AGENTS, AUDIENCE, GROUPS, INTENTS, ISSUER, LEVELS, USERS

STICKY = 3600
OPEN_CODES = ("step_up", "attestation", "consent", "approval", "budget")  # the order in which they are told


def both(*truths):
    """Kleene's and."""
    if False in truths:
        return False
    return None if None in truths else True


def either(truths):
    """Kleene's or."""
    truths = list(truths)
    if True in truths:
        return True
    return None if None in truths else False


def negated(truth):
    return None if truth is None else not truth


def compare(a, operator, b):
    return {"<": a < b, "<=": a <= b, ">=": a >= b, ">": a > b}[operator]


def age(tick, now):
    """In whole seconds, as sticky labels are remembered: against the caller. Budgets are exact."""
    return int(now.tick) - int(tick)


class Event:
    """Something that happened, when, and how long the log was then."""

    def __init__(self, kind, at, **members):
        self.kind = kind
        self.at = at
        self.members = members
        for name, value in members.items():
            setattr(self, name, value)

    def __repr__(self):
        said = ", ".join(f"{name}={value!r}" for name, value in self.members.items())
        return f"{self.kind} {self.at} {said}"


class At:
    """A moment: wall clock and tick in seconds, the time by which grants end, and records in the log before it."""

    def __init__(self, wall, tick, lapse, log):
        self.wall, self.tick, self.lapse, self.log = wall, tick, lapse, log

    def __repr__(self):
        return f"@{self.tick}s (wall {self.wall})"


class Model:
    """The history, and the versions of the policy."""

    def __init__(self, policies):
        self.policies = policies
        self.version = 0
        self.events = []
        self.seen = []  # the moments of all operations
        # What the language leaves open: whether a touch that the outcome took back may still make a label that was
        # touched otherwise stick for longer.
        self.is_lenient = False

    @property
    def policy(self):
        return self.policies[self.version]

    def cut(self, log):
        """What was kept from there on never happened."""
        self.events = [event for event in self.events if event.at.log < log]
        self.seen = [at for at in self.seen if at.log < log]

    def moment(self, wall, tick, log):
        """What was granted ends by the wall clock and by the ticks, and for good: since the moment before, as much time
        has passed as on that one of them on which it was more."""
        if not self.seen:
            return At(wall, tick, tick, log)
        last = self.seen[-1]
        return At(wall, tick, last.lapse + max(wall - last.wall, tick - last.tick), log)

    def of(self, kind, **members):
        return [event for event in self.events
                if event.kind == kind and all(getattr(event, name) == value for name, value in members.items())]

    # ---- tasks ----

    def task(self, tenant, name):
        found = self.of("open", tenant=tenant, name=name)
        return found[-1] if found else None

    def above(self, task):
        """The tasks above it, nearest first."""
        found = []
        while task.under is not None:
            task = self.task(task.tenant, task.under)
            found.append(task)
        return found

    def line(self, task):
        return [task] + self.above(task)

    def is_open(self, task, now):
        return all(now.lapse < one.ends and not self.of("close", tenant=one.tenant, name=one.name)
                   and not self.is_void(one.at) for one in self.line(task))

    def same_tree(self, a, b):
        return a is not None and b is not None and self.line(a)[-1] is self.line(b)[-1]

    # ---- revocations ----

    def void_before(self):
        return max([event.before for event in self.of("revoke", what="before")], default=0)

    def is_void(self, at):
        """Issued before a moment before which all is void: by either time."""
        return any(at.wall < event.before or at.lapse < event.at.lapse + event.before - event.at.wall
                   for event in self.of("revoke", what="before"))

    def names_revoked(self, what, tenant, name):
        return any(event.name == name and (what not in ("user", "task") or event.tenant == tenant)
                   for event in self.of("revoke", what=what))

    def is_tree_revoked(self, task):
        """It or a task above it was revoked, or who opened one of them."""
        return any(self.names_revoked(what, one.tenant, name) for one in self.line(task)
                   for what, name in (("task", one.name), ("agent", one.agent), ("user", one.user)))

    def is_revoked(self, of):
        """Of a request or a call that was granted: whether one who has to do with it was revoked."""
        rows = (("agent", of.agent), ("user", of.user), ("key", of.presenter), ("tenant", of.tenant), ("issuer", ISSUER),
                ("audience", AUDIENCE if of.tool else None), ("tool", "svc." + of.tool if of.tool else None))
        if any(name and self.names_revoked(what, of.tenant, name) for what, name in rows):
            return True
        task = self.task(of.tenant, of.task) if of.task else None
        return task is not None and self.is_tree_revoked(task)

    # ---- labels ----

    def outcome(self, call):
        found = self.of("outcome", call=call.name)
        return found[0] if found else None

    def touch(self, call, when):
        """Whether a call touched what it yields: True, False, or "back": it seemed so until the outcome."""
        if when is None:
            return True
        if when == "args":
            return call.args["n"] >= 3
        outcome = self.outcome(call)
        if outcome is None:
            return True
        if not outcome.delivered:
            return "back"
        if outcome.result is None:
            return True
        return outcome.result["flag"] or "back"

    def touches(self, label):
        """When which call touched the label: (call, tick, whether it was taken back)."""
        for call in self.of("call"):
            for name, when in self.policies[call.version]["yields"][call.tool]:
                touched = self.touch(call, when) if name == label else False
                if touched:
                    yield call, call.at.tick, touched == "back"
        for outcome in self.of("outcome"):
            if label in outcome.labels:
                yield self.call(outcome.call), outcome.at.tick, False

    def call(self, name):
        return next(call for call in self.of("call") if call.name == name)

    def has_label(self, of, label, now):
        task = self.task(of.tenant, of.task) if of.task else None
        touches = list(self.touches(label))
        if any(self.same_tree(self.task(call.tenant, call.task) if call.task else None, task)
               for call, _, is_back in touches if not is_back):
            return True
        if not self.policy["sticky"].get(label):
            return False
        inherits = (self.policy["intents"][task.intent]["inherits"] or 0) if task else 0
        own = [(tick, is_back) for call, tick, is_back in touches
               if (call.tenant, call.user, call.agent) == (of.tenant, of.user, of.agent)]
        if all(is_back for _, is_back in own):
            return False
        return any(age(tick, now) <= max(STICKY, inherits) for tick, is_back in own if self.is_lenient or not is_back)

    def level(self, of, now):
        touched = [level for level in LEVELS if self.has_label(of, "author." + level, now)]
        return LEVELS.index(touched[0]) if touched else len(LEVELS) - 1

    # ---- conditions ----

    def field(self, call, field, args):
        """What a pattern's test of an earlier call comes to."""
        if field == "x":
            return call.args["x"] == args["x"]
        outcome = self.outcome(call)
        if outcome is None or not outcome.delivered or outcome.result is None:
            return None
        return outcome.result["flag"] if field == "flag" else outcome.result["cost"] >= args["n"]

    def called(self, test, of, now):
        _, scope, tool, fields, last = test
        task = self.task(of.tenant, of.task) if of.task else None
        truths = []
        for call in self.of("call", tool=tool, tenant=of.tenant):
            outcome = self.outcome(call)
            if outcome is not None and not outcome.ok:
                continue
            # When it was is known to the second.
            second = int(call.at.tick)
            if last is not None and now.tick - second - 1 >= last:
                continue
            other = self.task(call.tenant, call.task) if call.task else None
            if {"task": self.same_tree(task, other), "subtask": task is not None and task is other,
                    "user": call.user == of.user, "agent": call.agent == of.agent}[scope]:
                is_recent = True if last is None or now.tick - second <= last else None
                truths.append(both(is_recent, *[self.field(call, field, of.args) for field in fields]))
        return either(truths)

    def test(self, test, of, now):
        if test is None:
            return True
        if test[0] == "label":
            return self.has_label(of, test[1], now)
        if test[0] == "level":
            return compare(self.level(of, now), test[1], LEVELS.index(test[2]))
        if test[0] == "args":
            return compare(of.args["n"], test[1], test[2])
        return self.called(test, of, now)

    def applies(self, rule, of, now):
        task = self.task(of.tenant, of.task) if of.task else None
        if of.tool not in rule["tools"]:
            return False
        if rule["kind"] == "permit" and (task.intent if task else None) not in rule["intents"]:
            return False
        unless = negated(self.test(rule["unless"], of, now)) if rule["unless"] else True
        return both(self.test(rule["when"], of, now), unless)

    # ---- budgets ----

    def budgets(self, rule):
        """The budgets that a rule draws on: (name, budget, amount's source, settled by)."""
        rows = [(f"{rule['name']}.{at}", budget, budget["of"], None) for at, budget in enumerate(rule["budgets"])]
        if rule["spend"]:
            of, settle = rule["spend"]
            pot = self.policy["pot"]
            rows.append(("pot", pot, of if pot["of"] != "distinct" else pot["of"], settle))
        return rows

    def budget_key(self, budget, of):
        task = self.task(of.tenant, of.task) if of.task else None
        outside = ("outside", of.user, of.agent)
        values = {"task": self.line(task)[-1].name if task else outside, "subtask": task.name if task else outside,
                  "user": of.user, "agent": of.agent, "tenant": of.tenant, "args.x": of.args["x"]}
        return (of.tenant,) + tuple((key, values[key]) for key in budget["keys"])

    def spent(self, name, budget, key, now):
        """What counts of the budget: (call, amount or value)."""
        for call in self.of("call"):
            outcome = self.outcome(call)
            if outcome is not None and not outcome.ok:
                continue
            for taken, its_key, amount, settle in call.takes:
                if (taken, its_key) != (name, key):
                    continue
                tick = call.at.tick
                if settle and outcome is not None and outcome.cost is not None and outcome.version == call.version:
                    amount, tick = outcome.cost, outcome.at.tick
                if budget["window"] is None or now.tick - tick <= budget["window"]:
                    yield tick, amount

    def lacks(self, name, budget, source, of, already, now):
        """None if it fits, else whether waiting helps ("perhaps": it is left open); and what the call takes of it."""
        key = self.budget_key(budget, of)
        amount = {None: 1, "n": of.args["n"], "distinct": of.args["x"]}[source]
        spent = list(self.spent(name, budget, key, now)) + [(now.tick, one[2]) for one in already if one[:2] == (name, key)]
        take = (name, key, amount)
        if source == "distinct":
            return (None if len({value for _, value in spent} | {amount}) <= budget["most"]
                    else budget["window"] is not None and budget["most"] > 0), take
        if amount < 0:
            return False, take
        if sum(value for _, value in spent) + amount <= budget["most"]:
            return None, take
        if budget["window"] is None or amount > budget["most"]:
            return False, take
        own = sum(one[2] for one in already if one[:2] == (name, key))
        return True if amount + own <= budget["most"] else "perhaps", take

    # ---- approvals, consents ----

    def signature(self, of):
        return (of.tenant, of.agent, of.user, of.task, of.tool, tuple(sorted(of.args.items())), self.version)

    def is_approved(self, requirement, of, now):
        _, count, who, within = requirement
        count = 1 if who == "user" else count
        mine = self.signature(of)
        spent = [event.at.log for event in self.of("call", signature=mine) if event.needed_approval]
        by = {event.by for event in self.of("approve", signature=mine)
              if event.at.log > max(spent, default=-1) and now.lapse - event.at.lapse <= within
              and not self.names_revoked("user", of.tenant, event.by) and event.by != of.agent
              and (event.by == of.user if who == "user" else event.by != of.user and event.by in GROUPS[who])}
        return len(by) >= count

    def target(self, requirement, of):
        _, to, within = requirement
        intent = self.task(of.tenant, of.task).intent if of.task else ""
        name = {"audience": AUDIENCE, "tool": of.tool, "intent": intent, "args": (of.tool, tuple(sorted(of.args.items())))}[to]
        return (of.tenant, of.user, of.agent, to, name, of.task if within is None else None)

    def is_consented(self, requirement, of, now):
        within = requirement[2]
        said = [event for event in self.of("consent") if self.target(requirement, of) in event.targets]
        return bool(said) and not said[-1].withdraw and (within is None or now.lapse - said[-1].at.lapse <= within)

    # ---- a call ----

    def demands(self, rule, of, already, now):
        """What a rule asks for and is lacking: [(code, whether waiting or asking helps)]; and what it takes."""
        lacking, takes = [], []
        for requirement in rule["require"]:
            met = self.is_approved if requirement[0] == "approval" else self.is_consented
            if not met(requirement, of, now):
                lacking.append((requirement[0], True, requirement))
        for name, budget, source, settle in self.budgets(rule):
            helps, take = self.lacks(name, budget, source, of, already + takes, now)
            if helps is None:
                takes.append(take + (settle,))
            else:
                lacking.append(("budget", helps, None))
        return lacking, takes

    def decide(self, of, now):
        """(True, token and what it takes) or (False, the codes that the deny may have, who may be asked)."""
        deny = lambda *codes: (False, set(codes), None)  # noqa: E731
        task = self.task(of.tenant, of.task) if of.task else None
        earlier = self.keyed(of)
        is_outside = of.task and (task is None or (task.agent, task.user) != (of.agent, of.user)
                                  or not self.is_open(task, now))
        if self.is_revoked(of) or of.iat < self.void_before():
            return deny("revoked", "task") if is_outside else deny("revoked")
        if is_outside:
            return deny("task")
        if task and of.agent not in self.policy["intents"][task.intent]["agents"]:
            return deny("intent")
        if earlier is not None:
            return self.again(earlier, of, now)
        if task and not all(of.tool in self.policy["intents"][one.intent]["tools"] for one in self.line(task)):
            return deny("intent")
        if of.grant and not self.may_present(of, task, now):
            is_revoked = any(self.is_hop_revoked(call) for call in self.of("call", name=of.grant))
            return deny("revoked", "delegation") if is_revoked else deny("delegation")
        rules = self.policy["rules"]
        forbids = [self.applies(rule, of, now) for rule in rules if rule["kind"] == "forbid"]
        if True in forbids:
            return deny("forbidden")
        if None in forbids:
            return deny("undetermined")
        covering = [rule for rule in rules if rule["kind"] == "permit" and self.applies(rule, of, now)]
        if not covering:
            return deny("no_permit")
        limits = [rule for rule in rules if rule["kind"] == "limit" and self.applies(rule, of, now) is not False]
        return self.choose(covering, limits, task, of, now)

    def keyed(self, of):
        """The call that was allowed under this idempotency key."""
        found = self.of("call", tenant=of.tenant, key=of.key) if of.key else []
        return found[-1] if found else None

    def again(self, call, of, now):
        """A retry is the same decision; it takes nothing."""
        outcome = self.outcome(call)
        same = all(getattr(call, name) == getattr(of, name)
                   for name in ("agent", "user", "task", "tool", "args", "presenter", "ask", "grant"))
        left = int(call.at.lapse + call.ttl - now.lapse)
        if not same or (outcome is not None and not outcome.ok):
            return False, {"malformed"}, None
        if self.is_hop_revoked(call):
            return False, {"revoked"}, None
        if left < 1 or call.version != self.version:
            return False, {"malformed"}, None
        return True, {"ttl": left, "uses": call.uses, "depth": call.depth, "again": call}, None

    def may_present(self, of, task, now):
        grant = next((call for call in self.of("call") if call.name == of.grant), None)
        return grant is not None and self.check(grant, of.args, now) is None and task is not None and grant.depth > 0 and \
            grant.task in [one.name for one in self.line(task)] and grant.user == of.user and grant.tool == of.tool

    def choose(self, covering, limits, task, of, now):
        lacking, takes = [], []
        for rule in limits:
            more, taken = self.demands(rule, of, takes, now)
            lacking, takes = lacking + more, takes + taken
        candidates, opens = [], []
        for rule in covering:
            left = min([of.exp - now.wall, rule["ttl"] or 60] + [limit["ttl"] for limit in limits if limit["ttl"]]
                       + [one.ends - now.lapse for one in ([task] if task else [])])
            uses, depth = rule["uses"] or 1, rule["depth"] or 0
            if of.grant:
                above = self.call(of.grant)
                uses, depth = 1, min(depth, above.depth - 1)
                left = min(left, above.at.lapse + above.ttl - now.lapse)
            asked = of.ask or {}
            ttl, uses, is_full = (min(left, asked.get("ttl", left)), min(uses, asked.get("uses", uses)),
                                  left >= asked.get("ttl", 0) and uses >= asked.get("uses", 0))
            ttl = int(ttl)
            if ttl < 1 or uses < 1:
                continue
            more, taken = self.demands(rule, of, takes, now)
            opens += [lacking + more] if lacking + more else []
            if not lacking + more:
                needs = any(one[0] == "approval" for each in limits + [rule] for one in each["require"])
                candidates.append((not is_full, depth, ttl, uses, rule["name"], takes + taken, needs))
        if candidates:
            _, depth, ttl, uses, _, taken, needs = min(candidates)
            return True, {"ttl": ttl, "uses": uses, "depth": depth, "takes": taken, "needed_approval": needs,
                          "again": None}, None
        if not opens:
            return False, {"limited"}, None
        return False, {code for one in opens for code in self.open_codes(one)}, opens

    @staticmethod
    def open_codes(lacking):
        if any(not helps for _, helps, _ in lacking):
            return {"budget"}
        first = min((code for code, _, _ in lacking), key=OPEN_CODES.index)
        return {first, "budget"} if any(helps == "perhaps" for _, helps, _ in lacking) else {first}

    # ---- grants ----

    def uses_left(self, call):
        return call.uses - len(self.of("use", call=call.name)) - len(self.of("call", grant=call.name))

    def hops(self, call):
        """It and the grants from which it was delegated."""
        found = [call]
        while found[-1].grant:
            found.append(self.call(found[-1].grant))
        return found

    def is_hop_revoked(self, call):
        return any(self.is_revoked(hop) or self.of("revoke", what="grant", name=hop.name) or self.is_void(hop.at)
                   for hop in self.hops(call))

    def is_over(self, call, now):
        task = self.task(call.tenant, call.task) if call.task else None
        return now.lapse >= call.at.lapse + call.ttl or (task is not None and not self.is_open(task, now))

    def check(self, call, args, now):
        """The codes that a deny may have, or None: it is good."""
        if self.is_hop_revoked(call):
            return {"revoked", "unknown", "task"}
        outcome = self.outcome(call)
        if outcome is not None and not outcome.ok:
            return {"task", "unknown"}  # what it had spent was given back
        if any(self.is_over(hop, now) for hop in self.hops(call)) or self.uses_left(call) == 0:
            return {"task", "unknown"}
        return {"argument"} if args is not None and args != call.args else None

    # ---- tasks, opened ----

    def may_open(self, of, now):
        """The codes that a deny may have, or None: it may, with its end."""
        intent = self.policy["intents"][of.intent]
        if self.is_revoked(of) or of.iat < self.void_before():
            return {"revoked"}, None
        if of.agent not in intent["agents"]:
            return {"intent"}, None
        at = INTENTS.index(of.intent)
        ends = now.lapse + intent["within"]
        if of.under is None and at > 0:
            return {"delegation"}, None
        if of.under is not None:
            above = self.task(of.tenant, of.under)
            if above is None or not self.is_open(above, now):
                return {"task"}, None
            if self.is_tree_revoked(above):
                return {"revoked"}, None
            parent = self.policy["intents"][above.intent]
            if above.user != of.user or INTENTS.index(above.intent) != at - 1:
                return {"delegation"}, None
            if any(self.policy["intents"][one.intent]["depth"] < level + 1 for level, one in enumerate(self.line(above))):
                return {"delegation"}, None
            if parent["delegates"] and above.k != of.k:
                return {"delegation"}, None
            ends = min(ends, above.ends)
        before = self.task(of.tenant, of.name)
        if before is None:
            return None, ends
        is_same = (before.intent, before.agent, before.user, before.k, before.under) == \
            (of.intent, of.agent, of.user, of.k, of.under)
        return (None if is_same and self.is_open(before, now) else {"task"}), None

    def tenant_of(self, user, agent):
        return USERS.get(user) or AGENTS[agent]

    # ---- approvals, given ----

    def may_approve(self, signature, by):
        asked = [event for event in self.of("asked") if event.signature == signature]
        tenant, agent, user = signature[:3]
        spent = [event.at.log for event in self.of("call", signature=signature) if event.needed_approval]
        if max(spent, default=-1) > asked[-1].at.log:
            return {"unknown"}
        if self.names_revoked("user", tenant, by):
            return {"revoked"}
        who = set(asked[-1].who)  # others may be asked than before
        if by != agent and ((by == user and "user" in who) or (by != user and any(by in GROUPS[one] for one in who - {"user"}))):
            return None
        return {"forbidden"}
