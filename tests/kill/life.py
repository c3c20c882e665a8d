# SPDX-License-Identifier: Apache-2.0
"""A life of the daemon under load, ended by SIGKILL: connections that send without waiting for answers."""
import select
import socket
import time

import cbor2

from world import *
from peer import HEADER, HELLO, encode, frame

SYNCED_WITHIN = 3  # seconds after which, in mode buffered, what was written is on the disk
SHORT, LONG = 40, 60000  # names of marks; the long ones fill segments


class Link:
    """One connection, and what it waits for."""

    def __init__(self, number, path):
        self.number = number
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.socket.setblocking(False)
        self.out, self.back = b"", b""
        self.last = 0
        self.waiting = {}  # what to do with an answer, by its request
        self.send(HELLO, encode({"client": "kill", "versions": [1, 1]}), lambda answer: None)

    def send(self, kind, body, done):
        self.last += 1
        self.waiting[self.last] = done
        self.out += frame(kind, self.last, body)

    def write(self):
        try:
            self.out = self.out[self.socket.send(self.out):]
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self.out = b""

    def read(self):
        """How many answers came, or None where the stream has ended."""
        try:
            more = self.socket.recv(1 << 18)
        except ConnectionResetError:
            more = b""
        self.back += more
        return self.take() if more else None

    def take(self):
        count = 0
        while len(self.back) >= HEADER.size:
            length, _, kind, _, number = HEADER.unpack(self.back[:HEADER.size])
            if len(self.back) < HEADER.size + length:
                break
            answer = cbor2.loads(self.back[HEADER.size:HEADER.size + length])
            need(kind != 255, "an ERROR:", answer)
            self.back = self.back[HEADER.size + length:]
            self.waiting.pop(number)(answer)
            count += 1
        return count


def settled(effect):
    """Whether no answer about it is waited for."""
    if effect is None or effect.is_there is False:
        return True
    if effect.is_there is None:
        return False
    if not isinstance(effect, Pay):
        return True
    return not effect.flights and effect.used[0] == effect.used[1] and settled(effect.failed) and settled(effect.revoked)


class Load:
    """What the connections send next: a mix of all that changes the state."""

    def __init__(self, world, links, dice):
        self.world, self.links, self.dice = world, links, dice
        self.steps = [(self.pay, 30), (self.echo, 6), (self.fail, 8), (self.mark, 12), (self.fill, 3), (self.revoke, 4),
                      (self.open, 5), (self.spend, 20), (self.close, 2), (self.find, 3), (self.rows, 6),
                      (self.order, 5), (self.approve, 6), (self.sign, 6), (self.use, 12)]

    def step(self, link):
        choice = self.dice.choices([s for s, _ in self.steps], [w for _, w in self.steps])[0]
        choice(link)

    def put(self, link, effect):
        if isinstance(effect, Pay):
            effect.flights += 1
        link.send(MESSAGES[type(effect)], effect.body(), effect.done)
        return effect

    def one(self, kind, fits, recent=60):
        """One of those that were acknowledged, rather a new one."""
        some = [each for each in self.world.of(kind)[-recent:] if each.is_there and fits(each)]
        return self.dice.choice(some) if some else None

    def pay_from(self, link, purse):
        key = self.world.new_name("k") if self.dice.random() < 0.8 else None
        return self.put(link, Pay(self.world, link.number, purse, self.dice.randint(1, 500), key))

    def pay(self, link):
        shared = self.dice.random() < 0.2
        self.pay_from(link, self.world.shared if shared else self.world.purses[link.number])

    def echo(self, link):
        """One call on two connections at once, under one key."""
        pay = self.pay_from(link, self.world.shared)
        if pay.key:
            pay.is_ordered = False
            for _ in range(self.dice.randint(1, 3)):
                self.put(self.dice.choice(self.links), pay)

    def fail(self, link):
        pay = self.one(Pay, lambda p: p.key and p.is_free() and not p.label)
        if pay:
            self.put(link, Failed(self.world, link.number, pay))

    def mark(self, link, length=SHORT):
        self.put(link, Mark(self.world, link.number, self.world.new_name("m").ljust(length, ".")))

    def fill(self, link):
        self.mark(link, self.dice.randint(SHORT, LONG))

    def revoke(self, link):
        pay = self.one(Pay, Pay.is_free)
        if pay:
            self.put(link, Revoked(self.world, link.number, pay))

    def open(self, link):
        self.put(link, Task(self.world, link.number, self.world.new_name("t")))

    def living(self):
        return self.one(Task, lambda t: not t.purse.close, 20)

    def spend(self, link):
        task = self.living()
        if task:
            self.pay_from(link, task.purse)

    def close(self, link):
        task = self.living()
        if not task or not task.purse.pays:
            return
        about = [each for pay in task.purse.pays for each in (pay, pay.failed, pay.revoked)] + [task, task.label]
        if all(map(settled, about)) and self.world.is_sure(*about):
            self.put(link, Close(self.world, link.number, task))

    def find(self, link):
        pay = self.one(Pay, lambda p: p.purse.task and p.is_free() and not p.purse.task.label)
        if pay:
            self.put(link, Label(self.world, link.number, pay))

    def rows(self, link):
        self.put(link, Rows(self.world, link.number, len(self.world.effects)))

    def order(self, link):
        self.put(link, Order(self.world, link.number, self.world.new_name("o")))

    def approve(self, link):
        order = self.one(Order, lambda o: not o.approved)
        if order:
            self.put(link, Approved(self.world, link.number, order))

    def sign(self, link):
        approved = self.one(Approved, lambda a: not a.order.signed and self.world.is_sure(a))
        if approved:
            self.put(link, Signed(self.world, link.number, approved.order, self.world.new_name("k")))

    def use(self, link):
        """Spends a use of a grant; one more than there are, now and then."""
        pay = self.one(Pay, lambda p: p.is_free() or (p.is_living() is False and p.used[0] == p.used[1]))
        if not pay:
            return
        is_good = bool(pay.is_living())

        def done(answer):
            need(answer["decision"] == is_good, "a use:", answer, pay)
            self.world.note_use(pay)
            pay.used[0] += is_good

        pay.used[1] += is_good
        link.send(CHECK, said(grant=pay.grant, consume=True), done)


def drain(links):
    """What had left the daemon before it died is acknowledged."""
    for link in links:
        link.socket.setblocking(True)
        while link.read() is not None:
            pass
        link.socket.close()


def live(world, path, count, dice, answers, kill, pauses=False):
    """Load until so many answers have come, then `kill`. With a pause in between, what was acknowledged before it is on
    the disk, in either mode."""
    links = [Link(number, path) for number in range(count)]
    load = Load(world, links, dice)
    depths = [dice.choice((1, 2, 8, 40)) for _ in links]
    left, until = answers + count, time.monotonic() + 20
    while left > 0:
        need(time.monotonic() < until, "no answers for 20 s")
        for link, depth in zip(links, depths):
            for _ in range(2 * depth):
                if len(link.waiting) < depth:
                    load.step(link)
        ready, writable, _ = select.select([l.socket for l in links], [l.socket for l in links if l.out], [], 1)
        for link in links:
            if link.socket in writable:
                link.write()
            if link.socket in ready and left > 0:
                came = link.read()
                need(came is not None, "a connection was ended")
                left -= came
        if pauses and left <= answers // 2:
            time.sleep(SYNCED_WITHIN)
            until += SYNCED_WITHIN
            world.harden()
            pauses = False
    kill()
    drain(links)
