// SPDX-License-Identifier: Apache-2.0
#include "lang/check/history.h"

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

static bool is_label(const Checker *checker, Str name)
{
    return scope_find(&checker->scope, DECL_LABEL, name) != NULL;
}

Expr *history_check_label(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    if (!is_label(checker, node->text))
        scope_need(&checker->scope, checker->diags, DECL_LABEL, node->text,
                   node_name_span(node));
    expr_needs_state(env, node->span, STR("a test of a label"));
    return history_value(env, node->span, plain(env, TYPE_BOOL));
}

Expr *history_check_called(const Env *env, const Node *node)
{
    expr_needs_state(env, node->span, STR("a test of earlier calls"));
    return history_value(env, node->span, plain(env, TYPE_BOOL));
}

Expr *history_check_approved(const Env *env, const Node *node)
{
    expr_needs_state(env, node->span, STR("a test of approvals"));
    return history_value(env, node->span, plain(env, TYPE_BOOL));
}

Expr *history_level(const Env *env, const Node *node)
{
    if (!is_label(env->checker, node->text))
        return NULL;
    expr_needs_state(env, node->span, STR("a test of a label"));
    return history_value(env, node->span, plain(env, TYPE_STRING));
}

Expr *history_call_time(const Env *env, const Node *node)
{
    return history_value(env, node->span, plain(env, TYPE_TIME));
}

const Type *history_root_type(const Env *env, RootKind root)
{
    const Type *poison = plain(env, TYPE_POISON);
    if (root == ROOT_KIND_RESULT)
        return env->result == NULL ? poison : env->result;
    if (root == ROOT_KIND_CHILD)
        return env->child == NULL ? poison : env->child;
    return root == ROOT_KIND_GRANT || root == ROOT_KIND_TOKEN ? poison : NULL;
}
