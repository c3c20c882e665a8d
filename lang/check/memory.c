// SPDX-License-Identifier: Apache-2.0
#include "lang/check/memory.h"

#include "lang/check/literal.h"
#include "lang/check/reach.h"

// ---- labels ----

void memory_declare_labels(Checker *checker, const Node *node)
{
    for (const Node *label = node_find(node, NODE_LABEL); label != NULL;
         label = node_find_next(label, NODE_LABEL))
        scope_declare(&checker->scope, checker->diags, DECL_LABEL, label->text,
                      node_name_span(label), label);
}

static bool has_level(const Node *label, Str name)
{
    const Node *level = node_find(label, NODE_NAME);
    while (level != NULL && !str_eq(level->text, name))
        level = node_find_next(level, NODE_NAME);
    return level != NULL;
}

static void check_yielded_level(Checker *checker, const Node *yield, const Node *label)
{
    const Node *level = node_find(yield, NODE_NAME);
    bool is_ordered = node_find(label, NODE_NAME) != NULL;
    if (level == NULL && is_ordered)
        diag_report1(checker->diags, DIAG_LEVEL_WANTED, yield->span, label->text);
    if (level == NULL || has_level(label, level->text))
        return;
    Diag *diag = diag_report2(checker->diags, DIAG_LEVEL_UNKNOWN, level->span,
                              label->text, level->text);
    Nearest nearest = nearest_start(level->text);
    for (const Node *other = node_find(label, NODE_NAME); other != NULL;
         other = node_find_next(other, NODE_NAME))
        nearest_offer(&nearest, other->text);
    diag_suggest(diag, level->span, &nearest);
}

void memory_check_yields(Checker *checker, const uint32_t *tools, uint32_t count,
                         const Node *node)
{
    checker_needs_state(checker, node->span, STR("what a tool `yields`"));
    for (const Node *yield = node_find(node, NODE_YIELD); yield != NULL;
         yield = node_find_next(yield, NODE_YIELD)) {
        const Decl *label = scope_need(&checker->scope, checker->diags, DECL_LABEL,
                                       yield->text, node_name_span(yield));
        if (label != NULL)
            check_yielded_level(checker, yield, label->node);
    }
    const Node *when = node_find(node, NODE_WHEN);
    for (uint32_t i = 0; when != NULL && i < count; i++) {
        const Schema *result = checker->program->tools[tools[i]].result;
        Env env = {.checker = checker,
                   .roots = ROOT_REQUEST | ROOT_ARGS | ROOT_INTENT | ROOT_RESULT,
                   .place = "`yields`",
                   .reach = reach_of_tools(checker, &tools[i], 1),
                   .result = result == NULL ? NULL : result->type};
        if (is_poison(expr_check_bool(&env, when->child)))
            return;
    }
}

// ---- budgets ----

static Env budget_env(Checker *checker)
{
    return (Env){.checker = checker, .roots = ROOT_REQUEST, .place = "a `budget`"};
}

// An amount: a number that is there.
static Expr *check_amount(const Env *env, const Node *node)
{
    Expr *amount = expr_check_needed(env, node);
    if (is_poison(amount) || type_is_number(amount->type))
        return amount;
    return expr_refuse(env, amount, STR("a number"));
}

static void check_values(const Env *env, const Node *node)
{
    bool is_tuple = node->kind == NODE_TUPLE;
    for (const Node *part = is_tuple ? node->child : node; part != NULL;
         part = is_tuple ? part->next : NULL)
        expr_check_needed(env, part);
}

static bool is_budget_key(const Node *key)
{
    static const Str NAMES[] = {{"task", 4},    {"subtask", 7}, {"user", 4},
                                {"agent", 5},   {"tenant", 6},  {"audience", 8},
                                {"approver", 8}};
    for (size_t i = 0; key->kind == NODE_NAME && i < sizeof NAMES / sizeof *NAMES; i++)
        if (str_eq(NAMES[i], key->text))
            return true;
    return false;
}

static void check_at_most(const Env *env, const Node *node)
{
    check_amount(env, node_first(node));
    const Node *of = node_find(node, NODE_OF);
    if (of != NULL)
        check_amount(env, of->child);
    const Node *distinct = node_find(node, NODE_DISTINCT);
    if (distinct != NULL)
        check_values(env, distinct->child);
    const Node *per = node_find(node, NODE_PER);
    for (const Node *key = per == NULL ? NULL : per->child; key != NULL;
         key = key->next)
        if (!is_budget_key(key))
            check_values(env, key);
    const Node *rolling = node_find(node, NODE_ROLLING);
    int64_t window = 0;
    if (rolling != NULL)
        expr_constant_duration(env->checker, rolling->child, &window);
}

void memory_check_at_most(const Env *env, const Node *node)
{
    checker_needs_state(env->checker, node->span, STR("a budget (`at most`)"));
    check_at_most(env, node);
}

void memory_check_budget(Checker *checker, const Node *node)
{
    checker_needs_state(checker, node_name_span(node), STR("a `budget`"));
    Env env = budget_env(checker);
    for (const Node *clause = node_find(node, NODE_AT_MOST); clause != NULL;
         clause = node_find_next(clause, NODE_AT_MOST))
        check_at_most(&env, clause);
}

void memory_check_spend(const Env *env, const Node *node)
{
    checker_needs_state(env->checker, node->span, STR("spending of a budget"));
    const Node *amount = node_first(node);
    check_amount(env, amount);
    if (amount->next != NULL)
        checker_need(env->checker, DECL_BUDGET, amount->next);
    const Node *settle = node_find(node, NODE_SETTLE);
    if (settle == NULL)
        return;
    Env after = *env;
    after.roots |= ROOT_RESULT;
    check_amount(&after, settle->child);
}

// ---- approvals and consents ----

static void check_within(Checker *checker, const Node *node)
{
    const Node *within = node_find(node, NODE_WITHIN);
    int64_t duration = 0;
    if (within != NULL)
        expr_constant_duration(checker, within->child, &duration);
}

void memory_check_approval(Checker *checker, const Node *node)
{
    checker_needs_state(checker, node->span, STR("an approval"));
    check_within(checker, node);
    const Node *count = node_find(node, NODE_INT);
    uint32_t wanted = 1;
    if (count != NULL && !expr_constant_count(checker, count, 1, &wanted))
        return;
    if (node_find(node, NODE_FROM_USER) != NULL)
        return;
    const Node *from = count != NULL ? count->next : node_first(node);
    if (from == NULL || (from->kind != NODE_NAME && from->kind != NODE_FIELD))
        return;
    const Decl *group = checker_need(checker, DECL_GROUP, from);
    if (group == NULL || group->number == UINT32_MAX)
        return;
    const Group *members = &checker->program->groups[group->number];
    if (!members->is_from_request && members->user_count < wanted)
        diag_report3(checker->diags, DIAG_APPROVERS_FEW, node->span, members->name,
                     diag_count(checker->arena, members->user_count, "member"),
                     diag_count(checker->arena, wanted, "approval"));
}

void memory_check_consent(Checker *checker, const Node *node)
{
    checker_needs_state(checker, node->span, STR("a consent"));
    check_within(checker, node);
}

// ---- delegation ----

static void check_delegates(Checker *checker, uint32_t intent, const Node *node)
{
    checker_needs_state(checker, node->span, STR("delegation to a sub-task"));
    const Decl *child = scope_need(&checker->scope, checker->diags, DECL_INTENT,
                                   node->text, node_name_span(node));
    const Node *when = node_find(node, NODE_WHEN);
    if (child == NULL || child->number == UINT32_MAX || when == NULL)
        return;
    HeadTerm term = {{DIM_INTENT, intent, STR("")}, NONE};
    Head head = {&term, 1, node->span};
    Env env = {.checker = checker,
               .roots = ROOT_INTENT | ROOT_CHILD,
               .place = "`delegates`",
               .reach = reach_of_heads(checker, &head, 1, false, RULE_FORBID),
               .child = checker->program->intents[child->number].params->type};
    expr_check_bool(&env, when->child);
}

void memory_check_intent(Checker *checker, uint32_t intent, const Node *node)
{
    for (const Node *clause = node_first(node); clause != NULL; clause = clause->next) {
        if (clause->kind == NODE_DELEGATES)
            check_delegates(checker, intent, clause);
        if (clause->kind == NODE_UNDER) {
            checker_needs_state(checker, clause->span, STR("an intent for sub-tasks"));
            for (const Node *path = clause->child; path != NULL; path = path->next)
                checker_need(checker, DECL_INTENT, path);
        }
        if (clause->kind == NODE_INHERITS) {
            checker_needs_state(checker, clause->span, STR("inheriting labels"));
            int64_t duration = 0;
            expr_constant_duration(checker, clause->child, &duration);
        }
    }
}
