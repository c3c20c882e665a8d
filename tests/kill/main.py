# SPDX-License-Identifier: Apache-2.0
"""Kills the daemon at random points under load, again and again, and asks it what it remembers.

    tests/kill/run [--kills N] [--seconds S] [--seed N] [--power]

Ends after so many kills, or seconds. A world is one log; its seed decides mode, load, and when the daemon is killed.
With --power, the power is cut at most of the kills.
"""
import argparse
import pathlib
import random
import sys
import time

from check import verify
from life import live
from world import *
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))
from bad_disk import BadDaemon  # noqa: E402
from peer import Client, Daemon, STATUS, roles  # noqa: E402

LINKS = 6
KILLS = 12  # of one log
EARLY = 0.03  # seconds after a start in which it may be killed at once


class Killed(Daemon):
    """A daemon that may die."""

    def cut_power(self, dice):
        """Whether the power was cut when it died."""
        return False

    def kill(self):
        super().kill()
        text = (self.path / "log").read_text()
        need('"level":"error"' not in text and all(line[:1] == "{" for line in text.splitlines()), "it said:", text)

    def start_and_kill(self, delay):
        """Kills it while it starts, and builds its memory."""
        self.spawn()
        time.sleep(delay)
        self.kill()


class PowerCut(Killed, BadDaemon):
    """A daemon whose computer may die."""

    def __init__(self, **options):
        super().__init__(platter=True, **options)

    def cut_power(self, dice):
        is_cut = dice.random() < 0.7
        if is_cut:
            self.disk.cut_power(self.kept, dice)
        return is_cut


def one_kill(daemon, world, dice, is_whole, can_lose):
    """With `can_lose`, a power cut costs what was not on the disk yet."""
    count = dice.choice((0, 1, 5, 50, 200, 400))
    pauses = can_lose and dice.random() < 0.2
    live(world, daemon.socket, LINKS, dice, dice.randint(0, count), daemon.kill, pauses)
    is_cut = daemon.cut_power(dice)
    while dice.random() < 0.25:
        daemon.start_and_kill(dice.random() * EARLY)
        is_cut |= daemon.cut_power(dice)
    if is_cut and can_lose:
        world.doubt()
    daemon.start()
    world.harden()
    with Client(daemon.socket, timeout=30) as client:
        verify(world, client, dice, is_whole)


def one_world(seed, kills, kind):
    """One log, and so many kills of such a daemon. How many things were remembered, and whether snapshots were made."""
    dice = random.Random(seed)
    mode = ("durable", "buffered")[seed % 2]
    limits = {"segment": "1MiB", "segments": dice.choice((0, 3))}
    world, snapshots = World(LINKS), 0
    daemon = kind(policy=POLICY, peers=roles("broker", "admin", "approver"), mode=mode, limits=limits)
    try:
        daemon.start()
        for i in range(kills):
            one_kill(daemon, world, dice, i == kills - 1, kind is PowerCut and mode == "buffered")
        with daemon.client() as client:
            need(client.ask(STATUS)["log"] == mode)
        snapshots = max((int(f.stem) for f in (daemon.path / "kept").glob("*.snapshot")), default=0)
        daemon.stop()
    except Exception:
        print((daemon.path / "log").read_text(), flush=True)
        raise
    finally:
        if daemon.process is not None:
            daemon.process.kill()
            daemon.process.wait()
        daemon.folder.cleanup()
    return len(world.effects), snapshots > 1


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=1 << 30)
    options.add_argument("--seconds", type=float, default=1e9)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--power", action="store_true")
    options = options.parse_args()
    seed, kills, effects, snapshots, until = options.seed, 0, 0, 0, time.monotonic() + options.seconds
    while kills < options.kills and time.monotonic() < until:
        some = min(KILLS, options.kills - kills)
        try:
            more, has_snapshot = one_world(seed, some, PowerCut if options.power else Killed)
        except Exception:
            print(f"FAILED: tests/kill/run --kills {some} --seed {seed}{' --power' if options.power else ''}", flush=True)
            raise
        kills, effects, snapshots, seed = kills + some, effects + more, snapshots + has_snapshot, seed + 1
    need(snapshots >= kills // KILLS, "no snapshot was made in some log")
    print(f"{kills} kills, seeds {options.seed} to {seed - 1}: {effects} things were remembered; "
          f"snapshots in {snapshots} of {seed - options.seed} logs")


if __name__ == "__main__":
    main()
