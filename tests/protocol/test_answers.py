#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a call is a deny; whatever was asked is answered, also late or before an end."""
import sys
import threading
import time

import peer
from peer import *

SMALL = {"frame": "64KiB", "unread": "64KiB"}


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


def test_what_stands_before_a_bad_frame_is_answered():
    with Daemon(SMALL) as daemon, daemon.client() as client:
        client.socket.sendall(frame(PING, 7, b"1") + frame(PING, 8, b"2") + frame(99, 9))
        assert [client.receive() for _ in range(2)] == [(PING, 7, b"1"), (PING, 8, b"2")]
        assert client.error() == "message" and client.is_ended()


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


sys.exit(peer.run(globals()))
