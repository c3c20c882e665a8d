# SPDX-License-Identifier: Apache-2.0
"""The protocol's other side, for tests: frames, deterministic CBOR, and a daemon to talk to."""
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import tempfile
import time

import cbor2

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build/san")
HELLO, PING, DECIDE, DECIDE_MANY, LIST, EXPLAIN, STATUS, RELOAD, ERROR = 1, 2, 3, 4, 5, 6, 7, 8, 255
TASK_OPEN, TASK_CLOSE, OUTCOME, APPROVE, CONSENT, REVOKE, FACTS, CHECK, WATCH, EVENT = 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
HEADER = struct.Struct("<IBBHQ")
FIELDS = ("gateway agent user audience tool tool_hash args task chain resource credential "
          "presenter ask context key grant").split()


def encode(value):
    """Deterministic CBOR (RFC 8949 section 4.2.1): keys in the bytewise order of their encodings."""
    if isinstance(value, dict):
        pairs = sorted((encode(k), encode(v)) for k, v in value.items())
        return head(5, len(pairs)) + b"".join(k + v for k, v in pairs)
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b"".join(map(encode, value))
    return cbor2.dumps(value)


def head(major, number):
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 1 << 8 * size:
            return bytes([major << 5 | info]) + number.to_bytes(size, "big")
    raise ValueError(number)


def frame(kind, number, body=b"", version=1, flags=0, length=None):
    return HEADER.pack(len(body) if length is None else length, version, kind, flags, number) + body


def call(amount=10, region="eu", **changes):
    """The body of a DECIDE that the policy of make_bundle allows up to its amount."""
    now = int(time.time())
    members = {
        "agent": {"id": "spiffe://acme.example/bot"},
        "user": {"id": "u-7", "tenant": "acme"},
        "audience": "https://crm.acme.example/mcp",
        "tool": "refund",
        "args": {"amount": amount, "path": "/a", "region": region, "tags": []},
        "credential": {"iss": "https://acme.okta.example", "sub": "u-7", "exp": now + 600,
                       "aud": ["https://edge.acme.example/mcp"], "cnf": "key-1"},
        "presenter": "key-1",
    }
    members.update(changes)
    return encode({FIELDS.index(k): v for k, v in members.items() if v is not None})


def said(**members):
    """The body of a message that has its members by name; None leaves one out."""
    return encode({name: value for name, value in members.items() if value is not None})


def roles(*names):
    """The peers of a configuration in which we are all that."""
    uid = os.getuid()
    return [f"{{uid: {uid}, role: {name}{', gateways: [edge]' if name == 'broker' else ''}}}" for name in names]


class Closed(Exception):
    """The daemon ended the connection."""


class Client:
    def __init__(self, path, hello=True, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        self.buffer = b""
        self.number = 0
        if hello:
            self.welcome = self.ask(HELLO, encode({"client": "test", "versions": [1, 1]}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, kind, body=b""):
        self.number += 1
        self.socket.sendall(frame(kind, self.number, body))
        return self.number

    def receive(self):
        """(type, id, body) of the next frame."""
        header = self._take(HEADER.size)
        length, version, kind, flags, number = HEADER.unpack(header)
        assert version == 1 and flags == 1, header
        return kind, number, self._take(length)

    def ask(self, kind, body=b""):
        """Sends and receives one; the decoded answer."""
        number = self.send(kind, body)
        got, answered, answer = self.receive()
        assert answered == number, (answered, number)
        answer = cbor2.loads(answer) if got != PING else answer
        if got == ERROR:
            return {"error": answer["code"], **answer}
        assert got == kind, got
        return answer

    def error(self):
        """The code of an ERROR about the connection, which must come next."""
        kind, number, body = self.receive()
        assert kind == ERROR and number == 0, (kind, number)
        return cbor2.loads(body)["code"]

    def is_ended(self):
        """Whether the daemon has ended the stream; waits for it."""
        try:
            return self.buffer == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _take(self, count):
        while len(self.buffer) < count:
            more = self.socket.recv(1 << 16)
            if not more:
                raise Closed
            self.buffer += more
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken


class Daemon:
    """provisod in a folder of its own, with what `config` and `limits` add."""
    program = BUILD / "provisod"

    def __init__(self, limits=None, peers=None, amount=50, trust="allow_unsigned: true", config=None,
                 policy=None, mode="buffered"):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.socket = self.path / "s"
        self.build(policy) if policy else self.bundle(amount)
        uid = os.getuid()
        peers = peers or [f"{{uid: {uid}, role: broker, gateways: [edge]}}", f"{{uid: {uid}, role: admin}}"]
        text = config or (f"socket: {{path: s}}\nbundle: p.pvb\ntrust: {{{trust}}}\n"
                          f"log: {{path: kept, mode: {mode}}}\npeers:\n"
                          + "".join(f"  - {p}\n" for p in peers))
        if limits:
            text += "limits:\n" + "".join(f"  {k}: {v}\n" for k, v in limits.items())
        self.config = self.path / "provisod.yaml"
        self.config.write_text(text)
        self.process = None

    def build(self, policy, name="p.pvb"):
        """Puts the bundle of a policy, given as text, in place."""
        (self.path / "policy.proviso").write_text(policy)
        subprocess.run([BUILD / "proviso", "build", "-o", "new.pvb", "policy.proviso"], cwd=self.path, check=True,
                       stdout=subprocess.DEVNULL)
        (self.path / "new.pvb").rename(self.path / name)

    def bundle(self, amount, name="p.pvb", rules=0):
        """Puts another bundle in place, by renaming."""
        made = self.path / "new.pvb"
        subprocess.run([BUILD / "tests/protocol/make_bundle", made, str(amount), str(rules)], check=True)
        made.rename(self.path / name)

    def spawn(self, *options):
        """Starts it without waiting until it serves."""
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(self.path / "notify"))
        self.notify.settimeout(20)
        self.log = open(self.path / "log", "wb")
        self.process = subprocess.Popen([self.program, "--config", self.config, *options], stderr=self.log,
                                        env={**os.environ, "NOTIFY_SOCKET": str(self.path / "notify"), **self.environment()})

    def environment(self):
        """What is added to that of the process."""
        return {}

    def start(self, *options):
        self.spawn(*options)
        assert self.notify.recv(100) == b"READY=1"
        return self

    def kill(self):
        """Ends it as nothing does that it could prepare for."""
        self.process.kill()
        self.process.wait()
        self.process = None
        self.notify.close()
        (self.path / "notify").unlink()

    def client(self, **options):
        return Client(self.socket, **options)

    def reports(self):
        return [json.loads(line) for line in (self.path / "log").read_text().splitlines()]

    def stop(self):
        """Ends it; it must end well, without a leak or a report of a sanitizer."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.process = None
        log = (self.path / "log").read_text()
        assert code == 0, f"exit code {code}\n{log}"

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, kind, *_):
        if kind is not None and self.process is not None:
            print((self.path / "log").read_text()[-3000:])
            self.process.kill()
            self.process.wait()
        else:
            self.stop()
        self.folder.cleanup()


def run(tests):
    """Runs the functions named test_*; the exit status."""
    failed = 0
    for name, test in list(tests.items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
        except Exception:  # every failure is reported, and the next test runs
            import traceback
            traceback.print_exc()
            print("FAILED:", name)
            failed += 1
    return 1 if failed else 0
