#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Mistakes in the configuration; reload while others ask; draining."""
import sys
import threading

import cbor2
import peer
from peer import *


def provisod(*arguments, **options):
    return subprocess.run([BUILD / "provisod", *arguments], capture_output=True, text=True, timeout=20, **options)


def test_check_config():
    daemon = Daemon()
    assert provisod("--config", daemon.config, "--check-config").returncode == 0
    (daemon.path / "p.pvb").write_bytes(b"PVB1 nonsense")
    result = provisod("--config", daemon.config, "--check-config")
    assert result.returncode == 1 and "p.pvb: " in result.stderr, result
    (daemon.path / "p.pvb").unlink()
    result = provisod("--config", daemon.config, "--check-config")
    assert result.returncode == 3 and "p.pvb: not found" in result.stderr, result


GOOD = """socket: {path: s}
bundle: p.pvb
trust: {allow_unsigned: true}
peers:
  - {uid: 0, role: admin}
"""


def test_config_mistakes():
    """Each is refused with its line, and the message says what to do."""
    daemon = Daemon()
    for text, line, part in (
        ("", 1, "empty"),
        ("- a", 1, "settings are expected"),
        (GOOD + "bundle: again\n", 6, "`bundle` is given twice, first in line 2"),
        (GOOD + "bundel: x\n", 6, "did you mean `bundle`?"),
        (GOOD + "nonsense_setting: x\n", 6, "there is no setting `nonsense_setting` here"),
        (GOOD.replace("p.pvb", "&a p.pvb"), 2, "anchors"),
        (GOOD.replace("p.pvb", "*a"), 2, "aliases"),
        (GOOD.replace("p.pvb", "!!str p.pvb"), 2, "tags"),
        (GOOD.replace("p.pvb", "[p.pvb]"), 2, "a text is expected"),
        (GOOD.replace("p.pvb", "~"), 2, "a text is expected"),
        (GOOD.replace("p.pvb", ""), 2, "a text is expected"),
        (GOOD + "<<: {}\n", 6, "merge keys"),
        (GOOD + "[a]: b\n", 6, "a key must be a text"),
        (GOOD + "---\n" + GOOD, 6, "second document"),
        (GOOD + "x: [[[[[[[[[1]]]]]]]]]\n", 6, "nested too deeply"),
        (GOOD + "x: {\n", 7, ""),
        (GOOD.replace("path: s", "path: " + "s" * 200), 1, "at most 107 bytes"),
        (GOOD.replace("path: s", "path: s, mode: 660"), 1, "four octal digits"),
        (GOOD.replace("path: s", "path: s, mode: '0680'"), 1, "four octal digits"),
        (GOOD.replace("bundle: p.pvb\n", ""), 1, "`bundle` is missing"),
        (GOOD.replace("true", "yes"), 3, "`true` or `false`"),
        (GOOD.replace("allow_unsigned: true", "allow_unsigned: false"), 3, "no key is trusted"),
        (GOOD.replace("allow_unsigned: true", "keys: [none.pem]"), 3, "none.pem`: not found"),
        (GOOD.replace("allow_unsigned: true", "allow_unsigned: true, signatures: 1"), 3, "remove the one"),
        (GOOD.replace("{uid: 0, role: admin}", "{role: admin}"), 5, "who is it?"),
        (GOOD.replace("{uid: 0, role: admin}", "{uid: 0}"), 5, "`role` is missing"),
        (GOOD.replace("{uid: 0, role: admin}", "{uid: 0, gid: 0, role: admin}"), 5, "write two peers"),
        (GOOD.replace("role: admin", "role: root"), 5, "`broker`, `approver` or `admin`"),
        (GOOD.replace("role: admin", "role: broker"), 5, "add `gateways: [...]`"),
        (GOOD.replace("role: admin", "role: admin, gateways: [edge]"), 5, "remove `gateways`"),
        (GOOD.replace("uid: 0", "user: no-such-user"), 5, "no user `no-such-user`"),
        (GOOD.replace("uid: 0", "group: no-such-group"), 5, "no group `no-such-group`"),
        (GOOD.replace("uid: 0", "uid: -1"), 5, "whole number"),
        (GOOD.replace("  - {uid: 0, role: admin}", "  []"), 4, "list of peers"),
        (GOOD + "limits: {frame: 4095}\n", 6, "`frame` must be from 4KiB to 16MiB"),
        (GOOD + "limits: {frame: 17MiB}\n", 6, "`frame` must be"),
        (GOOD + "limits: {frame_time: 5}\n", 6, "`frame_time` must be from 10ms to 1m"),
        (GOOD + "limits: {batch: 257}\n", 6, "`batch` must be from 1 to 256"),
        (GOOD + "limits: {batch: 99999999999999999999}\n", 6, "`batch` must be"),
        (GOOD + "limits: {frame: 2MiB, unread: 1MiB}\n", 1, "`unread` must not be smaller"),
        ("\ufeff" + GOOD + "x", 0, ""),
    ):
        daemon.config.write_text(text)
        result = provisod("--config", daemon.config, "--check-config")
        assert result.returncode == (3 if "not found" in part else 1), (text, result)
        if line:
            assert f"provisod.yaml:{line}: " in result.stderr, (text, result.stderr)
        assert part in result.stderr, (text, result.stderr)
    daemon.config.write_bytes(b"bundle: \xff")
    assert "not UTF-8" in provisod("--config", daemon.config).stderr
    daemon.config.write_bytes(GOOD.encode() + b"#" * 65536)
    assert "longer than 65536 bytes" in provisod("--config", daemon.config).stderr


def test_limits_at_their_edges():
    daemon = Daemon()
    for limit in ("frame: 4KiB", "frame: 4194304", "batch: 1", "batch: 256", "connections: 16384",
                  "frame_time: 10ms", "frame_time: 1m", "answer_time: 600s", "unread: 64MiB"):
        daemon.config.write_text(GOOD + f"limits: {{{limit}}}\n")
        result = provisod("--config", daemon.config, "--check-config")
        assert result.returncode == 0, (limit, result.stderr)


def test_unknown_gateway():
    daemon = Daemon(peers=["{uid: 0, role: broker, gateways: [edge, egde]}"])
    result = provisod("--config", daemon.config, "--check-config")
    assert result.returncode == 1 and "gateway `egde`" in result.stderr, result


def test_reload_twice_at_once():
    with Daemon() as daemon, daemon.client() as client, daemon.client() as other:
        client.socket.sendall(frame(RELOAD, 2) + frame(RELOAD, 3) + frame(PING, 4))
        other.send(RELOAD)
        got = sorted(client.receive()[:2] for _ in range(3))
        assert got == [(PING, 4), (RELOAD, 2), (ERROR, 3)], got
        assert other.receive()[0] == RELOAD


def test_reload_under_load():
    """No answer is lost, and each fits one of the two policies."""
    with Daemon(amount=50) as daemon:
        counts, failure = [0, 0], []

        def work():
            try:
                with daemon.client() as client:
                    for _ in range(60):
                        for _ in range(20):
                            client.send(DECIDE, call(60))
                        for _ in range(20):
                            answer = cbor2.loads(client.receive()[2])
                            assert answer["decision"] is True or answer["code"] == "no_permit"
                            counts[answer["decision"]] += 1
            except BaseException as error:  # reported by the main thread
                failure.append(error)
        workers = [threading.Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        with daemon.client() as admin:
            rounds = 0
            while any(w.is_alive() for w in workers):
                rounds += 1
                if rounds % 3 == 0:
                    (daemon.path / "p.pvb").write_bytes(b"bad")
                    assert admin.ask(RELOAD)["error"] == "reload"
                else:
                    daemon.bundle(70 if rounds % 2 else 50)
                    assert "hash" in admin.ask(RELOAD)
        assert not failure, failure
        assert sum(counts) == 3600 and rounds > 2, (counts, rounds)


def test_dictionary_after_reload():
    with Daemon() as daemon, daemon.client() as client:
        client.ask(HELLO, encode({"client": "x", "versions": [1, 1], "dictionary": True}))
        user = {"id": "u-7", "tenant": "acme", 0: "sales"}
        assert client.ask(DECIDE, call(1, user=user))["decision"] is True
        assert client.ask(DECIDE, call(1, user={**user, 1: "x"}))["decision"] is False
        daemon.bundle(50, rules=3)
        client.ask(RELOAD)  # the same attributes: nothing to agree on
        assert client.ask(DECIDE, call(1, user=user))["decision"] is True


def test_drain():
    with Daemon() as daemon:
        clients = [daemon.client() for _ in range(5)]
        for client in clients[:4]:
            for _ in range(200):
                client.send(DECIDE, call(1))
        clients[3].socket.sendall(frame(PING, 999, b"xyz")[:-1])
        daemon.process.send_signal(signal.SIGTERM)
        for client in clients[:4]:
            for _ in range(200):
                assert client.receive()[0] == DECIDE
        for client in clients:
            assert client.error() == "closing" and client.is_ended()
        assert daemon.process.wait(5) == 0
        assert daemon.notify.recv(100) == b"STOPPING=1"
        assert not daemon.socket.exists()
        events = [r["event"] for r in daemon.reports()]
        assert events[-2:] == ["draining", "stopped"], events


def test_drain_is_bounded():
    with Daemon({"drain_time": "300ms"}) as daemon, daemon.client() as client:
        sender = threading.Thread(target=fill, args=(client,))
        sender.start()
        time.sleep(0.3)  # the outbox is full of answers that nobody reads
        started = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(5) == 0 and time.monotonic() - started < 2
        sender.join()


def fill(client):
    try:
        for _ in range(300):
            client.send(PING, b"x" * 30000)
    except OSError:
        pass


sys.exit(peer.run(globals()))
