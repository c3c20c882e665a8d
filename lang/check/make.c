// SPDX-License-Identifier: Apache-2.0
#include "lang/check/make.h"

#include <string.h>

#include "lang/check/nocase.h"

static bool operands_may_fail(const Expr *expr)
{
    for (uint32_t i = 0; i < expr->arg_count; i++)
        if (expr->args[i]->may_unknown || expr->args[i]->may_absent)
            return true;
    return false;
}

static bool operands_may_be_unknown(const Expr *expr)
{
    for (uint32_t i = 0; i < expr->arg_count; i++)
        if (expr->args[i]->may_unknown)
            return true;
    return false;
}

// Works out may_unknown and may_absent from the operands. SLOT, MEMO, KEPT and COLUMN
// know more than their operands do and say it when they are made.
static void settle(Expr *expr)
{
    switch ((IrOp)expr->op) {
    case IR_CONST:
    case IR_KNOWN:
    case IR_SLOT:
    case IR_MEMO:
    case IR_IN_GROUP:
    case IR_LABEL:
    case IR_KEPT:
    case IR_KEPT_AT:
        break;
    case IR_ELEMENT:
        expr->may_absent = expr->type->is_optional;
        break;
    case IR_FIELD:
    case IR_COLUMN:
        expr->may_unknown = operands_may_fail(expr);
        break;
    case IR_HAS:
        expr->may_unknown =
            expr->args[0]->op != IR_SLOT && operands_may_be_unknown(expr);
        break;
    case IR_ELSE:
        expr->may_unknown = operands_may_be_unknown(expr);
        expr->may_absent = expr->args[1]->may_absent;
        break;
    case IR_DECIMAL:
        expr->may_unknown = operands_may_be_unknown(expr);
        expr->may_absent = expr->args[0]->may_absent;
        break;
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_ROW:
    case IR_CALL:
        expr->may_unknown = 1;
        break;
    case IR_NOT:
    case IR_AND:
    case IR_OR:
    case IR_EQ:
    case IR_LT:
    case IR_LE:
    case IR_LIKE:
    case IR_IN_LIST:
    case IR_IN_NET:
    case IR_IN_TABLE:
    case IR_ALL:
    case IR_ANY:
        expr->may_unknown = operands_may_fail(expr);
        break;
    }
}

Expr *make_many(Checker *checker, IrOp op, Span span, const Type *type, uint32_t number,
                Expr *const *args, uint32_t count)
{
    Expr *expr = ARENA_NEW(checker->arena, Expr);
    *expr = (Expr){.op = (uint8_t)op,
                   .number = number,
                   .type = type,
                   .span = span,
                   .arg_count = count};
    if (count > 0) {
        expr->args = ARENA_ARRAY(checker->arena, count, Expr *);
        memcpy(expr->args, args, count * sizeof *args);
    }
    settle(expr);
    return nocase_compare(checker, expr);
}

Expr *make_leaf(Checker *checker, IrOp op, Span span, const Type *type, uint32_t number)
{
    return make_many(checker, op, span, type, number, NULL, 0);
}

Expr *make_unary(Checker *checker, IrOp op, Span span, const Type *type, Expr *a)
{
    return make_many(checker, op, span, type, 0, &a, 1);
}

Expr *make_binary(Checker *checker, IrOp op, Span span, const Type *type, Expr *a,
                  Expr *b)
{
    return make_many(checker, op, span, type, 0, (Expr *[]){a, b}, 2);
}

Expr *make_const(Checker *checker, Span span, const Const *value)
{
    Expr *expr = make_leaf(checker, IR_CONST, span, value->type, 0);
    expr->value = value;
    return expr;
}

Expr *make_bool(Checker *checker, Span span, bool truth)
{
    Const *value = ARENA_NEW(checker->arena, Const);
    value->type = type_plain(checker->types, TYPE_BOOL);
    value->number = truth;
    return make_const(checker, span, value);
}

Expr *make_poison(Checker *checker, Span span)
{
    Expr *expr = make_bool(checker, span, false);
    expr->type = type_plain(checker->types, TYPE_POISON);
    return expr;
}

bool is_poison(const Expr *expr)
{
    return expr->type->form == TYPE_POISON;
}

static void flatten(Checker *checker, IrOp op, Expr *expr, Expr ***args,
                    uint32_t *count)
{
    if (expr->op != op) {
        *ARRAY_PUSH(checker->arena, *args, *count) = expr;
        return;
    }
    for (uint32_t i = 0; i < expr->arg_count; i++)
        flatten(checker, op, expr->args[i], args, count);
}

Expr *make_logic(Checker *checker, IrOp op, Span span, Expr *const *args,
                 uint32_t count)
{
    if (count == 0)
        return make_bool(checker, span, op == IR_AND);
    if (count == 1)
        return args[0];
    Expr **flat = NULL;
    uint32_t flat_count = 0;
    for (uint32_t i = 0; i < count; i++)
        flatten(checker, op, args[i], &flat, &flat_count);
    return make_many(checker, op, span, type_plain(checker->types, TYPE_BOOL), 0, flat,
                     flat_count);
}

Expr *make_not(Checker *checker, Span span, Expr *a)
{
    return make_unary(checker, IR_NOT, span, type_plain(checker->types, TYPE_BOOL), a);
}

Expr *make_typed(Checker *checker, const Expr *expr, const Type *type)
{
    Expr *copy = ARENA_NEW(checker->arena, Expr);
    *copy = *expr;
    copy->type = type;
    return copy;
}

// What replaces the free ELEMENTs of an expression that moves.
typedef struct Move {
    Checker *checker;
    uint32_t lift;
    Expr *const *args; // of a template's parameters, or NULL
} Move;

static Expr *moved(const Move *move, Expr *expr, uint32_t inside);

static Expr *moved_element(const Move *move, Expr *expr, uint32_t inside)
{
    if (expr->number >= MAKE_PARAM)
        return move->args == NULL
                   ? expr
                   : make_lifted(move->checker, move->args[expr->number - MAKE_PARAM],
                                 inside);
    if (expr->number < inside || move->lift == 0)
        return expr;
    Expr *copy = make_typed(move->checker, expr, expr->type);
    copy->number += move->lift;
    return copy;
}

static Expr *moved(const Move *move, Expr *expr, uint32_t inside)
{
    if (expr->op == IR_ELEMENT)
        return moved_element(move, expr, inside);
    if (expr->arg_count == 0)
        return expr;
    bool is_loop = expr->op == IR_ALL || expr->op == IR_ANY;
    Expr *copy = make_typed(move->checker, expr, expr->type);
    copy->args = ARENA_ARRAY(move->checker->arena, expr->arg_count, Expr *);
    for (uint32_t i = 0; i < expr->arg_count; i++)
        copy->args[i] =
            moved(move, expr->args[i], inside + (is_loop && i == 1 ? 1 : 0));
    settle(copy);
    return nocase_compare(move->checker, copy);
}

Expr *make_lifted(Checker *checker, Expr *expr, uint32_t lift)
{
    Move move = {checker, lift, NULL};
    return lift == 0 ? expr : moved(&move, expr, 0);
}

Expr *make_instance(Checker *checker, const Expr *body, Expr *const *args)
{
    Move move = {checker, 0, args};
    Expr *root = make_typed(checker, body, body->type);
    return moved(&move, root, 0);
}

static bool const_same(const Const *a, const Const *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a == b || (a->type == b->type && a->number == b->number && a->count == 0 &&
                      b->count == 0 && str_eq(a->text, b->text) &&
                      memcmp(&a->decimal, &b->decimal, sizeof a->decimal) == 0 &&
                      a->ip.hi == b->ip.hi && a->ip.lo == b->ip.lo &&
                      a->ip.prefix == b->ip.prefix && a->ip.family == b->ip.family);
}

static bool leaf_same(const Expr *a, uint32_t a_level, const Expr *b, uint32_t b_level)
{
    if (a->op == IR_CONST)
        return const_same(a->value, b->value) && a->type == b->type;
    if (a->op == IR_ELEMENT && a->number < MAKE_PARAM && b->number < MAKE_PARAM)
        return a_level - a->number == b_level - b->number;
    return a->number == b->number && a->is_agent == b->is_agent;
}

bool expr_same(const Expr *a, uint32_t a_level, const Expr *b, uint32_t b_level)
{
    if (a->op != b->op || a->arg_count != b->arg_count ||
        !leaf_same(a, a_level, b, b_level))
        return false;
    for (uint32_t i = 0; i < a->arg_count; i++) {
        uint32_t deeper = (a->op == IR_ALL || a->op == IR_ANY) && i == 1 ? 1 : 0;
        if (!expr_same(a->args[i], a_level + deeper, b->args[i], b_level + deeper))
            return false;
    }
    return true;
}
