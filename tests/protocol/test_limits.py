#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whatever one tenant, or one connection, fills: another's answers are what they were without it."""
import datetime
import json
import re
import sys

import cbor2
import peer
from peer import *

ALL = roles("broker", "admin", "approver")
LIMITS = {"memory": "16MiB", "tenant_memory": "512KiB", "tenant_tasks": "300", "live_memory": "64KiB"}
POLICY = """package test
issuer okta { uri "https://acme.okta.example" }
gateway edge { uri "https://edge.acme.example/mcp" accepts okta }
agent bot { id "spiffe://acme.example/bot" tenant shared }
group staff { "ann", "ben" }
label private, seen sticky
table clients live key id { note: string }
audience crm { uri "https://crm.acme.example/mcp" tenant shared
  tool plain(n: int)
  tool pay(to: string)
  tool pick(n: int)
  tool sign(order: string)
  tool share(to: string)
  tool look(n: int) { yields private yields seen }
  tool read(n: int, more: string?) returns { rows: list<int> }
  tool send(n: int)
}
intent work { tools crm.plain, crm.pay, crm.pick, crm.sign, crm.share, crm.look, crm.read, crm.send  within 30m }
permit plain { agent bot intent none, work tool crm.plain, crm.look, crm.read, crm.send }
permit pay   { agent bot intent none, work tool crm.pay  at most 2 per user and args.to per 1h }
permit pick  { agent bot intent none, work tool crm.pick  at most 2 distinct args.n per user per 1h }
permit sign  { agent bot intent none, work tool crm.sign  require approval from staff within 10m }
permit share { agent bot intent none, work tool crm.share  require consent to args within 1h }
forbid leak  { tool crm.send when task has private or user called crm.read(args.n in result.rows) last 1h }
forbid known { tool crm.share when args.to in clients }
"""


def of(tenant, **more):
    return {"user": {"id": f"u-{tenant}", "tenant": tenant},
            "credential": {**cbor2.loads(call())[10], "sub": f"u-{tenant}"}, **more}


def use(tenant, tool, args, task=None, **more):
    return call(tool=tool, args=args, task=task, **of(tenant, **more))


def opening(tenant, name):
    return call(task={"id": name, "intent": "work"}, audience=None, tool=None, args=None, **of(tenant))


def burst(client, kind, bodies):
    """Sends all at once; the decoded answers by their order."""
    client.socket.sendall(b"".join(frame(kind, 1 + n, body) for n, body in enumerate(bodies)))
    answers = {}
    for _ in bodies:
        got, number, body = client.receive()
        assert got == kind, (got, body)
        answers[number] = cbor2.loads(body)
    return [answers[1 + n] for n in range(len(bodies))]


# ---- what fills: (client, tenant), until it is told so, with these details ----

MEMORY, TASKS, ROWS = ("tenant_memory: the tenant has as much as it may", "tenant_tasks: the tenant has as many as it may",
                       "live_memory: live tables have as much as they may")


def until_quota(client, kind, make, most=200, each=100):
    """How many were taken before all of a hundred are denied as quota; the detail of the last."""
    taken = 0
    for i in range(most):
        answers = burst(client, kind, [make(each * i + n) for n in range(each)])
        taken += sum(a["decision"] or a["code"] in ("approval", "budget") for a in answers)
        full = [a for a in answers if not a["decision"] and a["code"] == "quota"]
        assert all(a["next_action"] == "retry" for a in full)
        if len(full) == each:
            return taken, full[0]["detail"]
    raise AssertionError("it is never full")


def tasks(client, tenant):
    taken, detail = until_quota(client, TASK_OPEN, lambda n: opening(tenant, f"t-{n}"))
    assert (taken, detail) == (300, TASKS), (taken, detail)


def closed_tasks(client, tenant):
    for i in range(100):
        names = [f"t-{i}-{n}" for n in range(100)]
        answers = burst(client, TASK_OPEN, [opening(tenant, name) for name in names])
        burst(client, TASK_CLOSE, [said(task=name, tenant=tenant) for name in names])
        if not answers[0]["decision"]:
            assert answers[0]["detail"] == MEMORY, answers[0]
            return
    raise AssertionError("it is never full")


def decided(tool, make, **more):
    def fill(client, tenant):
        taken, detail = until_quota(client, DECIDE, lambda n: use(
            tenant, tool, make(n), **{k: v(n) for k, v in more.items()}))
        assert detail == MEMORY and taken > 300, (taken, detail)
    return fill


def of_task(client, tenant):
    assert client.ask(TASK_OPEN, opening(tenant, "one"))["decision"]
    taken, detail = until_quota(client, DECIDE, lambda n: use(tenant, "plain", {"n": n}, "one"))
    assert detail == MEMORY and taken > 300, (taken, detail)


def consents(client, tenant):
    def make(n):
        return said(by=f"u-{tenant}", request=use(tenant, "share", {"to": f"{n}"}))
    taken, detail = until_quota(client, CONSENT, make)
    assert detail == MEMORY and taken > 1000, (taken, detail)
    for answer in burst(client, CONSENT, [cbor2.dumps({**cbor2.loads(make(n)), "withdraw": True}, canonical=True)
                                          for n in range(100)]):
        assert answer["decision"], answer


def results(client, tenant):
    """Calls in flight whose results would take a hundred times what the tenant may."""
    grants = []
    for i in range(300):
        answers = burst(client, DECIDE, [call(tool="read", args={"n": n}, **of(
            tenant, user={"id": f"u-{i}-{n}", "tenant": tenant},
            credential={**cbor2.loads(call())[10], "sub": f"u-{i}-{n}"})) for n in range(20)])
        grants += [a["token"]["grant_id"] for a in answers if a["decision"]]
        if not answers[0]["decision"]:
            break
    assert len(grants) > 300
    rows = list(range(1000))
    for at in range(0, len(grants), 50):
        for answer in burst(client, OUTCOME, [said(grant=g, ok=True, result={"rows": rows}) for g in grants[at:at + 50]]):
            assert answer["decision"], answer
    used = client.ask(STATUS)["memory"]["used"]
    assert used < 3 << 20, used


def rows(client, _):
    make = lambda n: said(table="clients", rows=[{"id": f"{n}", "note": "x" * 500}])
    taken, detail = until_quota(client, FACTS, make)
    assert detail.endswith(ROWS) and taken > 50, (taken, detail)


def revocations(client, tenant):
    for i in range(100):
        burst(client, REVOKE, [said(kind="user", name=f"{i}-{n}", tenant=tenant) for n in range(100)])


def watchers(client, _):
    for other in client.daemon.more(100):
        other.ask(WATCH)


def unread(client, tenant):
    for other in client.daemon.more(8):
        other.socket.setblocking(False)
        frames = b"".join(frame(DECIDE, 1 + n, use(tenant, "plain", {"n": n})) for n in range(5000))
        try:
            while frames:
                frames = frames[other.socket.send(frames):]
        except BlockingIOError:
            pass


def half_frames(client, tenant):
    for other in client.daemon.more(100):
        other.socket.sendall(frame(DECIDE, 1, use(tenant, "plain", {"n": 1}))[:-1])


FLOODS = {
    "tasks": tasks,
    "tasks that are closed": closed_tasks,
    "budgets": decided("pay", lambda n: {"to": f"{n}"}),
    "grants of a task": of_task,
    "keys": decided("plain", lambda n: {"n": n}, key=lambda n: f"key {n}"),
    "approvals": decided("sign", lambda n: {"order": f"{n}"}),
    "consents": consents,
    "results": results,
    "labels of many people": decided(
        "look", lambda n: {"n": n}, user=lambda n: {"id": f"u-{n}", "tenant": "acme"},
        credential=lambda n: {**cbor2.loads(call())[10], "sub": f"u-{n}"}),
    "rows": rows,
    "revocations": revocations,
    "watchers": watchers,
    "answers nobody reads": unread,
    "frames that are not whole": half_frames,
}

# ---- who is not to notice ----


def live(client, tenant):
    """All that one can do; the answers."""
    told = []

    def ask(kind, body):
        told.append(client.ask(kind, body))
        return told[-1]

    ask(TASK_OPEN, opening(tenant, "mine"))
    for task in (None, "mine"):
        ask(DECIDE, use(tenant, "plain", {"n": 1}, task))
        ask(DECIDE, use(tenant, "plain", {"n": 1}, task, key=f"once {task}"))
        ask(DECIDE, use(tenant, "plain", {"n": 1}, task, key=f"once {task}"))
        for n in range(3):
            ask(DECIDE, use(tenant, "pay", {"to": "kim"}, task))
            ask(DECIDE, use(tenant, "pick", {"n": n}, task))
        asked = ask(DECIDE, use(tenant, "sign", {"order": "1"}, task))
        ask(APPROVE, said(id=next(r["id"] for r in asked["remedies"] if "id" in r), by="ann"))
        ask(DECIDE, use(tenant, "sign", {"order": "1"}, task))
        share = use(tenant, "share", {"to": "kim"}, task)
        ask(DECIDE, share)
        ask(CONSENT, said(by=f"u-{tenant}", request=share))
        ask(DECIDE, share)
        ask(DECIDE, use(tenant, "send", {"n": 5}, task))
        grant = ask(DECIDE, use(tenant, "read", {"n": 1}, task))["token"]["grant_id"]
        ask(OUTCOME, said(grant=grant, ok=True, result={"rows": [3, 4]}))
        ask(DECIDE, use(tenant, "send", {"n": 4}, task))
        ask(DECIDE, use(tenant, "send", {"n": 5}, task))
        ask(DECIDE, use(tenant, "look", {"n": 1}, task))
        ask(DECIDE, use(tenant, "send", {"n": 5}, task))
        ask(CHECK, said(grant=grant))
    ask(LIST, call(tool=None, args=None, **of(tenant)))
    ask(TASK_CLOSE, said(task="mine", tenant=tenant))
    ask(CHECK, said(grant=grant))
    ask(DECIDE, use(tenant, "plain", {"n": 1}, "mine"))
    return told


def plain(told):
    """Without what is drawn by lot: ids are numbered as they are met."""
    met = {}
    return [re.sub(r"\b[0-9a-f]{32}\b", lambda m: str(met.setdefault(m[0], len(met))), json.dumps(a, default=repr)) for a in told]


class Filled(Daemon):
    def __init__(self, limits):
        super().__init__(peers=ALL, policy=POLICY, limits={**LIMITS, **limits})
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        (self.path / "clock").write_text(f"{now:%Y-%m-%dT%H:%M:%SZ}\n")
        self.start("--test-clock", str(self.path / "clock"))
        self.others = []

    def more(self, count):
        """Connections that stay open."""
        self.others += [self.client() for _ in range(count)]
        return self.others[-count:]


def transcript(fills, **limits):
    """What a bystander is told after these were filled, and what was reported."""
    with Filled(limits) as daemon, daemon.client() as client, daemon.client() as bystander:
        client.daemon = daemon
        for fill in fills:
            fill(client, "acme")
        told = plain(live(bystander, "beta"))
        return re.sub(r'("iat"|"exp"|"expires"|"ends")[^,}]*', "", "\n".join(told)), daemon.reports()


def same(name, one, other):
    for a, b in zip(one.split("\n"), other.split("\n")):
        assert a == b, f"{name}\n{a}\n{b}"


def test_a_tenant_fills_only_its_own():
    expected, reports = transcript([])
    assert not {r["event"] for r in reports} & {"quota", "memory_low"}
    for name, fill in FLOODS.items():
        told, reports = transcript([fill])
        same(name, expected, told)
    assert sum(a.count('"decision": true') for a in expected.split("\n")) > 20


def test_all_at_once():
    expected, _ = transcript([])
    others = [rows, revocations, watchers, unread, half_frames]
    told, reports = transcript([lambda client, _: FLOODS["budgets"](client, "gamma"), *others])
    same("all", expected, told)
    assert "quota" in {r["event"] for r in reports}


def test_tenants_that_grow_together_leave_room():
    """More shares than there is memory: what is low is reported, and who has little goes on."""
    def fill(client, _):
        growing = set(range(10))
        for i in range(1000):
            for number in sorted(growing):
                more = {"n": i, "more": "x" * 8000}  # a request is kept until its outcome
                answers = burst(client, DECIDE, [use(f"{number}", "read", more)] * 10)
                full = [a for a in answers if not a["decision"]]
                if full:
                    assert {a["code"] for a in full} == {"quota"}, full[0]
                    growing.remove(number)
            if not growing:
                assert full[0]["detail"].startswith("memory: "), full[0]
                return
        raise AssertionError("it is never full")

    expected, _ = transcript([], memory="64MiB", tenant_memory="8MiB")
    told, reports = transcript([fill], memory="64MiB", tenant_memory="8MiB")
    same("together", expected, told)
    low = [r for r in reports if r["event"] == "memory_low"]
    assert len(low) == 1 and low[0]["level"] == "warning" and low[0]["left"] < low[0]["limit"] / 8, reports


if __name__ == "__main__":
    sys.exit(peer.run(globals()))
