// SPDX-License-Identifier: Apache-2.0
// fold: computes what is known before any request: operations on constants, what a
// rule's own head says about its call, and and/or/not around them. Exact in three
// values: an expression that can be unknown is replaced by a constant only where the
// constant decides whatever the unknown is, as in `x and false`.
#include "lang/opt/opt.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/bug.h"
#include "engine/base/checked.h"

typedef struct Folder {
    Arena *arena;
    const Program *program;
    // What the head of the rule at hand says; empty: nothing.
    Str agent_id;
    Str audience_uri;
    bool has_user;
} Folder;

// ---- making expressions ----

static Expr *make_const(const Folder *folder, const Expr *at, Const value)
{
    Const *copy = ARENA_NEW(folder->arena, Const);
    *copy = value;
    Expr *made = ARENA_NEW(folder->arena, Expr);
    *made = (Expr){.op = IR_CONST, .type = value.type, .span = at->span, .value = copy};
    return made;
}

static Expr *make_bool(const Folder *folder, const Expr *at, bool truth)
{
    return make_const(folder, at, (Const){.type = at->type->bare, .number = truth});
}

static Expr *make_text(const Folder *folder, const Expr *at, Str text)
{
    return make_const(folder, at, (Const){.type = at->type->bare, .text = text});
}

static Expr *make_like(const Folder *folder, const Expr *at, IrOp op, Expr *const *args,
                       uint32_t count)
{
    Expr *made = ARENA_NEW(folder->arena, Expr);
    *made = *at;
    made->op = (uint8_t)op;
    made->arg_count = count;
    made->args = ARENA_ARRAY(folder->arena, count, Expr *);
    memcpy(made->args, args, count * sizeof *args);
    return made;
}

// ---- questions ----

static bool is_const(const Expr *expr)
{
    return expr->op == IR_CONST;
}

static bool is_bool(const Expr *expr, bool truth)
{
    return is_const(expr) && (expr->value->number != 0) == truth;
}

// Whether a value that comes with the call can have a number in it that fits no number,
// and then is unknown.
static bool may_not_fit(const Type *type)
{
    if (type_kind(type) == KIND_LIST)
        return may_not_fit(type->bare->element);
    for (uint32_t i = 0; i < type->bare->field_count; i++)
        if (may_not_fit(type->bare->fields[i].type))
            return true;
    return type_kind(type) == KIND_INT || type_kind(type) == KIND_DECIMAL;
}

// A slot that is always there and known.
static bool is_certain_slot(const Slot *slot)
{
    bool is_sent =
        slot->root == SLOT_ROOT_ARGUMENT || slot->root == SLOT_ROOT_PARAMETER;
    return (slot->flags & SLOT_CERTAIN) != 0 && !slot->type->is_optional &&
           !(is_sent && may_not_fit(slot->type));
}

// Never unknown, never absent, whatever the request.
static bool is_certain(const Folder *folder, const Expr *expr)
{
    switch ((IrOp)expr->op) {
    case IR_CONST:
    case IR_KNOWN:
    case IR_LABEL:
    case IR_KEPT_AT:
        return true;
    case IR_SLOT:
        return is_certain_slot(&folder->program->slots[expr->number]);
    case IR_HAS:
    case IR_NOT:
    case IR_AND:
    case IR_OR:
    case IR_EQ:
    case IR_LT:
    case IR_LE:
    case IR_LIKE:
    case IR_IN_LIST:
        for (uint32_t i = 0; i < expr->arg_count; i++)
            if (!is_certain(folder, expr->args[i]))
                return false;
        return true;
    case IR_MEMO:
    case IR_KEPT:
    case IR_ELEMENT:
    case IR_FIELD:
    case IR_ELSE:
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_DECIMAL:
    case IR_IN_NET:
    case IR_IN_GROUP:
    case IR_ROW:
    case IR_IN_TABLE:
    case IR_COLUMN:
    case IR_CALL:
    case IR_ALL:
    case IR_ANY:
        return false;
    }
    unreachable_bug();
}

static bool expr_same(const Expr *a, const Expr *b)
{
    if (a == b)
        return true;
    if (a->op != b->op || a->number != b->number || a->is_agent != b->is_agent ||
        a->type != b->type || a->arg_count != b->arg_count)
        return false;
    if (is_const(a))
        return ir_const_same(a->value, b->value);
    for (uint32_t i = 0; i < a->arg_count; i++)
        if (!expr_same(a->args[i], b->args[i]))
            return false;
    return true;
}

static int const_order(const Const *a, const Const *b)
{
    switch (type_kind(a->type)) {
    case KIND_DECIMAL:
        return decimal_compare(a->decimal, b->decimal);
    case KIND_STRING:
        return str_compare(a->text, b->text);
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
        return (a->number > b->number) - (a->number < b->number);
    case KIND_NONE:
    case KIND_BOOL:
    case KIND_IP:
    case KIND_NET:
    case KIND_LIST:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    unreachable_bug();
}

// ---- one operation whose operands are folded already; NULL: stays as it is ----

static Expr *fold_not(const Folder *folder, const Expr *expr)
{
    Expr *arg = expr->args[0];
    if (is_const(arg))
        return make_bool(folder, expr, arg->value->number == 0);
    if (arg->op == IR_NOT && !arg->args[0]->may_absent)
        return arg->args[0];
    return NULL;
}

static bool is_among(Expr *const *args, uint32_t count, const Expr *expr)
{
    for (uint32_t i = 0; i < count; i++)
        if (expr_same(args[i], expr))
            return true;
    return false;
}

enum { FOLD_SAME_MOST = 32 }; // operands among which equal ones are looked for

// AND and OR: nested ones of the same kind are opened, what decides nothing and what
// stands there twice falls away, and one operand may decide all.
static Expr *fold_logic(const Folder *folder, const Expr *expr)
{
    bool decisive = expr->op == IR_OR;
    uint32_t most = 0;
    for (uint32_t i = 0; i < expr->arg_count; i++)
        most += expr->args[i]->op == expr->op ? expr->args[i]->arg_count : 1;
    Expr **kept = ARENA_ARRAY(folder->arena, most, Expr *);
    uint32_t count = 0;
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        Expr *arg = expr->args[i];
        bool is_nested = arg->op == expr->op;
        for (uint32_t k = 0; k < (is_nested ? arg->arg_count : 1); k++) {
            Expr *one = is_nested ? arg->args[k] : arg;
            if (is_bool(one, decisive))
                return one;
            if (!is_const(one) &&
                (count > FOLD_SAME_MOST || !is_among(kept, count, one)))
                kept[count++] = one;
        }
    }
    if (count == 0)
        return make_bool(folder, expr, !decisive);
    if (count == 1 && !kept[0]->may_absent)
        return kept[0];
    bool is_same = count == expr->arg_count &&
                   memcmp(kept, expr->args, count * sizeof(Expr *)) == 0;
    if (count == 1 || is_same)
        return NULL;
    return make_like(folder, expr, (IrOp)expr->op, kept, count);
}

static Expr *fold_compare(const Folder *folder, const Expr *expr)
{
    const Expr *left = expr->args[0];
    const Expr *right = expr->args[1];
    if (is_const(left) && is_const(right)) {
        if (expr->op == IR_EQ)
            return make_bool(folder, expr, ir_const_same(left->value, right->value));
        int order = const_order(left->value, right->value);
        return make_bool(folder, expr, expr->op == IR_LT ? order < 0 : order <= 0);
    }
    if (is_certain(folder, left) && expr_same(left, right))
        return make_bool(folder, expr, expr->op != IR_LT);
    return NULL;
}

static bool compute_decimal(IrOp op, Decimal a, Decimal b, Decimal *out)
{
    if (op == IR_ADD)
        return decimal_add(a, b, out);
    if (op == IR_SUB)
        return decimal_sub(a, b, out);
    return decimal_mul(a, b, out);
}

static bool compute_i64(IrOp op, int64_t a, int64_t b, int64_t *out)
{
    if (op == IR_ADD)
        return checked_add_i64(a, b, out);
    if (op == IR_SUB)
        return checked_sub_i64(a, b, out);
    return checked_mul_i64(a, b, out);
}

// What overflows is unknown, and there is no constant for that.
static Expr *fold_arithmetic(const Folder *folder, const Expr *expr)
{
    if (!is_const(expr->args[0]) || !is_const(expr->args[1]))
        return NULL;
    const Const *a = expr->args[0]->value;
    const Const *b = expr->args[1]->value;
    Const result = {.type = expr->type->bare};
    bool is_exact;
    if (type_kind(expr->type) == KIND_DECIMAL)
        is_exact =
            compute_decimal((IrOp)expr->op, a->decimal, b->decimal, &result.decimal);
    else
        is_exact = compute_i64((IrOp)expr->op, a->number, b->number, &result.number);
    return is_exact ? make_const(folder, expr, result) : NULL;
}

static Expr *fold_decimal(const Folder *folder, const Expr *expr)
{
    if (!is_const(expr->args[0]))
        return NULL;
    return make_const(
        folder, expr,
        (Const){.type = expr->type->bare,
                .decimal = decimal_from_i64(expr->args[0]->value->number)});
}

// A glob without a star is the text itself.
static Expr *fold_like(const Folder *folder, const Expr *expr)
{
    if (memchr(expr->args[1]->value->text.at, '*', expr->args[1]->value->text.len) !=
        NULL)
        return NULL;
    Expr *equal = make_like(folder, expr, IR_EQ, expr->args, 2);
    Expr *folded = fold_compare(folder, equal);
    return folded != NULL ? folded : equal;
}

static Expr *fold_in_list(const Folder *folder, const Expr *expr)
{
    Expr *item = expr->args[0];
    if (!is_const(expr->args[1]))
        return NULL;
    const Const *list = expr->args[1]->value;
    if (list->count == 1) {
        Expr *only = make_const(folder, expr->args[1], list->items[0]);
        Expr *args[] = {item, only};
        Expr *equal = make_like(folder, expr, IR_EQ, args, 2);
        Expr *folded = fold_compare(folder, equal);
        return folded != NULL ? folded : equal;
    }
    if (list->count == 0 && is_certain(folder, item))
        return make_bool(folder, expr, false);
    if (!is_const(item))
        return NULL;
    for (uint32_t i = 0; i < list->count; i++)
        if (ir_const_same(item->value, &list->items[i]))
            return make_bool(folder, expr, true);
    return make_bool(folder, expr, false);
}

static Expr *fold_in_net(const Folder *folder, const Expr *expr)
{
    if (!is_const(expr->args[0]) || !is_const(expr->args[1]))
        return NULL;
    return make_bool(folder, expr,
                     net_contains(expr->args[1]->value->ip, expr->args[0]->value->ip));
}

static Expr *fold_has(const Folder *folder, const Expr *expr)
{
    const Expr *arg = expr->args[0];
    bool is_user = arg->op == IR_SLOT && arg->number == SLOT_USER_ID;
    if (is_certain(folder, arg) || (is_user && folder->has_user))
        return make_bool(folder, expr, true);
    return NULL;
}

// A loop over nothing, or whose body is the same constant for all elements of a list
// that is never unknown.
static Expr *fold_loop(const Folder *folder, const Expr *expr)
{
    const Expr *list = expr->args[0];
    bool of_nothing = expr->op == IR_ALL;
    if (is_const(list) && list->value->count == 0)
        return make_bool(folder, expr, of_nothing);
    if (is_certain(folder, list) && is_bool(expr->args[1], of_nothing))
        return make_bool(folder, expr, of_nothing);
    return NULL;
}

static Expr *fold_slot(const Folder *folder, const Expr *expr)
{
    if (expr->number == SLOT_AGENT_ID && folder->agent_id.len > 0)
        return make_text(folder, expr, folder->agent_id);
    if (expr->number == SLOT_AUDIENCE_URI && folder->audience_uri.len > 0)
        return make_text(folder, expr, folder->audience_uri);
    return NULL;
}

static Expr *fold_node(const Folder *folder, const Expr *expr)
{
    switch ((IrOp)expr->op) {
    case IR_SLOT:
        return fold_slot(folder, expr);
    case IR_HAS:
        return fold_has(folder, expr);
    case IR_KNOWN:
        return is_certain(folder, expr->args[0]) ? make_bool(folder, expr, true) : NULL;
    case IR_ELSE:
        return is_certain(folder, expr->args[0]) ? expr->args[0] : NULL;
    case IR_NOT:
        return fold_not(folder, expr);
    case IR_AND:
    case IR_OR:
        return fold_logic(folder, expr);
    case IR_EQ:
    case IR_LT:
    case IR_LE:
        return fold_compare(folder, expr);
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
        return fold_arithmetic(folder, expr);
    case IR_DECIMAL:
        return fold_decimal(folder, expr);
    case IR_LIKE:
        return fold_like(folder, expr);
    case IR_IN_LIST:
        return fold_in_list(folder, expr);
    case IR_IN_NET:
        return fold_in_net(folder, expr);
    case IR_ALL:
    case IR_ANY:
        return fold_loop(folder, expr);
    case IR_CONST:
    case IR_MEMO:
    case IR_LABEL:
    case IR_KEPT:
    case IR_KEPT_AT:
    case IR_ELEMENT:
    case IR_FIELD:
    case IR_IN_GROUP:
    case IR_ROW:
    case IR_IN_TABLE:
    case IR_COLUMN:
    case IR_CALL:
        return NULL;
    }
    unreachable_bug();
}

// The folded expression: `expr` itself where there is nothing to do.
static Expr *fold_expr(const Folder *folder, Expr *expr)
{
    Expr **args = NULL;
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        Expr *arg = fold_expr(folder, expr->args[i]);
        if (arg == expr->args[i])
            continue;
        if (args == NULL) {
            args = ARENA_ARRAY(folder->arena, expr->arg_count, Expr *);
            memcpy(args, expr->args, expr->arg_count * sizeof *args);
        }
        args[i] = arg;
    }
    if (args != NULL)
        expr = make_like(folder, expr, (IrOp)expr->op, args, expr->arg_count);
    Expr *folded = fold_node(folder, expr);
    return folded != NULL ? folded : expr;
}

// ---- what a head says ----

static void learn_head(Folder *folder, const Head *head)
{
    const Program *program = folder->program;
    bool names_user = head->count > 0;
    for (uint32_t i = 0; i < head->count; i++) {
        const HeadAtom *atom = &head->terms[i].atom;
        bool is_user = atom->dim == DIM_USER || atom->dim == DIM_USER_GROUP;
        names_user &= is_user && atom->number != ATOM_ABSENT;
    }
    folder->has_user |= names_user;
    if (head->count != 1)
        return;
    const HeadTerm *term = &head->terms[0];
    if (term->atom.dim == DIM_AGENT)
        folder->agent_id = program->agents[term->atom.number].id;
    if (term->atom.dim == DIM_AUDIENCE)
        folder->audience_uri = program->audiences[term->atom.number].uri;
    if (term->audience != NONE)
        folder->audience_uri = program->audiences[term->audience].uri;
}

static Expr *fold_or_null(const Folder *folder, Expr *expr)
{
    return expr == NULL ? NULL : fold_expr(folder, expr);
}

static void fold_rule(const Program *program, Arena *arena, Rule *rule)
{
    Folder folder = {.arena = arena, .program = program};
    for (uint32_t i = 0; i < rule->head_count; i++)
        learn_head(&folder, &rule->heads[i]);
    for (uint32_t i = 0; i < rule->condition_count; i++)
        rule->conditions[i].expr = fold_expr(&folder, rule->conditions[i].expr);
    rule->across_agent = fold_or_null(&folder, rule->across_agent);
    rule->across_user = fold_or_null(&folder, rule->across_user);
    rule->across_audience = fold_or_null(&folder, rule->across_audience);
}

void pass_fold(Program *program, Arena *arena)
{
    Folder folder = {.arena = arena, .program = program};
    for (uint32_t i = 0; i < program->memo_count; i++) {
        Memo *memo = &program->memos[i];
        memo->value = fold_or_null(&folder, memo->value);
        for (uint32_t k = 0; k < memo->tool_count; k++)
            memo->tools[k].value = fold_expr(&folder, memo->tools[k].value);
    }
    for (uint32_t i = 0; i < program->rule_count; i++)
        fold_rule(program, arena, &program->rules[i]);
}
