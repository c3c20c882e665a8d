// SPDX-License-Identifier: Apache-2.0
#include "lang/check/catalog.h"

#include "lang/check/reach.h"
#include "lang/check/slot.h"
#include "lang/check/typing.h"

static const Str CONTROLS[] = {
#define CONTROL(id, title) {id, sizeof(id) - 1},
#include "stdlib/controls.def"
#undef CONTROL
};

bool catalog_control(Checker *checker, Str id, Span span)
{
    Nearest nearest = nearest_start(id);
    for (size_t i = 0; i < sizeof CONTROLS / sizeof *CONTROLS; i++) {
        if (str_eq(CONTROLS[i], id))
            return true;
        nearest_offer(&nearest, CONTROLS[i]);
    }
    Diag *diag = diag_report1(checker->diags, DIAG_CONTROL_UNKNOWN, span, id);
    if (nearest.best.len > 0)
        diag_fix(diag, span,
                 arena_format(checker->arena, "\"%.*s\"", STR_ARG(nearest.best)),
                 STR("write the nearest control"));
    return false;
}

const Const *catalog_const(Checker *checker, const Decl *decl)
{
    const Node *returns = node_find(decl->node, NODE_RETURNS);
    const Node *value = node_first(decl->node);
    if (value == NULL || node_has(decl->node, NODE_BROKEN))
        return NULL;
    if (returns != NULL)
        return expr_constant(checker, value, typing_type(checker, returns->child));
    Env env = expr_constants(checker);
    Expr *expr = expr_check_needed(&env, value);
    if (is_poison(expr))
        return NULL;
    if (expr->op != IR_CONST)
        diag_report(checker->diags, DIAG_CONSTANT_WANTED, value->span);
    return expr->op == IR_CONST ? expr->value : NULL;
}

// ---- lets ----

static Memo *memo_of(Checker *checker, Str name)
{
    Program *program = checker->program;
    bool is_new = false;
    uint32_t at = *map_insert(&checker->lets, name, program->memo_count, &is_new);
    if (is_new)
        *ARRAY_PUSH(checker->arena, program->memos, program->memo_count) =
            (Memo){.name = arena_format(checker->arena, "tool.%.*s", STR_ARG(name))};
    return &program->memos[at];
}

// The value of one tool's `let` as the type that all have in common, which may still be
// absent; NULL if it can't be that.
static Expr *joined_value(const Env *env, Expr *value, const Type *joined)
{
    Checker *checker = env->checker;
    if (!value->type->is_optional)
        return expr_convert(env, value, joined);
    if (type_kind(value->type) == type_kind(joined))
        return value;
    if (value->type->form != TYPE_INT || joined->form != TYPE_DECIMAL)
        return NULL;
    return make_unary(checker, IR_DECIMAL, value->span,
                      type_optional(checker->types, joined), value);
}

// Makes the memo's values so far of the joined type.
static void widen(const Env *env, Memo *memo, const Type *joined)
{
    memo->type = joined;
    for (uint32_t i = 0; i < memo->tool_count; i++) {
        Expr *made = joined_value(env, memo->tools[i].value, joined);
        memo->tools[i].value = made == NULL ? memo->tools[i].value : made;
    }
}

bool catalog_may_let(Checker *checker, const Node *let)
{
    Str field = arena_format(checker->arena, "tool.%.*s", STR_ARG(let->text));
    if (slot_fixed(checker, field) == NONE)
        return true;
    diag_report2(checker->diags, DIAG_NAME_TWICE, node_name_span(let),
                 STR("a field of every tool"), let->text);
    return false;
}

static bool has_let(Checker *checker, uint32_t tool, const Node *let)
{
    const uint32_t *at = map_find(&checker->lets, let->text);
    const Memo *memo = at == NULL ? NULL : &checker->program->memos[*at];
    for (uint32_t i = 0; memo != NULL && i < memo->tool_count; i++)
        if (memo->tools[i].tool == tool)
            return true;
    return false;
}

void catalog_add_let(Checker *checker, uint32_t tool, const Node *let)
{
    if (has_let(checker, tool, let)) {
        diag_report2(checker->diags, DIAG_NAME_TWICE, node_name_span(let),
                     STR("a `let`"), let->text);
        return;
    }
    Env env = {.checker = checker,
               .roots = ROOT_REQUEST | ROOT_ARGS,
               .place = "a `let`",
               .reach = reach_of_tools(checker, &tool, 1)};
    Expr *value = expr_check(&env, let->child);
    if (is_poison(value))
        return;
    Memo *memo = memo_of(checker, let->text);
    const Type *joined = memo->type == NULL
                             ? value->type->bare
                             : type_join(checker->types, memo->type, value->type->bare);
    if (joined == NULL) {
        diag_report2(checker->diags, DIAG_TYPES_DIFFER, let->span,
                     checker_type_text(checker, memo->type),
                     checker_type_text(checker, value->type));
        return;
    }
    Expr *made = joined_value(&env, value, joined);
    if (made == NULL) {
        expr_refuse(&env, value, checker_type_text(checker, joined));
        return;
    }
    widen(&env, memo, joined);
    *ARRAY_PUSH(checker->arena, memo->tools, memo->tool_count) = (MemoTool){tool, made};
}

static const MemoTool *memo_for(const Memo *memo, uint32_t tool)
{
    for (uint32_t i = 0; i < memo->tool_count; i++)
        if (memo->tools[i].tool == tool)
            return &memo->tools[i];
    return NULL;
}

static Expr *unknown_let(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    Diag *diag = diag_report2(checker->diags, DIAG_FIELD_UNKNOWN, node_name_span(node),
                              STR("`tool`"), node->text);
    Nearest nearest = nearest_start(node->text);
    for (uint32_t i = 0; i < checker->lets.count; i++)
        nearest_offer(&nearest, map_at(&checker->lets, i)->key);
    diag_suggest(diag, node_name_span(node), &nearest);
    return make_poison(checker, node->span);
}

Expr *catalog_let(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    const uint32_t *at = map_find(&checker->lets, node->text);
    if (at == NULL || env->reach == NULL)
        return unknown_let(env, node);
    const Memo *memo = &checker->program->memos[*at];
    bool may_lack = false;
    bool may_fail = false;
    for (uint32_t i = 0; i < env->reach->tool_count; i++) {
        const MemoTool *tool = memo_for(memo, env->reach->tools[i]);
        may_lack = may_lack || tool == NULL || tool->value->may_absent;
        may_fail = may_fail || (tool != NULL && tool->value->may_unknown);
    }
    const Type *type =
        may_lack ? type_optional(checker->types, memo->type) : memo->type;
    Expr *expr = make_leaf(checker, IR_MEMO, node->span, type, *at);
    expr->may_absent = may_lack;
    expr->may_unknown = may_fail;
    return expr;
}
