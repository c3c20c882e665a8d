// SPDX-License-Identifier: Apache-2.0
#include "lang/check/memory.h"

#include <stdlib.h>

#include "lang/check/literal.h"
#include "lang/check/past.h"
#include "lang/check/reach.h"

// ---- labels ----

static void add_label(Checker *checker, const Node *node, Str name)
{
    *ARRAY_PUSH(checker->arena, checker->program->labels,
                checker->program->label_count) =
        (PolicyLabel){.name = name, .is_sticky = node_has(node, NODE_STICKY)};
}

uint32_t memory_level(const Node *label, Str name)
{
    uint32_t number = 0;
    const Node *level = node_find(label, NODE_NAME);
    for (; level != NULL && !str_eq(level->text, name); number++)
        level = node_find_next(level, NODE_NAME);
    return level == NULL ? NONE : number;
}

// Each level of an ordered label is a label of its own; they follow each other, the
// lowest first.
static void declare_label(Checker *checker, const Node *label)
{
    Decl *decl = scope_declare(&checker->scope, checker->diags, DECL_LABEL, label->text,
                               node_name_span(label), label);
    if (decl == NULL)
        return;
    decl->number = checker->program->label_count;
    const Node *level = node_find(label, NODE_NAME);
    if (level == NULL)
        add_label(checker, label, decl->full);
    for (uint32_t i = 0; level != NULL; level = node_find_next(level, NODE_NAME), i++) {
        if (memory_level(label, level->text) != i)
            diag_report1(checker->diags, DIAG_GROUP_TWICE, level->span, level->text);
        add_label(checker, label,
                  arena_format(checker->arena, "%.*s.%.*s", STR_ARG(decl->full),
                               STR_ARG(level->text)));
    }
}

void memory_declare_labels(Checker *checker, const Node *node)
{
    for (const Node *label = node_find(node, NODE_LABEL); label != NULL;
         label = node_find_next(label, NODE_LABEL))
        declare_label(checker, label);
}

// The number of the label that a call touches; NONE after a message.
static uint32_t yielded_label(Checker *checker, const Node *yield, const Decl *decl)
{
    const Node *label = decl->node;
    const Node *level = node_find(yield, NODE_NAME);
    bool is_ordered = node_find(label, NODE_NAME) != NULL;
    if (level == NULL && is_ordered)
        diag_report1(checker->diags, DIAG_LEVEL_WANTED, yield->span, label->text);
    if (level == NULL)
        return is_ordered ? NONE : decl->number;
    uint32_t number = memory_level(label, level->text);
    if (number != NONE)
        return decl->number + number;
    Diag *diag = diag_report2(checker->diags, DIAG_LEVEL_UNKNOWN, level->span,
                              label->text, level->text);
    Nearest nearest = nearest_start(level->text);
    for (const Node *other = node_find(label, NODE_NAME); other != NULL;
         other = node_find_next(other, NODE_NAME))
        nearest_offer(&nearest, other->text);
    diag_suggest(diag, level->span, &nearest);
    return NONE;
}

static void add_yield(Checker *checker, uint32_t number, uint32_t label, Expr *when)
{
    Tool *tool = &checker->program->tools[number];
    *ARRAY_PUSH(checker->arena, tool->yields, tool->yield_count) =
        (Yield){label, when, when != NULL && past_reads_result(checker, when)};
}

// The condition of `yields` for one tool: NULL if there is none, poison after a
// message.
static Expr *yield_condition(Checker *checker, uint32_t tool, const Node *when)
{
    if (when == NULL)
        return NULL;
    Env env = {.checker = checker,
               .roots = ROOT_REQUEST | ROOT_ARGS | ROOT_INTENT | ROOT_RESULT,
               .place = "`yields`",
               .reach = reach_of_tools(checker, &tool, 1),
               .result = checker->program->tools[tool].result};
    return expr_check_bool(&env, when->child);
}

void memory_check_yields(Checker *checker, const uint32_t *tools, uint32_t count,
                         const Node *node)
{
    uint32_t *labels = NULL;
    uint32_t label_count = 0;
    for (const Node *yield = node_find(node, NODE_YIELD); yield != NULL;
         yield = node_find_next(yield, NODE_YIELD)) {
        const Decl *label = scope_need(&checker->scope, checker->diags, DECL_LABEL,
                                       yield->text, node_name_span(yield));
        uint32_t number = label == NULL ? NONE : yielded_label(checker, yield, label);
        if (number != NONE)
            *ARRAY_PUSH(checker->arena, labels, label_count) = number;
    }
    for (uint32_t i = 0; i < count; i++) {
        Expr *when = yield_condition(checker, tools[i], node_find(node, NODE_WHEN));
        if (when != NULL && is_poison(when))
            return;
        for (uint32_t k = 0; k < label_count; k++)
            add_yield(checker, tools[i], labels[k], when);
    }
}

// ---- budgets ----

static Env budget_env(Checker *checker)
{
    return (Env){.checker = checker, .roots = ROOT_REQUEST, .place = "a `budget`"};
}

// An amount: a number that is there, as a decimal. NULL after a message.
static Expr *check_amount(const Env *env, const Node *node)
{
    Expr *amount = expr_check_needed(env, node);
    if (is_poison(amount))
        return NULL;
    if (!type_is_number(amount->type)) {
        expr_refuse(env, amount, STR("a number"));
        return NULL;
    }
    amount = expr_convert(env, amount, type_plain(env->checker->types, TYPE_DECIMAL));
    Decimal zero = decimal_from_i64(0);
    if (amount->op == IR_CONST && decimal_compare(amount->value->decimal, zero) < 0) {
        diag_report2(env->checker->diags, DIAG_COUNT_RANGE, node->span, STR("0"),
                     literal_show(env->checker, amount->value));
        return NULL;
    }
    return amount;
}

// The values of an expression, or of each part of a tuple. False after a message.
static bool add_values(const Env *env, const Node *node, Expr ***values,
                       uint32_t *count)
{
    bool is_tuple = node->kind == NODE_TUPLE;
    for (const Node *part = is_tuple ? node->child : node; part != NULL;
         part = is_tuple ? part->next : NULL) {
        Expr *value = expr_check_needed(env, part);
        if (is_poison(value))
            return false;
        *ARRAY_PUSH(env->checker->arena, *values, *count) = value;
    }
    return true;
}

// The bit of a key that is a party; 0: it is an expression.
static uint32_t per_of(const Node *key)
{
    static const struct {
        Str name;
        uint32_t per;
    } ROWS[] = {{{"task", 4}, PER_TASK},        {{"subtask", 7}, PER_SUBTASK},
                {{"user", 4}, PER_USER},        {{"agent", 5}, PER_AGENT},
                {{"tenant", 6}, PER_TENANT},    {{"audience", 8}, PER_AUDIENCE},
                {{"approver", 8}, PER_APPROVER}};
    for (size_t i = 0; key->kind == NODE_NAME && i < sizeof ROWS / sizeof *ROWS; i++)
        if (str_eq(ROWS[i].name, key->text))
            return ROWS[i].per;
    return 0;
}

static bool add_keys(const Env *env, const Node *node, PolicyBudget *budget)
{
    const Node *per = node_find(node, NODE_PER);
    for (const Node *key = per == NULL ? NULL : per->child; key != NULL;
         key = key->next) {
        budget->per |= per_of(key);
        if (per_of(key) == 0 &&
            !add_values(env, key, &budget->keys, &budget->key_count))
            return false;
    }
    for (uint32_t i = 0; i < budget->key_count; i++)
        if (budget->keys[i]->type->form == TYPE_DURATION &&
            budget->keys[i]->op == IR_CONST) {
            diag_report1(env->checker->diags, DIAG_BUDGET_OF_NOBODY,
                         budget->keys[i]->span,
                         checker_text(env->checker, budget->keys[i]->span));
            return false;
        }
    return true;
}

// `at most N ...` as a budget under that name; *amount is what a call takes of it, NULL
// for 1. Its number; NONE after a message.
static uint32_t add_budget(const Env *env, const Node *node, Str name, Expr **amount)
{
    Checker *checker = env->checker;
    PolicyBudget budget = {.name = name, .span = node->span};
    const Node *of = node_find(node, NODE_OF);
    const Node *distinct = node_find(node, NODE_DISTINCT);
    const Node *rolling = node_find(node, NODE_ROLLING);
    *amount = NULL;
    budget.most = check_amount(env, node_first(node));
    if (budget.most == NULL)
        return NONE;
    if (of != NULL && (*amount = check_amount(env, of->child)) == NULL)
        return NONE;
    if (distinct != NULL &&
        !add_values(env, distinct->child, &budget.distinct, &budget.distinct_count))
        return NONE;
    if (!add_keys(env, node, &budget) ||
        (rolling != NULL &&
         !expr_constant_duration(checker, rolling->child, &budget.window)))
        return NONE;
    budget.kind = distinct == NULL ? BUDGET_OF_SUM : BUDGET_OF_DISTINCT;
    *ARRAY_PUSH(checker->arena, checker->program->budgets,
                checker->program->budget_count) = budget;
    return checker->program->budget_count - 1;
}

static void add_spend(Checker *checker, Rule *rule, Spend spend)
{
    *ARRAY_PUSH(checker->arena, rule->spends, rule->spend_count) = spend;
}

void memory_check_at_most(const Env *env, const Node *node, Rule *rule)
{
    Str name = arena_format(env->checker->arena, "%.*s.%u", STR_ARG(rule->name),
                            rule->spend_count + 1);
    Expr *amount;
    uint32_t budget = add_budget(env, node, name, &amount);
    if (budget != NONE)
        add_spend(env->checker, rule, (Spend){budget, amount, NULL});
}

// One budget for each `at most`; they follow each other.
static void load_budget(Checker *checker, Decl *decl)
{
    Env env = budget_env(checker);
    uint32_t count = 0, first = NONE;
    for (const Node *clause = node_find(decl->node, NODE_AT_MOST); clause != NULL;
         clause = node_find_next(clause, NODE_AT_MOST)) {
        Str name = count == 0 ? decl->full
                              : arena_format(checker->arena, "%.*s.%u",
                                             STR_ARG(decl->full), count + 1);
        Expr *amount;
        uint32_t budget = add_budget(&env, clause, name, &amount);
        if (budget == NONE)
            return; // after a message: nothing can draw on it
        if (count++ == 0)
            first = budget;
    }
    if (count == 0 && !node_has(decl->node, NODE_BROKEN))
        checker_lacks(checker, decl->span, STR("a budget"), STR("at most"));
    decl->number = first;
}

void memory_load_budgets(Checker *checker)
{
    Scope *scope = &checker->scope;
    for (uint32_t i = 0; i < scope->decl_count[DECL_BUDGET]; i++)
        load_budget(checker, scope->decls[DECL_BUDGET][i]);
}

// Draws on each `at most` of the budget.
static void add_spends(Checker *checker, Rule *rule, const Decl *budget, Expr *amount,
                       Expr *settle)
{
    uint32_t number = budget->number;
    for (const Node *clause = node_find(budget->node, NODE_AT_MOST); clause != NULL;
         clause = node_find_next(clause, NODE_AT_MOST))
        add_spend(checker, rule, (Spend){number++, amount, settle});
}

void memory_check_spend(const Env *env, const Node *node, Rule *rule)
{
    const Node *first = node_first(node);
    const Node *settle = node_find(node, NODE_SETTLE);
    Expr *amount = check_amount(env, first), *settled = NULL;
    Decl *budget = first->next == NULL
                       ? NULL
                       : checker_need(env->checker, DECL_BUDGET, first->next);
    if (settle != NULL) {
        Env after = *env;
        after.roots |= ROOT_RESULT;
        settled = check_amount(&after, settle->child);
        if (settled == NULL)
            return;
    }
    if (amount != NULL && budget != NULL && budget->number != NONE)
        add_spends(env->checker, rule, budget, amount, settled);
}

// ---- approvals and consents ----

// False after a message.
static bool read_within(Checker *checker, const Node *node, int64_t *within)
{
    const Node *clause = node_find(node, NODE_WITHIN);
    return clause == NULL || expr_constant_duration(checker, clause->child, within);
}

static void add_requirement(Checker *checker, Rule *rule, Requirement requirement)
{
    *ARRAY_PUSH(checker->arena, rule->requirements, rule->requirement_count) =
        requirement;
}

static void report_few(Checker *checker, const Node *node, Str who, Str have,
                       uint32_t wanted)
{
    diag_report3(checker->diags, DIAG_APPROVERS_FEW, node->span, who, have,
                 diag_count(checker->arena, wanted, "approval"));
}

// The group that `from` names has enough members. Its number, or NONE after a message.
static uint32_t approvers(Checker *checker, const Node *node, const Node *from,
                          uint32_t wanted)
{
    if (from == NULL || (from->kind != NODE_NAME && from->kind != NODE_FIELD))
        return NONE;
    const Decl *group = checker_need(checker, DECL_GROUP, from);
    if (group == NULL || group->number == UINT32_MAX)
        return NONE;
    const Group *members = &checker->program->groups[group->number];
    if (!members->is_from_request && members->user_count < wanted)
        report_few(checker, node, members->name,
                   diag_count(checker->arena, members->user_count, "member"), wanted);
    return group->number;
}

void memory_check_approval(Checker *checker, const Node *node, Rule *rule)
{
    Requirement requirement = {.kind = REQUIRE_APPROVAL, .of = NONE, .count = 1};
    const Node *count = node_find(node, NODE_INT);
    if (node_find(node, NODE_WITHIN) == NULL) {
        checker_lacks(checker, node->span, STR("an approval"), STR("within"));
        return;
    }
    if (!read_within(checker, node, &requirement.within) ||
        (count != NULL &&
         !expr_constant_count(checker, count, 1, UINT32_MAX, &requirement.count)))
        return;
    if (node_find(node, NODE_FROM_USER) != NULL && requirement.count > 1)
        report_few(checker, node, STR("user"), STR("one person"), requirement.count);
    if (node_find(node, NODE_FROM_USER) == NULL) {
        const Node *from = count != NULL ? count->next : node_first(node);
        requirement.of = approvers(checker, node, from, requirement.count);
        if (requirement.of == NONE)
            return;
    }
    add_requirement(checker, rule, requirement);
}

void memory_check_approvers(Checker *checker, const Rule *rule)
{
    for (uint32_t i = 0; i < rule->requirement_count; i++)
        if (rule->requirements[i].kind == REQUIRE_APPROVAL)
            return;
    for (uint32_t i = 0; i < rule->spend_count; i++)
        if (checker->program->budgets[rule->spends[i].budget].per & PER_APPROVER) {
            diag_report1(checker->diags, DIAG_APPROVER_NOBODY, rule->span, rule->name);
            return;
        }
}

void memory_check_consent(Checker *checker, const Node *node, Rule *rule)
{
    static const Str TARGETS[] = {[CONSENT_TO_AUDIENCE] = {"audience", 8},
                                  [CONSENT_TO_TOOL] = {"tool", 4},
                                  [CONSENT_TO_INTENT] = {"intent", 6},
                                  [CONSENT_TO_ARGS] = {"args", 4}};
    Requirement requirement = {.kind = REQUIRE_CONSENT};
    if (!read_within(checker, node, &requirement.within))
        return;
    while (requirement.of < CONSENT_TO_ARGS &&
           !str_eq(TARGETS[requirement.of], node->text))
        requirement.of++;
    add_requirement(checker, rule, requirement);
}

// ---- delegation ----

static void check_delegates(Checker *checker, uint32_t intent, const Node *node)
{
    const Decl *child = scope_need(&checker->scope, checker->diags, DECL_INTENT,
                                   node->text, node_name_span(node));
    const Node *when = node_find(node, NODE_WHEN);
    if (child == NULL || child->number == UINT32_MAX)
        return;
    Delegate delegate = {child->number, NULL};
    if (when != NULL) {
        HeadTerm term = {{DIM_INTENT, intent, STR("")}, NONE};
        Head head = {&term, 1, node->span};
        Env env = {.checker = checker,
                   .roots = ROOT_INTENT | ROOT_CHILD,
                   .place = "`delegates`",
                   .reach = reach_of_heads(checker, &head, 1, false, RULE_FORBID),
                   .child = checker->program->intents[child->number].params};
        delegate.when = expr_check_bool(&env, when->child);
        if (is_poison(delegate.when))
            return;
    }
    Intent *of = &checker->program->intents[intent];
    *ARRAY_PUSH(checker->arena, of->delegates, of->delegate_count) = delegate;
}

static int compare_numbers(const void *left, const void *right)
{
    const uint32_t *a = left;
    const uint32_t *b = right;
    return (*a > *b) - (*a < *b);
}

static void add_under(Checker *checker, Intent *intent, const Node *clause)
{
    for (const Node *path = clause->child; path != NULL; path = path->next) {
        const Decl *above = checker_need(checker, DECL_INTENT, path);
        if (above != NULL && above->number != UINT32_MAX &&
            !array_has_number(intent->under, intent->under_count, above->number))
            *ARRAY_PUSH(checker->arena, intent->under, intent->under_count) =
                above->number;
    }
    if (intent->under_count > 1)
        qsort(intent->under, intent->under_count, sizeof *intent->under,
              compare_numbers);
}

void memory_check_intent(Checker *checker, uint32_t number, const Node *node)
{
    Intent *intent = &checker->program->intents[number];
    for (const Node *clause = node_first(node); clause != NULL; clause = clause->next) {
        if (clause->kind == NODE_DELEGATES)
            check_delegates(checker, number, clause);
        if (clause->kind == NODE_UNDER)
            add_under(checker, intent, clause);
        if (clause->kind == NODE_INHERITS)
            expr_constant_duration(checker, clause->child, &intent->inherits);
    }
}

static bool delegates(const Intent *intent, uint32_t child)
{
    for (uint32_t i = 0; i < intent->delegate_count; i++)
        if (intent->delegates[i].intent == child)
            return true;
    return false;
}

void memory_check_tree(Checker *checker, uint32_t number, const Node *node)
{
    const Intent *intents = checker->program->intents;
    const Node *clause = node_find(node, NODE_DELEGATES);
    const Node *under = node_find(node, NODE_UNDER);
    if (clause != NULL && intents[number].depth == 0)
        diag_report1(checker->diags, DIAG_DEPTH_NONE, clause->span,
                     intents[number].name);
    for (const Node *path = under == NULL ? NULL : under->child; path != NULL;
         path = path->next) {
        const Decl *above = checker_find(checker, DECL_INTENT, path);
        if (above != NULL && !delegates(&intents[above->number], number))
            diag_report2(checker->diags, DIAG_UNDER_ALONE, path->span,
                         intents[number].name, intents[above->number].name);
    }
}
