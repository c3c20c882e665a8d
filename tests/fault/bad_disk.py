# SPDX-License-Identifier: Apache-2.0
"""The other side of bad_disk.c: a daemon on a disk that fails when told to, and whose power can be cut."""
import mmap
import pathlib
import shutil
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "protocol"))
from peer import BUILD, Daemon  # noqa: E402

CALLS = "create open read write sync cut rename remove sync_names list".split()
SECTOR = 512


class BadDisk:
    """The folder that the daemon is told of; with `platter`, what would be left after a power cut is kept."""

    def __init__(self, folder, platter=False):
        self.folder = folder
        folder.mkdir()
        if platter:
            (folder / "platter").mkdir()
        orders = folder / "orders"
        orders.write_bytes(bytes(4096))
        with open(orders, "r+b") as file:
            self.orders = mmap.mmap(file.fileno(), 4096)

    def order(self, call="sync", fails_at=0, for_good=False, is_full=False):
        """From now on calls are counted anew, and this one of them fails."""
        self.orders[:48] = struct.pack("<6Q", CALLS.index(call), fails_at, for_good, is_full, 0, False)

    def has_failed(self):
        return struct.unpack_from("<Q", self.orders, 40)[0] == 1

    def cut_power(self, kept, dice):
        """The log's directory, of a daemon that was killed, as the disk has it afterwards: of what wasn't synced, any
        sectors, and all or none of the names."""
        platter = self.folder / "platter"
        now = {file.name: file.stat().st_ino for file in kept.iterdir() if file.name != "lock"}
        synced = platter / "names"
        old = dict(line.split() for line in synced.read_text().splitlines()) if synced.exists() else {}
        old.pop("lock", None)
        names = now if dice.random() < 0.5 else {name: int(number) for name, number in old.items()}
        by_number = {number: kept / name for name, number in now.items()}
        left = {name: surviving(by_number.get(number) or platter / f"gone.{number}", platter / str(number), dice)
                for name, number in names.items()}
        shutil.rmtree(kept)
        shutil.rmtree(platter)
        kept.mkdir(mode=0o700)
        platter.mkdir()
        lines = []
        for name, content in left.items():
            (kept / name).write_bytes(content)
            number = (kept / name).stat().st_ino
            (platter / str(number)).write_bytes(content)
            lines.append(f"{name} {number}\n")
        synced.write_text("".join(lines))


def surviving(written, synced, dice):
    """Of each sector what was written last, or what was synced."""
    new = written.read_bytes()
    old = synced.read_bytes() if synced.exists() else b""
    old = old[:len(new)].ljust(len(new), b"\0")
    if new == old:
        return new
    pieces = []
    for at in range(0, len(new), SECTOR):
        ours, theirs = new[at:at + SECTOR], old[at:at + SECTOR]
        pieces.append(ours if ours == theirs or dice.random() < 0.5 else theirs)
    return b"".join(pieces)


class BadDaemon(Daemon):
    """provisod with a bad disk."""
    program = BUILD / "tests/fault/provisod"

    def __init__(self, platter=False, **options):
        super().__init__(**options)
        self.kept = self.path / "kept"
        self.disk = BadDisk(self.path / "disk", platter)

    def environment(self):
        return {"PROVISO_BAD_DISK": str(self.path / "disk")}
