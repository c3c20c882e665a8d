#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every message of the protocol, as docs/protocol.md describes it."""
import sys

import cbor2
import peer
from peer import *


def test_hello():
    with Daemon() as daemon, daemon.client() as client:
        welcome = client.welcome
        assert welcome["version"] == 1 and welcome["roles"] == ["broker", "admin"], welcome
        assert welcome["gateways"] == ["edge"] and len(welcome["bundle"]) == 32, welcome
        assert welcome["limits"]["frame"] == 1 << 20 and welcome["limits"]["batch"] == 256, welcome
        assert "dictionary" not in welcome
        again = client.ask(HELLO, encode({"client": "x", "versions": [1, 9], "dictionary": True}))
        assert again["dictionary"] == ["user.department"], again


def test_ping():
    with Daemon() as daemon, daemon.client() as client:
        for body in (b"", b"x", b"\xff" * 100000):
            assert client.ask(PING, body) == body


def test_decide():
    with Daemon() as daemon, daemon.client() as client:
        allow = client.ask(DECIDE, call(50))
        assert allow["decision"] is True, allow
        deny = client.ask(DECIDE, call(51))
        assert deny["decision"] is False and deny["code"] == "no_permit", deny
        assert client.ask(DECIDE, b"\xff")["code"] == "malformed"
        assert client.ask(DECIDE, call(1, agent="nobody"))["code"] == "unknown"


def test_decide_many():
    with Daemon() as daemon, daemon.client() as client:
        answers = client.ask(DECIDE_MANY, encode([call(50), b"\x00", call(51)]))
        assert [a["decision"] for a in answers] == [True, False, False], answers
        assert answers[1]["code"] == "malformed", answers
        assert len(client.ask(DECIDE_MANY, encode([call(1)] * 256))) == 256
        assert client.ask(DECIDE_MANY, encode([call(1)] * 257))["error"] == "batch"
        assert client.ask(DECIDE_MANY, encode([]))["error"] == "batch"
        for bad in (b"", encode({}), encode([1]), encode([call(1)]) + b"\x00", b"\x81"):
            assert client.ask(DECIDE_MANY, bad)["error"] == "body", bad


def test_grants_differ():
    with Daemon() as daemon, daemon.client() as client:
        bodies = [client.ask(DECIDE, call(1)) for _ in range(300)]
        assert len({encode(b["token"]["grant_id"]) for b in bodies}) == 300


def test_list():
    with Daemon() as daemon, daemon.client() as client:
        tools = client.ask(LIST, call(tool=None, args=None))["tools"]
        assert len(tools) == 1 and "refund" in str(tools[0]), tools
        denied = client.ask(LIST, call(tool=None, args=None, presenter="key-2"))
        assert denied["code"] == "credential" and "cnf" in denied["detail"], denied


def test_explain():
    with Daemon() as daemon, daemon.client() as client:
        answer = client.ask(EXPLAIN, call(51))
        assert answer["decision"] is False and "trace" in answer, answer


def test_status():
    with Daemon() as daemon, daemon.client() as client:
        client.ask(DECIDE, call(1))
        client.ask(DECIDE, call(99))
        client.ask(DECIDE_MANY, b"")
        status = client.ask(STATUS)
        assert status["allows"] == 1 and status["denies"] == {"no_permit": 1}, status
        assert status["errors"] == {"body": 1} and status["open"] == 1, status
        assert status["bundle"]["rules"] == 1 and status["connections"] == 1, status
        assert client.ask(STATUS, b"\x00")["error"] == "body"


def test_pipelining():
    with Daemon() as daemon, daemon.client() as client:
        bodies = [call(40 + i % 20) for i in range(2000)]
        client.socket.sendall(b"".join(frame(DECIDE, 100 + i, b) for i, b in enumerate(bodies)))
        got = {}
        for _ in bodies:
            kind, number, body = client.receive()
            assert kind == DECIDE
            got[number] = cbor2.loads(body)["decision"]
        assert got == {100 + i: 40 + i % 20 <= 50 for i in range(2000)}


def test_roles():
    uid = os.getuid()
    with Daemon(peers=[f"{{uid: {uid}, role: broker, gateways: [edge]}}"]) as daemon, daemon.client() as client:
        for kind in (STATUS, RELOAD, EXPLAIN):
            assert client.ask(kind)["error"] == "role"
        assert client.ask(DECIDE, call(1))["decision"] is True  # the connection goes on
    with Daemon(peers=[f"{{uid: {uid}, role: admin}}"]) as daemon, daemon.client() as client:
        for kind in (DECIDE, DECIDE_MANY, LIST):
            assert client.ask(kind)["error"] == "role"
        assert client.ask(EXPLAIN, call(1, gateway="edge"))["decision"] is True
    with Daemon(peers=[f"{{uid: {uid + 1}, role: admin}}"]) as daemon, daemon.client(hello=False) as client:
        assert client.error() == "stranger" and client.is_ended()
    with Daemon(peers=[f"{{gid: {os.getgid()}, role: admin}}"]) as daemon, daemon.client() as client:
        assert client.welcome["roles"] == ["admin"] and client.welcome["gateways"] == []


sys.exit(peer.run(globals()))
