#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/builtins.md has a line for each row of builtin.def, and each `call | value` on it is what the engine makes of the call."""
import pathlib
import re
import sys
import tempfile

import page

WORLD = """package docs.builtins
issuer  okta { uri "https://acme.okta.example" }
gateway edge { uri "https://edge.acme.example/mcp"   accepts okta }
agent   bot  { id "spiffe://acme.example/bot" }
audience a { uri "https://a.example/mcp"   tool t(n: int) }
"""
ROW = re.compile(r'^BUILTIN\(\w+, *"([\w.]+)", *(\d), ', re.M)
CALL = re.compile(r"^\| `(\w+(?:\.\w+)?\(.*\))` \| (?:`([^`]*)`|(true|false|unknown))", re.M)
SIGNATURE = re.compile(r"`(\w+(?:\.\w+)?)\(([a-z, ]+)\)`")


def calls(text):
    """(call, value as a policy writes it, None where it is unknown)."""
    for call, quoted, word in CALL.findall(text):
        value = quoted.replace("[", "{").replace("]", "}") if quoted else word
        yield call, None if value == "unknown" else value


def policy(rows):
    rules = []
    for number, (call, value) in enumerate(rows):
        holds = f"not known({call})" if value is None else f"{call} == {value}"
        rules.append(f"permit p{number} {{ tool a.t   intent none   when args.n == {number} and {holds} }}")
        rules.append(f'test "{number}" {{ agent bot   gateway edge   call a.t(n: {number})   expect allow }}')
    return WORLD + "\n".join(rules) + "\n"


def problems():
    text = (page.ROOT / "docs/builtins.md").read_text("utf-8")
    shown = {name: str(len(operands.split(","))) for name, operands in SIGNATURE.findall(text)}
    for name, arity in ROW.findall((page.ROOT / "engine/bytecode/builtin.def").read_text("utf-8")):
        if shown.get(name) != arity:
            yield f"builtins.md: no `{name}` with {arity} operands"
    rows = list(calls(text))
    if len(rows) < 30:
        yield f"builtins.md: only {len(rows)} calls were understood"
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "calls.proviso").write_text(policy(rows))
        answer = page.proviso(folder, "test", "calls.proviso")
    for number in re.findall(r"^FAIL +(\d+) ", answer.stdout, re.M):
        call, value = rows[int(number)]
        yield f"builtins.md: `{call}` is not {value or 'unknown'}"
    if f"{len(rows)} passed" not in answer.stdout and "FAIL" not in answer.stdout:
        yield answer.stdout + answer.stderr


def main():
    found = list(problems())
    for problem in found:
        print(problem)
    print(f"builtins: {len(found)} bad" if found else "builtins: fine")
    return 1 if found else 0


sys.exit(main())
