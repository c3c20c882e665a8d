// SPDX-License-Identifier: Apache-2.0
#include "lang/scene/claim.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/unit.h"

static const char TOKEN[] =
    "{\"uses\":2,\"token_lifetime\":30,\"delegation_depth\":0,\"sender\":\"dpop\","
    "\"granted_scope\":\"b a\",\"audience\":[\"https://x.example\"],\"free\":[\"n\"]}";

static const JsonValue *token_on(Arena *arena)
{
    const JsonValue *token = NULL;
    JsonError error;
    arena_init(arena, 1 << 20);
    ck_assert_int_eq(json_parse(arena, str_from_c(TOKEN), &token, &error), STATUS_OK);
    return token;
}

// For each relation whether it should hold, in the order EQ NE LT LE GT GE.
static void expect(TokenTest test, const char *holds)
{
    Arena arena;
    const JsonValue *token = token_on(&arena);
    for (int relation = RELATION_EQ; relation <= RELATION_GE; relation++) {
        test.relation = (Relation)relation;
        ck_assert_msg(claim_holds(&arena, &test, token) == (holds[relation] == '1'),
                      "relation %d of dimension %d", relation, (int)test.dimension);
    }
    arena_free(&arena);
}

static TokenTest number(Dimension dimension, int64_t value)
{
    return (TokenTest){.dimension = dimension, .number = value};
}

static TokenTest texts(Dimension dimension, Str *values, uint32_t count)
{
    return (TokenTest){.dimension = dimension, .texts = values, .text_count = count};
}

START_TEST(numbers_are_compared)
{
    expect(number(DIMENSION_TTL, 30000000000), "100101");
    expect(number(DIMENSION_TTL, 29999999999), "010011");
    expect(number(DIMENSION_TTL, 30000000001), "011100");
    expect(number(DIMENSION_USES, 2), "100101");
    expect(number(DIMENSION_DEPTH, 1), "011100");
}
END_TEST

START_TEST(sets_are_compared_as_sets)
{
    Str values[] = {STR("a"), STR("b"), STR("c")};
    expect(texts(DIMENSION_SCOPE, values, 2), "100101");
    expect(texts(DIMENSION_SCOPE, values, 3), "011100");
    expect(texts(DIMENSION_SCOPE, values, 1), "010011");
    expect(texts(DIMENSION_SCOPE, values + 1, 2), "010000"); // neither is in the other
    expect(texts(DIMENSION_SCOPE, NULL, 0), "010011");
}
END_TEST

START_TEST(what_is_not_there_equals_nothing)
{
    Str acme = STR("acme"), dpop = STR("dpop");
    expect(texts(DIMENSION_SENDER, &dpop, 1), "100101");
    expect(texts(DIMENSION_TENANT, &acme, 1), "011100");
}
END_TEST

static Str shown(Arena *arena, Dimension dimension, const JsonValue *token)
{
    Buf out = buf_on(arena);
    claim_format_token(&out, arena, dimension, token);
    return buf_view(&out);
}

START_TEST(the_token_is_written_as_a_test_would)
{
    Arena arena;
    const JsonValue *token = token_on(&arena);
    ck_assert_text(shown(&arena, DIMENSION_TTL, token), "ttl 30s");
    ck_assert_text(shown(&arena, DIMENSION_USES, token), "uses 2");
    ck_assert_text(shown(&arena, DIMENSION_SCOPE, token), "scope {\"a\", \"b\"}");
    ck_assert_text(shown(&arena, DIMENSION_FREE, token), "free {n}");
    ck_assert_text(shown(&arena, DIMENSION_SENDER, token), "sender dpop");
    ck_assert_text(shown(&arena, DIMENSION_TENANT, token), "no tenant");
    ck_assert(claim_has(DIMENSION_FREE, token) && !claim_has(DIMENSION_ACR, token));
    arena_free(&arena);
}
END_TEST

UNIT_MAIN("claim", numbers_are_compared, sets_are_compared_as_sets,
          what_is_not_there_equals_nothing, the_token_is_written_as_a_test_would)
