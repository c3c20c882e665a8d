# SPDX-License-Identifier: Apache-2.0
"""What differs between the suites: their facts as tables, and what the request of a task says."""
import collections
import decimal

from scenario import Mistake
from world import declarations, name_of, text_after

TEXT = {"type": "string"}
MESSAGES = {"type": "array", "items": {"type": "object", "properties": {"sender": TEXT, "recipient": TEXT, "body": TEXT, "time": TEXT},
                                       "required": ["sender", "recipient", "body"]}}


def wrapped(schema):
    """A result that is no object, as MCP's libraries declare it."""
    return {"type": "object", "properties": {"result": schema}, "required": ["result"]}


class Assistant:
    """One owner, whose request says what it wants and names."""

    goal = 1.0  # of the calls, answered as expected
    uri = None  # of the server; by its name, if none
    now = "2026-03-02T09:00:00Z"

    def __init__(self, server, members, results):
        self.server, self.members, self.results = server, members, results

    @staticmethod
    def facts(facts):
        """(tables, users) from facts.yaml."""
        tables = {{"users": "members"}.get(name, name): rows for name, rows in facts.items() if name != "user"}
        return tables, [{"id": "owner"}]

    def complete(self, tools):
        """Output schemas of the tools whose results rules read, which the lists lack."""
        for tool in tools:
            if tool["name"] in self.results:
                tool["outputSchema"] = wrapped(self.results[tool["name"]])

    @staticmethod
    def user(_):
        return "owner"

    def params(self, intent, prompt):
        """The parameters of the task; what the request doesn't name is an empty list."""
        return {"prompt": prompt, **{member: intent.get(member, []) for member in self.members}}


class Airline(Assistant):
    """The user is the customer; what facts.yaml nests becomes tables of plain cells."""

    goal = 0.95
    now = "2024-05-15T15:00:00Z"
    MOST = {"flights": 8, "passengers": 5, "payment_methods": 5}

    def __init__(self):
        super().__init__("airline", (), {})

    @staticmethod
    def facts(facts):
        payments = [{"user": user["id"], "payment": payment, **says}
                    for user in facts["users"] for payment, says in user["payment_methods"].items()]
        reservations = [{"id": row["id"], "customer": row["user_id"], "origin": row["origin"], "destination": row["destination"],
                         "kind": row["flight_type"], "cabin": row["cabin"], "passengers": len(row["passengers"]),
                         "booked": row["created_at"] + "Z", "bags": row["total_baggages"], "insured": row["insurance"] == "yes",
                         "flights": [f"{flight['flight_number']}/{flight['date']}" for flight in row["flights"]]}
                        for row in facts["reservations"]]
        flights = [{name: value for name, value in row.items() if name != "prices"} for row in facts["flights"]]
        legs = [{"key": row["key"], "status": row["status"]} for row in flights]
        return ({"payments": payments, "reservations": reservations, "flights": flights, "legs": legs},
                [{"id": user["id"], "membership": user["membership"]} for user in facts["users"]])

    def complete(self, tools):
        """The most flights, passengers and means of payment: the lists say none, the rules do."""
        for tool in tools:
            for name, argument in tool["inputSchema"]["properties"].items():
                if name in self.MOST:
                    argument["maxItems"] = self.MOST[name]

    @staticmethod
    def user(intent):
        return intent["user_id"]

    def params(self, intent, _):
        reasons = [{"reservation": reservation, "reason": reason} for reservation, reason in intent["reasons"].items()]
        complaint = intent.get("complaint")
        return {"reasons": reasons, **({"complaint": complaint["reservation"]} if complaint else {})}


def shape(values):
    """A schema that all of these values fit; {} where they have nothing in common."""
    if all(isinstance(value, str) for value in values):
        return TEXT
    for kind, name in ((bool, "boolean"), (int, "integer"), ((int, decimal.Decimal), "number")):
        if all(isinstance(value, kind) and isinstance(value, bool) == (kind is bool) for value in values):
            return {"type": name}
    if all(isinstance(value, list) for value in values):
        items = [item for value in values for item in value]
        most = {"type": "array", "maxItems": 8 + 2 * max(map(len, values))}
        return {**most, "items": shape(items)} if items else most
    if all(isinstance(value, dict) for value in values):
        names = dict.fromkeys(name for value in values for name in value)
        found = {name: [value[name] for value in values if value.get(name) is not None] for name in names}
        return {"type": "object", "properties": {name: shape(of) for name, of in found.items() if of},
                "required": [name for name, of in found.items() if len(of) == len(values)]}
    return {}


def is_plain(cell):
    return not isinstance(cell, dict) and not (isinstance(cell, list) and any(isinstance(one, (dict, list)) for one in cell))


class Stranger(Assistant):
    """A suite that nobody has seen: the policy says the names of its server and of the intent's parameters."""

    def __init__(self, policy, tasks):
        declared = [tokens for tokens in declarations(policy) if tokens]
        audience = next((tokens for tokens in declared if tokens[0] == "audience"), None)
        intent = next((tokens for tokens in declared if tokens[:2] == ["intent", "serve"]), None)
        if audience is None or intent is None:
            raise Mistake("the policy declares an `audience` and an `intent serve`")
        super().__init__(name_of(audience[1]), (), {})
        self.uri = text_after(audience, "uri")
        self.takes = self.parameters(intent)
        self.results = collections.defaultdict(list)
        for call in (call for task in tasks.values() for call in task["calls"]):
            if call.get("result") is not None:
                self.results[call["tool"]].append(call["result"])

    @staticmethod
    def parameters(intent):
        """The names of the parameters, and whether each is a list."""
        found, depth = {}, 0
        for at, token in enumerate(intent[:-2]):
            depth += (token in ("(", "{", "<")) - (token in (")", "}", ">"))
            if token in (")", "{") and depth == 0:
                break
            if depth == 1 and intent[at + 1] == ":":
                found[name_of(token)] = intent[at + 2] in ("list", "set")
        return found

    @staticmethod
    def facts(facts):
        tables, users = Assistant.facts(facts)
        tables = {name: [{column: cell for column, cell in row.items() if is_plain(cell)} for row in rows]
                  for name, rows in tables.items() if rows and all(isinstance(row, dict) for row in rows)}
        return tables, users + [row for row in tables.get("members", []) if "id" in row]

    def complete(self, tools):
        """What a tool returns is as it was recorded, where its list doesn't say."""
        for tool in tools:
            recorded = self.results.get(tool["name"])
            if recorded and "outputSchema" not in tool:
                schema = shape(recorded)
                tool["outputSchema"] = schema if schema.get("type") == "object" else wrapped(schema)

    @staticmethod
    def user(intent):
        return intent.get("user_id", "owner")

    def params(self, intent, prompt):
        says = {"prompt": prompt, **intent}
        return {name: says.get(name, []) if is_list else says[name] for name, is_list in self.takes.items() if is_list or name in says}


SUITES = {
    "banking": Assistant("bank", ("wants", "quoted", "payees", "amounts", "files"), {}),
    "slack": Assistant("slack", ("wants", "quoted", "names", "channels", "channel_prefixes", "urls", "emails"),
                       {"get_webpage": TEXT, "read_channel_messages": MESSAGES, "read_inbox": MESSAGES}),
    "airline": Airline(),
}
