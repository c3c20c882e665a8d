// SPDX-License-Identifier: Apache-2.0
#include "lang/check/nocase.h"

#include "lang/check/literal.h"
#include "lang/check/make.h"

Const nocase_lower(Checker *checker, const Const *text)
{
    Const lower = *text;
    char *at = arena_alloc(checker->arena, text->text.len + 1);
    for (size_t i = 0; i < text->text.len; i++) {
        char c = text->text.at[i];
        at[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    lower.text = (Str){at, text->text.len};
    return lower;
}

// Whether the expression is text of such a column, or a set of such texts.
static bool is_nocase(const Checker *checker, const Expr *expr)
{
    if (expr->op == IR_CONST)
        return expr->is_nocase;
    if (expr->op == IR_ELSE)
        return is_nocase(checker, expr->args[0]) || is_nocase(checker, expr->args[1]);
    if (expr->op != IR_COLUMN || expr->args[0]->type->form != TYPE_ROW)
        return false;
    const Table *table = &checker->program->tables[expr->args[0]->type->table];
    return table->columns[expr->number].is_nocase;
}

static Expr *lowered(Checker *checker, Expr *expr)
{
    bool is_lower = expr->op == IR_CALL && expr->number == BUILTIN_TEXT_FOLD;
    if (is_lower || expr->op == IR_COLUMN || type_kind(expr->type) != KIND_STRING)
        return expr;
    if (expr->op == IR_CONST) {
        Const *lower = ARENA_NEW(checker->arena, Const);
        *lower = nocase_lower(checker, expr->value);
        return make_const(checker, expr->span, lower);
    }
    return make_many(checker, IR_CALL, expr->span,
                     type_plain(checker->types, TYPE_STRING), BUILTIN_TEXT_FOLD, &expr,
                     1);
}

static Expr *lowered_set(Checker *checker, const Expr *list)
{
    Const *items = ARENA_ARRAY(checker->arena, list->value->count + 1, Const);
    for (uint32_t i = 0; i < list->value->count; i++)
        items[i] = nocase_lower(checker, &list->value->items[i]);
    return make_const(
        checker, list->span,
        literal_set(checker, list->type->element, items, list->value->count));
}

// `item in list` where the list comes with the call: `any e in list: text.fold(e) ==
// item`.
static Expr *in_any(Checker *checker, const Expr *expr)
{
    Expr *list = expr->args[1];
    Expr *element = make_leaf(checker, IR_ELEMENT, list->span, list->type->element, 0);
    Expr *same =
        make_binary(checker, IR_EQ, expr->span, expr->type, lowered(checker, element),
                    make_lifted(checker, expr->args[0], 1));
    return make_binary(checker, IR_ANY, expr->span, expr->type, list, same);
}

static Expr *compare_in(Checker *checker, Expr *expr)
{
    if (type_kind(expr->args[0]->type) != KIND_STRING)
        return expr;
    if (is_nocase(checker, expr->args[1])) {
        expr->args[0] = lowered(checker, expr->args[0]);
        return expr;
    }
    if (!is_nocase(checker, expr->args[0]))
        return expr;
    expr->args[0] = lowered(checker, expr->args[0]);
    if (expr->args[1]->op != IR_CONST)
        return in_any(checker, expr);
    expr->args[1] = lowered_set(checker, expr->args[1]);
    return expr;
}

Expr *nocase_compare(Checker *checker, Expr *expr)
{
    if (expr->op == IR_IN_LIST)
        return compare_in(checker, expr);
    bool compares = expr->op == IR_EQ || expr->op == IR_LT || expr->op == IR_LE ||
                    expr->op == IR_LIKE;
    if (!compares ||
        !(is_nocase(checker, expr->args[0]) || is_nocase(checker, expr->args[1])))
        return expr;
    expr->args[0] = lowered(checker, expr->args[0]);
    expr->args[1] = lowered(checker, expr->args[1]);
    return expr;
}
