#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The disk fails at every call that the daemon makes to it, once and for good, while it starts, serves, makes a
snapshot and ends. What it has said holds after the next start, and what it has refused isn't there."""
import contextlib
import itertools
import shutil
import sys

import cbor2
from bad_disk import CALLS, BadDaemon
import peer
from peer import *

ALL = roles("broker", "admin")
LIMIT = 1000
LONG, ROWS = 32000, 8  # bytes of rows that fill segments; how many are set at once
POLICY = f"""package test
issuer okta {{ uri "https://acme.okta.example" }}
gateway edge {{ uri "https://edge.acme.example/mcp" accepts okta }}
agent bot {{ id "spiffe://acme.example/bot" tenant "acme" }}
table rows live key id {{ filler: string }}
audience crm {{ uri "https://crm.acme.example/mcp" tenant "acme"
  tool pay(n: int)  tool plain(n: int)  tool sit(id: string) {{ arg id: key of rows }}
}}
intent work {{ tools crm.plain within 30m }}
permit pay   {{ agent bot intent none tool crm.pay  at most {LIMIT} of args.n per user per 24h }}
permit plain {{ agent bot intent none, work tool crm.plain }}
permit sit   {{ agent bot intent none tool crm.sit }}
"""


class Pay:
    def __init__(self, n, key):
        self.message, self.n, self.key = DECIDE, n, key
        self.body = self.asking(n)

    def asking(self, n):
        return call(tool="pay", args={"n": n}, key=self.key)

    def is_there(self, client):
        """What no budget has room for is refused, or known to be another call under its key."""
        code = client.ask(DECIDE, self.asking(LIMIT + 1))["code"]
        assert code in ("malformed", "budget"), code
        return code == "malformed"


class Mark:
    def __init__(self, name):
        self.name = name
        self.message, self.body = REVOKE, said(kind="key", name=name)

    def is_there(self, client):
        credential = {**cbor2.loads(call())[FIELDS.index("credential")], "cnf": self.name}
        answer = client.ask(EXPLAIN, call(tool="plain", args={"n": 1}, presenter=self.name, credential=credential))
        assert answer["decision"] or answer["code"] == "revoked", answer
        return not answer["decision"]


class Rows:
    """Some at once: all of them, or none."""

    def __init__(self, name):
        self.names = [f"{name}-{i}" for i in range(ROWS)]
        rows = [{"id": name, "filler": "x" * LONG} for name in self.names]
        self.message, self.body = FACTS, said(table="rows", rows=rows)

    def is_there(self, client):
        found = {client.ask(EXPLAIN, call(tool="sit", args={"id": name}))["decision"] for name in self.names}
        assert len(found) == 1, "rows are there by half"
        return found == {True}


class Task:
    def __init__(self, name):
        self.name = name
        self.message = TASK_OPEN
        self.body = call(task={"id": name, "intent": "work"}, audience=None, tool=None, args=None)

    def is_there(self, client):
        answer = client.ask(EXPLAIN, call(tool="plain", args={"n": 1}, task=self.name))
        assert answer["decision"] or answer["code"] == "task", answer
        return answer["decision"]


def operations(life):
    """What is done in a life of the daemon, one after another."""
    rows = [Rows(f"r-{life}-{i}") for i in range(5)]
    return [Pay(7, f"k-{life}-1"), Task(f"t-{life}"), Mark(f"m-{life}"), *rows[:-1], Pay(20, f"k-{life}-2"), rows[-1],
            Pay(300, f"k-{life}-3")]


class Life:
    """What was said to each operation: True, False if it was refused, None if nothing was."""

    def __init__(self, daemon, operations):
        self.daemon = daemon
        self.said = {operation: None for operation in operations}

    def ask(self, client, operation):
        answer = client.ask(operation.message, operation.body)
        assert answer["decision"] or answer["code"] == "unavailable", answer
        self.said[operation] = answer["decision"]

    def play(self):
        """All of them, on new connections when one was ended."""
        left = list(self.said)
        while left:
            with contextlib.suppress(Closed, ConnectionResetError, BrokenPipeError), self.daemon.client() as client:
                while left:
                    self.ask(client, left.pop(0))

    def judge(self):
        """What must hold while it serves, whatever has failed. What rests on a record of the clock that just fails is
        lost with it: then once more."""
        try:
            is_failed = self.judge_once()
        except Closed:
            is_failed = self.judge_once()
            assert is_failed
        assert is_failed <= [r["event"] for r in self.daemon.reports()].count("log_failed") <= 1

    def judge_once(self):
        with self.daemon.client() as client:
            is_failed = client.ask(STATUS)["log"] == "failed"
            assert client.ask(PING, b"x") == b"x"
            assert client.ask(DECIDE, call(tool="other"))["code"] == "unknown"
            if is_failed:
                for late in (Pay(1, "late"), Mark("late"), Rows("late"), Task("late")):
                    assert client.ask(late.message, late.body)["code"] == "unavailable"
            else:
                assert all(self.said.values()), "refused without need"
        return is_failed


def check(client, known):
    """`known` says of operations whether they are there; None becomes what is found."""
    for operation, is_there in known.items():
        found = operation.is_there(client)
        assert is_there in (None, found), f"{operation.message} {operation.body[:40]}: {found}, not {is_there}"
        known[operation] = found
    left = LIMIT - sum(o.n for o, is_there in known.items() if is_there and isinstance(o, Pay))
    for n, decision in ((left, True), (left + 1, False)):
        assert client.ask(EXPLAIN, call(tool="pay", args={"n": n}))["decision"] is decision, (left, n)


def forget_notify(daemon):
    daemon.notify.close()
    (daemon.path / "notify").unlink()


def is_started(daemon):
    """Starts it; it may refuse to, and says why."""
    daemon.spawn()
    daemon.notify.settimeout(0.02)
    while daemon.process.poll() is None:
        try:
            assert daemon.notify.recv(100) == b"READY=1"
            daemon.notify.settimeout(20)
            return True
        except TimeoutError:
            pass
    assert daemon.process.returncode in (1, 3), daemon.process.returncode
    text = (daemon.path / "log").read_text()
    assert "log " in text and len(text.splitlines()) == 1, text
    daemon.process = None
    return False


def fail_at(daemon, before, call, number, for_good):
    """A life in which that call fails, and one after it. Whether there was such a call."""
    daemon.disk.order(call, number, for_good, is_full=number % 2 == 0)
    life = Life(daemon, operations("b"))
    if is_started(daemon):
        life.play()
        life.judge()
        daemon.stop()
    else:
        life.said = {operation: False for operation in life.said}
    has_failed = daemon.disk.has_failed()
    daemon.disk.order()
    forget_notify(daemon)
    daemon.start()
    known = {**before, **life.said}
    with daemon.client() as client:
        check(client, known)
        pay = Pay(100, "k-after")
        assert client.ask(pay.message, pay.body)["decision"], "it goes on"
        check(client, {**known, pay: True})
    daemon.stop()
    forget_notify(daemon)
    return has_failed


def sweep_call(daemon, first, known, call, for_good):
    """How many of that call there were to fail."""
    for number in itertools.count(1):
        shutil.copytree(first, daemon.kept)
        try:
            if not fail_at(daemon, known, call, number, for_good):
                return number - 1
        except Exception:
            print(f"{call} number {number} fails, {'for good' if for_good else 'once'}")
            raise
        finally:
            shutil.rmtree(daemon.kept)


def sweep(mode, for_good):
    daemon = BadDaemon(policy=POLICY, peers=ALL, mode=mode, limits={"segment": "1MiB", "segments": 0})
    try:
        daemon.start()
        before = Life(daemon, operations("a"))
        before.play()
        daemon.stop()
        forget_notify(daemon)
        first = daemon.kept.rename(daemon.path / "first")
        counts = {call: sweep_call(daemon, first, before.said, call, for_good) for call in CALLS}
    except Exception:
        print((daemon.path / "log").read_text()[-3000:])
        if daemon.process:
            daemon.process.kill()
            daemon.process.wait()
        raise
    finally:
        daemon.folder.cleanup()
    print(f"{mode}, {'for good' if for_good else 'once'}:", " ".join(f"{n} {call}" for call, n in counts.items()))
    assert all(counts.values()), counts


def test_durable_once():
    sweep("durable", False)


def test_durable_for_good():
    sweep("durable", True)


def test_buffered_once():
    sweep("buffered", False)


def test_buffered_for_good():
    sweep("buffered", True)


sys.exit(peer.run(globals()))
