// SPDX-License-Identifier: Apache-2.0
#include "lang/check/token.h"

#include "lang/check/expr.h"
#include "lang/check/parties.h"

void token_check_scope(Checker *checker, Str scope, Span span)
{
    bool is_fit = scope.len > 0;
    for (size_t i = 0; i < scope.len; i++)
        is_fit &= scope.at[i] > ' ' && scope.at[i] < 0x7f && scope.at[i] != '"' &&
                  scope.at[i] != '\\';
    if (!is_fit)
        diag_report1(checker->diags, DIAG_SCOPE_CHARACTERS, span, scope);
}

// What a STRING or a SET says, ascending.
static bool texts_of(Checker *checker, const Node *node, Str **texts, uint32_t *count)
{
    Str alone = STR("");
    if (node->kind != NODE_SET) {
        if (!expr_constant_text(checker, node, &alone))
            return false;
        *ARRAY_PUSH(checker->arena, *texts, *count) = alone;
        return true;
    }
    const Type *text = type_plain(checker->types, TYPE_STRING);
    const Const *set =
        expr_constant(checker, node, type_set(checker->types, text, MAX_LIST_DEFAULT));
    if (set == NULL)
        return false;
    for (uint32_t i = 0; i < set->count; i++)
        *ARRAY_PUSH(checker->arena, *texts, *count) = set->items[i].text;
    *count = array_sort_texts(*texts, *count);
    return true;
}

// Keeps what both have, if something was said before; else what is new.
static void meet_texts(Token *token, uint32_t dimension, Str **have,
                       uint32_t *have_count, Str *more, uint32_t more_count)
{
    if ((token->says & dimension) == 0) {
        *have = more;
        *have_count = more_count;
        token->says |= dimension;
        return;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *have_count; i++)
        if (array_has_text(more, more_count, (*have)[i]))
            (*have)[kept++] = (*have)[i];
    *have_count = kept;
}

static void meet_number(Token *token, uint32_t dimension, uint32_t *have, uint32_t more,
                        bool is_greater)
{
    bool said = (token->says & dimension) != 0;
    if (!said || (is_greater ? more > *have : more < *have))
        *have = more;
    token->says |= dimension;
}

static void check_numbers(Checker *checker, const Node *item, Token *token)
{
    int64_t ttl = 0;
    uint32_t count = 0;
    if (item->kind == NODE_TOKEN_TTL &&
        expr_constant_life(checker, item->child, &ttl)) {
        bool is_less = (token->says & TOKEN_TTL) == 0 || ttl < token->ttl;
        token->ttl = is_less ? ttl : token->ttl;
        token->says |= TOKEN_TTL;
    }
    if (item->kind == NODE_TOKEN_USES &&
        expr_constant_count(checker, item->child, 1, UINT32_MAX, &count))
        meet_number(token, TOKEN_USES, &token->uses, count, false);
    if (item->kind == NODE_TOKEN_DEPTH &&
        expr_constant_count(checker, item->child, 0, UINT32_MAX, &count))
        meet_number(token, TOKEN_DEPTH, &token->depth, count, false);
}

static uint32_t sender_of(Str text)
{
    return str_eq(text, STR("mtls"))   ? SENDER_MTLS
           : str_eq(text, STR("dpop")) ? SENDER_DPOP
                                       : SENDER_NONE;
}

static void check_lists(Checker *checker, const Node *item, Token *token)
{
    Str *texts = NULL;
    uint32_t count = 0;
    if (item->kind == NODE_TOKEN_FREE) {
        for (const Node *name = item->child; name != NULL; name = name->next)
            *ARRAY_PUSH(checker->arena, texts, count) = name->text;
        count = array_sort_texts(texts, count);
        meet_texts(token, TOKEN_FREE, &token->free, &token->free_count, texts, count);
    }
    if (item->kind == NODE_TOKEN_SCOPE &&
        texts_of(checker, item->child, &texts, &count)) {
        for (uint32_t i = 0; i < count; i++)
            token_check_scope(checker, texts[i], item->child->span);
        meet_texts(token, TOKEN_SCOPE, &token->scope, &token->scope_count, texts,
                   count);
    }
    if (item->kind == NODE_TOKEN_AUDIENCE &&
        texts_of(checker, item->child, &texts, &count))
        meet_texts(token, TOKEN_AUDIENCE, &token->audience, &token->audience_count,
                   texts, count);
}

static void check_texts(Checker *checker, const Node *item, Token *token)
{
    Str text = STR("");
    if (item->kind == NODE_TOKEN_SENDER)
        meet_number(token, TOKEN_SENDER, &token->sender, sender_of(item->text), true);
    if (item->kind == NODE_TOKEN_TENANT &&
        expr_constant_text(checker, item->child, &text)) {
        token->tenant = text;
        token->says |= TOKEN_TENANT;
    }
    if (item->kind == NODE_TOKEN_ACR &&
        expr_constant_text(checker, item->child, &text)) {
        uint32_t rank = parties_acr(checker, text, item->child->span);
        if (rank != NONE)
            meet_number(token, TOKEN_ACR, &token->acr, rank, true);
    }
}

static void check_use(Checker *checker, const Node *item, Token *token)
{
    Decl *shape = checker_need(checker, DECL_TOKEN, item->child);
    if (shape == NULL)
        return;
    if (shape->state == DECL_BUSY) {
        diag_report2(checker->diags, DIAG_CIRCLE, shape->span, STR("token shape"),
                     shape->name);
        return;
    }
    shape->state = DECL_BUSY;
    token_check(checker, shape->node, token);
    shape->state = DECL_DONE;
}

void token_check(Checker *checker, const Node *node, Token *token)
{
    for (const Node *item = node->child; item != NULL; item = item->next) {
        if (item->kind == NODE_TOKEN_USE) {
            check_use(checker, item, token);
            continue;
        }
        check_numbers(checker, item, token);
        check_lists(checker, item, token);
        check_texts(checker, item, token);
    }
}
