# SPDX-License-Identifier: Apache-2.0
"""A provisod that serves one policy at the time that the test says."""
import os
import pathlib
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "protocol"))
os.environ.setdefault("BUILD", "build/release")
import peer  # noqa: E402  (it reads BUILD)

from scenario import Mistake, written  # noqa: E402

START_SECONDS = 30


def programs():
    """Where proviso and provisod are."""
    for name in ("proviso", "provisod"):
        if not (peer.BUILD / name).exists():
            raise Mistake(f"there is no {peer.BUILD / name}; run `make`")
    return peer.BUILD


def build(policy, bundle):
    """Compiles the policy; its messages are the mistake."""
    done = subprocess.run([programs() / "proviso", "build", "-o", bundle, policy.name], cwd=policy.parent,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Mistake(f"`proviso build` refuses the policy:\n{done.stderr}{done.stdout}".rstrip())


class Daemon:
    """Fresh at the start; to be used by `with`."""

    def __init__(self, folder, bundle, gateways, now):
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "provisod.yaml"
        uid = os.getuid()
        self.config.write_text(
            f"socket: {{path: s}}\nbundle: {bundle}\ntrust: {{allow_unsigned: true}}\n"
            "log: {path: kept, mode: buffered}\npeers:\n"
            f"  - {{uid: {uid}, role: broker, gateways: [{', '.join(gateways)}]}}\n"
            f"  - {{uid: {uid}, role: admin}}\n  - {{uid: {uid}, role: approver}}\n")
        self.tell(now)

    def tell(self, now):
        """Sets the daemon's clock."""
        aside = self.folder / "now.new"
        aside.write_text(written(now) + "\n")
        aside.rename(self.folder / "now")

    def __enter__(self):
        ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ready.bind(str(self.folder / "notify"))
        ready.settimeout(0.05)
        self.log = open(self.folder / "log", "w+")
        self.process = subprocess.Popen(
            [programs() / "provisod", "--config", self.config, "--test-clock", self.folder / "now"],
            stderr=self.log, env={**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify")})
        for _ in range(int(START_SECONDS / 0.05)):
            try:
                ready.recv(100)
                break
            except TimeoutError:
                if self.process.poll() is not None:
                    raise Mistake(f"provisod does not start:\n{self.said()}") from None
        else:
            self.process.kill()
            raise Mistake(f"provisod is not ready after {START_SECONDS} s:\n{self.said()}")
        ready.close()
        (self.folder / "notify").unlink()
        self.client = peer.Client(self.folder / "s", hello=False)
        hello = peer.encode({"client": "scenarios", "versions": [1, 1], "dictionary": True})
        self.attributes = self.client.ask(peer.HELLO, hello)["dictionary"]
        return self

    def said(self):
        self.log.seek(0)
        return self.log.read().rstrip()

    def __exit__(self, kind, *_):
        self.client.socket.close()
        self.process.terminate()
        code = self.process.wait(START_SECONDS)
        if code != 0 and kind is None:
            raise Mistake(f"provisod ended with {code}:\n{self.said()}")
        self.log.close()

    def send(self, message, now, body):
        self.tell(now)
        answer = self.client.ask(message, body)
        if "error" in answer:
            raise Mistake(f"provisod answers with the error {answer['error']}: {answer['what']}")
        return answer

    @staticmethod
    def encode(request):
        """A request as the body of a message."""
        return peer.encode({peer.FIELDS.index(name): value for name, value in request.items()
                            if value not in (None, {}) or name == "args"})

    def decide(self, now, request):
        return self.send(peer.DECIDE, now, self.encode(request))

    def open(self, now, request):
        return self.send(peer.TASK_OPEN, now, self.encode(request))

    def operate(self, message, now, **members):
        """Any other operation: its members by name; those that are None are left out."""
        body = peer.encode({name: value for name, value in members.items() if value is not None})
        return self.send(getattr(peer, message), now, body)
