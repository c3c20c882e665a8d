#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every link of README.md, CONTRIBUTING.md, docs/*.md and the packs' pages leads to a file, and to a heading of it."""
import re
import sys

import page

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchor(heading):
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(text):
    plain = page.FENCE.sub("", text)
    return {anchor(match[1]) for match in re.finditer(r"^#+ (.*)$", plain, re.M)}


def problems():
    paths = [page.ROOT / "README.md", page.ROOT / "CONTRIBUTING.md", *sorted((page.ROOT / "docs").glob("*.md")),
             *sorted((page.ROOT / "policies").glob("*/README.md"))]
    for path in paths:
        for target in LINK.findall(page.FENCE.sub("", path.read_text("utf-8"))):
            if re.match(r"\w+:", target):
                continue
            name, _, wanted = target.partition("#")
            to = (path.parent / name).resolve() if name else path
            if not to.exists():
                yield f"{path.relative_to(page.ROOT)}: {target} leads nowhere"
            elif wanted and wanted not in anchors(to.read_text("utf-8")):
                yield f"{path.relative_to(page.ROOT)}: no heading {target}"


def main():
    found = list(problems())
    for problem in found:
        print(problem)
    print(f"links: {len(found)} bad" if found else "links: fine")
    return 1 if found else 0


sys.exit(main())
