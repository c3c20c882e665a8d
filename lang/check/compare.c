// SPDX-License-Identifier: Apache-2.0
#include "lang/check/compare.h"

#include "lang/check/call.h"
#include "lang/check/history.h"
#include "lang/check/literal.h"
#include "lang/check/path.h"

static const Type *bool_type(const Env *env)
{
    return type_plain(env->checker->types, TYPE_BOOL);
}

// ---- messages ----

// A number in quotes, where the other side is one.
static void fix_quoted(Diag *diag, const Expr *text, const Expr *number)
{
    Decimal value;
    if (text->op == IR_CONST && type_is_text(text->type) &&
        type_is_number(number->type) && decimal_parse(text->value->text, &value))
        diag_fix(diag, text->span, text->value->text, STR("write it without quotes"));
}

Expr *compare_refuse_types(const Env *env, const Node *node, const Expr *a,
                           const Expr *b)
{
    Checker *checker = env->checker;
    Diag *diag = diag_report2(checker->diags, DIAG_TYPES_DIFFER, node->span,
                              checker_type_text(checker, a->type),
                              checker_type_text(checker, b->type));
    fix_quoted(diag, a, b);
    fix_quoted(diag, b, a);
    if (type_is_list(a->type) != type_is_list(b->type))
        diag_help(diag, STR("whether something is an element is asked with `in`"));
    return make_poison(checker, node->span);
}

void compare_report_value(const Env *env, const Expr *expr, const Type *want)
{
    Checker *checker = env->checker;
    Str text = expr->value->text;
    Diag *diag = diag_report2(checker->diags, DIAG_VALUE_UNKNOWN, expr->span, text,
                              checker_type_text(checker, want));
    if (checker_text(checker, expr->span).len != text.len + 2)
        return; // what stands there is more than this text
    Nearest nearest = nearest_start(text);
    for (uint32_t i = 0; i < want->value_count; i++)
        nearest_offer(&nearest, want->values[i]);
    if (nearest.best.len > 0)
        diag_fix(diag, expr->span,
                 arena_format(checker->arena, "\"%.*s\"", STR_ARG(nearest.best)),
                 STR("write the nearest value"));
}

// ---- which types go together ----

// Whether a constant text stands where only the values of an enum can.
static bool is_foreign(const Env *env, const Expr *text, const Type *type)
{
    return text->op == IR_CONST && type->form == TYPE_ENUM &&
           type_is_text(text->type) &&
           literal_convert(env->checker, text->value, type) == NULL;
}

// Makes both of one kind. False if that can't be; a message is then made.
static bool unify(const Env *env, const Node *node, Expr **a, Expr **b)
{
    Expr *left = *a;
    Expr *right = *b;
    bool is_left = is_foreign(env, left, right->type);
    if (is_left || is_foreign(env, right, left->type)) {
        compare_report_value(env, is_left ? left : right,
                             is_left ? right->type : left->type);
        return false;
    }
    // What a call delivered as text is a time where it meets one.
    bool is_delivered =
        env->is_call && (type_is_text(left->type) || type_is_text(right->type));
    if (is_delivered &&
        (left->type->form == TYPE_TIME || right->type->form == TYPE_TIME)) {
        if (type_is_text(left->type))
            *a = call_read_time(env->checker, left);
        else
            *b = call_read_time(env->checker, right);
        return true;
    }
    Expr *made = expr_convert(env, right, left->type);
    if (made != NULL) {
        *b = made;
        return true;
    }
    made = expr_convert(env, left, right->type);
    if (made != NULL) {
        *a = made;
        return true;
    }
    if (type_is_text(left->type) && type_is_text(right->type))
        return true;
    compare_refuse_types(env, node, left, right);
    return false;
}

Expr *compare_widened(const Env *env, Expr *expr, const Type *type)
{
    if (type_kind(expr->type) != type_kind(type))
        return NULL;
    return make_typed(env->checker, expr, type_optional(env->checker->types, type));
}

Expr **compare_set_items(const Env *env, const Node *node, uint32_t *count)
{
    Expr **items = NULL;
    for (const Node *child = node->child; child != NULL; child = child->next)
        *ARRAY_PUSH(env->checker->arena, items, *count) = expr_check_needed(env, child);
    return items;
}

const Type *compare_common_type(const Env *env, const Node *node, Expr *const *items,
                                uint32_t count)
{
    const Type *type = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (is_poison(items[i]))
            return NULL;
        const Type *joined = type == NULL
                                 ? items[i]->type
                                 : type_join(env->checker->types, type, items[i]->type);
        if (joined == NULL) {
            compare_refuse_types(env, node, items[0], items[i]);
            return NULL;
        }
        type = joined;
    }
    return type == NULL ? type_plain(env->checker->types, TYPE_STRING) : type;
}

// ---- == != < <= > >= ----

static bool is_ordered(Kind kind)
{
    return kind == KIND_INT || kind == KIND_DECIMAL || kind == KIND_DURATION ||
           kind == KIND_TIME || kind == KIND_STRING;
}

static bool is_scalar(Kind kind)
{
    return is_ordered(kind) || kind == KIND_BOOL || kind == KIND_IP || kind == KIND_NET;
}

// Every element of `inner` is in `outer`.
static Expr *subset(const Env *env, Span span, Expr *inner, Expr *outer)
{
    Checker *checker = env->checker;
    Expr *element = make_leaf(checker, IR_ELEMENT, span, inner->type->element, 0);
    Expr *in = make_binary(checker, IR_IN_LIST, span, bool_type(env), element,
                           make_lifted(checker, outer, 1));
    return make_binary(checker, IR_ALL, span, bool_type(env), inner, in);
}

static bool is_empty_set(const Expr *expr)
{
    return expr->op == IR_CONST && type_is_list(expr->type) && expr->value->count == 0;
}

// Sets are equal when each holds what the other does.
static Expr *equal_sets(const Env *env, const Node *node, Expr *a, Expr *b)
{
    Checker *checker = env->checker;
    if (is_empty_set(a) && is_empty_set(b))
        return make_bool(checker, node->span, true);
    // The empty set has whatever element type the other one has.
    if (is_empty_set(a) || is_empty_set(b)) {
        Expr *other = is_empty_set(a) ? b : a;
        Expr *body = make_bool(checker, node->span, false);
        return make_binary(checker, IR_ALL, node->span, bool_type(env), other, body);
    }
    if (type_kind(a->type->element) != type_kind(b->type->element) ||
        !is_scalar(type_kind(a->type->element)))
        return compare_refuse_types(env, node, a, b);
    Expr *both[] = {subset(env, node->span, a, b), subset(env, node->span, b, a)};
    return make_logic(checker, IR_AND, node->span, both, 2);
}

static Expr *make_equal(const Env *env, const Node *node, Expr *a, Expr *b)
{
    Checker *checker = env->checker;
    if (is_poison(a) || is_poison(b))
        return make_poison(checker, node->span);
    bool has_set = a->type->form == TYPE_SET || b->type->form == TYPE_SET;
    if (has_set && type_is_list(a->type) && type_is_list(b->type))
        return equal_sets(env, node, a, b);
    if (!unify(env, node, &a, &b))
        return make_poison(checker, node->span);
    if (is_scalar(type_kind(a->type)))
        return make_binary(checker, IR_EQ, node->span, bool_type(env), a, b);
    diag_report2(checker->diags, DIAG_ORDER_TYPE, node->span,
                 checker_type_text(checker, a->type), STR("=="));
    return make_poison(checker, node->span);
}

// Two tuples, element by element; or two values.
static Expr *check_equal(const Env *env, const Node *node, const Node *left,
                         const Node *right)
{
    Checker *checker = env->checker;
    if (left->kind != NODE_TUPLE || right->kind != NODE_TUPLE) {
        Expr *a = expr_check_needed(env, left);
        if (is_poison(a) && right->kind == NODE_NAME)
            return make_poison(checker, node->span); // `agent == bot` is one mistake
        Expr *b = expr_check_needed(env, right);
        return make_equal(env, node, a, b);
    }
    Expr **parts = NULL;
    uint32_t count = 0;
    bool is_good = true;
    const Node *a = left->child;
    const Node *b = right->child;
    for (; a != NULL && b != NULL; a = a->next, b = b->next) {
        Expr *part = check_equal(env, node, a, b);
        is_good = is_good && !is_poison(part);
        *ARRAY_PUSH(checker->arena, parts, count) = part;
    }
    if (a != NULL || b != NULL)
        diag_report2(checker->diags, DIAG_TYPES_DIFFER, node->span,
                     checker_text(checker, left->span),
                     checker_text(checker, right->span));
    bool is_whole = is_good && a == NULL && b == NULL;
    return is_whole ? make_logic(checker, IR_AND, node->span, parts, count)
                    : make_poison(checker, node->span);
}

static Str order_text(const Node *node)
{
    return node->kind == NODE_LT   ? STR("<")
           : node->kind == NODE_LE ? STR("<=")
           : node->kind == NODE_GT ? STR(">")
                                   : STR(">=");
}

static Expr *check_order(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    Expr *a = expr_check_needed(env, node->child);
    Expr *b = expr_check_needed(env, node->child->next);
    if (is_poison(a) || is_poison(b) || !unify(env, node, &a, &b))
        return make_poison(checker, node->span);
    if (!is_ordered(type_kind(a->type))) {
        diag_report2(checker->diags, DIAG_ORDER_TYPE, node->span,
                     checker_type_text(checker, a->type), order_text(node));
        return make_poison(checker, node->span);
    }
    bool swaps = node->kind == NODE_GT || node->kind == NODE_GE;
    bool is_strict = node->kind == NODE_LT || node->kind == NODE_GT;
    return make_binary(checker, is_strict ? IR_LT : IR_LE, node->span, bool_type(env),
                       swaps ? b : a, swaps ? a : b);
}

Expr *compare_check(const Env *env, const Node *node)
{
    Expr *level = history_compare_level(env, node);
    if (level != NULL)
        return level;
    if (node->kind != NODE_EQ && node->kind != NODE_NE)
        return check_order(env, node);
    Expr *same = check_equal(env, node, node->child, node->child->next);
    if (node->kind == NODE_EQ || is_poison(same))
        return same;
    return make_not(env->checker, node->span, same);
}

// ---- in ----

static Expr *check_in_group(const Env *env, const Node *node, const Decl *group)
{
    Checker *checker = env->checker;
    RootKind root = path_root(env, node->child);
    if (root != ROOT_KIND_USER && root != ROOT_KIND_AGENT) {
        Diag *diag = diag_report2(checker->diags, DIAG_TYPE_WANTED, node->child->span,
                                  STR("`user` or `agent`"),
                                  checker_text(checker, node->child->span));
        const Node *of = node->child->kind == NODE_FIELD ? node->child->child : NULL;
        RootKind owner = of == NULL ? ROOT_KIND_NONE : path_root(env, of);
        if (owner == ROOT_KIND_USER || owner == ROOT_KIND_AGENT)
            diag_fix(diag, node->child->span, of->text, STR("ask about the whole"));
        return make_poison(checker, node->span);
    }
    if ((env->roots & ROOT_REQUEST) == 0)
        return expr_unreadable(env, node->child->span, node->child->text);
    if (group->number == NONE)
        return make_poison(checker, node->span);
    Expr *expr =
        make_leaf(checker, IR_IN_GROUP, node->span, bool_type(env), group->number);
    expr->is_agent = root == ROOT_KIND_AGENT;
    expr->may_unknown = root == ROOT_KIND_USER;
    return expr;
}

static Expr *check_in_table(const Env *env, const Node *node, const Decl *table)
{
    Checker *checker = env->checker;
    const Node *key = node->child;
    if (table->number == NONE)
        return make_poison(checker, node->span);
    Node alone = *key;
    alone.next = NULL;
    uint32_t count = 0;
    Expr **keys =
        path_keys(env, table->number, key->kind == NODE_TUPLE ? key->child : &alone,
                  key->span, &count);
    if (keys == NULL)
        return make_poison(checker, node->span);
    return make_many(checker, IR_IN_TABLE, node->span, bool_type(env), table->number,
                     keys, count);
}

// In a set that is written out and holds more than constants, or tuples.
static Expr *check_in_written(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    Expr **parts = NULL;
    uint32_t count = 0;
    bool is_good = true;
    for (const Node *item = node->child->next->child; item != NULL; item = item->next) {
        Expr *part = check_equal(env, node, node->child, item);
        is_good = is_good && !is_poison(part);
        *ARRAY_PUSH(checker->arena, parts, count) = part;
    }
    return is_good ? make_logic(checker, IR_OR, node->span, parts, count)
                   : make_poison(checker, node->span);
}

static bool is_literal(const Node *node)
{
    return node->kind == NODE_STRING || node->kind == NODE_INT ||
           node->kind == NODE_DECIMAL || node->kind == NODE_DURATION ||
           node->kind == NODE_ADDRESS || node->kind == NODE_NETWORK;
}

static bool is_written(const Node *node)
{
    if (node->kind != NODE_SET)
        return false;
    for (const Node *item = node->child; item != NULL; item = item->next)
        if (!is_literal(item))
            return true;
    return false;
}

// Reports the first element of a constant set that is no value of the enum.
static bool has_foreign(const Env *env, const Expr *list, const Type *type)
{
    for (uint32_t i = 0; list->op == IR_CONST && i < list->value->count; i++) {
        Expr *element = make_const(env->checker, list->span, &list->value->items[i]);
        if (!is_foreign(env, element, type))
            continue;
        compare_report_value(env, element, type);
        return true;
    }
    return false;
}

// An address in one of the networks of a constant set.
static Expr *in_networks(const Env *env, const Node *node, const Expr *networks)
{
    Checker *checker = env->checker;
    Expr **parts = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < networks->value->count; i++) {
        Expr *address = expr_check_needed(env, node->child);
        Expr *network = make_const(checker, networks->span, &networks->value->items[i]);
        *ARRAY_PUSH(checker->arena, parts, count) = make_binary(
            checker, IR_IN_NET, node->span, bool_type(env), address, network);
    }
    return make_logic(checker, IR_OR, node->span, parts, count);
}

static bool is_comparable(const Type *type)
{
    Kind kind = type_kind(type);
    return kind != KIND_LIST && kind != KIND_RECORD && kind != KIND_ROW &&
           kind != KIND_JSON;
}

static Expr *check_in_list(const Env *env, const Node *node, Expr *item, Expr *list)
{
    Checker *checker = env->checker;
    const Type *element = list->type->element;
    if (!is_comparable(element)) // only its own elements can be compared, one by one
        return compare_refuse_types(env, node, item, list);
    if (item->type->form == TYPE_IP && element->form == TYPE_NET &&
        list->op == IR_CONST)
        return in_networks(env, node, list);
    if (is_foreign(env, item, element)) {
        compare_report_value(env, item, element);
        return make_poison(checker, node->span);
    }
    if (has_foreign(env, list, item->type))
        return make_poison(checker, node->span);
    Expr *made = expr_convert(env, item, element);
    if (made == NULL && list->op == IR_CONST) {
        const Type *set = type_set(checker->types, item->type, list->type->most);
        Expr *converted = expr_convert(env, list, set);
        list = converted == NULL ? list : converted;
        made = converted == NULL ? NULL : item;
    }
    bool are_texts = type_is_text(item->type) && type_is_text(element);
    if (made == NULL && are_texts && item->op != IR_CONST)
        made = item;
    if (made == NULL)
        return compare_refuse_types(env, node, item, list);
    return make_binary(checker, IR_IN_LIST, node->span, bool_type(env), made, list);
}

Expr *compare_check_in(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    const Node *right = node->child->next;
    Decl *group = path_named(env, DECL_GROUP, right);
    if (group != NULL)
        return check_in_group(env, node, group);
    Decl *table = path_named(env, DECL_TABLE, right);
    if (table != NULL)
        return check_in_table(env, node, table);
    if (is_written(right))
        return check_in_written(env, node);
    RootKind root = path_root(env, node->child);
    if ((root == ROOT_KIND_USER || root == ROOT_KIND_AGENT) &&
        right->kind == NODE_NAME) {
        checker_need(checker, DECL_GROUP, right);
        return make_poison(checker, node->span);
    }
    Expr *item = expr_check_needed(env, node->child);
    Expr *in = expr_check_needed(env, right);
    if (is_poison(item) || is_poison(in))
        return make_poison(checker, node->span);
    if (type_is_list(in->type))
        return check_in_list(env, node, item, in);
    Expr *net = expr_convert(env, in, type_plain(checker->types, TYPE_NET));
    bool is_address = item->type->form == TYPE_IP || item->type->form == TYPE_NET;
    if (net != NULL && is_address)
        return make_binary(checker, IR_IN_NET, node->span, bool_type(env), item, net);
    return compare_refuse_types(env, node, item, in);
}

// ---- like ----

Expr *compare_check_like(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    const Type *text = type_plain(checker->types, TYPE_STRING);
    Expr *of = expr_check_needed(env, node->child);
    Expr *pattern = expr_check_as(env, node->child->next, text);
    if (is_poison(of) || is_poison(pattern))
        return make_poison(checker, node->span);
    if (!type_is_text(of->type))
        return expr_refuse(env, of, STR("a text"));
    if (pattern->op != IR_CONST) {
        diag_report(checker->diags, DIAG_PATTERN_CONSTANT, pattern->span);
        return make_poison(checker, node->span);
    }
    return make_binary(checker, IR_LIKE, node->span, bool_type(env), of, pattern);
}
