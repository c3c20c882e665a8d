#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of diag.def has its line in docs/lints.md and its entry in one of docs/lints-*.md, in the row's words, with an
example that test_examples.py has seen to give just that message; and there are no other entries."""
import re
import sys

import page

ROW = re.compile(r'^DIAG\((\w+), *"(PV\d{4})", (\w+), "((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\)', re.M)


def rows():
    """Code to (message, whether it is a warning)."""
    text = (page.ROOT / "lang/source/diag.def").read_text("utf-8")
    return {m[2]: (re.sub(r"\\(.)", r"\1", m[4]), m[3] == "WARNING") for m in ROW.finditer(text)}


def entries():
    """Code to (page, text of the entry)."""
    found = {}
    for path in sorted((page.ROOT / "docs").glob("lints-*.md")):
        parts = re.split(r"^#### (PV\d{4})\n", path.read_text("utf-8"), flags=re.M)
        for code, text in zip(parts[1::2], parts[2::2]):
            yield code, path.name, text


def has_example(code, text):
    blocks = page.blocks_of(text)
    return any(b.key == "fails" and code in b.value.split() or b.language == "console" and f"[{code}]" in b.text
               for b in blocks)


def problems():
    known = rows()
    index = (page.ROOT / "docs/lints.md").read_text("utf-8")
    seen = []
    for code, name, text in entries():
        seen.append(code)
        if code not in known:
            yield f"{name}: {code} is no row of diag.def"
            continue
        message, is_warning = known[code]
        shown = message + (" (a warning)" if is_warning else "")
        if not text.startswith(f"\n> {shown}\n"):
            yield f"{name}: {code} should begin with `> {shown}`"
        if f"| [{code}]({name}#{code.lower()}) | {shown} |" not in index:
            yield f"lints.md: no line `| [{code}]({name}#{code.lower()}) | {shown} |`"
        if not has_example(code, text):
            yield f"{name}: {code} has no example"
    for code in known:
        if seen.count(code) != 1:
            yield f"{code} has {seen.count(code)} entries in docs/lints-*.md"
    for code in set(re.findall(r"\[(PV\d{4})\]\(", index)) - set(known):
        yield f"lints.md: {code} is no row of diag.def"


def main():
    found = list(problems())
    for problem in found:
        print(problem)
    print(f"messages: {len(found)} bad" if found else "messages: fine")
    return 1 if found else 0


sys.exit(main())
