# SPDX-License-Identifier: Apache-2.0
"""Random small policies: as data, which the model reads, and as text, which the compiler does.

The parties are always the same; labels, what tools yield, rules, requirements and budgets are drawn.
"""
import copy
import subprocess
import tempfile

from core import BUILD

TOOLS = ("t0", "t1", "t2", "t3")
AGENTS = {"a0": "acme", "a1": "acme", "b0": "beta"}
USERS = {"u0": "acme", "u1": "acme", "v0": "beta"}
GROUPS = {"bosses": ("u0", "m1", "m2", "m3"), "chiefs": ("m3", "m4")}
PEOPLE = ("u0", "u1", "m1", "m2", "m3", "m4")
LEVELS = ("low", "mid", "high")
ISSUER, GATEWAY, AUDIENCE = "https://idp.example", "https://g.example/mcp", "https://svc.example"
# What a sub-task's intent is below: top > mid > leaf.
INTENTS = ("top", "mid", "leaf")
DAY = 86400

HEAD = f"""package sim.world
issuer  idp {{ uri "{ISSUER}" }}
gateway g   {{ uri "{GATEWAY}"   accepts idp }}
""" + "".join(f"group {name} {{ " + ", ".join(f'"{one}"' for one in members) + " }\n" for name, members in GROUPS.items()) \
  + "".join(f'agent {name} {{ id "{name}"   tenant "{tenant}" }}\n' for name, tenant in AGENTS.items())


def span(seconds):
    return f"{seconds}s"


# ---- drawing ----

def draw_test(dice):
    """A condition on what was before, or on the arguments."""
    kind = dice.choice(("label", "label", "level", "called", "called", "called", "args"))
    if kind == "label":
        return ("label", dice.choice(("l0", "l1")))
    if kind == "level":
        return ("level", *dice.choice((("<", "mid"), ("<", "high"), ("<=", "low"), ("<=", "mid"), (">=", "mid"), (">=", "high"))))
    if kind == "args":
        return ("args", dice.choice(("<", ">=")), dice.randint(1, 4))
    scope = dice.choice(("task", "task", "subtask", "user", "agent"))
    fields = dice.choice(((), ("x",), ("x",), ("cost",), ("flag",), ("x", "cost")))
    last = dice.choice((60, 600, 4000)) if scope in ("user", "agent") else None
    return ("called", scope, dice.choice(TOOLS), fields, last)


def draw_budget(dice, is_named=False):
    of = dice.choice((None, "n", "n", "distinct"))
    keys = dice.choice((("task",), ("task",), ("subtask",), ("user",), ("agent",), ("tenant",), ("user", "agent"))
                       + (() if is_named else (("args.x",), ("user", "args.x"))))
    is_task = keys[0] in ("task", "subtask")
    window = dice.choice((None, 90) if is_task else (None, 60, 300, 3600))
    return {"most": dice.randint(1, 3) if of != "n" else dice.randint(3, 12), "of": of, "keys": keys, "window": window}


def draw_requirement(dice):
    within = dice.choice((60, 600))
    if dice.random() < 0.6:
        return ("approval", dice.choice((1, 1, 2)), dice.choice(("bosses", "bosses", "chiefs", "user")), within)
    return ("consent", dice.choice(("tool", "audience", "intent", "args")), dice.choice((None, 60, 3600)))


def draw_rule(dice, kind, name, tools):
    rule = {"kind": kind, "name": name, "tools": tools, "when": None, "unless": None, "require": [], "budgets": [],
            "spend": None, "ttl": None, "uses": None, "depth": None, "intents": INTENTS}
    if kind == "forbid" or dice.random() < 0.35:
        rule["when"] = draw_test(dice)
    if dice.random() < 0.25:
        rule["unless"] = draw_test(dice)
    if kind == "forbid":
        return rule
    if dice.random() < 0.35:
        rule["budgets"].append(draw_budget(dice))
    if dice.random() < 0.15:
        rule["budgets"].append(draw_budget(dice))
    if dice.random() < 0.2:
        rule["spend"] = dice.choice((("n", None), (None, None), ("n", "cost")))
    if dice.random() < 0.25:
        rule["require"].append(draw_requirement(dice))
        if dice.random() < 0.2:
            rule["require"].append(draw_requirement(dice))
    if kind == "permit" or dice.random() < 0.3:
        rule["ttl"] = dice.choice((20, 60, 300))
    if kind == "permit":
        rule["uses"] = dice.choice((1, 2, 3))
        rule["depth"] = dice.choice((None, None, 1, 2))
        if dice.random() < 0.5:
            rule["intents"] = INTENTS + (None,)
    return rule


def draw_on_result(dice, name):
    return {"name": name, "tools": (dice.choice(TOOLS),), "over": dice.randint(3, 8)}


def draw_yields(dice):
    rows = []
    for label in ("l0", "l1"):
        if dice.random() < 0.3:
            rows.append((label, dice.choice((None, None, "flag", "args"))))
    if dice.random() < 0.4:
        rows.append(("author." + dice.choice(LEVELS), dice.choice((None, "flag"))))
    return rows


def draw(dice):
    """A policy."""
    policy = {"sticky": {label: dice.random() < 0.5 for label in ("l0", "l1")},
              "yields": {tool: draw_yields(dice) for tool in TOOLS}, "rules": [], "on_result": [],
              "pot": {**draw_budget(dice, True), "of": None, "most": dice.randint(4, 12)}, "intents": {}}
    for intent in INTENTS:
        policy["intents"][intent] = {
            "within": dice.choice((120, 900, 3600, 20000)), "depth": dice.choice((0, 1, 2, 2)),
            "inherits": dice.choice((None, None, 7200)),
            "tools": TOOLS if intent == "top" or dice.random() < 0.6 else tuple(sorted(dice.sample(TOOLS, 3))),
            "agents": tuple(AGENTS) if dice.random() < 0.7 else ("a0", "b0"),
            "delegates": dice.choice((None, "k"))}
    for tool in TOOLS:
        policy["rules"].append(draw_rule(dice, "permit", f"p_{tool}", (tool,)))
        if dice.random() < 0.3:
            policy["rules"].append(draw_rule(dice, "permit", f"q_{tool}", (tool,)))
    for i in range(dice.randint(0, 3)):
        policy["rules"].append(draw_rule(dice, "limit", f"l_{i}", tuple(sorted(dice.sample(TOOLS, dice.randint(1, 3))))))
    for i in range(dice.randint(0, 2)):
        policy["rules"].append(draw_rule(dice, "forbid", f"f_{i}", tuple(sorted(dice.sample(TOOLS, dice.randint(1, 2))))))
    if dice.random() < 0.4:
        policy["on_result"].append(draw_on_result(dice, "r_0"))
    return policy


def draw_next(dice, policy):
    """The next version of a policy: other amounts, perhaps one forbid more; what is remembered is the same."""
    after = copy.deepcopy(policy)
    for rule in after["rules"]:
        for budget in rule["budgets"]:
            budget["most"] += dice.randint(0, 2)
    after["rules"].append({**draw_rule(dice, "forbid", "f_new", (dice.choice(TOOLS),)),
                           "when": ("label", "l0"), "unless": None})
    return after


# ---- text ----

def test_text(test):
    kind = test[0]
    if kind == "label":
        return f"task has {test[1]}"
    if kind == "level":
        return f"task.author {test[1]} {test[2]}"
    if kind == "args":
        return f"args.n {test[1]} {test[2]}"
    _, scope, tool, fields, last = test
    tests = {"x": "x == args.x", "cost": "result.cost >= args.n", "flag": "result.flag == true"}
    inside = ", ".join(tests[field] for field in fields)
    return f"{scope} called svc.{tool}({inside})" + (f" last {span(last)}" if last else "")


def budget_text(budget):
    of = {None: "", "n": " of args.n", "distinct": " of distinct args.x"}[budget["of"]].replace("of distinct", "distinct")
    return f"at most {budget['most']}{of} per {' and '.join(budget['keys'])}" + \
        (f" per {span(budget['window'])}" if budget["window"] else "")


def requirement_text(requirement):
    if requirement[0] == "approval":
        _, count, who, within = requirement
        return f"require {f'{count} approvals' if count > 1 and who != 'user' else 'approval'} from {who} within {span(within)}"
    _, target, within = requirement
    return f"require consent to {target}" + (f" within {span(within)}" if within else "")


def rule_text(rule):
    lines = [f"tool {', '.join('svc.' + tool for tool in rule['tools'])}"]
    if rule["kind"] == "permit":
        lines.append("intent " + ", ".join(intent or "none" for intent in rule["intents"]))
    lines += [f"when {test_text(rule['when'])}"] if rule["when"] else []
    lines += [f"unless {test_text(rule['unless'])}"] if rule["unless"] else []
    lines += [requirement_text(one) for one in rule["require"]] + [budget_text(one) for one in rule["budgets"]]
    if rule["spend"]:
        of, settle = rule["spend"]
        lines.append(f"spend {'args.n' if of else '1'} of pot" + (" settle result.cost" if settle else ""))
    shape = [f"{name} {value}" for name, value in
             (("ttl", rule["ttl"] and span(rule["ttl"])), ("uses", rule["uses"]), ("depth", rule["depth"])) if value]
    lines += [f"token {{ {', '.join(shape)} }}"] if shape else []
    return f"{rule['kind']} {rule['name']} {{\n  " + "\n  ".join(lines) + "\n}\n"


def yield_text(label, when):
    said = {None: "", "flag": " when result.flag", "args": " when args.n >= 3"}[when]
    return "yields " + label.replace(".", " ") + said


def text_of(policy):
    """The policy as the compiler reads it."""
    text = [HEAD]
    text += [f"label {label}{' sticky' if sticky else ''}\n" for label, sticky in policy["sticky"].items()]
    text.append(f"label author {{ {' < '.join(LEVELS)} }}\n")
    tools = "".join(f"  tool {tool}(x: string, n: int) returns {{ flag: bool, cost: int }} {{ "
                    + "   ".join(yield_text(*row) for row in policy["yields"][tool]) + " }\n" for tool in TOOLS)
    text.append(f'audience svc {{\n  uri "{AUDIENCE}"\n  tenant shared\n{tools}}}\n')
    for at, intent in enumerate(INTENTS):
        of = policy["intents"][intent]
        lines = ["agent " + ", ".join(of["agents"]), "tools " + ", ".join("svc." + tool for tool in of["tools"]),
                 f"within {span(of['within'])}", f"depth {of['depth']}"]
        if at > 0:
            lines.append(f"under {INTENTS[at - 1]}")
        if at + 1 < len(INTENTS):
            lines.append(f"delegates {INTENTS[at + 1]}" + (" when child.k == intent.k" if of["delegates"] else ""))
        if of["inherits"]:
            lines.append(f"inherits labels for {span(of['inherits'])}")
        text.append(f"intent {intent}(k: int) {{\n  " + "\n  ".join(lines) + "\n}\n")
    if any(rule["spend"] for rule in policy["rules"]):
        text.append(f"budget pot {{ {budget_text(policy['pot'])} }}\n")
    text += [rule_text(rule) for rule in policy["rules"]]
    text += [f"forbid {rule['name']} on result {{\n  tool {', '.join('svc.' + t for t in rule['tools'])}\n"
             f"  when result.cost > {rule['over']}\n}}\n" for rule in policy["on_result"]]
    return "".join(text)


def build(text):
    """The bundle of a policy. ValueError: the compiler refuses it."""
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/world.proviso", "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([BUILD / "proviso", "build", "-o", "out", "world.proviso"], cwd=folder,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ValueError(done.stdout + done.stderr)
        with open(folder + "/out", "rb") as file:
            return file.read()
