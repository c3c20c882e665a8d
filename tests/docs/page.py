# SPDX-License-Identifier: Apache-2.0
"""The documentation as something that can be run: pages, their fenced blocks, and what each block claims.

A comment directly above a block says what it is:

  <!-- world: NAME -->     a policy by itself; later blocks, of other pages too, may stand behind it
  <!-- file: NAME -->      a file of this page's folder
  <!-- fails: PV1002 -->   `proviso check` says this and nothing else; two ids if it says two things
  <!-- text -->            only shown

`<!-- in: NAME -->` anywhere on a page: from here on, policy text stands behind that world. A world brings along the
files that its page has shown before it. What begins with `package` stands alone."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("BUILD", "build/gcc")).resolve()
PROVISO = BUILD / "proviso"
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)
MARK = re.compile(r"<!-- (\w+)(?:: (.*?))? -->")


class Block:
    """A fenced block: its language, its text, the mark above it (`key`, `value`), its line, the world it stands in."""

    def __init__(self, page, match, world):
        self.page = page
        self.language = match[2]
        indent = match[1]
        self.text = re.sub("^" + indent, "", match[3], flags=re.M) if indent else match[3]
        self.line = page.count("\n", 0, match.start()) + 1
        above = page[:match.start()].rstrip("\n").split("\n")[-1].strip()
        mark = MARK.fullmatch(above)
        self.key, self.value = (mark[1], mark[2]) if mark and mark[1] != "in" else (None, None)
        self.world = world
        self.start = match.start()


def blocks_of(text):
    """The blocks of a page, in order."""
    found = []
    for match in FENCE.finditer(text):
        chosen = [m[2] for m in MARK.finditer(text, 0, match.start()) if m[1] == "in"]
        found.append(Block(text, match, chosen[-1] if chosen else None))
    return found


def pages():
    """Path and text of every page, README first."""
    paths = [ROOT / "README.md"] + sorted((ROOT / "docs").glob("*.md"))
    return [(path, path.read_text("utf-8")) for path in paths]


def worlds():
    """World name to (its policy, {file name: text} of what its page shows before it)."""
    found = {}
    for _, text in pages():
        files = {}
        for block in blocks_of(text):
            if block.key == "file":
                files[block.value] = block.text
            if block.key == "world":
                found[block.value] = (block.text, dict(files))
    return found


def proviso(folder, *arguments):
    return subprocess.run([PROVISO, *arguments], cwd=folder, capture_output=True, text=True)


def reported(answer):
    """The ids in what a command said."""
    return sorted(set(re.findall(r"\[(PV\d{4})\]", answer.stdout + answer.stderr)))
