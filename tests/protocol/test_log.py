#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The memory of the daemon outlives it: starts, ends without warning, a log that can't be used."""
import json
import subprocess
import sys
import time

import cbor2
import peer
from peer import *

ALL = roles("broker", "admin", "approver")
POLICY = """package test
issuer okta { uri "https://acme.okta.example" }
gateway edge { uri "https://edge.acme.example/mcp" accepts okta }
agent bot { id "spiffe://acme.example/bot" tenant "acme" }
audience crm { uri "https://crm.acme.example/mcp" tenant "acme"
  tool pay(amount: decimal)
}
intent work { tools crm.pay within 30m }
permit pay { agent bot intent none, work tool crm.pay  at most 100.00 of args.amount per user per 24h }
"""


def made(mode="durable", **options):
    return Daemon(policy=POLICY, peers=ALL, mode=mode, **options)


def pay(amount, task=None):
    return call(tool="pay", args={"amount": amount}, task=task)


def opening(name):
    return call(task={"id": name, "intent": "work"}, audience=None, tool=None, args=None)


def restart(daemon):
    daemon.notify.close()
    (daemon.path / "notify").unlink()
    return daemon.start()


def killed(daemon):
    daemon.process.kill()
    daemon.process.wait()
    daemon.process = None
    return restart(daemon)


def ended(daemon):
    daemon.stop()
    return restart(daemon)


def check(daemon, grant):
    with daemon.client() as client:
        return client.ask(CHECK, said(grant=grant))


def spend_and_revoke(daemon):
    """What must hold afterwards: 100 of 100 spent, a dead grant, a living one, an open task."""
    with daemon.client() as client:
        assert client.ask(TASK_OPEN, opening("t-1"))["decision"]
        dead = client.ask(DECIDE, pay(40))["token"]["grant_id"]
        good = client.ask(DECIDE, pay(60, task="t-1"))["token"]["grant_id"]
        assert client.ask(REVOKE, said(kind="grant", name=dead))["decision"]
    return dead, good


def assert_remembered(daemon, dead, good):
    assert check(daemon, dead)["code"] == "revoked", check(daemon, dead)
    assert check(daemon, good)["decision"] is True
    with daemon.client() as client:
        answer = client.ask(DECIDE, pay(1, task="t-1"))
        assert answer["code"] == "budget", answer


def test_kept():
    for mode in ("durable", "buffered"):
        for end in (ended, killed):
            with made(mode) as daemon:
                dead, good = spend_and_revoke(daemon)
                for _ in range(3):
                    end(daemon)
                    assert_remembered(daemon, dead, good)
                with daemon.client() as client:
                    assert client.ask(STATUS)["log"] == mode


def test_many_segments():
    with made(limits={"segment": "1MiB", "segments": 0}) as daemon, daemon.client() as client:
        grants = 0
        while not any(r["event"] == "snapshot" for r in daemon.reports()):
            for _ in range(200):
                client.send(DECIDE, pay(0))
            for _ in range(200):
                grants += cbor2.loads(client.receive()[2])["decision"]
        assert grants > 200
        dead, good = spend_and_revoke(daemon)
        killed(daemon)
        assert_remembered(daemon, dead, good)


def said_by(daemon, message, *body):
    """What `proviso ask -m` prints."""
    return subprocess.run([BUILD / "proviso", "ask", "-m", message, daemon.socket, *body], capture_output=True,
                          text=True, timeout=20)


def test_snapshot_at_start():
    """Whatever comes then: a log that is begun often and never fills a segment stays short, too."""
    for mode in ("durable", "buffered"):
        with made(mode) as daemon:
            dead, good = spend_and_revoke(daemon)
            ended(daemon)
            until = time.monotonic() + 10
            while not any(r["event"] == "snapshot" for r in daemon.reports()) and time.monotonic() < until:
                time.sleep(0.01)
            assert list((daemon.path / "kept").glob("*.snapshot"))
            killed(daemon)
            assert_remembered(daemon, dead, good)


def test_command():
    with made() as daemon:
        status = said_by(daemon, "status")
        assert status.returncode == 0 and json.loads(status.stdout)["log"] == "durable", status
        assert json.loads(said_by(daemon, "reload").stdout)["package"] == "test"
        body = daemon.path / "body.json"
        body.write_text('{"kind": "agent", "name": "spiffe://acme.example/bot"}')
        assert said_by(daemon, "revoke", body).stdout.startswith("done\n")
        body.write_text('{"grant": "00"}')
        dead = said_by(daemon, "check", body)
        assert dead.returncode == 1 and dead.stdout.startswith("deny ("), dead


def test_order():
    """Answers leave in the order of the requests, whether they wait for the disk or not."""
    with made() as daemon, daemon.client() as client:
        sent = [client.send(*what) for _ in range(300) for what in ((DECIDE, pay(0)), (PING, b"x"), (STATUS, b""))]
        assert [client.receive()[1] for _ in sent] == sent


def test_second_daemon():
    with made() as daemon:
        other = Daemon(policy=POLICY, peers=ALL)
        other.config.write_text(other.config.read_text().replace("path: kept", f"path: {daemon.path}/kept"))
        refused(other, 3, "log")
        other.folder.cleanup()


def refused(daemon, code, *words):
    done = subprocess.run([BUILD / "provisod", "--config", daemon.config], capture_output=True, text=True, timeout=20)
    assert done.returncode == code and all(word in done.stderr for word in words), (done.returncode, done.stderr)


def test_damage():
    daemon = made()
    with daemon:
        spend_and_revoke(daemon)
        daemon.stop()
        log = next((daemon.path / "kept").glob("*.segment"))
        whole = log.read_bytes()
        log.write_bytes(whole[:4096 + 40] + bytes([whole[4096 + 40] ^ 1]) + whole[4096 + 41:])
        refused(daemon, 1, "log", "segment", "offset 4096")
        log.write_bytes(whole)
        restart(daemon)


def test_no_log():
    text = "socket: {path: s}\nbundle: p.pvb\ntrust: {allow_unsigned: true}\npeers:\n" + "".join(
        f"  - {p}\n" for p in ALL)
    daemon = Daemon(policy=POLICY, config=text)
    refused(daemon, 1, "p.pvb", "log: {path:")
    daemon.folder.cleanup()
    with Daemon(config=text) as daemon, daemon.client() as client:  # a policy that looks back at nothing
        assert client.ask(STATUS)["log"] == "none"
        assert client.ask(DECIDE, call(1))["decision"] is True
        assert client.ask(REVOKE, said(kind="agent", name="spiffe://acme.example/bot"))["code"] == "unavailable"
        daemon.build(POLICY)
        assert client.ask(RELOAD)["error"] == "reload"


def filled(daemon):
    """From now on no file grows, and nothing is written behind the head of one."""
    subprocess.run(["prlimit", "--pid", str(daemon.process.pid), f"--fsize={4096}"], check=True)


def test_full_disk():
    """What was being remembered ends in no answer; what needs no memory goes on."""
    daemon = made(limits={"segment": "1MiB"})
    with daemon, daemon.client() as client:
        grant = client.ask(DECIDE, pay(1))["token"]["grant_id"]
        keyed = call(tool="pay", args={"amount": 1}, key="k-1")
        filled(daemon)
        client.send(DECIDE, keyed)
        try:
            answer = cbor2.loads(client.receive()[2])
            assert answer["decision"] is False, answer
        except Closed:
            pass
        with daemon.client() as other:
            assert other.ask(DECIDE, pay(1))["code"] == "unavailable"
            assert other.ask(DECIDE, keyed)["code"] == "unavailable"  # it was decided, and that is lost
            assert other.ask(CHECK, said(grant=grant))["code"] == "unavailable"
            assert other.ask(DECIDE, call(tool="other"))["code"] == "unknown"
            assert other.ask(STATUS)["log"] == "failed"
            assert other.ask(WATCH)["seq"] == 0 and "hash" in other.ask(RELOAD)
            assert cbor2.loads(other.receive()[2])["seq"] == 1  # nothing waits for a log that has failed
            assert other.ask(PING, b"x") == b"x"
        assert [r["event"] for r in daemon.reports()].count("log_failed") == 1
        ended(daemon)
        assert check(daemon, grant)["decision"] is True
        with daemon.client() as other:
            assert other.ask(DECIDE, keyed)["decision"] is True


def test_nobody_is_told_of_what_is_lost():
    with made() as daemon, daemon.client() as admin, daemon.client() as watcher:
        assert watcher.ask(WATCH)["seq"] == 0
        filled(daemon)
        admin.send(REVOKE, said(kind="key", name="k"))
        assert watcher.is_ended() and admin.is_ended()


sys.exit(peer.run(globals()))
