// SPDX-License-Identifier: Apache-2.0
#include "lang/check/expr.h"

#include "engine/base/checked.h"
#include "lang/check/call.h"
#include "lang/check/compare.h"
#include "lang/check/history.h"
#include "lang/check/literal.h"
#include "lang/check/past.h"
#include "lang/check/path.h"
#include "lang/check/reach.h"

bool type_is_text(const Type *type)
{
    return type_kind(type) == KIND_STRING;
}

bool type_is_number(const Type *type)
{
    return type->form == TYPE_INT || type->form == TYPE_DECIMAL;
}

bool type_is_list(const Type *type)
{
    return type->form == TYPE_SET || type->form == TYPE_LIST;
}

Env expr_constants(Checker *checker)
{
    return (Env){.checker = checker, .place = "a constant"};
}

// ---- what is wanted of a value ----

Expr *expr_refuse(const Env *env, const Expr *expr, Str wanted)
{
    Checker *checker = env->checker;
    Diag *diag = diag_report2(checker->diags, DIAG_TYPE_WANTED, expr->span, wanted,
                              checker_type_text(checker, expr->type));
    bool is_result = expr->op == IR_SLOT &&
                     checker->program->slots[expr->number].root == SLOT_ROOT_RESULT;
    if (expr->type->bare->form == TYPE_JSON)
        diag_help(diag,
                  is_result
                      ? STR("its schema gives it no type, so only its presence can be "
                            "tested; the tool's `outputSchema` would have to")
                      : STR("its schema gives it no type, so only its presence can be "
                            "tested; "
                            "`arg` in a `tool` block of the audience can give it one"));
    return make_poison(checker, expr->span);
}

Expr *expr_unreadable(const Env *env, Span span, Str root)
{
    Diag *diag = diag_report2(env->checker->diags, DIAG_ROOT_UNREADABLE, span, root,
                              str_from_c(env->place));
    if (env->advice != NULL)
        diag_help(diag, str_from_c(env->advice));
    return make_poison(env->checker, span);
}

// Offers the edit that tests whether `path` is there. Where the condition denies, what
// is absent has to make it true: otherwise leaving an argument out would be a way
// around it.
static void offer_test(const Env *env, Diag *diag, Str path)
{
    Checker *checker = env->checker;
    if (env->anchor.end == 0)
        return;
    if (env->anchor_is_against) {
        Str operand = checker_text(checker, env->anchor);
        diag_fix(diag, env->anchor,
                 arena_format(checker->arena, "(not has %.*s or %.*s)", STR_ARG(path),
                              STR_ARG(operand)),
                 STR("deny where it is absent, too"));
        return;
    }
    diag_fix(diag, span_make(env->anchor.start, env->anchor.start),
             arena_format(checker->arena, "has %.*s and ", STR_ARG(path)),
             STR("test that it is there"));
}

// Of several tools, names one that can be called without the argument.
static void name_optional(const Env *env, Diag *diag, const Expr *expr)
{
    const Program *program = env->checker->program;
    if (expr->op != IR_SLOT || env->reach == NULL || env->reach->tool_count < 2)
        return;
    const Slot *slot = &program->slots[expr->number];
    if (slot->root != SLOT_ROOT_ARGUMENT)
        return;
    for (uint32_t i = 0; i < env->reach->tool_count; i++) {
        const Tool *tool = &program->tools[env->reach->tools[i]];
        const SchemaField *field = schema_field(tool->args, slot->field);
        if (field == NULL || !schema_field_type(env->checker, field)->is_optional)
            continue;
        diag_help(diag,
                  arena_format(env->checker->arena,
                               "`%.*s` can be called without it: test it with `has`, "
                               "or give a default with `else`",
                               STR_ARG(tool->full)));
        return;
    }
}

Expr *expr_need(const Env *env, Expr *expr)
{
    Checker *checker = env->checker;
    if (is_poison(expr))
        return expr;
    if (expr->type->form == TYPE_JSON)
        return expr_refuse(env, expr, STR("a value with a type"));
    if (!expr->type->is_optional)
        return expr;
    Str text = checker_text(checker, expr->span);
    Diag *diag = diag_report1(checker->diags, DIAG_OPTIONAL_UNTESTED, expr->span, text);
    bool is_path = expr->op != IR_ELSE && expr->op != IR_CALL;
    name_optional(env, diag, expr);
    if (is_path)
        offer_test(env, diag, text);
    return make_poison(checker, expr->span);
}

Expr *expr_check_needed(const Env *env, const Node *node)
{
    return expr_need(env, expr_check(env, node));
}

Expr *expr_check_bool(const Env *env, const Node *node)
{
    Env inner = *env;
    inner.anchor = node->span;
    inner.anchor_is_against = env->is_against;
    Expr *expr = expr_check_needed(&inner, node);
    if (is_poison(expr) || expr->type->form == TYPE_BOOL)
        return expr;
    return expr_refuse(env, expr, STR("a condition (`bool`)"));
}

Expr *expr_convert(const Env *env, Expr *expr, const Type *want)
{
    Checker *checker = env->checker;
    want = want->bare;
    if (expr->type == want || is_poison(expr) || want->form == TYPE_POISON)
        return expr;
    if (expr->op == IR_CONST && expr->value != NULL) {
        const Const *value = literal_convert(checker, expr->value, want);
        return value == NULL ? NULL : make_const(checker, expr->span, value);
    }
    if (expr->type->form == TYPE_INT && want->form == TYPE_DECIMAL)
        return make_unary(checker, IR_DECIMAL, expr->span, want, expr);
    if (type_is_text(expr->type) && type_is_text(want))
        return want->form == TYPE_ENUM ? NULL : make_typed(checker, expr, want);
    bool is_same_list = type_is_list(expr->type) && type_is_list(want) &&
                        type_kind(expr->type->element) == type_kind(want->element);
    return is_same_list ? expr : NULL;
}

// A text where an enum's value or a table's key is wanted: the nearest one helps.
static Expr *refuse_text(const Env *env, const Expr *expr, const Type *want)
{
    compare_report_value(env, expr, want);
    return make_poison(env->checker, expr->span);
}

Expr *expr_check_as(const Env *env, const Node *node, const Type *want)
{
    Expr *expr = expr_check_needed(env, node);
    Expr *made = expr_convert(env, expr, want);
    if (made != NULL)
        return made;
    bool is_text =
        expr->op == IR_CONST && type_is_text(expr->type) && type_is_text(want);
    if (is_text)
        return refuse_text(env, expr, want);
    return expr_refuse(env, expr, checker_type_wanted(env->checker, want->bare));
}

// ---- logic ----

static uint32_t count_children(const Node *node)
{
    uint32_t count = 0;
    for (const Node *child = node->child; child != NULL; child = child->next)
        count++;
    return count;
}

static Expr *check_logic(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    bool truth = node->kind == NODE_AND;
    uint32_t count = count_children(node);
    Expr **args = ARENA_ARRAY(checker->arena, count, Expr *);
    Env inner = *env;
    bool is_good = true;
    for (int pass = 0; pass < 2; pass++) {
        uint32_t i = 0;
        for (const Node *child = node->child; child != NULL; child = child->next, i++) {
            if (given_is_test(child, truth) != (pass == 0))
                continue;
            args[i] = expr_check_bool(&inner, child);
            inner.given = given_by(checker, inner.given, args[i], env->level, truth);
            is_good = is_good && !is_poison(args[i]);
        }
    }
    return is_good
               ? make_logic(checker, truth ? IR_AND : IR_OR, node->span, args, count)
               : make_poison(checker, node->span);
}

static Expr *check_not(const Env *env, const Node *node)
{
    Env inner = *env;
    inner.is_against = !env->is_against;
    Expr *expr = expr_check_needed(&inner, node->child);
    if (is_poison(expr))
        return expr;
    if (expr->type->form != TYPE_BOOL)
        return expr_refuse(env, expr, STR("a condition (`bool`)"));
    return make_not(env->checker, node->span, expr);
}

// What an imported package says too carefully here may be needed elsewhere.
static bool is_own(const Env *env, const Node *node)
{
    return scope_package(&env->checker->scope, node->span) == 0;
}

static Expr *check_has(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    Expr *of = path_check_tested(env, node->child);
    if (is_poison(of))
        return of;
    bool is_sure = !of->may_absent && !of->may_unknown && of->op != IR_ELEMENT &&
                   of->op != IR_MEMO;
    if (is_sure && is_own(env, node))
        diag_report1(checker->diags, DIAG_HAS_CERTAIN, node->span,
                     checker_text(checker, node->child->span));
    return make_unary(checker, IR_HAS, node->span,
                      type_plain(checker->types, TYPE_BOOL), of);
}

static Expr *check_else(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    Env inner = *env;
    inner.takes_absent = true;
    Expr *first = expr_check(&inner, node->child);
    Expr *second = expr_check(env, node->child->next);
    if (is_poison(first) || is_poison(second))
        return make_poison(checker, node->span);
    if (!first->type->is_optional) {
        if (is_own(env, node))
            diag_report1(checker->diags, DIAG_ELSE_CERTAIN, node->span,
                         checker_text(checker, node->child->span));
        return first;
    }
    const Type *joined =
        type_join(checker->types, first->type->bare, second->type->bare);
    Expr *a = joined == NULL ? NULL : compare_widened(env, first, joined);
    Expr *b = joined == NULL ? NULL : expr_convert(env, second, joined);
    if (a == NULL || b == NULL)
        return compare_refuse_types(env, node, first, second);
    const Type *type =
        second->type->is_optional ? type_optional(checker->types, joined) : joined;
    return make_binary(checker, IR_ELSE, node->span, type, a, b);
}

// ---- quantifiers ----

static Expr *check_quantifier(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    Expr *list = expr_check_needed(env, node->child);
    if (is_poison(list))
        return list;
    if (!type_is_list(list->type))
        return expr_refuse(env, list, STR("a list or a set"));
    if (env->level >= MAX_LOOP_DEPTH) {
        diag_report1(checker->diags, DIAG_LOOP_DEPTH, node->span,
                     arena_format(checker->arena, "%d", MAX_LOOP_DEPTH));
        return make_poison(checker, node->span);
    }
    Local local = {node->text, list->type->element, env->level, 0, env->locals};
    Env inner = *env;
    inner.locals = &local;
    inner.level++;
    Expr *body = expr_check_bool(&inner, node->child->next);
    if (is_poison(body))
        return body;
    return make_binary(checker, node->kind == NODE_ALL ? IR_ALL : IR_ANY, node->span,
                       type_plain(checker->types, TYPE_BOOL), list, body);
}

// ---- arithmetic ----

// The value of an operation on two constants, or NULL when it doesn't fit.
static const Const *fold_numbers(Checker *checker, IrOp op, const Const *a,
                                 const Const *b, TypeForm form)
{
    int64_t number = 0;
    bool fits = op == IR_ADD   ? checked_add_i64(a->number, b->number, &number)
                : op == IR_SUB ? checked_sub_i64(a->number, b->number, &number)
                               : checked_mul_i64(a->number, b->number, &number);
    return fits ? literal_number(checker, form, number) : NULL;
}

static const Const *fold_decimals(Checker *checker, IrOp op, const Const *a,
                                  const Const *b)
{
    Decimal number = {0};
    bool fits = op == IR_ADD   ? decimal_add(a->decimal, b->decimal, &number)
                : op == IR_SUB ? decimal_sub(a->decimal, b->decimal, &number)
                               : decimal_mul(a->decimal, b->decimal, &number);
    return fits ? literal_decimal(checker, number) : NULL;
}

static Expr *make_arithmetic(const Env *env, IrOp op, Span span, const Type *type,
                             Expr *a, Expr *b)
{
    Checker *checker = env->checker;
    if (a->op != IR_CONST || b->op != IR_CONST || a->value == NULL || b->value == NULL)
        return make_binary(checker, op, span, type, a, b);
    const Const *value =
        type->form == TYPE_DECIMAL
            ? fold_decimals(checker, op, a->value, b->value)
            : fold_numbers(checker, op, a->value, b->value, type->form);
    if (value != NULL)
        return make_const(checker, span, value);
    diag_report1(checker->diags, DIAG_NUMBER_RANGE, span, checker_text(checker, span));
    return make_poison(checker, span);
}

// What the operation makes of two types, or POISON.
static TypeForm arithmetic_result(IrOp op, TypeForm a, TypeForm b)
{
    bool is_sum = op != IR_MUL;
    if (a == b && (a == TYPE_INT || a == TYPE_DECIMAL))
        return a;
    if (a == TYPE_DURATION && b == TYPE_DURATION && is_sum)
        return TYPE_DURATION;
    if (a == TYPE_TIME && b == TYPE_DURATION && is_sum)
        return TYPE_TIME;
    if (a == TYPE_DURATION && b == TYPE_TIME && op == IR_ADD)
        return TYPE_TIME;
    if (a == TYPE_TIME && b == TYPE_TIME && op == IR_SUB)
        return TYPE_DURATION;
    if (op == IR_MUL && ((a == TYPE_DURATION && b == TYPE_INT) ||
                         (a == TYPE_INT && b == TYPE_DURATION)))
        return TYPE_DURATION;
    return TYPE_POISON;
}

static Expr *check_arithmetic(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    IrOp op = node->kind == NODE_ADD   ? IR_ADD
              : node->kind == NODE_SUB ? IR_SUB
                                       : IR_MUL;
    Expr *a = expr_check_needed(env, node->child);
    Expr *b = expr_check_needed(env, node->child->next);
    if (is_poison(a) || is_poison(b))
        return make_poison(checker, node->span);
    if (type_is_number(a->type) && type_is_number(b->type) && a->type != b->type) {
        const Type *decimal = type_plain(checker->types, TYPE_DECIMAL);
        a = expr_convert(env, a, decimal);
        b = expr_convert(env, b, decimal);
    }
    TypeForm form = arithmetic_result(op, a->type->form, b->type->form);
    if (form == TYPE_POISON) {
        diag_report3(checker->diags, DIAG_ARITHMETIC, node->span,
                     op == IR_ADD   ? STR("+")
                     : op == IR_SUB ? STR("-")
                                    : STR("*"),
                     checker_type_text(checker, a->type),
                     checker_type_text(checker, b->type));
        return make_poison(checker, node->span);
    }
    // The time, or the duration, stands first in the IR.
    bool swaps = (a->type->form == TYPE_DURATION && b->type->form == TYPE_TIME) ||
                 (a->type->form == TYPE_INT && b->type->form == TYPE_DURATION);
    return make_arithmetic(env, op, node->span, type_plain(checker->types, form),
                           swaps ? b : a, swaps ? a : b);
}

static Expr *check_negative(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    Expr *of = expr_check_needed(env, node->child);
    if (is_poison(of))
        return of;
    const Const *zero = of->type->form == TYPE_DECIMAL
                            ? literal_decimal(checker, decimal_from_i64(0))
                            : literal_number(checker, of->type->form, 0);
    if (!type_is_number(of->type) && of->type->form != TYPE_DURATION)
        return expr_refuse(env, of, STR("a number"));
    return make_arithmetic(env, IR_SUB, node->span, of->type,
                           make_const(checker, node->span, zero), of);
}

// ---- sets ----

static Expr *check_set(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    uint32_t count = 0;
    Expr **items = compare_set_items(env, node, &count);
    const Type *element = compare_common_type(env, node, items, count);
    if (element == NULL)
        return make_poison(checker, node->span);
    Const *values = ARENA_ARRAY(checker->arena, count + 1, Const);
    for (uint32_t i = 0; i < count; i++) {
        const Expr *item = expr_convert(env, items[i], element);
        if (item != NULL && item->op != IR_CONST && env->is_proof)
            return history_value(env, node->span,
                                 type_set(checker->types, element, count));
        if (item == NULL || item->op != IR_CONST) {
            diag_report(checker->diags, DIAG_SET_CONSTANT, items[i]->span);
            return make_poison(checker, node->span);
        }
        values[i] = *item->value;
    }
    return make_const(checker, node->span,
                      literal_set(checker, element, values, count));
}

// ---- the dispatcher ----

static Expr *check_literal(const Env *env, const Node *node)
{
    const Const *value = literal_value(env->checker, node);
    return value == NULL ? make_poison(env->checker, node->span)
                         : make_const(env->checker, node->span, value);
}

static void report_misplaced(const Env *env, const Node *node)
{
    Diag *diag =
        diag_report1(env->checker->diags, DIAG_EXPRESSION_MISPLACED, node->span,
                     node->kind == NODE_TUPLE ? STR("a tuple") : STR("this"));
    if (node->kind == NODE_LIST)
        diag_help(diag, STR("a set is written `{\"a\", \"b\"}`"));
    if (node->kind == NODE_TUPLE)
        diag_help(diag, STR("a tuple is compared with a tuple, or looked for in a "
                            "table with that key"));
}

static Expr *misplaced(const Env *env, const Node *node)
{
    if (!node_has(node, NODE_BROKEN) && node->kind != NODE_ERROR)
        report_misplaced(env, node);
    return make_poison(env->checker, node->span);
}

typedef Expr *NodeChecker(const Env *env, const Node *node);

// By kind of node; NULL for what is no value.
static NodeChecker *const CHECKERS[] = {
    [NODE_STRING] = check_literal,
    [NODE_INT] = check_literal,
    [NODE_DECIMAL] = check_literal,
    [NODE_DURATION] = check_literal,
    [NODE_ADDRESS] = check_literal,
    [NODE_NETWORK] = check_literal,
    [NODE_TRUE] = check_literal,
    [NODE_FALSE] = check_literal,
    [NODE_NAME] = path_check,
    [NODE_FIELD] = path_check,
    [NODE_INDEX] = path_check,
    [NODE_CALL] = call_check,
    [NODE_SET] = check_set,
    [NODE_HAS] = check_has,
    [NODE_HAS_LABEL] = history_check_label,
    [NODE_CALLED] = past_check_called,
    [NODE_APPROVED] = history_check_approved,
    [NODE_ALL] = check_quantifier,
    [NODE_ANY] = check_quantifier,
    [NODE_NOT] = check_not,
    [NODE_AND] = check_logic,
    [NODE_OR] = check_logic,
    [NODE_EQ] = compare_check,
    [NODE_NE] = compare_check,
    [NODE_LT] = compare_check,
    [NODE_LE] = compare_check,
    [NODE_GT] = compare_check,
    [NODE_GE] = compare_check,
    [NODE_IN] = compare_check_in,
    [NODE_LIKE] = compare_check_like,
    [NODE_ELSE] = check_else,
    [NODE_ADD] = check_arithmetic,
    [NODE_SUB] = check_arithmetic,
    [NODE_MUL] = check_arithmetic,
    [NODE_NEG] = check_negative,
};

Expr *expr_check(const Env *env, const Node *node)
{
    bool is_value =
        node->kind < sizeof CHECKERS / sizeof *CHECKERS && CHECKERS[node->kind] != NULL;
    return is_value ? CHECKERS[node->kind](env, node) : misplaced(env, node);
}

// ---- constants ----

const Const *expr_constant(Checker *checker, const Node *node, const Type *want)
{
    Env env = expr_constants(checker);
    Expr *expr = expr_check_as(&env, node, want);
    if (is_poison(expr))
        return NULL;
    if (expr->op == IR_CONST)
        return expr->value;
    diag_report(checker->diags, DIAG_CONSTANT_WANTED, node->span);
    return NULL;
}

bool expr_constant_text(Checker *checker, const Node *node, Str *text)
{
    const Const *value =
        expr_constant(checker, node, type_plain(checker->types, TYPE_STRING));
    if (value != NULL)
        *text = value->text;
    return value != NULL;
}

static bool has_duration(Checker *checker, const Node *node, int64_t least,
                         int64_t *nanoseconds)
{
    const Const *value =
        expr_constant(checker, node, type_plain(checker->types, TYPE_DURATION));
    if (value == NULL)
        return false;
    *nanoseconds = value->number;
    bool is_fit = value->number >= least && value->number <= MAX_REMEMBERED;
    if (!is_fit)
        diag_report1(checker->diags,
                     value->number <= 0      ? DIAG_DURATION_POSITIVE
                     : value->number < least ? DIAG_DURATION_SHORT
                                             : DIAG_DURATION_LONG,
                     node->span, literal_show(checker, value));
    return is_fit;
}

bool expr_constant_duration(Checker *checker, const Node *node, int64_t *nanoseconds)
{
    return has_duration(checker, node, 1, nanoseconds);
}

bool expr_constant_life(Checker *checker, const Node *node, int64_t *nanoseconds)
{
    return has_duration(checker, node, 1000000000, nanoseconds);
}

bool expr_constant_count(Checker *checker, const Node *node, uint32_t least,
                         uint32_t most, uint32_t *count)
{
    const Const *value =
        expr_constant(checker, node, type_plain(checker->types, TYPE_INT));
    if (value == NULL)
        return false;
    bool is_less = value->number < (int64_t)least;
    if (is_less || value->number > (int64_t)most) {
        diag_report2(checker->diags, is_less ? DIAG_COUNT_RANGE : DIAG_COUNT_LARGE,
                     node->span,
                     arena_format(checker->arena, "%u", is_less ? least : most),
                     literal_show(checker, value));
        return false;
    }
    *count = (uint32_t)value->number;
    return true;
}
