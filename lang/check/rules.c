// SPDX-License-Identifier: Apache-2.0
#include "lang/check/rules.h"

#include "lang/check/catalog.h"
#include "lang/check/expr.h"
#include "lang/check/item.h"
#include "lang/check/memory.h"
#include "lang/check/parties.h"
#include "lang/check/reach.h"
#include "lang/check/token.h"

static const int64_t SECOND = 1000000000; // nanoseconds

// ---- heads ----

static void add_heads(Checker *checker, const Node *node, Rule *rule)
{
    for (const Node *clause = node->child; clause != NULL; clause = clause->next) {
        if (!item_is_head(clause))
            continue;
        Head head = item_head(checker, clause);
        for (uint32_t i = 0; i < head.count; i++)
            if (head.terms[i].atom.dim == DIM_INTENT &&
                head.terms[i].atom.number == ATOM_ABSENT)
                rule->is_intent_none = true;
        if (head.count > 0)
            *ARRAY_PUSH(checker->arena, rule->heads, rule->head_count) = head;
    }
}

// What `result` is in the rule: the one tool's result; NULL: see path.c.
static const Schema *result_of(const Checker *checker, const Reach *reach)
{
    return reach->tool_count == 1 ? checker->program->tools[reach->tools[0]].result
                                  : NULL;
}

static Env rule_env(Checker *checker, const Node *node, const Rule *rule)
{
    Env env = {.checker = checker, .roots = ROOT_RULE, .place = "a rule"};
    env.reach = reach_of_heads(checker, rule->heads, rule->head_count,
                               rule->is_intent_none, rule->kind);
    env.result = result_of(checker, env.reach); // for `settle` too
    if (node_has(node, NODE_ON_RESULT))
        env.roots |= ROOT_RESULT;
    return env;
}

// ---- conditions ----

// Adds the conditions of one kind, tests of presence first: what they establish counts
// for all others, in whichever order the clauses are written.
static void add_conditions(Env *env, const Node *node, NodeKind kind, Rule *rule)
{
    Checker *checker = env->checker;
    bool is_unless = kind == NODE_UNLESS;
    env->is_against = (rule->kind == RULE_PERMIT) == is_unless;
    for (int pass = 0; pass < 2; pass++)
        for (const Node *clause = node_find(node, kind); clause != NULL;
             clause = node_find_next(clause, kind)) {
            if (clause->child == NULL ||
                given_is_test(clause->child, !is_unless) != (pass == 0))
                continue;
            Expr *expr = expr_check_bool(env, clause->child);
            if (is_poison(expr))
                continue;
            env->given = given_by(checker, env->given, expr, 0, !is_unless);
            *ARRAY_PUSH(checker->arena, rule->conditions, rule->condition_count) =
                (Condition){expr, is_unless, clause->child->span};
        }
}

// ---- the rest ----

static void add_requirement(Checker *checker, const Node *clause, Rule *rule)
{
    Requirement requirement = {.kind = REQUIRE_ATTESTED};
    const Node *within = node_find(clause, NODE_WITHIN);
    Str acr = STR("");
    if (clause->kind == NODE_REQUIRE_ACR) {
        requirement.kind = REQUIRE_ACR;
        if (!expr_constant_text(checker, clause->child, &acr))
            return;
        requirement.of = parties_acr(checker, acr, clause->child->span);
        if (requirement.of == NONE)
            return;
    }
    if (within != NULL &&
        !expr_constant_duration(checker, within->child, &requirement.within))
        return;
    *ARRAY_PUSH(checker->arena, rule->requirements, rule->requirement_count) =
        requirement;
}

// Clauses that need memory between calls.
static void add_memory(const Env *env, const Node *clause, Rule *rule)
{
    if (clause->kind == NODE_REQUIRE_APPROVAL)
        memory_check_approval(env->checker, clause, rule);
    if (clause->kind == NODE_REQUIRE_CONSENT)
        memory_check_consent(env->checker, clause, rule);
    if (clause->kind == NODE_AT_MOST)
        memory_check_at_most(env, clause, rule);
    if (clause->kind == NODE_SPEND)
        memory_check_spend(env, clause, rule);
}

static void add_across(const Env *env, const Node *clause, Rule *rule)
{
    const Type *text = type_plain(env->checker->types, TYPE_STRING);
    rule->is_across = true;
    for (const Node *party = clause->child; party != NULL; party = party->next) {
        Expr *tenant = expr_check_as(env, party->child, text);
        if (is_poison(tenant))
            continue;
        if (str_eq(party->text, STR("agent")))
            rule->across_agent = tenant;
        else if (str_eq(party->text, STR("user")))
            rule->across_user = tenant;
        else
            rule->across_audience = tenant;
    }
}

static void add_controls(Checker *checker, const Node *clause, Rule *rule)
{
    for (const Node *id = clause->child; id != NULL; id = id->next)
        if (catalog_control(checker, id->text, id->span))
            *ARRAY_PUSH(checker->arena, rule->controls, rule->control_count) = id->text;
}

static void add_clause(const Env *env, const Node *clause, Rule *rule)
{
    Checker *checker = env->checker;
    if (clause->kind == NODE_TOKEN)
        token_check(checker, clause, &rule->token);
    if (clause->kind == NODE_REQUIRE_ACR || clause->kind == NODE_REQUIRE_ATTESTED)
        add_requirement(checker, clause, rule);
    if (clause->kind == NODE_REVOCABLE &&
        expr_constant_life(checker, clause->child, &rule->token.revocable))
        rule->token.says |= TOKEN_REVOCABLE;
    if (clause->kind == NODE_ACROSS)
        add_across(env, clause, rule);
    if (clause->kind == NODE_BECAUSE)
        rule->because = clause->text;
    if (clause->kind == NODE_CONTROL)
        add_controls(checker, clause, rule);
    add_memory(env, clause, rule);
}

static bool some_tool_has(const Checker *checker, const Reach *reach, Str argument)
{
    for (uint32_t i = 0; i < reach->tool_count; i++)
        if (schema_field(checker->program->tools[reach->tools[i]].args, argument) !=
            NULL)
            return true;
    return false;
}

// `free` names arguments: each must be one of some tool that the rule covers.
static void check_free(Checker *checker, const Node *node, const Reach *reach)
{
    const Node *token = node_find(node, NODE_TOKEN);
    const Node *free = token == NULL ? NULL : node_find(token, NODE_TOKEN_FREE);
    if (free == NULL || reach->tool_count == 0)
        return;
    for (const Node *name = free->child; name != NULL; name = name->next) {
        if (some_tool_has(checker, reach, name->text))
            continue;
        Diag *diag =
            diag_report3(checker->diags, DIAG_BINDING_UNKNOWN, name->span,
                         STR("the tools of this rule"), STR("argument"), name->text);
        Nearest nearest = nearest_start(name->text);
        reach_suggest_args(checker, reach, &nearest);
        diag_suggest(diag, name->span, &nearest);
    }
}

static void load_rule(Checker *checker, const Decl *decl)
{
    const Node *node = decl->node;
    bool is_on_result = node_has(node, NODE_ON_RESULT);
    Rule rule = {.kind = is_on_result                ? RULE_RESULT
                         : node->kind == NODE_PERMIT ? RULE_PERMIT
                         : node->kind == NODE_FORBID ? RULE_FORBID
                                                     : RULE_LIMIT,
                 .is_observe = node_has(node, NODE_OBSERVE),
                 .name = decl->full,
                 .span = decl->span,
                 .doc = checker_doc(checker, node)};
    if (is_on_result && node->kind != NODE_FORBID)
        diag_report1(checker->diags, DIAG_RESULT_RULE, node_name_span(node),
                     node->text);
    add_heads(checker, node, &rule);
    Env env = rule_env(checker, node, &rule);
    add_conditions(&env, node, NODE_WHEN, &rule);
    add_conditions(&env, node, NODE_UNLESS, &rule);
    for (const Node *clause = node->child; clause != NULL; clause = clause->next)
        add_clause(&env, clause, &rule);
    memory_check_approvers(checker, &rule);
    check_free(checker, node, env.reach);
    *ARRAY_PUSH(checker->arena, checker->program->rules, checker->program->rule_count) =
        rule;
}

// ---- `revocable` against lifetimes ----

static bool family_checks(const Program *program, uint32_t family)
{
    for (uint32_t i = 0; i < program->audience_count; i++)
        if (program->audiences[i].family == family && !program->audiences[i].is_checked)
            return false;
    return true;
}

static const Reach *reach_of_rule(Checker *checker, const Rule *rule)
{
    return reach_of_heads(checker, rule->heads, rule->head_count, rule->is_intent_none,
                          rule->kind);
}

// A tool that both cover and at whose audience nobody asks whether a token is still
// good.
static uint32_t unchecked_tool(Checker *checker, const Rule *a, const Rule *b)
{
    const Reach *left = reach_of_rule(checker, a);
    const Reach *right = reach_of_rule(checker, b);
    for (uint32_t i = 0; i < left->tool_count; i++) {
        uint32_t tool = left->tools[i];
        if (array_has_number(right->tools, right->tool_count, tool) &&
            !family_checks(checker->program, checker->program->tools[tool].family))
            return tool;
    }
    return NONE;
}

// How long the tokens of a permit live where another rule narrows them, too. 0 if a
// mistake leaves it open.
static int64_t lifetime(const Rule *permit, const Node *node, const Rule *other)
{
    const Node *token = node_find(node, NODE_TOKEN);
    bool is_said = (permit->token.says & TOKEN_TTL) != 0;
    if (!is_said && token != NULL && node_find(token, NODE_TOKEN_TTL) != NULL)
        return 0;
    int64_t ttl = is_said ? permit->token.ttl : TOKEN_DEFAULT_TTL_SECONDS * SECOND;
    bool is_narrowed = (other->token.says & TOKEN_TTL) != 0 && other->token.ttl < ttl;
    return is_narrowed ? other->token.ttl : ttl;
}

// No permit's token outlives the promise that it can be revoked. A limit promises for
// all permits, a permit for its own tokens.
static void check_revocable(Checker *checker, const Rule *promise)
{
    for (uint32_t i = 0; i < checker->program->rule_count; i++) {
        const Rule *rule = &checker->program->rules[i];
        const Node *node = checker->scope.decls[DECL_RULE][i]->node;
        bool is_bound = rule->kind == RULE_PERMIT &&
                        (promise->kind == RULE_LIMIT || promise == rule);
        if (!is_bound || lifetime(rule, node, promise) <= promise->token.revocable)
            continue;
        uint32_t tool = unchecked_tool(checker, promise, rule);
        if (tool == NONE)
            continue;
        Buf within = buf_on(checker->arena);
        duration_format(&within, promise->token.revocable);
        Diag *diag =
            diag_report3(checker->diags, DIAG_REVOCABLE_TTL, rule->span, rule->name,
                         checker->program->tools[tool].full, buf_view(&within));
        diag_label(diag, promise->span, STR("promised here"));
    }
}

void rules_load(Checker *checker)
{
    Scope *scope = &checker->scope;
    for (uint32_t i = 0; i < scope->decl_count[DECL_RULE]; i++)
        load_rule(checker, scope->decls[DECL_RULE][i]);
    for (uint32_t i = 0; i < checker->program->rule_count; i++)
        if ((checker->program->rules[i].token.says & TOKEN_REVOCABLE) != 0)
            check_revocable(checker, &checker->program->rules[i]);
}
