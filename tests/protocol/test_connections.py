#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Peers that break the protocol, stall or crowd, while a good one keeps getting its answers."""
import sys
import threading
import time

import peer
from peer import *

SMALL = {"frame": "64KiB", "batch": 8, "unread": "64KiB", "frame_time": "300ms", "answer_time": "1s"}


class Companion(threading.Thread):
    """The good peer: asks without pause until it is finished."""

    def __init__(self, daemon):
        super().__init__()
        self.daemon_under_test, self.count, self.problem = daemon, 0, None
        self.over = threading.Event()

    def run(self):
        try:
            with self.daemon_under_test.client() as client:
                while not self.over.is_set():
                    assert client.ask(DECIDE, call(50))["decision"] is True
                    assert client.ask(DECIDE, call(51))["code"] == "no_permit"
                    self.count += 1
                    time.sleep(0.001)
        except Exception as problem:  # told by __exit__, in the test's own thread
            self.problem = problem

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self.over.set()
        self.join()
        assert kind is not None or (self.problem is None and self.count > 0), self.problem


def test_broken_frames():
    broken = [
        ("version", frame(PING, 1, version=2)),
        ("frame", frame(PING, 1, flags=1)),
        ("frame", frame(PING, 1, flags=0x8000)),
        ("frame", frame(PING, 0)),
        ("message", frame(0, 1)),
        ("message", frame(9, 1)),
        ("message", frame(ERROR, 1)),
        ("frame_size", frame(PING, 1, length=65537)),
        ("frame_size", frame(PING, 1, b"x" * 65537)),
        ("frame_size", frame(DECIDE, 1, length=0xffffffff)),
    ]
    with Daemon(SMALL) as daemon, Companion(daemon):
        for want, data in broken:
            with daemon.client() as client:
                client.socket.sendall(data)
                got = client.error()
                assert got == want and client.is_ended(), (want, got)
        with daemon.client() as client:
            body = b"x" * 65536
            assert client.ask(PING, body) == body


def test_hello_comes_first():
    with Daemon(SMALL) as daemon:
        for kind in (PING, DECIDE, RELOAD):
            with daemon.client(hello=False) as client:
                assert client.ask(kind)["error"] == "hello_first" and client.is_ended()
        with daemon.client(hello=False) as client:
            assert client.ask(HELLO, encode({"client": "x", "versions": [2, 3]}))["error"] == "version"
            assert client.is_ended()
        with daemon.client(hello=False) as client:
            for bad in (b"", encode({}), encode({"client": "x" * 129, "versions": [1, 1]})):
                assert client.ask(HELLO, bad)["error"] == "body"


def test_what_stands_before_a_bad_frame_is_answered():
    with Daemon(SMALL) as daemon, daemon.client() as client:
        client.socket.sendall(frame(PING, 7, b"1") + frame(PING, 8, b"2") + frame(99, 9))
        assert [client.receive() for _ in range(2)] == [(PING, 7, b"1"), (PING, 8, b"2")]
        assert client.error() == "message" and client.is_ended()


def test_half_close():
    with Daemon(SMALL) as daemon, Companion(daemon):
        with daemon.client() as client:
            client.socket.sendall(b"".join(frame(DECIDE, number, call()) for number in range(1, 201)))
            client.socket.shutdown(socket.SHUT_WR)
            for number in range(1, 201):
                assert client.receive()[:2] == (DECIDE, number)
            assert client.is_ended()
        with daemon.client() as client:
            client.socket.sendall(frame(PING, 1, b"whole")[:-1])
            client.socket.shutdown(socket.SHUT_WR)
            assert client.error() == "frame_cut" and client.is_ended()


def test_slow_frames():
    data = frame(PING, 5, b"in time")
    with Daemon(SMALL) as daemon, Companion(daemon):
        with daemon.client() as client:
            for byte in data:
                client.socket.sendall(bytes([byte]))
                time.sleep(0.002)
            assert client.receive() == (PING, 5, b"in time")
        for part in (data[:1], data[:15], data[:-1]):
            with daemon.client() as client:
                start = time.monotonic()
                client.socket.sendall(part)
                assert client.error() == "frame_time" and client.is_ended()
                assert 0.2 < time.monotonic() - start < 5
        with daemon.client() as client:  # who sends nothing has all the time there is
            time.sleep(0.5)
            assert client.ask(PING, b"awake") == b"awake"


def test_frames_in_parts():
    data = frame(DECIDE, 3, call())
    with Daemon(SMALL) as daemon, daemon.client() as client:
        for cut in range(1, len(data), 5):
            client.socket.sendall(data[:cut])
            time.sleep(0.001)
            client.socket.sendall(data[cut:] + data[:cut])
            time.sleep(0.001)
            client.socket.sendall(data[cut:])
            assert client.receive()[:2] == client.receive()[:2] == (DECIDE, 3)


def test_peer_that_does_not_read():
    with Daemon(SMALL) as daemon, Companion(daemon), daemon.client() as client:
        try:
            for _ in range(400):
                client.socket.sendall(frame(PING, 1, b"x" * 65536))
            raise AssertionError("the daemon took everything")
        except (BrokenPipeError, ConnectionResetError):
            pass


def test_peer_that_reads_late():
    with Daemon(SMALL) as daemon, daemon.client() as client:
        def send():
            for number in range(1, 101):
                client.socket.sendall(frame(PING, number, bytes([number]) * 65536))
        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(0.3)
        for number in range(1, 101):
            assert client.receive() == (PING, number, bytes([number]) * 65536)
        sender.join()


def test_too_many_connections():
    with Daemon({**SMALL, "connections_per_user": 4}) as daemon:
        clients = [daemon.client() for _ in range(4)]
        with daemon.client(hello=False) as client:
            assert client.error() == "crowded" and client.is_ended()
        assert all(client.ask(PING, b"x") == b"x" for client in clients)
        clients.pop().socket.close()
        for _ in range(100):  # until the daemon has seen it
            with daemon.client(hello=False) as client:
                try:
                    if client.ask(HELLO, encode({"client": "x", "versions": [1, 1]})).get("version") == 1:
                        break
                except (AssertionError, OSError, Closed):
                    time.sleep(0.01)
        else:
            raise AssertionError("no place was freed")
        for client in clients:
            client.socket.close()


def test_denies():
    cases = [
        ("malformed", encode({})), ("malformed", encode([])), ("malformed", b""),
        ("malformed", b"\xa1"), ("malformed", call() + b"\x00"), ("malformed", call(agent=None)),
        ("malformed", b"\xbf\xff"),
        ("too_large", call(args={"tags": ["x"] * 5000})),
        ("secret", call(region="ghp_" + "aB3" * 12)),
        ("unknown", call(audience="https://elsewhere.example")), ("unknown", call(tool="erase")),
        ("unknown", call(gateway="other")),
        ("argument", call(amount="much")), ("argument", call(args={"more": 1})),
        ("credential", call(credential=None)), ("credential", call(presenter="key-2")),
        ("no_permit", call(region="us")), ("no_permit", call(agent="spiffe://acme.example/clerk")),
    ]
    with Daemon(SMALL) as daemon, daemon.client() as client:
        for want, body in cases:
            answer = client.ask(DECIDE, body)
            assert answer["decision"] is False and answer["code"] == want, (want, answer)
            assert answer["reason_user"] and "token" not in answer, answer


sys.exit(peer.run(globals()))
