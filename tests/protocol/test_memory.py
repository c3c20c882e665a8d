#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the daemon remembers, with many clients at once: budgets, approvals, revocations, its limit."""
import datetime
import os
import re
import sys
import threading

import cbor2
import peer
from peer import *

CONNECTIONS = 64
LINGERS = 300  # seconds for which a task is remembered after its end
TRIES = int(os.environ.get("PROVISO_TRIES", "20000"))  # after each revocation together
ALL = roles("broker", "admin", "approver")
HEAD = """package test
issuer okta { uri "https://acme.okta.example" }
gateway edge { uri "https://edge.acme.example/mcp" accepts okta }
agent bot { id "spiffe://acme.example/bot" tenant "acme" }
group staff { "ann", "ben" }
"""
BODY = """
intent work { tools crm.plain, crm.look, crm.count, crm.pay, crm.sign, crm.send within 30m }
permit plain { agent bot intent none, work tool crm.plain }
permit look  { agent bot intent none, work tool crm.look }
permit count { agent bot intent none, work tool crm.count  at most 500 per user per 24h }
permit pay   { agent bot intent none, work tool crm.pay  at most 100.00 of args.amount per task }
permit sign  { agent bot intent none, work tool crm.sign  require approval from staff within 10m }
permit send  { agent bot intent none, work tool crm.send }
forbid leak  { tool crm.send when task has private }
"""
TOOLS = """audience crm { uri "https://crm.acme.example/mcp" tenant "acme"
  tool plain(n: int)
  tool look(n: int) { yields private }
  tool count(n: int)
  tool pay(amount: decimal)
  tool sign(order: string)
  tool send(to: string)
}
"""
POLICY = HEAD + "label private\n" + TOOLS + BODY
# The same with other numbers for labels, tools and rules.
RENUMBERED = HEAD + "label aaa\nlabel bbb sticky\nlabel private\n" + TOOLS.replace(
    "tool plain", "tool aaa(n: int) { yields bbb }\n  tool plain") + """
limit first { tool crm.aaa  at most 1 per user per 1h }
permit aaa { agent bot intent work tool crm.aaa }
""" + BODY.replace("tools crm.plain", "tools crm.aaa, crm.plain")


def use(tool, task=None, **args):
    return call(tool=tool, args=args, task=task)


def opening(name, **changes):
    return call(task={"id": name, "intent": "work"}, audience=None, tool=None, args=None, **changes)


def grant_of(answer):
    return answer["token"]["grant_id"]


def together(daemon, work, count=CONNECTIONS):
    """Runs work(client, number) on so many connections at once; what each returned."""
    clients = [daemon.client() for _ in range(count)]
    barrier, results, failures = threading.Barrier(count), [None] * count, []

    def one(number):
        try:
            barrier.wait()
            results[number] = work(clients[number], number)
        except BaseException as failure:  # told by the thread that waits
            failures.append(failure)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.socket.close()
    if failures:
        raise failures[0]
    return results


def burst(client, kind, bodies):
    """Sends all at once; the decoded answers by their order."""
    client.socket.sendall(b"".join(frame(kind, 1 + n, body) for n, body in enumerate(bodies)))
    answers = {}
    for _ in bodies:
        got, number, body = client.receive()
        assert got == kind, (got, body)
        answers[number] = cbor2.loads(body)
    return [answers[1 + n] for n in range(len(bodies))]


def test_a_count_is_spent_to_the_last():
    def work(client, number):
        answers = burst(client, DECIDE, [use("count", n=i) for i in range(20)])
        assert all(a["decision"] or a["code"] == "budget" for a in answers)
        return sum(a["decision"] for a in answers)

    with Daemon(peers=ALL, policy=POLICY) as daemon:
        assert sum(together(daemon, work)) == 500
        with daemon.client() as client:
            assert client.ask(DECIDE, use("count", n=0))["code"] == "budget"
            other = call(tool="count", args={"n": 0}, user={"id": "u-8", "tenant": "acme"},
                         credential={**cbor2.loads(call())[10], "sub": "u-8"})
            assert client.ask(DECIDE, other)["decision"]


def test_an_amount_is_spent_to_the_last():
    """What failed is given back, while others spend."""
    def work(client, number):
        spent = 0
        for i in range(12):
            cents = 1 + (number * 37 + i * 101) % 60
            answer = client.ask(DECIDE, use("pay", "t", amount=decimal(cents)))
            if not answer["decision"]:
                assert answer["code"] == "budget", answer
                continue
            fails = (number + i) % 3 == 0
            assert client.ask(OUTCOME, said(grant=grant_of(answer), ok=not fails))["decision"]
            spent += 0 if fails else cents
        return spent

    with Daemon(peers=ALL, policy=POLICY) as daemon, daemon.client() as client:
        assert client.ask(TASK_OPEN, opening("t"))["decision"]
        spent = sum(together(daemon, work))
        assert spent <= 10000, spent
        for cents in (100, 10, 1):
            while client.ask(DECIDE, use("pay", "t", amount=decimal(cents)))["decision"]:
                spent += cents
        assert spent == 10000, spent


def decimal(cents):
    return cbor2.CBORTag(4, [-2, cents])


def test_an_approval_is_spent_once():
    with Daemon(peers=ALL, policy=POLICY) as daemon, daemon.client() as client:
        for order in ("A", "B", "C"):
            denied = client.ask(DECIDE, use("sign", order=order))
            assert denied["code"] == "approval", denied
            assert client.ask(APPROVE, said(id=denied["remedies"][0]["id"], by="ann"))["decision"]
            answers = together(daemon, lambda c, _: c.ask(DECIDE, use("sign", order=order)))
            assert sum(a["decision"] for a in answers) == 1
            assert all(a["decision"] or a["code"] == "approval" for a in answers)


def test_a_key_counts_once():
    """Retries with one idempotency key, on many connections, are one call."""
    with Daemon(peers=ALL, policy=POLICY) as daemon, daemon.client() as client:
        body = call(tool="count", args={"n": 1}, key="k-1")
        answers = together(daemon, lambda c, _: burst(c, DECIDE, [body] * 10))
        assert len({grant_of(a) for each in answers for a in each}) == 1
        left = burst(client, DECIDE, [use("count", n=2)] * 510)
        assert sum(a["decision"] for a in left) == 499


REVOCATIONS = (
    {"kind": "agent", "name": "spiffe://acme.example/bot"}, {"kind": "user", "name": "u-7", "tenant": "acme"},
    {"kind": "task", "name": "t", "tenant": "acme"}, {"kind": "key", "name": "key-1"},
    {"kind": "tenant", "name": "acme"}, {"kind": "issuer", "name": "https://acme.okta.example"},
    {"kind": "audience", "name": "https://crm.acme.example/mcp"}, {"kind": "tool", "name": "crm.plain"},
    {"kind": "before", "before": 4102444800})


def test_nothing_is_allowed_after_a_revocation():
    tries = max(TRIES // len(REVOCATIONS) // 8, 1)
    for revocation in REVOCATIONS:
        with Daemon(peers=ALL, policy=POLICY) as daemon, daemon.client() as admin:
            assert admin.ask(TASK_OPEN, opening("t"))["decision"]
            body, acknowledged = use("plain", "t", n=1), threading.Event()
            grant = grant_of(admin.ask(DECIDE, body))
            assert admin.ask(CHECK, said(grant=grant))["decision"]

            def work(client, number):
                before = True
                while before or number < 0:  # until it was acknowledged
                    before = not acknowledged.is_set()
                    allowed = sum(a["decision"] for a in burst(client, DECIDE, [body] * 10))
                    assert before or allowed == 0, revocation
                left = tries
                while left > 0:
                    some = min(left, 500)
                    assert not any(a["decision"] for a in burst(client, DECIDE, [body] * some)), revocation
                    left -= some
                return True

            def revoke():
                assert admin.ask(REVOKE, said(**revocation))["decision"]
                acknowledged.set()

            timer = threading.Timer(0.02, revoke)
            timer.start()
            assert all(together(daemon, work, 8))
            timer.join()
            assert not admin.ask(CHECK, said(grant=grant))["decision"], revocation


def test_a_revoked_grant_and_a_closed_task():
    with Daemon(peers=ALL, policy=POLICY) as daemon, daemon.client() as client:
        assert client.ask(TASK_OPEN, opening("t"))["decision"]
        first, second = (grant_of(client.ask(DECIDE, use("plain", "t", n=n))) for n in (1, 2))
        assert client.ask(REVOKE, said(kind="grant", name=first))["decision"]
        assert client.ask(CHECK, said(grant=first))["code"] == "revoked"
        assert client.ask(CHECK, said(grant=second))["decision"]
        assert client.ask(TASK_CLOSE, said(task="t", tenant="acme"))["decision"]
        assert client.ask(CHECK, said(grant=second))["code"] == "task"
        assert client.ask(DECIDE, use("plain", "t", n=3))["code"] == "task"


def test_a_reload_keeps_memory():
    with Daemon(peers=ALL, policy=POLICY) as daemon, daemon.client() as client:
        assert client.ask(TASK_OPEN, opening("t"))["decision"]
        assert client.ask(DECIDE, use("send", "t", to="x"))["decision"]
        grant = grant_of(client.ask(DECIDE, use("look", "t", n=1)))
        assert sum(a["decision"] for a in burst(client, DECIDE, [use("count", n=1)] * 300)) == 300
        assert client.ask(DECIDE, use("pay", "t", amount=decimal(6000)))["decision"]
        denied = client.ask(DECIDE, use("sign", order="A"))
        assert client.ask(APPROVE, said(id=denied["remedies"][0]["id"], by="ann"))["decision"]
        for policy in (RENUMBERED, POLICY, RENUMBERED):
            daemon.build(policy)
            assert "hash" in client.ask(RELOAD)
            assert client.ask(DECIDE, use("send", "t", to="x"))["code"] == "forbidden"
            assert client.ask(CHECK, said(grant=grant, tool="crm.look", args={"n": 1}))["decision"]
            assert not client.ask(CHECK, said(grant=grant, tool="crm.plain"))["decision"]
            assert client.ask(DECIDE, use("pay", "t", amount=decimal(4001)))["code"] == "budget"
        assert sum(a["decision"] for a in burst(client, DECIDE, [use("count", n=1)] * 300)) == 200
        assert client.ask(DECIDE, use("pay", "t", amount=decimal(4000)))["decision"]
        assert client.ask(DECIDE, use("sign", order="A"))["code"] == "approval"  # for other rules
        assert client.ask(DECIDE, use("aaa", "t", n=1))["decision"]
        assert client.ask(OUTCOME, said(grant=grant, ok=True, result={}))["decision"]


def test_an_approval_is_for_one_set_of_rules():
    """It stays over a RELOAD of the same bundle, and counts for no other one."""
    other = POLICY.replace("within 10m", "within 9m")
    with Daemon(peers=ALL, policy=POLICY) as daemon, daemon.client() as client:
        for order, policies in (("A", (POLICY,)), ("B", (other,)), ("C", (other, POLICY)), ("D", (POLICY, POLICY))):
            asked = client.ask(DECIDE, use("sign", order=order))["remedies"][0]["id"]
            assert client.ask(APPROVE, said(id=asked, by="ann"))["decision"]
            for policy in policies:
                daemon.build(policy)
                assert "hash" in client.ask(RELOAD)
            answer = client.ask(DECIDE, use("sign", order=order))
            assert answer["decision"] == (policies[-1] == POLICY), order
            if not answer["decision"]:
                assert answer["code"] == "approval" and answer["remedies"][0]["id"] != asked
                # Asked under the old rules, approved under the new ones: it is still for the old ones.
                asked = client.ask(DECIDE, use("sign", order="late"))["remedies"][0]["id"]
            daemon.build(POLICY)
            assert "hash" in client.ask(RELOAD)
            if not answer["decision"]:
                assert client.ask(APPROVE, said(id=asked, by="ann"))["decision"]
                assert client.ask(DECIDE, use("sign", order="late"))["code"] == "approval"


def at(second):
    return datetime.datetime.fromtimestamp(second, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ\n")


def test_a_full_memory():
    """What needs it is denied, the rest goes on; when what was remembered is over, all goes on."""
    daemon = Daemon(peers=ALL, policy=POLICY, limits={"memory": "8MiB"})
    clock, now = daemon.path / "clock", int(time.time())

    def tell(second):
        (daemon.path / "clock.new").write_text(at(second))
        (daemon.path / "clock.new").rename(clock)

    tell(now)
    with daemon.start("--test-clock", str(clock)):
        with daemon.client() as client:
            def fill(prefix):
                for i in range(1000):
                    answers = burst(client, TASK_OPEN, [opening(f"{prefix}-{i}-{n}") for n in range(100)])
                    refused = [a for a in answers if not a["decision"]]
                    if refused:
                        assert {a["code"] for a in refused} == {"quota"}, refused[0]
                        assert {a["next_action"] for a in refused} == {"retry"}, refused
                        return 100 * i + answers.index(refused[0])
                raise AssertionError("it is never full")

            first = fill("a")
            assert first > 1000, first
            for body in (use("count", n=1), use("look", "a-0-0", n=1), use("pay", "a-0-0", amount=1)):
                assert client.ask(DECIDE, body)["code"] == "quota"
            assert client.ask(DECIDE, use("plain", n=1))["decision"]
            assert client.ask(DECIDE, call(agent="nobody"))["code"] == "unknown"
            assert client.ask(LIST, call(tool=None, args=None))["tools"]
            assert client.ask(EXPLAIN, use("send", "a-0-0", to="x"))["code"] == "quota"
            status = client.ask(STATUS, b"")["memory"]
            assert status["records"]["tasks"] == first and status["left"] < status["used"] / 4, status
            assert client.ask(CHECK, said(grant="00" * 16))["code"] == "unknown"
            tell(now + 31 * 60 + LINGERS)
            late = {"credential": {**cbor2.loads(call())[10], "exp": now + LINGERS + 7200}}
            for _ in range(3):  # what is over goes a few at a time
                burst(client, DECIDE, [call(tool="count", args={"n": 1}, agent="nobody", **late)] * 200)
            answer = client.ask(DECIDE, call(tool="count", args={"n": 1}, **late))
            assert answer["decision"], (first, answer)
            answers = [burst(client, TASK_OPEN, [opening(f"b-{i}-{n}", **late) for n in range(100)])
                       for i in range(first // 200)]
            assert all(a["decision"] for each in answers for a in each)


SHARED = POLICY.replace('tenant "acme"', "tenant shared") + "table clients live key id { note: string }\n"


def test_shares():
    """A tenant that has as much as it may is denied more while another goes on, also after a
    restart, under other limits, and until its things are over."""
    limits = {"tenant_tasks": "50", "tenant_memory": "64KiB", "live_memory": "64KiB"}
    daemon = Daemon(peers=ALL, policy=SHARED, limits=limits)

    def of(tenant, **more):
        return {"user": {"id": "u-7", "tenant": tenant}, **more}

    def tasks(client, tenant, names):
        return [a["decision"] or a["code"]
                for a in burst(client, TASK_OPEN, [opening(name, **of(tenant)) for name in names])]

    def started(memory):
        daemon.stop()
        (daemon.path / "notify").unlink()
        text = daemon.config.read_text()
        daemon.config.write_text(re.sub(r"tenant_memory: \S+", f"tenant_memory: {memory}", text))
        return daemon.start().client()

    def fill(client):
        names = [f"t-{n}" for n in range(52)]
        assert tasks(client, "acme", names) == [True] * 50 + ["quota"] * 2
        assert tasks(client, "beta", names[:20]) == [True] * 20
        answer = client.ask(TASK_OPEN, opening("more", **of("acme")))
        assert answer["next_action"] == "retry" and "tenant" in answer["detail"], answer
        for name in names[:3]:
            assert client.ask(TASK_CLOSE, said(task=name, tenant="acme"))["decision"]
        assert tasks(client, "acme", ["a", "b", "c", "d"]) == [True] * 3 + ["quota"]
        signs = [call(tool="sign", args={"order": f"{n}"}, **of("acme")) for n in range(500)]
        codes = [a["code"] for a in burst(client, DECIDE, signs)]
        asked = codes.index("quota")
        assert asked > 50 and set(codes[:asked]) == {"approval"} and set(codes[asked:]) == {"quota"}, codes
        assert client.ask(DECIDE, call(tool="sign", args={"order": "x"}, **of("beta")))["code"] == "approval"
        assert client.ask(DECIDE, call(tool="plain", args={"n": 1}, **of("acme")))["decision"]
        assert client.ask(STATUS, b"")["denies"]["quota"] == len(codes) - asked

    def again(client, memory, code):
        answer = client.ask(DECIDE, call(tool="sign", args={"order": f"of {memory}"}, **of("acme")))
        assert answer["code"] == code, (memory, answer)
        assert tasks(client, "acme", ["e"]) == ["quota"]
        assert tasks(client, "beta", [f"u-{memory}"]) == [True]
        rows = [said(table="clients", rows=[{"id": f"{n}", "note": "x" * 2000}]) for n in range(40)]
        codes = [a["decision"] or a["code"] for a in burst(client, FACTS, rows)]
        assert "quota" in codes, codes
        assert client.ask(FACTS, said(table="clients", remove=[f"{n}" for n in range(40)]))["decision"]
        assert client.ask(FACTS, rows[0])["decision"]
        assert client.ask(REVOKE, said(kind="task", name="t-9", tenant="acme"))["decision"]

    with daemon.start():
        with daemon.client() as client:
            fill(client)
        for memory, code in (("64KiB", "quota"), ("256KiB", "approval"), ("65536", "quota")):
            with started(memory) as client:
                again(client, memory, code)


GRANT = "00" * 16
# A good body of each message, and the members that it must have.
BODIES = (
    (TASK_CLOSE, {"task": "t", "tenant": "acme"}, ("task",)),
    (OUTCOME, {"grant": GRANT, "ok": True, "result": {}, "labels": ["private"]}, ("grant", "ok")),
    (APPROVE, {"id": GRANT, "by": "ann"}, ("id", "by")),
    (CONSENT, {"by": "u-7", "request": call(), "withdraw": True}, ("by", "request")),
    (REVOKE, {"kind": "user", "name": "u", "tenant": "acme"}, ("kind", "name")),
    (FACTS, {"table": "t", "rows": [], "remove": []}, ("table",)),
    (CHECK, {"grant": GRANT, "audience": "a", "tool": "t", "args": {}, "presenter": "p", "consume": True}, ("grant",)),
)
WRONG = (None, 1.5, [1], {"a": 1}, b"x", "x" * 31, -1)


def test_bodies():
    with Daemon(peers=ALL, policy=POLICY) as daemon, daemon.client() as client:
        def refused(kind, body):
            answer = client.ask(kind, body)
            return answer.get("code") == "malformed"

        for kind, good, needed in BODIES:
            assert not refused(kind, encode(good)), kind
            for bad in (b"", b"\xff", encode(good)[:-1], encode(good) + b"\x00", encode([]), encode("x"), encode(7),
                        encode({1: 2}), encode({}), b"\xa1", b"\xbf\xff"):
                assert refused(kind, bad), (kind, bad)
            assert refused(kind, encode({**good, "more": 1})), kind
            for name, value in good.items():
                without = {n: v for n, v in good.items() if n != name}
                assert refused(kind, encode(without)) == (name in needed), (kind, name)
                same = (type(value),) if not isinstance(value, str) or value == GRANT else (str,)
                for wrong in WRONG:
                    if not isinstance(wrong, same) or value == GRANT:
                        assert refused(kind, encode({**good, name: wrong})), (kind, name, wrong)
            swapped = list(good.items())[::-1]
            body = bytes([0xA0 + len(swapped)]) + b"".join(encode(n) + encode(v) for n, v in swapped)
            assert len(swapped) < 2 or body == encode(good) or refused(kind, body), "keys out of order"
        assert refused(OUTCOME, said(grant=GRANT, ok=True, labels=["l"] * 65))
        for kind in ("", "Agent", "consents", "x" * 5000):
            assert refused(REVOKE, said(kind=kind, name="x"))
        for more in ({"kind": "user"}, {"kind": "before", "name": "x"}, {"kind": "grant", "name": "short"},
                     {"kind": "before"}, {"kind": "before", "before": 0}, {"kind": "before", "before": "now"},
                     {"kind": "before", "before": 5, "name": "x"}, {"kind": "user", "name": "x", "before": 5}):
            assert refused(REVOKE, said(**more)), more
        assert not refused(REVOKE, said(kind="user", name="n" * 300000))


def test_openings():
    with Daemon(peers=ALL, policy=POLICY) as daemon, daemon.client() as client:
        def code(body):
            answer = client.ask(TASK_OPEN, body)
            return "ok" if answer["decision"] else answer["code"]

        def task(**members):
            return call(task=members, audience=None, tool=None, args=None)

        assert code(b"") == code(b"\xff") == code(encode([])) == code(encode({1: 2})) == "malformed"
        assert code(task(id="t" * 64, intent="work")) == "ok"
        assert code(task(id="t" * 65, intent="work")) == "too_large"
        assert code(task(id="t" * 64, intent="work")) == "ok"
        assert code(task(id="t" * 64, intent="work", params={"a": 1})) in ("argument", "malformed")
        assert code(task(id="", intent="work")) == "malformed"
        assert code(task(intent="work")) == code(task(id="x")) == "malformed"
        assert code(task(id="x", intent="work", more=1)) == code(task(id="x", intent=7)) == "malformed"
        assert code(task(id="x", intent="play")) == "unknown"
        assert code(task(id="x", intent="work", under="never")) in ("task", "delegation")
        assert code(call()) == "malformed"  # a task that is a name, a tool


def test_roles():
    needs = {TASK_OPEN: "broker", TASK_CLOSE: "broker", OUTCOME: "broker", CHECK: "broker", APPROVE: "approver",
             CONSENT: "approver", REVOKE: "admin", FACTS: "admin"}
    for role in ("broker", "approver", "admin"):
        with Daemon(peers=roles(role), policy=POLICY) as daemon, daemon.client() as client:
            for kind, needed in needs.items():
                assert ("error" in client.ask(kind, encode({}))) == (needed != role), (role, kind)


sys.exit(peer.run(globals()))
