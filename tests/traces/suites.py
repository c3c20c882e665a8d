# SPDX-License-Identifier: Apache-2.0
"""What differs between the suites: their facts as tables, and what the request of a task says."""

TEXT = {"type": "string"}
MESSAGES = {"type": "array", "items": {"type": "object", "properties": {"sender": TEXT, "recipient": TEXT, "body": TEXT, "time": TEXT},
                                       "required": ["sender", "recipient", "body"]}}


def wrapped(schema):
    """A result that is no object, as MCP's libraries declare it."""
    return {"type": "object", "properties": {"result": schema}, "required": ["result"]}


class Assistant:
    """One owner, whose request says what it wants and names."""

    goal = 1.0  # of the calls, answered as expected
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


SUITES = {
    "banking": Assistant("bank", ("wants", "quoted", "payees", "amounts", "files"), {}),
    "slack": Assistant("slack", ("wants", "quoted", "names", "channels", "channel_prefixes", "urls", "emails"),
                       {"get_webpage": TEXT, "read_channel_messages": MESSAGES, "read_inbox": MESSAGES}),
    "airline": Airline(),
}
