// SPDX-License-Identifier: Apache-2.0
#include "lang/scene/claim.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/scalar.h"
#include "lang/check/array.h"

static const int64_t SECOND = 1000000000;

// How a token is written in a policy, and where it stands in an answer.
static const struct {
    const char *name;
    const char *member;
} DIMENSIONS[] = {
    [DIMENSION_TTL] = {"ttl", "token_lifetime"},
    [DIMENSION_USES] = {"uses", "uses"},
    [DIMENSION_DEPTH] = {"depth", "delegation_depth"},
    [DIMENSION_SCOPE] = {"scope", "granted_scope"},
    [DIMENSION_AUDIENCE] = {"audience", "audience"},
    [DIMENSION_FREE] = {"free", "free"},
    [DIMENSION_SENDER] = {"sender", "sender"},
    [DIMENSION_TENANT] = {"tenant", "tenant"},
    [DIMENSION_ACR] = {"acr", "acr"},
};

static bool is_number(Dimension dimension)
{
    return dimension <= DIMENSION_DEPTH;
}

static bool is_set(Dimension dimension)
{
    return dimension >= DIMENSION_SCOPE && dimension <= DIMENSION_FREE;
}

// What a token has in one dimension, in the form of a TokenTest.
static TokenTest value_of(Arena *arena, Dimension dimension, const JsonValue *token)
{
    TokenTest value = {.dimension = dimension};
    const JsonValue *member =
        json_member(token, str_from_c(DIMENSIONS[dimension].member));
    if (member == NULL)
        return value;
    if (is_number(dimension)) {
        json_to_i64(member, &value.number);
        value.number *= dimension == DIMENSION_TTL ? SECOND : 1;
    } else if (dimension == DIMENSION_SCOPE) {
        for (Cut cut = {.tail = member->text}; cut.tail.len > 0;) {
            cut = str_cut(cut.tail, ' ');
            *ARRAY_PUSH(arena, value.texts, value.text_count) = cut.head;
        }
    } else if (member->kind == JSON_ARRAY) {
        for (const JsonValue *at = member->first; at != NULL; at = at->next)
            *ARRAY_PUSH(arena, value.texts, value.text_count) = at->text;
    } else {
        *ARRAY_PUSH(arena, value.texts, value.text_count) = member->text;
    }
    value.text_count = array_sort_texts(value.texts, value.text_count);
    return value;
}

// Whether all texts of a are among those of b.
static bool is_within(const TokenTest *a, const TokenTest *b)
{
    for (uint32_t i = 0; i < a->text_count; i++)
        if (!array_has_text(b->texts, b->text_count, a->texts[i]))
            return false;
    return true;
}

bool claim_holds(Arena *arena, const TokenTest *test, const JsonValue *token)
{
    TokenTest value = value_of(arena, test->dimension, token);
    bool is_number_test = is_number(test->dimension);
    bool le = is_number_test ? value.number <= test->number : is_within(&value, test);
    bool ge = is_number_test ? value.number >= test->number : is_within(test, &value);
    switch (test->relation) {
    case RELATION_EQ:
        return le && ge;
    case RELATION_NE:
        return !(le && ge);
    case RELATION_LT:
        return le && !ge;
    case RELATION_LE:
        return le;
    case RELATION_GT:
        return ge && !le;
    case RELATION_GE:
        return ge;
    }
    unreachable_bug();
}

// A token that leaves nothing free doesn't say so.
bool claim_has(Dimension dimension, const JsonValue *token)
{
    return is_set(dimension) ||
           json_member(token, str_from_c(DIMENSIONS[dimension].member)) != NULL;
}

// ---- as text ----

static void put_value(Buf *out, const TokenTest *value)
{
    bool is_word =
        value->dimension == DIMENSION_FREE || value->dimension == DIMENSION_SENDER;
    if (value->dimension == DIMENSION_TTL)
        duration_format(out, value->number);
    else if (is_number(value->dimension))
        buf_i64(out, value->number);
    buf_c(out, is_set(value->dimension) ? "{" : "");
    for (uint32_t i = 0; i < value->text_count; i++) {
        buf_c(out, i > 0 ? ", " : "");
        buf_c(out, is_word ? "" : "\"");
        buf_str(out, value->texts[i]);
        buf_c(out, is_word ? "" : "\"");
    }
    buf_c(out, is_set(value->dimension) ? "}" : "");
}

void claim_format(Buf *out, const TokenTest *test)
{
    static const char *const RELATIONS[] = {
        [RELATION_EQ] = " ",    [RELATION_NE] = " != ", [RELATION_LT] = " < ",
        [RELATION_LE] = " <= ", [RELATION_GT] = " > ",  [RELATION_GE] = " >= "};
    buf_c(out, DIMENSIONS[test->dimension].name);
    buf_c(out, RELATIONS[test->relation]);
    put_value(out, test);
}

void claim_format_token(Buf *out, Arena *arena, Dimension dimension,
                        const JsonValue *token)
{
    if (!claim_has(dimension, token)) {
        buf_printf(out, "no %s", DIMENSIONS[dimension].name);
        return;
    }
    TokenTest value = value_of(arena, dimension, token);
    claim_format(out, &value);
}
