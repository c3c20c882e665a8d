# SPDX-License-Identifier: Apache-2.0
"""What the daemon must remember: all that was sent to it, and what of it was acknowledged.

An Effect is one thing that an operation leaves behind. It has questions that change nothing, and reads from their
answers whether it is there. Acknowledged, it must be; sent and not answered when the daemon was killed, it may be, and
from then on it is known which.
"""
import itertools
import pathlib
import sys

import cbor2

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "protocol"))
from peer import (APPROVE, CHECK, DECIDE, EXPLAIN, FACTS, OUTCOME, REVOKE, TASK_CLOSE, TASK_OPEN, call,  # noqa: E402
                  said)

LIMIT = 1 << 24  # cents that a purse holds
USES = 3  # of a grant
POLICY = f"""package test
issuer okta {{ uri "https://acme.okta.example" }}
gateway edge {{ uri "https://edge.acme.example/mcp" accepts okta }}
agent bot {{ id "spiffe://acme.example/bot" tenant "acme" }}
group staff {{ "ann", "ben" }}
label found
table slots live key slot {{ version: int }}
audience crm {{ uri "https://crm.acme.example/mcp" tenant "acme"
  tool plain(n: int)
  tool pay(amount: decimal)
  tool spend(amount: decimal)
  tool sign(order: string)
  tool send(to: string)
  tool sit(slot: string, version: int) {{ arg slot: key of slots }}
}}
token long = {{ ttl 30m, uses {USES} }}
intent work {{ tools crm.plain, crm.spend, crm.send within 30m }}
permit plain {{ agent bot intent none, work tool crm.plain token long }}
permit pay   {{ agent bot intent none tool crm.pay  at most {LIMIT // 100}.{LIMIT % 100:02} of args.amount per user per 24h token long }}
permit spend {{ agent bot intent work tool crm.spend  at most {LIMIT // 100}.{LIMIT % 100:02} of args.amount per task token long }}
permit sign  {{ agent bot intent none tool crm.sign  require approval from staff within 30m token long }}
permit send  {{ agent bot intent work tool crm.send token long }}
forbid leak  {{ tool crm.send when task has found }}
permit sit   {{ agent bot intent none tool crm.sit when slots[args.slot].version == args.version token long }}
"""


class Wrong(Exception):
    """What was acknowledged isn't there, counts twice, or something is there by half."""


def need(truth, *what):
    if not truth:
        raise Wrong(" ".join(map(str, what)))


def decimal(cents):
    return cbor2.CBORTag(4, [-2, cents])


def ask(tool, user="u-7", task=None, key=None, presenter="key-1", **args):
    """The body of a call."""
    credential = {**cbor2.loads(call())[10], "sub": user, "cnf": presenter}
    return call(tool=tool, args=args, user={"id": user, "tenant": "acme"}, task=task, key=key, presenter=presenter,
                credential=credential)


def code(answer):
    return "" if answer["decision"] else answer["code"]


class Effect:
    """`link` sent it; `is_ordered`: it is there only if all is that the link sent before."""
    is_ordered = True

    def __init__(self, world, link):
        self.world = world
        self.link = link
        self.is_there = None  # None: not known
        world.effects.append(self)

    def done(self, answer):
        """It was acknowledged."""
        need(answer["decision"], "refused:", self, answer)
        self.there()

    def there(self):
        if not self.is_there:
            self.world.recent.append(self)
        self.is_there = True

    def gone(self):
        """It isn't there: what it was about goes on without it."""

    def lose(self):
        """It isn't there, and so is nothing that came of it."""
        if self.is_there is not False:
            self.is_there = False
            self.gone()

    def questions(self):
        """Messages and bodies; none if it can't be asked for."""
        return []

    def judge(self, answers):
        """Whether it is there."""
        raise NotImplementedError

    def __str__(self):
        plain = {name: value for name, value in vars(self).items() if isinstance(value, (str, int, list, type(None)))}
        return f"{type(self).__name__} {plain}"


class Purse:
    """What was spent of a budget, and by whom."""

    def __init__(self, world, tool, user="u-7", task=None):
        self.world, self.tool, self.user, self.task = world, tool, user, task
        self.pays = []
        self.close = None
        world.purses.append(self)

    def question(self, cents):
        return EXPLAIN, ask(self.tool, self.user, self.task and self.task.name, amount=decimal(cents))

    def spent(self):
        """What was spent for certain, and what else may have been."""
        pays = [pay for pay in self.pays if not (pay.failed and pay.failed.is_there)]
        return (sum(pay.cents for pay in pays if pay.is_there),
                [pay for pay in pays if pay.is_there is None and pay.key is None])

    def settle(self, measured):
        """Which of the calls without a key have counted."""
        certain, doubtful = self.spent()
        for some in itertools.product((False, True), repeat=len(doubtful)):
            if certain + sum(pay.cents for pay, is_there in zip(doubtful, some) if is_there) == measured:
                for pay, is_there in zip(doubtful, some):
                    pay.is_there = is_there
                return
        raise Wrong(f"{self.tool} of {self.user} {self.task}: {measured} is spent, not {certain} and some of "
                    f"{[pay.cents for pay in doubtful]}")


class Pay(Effect):
    """A call that takes from a purse, with an idempotency key or without."""

    def __init__(self, world, link, purse, cents, key):
        super().__init__(world, link)
        self.purse, self.cents, self.key = purse, cents, key
        self.grant = None
        self.flights = 0  # answers that are waited for
        self.failed = self.revoked = self.label = None
        self.used = [0, 0]  # uses that were spent: for certain, at most
        self.is_ordered = key is not None
        purse.pays.append(self)

    def body(self, cents=None):
        purse = self.purse
        return ask(purse.tool, purse.user, purse.task and purse.task.name, self.key,
                   amount=decimal(cents or self.cents))

    def done(self, answer):
        super().done(answer)
        self.flights -= 1
        grant = answer["token"]["grant_id"]
        need(self.grant in (None, grant), "another grant under the same key:", self)
        self.grant = grant

    def gone(self):
        self.grant = None
        for each in (self.failed, self.revoked, self.label):
            if each:
                each.lose()

    def is_free(self):
        """Nothing is on its way that has to do with it, or has ended it."""
        return (self.grant and not self.flights and self.used[0] == self.used[1]
                and not (self.failed or self.revoked or self.purse.close))

    def is_living(self):
        """Whether its grant must be good, or, as None, may be."""
        if self.is_there is None or not self.grant:
            return None
        close = self.purse.close
        ends = [each.is_there for each in (self.revoked, self.failed, close) if each]
        if True in ends or self.used[0] == USES:
            return False
        return None if None in ends or self.used[1] >= USES else True

    def questions(self):
        """The key, as that of another call, which no purse has room for; the grant."""
        if self.purse.close or not (self.key or self.grant):
            return []
        of_key = [(DECIDE, self.body(LIMIT + 1))] if self.key else []
        return of_key + ([(CHECK, said(grant=self.grant))] if self.grant else [])

    def judge(self, answers):
        is_there = None
        if self.key:
            is_there = code(answers[0]) == "malformed"
            need(is_there or code(answers[0]) == "budget", "neither there nor free:", self, answers)
        if not self.grant:
            return is_there
        is_good, living = answers[-1]["decision"], self.is_living()
        need(living is None or is_good == living, "its grant is", answers[-1], self)
        return is_there if self.key else answers[-1].get("code") != "unknown"


class Failed(Effect):
    """An OUTCOME that gives back what a call took."""

    def __init__(self, world, link, pay):
        super().__init__(world, link)
        self.pay = pay
        pay.failed = self

    def body(self):
        return said(grant=self.pay.grant, ok=False)

    def gone(self):
        self.pay.failed = None

    def questions(self):
        return [(DECIDE, self.pay.body())] if not self.pay.purse.close else []

    def judge(self, answers):
        """A key whose call has failed gives no answer again."""
        need(code(answers[0]) in ("", "malformed", "revoked"), self, answers)
        return code(answers[0]) == "malformed"


class Mark(Effect):
    """A key that is revoked; its name is long, so that segments fill."""

    def __init__(self, world, link, name):
        super().__init__(world, link)
        self.name = name

    def body(self):
        return said(kind="key", name=self.name)

    def questions(self):
        return [(EXPLAIN, ask("plain", presenter=self.name, n=1))]

    def judge(self, answers):
        need(code(answers[0]) in ("", "revoked"), self, answers)
        return code(answers[0]) == "revoked"


class Revoked(Effect):
    """A grant that is revoked."""

    def __init__(self, world, link, pay):
        super().__init__(world, link)
        self.pay = pay
        pay.revoked = self

    def body(self):
        return said(kind="grant", name=self.pay.grant)

    def gone(self):
        self.pay.revoked = None

    def questions(self):
        return [(CHECK, said(grant=self.pay.grant))]

    def judge(self, answers):
        return code(answers[0]) == "revoked"


class Task(Effect):
    def __init__(self, world, link, name):
        super().__init__(world, link)
        self.name = name
        self.purse = Purse(world, "spend", task=self)
        self.label = None

    def gone(self):
        for pay in self.purse.pays:
            pay.lose()

    def body(self):
        return call(task={"id": self.name, "intent": "work"}, audience=None, tool=None, args=None)

    def questions(self):
        return [] if self.purse.close else [(EXPLAIN, ask("plain", task=self.name, n=1))]

    def judge(self, answers):
        need(code(answers[0]) in ("", "task"), self, answers)
        return answers[0]["decision"]

    def __str__(self):
        return f"task {self.name}"


class Close(Effect):
    """The end of a task: of all its grants, or of none."""

    def __init__(self, world, link, task):
        super().__init__(world, link)
        self.task = task
        task.purse.close = self

    def body(self):
        return said(task=self.task.name, tenant="acme")

    def gone(self):
        self.task.purse.close = None

    def questions(self):
        grants = [pay.grant for pay in self.task.purse.pays
                  if pay.is_there and pay.grant and pay.used[1] == 0 and not pay.revoked and not pay.failed][:20]
        return [(EXPLAIN, ask("plain", task=self.task.name, n=1))] + [(CHECK, said(grant=g)) for g in grants]

    def judge(self, answers):
        is_over = code(answers[0]) == "task"
        need(all(answer["decision"] != is_over for answer in answers), "closed by half:", self, answers)
        return is_over


class Label(Effect):
    """A detector's finding about a call of a task."""

    def __init__(self, world, link, pay):
        super().__init__(world, link)
        self.task, self.pay = pay.purse.task, pay
        self.task.label = pay.label = self

    def body(self):
        return said(grant=self.pay.grant, ok=True, labels=["found"])

    def gone(self):
        self.task.label = self.pay.label = None

    def questions(self):
        return [] if self.task.purse.close else [(EXPLAIN, ask("send", task=self.task.name, to="x"))]

    def judge(self, answers):
        need(code(answers[0]) in ("", "forbidden"), self, answers)
        return code(answers[0]) == "forbidden"


class Rows(Effect):
    """Two rows of a live table that are set together, to a higher version each time."""

    def __init__(self, world, link, version):
        super().__init__(world, link)
        self.version = version

    def slots(self):
        return f"s-{self.link}-a", f"s-{self.link}-b"

    def body(self):
        return said(table="slots", rows=[{"slot": slot, "version": self.version} for slot in self.slots()])

    def questions(self):
        return [(EXPLAIN, ask("sit", slot=slot, version=self.version)) for slot in self.slots()]

    def judge(self, answers):
        """Whether it is what the rows hold."""
        first, second = (answer["decision"] for answer in answers)
        need(first == second, "one row of two:", self, answers)
        return first


class Order(Effect):
    """What needs approval: asked for, approved, done."""

    def __init__(self, world, link, name):
        super().__init__(world, link)
        self.name = name
        self.id = None
        self.approved = self.signed = None
        self.is_ordered = False

    def body(self, key=None):
        return ask("sign", key=key, order=self.name)

    def done(self, answer):
        need(code(answer) == "approval", self, answer)
        self.id = answer["remedies"][0]["id"]
        self.there()

    def __str__(self):
        return f"order {self.name}"


class Approved(Effect):
    def __init__(self, world, link, order):
        super().__init__(world, link)
        self.order = order
        order.approved = self

    def body(self):
        return said(id=self.order.id, by="ann")

    def gone(self):
        self.order.approved = None

    def questions(self):
        return [] if self.order.signed else [(EXPLAIN, self.order.body())]

    def judge(self, answers):
        need(code(answers[0]) in ("", "approval"), self, answers)
        return answers[0]["decision"]


class Signed(Effect):
    """A call that spends an approval."""

    def __init__(self, world, link, order, key):
        super().__init__(world, link)
        self.order, self.key = order, key
        self.grant = None
        order.signed = self

    def body(self):
        return self.order.body(self.key)

    def done(self, answer):
        super().done(answer)
        need(self.grant in (None, answer["token"]["grant_id"]), "another grant under the same key:", self)
        self.grant = answer["token"]["grant_id"]

    def gone(self):
        self.order.signed = None

    def questions(self):
        return [(DECIDE, ask("sign", key=self.key, order="another")), (EXPLAIN, self.order.body())]

    def judge(self, answers):
        """The approval is spent if, and only if, the key knows its call."""
        is_there = code(answers[0]) == "malformed"
        need(code(answers[1]) == ("approval" if is_there else ""), "signed by half:", self, answers)
        return is_there


class World:
    def __init__(self, links):
        self.effects, self.purses = [], []
        self.recent = []  # what may be with the system only
        self.recent_uses = {}  # of grants: how many were spent before
        self.number = 0
        for link in range(links):
            Purse(self, "pay", f"u-{link}")
        self.shared = self.purses[0]

    def new_name(self, prefix):
        self.number += 1
        return f"{prefix}-{self.number}"

    def harden(self):
        """All that was acknowledged so far is on the disk."""
        self.recent.clear()
        self.recent_uses.clear()

    def doubt(self):
        """What was acknowledged and may not have been on the disk may be lost."""
        for effect in self.recent:
            effect.is_there = None
        for pay, used in self.recent_uses.items():
            pay.used[0] = used
        self.harden()

    def note_use(self, pay):
        self.recent_uses.setdefault(pay, pay.used[0])

    def is_sure(self, *effects):
        """Whether all of them are on the disk."""
        return not any(effect in self.recent for effect in effects)

    def of(self, kind):
        return [each for each in self.effects if isinstance(each, kind)]


MESSAGES = {Pay: DECIDE, Failed: OUTCOME, Mark: REVOKE, Revoked: REVOKE, Task: TASK_OPEN, Close: TASK_CLOSE,
            Label: OUTCOME, Rows: FACTS, Order: DECIDE, Approved: APPROVE, Signed: DECIDE}
