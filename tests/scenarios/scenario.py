# SPDX-License-Identifier: Apache-2.0
"""A scenario file, read and checked: its world, and its cases as lists of steps."""
import collections
import datetime
import decimal
import re

import yaml

UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1, "ms": decimal.Decimal("0.001")}
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
START = datetime.datetime(2026, 3, 2, 9, tzinfo=UTC)  # where the world doesn't say what time it is

# What an expectation can be made of, besides `expect`.
JUDGED = {"code", "rule", "remedy", "token"}
TOKEN = {"ttl_max", "uses", "audience", "depth", "sender", "bound", "scope", "tenant", "revalidate_max"}

# What a kind of step says: the members that it must have, those that it may have, what can be
# expected of it.
Form = collections.namedtuple("Form", "needs may expects", defaults=("", ""))
FORMS = {
    "open": Form("task agent intent", "user params parent gateway presenter credential", "ok deny"),
    "call": Form("tool", "id task args agent user credential presenter context chain ask grant tool_hash pending "
                         "gateway resource audience key", "allow deny"),
    "outcome": Form("call", "ok result labels", "deliver withhold"),
    "advance": Form(""),
    "approve": Form("call by", "", "ok deny"),
    "consent": Form("call by", "", "ok deny"),
    "revoke": Form("", "agent user task grant key tenant audience consent issued_before", "ok deny"),
    "close": Form("task", "", "ok deny"),
    "check": Form("call", "audience tool args key consume", "good dead"),
    "retry": Form("call", "", "allow deny"),
    "facts": Form("table", "rows remove", "ok deny"),
}

Step = collections.namedtuple("Step", "number kind says expects code rule remedy token")
Case = collections.namedtuple("Case", "name steps")


class Mistake(Exception):
    """What is wrong with a scenario or a policy, in a sentence or several lines."""


# libyaml takes `{limit: int?}`; what Python has without it does not.
class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML in which a number with a point is exact, and no key is given twice."""

    def construct_mapping(self, node, deep=False):
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:bool":  # names are text, also `on` and `no`
                key.tag = "tag:yaml.org,2002:str"
        names = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        for name, count in collections.Counter(map(str, names)).items():
            if count > 1:
                raise yaml.MarkedYAMLError(None, None, f"`{name}` is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


def exact(loader, node):
    text = loader.construct_scalar(node).replace("_", "")
    try:
        return decimal.Decimal(text)
    except decimal.InvalidOperation:
        return loader.construct_yaml_float(node)


Loader.add_constructor("tag:yaml.org,2002:float", exact)


def seconds(value):
    """A duration: `1h30m`, `90s`, or a number of seconds."""
    if isinstance(value, (int, decimal.Decimal)) and not isinstance(value, bool):
        return value
    parts = re.findall(r"(\d+)(ms|[dhms])", str(value))
    if not parts or "".join(n + u for n, u in parts) != str(value):
        raise Mistake(f"`{value}` is no duration; write one such as 90s, 5m or 1h30m")
    return sum(int(number) * UNITS[unit] for number, unit in parts)


def instant(value):
    """A time: RFC 3339, or seconds since 1970."""
    if isinstance(value, (int, decimal.Decimal)) and not isinstance(value, bool):
        return EPOCH + datetime.timedelta(seconds=float(value))
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            pass
    if isinstance(value, datetime.datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise Mistake(f"`{value}` is no time; write one such as 2026-03-02T09:00:00Z")


def written(time):
    """A time as RFC 3339."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain(value):
    """A value of the file as JSON has it: times become text, numbers stay exact."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, datetime.datetime):
        return written(instant(value))
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def listed(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def check_members(says, form, where):
    known = form.needs.split() + form.may.split()
    for name in says:
        if name not in known:
            raise Mistake(f"{where}: there is no `{name}` here; there are: {', '.join(known)}")
    for name in form.needs.split():
        if name not in says:
            raise Mistake(f"{where}: `{name}` is missing")


def read_step(number, step, where):
    if not isinstance(step, dict):
        raise Mistake(f"{where}: a step is written `KIND: ...`, not `{step}`")
    step = {name: value for name, value in step.items() if name != "note"}  # said to people, anywhere
    kinds = [name for name in step if name not in JUDGED | {"expect"}]
    if len(kinds) != 1 or kinds[0] not in FORMS:
        raise Mistake(f"{where}: it says {' and '.join(f'`{k}`' for k in kinds) or 'nothing'}, "
                      f"and must be one of: {', '.join(FORMS)}")
    kind, form = kinds[0], FORMS[kinds[0]]
    says, judged = step[kind], {k: v for k, v in step.items() if k != kind}
    if isinstance(says, dict):  # an expectation may stand within, too
        judged.update({k: v for k, v in says.items() if k in JUDGED | {"expect"}})
        says = {k: v for k, v in says.items() if k not in JUDGED | {"expect", "note"}}
        check_members(says, form, where)
    elif kind != "advance":
        raise Mistake(f"{where}: `{kind}` must be followed by `{{...}}`")
    expects = judged.get("expect")
    if expects is not None and expects not in form.expects.split():
        raise Mistake(f"{where}: `expect: {expects}` must be one of: {form.expects.replace(' ', ', ') or 'nothing'}")
    token = judged.get("token") or {}
    for name in token:
        if name not in TOKEN:
            raise Mistake(f"{where}: `token` has no `{name}`; it has: {', '.join(sorted(TOKEN))}")
    return Step(number, kind, says, expects, listed(judged.get("code")), listed(judged.get("rule")),
                judged.get("remedy"), token)


class Scenario:
    """What the file says. Names of the world that it uses are looked up by the methods."""

    def __init__(self, path):
        try:
            with open(path, encoding="utf-8") as file:
                text = yaml.load(file, Loader)
        except (OSError, UnicodeDecodeError) as error:
            raise Mistake(f"{path}: {getattr(error, 'strerror', None) or error}") from None
        except yaml.YAMLError as error:
            raise Mistake(f"{path}: {error}") from None
        if not isinstance(text, dict) or not isinstance(text.get("world"), dict) or "cases" not in text:
            raise Mistake(f"{path}: a scenario has a `world` and `cases`")
        self.path = path
        self.name = str(text.get("id", path))
        self.world = text["world"]
        self.rules = {str(name): words for name, words in (text.get("rules") or {}).items()}
        try:
            self.check_world()
            self.now = instant(self.world.get("now", START))
            self.cases = [self.read_case(case) for case in text["cases"]]
        except Mistake as mistake:
            raise Mistake(f"{path}: {mistake}") from None

    def check_world(self):
        for part in ("issuers", "gateways", "audiences", "agents", "users", "groups", "tables", "intents"):
            entries = self.world.setdefault(part, None) or {}
            self.world[part] = entries
            if not isinstance(entries, dict):
                raise Mistake(f"world.{part} must be a map from names")
            for name, entry in entries.items():
                for member in {"agents": ("id",), "users": ("id",), "tables": ("key", "rows"), "groups": (),
                               "intents": ("tools",)}.get(part, ("uri",)):
                    if not isinstance(entry, dict) or member not in entry:
                        raise Mistake(f"world.{part}.{name}: `{member}` is missing")
        if not self.world["gateways"] or not self.world["audiences"]:
            raise Mistake("the world needs `gateways` and `audiences`")

    @staticmethod
    def read_case(case):
        if not isinstance(case, dict) or "name" not in case or not isinstance(case.get("steps"), list):
            raise Mistake("a case has a `name` and `steps`")
        return Case(case["name"], [read_step(number, step, f"case \"{case['name']}\", step {number}")
                                   for number, step in enumerate(case["steps"], 1)])

    def entry(self, part, name):
        """The world's entry of that name, or of that id; empty for what is not in the world."""
        entries = self.world[part]
        if name in entries:
            return entries[name]
        return next((e for e in entries.values() if isinstance(e, dict) and name in (e.get("id"), e.get("uri"))), {})

    def id(self, part, name):
        return self.entry(part, name).get("id", name)

    def uri(self, part, name):
        return self.entry(part, name).get("uri", name)
