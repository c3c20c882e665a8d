# SPDX-License-Identifier: Apache-2.0
"""After a restart: what is there, asked over the socket, beside what must be."""
from world import *
from peer import frame

AT_ONCE = 200  # requests
# What rests on another is asked for behind it: it is gone with that.
STAGES = (Task, Mark), (Pay, Order), (Failed, Revoked, Close, Label, Approved, Signed)
RECENT, OLDER, DRAINED, RETRIED = 500, 150, 6, 20


def ask_all(client, requests):
    """The answers to many requests, in their order."""
    answers = []
    for start in range(0, len(requests), AT_ONCE):
        some = requests[start:start + AT_ONCE]
        client.socket.sendall(b"".join(frame(kind, 1 + n, body) for n, (kind, body) in enumerate(some)))
        for n in range(len(some)):
            kind, number, body = client.receive()
            need(kind == some[n][0] and number == 1 + n, "an answer to something else:", kind, body)
            answers.append(cbor2.loads(body))
    return answers


def ask_about(client, effects):
    """Pairs of an effect and whether it is there, of those that can be asked for."""
    questions = [(effect, effect.questions()) for effect in effects]
    answers = iter(ask_all(client, [one for _, some in questions for one in some]))
    return [(effect, effect.judge([next(answers) for _ in some])) for effect, some in questions if some]


def settle(effect, is_there):
    need(is_there is not False or not effect.is_there, "lost:", effect)
    if is_there:
        effect.is_there = True
    elif is_there is False:
        effect.lose()


def settle_rows(world, client):
    """The rows of each connection are the newest that were acknowledged, or newer ones."""
    for link in {rows.link for rows in world.of(Rows)}:
        mine = [rows for rows in world.of(Rows) if rows.link == link and rows.is_there is not False]
        certain = [rows for rows in mine if rows.is_there][-1:]
        some = certain + [rows for rows in mine if rows.is_there is None]
        now = [rows for rows, is_there in ask_about(client, some) if is_there]
        need(len(now) == 1 or not (now or certain), "rows are lost:", *some)
        for rows in some:
            settle(rows, bool(now) and rows.version <= now[0].version)


def check_order(pending):
    """Of what one connection sent, the first so many are there."""
    by_link = {}
    for effect in pending:
        if effect.is_ordered and effect.is_there is not None:
            by_link.setdefault(effect.link, []).append(effect)
    for effects in by_link.values():
        there = [effect.is_there for effect in effects]
        need(there == sorted(there, reverse=True), "out of order:", *effects)


def measure(client, purses):
    """What was spent of each, found by asking what would still be allowed."""
    low, high = [0] * len(purses), [LIMIT] * len(purses)
    while any(l < h for l, h in zip(low, high)):
        middle = [(l + h + 1) // 2 for l, h in zip(low, high)]
        answers = ask_all(client, [purse.question(cents) for purse, cents in zip(purses, middle)])
        for i, answer in enumerate(answers):
            need(code(answer) in ("", "budget"), "a purse:", answer)
            if answer["decision"]:
                low[i] = middle[i]
            else:
                high[i] = middle[i] - 1
    return [LIMIT - left for left in low]


def check_purses(world, client):
    """To the cent; what isn't as it is known to be may be so because of calls without a key."""
    purses = [purse for purse in world.purses if not purse.close and (not purse.task or purse.task.is_there)]
    edges = [purse.question(LIMIT - purse.spent()[0] + more) for purse in purses for more in (0, 1)]
    answers = [answer["decision"] for answer in ask_all(client, edges)]
    other = [purse for i, purse in enumerate(purses) if answers[2 * i:2 * i + 2] != [True, False]]
    for purse, spent in zip(other, measure(client, other)):
        purse.settle(spent)
    for purse in purses:
        for pay in purse.spent()[1]:
            pay.is_there = False


def retry(client, pays):
    """Calls that were sent before, under their keys: they count once, and have one grant."""
    pays = [pay for pay in pays if pay.key and not (pay.failed or pay.revoked or pay.purse.close)
            and (not pay.purse.task or pay.purse.task.is_there)]
    for pay, answer in zip(pays, ask_all(client, [(DECIDE, pay.body()) for pay in pays])):
        pay.flights = 1
        pay.done(answer)


def drain_uses(world, client, pays):
    """Spends what is left of the uses of grants: neither more nor fewer than were."""
    for pay in pays:
        answers = ask_all(client, [(CHECK, said(grant=pay.grant, consume=True))] * (USES + 1))
        left = sum(answer["decision"] for answer in answers)
        world.note_use(pay)
        need(USES - pay.used[1] <= left <= USES - pay.used[0], left, "uses are left:", pay)
        pay.used = [USES, USES]


def verify(world, client, dice, is_whole):
    """All that is there must be, and all that must be is there. Afterwards nothing is pending."""
    pending = [effect for effect in world.effects if effect.is_there is None]
    certain = [effect for effect in world.effects if effect.is_there and not isinstance(effect, Rows)]
    older = certain[:-RECENT]
    some = certain if is_whole else certain[-RECENT:] + dice.sample(older, min(OLDER, len(older)))
    for pay in world.of(Pay):
        pay.flights = 0
    for stage in STAGES:
        asked = [each for each in some + pending if each.is_there is not False and isinstance(each, stage)]
        for effect, is_there in ask_about(client, asked):
            settle(effect, is_there)
    settle_rows(world, client)
    check_order(pending)
    check_purses(world, client)
    keyed = [pay for pay in world.of(Pay) if pay.key]
    retry(client, [pay for pay in pending if isinstance(pay, Pay)])
    retry(client, dice.sample(keyed, min(RETRIED, len(keyed))))
    check_purses(world, client)
    living = [pay for pay in world.of(Pay) if pay.grant and pay.is_there and not (pay.failed or pay.revoked or pay.purse.close)]
    doubtful = [pay for pay in living if pay.used[0] != pay.used[1]]
    drain_uses(world, client, doubtful + dice.sample(living, min(DRAINED, len(living))))
    for effect in pending:
        if effect.is_there is None:
            need(isinstance(effect, (Order, Pay)), "can't be told:", effect)
            effect.is_there = False
    world.effects[:] = [effect for effect in world.effects if effect.is_there]
