#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""world.py SCENARIO.yaml POLICY.proviso FOLDER: a scenario's world as the files that a policy reads.

The policy chooses the names of its files. What is in a file follows from the declaration that
names it: the world's part of that kind, and of that name.
"""
import csv
import decimal
import io
import json
import os
import re
import sys

import yaml

from scenario import Mistake, Scenario, listed, plain

TOKEN = re.compile(r'//[^\n]*|"((?:[^"\\\n]|\\.)*)"|[\w-]+|[^\s\w]')

# The words that begin a declaration.
DECLARE = set("package import issuer gateway label audience tool agent agents users group groups table acr attribute "
              "intent budget const def token tools permit forbid limit observe test prove".split())


# What only a request can say of a user or agent.
REQUEST_ONLY = {"acr", "auth_time", "attested"}


class Dumper(yaml.SafeDumper):
    """YAML without anchors, with exact numbers."""

    def ignore_aliases(self, data):
        return True


Dumper.add_representer(decimal.Decimal, lambda dumper, value: dumper.represent_scalar(
    "tag:yaml.org,2002:float", str(value)))


def tokens_of(text):
    """The words, signs and strings of a policy; a string as a tuple of its text."""
    return [(match[1],) if match[0].startswith('"') else match[0]
            for match in TOKEN.finditer(text) if not match[0].startswith("//")]


def declarations(text):
    """The tokens of each declaration."""
    tokens = tokens_of(text)
    depth, start = 0, 0
    for at, token in enumerate(tokens):
        if depth == 0 and token in DECLARE:
            yield tokens[start:at]
            start = at
        depth += (token == "{") - (token == "}")
    yield tokens[start:]


def name_of(token):
    return token[0] if isinstance(token, tuple) else token


def text_after(tokens, *words):
    """The text that follows these words, or None."""
    for at in range(len(tokens) - len(words)):
        if tokens[at:at + len(words)] == list(words) and isinstance(tokens[at + len(words)], tuple):
            return tokens[at + len(words)][0]
    return None


def cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(map(cell, value))
    if isinstance(value, dict):
        raise Mistake(f"`{value}` does not fit into a cell; let the policy name a .yaml file")
    return str(value)


def as_csv(rows, first):
    columns = list(dict.fromkeys(first + [column for row in rows for column in row]))
    text = io.StringIO()
    out = csv.DictWriter(text, columns, lineterminator="\n")
    out.writeheader()
    for row in rows:
        out.writerow({column: cell(row.get(column)) for column in columns})
    return text.getvalue()


def as_json(value):
    return json.dumps(value, indent=2, default=float) + "\n"


def as_yaml(value):
    return yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True)


def read_own(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"{path}: {getattr(error, 'strerror', None) or error}") from None


class Layout:
    """The files that a policy asks for, and the packages of its own that it imports."""

    def __init__(self, scenario, policy):
        self.scenario = scenario
        self.world = scenario.world
        self.beside = os.path.dirname(os.path.abspath(policy))
        self.files = {}
        self.live = []   # tables whose rows are set while the policy is served
        self.folder = ""  # of the package that is read, from the policy's
        self.take_policy(os.path.basename(policy))

    def take_policy(self, path):
        text = read_own(os.path.join(self.beside, path))
        self.files[path] = text
        self.folder = os.path.dirname(path)
        self.declared = [tokens for tokens in declarations(text) if tokens]
        for tokens in self.declared:
            self.take(tokens)
        for tokens in self.declared:
            if tokens[0] == "import":
                package = "".join(map(name_of, tokens[1:])).replace(".", "/") + ".proviso"
                if package not in self.files and os.path.isfile(os.path.join(self.beside, package)):
                    self.take_policy(package)

    def put_rows(self, path, rows, first=("id",), left_out=()):
        rows = [{k: v for k, v in plain(row).items() if v is not None and k not in left_out} for row in rows]
        if path.endswith(".csv"):
            self.put(path, as_csv(rows, list(first)))
        else:
            self.put(path, as_json(rows) if path.endswith(".json") else as_yaml(rows))

    def put(self, path, text):
        if os.path.isabs(path) or ".." in path.split("/"):
            raise Mistake(f"the policy names `{path}`; its files must lie beside it")
        self.files.setdefault(os.path.join(self.folder, path), text)

    def put_own(self, path, what):
        """A file of the policy's own, for what the world doesn't have."""
        own = os.path.join(self.beside, self.folder, path)
        if not os.path.isfile(own):
            raise Mistake(f"the policy takes {what} from \"{path}\", but the world has none, "
                          "and no such file lies beside the policy")
        self.put(path, read_own(own))

    def take(self, tokens):
        kind = tokens[0]
        if kind == "audience":
            self.take_audience(name_of(tokens[1]), tokens)
            return
        if kind == "table" and tokens[2:3] == ["live"]:
            self.live.append(name_of(tokens[1]))
        path = text_after(tokens, "from")
        if path is None:
            return
        if kind == "tools":
            self.put_own(path, f"the tools of `{name_of(tokens[1])}`")
        elif kind == "users":
            self.put_rows(path, list(self.world["users"].values()), left_out=REQUEST_ONLY)
        elif kind == "agents":
            self.put_agents(path, tokens)
        elif kind in ("group", "groups"):
            self.put_groups(path)
        elif kind == "table":
            self.put_table(name_of(tokens[1]), path)

    def take_audience(self, name, tokens):
        audiences = self.world["audiences"]
        uri = text_after(tokens, "uri")
        name = next((a for a, d in audiences.items() if d["uri"] == uri), name)
        members = {a: d for a, d in audiences.items() if a == name or a.startswith(name + "_")}
        family = text_after(tokens[:4], "from")
        if family is not None:
            key = name_of(tokens[5]) if len(tokens) > 5 and tokens[4] == "key" else "tenant"
            rows = [{key: a[len(name) + 1:], "uri": d["uri"], **({"tenant": d["tenant"]} if "tenant" in d else {})}
                    for a, d in members.items() if a != name]
            if rows:
                self.put_rows(family, rows, (key, "uri"))
            else:
                self.put_own(family, f"the audiences `{name}`")
        tools = text_after(tokens, "tools", "from")
        if tools is None:
            return
        with_tools = [d for a, d in members.items()
                      if (family is not None or a == name) and {"tools", "tools_file"} & set(d)]
        if with_tools:
            self.put(tools, self.tools_text(with_tools[0]))
        else:
            self.put_own(tools, f"the tools of `{name}`")

    def tools_text(self, audience):
        if "tools_file" not in audience:
            return as_json(plain(audience["tools"]))
        return read_own(os.path.join(os.path.dirname(os.path.abspath(self.scenario.path)), audience["tools_file"]))

    def put_agents(self, path, tokens):
        """Those that the policy doesn't declare one by one."""
        single = {value[0] for d in self.declared if d[0] == "agent" for value in d if isinstance(value, tuple)}
        rows = [dict(agent) for agent in self.world["agents"].values() if agent["id"] not in single]
        if "tags" in tokens:
            tag = re.sub(r"s$", "", os.path.splitext(os.path.basename(path))[0])
            rows = [{"tags": [tag], **row} for row in rows]
        self.put_rows(path, rows, left_out=REQUEST_ONLY)

    def put_groups(self, path):
        groups = {name: list(listed(members)) for name, members in self.world["groups"].items()}
        for user in self.world["users"].values():
            for group in listed(user.get("groups")):
                members = groups.setdefault(group, [])
                if user["id"] not in members:
                    members.append(user["id"])
        if path.endswith(".csv"):
            self.put(path, as_csv([{"group": g, "member": m} for g, m in groups.items()], ["group", "member"]))
        else:
            self.put(path, as_json(groups) if path.endswith(".json") else as_yaml(groups))

    def put_table(self, name, path):
        table = self.world["tables"].get(name)
        if table is None:
            self.put_own(path, f"the table `{name}`")
        else:
            self.put_rows(path, table["rows"], listed(table["key"]))


def lay_out(scenario, policy, folder):
    """Copies the policy into the folder, and writes the files that it names beside it.

    Returns the names of its live tables.
    """
    layout = Layout(scenario, policy)
    for path, contents in layout.files.items():
        path = os.path.join(folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(contents)
    return layout.live


def main(arguments):
    """Writes the policy and its files into the folder, for `proviso check` and `proviso test`."""
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        lay_out(Scenario(arguments[0]), arguments[1], arguments[2])
    except Mistake as mistake:
        print(f"world.py: {mistake}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
