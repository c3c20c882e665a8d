#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/protocol.md and docs/operations.md have the rows of the .def files, and no others."""
import re
import sys

import peer
from peer import ROOT

UNITS = {"COUNT": (("", 1),), "BYTES": (("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)),
         "TIME": (("m", 60 * 10**9), ("s", 10**9), ("ms", 10**6))}


def rows(path, macro):
    """The arguments of each row of a .def file, without quotes."""
    text = (ROOT / path).read_text()
    found = re.findall(rf"^{macro}\((.*?)\)(?: *//.*)?$", text, re.M)
    return [[a.strip().strip('"') for a in re.findall(r'"[^"]*"|[^,"\s][^,"]*', row)] for row in found]


def table(path, heading):
    """The cells below the first table row that starts with `heading`."""
    lines = (ROOT / path).read_text().split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    cells = []
    for line in lines[at + 2:]:
        if not line.startswith("|"):
            break
        cells.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return cells


def test_messages():
    want = [[number, name, role.lower().replace("_", " ") if name not in ("EVENT", "ERROR") else ""]
            for name, number, _, role, _ in rows("engine/wire/protocol.def", "MESSAGE")]
    assert [cells[:3] for cells in table("docs/protocol.md", "number")] == want


def test_errors():
    want = [[code, "yes" if closes == "1" else "no"]
            for _, code, closes, _, _ in rows("engine/wire/error.def", "WIRE_ERROR")]
    assert [cells[:2] for cells in table("docs/protocol.md", "code | closes")] == want


def test_codes():
    want = [[row[1], row[3].lower()] for row in rows("engine/bytecode/code.def", "CODE")]
    assert [cells[:2] for cells in table("docs/protocol.md", "code | next_action")] == want


def test_request_members():
    text = (ROOT / "docs/protocol.md").read_text()
    block = text[text.index("request = {"):]
    numbers = re.findall(r"^  (?:\? )?(\d+): ", block[:block.index("\n}")], re.M)
    assert numbers == [row[1] for row in rows("engine/decide/request_field.def", "FIELD")]


def amount(unit, number):
    return next(f"{int(number) // factor}{suffix}" for suffix, factor in UNITS[unit]
                if int(number) % factor == 0)


def test_limits():
    want = [[name, *(amount(unit, value) for value in values)]
            for name, unit, *values, _ in rows("engine/daemon/limit.def", "LIMIT")]
    got = [cells[:4] for cells in table("docs/operations.md", "limit | lowest")]
    assert got == want, (got, want)


sys.exit(peer.run(globals()))
