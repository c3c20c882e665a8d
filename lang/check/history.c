// SPDX-License-Identifier: Apache-2.0
#include "lang/check/history.h"

#include "lang/check/memory.h"

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

static Expr *label_expr(const Env *env, Span span, uint32_t number)
{
    return make_leaf(env->checker, IR_LABEL, span, plain(env, TYPE_BOOL), number);
}

// Some level of an ordered label, from one position up to before another.
static Expr *some_level(const Env *env, Span span, const Decl *label, uint32_t from,
                        uint32_t to)
{
    Expr **levels = ARENA_ARRAY(env->checker->arena, to - from + 1, Expr *);
    for (uint32_t i = from; i < to; i++)
        levels[i - from] = label_expr(env, span, label->number + i);
    return make_logic(env->checker, IR_OR, span, levels, to - from);
}

static uint32_t level_count(const Decl *label)
{
    uint32_t count = 0;
    for (const Node *level = node_find(label->node, NODE_NAME); level != NULL;
         level = node_find_next(level, NODE_NAME))
        count++;
    return count;
}

Expr *history_check_label(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    if ((env->roots & ROOT_HISTORY) == 0)
        return expr_unreadable(env, node->span, STR("task has"));
    const Decl *label = scope_need(&checker->scope, checker->diags, DECL_LABEL,
                                   node->text, node_name_span(node));
    if (label == NULL)
        return make_poison(checker, node->span);
    uint32_t levels = level_count(label);
    return some_level(env, node->span, label, 0, levels == 0 ? 1 : levels);
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

// The position of the level that a name means; NONE after a message.
static uint32_t check_level(const Env *env, const Node *node, const Decl *label)
{
    Checker *checker = env->checker;
    uint32_t position =
        node->kind == NODE_NAME ? memory_level(label->node, node->text) : NONE;
    if (position != NONE)
        return position;
    Nearest nearest = nearest_start(node->text);
    for (const Node *level = node_find(label->node, NODE_NAME); level != NULL;
         level = node_find_next(level, NODE_NAME))
        nearest_offer(&nearest, level->text);
    Diag *diag = diag_report2(checker->diags, DIAG_LEVEL_UNKNOWN, node->span,
                              label->name, checker_text(checker, node->span));
    diag_suggest(diag, node->span, &nearest);
    return NONE;
}

// `task.author` is the lowest level touched so far, the highest if none: so it is below
// a level if one of those below was touched, and at most the highest in any case.
static Expr *compare_with(const Env *env, const Node *node, NodeKind kind,
                          const Decl *label, uint32_t level)
{
    Checker *checker = env->checker;
    uint32_t top = level_count(label) - 1;
    Span span = node->span;
    Expr *below = some_level(env, span, label, 0, level);
    Expr *up_to = level == top ? make_bool(checker, span, true)
                               : some_level(env, span, label, 0, level + 1);
    Expr *both[] = {up_to, make_not(checker, span, below)};
    Expr *equal = make_logic(checker, IR_AND, span, both, 2);
    if (kind == NODE_LT || kind == NODE_GE)
        return kind == NODE_LT ? below : make_not(checker, span, below);
    if (kind == NODE_LE || kind == NODE_GT)
        return kind == NODE_LE ? up_to : make_not(checker, span, up_to);
    return kind == NODE_EQ ? equal : make_not(checker, span, equal);
}

// a < b as b > a.
static NodeKind mirrored(NodeKind kind)
{
    return kind == NODE_LT   ? NODE_GT
           : kind == NODE_LE ? NODE_GE
           : kind == NODE_GT ? NODE_LT
           : kind == NODE_GE ? NODE_LE
                             : kind;
}

Expr *history_compare_level(const Env *env, const Node *node)
{
    const Node *left = node->child;
    const Node *right = left->next;
    const Decl *label = level_side(env, left);
    bool is_mirrored = label == NULL;
    const Node *other = is_mirrored ? left : right;
    if (is_mirrored)
        label = level_side(env, right);
    if (label == NULL)
        return NULL;
    if ((env->roots & ROOT_HISTORY) == 0)
        return expr_unreadable(env, node->span, STR("task"));
    uint32_t level = check_level(env, other, label);
    if (level == NONE)
        return make_poison(env->checker, node->span);
    NodeKind kind = (NodeKind)node->kind;
    return compare_with(env, node, is_mirrored ? mirrored(kind) : kind, label, level);
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
    if (root == ROOT_KIND_RESULT || root == ROOT_KIND_CHILD)
        return poison;
    return root == ROOT_KIND_TOKEN ? token_type(env) : NULL;
}
