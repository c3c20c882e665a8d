#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/tour.md names every module of engine/, lang/ and stdlib/ and every folder of tests/ and policies/, and nothing that
isn't there.

A row's first cell has names in backticks. `base/arena str buf` are three modules of one folder; a name that begins with `_`
goes on after the one before it (`verify` (`_code`)); `daemon/` is a folder. In the parts headed `engine/` and `lang/`
they stand in that folder, elsewhere at the root. A module is what its files are called without what follows the dot."""
import re
import subprocess
import sys

import page

SOURCES = re.compile(r"^(engine|lang|stdlib)/.*\.(c|h|re|y|def|proviso)$")


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=page.ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split("\n")[:-1]


def modules(paths):
    """Modules by their path without what follows the dot; tests stand beside theirs and have no line."""
    for path in paths:
        stem = path.rsplit("/", 1)[-1].split(".")[0]
        if SOURCES.match(path) and not re.search(r"_(test|unit|random)$", stem):
            yield path.rsplit("/", 1)[0] + "/" + stem


def folders(paths):
    for path in paths:
        parts = path.split("/")[:-1]
        if len(parts) > 1 and parts[0] in ("tests", "policies", "stdlib"):
            yield "/".join(parts[:2]) + "/"


def names_of(cell, base):
    """What a first cell names, as paths."""
    folder, last = base, ""
    for quoted in re.findall(r"`([^`]+)`", cell):
        for word in quoted.split():
            if word.startswith("_"):
                yield folder + last + word
                continue
            if "/" in word:
                head, _, word = word.rpartition("/")
                folder = base + head + "/"
            if word == "":
                yield folder
                continue
            last = word
            yield folder + word


def named(text):
    base = ""
    for line in text.split("\n"):
        if line.startswith("## "):
            heading = re.match(r"## (engine|lang)/", line)
            base = heading[1] + "/" if heading else ""
        row = re.match(r"\| (.*?) \|", line)
        if row and "`" in row[1]:
            yield from names_of(row[1], base)


def exists(name, paths):
    """A module, a folder, or a file."""
    return any(p.startswith(name) if name.endswith("/") else p == name or re.match(re.escape(name) + r"[./]", p)
               for p in paths)


def problems():
    paths = tracked()
    found = {re.sub(r"\.(def|h|c|re|y)$", "", name) for name in named((page.ROOT / "docs/tour.md").read_text("utf-8"))}
    for name in sorted(set(modules(paths)) | set(folders(paths))):
        if name not in found and name.rstrip("/") not in found:
            yield f"tour.md: nothing is said of {name}"
    for name in sorted(found):
        if not exists(name, paths):
            yield f"tour.md: there is no {name}"


def main():
    found = list(problems())
    for problem in found:
        print(problem)
    print(f"tour: {len(found)} bad" if found else "tour: fine")
    return 1 if found else 0


sys.exit(main())
