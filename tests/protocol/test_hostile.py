#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Peers that misbehave are cut off with a coded error, and nobody else notices."""
import sys
import threading

import peer
from peer import *

QUICK = {"frame_time": "200ms", "answer_time": "300ms"}


class Neighbour:
    """A well-behaved client that decides all the while; every answer must be right, and soon."""

    def __init__(self, daemon):
        self.client = daemon.client()
        self.count, self.slowest, self.failure, self.is_over = 0, 0, None, False
        self.thread = threading.Thread(target=self._work)

    def _work(self):
        try:
            while not self.is_over:
                amount = 45 + self.count % 10
                started = time.monotonic()
                answer = self.client.ask(DECIDE, call(amount))
                assert answer["decision"] is (amount <= 50), answer
                self.slowest = max(self.slowest, time.monotonic() - started)
                self.count += 1
                time.sleep(0.001)
        except BaseException as error:  # reported by the main thread
            self.failure = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()
        self.client.socket.close()
        assert self.failure is None, repr(self.failure)
        assert self.count > 0 and self.slowest < 2, (self.count, self.slowest)


def cut(daemon, data, code, hello=True, end=False):
    """Sends the bytes; the daemon must answer with that code and end the connection."""
    with daemon.client(hello=hello) as client:
        client.socket.sendall(data)
        if end:
            client.socket.shutdown(socket.SHUT_WR)
        assert client.error() == code, (data[:40], code)
        assert client.is_ended(), data[:40]


def test_malformed_frames():
    with Daemon(QUICK) as daemon, Neighbour(daemon):
        for data, code in (
            (frame(DECIDE, 1, version=0), "version"),
            (frame(DECIDE, 1, version=2), "version"),
            (frame(DECIDE, 1, flags=1), "frame"),
            (frame(DECIDE, 1, flags=0x8000), "frame"),
            (frame(DECIDE, 0), "frame"),
            (frame(0, 1), "message"),
            (frame(99, 1), "message"),
            (frame(ERROR, 1), "message"),
            (frame(PING, 1, length=(1 << 20) + 1), "frame_size"),
            (frame(PING, 1, length=0xFFFFFFFF), "frame_size"),
            (b"GET / HTTP/1.1\r\n\r\n", "version"),
            (b"\xff" * 4096, "version"),
        ):
            cut(daemon, data, code)
        for kind in (PING, DECIDE, STATUS, RELOAD):
            with daemon.client(hello=False) as client:
                assert client.ask(kind)["error"] == "hello_first" and client.is_ended()


def test_hello_bodies():
    with Daemon() as daemon:
        for body in (b"", b"\xa0", encode({"client": "x"}), encode({"client": 1, "versions": [1, 1]}),
                     encode({"client": "x", "versions": [1]}), encode({"client": "x", "versions": [1, -1]}),
                     encode({"client": "x" * 129, "versions": [1, 1]}),
                     encode({"client": "x", "versions": [1, 1], "other": 1}),
                     encode({"client": "x", "versions": [1, 1]}) + b"\x00", b"\xbf\xff"):
            with daemon.client(hello=False) as client:
                assert client.ask(HELLO, body)["error"] == "body", body
        with daemon.client(hello=False) as client:
            assert client.ask(HELLO, encode({"client": "x" * 128, "versions": [0, 1]}))["version"] == 1
        for versions in ([2, 9], [0, 0]):
            with daemon.client(hello=False) as client:
                assert client.ask(HELLO, encode({"client": "x", "versions": versions}))["error"] == "version"
                assert client.is_ended()


def test_frame_limit():
    with Daemon({"frame": "4KiB"}) as daemon, daemon.client() as client:
        assert len(client.ask(PING, b"x" * 4096)) == 4096
        assert client.ask(DECIDE, b"\x00" * 4096)["decision"] is False
        client.send(PING, b"x" * 4097)
        assert client.error() == "frame_size"


def test_slow_frames():
    with Daemon(QUICK) as daemon, Neighbour(daemon):
        whole = frame(PING, 1, b"x" * 6000)
        for part in (whole[:1], whole[:15], whole[:16], whole[:100], whole[:-1]):
            cut(daemon, part, "frame_time")
        with daemon.client() as client:  # dripping does not help
            started = time.monotonic()
            try:
                for byte in whole:
                    client.socket.sendall(bytes([byte]))
                    time.sleep(0.01)
                    if time.monotonic() - started > 3:
                        raise AssertionError("not cut off")
            except BrokenPipeError:
                pass
            assert client.error() == "frame_time"
        with daemon.client() as client:  # pauses between frames are fine
            for _ in range(3):
                time.sleep(0.3)
                assert client.ask(PING, b"y") == b"y"


def test_pieces():
    """Frames cut at any place arrive whole."""
    with Daemon() as daemon, daemon.client() as client:
        bodies = [b"", b"a", b"b" * 4080, b"c" * 4081, b"d" * 70000, b"e" * 300000, b"f"]
        stream = b"".join(frame(PING, i + 1, body) for i, body in enumerate(bodies))
        for size in (1000, 4096, 65536, 65537):
            for at in range(0, len(stream), size):
                client.socket.sendall(stream[at:at + size])
                time.sleep(0.0002)
            for i, body in enumerate(bodies):
                assert client.receive() == (PING, i + 1, body)


def test_half_closed():
    with Daemon(QUICK) as daemon, Neighbour(daemon):
        with daemon.client() as client:  # the answers still come, then the end
            for _ in range(50):
                client.send(DECIDE, call(1))
            client.socket.shutdown(socket.SHUT_WR)
            for _ in range(50):
                assert client.receive()[0] == DECIDE
            assert client.is_ended()
        cut(daemon, frame(PING, 1, b"xyz")[:-1], "frame_cut", end=True)
        with daemon.client() as client:  # gone at once
            client.send(DECIDE, call(1))


def test_slow_reader():
    limits = dict(QUICK, unread="64KiB", frame="32KiB")
    with Daemon(limits) as daemon, Neighbour(daemon):
        with daemon.client() as client:  # never reads: cut off
            client.socket.settimeout(5)
            try:
                while True:
                    client.send(PING, b"x" * 30000)
            except (BrokenPipeError, ConnectionResetError):
                pass
        with daemon.client() as client:  # reads late, but reads: nothing is lost
            ended = threading.Thread(target=lambda: [client.send(PING, b"x" * 30000) for _ in range(100)])
            ended.start()
            for _ in range(100):
                assert len(client.receive()[2]) == 30000
            ended.join()


def test_flood():
    with Daemon() as daemon, Neighbour(daemon):
        def flood():
            with daemon.client() as client:
                data = b"".join(frame(DECIDE, i + 1, b"\xff") for i in range(500))
                reader = threading.Thread(target=lambda: [client.receive() for _ in range(500 * 20)])
                reader.start()
                for _ in range(20):
                    client.socket.sendall(data)
                reader.join()
        floods = [threading.Thread(target=flood) for _ in range(4)]
        for thread in floods:
            thread.start()
        for thread in floods:
            thread.join()


def test_connection_limits():
    with Daemon({"connections": 6, "connections_per_user": 3}) as daemon:
        clients = [daemon.client() for _ in range(3)]
        with daemon.client(hello=False) as client:
            assert client.error() == "crowded" and client.is_ended()
        clients.pop().socket.close()
        time.sleep(0.1)
        clients.append(daemon.client())
        for client in clients:
            assert client.ask(PING, b"x") == b"x"
            client.socket.close()
    with Daemon({"connections": 2, "connections_per_user": 2}) as daemon:  # the third waits its turn
        clients = [daemon.client() for _ in range(2)]
        third = daemon.client(hello=False)
        clients.pop().socket.close()
        assert third.ask(HELLO, encode({"client": "x", "versions": [1, 1]}))["version"] == 1


def test_memory_limit():
    with Daemon({"buffers": "1MiB", "frame": "1MiB"}) as daemon:
        long = frame(DECIDE, 1, b"x" * 700000)
        with daemon.client() as first, daemon.client() as second:
            first.socket.sendall(long[:1000])
            time.sleep(0.1)
            second.socket.sendall(long[:1000])
            assert second.error() == "memory"
            first.socket.sendall(long[1000:])
            assert first.receive()[0] == DECIDE


def test_answer_too_long():
    with Daemon({"frame": "4KiB"}) as daemon, daemon.client() as client:
        many = encode([b""] * 256)
        assert len(many) < 4096
        assert client.ask(DECIDE_MANY, many)["error"] == "answer_size"
        assert client.ask(PING, b"x") == b"x"


sys.exit(peer.run(globals()))
