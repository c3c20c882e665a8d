#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The runner itself: it finds differences, and says what is wrong with a scenario or a policy."""
import copy
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

from scenario import FORMS, TOKEN, Form

HERE = pathlib.Path(__file__).resolve().parent

POLICY = """package acme.shop
issuer  idp  { uri "https://idp.example" }
gateway edge { uri "https://edge.example/mcp"   accepts idp }
attribute context.floor: int?
table orders from "orders.csv" key id { total: decimal }
audience shop {
  uri    "https://shop.example/mcp"
  tenant "acme"
  tools  from "shop.tools.json"
  tool   refund { arg order: key of orders }
}
agents from "clerks.yaml" key id { tags: set<string> }
users  from "users.csv" key id
group  staff from "groups.yaml"
intent serve(order: key of orders) {
  agent  @clerk
  user   staff
  tools  shop.refund
  within 10m
}
permit refund {
  user   staff
  intent serve
  tool   shop.refund
  when   args.order == intent.order and args.amount <= orders[args.order].total
  token  { ttl 30s, uses 2, free {note} }
}
"""

README_POLICY = """package acme.desk
issuer  idp  { uri "https://login.acme.example" }
gateway edge { uri "https://edge.acme.example/mcp"   accepts idp }
attribute context.freeze: bool
table repos from "repos.csv" key owner, repo { visibility: string }
users from "users.yaml" key id
audience crm { uri "https://crm.acme.example/mcp"   tenant "acme"   tools from "crm.json" }
agent triage { id "spiffe://acme.example/triage"   tenant "acme"   client "triage-web" }
intent triage(repo: string) { tools crm.get_customer   within 30m }
permit look { intent triage   tool crm.get_customer }
"""

CALL = {"id": "c1", "task": "t1", "tool": "shop.refund", "args": {"order": "O1", "amount": 9.5}}
SCENARIO = {
    "id": "X0",
    "world": {
        "now": "2026-03-02T09:00:00Z",
        "issuers": {"idp": {"uri": "https://idp.example"}},
        "gateways": {"edge": {"uri": "https://edge.example/mcp", "accepts": ["idp"]}},
        "audiences": {"shop": {"uri": "https://shop.example/mcp", "tenant": "acme", "tools": {"tools": [
            {"name": "refund", "inputSchema": {
                "type": "object", "required": ["order", "amount"],
                "properties": {"order": {"type": "string"}, "amount": {"type": "number"}, "note": {"type": "string"}}}},
        ]}}},
        "agents": {"bot": {"id": "spiffe://acme.example/bot", "tenant": "acme"}},
        "users": {"ann": {"id": "u-ann", "tenant": "acme", "groups": ["staff"]},
                  "bob": {"id": "u-bob", "tenant": "acme"}},
        "tables": {"orders": {"key": "id", "rows": [{"id": "O1", "total": 10.25}]}},
        "intents": {"serve": {"params": {"order": "string"}, "tools": ["shop.refund"], "within": "10m"}},
    },
    "rules": {"r1": "staff refunds what was paid"},
    "cases": [{"name": "one", "steps": [
        {"open": {"task": "t1", "agent": "bot", "user": "ann", "intent": "serve", "params": {"order": "O1"}}},
        {"call": CALL, "expect": "allow"},
    ]}],
}


def run(scenario, policy=POLICY, beside=None):
    """(exit code, lines) of the runner on what is given as a text or a value, with files beside the policy."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (beside or {}).items():
            pathlib.Path(folder, name).parent.mkdir(exist_ok=True)
            pathlib.Path(folder, name).write_text(text)
        paths = [pathlib.Path(folder, "s.yaml"), pathlib.Path(folder, "p.proviso")]
        for path, content in zip(paths, (scenario, policy)):
            if content is not None:
                path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
        done = subprocess.run([HERE / "run", *paths], capture_output=True, text=True)
        return done.returncode, (done.stdout + done.stderr).splitlines()


def changed(step=None, call=None, steps=None, world=None):
    """The scenario with another expectation, call, steps or part of the world."""
    scenario = copy.deepcopy(SCENARIO)
    scenario["cases"][0]["steps"][1].update(step or {})
    scenario["cases"][0]["steps"][1]["call"].update(call or {})
    scenario["cases"][0]["steps"] = steps or scenario["cases"][0]["steps"]
    scenario["world"].update(world or {})
    return scenario


def check(what, got, code, *parts):
    """The exit code, and a line for each part, in this order, one after the other."""
    lines = [line for line in got[1] if not line.startswith("note:")]
    good = got[0] == code and len(lines) >= len(parts) and all(re.search(p, l) for p, l in zip(parts, lines))
    if not good:
        print(f"FAILED: {what}: exit code {got[0]}, wanted {code} and {parts}")
        print("\n".join(got[1]))
    return not good


def test_differences():
    """A wrong expectation is found, whatever it is about, and said in one line."""
    token = [({"ttl_max": "29s"}, "token.ttl_max: expected 29s, got 30"), ({"uses": 1}, "token.uses: expected 1, got 2"),
             ({"audience": "https://no.example"}, "token.audience: expected https://no.example, got .https://shop"),
             ({"depth": 1}, "token.depth: expected 1, got 0"), ({"sender": "mtls"}, "token.sender: expected mtls, got dpop"),
             ({"bound": ["order", "amount", "note"]}, r"token.bound: expected \[amount, note, order\], got \[amount, order\]"),
             ({"scope": ["everything"]}, "token.scope: expected .everything., got"),
             ({"tenant": "beta"}, "token.tenant: expected beta, got acme"),
             ({"revalidate_max": "5s"}, "token.revalidate_max: expected 5s, got nothing")]
    failed = 0
    for wanted, line in token:
        failed += check(line, run(changed({"token": wanted})), 1, r'^failed: case "one", step 2 \(call c1 shop.refund\): ' + line,
                        "^1 passed, 1 failed$")
    good = {"ttl_max": "30s", "uses": 2, "audience": "https://shop.example/mcp", "depth": 0, "sender": "dpop",
            "bound": ["order", "amount"], "tenant": "acme"}
    failed += check("all of a token", run(changed({"token": good})), 0, "^2 passed, 0 failed$")
    failed += check("allow for deny", run(changed({"expect": "deny", "code": ["forbidden", "tenant"], "rule": "r1"})), 1,
                    r"step 2 .*: expected deny \(forbidden or tenant\), got allow by refund   \[r1\]$", "^1 passed, 1 failed$")
    failed += check("deny for allow", run(changed(call={"args": {"order": "O1", "amount": 10.26}})), 1,
                    r"expected allow, got deny \(no_permit\)", "^1 passed, 1 failed$")
    failed += check("a bound to the last digit", run(changed(call={"args": {"order": "O1", "amount": 10.25}})), 0)
    failed += check("another code", run(changed({"expect": "deny", "code": "forbidden"}, {"args": {"order": "O2", "amount": 1}})),
                    1, r"expected deny \(forbidden\), got deny \(argument\); args.order")
    failed += check("another remedy", run(changed({"expect": "deny", "code": "no_permit", "remedy": "step_up"},
                                                  {"args": {"order": "O1", "amount": 11}})), 1,
                    "remedy: expected step_up, got none")
    failed += check("no remedy", run(changed({"expect": "deny", "code": "no_permit", "remedy": "none"},
                                             {"args": {"order": "O1", "amount": 11}})), 0)
    for says, expect, line in (({"agent": "who"}, "ok", r"expected ok, got deny \(unknown\)"),
                               ({"params": {"order": "O9"}}, "ok", r"expected ok, got deny \(argument\)"),
                               ({}, "deny", "expected deny, got ok")):
        step = {"open": {**SCENARIO["cases"][0]["steps"][0]["open"], **says}, "expect": expect}
        failed += check(f"open {says}", run(changed(steps=[step])), 1, line, "^0 passed, 1 failed$")
    return failed


def test_requests():
    """What is left unsaid is good, what is said goes into the request."""
    failed = 0
    later = [SCENARIO["cases"][0]["steps"][0], {"advance": "9m59s"}, {"call": CALL, "expect": "allow", "token": {"ttl_max": "1s"}},
             {"advance": "1s"}, {"call": CALL, "expect": "deny", "code": "task"}]
    failed += check("time passes", run(changed(steps=later)), 0, "^3 passed, 0 failed$")
    for call, code in (({"credential": {"exp": "2026-03-02T08:59:59Z"}}, "credential"), ({"credential": None}, "credential"),
                       ({"credential": {"iss": "https://other.example"}}, "credential"), ({"credential": {"sub": "u-bob"}}, "credential"),
                       ({"credential": {"cnf": "key-thief"}}, "credential"), ({"tool_hash": "drifted"}, "drift"),
                       ({"args": {}}, "argument"), ({"tool": "shop.burn"}, "unknown"), ({"tool": "mill.grind"}, "unknown"),
                       ({"args": {"order": "O1", "amount": 9, "note": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln"}}, "secret")):
        failed += check(str(call), run(changed({"expect": "deny", "code": code}, call)), 0, "^2 passed, 0 failed$")
    for call, token in (({"presenter": "key-other"}, {}), ({"ask": {"ttl": "5s", "uses": 1}}, {"ttl_max": "5s", "uses": 1}),
                        ({"context": {"floor": 3, "moon": "full"}}, {}), ({"credential": {"client_id": None}}, {})):
        failed += check(str(call), run(changed({"token": token}, call)), 0, "^2 passed, 0 failed$")
    bobs = [{"open": {**SCENARIO["cases"][0]["steps"][0]["open"], "user": "bob"}, "expect": "deny", "code": "intent"}]
    failed += check("who may not pursue it", run(changed(steps=bobs)), 0, "^1 passed, 0 failed$")
    outside = [{"call": {"tool": "shop.refund", "agent": "bot", "user": "bob", "args": CALL["args"]}, "expect": "deny",
                "code": "no_permit"}]
    failed += check("outside any task", run(changed(steps=outside)), 0, "^1 passed, 0 failed$")
    return failed


def test_operations():
    """What isn't a call is done by the daemon, and judged."""
    failed, opened = 0, SCENARIO["cases"][0]["steps"][0]
    call, denied = {"call": CALL, "expect": "allow"}, {"call": {**CALL, "args": {"order": "O1", "amount": 11}}}
    for steps, line in (
            ([call, {"outcome": {"call": "c1"}, "expect": "withhold"}], r"step 3 \(outcome c1\): expected withhold, got deliver"),
            ([denied, {"approve": {"call": "c1", "by": ["u-bob"]}, "expect": "ok"}], r"expected ok, got deny \(unknown\)"),
            ([call, {"consent": {"call": "c1", "by": "u-ann"}, "expect": "ok"}], r"expected ok, got deny \("),
            ([call, {"revoke": {"grant": "c1"}, "expect": "deny"}], "expected deny, got ok"),
            ([call, {"revoke": {"agent": "bot"}}, {"check": {"call": "c1"}, "expect": "good"}], r"expected good, got dead \(revoked\)"),
            ([call, {"check": {"call": "c1", "args": {"order": "O1", "amount": 9}}, "expect": "good"}], "expected good, got dead"),
            ([call, {"check": {"call": "c1"}, "expect": "dead"}], "expected dead, got good"),
            ([call, {"retry": {"call": "c1"}, "expect": "deny"}], r"expected deny \(any code\), got allow"),
            ([call, {"close": {"task": "t1"}}, {"call": CALL, "expect": "allow"}], r"expected allow, got deny \(task\)"),
            ([{"open": {**opened["open"], "task": "t2", "credential": {"cnf": "k"}}}], r"expected ok, got deny \(credential\)"),
            ([{"open": {**opened["open"], "task": "t2", "parent": "t1"}}], r"expected ok, got deny \(delegation\)"),
            ([{**call, "call": {**CALL, "chain": ["bot"]}}], r"expected allow, got deny \(delegation\)")):
        failed += check(line, run(changed(steps=[opened, *steps])), 1, "^failed: .*" + line, r"^\d+ passed, 1 failed$")
    return failed


def test_files():
    """The policy chooses names and forms; what the world lacks lies beside the policy."""
    failed = 0
    for old, new in (("orders.csv", "orders.yaml"), ("orders.csv", "facts/orders.json"), ("users.csv", "people.json"),
                     ("users.csv", "groups.yaml"), ("groups.yaml", "groups.csv"), ("groups.yaml", "groups.json"),
                     ("clerks.yaml", "clerks.csv"), ("clerks.yaml", "clerk.json")):
        failed += check(f"{old} as {new}", run(changed(), POLICY.replace(old, new)), 0, "^2 passed, 0 failed$")
    other = POLICY.replace("audience shop", "audience store").replace("shop.refund", "store.refund")
    failed += check("an audience by another name", run(changed(), other), 0, "^2 passed, 0 failed$")
    rates = 'import facts.rates\n' + POLICY[POLICY.index("issuer"):] + "forbid dear { tool shop.refund  when args.amount > %s }\n"
    package = 'package facts.rates\ntable rates from "rates.csv" key id { most: decimal }\n'
    for most, code in (("9.5", 0), ("9.49", 1)):
        policy = "package acme.shop\n" + rates % 'facts.rates.rates["all"].most'
        beside = {"facts/rates.proviso": package, "facts/rates.csv": f"id,most\nall,{most}\n"}
        failed += check(f"an own table {most}", run(changed(), policy, beside), code,
                        "^2 passed" if code == 0 else r"got deny \(forbidden\) by dear")
    family = POLICY.replace("audience shop {\n  uri    \"https://shop.example/mcp\"\n  tenant \"acme\"",
                            'audience shop from "shops.csv" key place {')
    shops = {"shop_north": {**SCENARIO["world"]["audiences"]["shop"]},
             "shop_south": {"uri": "https://south.example/mcp", "tenant": "beta"}}
    world = {"audiences": shops, "intents": {"serve": {"tools": ["shop_north.refund"]}}}
    for tool, step in (("shop_north.refund", {"token": {"tenant": "acme"}}),
                       ("shop_south.refund", {"expect": "deny", "code": "tenant"})):
        failed += check(f"a family's {tool}", run(changed(step, {"tool": tool}, world=world), family), 0, "^2 passed")
    return failed


def test_live():
    """A live table begins with the world's rows; facts set and remove them, or the step fails."""
    failed, opened = 0, SCENARIO["cases"][0]["steps"][0]
    policy = POLICY.replace('orders from "orders.csv"', "orders live")
    failed += check("the world's rows", run(changed(), policy), 0, "^2 passed, 0 failed$")
    denied = {"call": CALL, "expect": "deny", "code": "argument"}
    for gone in ("O1", {"id": "O1"}, {"id": "O1", "total": 10.25}):
        steps = [opened, {"facts": {"table": "orders", "remove": [gone]}}, denied]
        failed += check(f"without {gone}", run(changed(steps=steps), policy), 0, "^3 passed, 0 failed$")
    steps = [opened, {"facts": {"table": "orders", "rows": [{"id": "O1"}]}}]
    failed += check("half a row", run(changed(steps=steps), policy), 1, r"step 2 \(facts orders\): expected ok, got deny \(argument\)")
    world = {"tables": {"orders": {"key": "id", "rows": [{"id": "O1", "total": "much"}]}}}
    failed += check("rows that don't fit", run(changed(world=world), policy), 2, "the rows of world.tables.orders don't fit")
    return failed


def test_yaml():
    """What people write: a `?` within braces, names that YAML takes for truth values, notes."""
    text = yaml.safe_dump(changed(), sort_keys=False).replace("world:\n", "world:\n  attributes: {context.floor: int?}\n")
    failed = check("int?", run(text), 0, "^2 passed, 0 failed$")
    on = changed(call={"context": {"on": 3}, "note": "a"}, step={"note": "b"})
    policy = POLICY.replace("context.floor: int?", "context.on: int").replace("when   args", "when   context.on == 3 and args")
    failed += check("on", run(yaml.safe_dump(on, sort_keys=False).replace("'on':", "on:"), policy), 0, "^2 passed, 0 failed$")
    return failed


def test_readme():
    """Its example is a scenario, and it names every member of every step and token."""
    text = (HERE / "README.md").read_text()
    example = re.search(r"```yaml\n(.*?)```", text, re.S)[1]
    failed = check("the example", run(example, README_POLICY), 0, "^2 passed, 0 failed$")
    words = set(re.findall(r"\w+", text[text.index("## The scenario file"):text.index("## Where a policy")]))
    for kind, form in [*FORMS.items(), ("token", Form(" ".join(TOKEN)))]:
        for name in (kind + " " + form.needs + " " + form.may).split():
            if name not in words and name not in ("pending", "note", "audience", "key"):
                failed += 1
                print(f"FAILED: README.md doesn't name `{name}` of `{kind}`")
    return failed


def test_mistakes():
    """One message, and exit code 2."""
    step = SCENARIO["cases"][0]["steps"][0]
    failed = 0
    for what, scenario, policy, part in (
            ("no scenario", None, POLICY, "s.yaml: No such file"), ("no policy", SCENARIO, None, "p.proviso: No such file"),
            ("not YAML", "a: [", POLICY, "s.yaml: while parsing"), ("no world", "cases: []", POLICY, "a `world` and `cases`"),
            ("twice", "world: {}\nworld: {}\ncases: []", POLICY, "`world` is given twice"),
            ("no kind", changed(steps=[{"ring": {}}]), POLICY, 'case "one", step 1: it says `ring`, and must be one of: open, call'),
            ("two kinds", changed(steps=[{**step, "call": CALL}]), POLICY, "it says `open` and `call`"),
            ("a member", changed(call={"tol": 1}), POLICY, "step 2: there is no `tol` here"),
            ("a missing member", changed(steps=[{"open": {"task": "t"}}]), POLICY, "step 1: `agent` is missing"),
            ("an expectation", changed({"expect": "ok"}), POLICY, "`expect: ok` must be one of: allow, deny"),
            ("a token", changed({"token": {"life": 1}}), POLICY, "`token` has no `life`"),
            ("a duration", changed(steps=[{"advance": "soon"}]), POLICY, "`soon` is no duration"),
            ("a task to close", changed(steps=[{"close": {"task": "t9"}}]), POLICY, "no task `t9` was opened before"),
            ("a task", changed(call={"task": "t9"}), POLICY, 'step 2 .*: no task `t9` was opened before'),
            ("no id", changed(world={"users": {"ann": {}}}), POLICY, "world.users.ann: `id` is missing"),
            ("gateways", changed(world={"gateways": {}}), POLICY, "the world needs `gateways`"),
            ("a policy that doesn't compile", SCENARIO, POLICY.replace("shop.refund", "shop.refnd"), "proviso build. refuses"),
            ("a policy with another gateway", SCENARIO, POLICY.replace("gateway edge", "gateway egde"), "provisod does not start"),
            ("a table that isn't there", SCENARIO, POLICY + 'table rates from "rates.csv" key id\n', "the table `rates` from"),
            ("a file elsewhere", SCENARIO, POLICY.replace('"orders.csv"', '"../orders.csv"'), "must lie beside it")):
        failed += check(what, run(scenario, policy), 2, "^run: .*" + part)
    done = subprocess.run([HERE / "run"], capture_output=True, text=True)
    return failed + (done.returncode != 2 or "run SCENARIO.yaml POLICY.proviso" not in done.stderr)


if __name__ == "__main__":
    tests = {name: test for name, test in list(globals().items()) if name.startswith("test_")}
    failures = {name: test() for name, test in tests.items()}
    for name, failures_of in failures.items():
        print(f"{'FAILED' if failures_of else 'ok'}: {name}")
    sys.exit(1 if any(failures.values()) else 0)
