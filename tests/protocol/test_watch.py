#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""WATCH: events come, in order, after what they tell of was acknowledged."""
import sys
import time

import cbor2
import peer
from peer import *

ALL = roles("broker", "admin", "approver")


def event(client):
    kind, number, body = client.receive()
    assert kind == EVENT and number == 0, (kind, number)
    assert encode(cbor2.loads(body)) == body, "not deterministic"
    return cbor2.loads(body)


def opened(client, name):
    task = {"id": name, "intent": "serve", "params": {"customer": "c"}}
    answer = client.ask(TASK_OPEN, call(task=task, audience=None, tool=None, args=None))
    assert answer["decision"], answer


def test_events_tell_what_was_done():
    with Daemon(peers=ALL) as daemon, daemon.client() as admin, daemon.client() as watcher:
        assert admin.ask(REVOKE, said(kind="agent", name="early"))["decision"]
        answer = watcher.ask(WATCH)
        assert answer["seq"] == 1 and 0 <= time.time_ns() - answer["started"] < 60 * 10**9, answer
        admin.ask(REVOKE, said(kind="user", name="u-8", tenant="acme"))
        admin.ask(REVOKE, said(kind="before", before=7))
        assert admin.ask(REVOKE, said(kind="colour", name="blue"))["code"] == "malformed"
        assert not admin.ask(TASK_CLOSE, said(task="never"))["decision"]
        hash_ = admin.ask(RELOAD)["hash"]
        assert event(watcher) == {"seq": 2, "revoke": {"kind": "user", "name": "u-8", "tenant": "acme"}}
        assert event(watcher) == {"seq": 3, "revoke": {"kind": "before", "before": 7}}
        assert event(watcher) == {"seq": 4, "reload": hash_}
        assert watcher.ask(PING, b"quiet") == b"quiet"
        assert watcher.ask(WATCH)["seq"] == 4


def test_closures():
    policy = """package test
issuer okta { uri "https://acme.okta.example" }
gateway edge { uri "https://edge.acme.example/mcp" accepts okta }
agent bot { id "spiffe://acme.example/bot" tenant "acme" }
audience crm { uri "https://crm.acme.example/mcp" tenant "acme" tool refund() }
intent serve(customer: string) { tools crm.refund within 1h }
permit refund { agent bot intent serve tool crm.refund }
"""
    with Daemon(peers=ALL, policy=policy) as daemon, daemon.client() as broker, daemon.client() as watcher:
        watcher.ask(WATCH)
        opened(broker, "t-1")
        assert broker.ask(TASK_CLOSE, said(task="t-1", tenant="acme"))["decision"]
        assert event(watcher) == {"seq": 1, "close": {"task": "t-1", "tenant": "acme"}}


def test_a_consent_that_is_withdrawn():
    policy = """package test
issuer okta { uri "https://acme.okta.example" }
gateway edge { uri "https://edge.acme.example/mcp" accepts okta }
agent bot { id "spiffe://acme.example/bot" tenant "acme" }
audience crm { uri "https://crm.acme.example/mcp" tenant "acme" tool refund() tool look() }
permit refund { agent bot intent none tool crm.refund require consent to tool within 1h }
permit look   { agent bot intent none tool crm.look }
"""
    with Daemon(peers=ALL, policy=policy) as daemon, daemon.client() as client, daemon.client() as watcher:
        watcher.ask(WATCH)
        refund, look = call(args={}), call(args={}, tool="look")
        for more in ({}, {"withdraw": False}, {"withdraw": True}):
            assert client.ask(CONSENT, said(by="u-7", request=refund, **more))["decision"]
            assert client.ask(DECIDE, refund)["decision"] == (not more.get("withdraw"))
        assert not client.ask(CONSENT, said(by="u-8", request=refund, withdraw=True))["decision"]
        assert not client.ask(CONSENT, said(by="u-7", request=look, withdraw=True))["decision"]
        assert client.ask(REVOKE, said(kind="key", name="k"))["decision"]
        assert event(watcher) == {"seq": 1, "withdraw": "u-7"}
        assert event(watcher)["seq"] == 2


def test_one_connection_sees_its_answer_first():
    with Daemon(peers=ALL) as daemon, daemon.client() as client:
        client.ask(WATCH)
        bodies = [said(kind="agent", name="x" * 500 + str(i)) for i in range(300)]
        client.socket.sendall(b"".join(frame(REVOKE, 100 + i, b) for i, b in enumerate(bodies)))
        answered, told = [], []
        while len(told) < len(bodies):
            kind, number, body = client.receive()
            if kind == EVENT:
                told.append(cbor2.loads(body)["seq"])
                assert len(answered) >= len(told), "told before it was acknowledged"
            else:
                answered.append(number)
        assert answered == list(range(100, 400)) and told == list(range(1, 301))


def test_every_watcher_is_told():
    with Daemon(peers=ALL) as daemon, daemon.client() as admin:
        watchers = [daemon.client() for _ in range(40)]
        for watcher in watchers:
            watcher.ask(WATCH)
        watchers.pop(7).socket.close()
        watchers.pop(0).socket.close()
        for i in range(50):
            admin.ask(REVOKE, said(kind="key", name=f"k-{i}"))
        for watcher in watchers:
            assert [event(watcher)["seq"] for _ in range(50)] == list(range(1, 51))
            watcher.socket.close()


def test_a_slow_watcher_is_cut_off():
    limits = {"unread": "64KiB", "frame": "64KiB", "answer_time": "20s"}
    with Daemon(peers=ALL, limits=limits) as daemon, daemon.client() as admin, daemon.client() as slow:
        slow.ask(WATCH)
        name, longest = "n" * 16000, 0
        for i in range(200):
            started = time.monotonic()
            assert admin.ask(REVOKE, said(kind="key", name=name + str(i)))["decision"]
            longest = max(longest, time.monotonic() - started)
        assert longest < 5, longest
        assert admin.ask(STATUS)["open"] == 1
        assert any(r.get("code") == "watch_behind" for r in daemon.reports())


def test_events_go_on_while_decisions_are_made():
    with Daemon(peers=ALL) as daemon, daemon.client() as admin, daemon.client() as watcher, daemon.client() as busy:
        watcher.ask(WATCH)
        body = call()
        for i in range(20):
            busy.socket.sendall(b"".join(frame(DECIDE, 1 + n, body) for n in range(50)))
            admin.ask(REVOKE, said(kind="key", name=f"k-{i}"))
            assert event(watcher)["seq"] == i + 1
            for _ in range(50):
                busy.receive()


def test_roles_and_bodies():
    with Daemon(peers=roles("broker")) as daemon, daemon.client() as client:
        assert client.ask(WATCH, b"\xa0")["error"] == "body"
        assert client.ask(WATCH)["seq"] == 0
    with Daemon(peers=roles("admin")) as daemon, daemon.client() as client:
        assert client.ask(WATCH)["seq"] == 0
        longest = said(kind="key", name="k" * ((1 << 20) - 64 - 20))
        assert len(longest) == (1 << 20) - 64, len(longest)
        assert client.ask(REVOKE, longest)["decision"]
        assert event(client)["seq"] == 1
        assert client.ask(REVOKE, said(kind="key", name="k" * ((1 << 20) - 64 - 19)))["error"] == "body"
    with Daemon(peers=roles("approver")) as daemon, daemon.client() as client:
        assert client.ask(WATCH)["error"] == "role"
    with Daemon(peers=ALL) as daemon, daemon.client(hello=False) as client:
        client.send(EVENT)  # only the daemon sends it
        assert client.error() == "message" and client.is_ended()


sys.exit(peer.run(globals()))
