#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The reference of the language is whole: every keyword, every fact that each policy can read, every type that can be named
and every code of a deny, with its next action, stands on its pages; and docs/dependencies.md names every package that
tests/tools/deps installs."""
import re
import sys

import page

PAGES = ("language", "declarations", "rules", "testing")


def rows(path, pattern):
    return re.findall(pattern, (page.ROOT / path).read_text("utf-8"), re.M)


def code_of(text):
    """What stands in fences and in backticks."""
    inside = [block.text for block in page.blocks_of(text)]
    return "\n".join(inside + re.findall(r"`([^`\n]+)`", page.FENCE.sub("", text)))


def section(text, heading):
    return text[text.index(f"\n## {heading}\n"):].split("\n## ")[1]


def problems():
    texts = {name: (page.ROOT / f"docs/{name}.md").read_text("utf-8") for name in PAGES}
    words = set(re.findall(r"[a-z_]+", "\n".join(code_of(text) for text in texts.values())))
    for keyword in rows("lang/syntax/keyword.def", r'^KEYWORD\(\w+, *"(\w+)"'):
        if keyword not in words:
            yield f"no page has the keyword `{keyword}`"
    readable = section(texts["language"], "What a rule can read")
    for slot in rows("engine/bytecode/slot.def", r'^SLOT\(\w+, *"([\w.]+)"'):
        if f"`{slot.split('.')[-1]}`" not in readable:
            yield f"language.md: nothing is said of {slot}"
    for root in rows("lang/check/root.def", r'^ROOT\(\w+, *"(\w+)"'):
        if f"`{root}`" not in readable:
            yield f"language.md: nothing is said of the root {root}"
    types = section(texts["language"], "Types")
    for name in rows("lang/check/typing.c", r'\{"(\w+)", \d+\}, TYPE_'):
        if f"`{name}`" not in types:
            yield f"language.md: nothing is said of the type {name}"
    for code, action in rows("engine/bytecode/code.def", r'^CODE\(\w+, *"(\w+)", *\d, *(\w+)'):
        if not re.search(rf"^\|[^|]*`{code}`[^|]*\| {action.lower()} \|", texts["rules"], re.M):
            yield f"rules.md: no line for `{code}` with {action.lower()}"
    needed = re.search(r"^for package in (.*?);", (page.ROOT / "tests/tools/deps").read_text("utf-8"), re.M | re.S)
    known = (page.ROOT / "docs/dependencies.md").read_text("utf-8")
    for package in needed[1].replace("\\\n", " ").split():
        if f"`{package}`" not in known:
            yield f"dependencies.md: nothing is said of {package}"


def main():
    found = list(problems())
    for problem in found:
        print(problem)
    print(f"reference: {len(found)} bad" if found else "reference: fine")
    return 1 if found else 0


sys.exit(main())
