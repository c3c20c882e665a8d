#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an operator does, as docs/operations.md describes it: options, reload, end."""
import sys

import peer
from peer import *


def is_allowed(client, amount):
    return client.ask(DECIDE, call(amount))["decision"]


def test_reload():
    with Daemon() as daemon, daemon.client() as client:
        assert not is_allowed(client, 60)
        daemon.bundle(70)
        answer = client.ask(RELOAD)
        assert answer["hash"] != client.welcome["bundle"] and answer["rules"] == 1, answer
        assert is_allowed(client, 60)
        assert client.ask(RELOAD, b"\xa0")["error"] == "body"
        status = client.ask(STATUS)
        assert status["reloads"] == 1 and status["bundle"]["hash"] == answer["hash"], status


def test_a_bad_bundle_changes_nothing():
    with Daemon() as daemon, daemon.client() as client:
        bundle = daemon.path / "p.pvb"
        good = bundle.read_bytes()
        for bad in (b"", b"nonsense", good[:-1], good[:200] + b"\xff" + good[201:], None):
            bundle.unlink()
            if bad is not None:
                bundle.write_bytes(bad)
            answer = client.ask(RELOAD)
            assert answer["error"] == "reload" and "p.pvb" in answer["detail"], answer
            assert is_allowed(client, 50) and not is_allowed(client, 51)
            bundle.touch()
        assert [r["event"] for r in daemon.reports()].count("reload_refused") == 5


def test_hangup_reloads():
    with Daemon() as daemon, daemon.client() as client:
        daemon.bundle(70)
        daemon.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while not is_allowed(client, 60):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_end():
    with Daemon() as daemon, daemon.client() as busy, daemon.client() as idle:
        busy.socket.sendall(b"".join(frame(DECIDE, number, call()) for number in range(1, 51)))
        start = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        for number in range(1, 51):
            assert busy.receive()[:2] == (DECIDE, number)
        assert busy.error() == "closing" and busy.is_ended()
        assert idle.error() == "closing" and idle.is_ended()
        assert daemon.process.wait(10) == 0
        assert time.monotonic() - start < 4, "the drain time has run out"
        assert not daemon.socket.exists()
        assert [r["event"] for r in daemon.reports()] == [
            "listening", "unsigned_bundles_allowed", "draining", "stopped"]


def test_interrupt_ends():
    with Daemon() as daemon:
        daemon.process.send_signal(signal.SIGINT)
        assert daemon.process.wait(10) == 0


def test_socket_is_taken_over_from_the_dead_only():
    with Daemon() as daemon:
        code, text = provisod("--config", str(daemon.config))
        assert code == 3 and "in use" in text, (code, text)
        with daemon.client() as client:
            assert is_allowed(client, 50)
        daemon.process.kill()
        daemon.process.wait()
        assert daemon.socket.exists()
        (daemon.path / "notify").unlink()
        daemon.start()
        with daemon.client() as client:
            assert is_allowed(client, 50)


def test_socket_is_passed():
    with Daemon() as daemon:
        daemon.stop()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(daemon.path / "passed"))
        listener.listen()
        start = f"exec 3<&{listener.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\""
        daemon.process = subprocess.Popen(
            ["sh", "-c", start, "sh", BUILD / "provisod", "--config", daemon.config],
            pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL)
        with Client(daemon.path / "passed") as client:
            assert is_allowed(client, 50)
        daemon.stop()
        assert (daemon.path / "passed").exists() and not daemon.socket.exists()


def proviso(*arguments):
    return subprocess.run([BUILD / "proviso", *arguments], capture_output=True, text=True, check=True)


def test_trust():
    daemon = Daemon(trust="keys: [a.pub, b.pub], signatures: 2")
    bundle = str(daemon.path / "p.pvb")
    for name in ("a", "b", "c"):
        proviso("keygen", "-o", str(daemon.path / name))
    check = ("--config", str(daemon.config), "--check-config")

    def sign(*names):
        for name in names:
            proviso("sign", "--key", str(daemon.path / (name + ".key")), bundle)

    assert provisod(*check)[0] == 1
    sign("a", "c")
    assert provisod(*check)[0] == 1, "a key that is not trusted counts"
    sign("b")
    assert provisod(*check)[0] == 0
    with daemon, daemon.client() as client:
        assert is_allowed(client, 50)
        assert client.ask(STATUS)["bundle"]["signatures"] == 2
        daemon.bundle(70)
        assert client.ask(RELOAD)["error"] == "reload" and not is_allowed(client, 60)
        sign("a", "b")
        assert client.ask(RELOAD)["signatures"] == 2 and is_allowed(client, 60)


def provisod(*options):
    done = subprocess.run([BUILD / "provisod", *options], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_a_clock_for_tests():
    """The time is the file's, and moves with it; a daemon that trusts keys doesn't take it."""
    daemon = Daemon()
    clock = daemon.path / "now"

    def tell(text):
        (daemon.path / "next").write_text(text)
        (daemon.path / "next").rename(clock)

    def at(time, expires):
        tell(time)
        facts = {"iss": "https://acme.okta.example", "sub": "u-7", "exp": expires,
                 "aud": ["https://edge.acme.example/mcp"], "cnf": "key-1"}
        return client.ask(DECIDE, call(credential=facts)).get("code", "allowed")

    for text, exit_code in (("nine o'clock", 1), ("2026-03-02T09:00:00Z" + " " * 60, 1), (None, 3)):
        clock.unlink(missing_ok=True)
        if text is not None:
            tell(text)
        code, said = provisod("--config", daemon.config, "--test-clock", clock, "--check-config")
        assert code == exit_code and "/now: " in said, said
    tell("2026-03-02T09:00:00Z")
    proviso("keygen", "-o", str(daemon.path / "k"))
    config = daemon.config.read_text()
    daemon.config.write_text(config.replace("allow_unsigned: true", "keys: [k.pub]"))
    code, said = provisod("--config", daemon.config, "--test-clock", clock)
    assert code == 1 and "is for tests" in said, said
    daemon.config.write_text(config)
    with daemon.start("--test-clock", clock), daemon.client() as client:
        assert at("2026-03-02T09:00:00Z", 1772442001) == "allowed"
        assert at("2026-03-02T09:00:01Z\n", 1772442001) == "credential"
        assert at("2026-03-02T09:00:00.5Z", 1772442002) == "allowed"
        assert client.ask(STATUS)["test_clock"] == 1772442000
        assert at("no time", 1772442002) == "allowed"
        assert at("still none", 1772442002) == "allowed"
        events = [report["event"] for report in daemon.reports()]
        assert events.count("test_clock") == 1 and events.count("test_clock_lost") == 1, events
    with Daemon() as other, other.client() as client:
        assert "test_clock" not in client.ask(STATUS)


def test_command_line():
    daemon = Daemon({"frame": "64KiB"})
    config = str(daemon.config)
    assert provisod("--config", config, "--check-config") == (0, config + ": fine\n")
    assert provisod("--version")[0] == 0 and provisod("--help")[0] == 0
    for options in ((), ("--config",), ("--nonsense",), ("--config", config, "more")):
        assert provisod(*options)[0] == 2, options
    assert provisod("--config", config + ".absent")[0] == 3
    good = daemon.config.read_text()
    for old, new, want in (("limits:", "limit:", 1), ("64KiB", "4095", 1), ("64KiB", "4096", 0),
                           ("64KiB", "17MiB", 1), ("bundle: p.pvb", "bundle: provisod.yaml", 1),
                           ("bundle: p.pvb", "bundle: absent", 3), ("[edge]", "[nowhere]", 1),
                           ("allow_unsigned: true", "", 1), ("allow_unsigned: true", "signatures: 1", 1)):
        assert old in good, old
        daemon.config.write_text(good.replace(old, new))
        code, text = provisod("--config", config, "--check-config")
        assert code == want and text.count("\n") == 1, (old, new, code, text)


sys.exit(peer.run(globals()))
