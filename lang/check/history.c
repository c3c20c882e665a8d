// SPDX-License-Identifier: Apache-2.0
#include "lang/check/history.h"

#include "lang/check/item.h"
#include "lang/check/reach.h"

static const Type *plain(const Env *env, TypeForm form)
{
    return type_plain(env->checker->types, form);
}

Expr *history_value(const Env *env, Span span, const Type *type)
{
    if (type->form == TYPE_POISON)
        return make_poison(env->checker, span);
    Expr *expr = make_leaf(env->checker, IR_SLOT, span, type, 0);
    expr->may_unknown = 1;
    return expr;
}

// ---- labels ----

Expr *history_check_label(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    if ((env->roots & ROOT_HISTORY) == 0)
        return expr_unreadable(env, node->span, STR("task has"));
    scope_need(&checker->scope, checker->diags, DECL_LABEL, node->text,
               node_name_span(node));
    expr_needs_state(env, node->span, STR("`task has`"));
    return history_value(env, node->span, plain(env, TYPE_BOOL));
}

// The declaration of an ordered label, or NULL.
static const Decl *ordered_label(const Checker *checker, Str name, Span span)
{
    const Decl *label = scope_find(&checker->scope, DECL_LABEL, name, span);
    return label != NULL && node_find(label->node, NODE_NAME) != NULL ? label : NULL;
}

Expr *history_level(const Env *env, const Node *node)
{
    const Decl *label = ordered_label(env->checker, node->text, node->span);
    if (label == NULL)
        return NULL;
    diag_report1(env->checker->diags, DIAG_LEVEL_COMPARED, node->span, node->text);
    return make_poison(env->checker, node->span);
}

// The label of `task.LABEL` or `task.PACKAGE.LABEL`, if the node is that.
static const Decl *level_side(const Env *env, const Node *node)
{
    const Node *first = node;
    while (first->kind == NODE_FIELD && first->child != NULL)
        first = first->child;
    if (first == node || path_root(env, first) != ROOT_KIND_TASK)
        return NULL;
    Str label = str_cut(checker_path(env->checker, node), '.').tail;
    return ordered_label(env->checker, label, node->span);
}

static void check_level(const Env *env, const Node *node, const Decl *label)
{
    Checker *checker = env->checker;
    Nearest nearest = nearest_start(node->text);
    const Node *level = node_find(label->node, NODE_NAME);
    for (; level != NULL; level = node_find_next(level, NODE_NAME)) {
        if (node->kind == NODE_NAME && str_eq(level->text, node->text))
            return;
        nearest_offer(&nearest, level->text);
    }
    Diag *diag = diag_report2(checker->diags, DIAG_LEVEL_UNKNOWN, node->span,
                              label->name, checker_text(checker, node->span));
    diag_suggest(diag, node->span, &nearest);
}

Expr *history_compare_level(const Env *env, const Node *node)
{
    const Node *left = node->child;
    const Node *right = left->next;
    const Decl *label = level_side(env, left);
    const Node *other = right;
    if (label == NULL) {
        label = level_side(env, right);
        other = left;
    }
    if (label == NULL)
        return NULL;
    if ((env->roots & ROOT_HISTORY) == 0)
        return expr_unreadable(env, node->span, STR("task"));
    if (level_side(env, other) != label)
        check_level(env, other, label);
    expr_needs_state(env, node->span, STR("the level of a label"));
    return history_value(env, node->span, plain(env, TYPE_BOOL));
}

// ---- earlier calls ----

// The arguments of the earlier call are names in its conditions.
static const Local *call_arguments(const Env *env, const Schema *args)
{
    Checker *checker = env->checker;
    const Local *locals = env->locals;
    for (uint32_t i = 0; i < args->field_count; i++) {
        Local *local = ARENA_NEW(checker->arena, Local);
        *local =
            (Local){args->fields[i].name, schema_field_type(checker, &args->fields[i]),
                    0, MAKE_PARAM + i, locals};
        locals = local;
    }
    return locals;
}

static void check_conditions(const Env *env, const Node *node, const Tool *tool)
{
    const Node *conditions = node_find(node, NODE_CONDITIONS);
    Env inner = *env;
    inner.locals = call_arguments(env, tool->args);
    inner.result = tool->result == NULL ? NULL : tool->result->type;
    inner.roots |= ROOT_RESULT;
    inner.is_call = true;
    inner.is_proof = true; // the test as a whole is noted already
    const Node *condition = conditions == NULL ? NULL : conditions->child;
    for (int pass = 0; pass < 2; pass++)
        for (const Node *at = condition; at != NULL; at = at->next) {
            if (given_is_test(at, true) != (pass == 0))
                continue;
            Expr *expr = expr_check_bool(&inner, at);
            inner.given = given_by(env->checker, inner.given, expr, env->level, true);
        }
}

Expr *history_check_called(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    if ((env->roots & ROOT_HISTORY) == 0)
        return expr_unreadable(env, node->span, STR("task called"));
    expr_needs_state(env, node->span, STR("`task called`"));
    const Node *last = node_find(node, NODE_LAST);
    int64_t window = 0;
    if (last != NULL)
        expr_constant_duration(checker, last->child, &window);
    uint32_t tool = item_tool(checker, node->child->next);
    if (tool != NONE)
        check_conditions(env, node, &checker->program->tools[tool]);
    return history_value(env, node->span, plain(env, TYPE_BOOL));
}

Expr *history_call_time(const Env *env, const Node *node)
{
    if (!env->is_call || !str_eq(node->text, STR("at")))
        return expr_unreadable(
            env, node->span,
            arena_format(env->checker->arena, ".%.*s", STR_ARG(node->text)));
    return history_value(env, node->span, plain(env, TYPE_TIME));
}

// ---- approvals, and other roots ----

Expr *history_check_approved(const Env *env, const Node *node)
{
    if ((env->roots & ROOT_TOKEN) == 0)
        return expr_unreadable(env, node->span, STR("approved by"));
    const Node *by = node_first(node);
    if (by != NULL && by->kind != NODE_FROM_USER)
        checker_need(env->checker, DECL_GROUP, by);
    return history_value(env, node->span, plain(env, TYPE_BOOL));
}

static const Type *grant_type(const Env *env)
{
    Types *types = env->checker->types;
    const Type *text = type_plain(types, TYPE_STRING);
    TypeField fields[] = {
        {STR("tool"), text},
        {STR("audience"), type_plain(types, TYPE_URI)},
        {STR("depth"), type_plain(types, TYPE_INT)},
        {STR("scope"), type_set(types, text, MAX_LIST_DEFAULT)},
    };
    return type_record(types, fields, sizeof fields / sizeof *fields);
}

static const Type *token_type(const Env *env)
{
    Types *types = env->checker->types;
    const Type *text = type_plain(types, TYPE_STRING);
    const Type *texts = type_set(types, text, MAX_LIST_DEFAULT);
    TypeField fields[] = {
        {STR("ttl"), type_plain(types, TYPE_DURATION)},
        {STR("uses"), type_plain(types, TYPE_INT)},
        {STR("depth"), type_plain(types, TYPE_INT)},
        {STR("scope"), texts},
        {STR("audience"), texts},
        {STR("free"), texts},
        {STR("sender"), text},
        {STR("tenant"), text},
        {STR("acr"), text},
    };
    return type_record(types, fields, sizeof fields / sizeof *fields);
}

const Type *history_root_type(const Env *env, RootKind root)
{
    const Type *poison = plain(env, TYPE_POISON);
    if (root == ROOT_KIND_RESULT)
        return env->result == NULL ? poison : env->result;
    if (root == ROOT_KIND_CHILD)
        return env->child == NULL ? poison : env->child;
    if (root == ROOT_KIND_GRANT)
        return grant_type(env);
    return root == ROOT_KIND_TOKEN ? token_type(env) : NULL;
}
