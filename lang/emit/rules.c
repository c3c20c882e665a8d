// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/rules.h"

#include <stdlib.h>

#include "lang/emit/memory.h"
#include "lang/emit/plan.h"
#include "lang/emit/strings.h"
#include "lang/emit/values.h"

// The row of a function's constants in ROWS.
static uint32_t share_row(Emitter *emitter, const Constant *constants, uint32_t count)
{
    uint32_t *numbers = ARENA_ARRAY(emitter->arena, count, uint32_t);
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = const_number(emitter, constants[i].value, constants[i].type);
    return records_share(emitter, SECTION_ROWS, numbers, count);
}

// An expression that stands alone, with its own row.
uint32_t function_write(Emitter *emitter, const Expr *expr, uint32_t *row)
{
    Constants constants = {0};
    codegen_constants(emitter, expr, &constants);
    *row = share_row(emitter, constants.at, constants.count);
    return codegen_function(emitter, expr, constants.at, constants.count);
}

// ---- memos ----

typedef struct Depth {
    uint32_t depth;
    uint32_t number;
} Depth;

static int compare_depths(const void *left, const void *right)
{
    const Depth *a = left;
    const Depth *b = right;
    if (a->depth != b->depth)
        return a->depth < b->depth ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

void memos_number(Emitter *emitter)
{
    uint32_t count = emitter->program->memo_count;
    const uint32_t *depths = ir_memo_depths(emitter->program, emitter->arena);
    Depth *order = ARENA_ARRAY(emitter->arena, count, Depth);
    emitter->memos = ARENA_ARRAY(emitter->arena, count, uint32_t);
    for (uint32_t i = 0; i < count; i++) {
        order[i] = (Depth){depths[i], i};
        if (depths[i] > MAX_MEMO_DEPTH)
            emitter_limit(emitter, "`let`s that use each other", depths[i],
                          MAX_MEMO_DEPTH, (Span){0, 0});
    }
    qsort(order, count, sizeof *order, compare_depths);
    for (uint32_t i = 0; i < count; i++)
        emitter->memos[order[i].number] = i;
}

typedef struct PerTool {
    uint32_t tool;
    uint32_t function;
    uint32_t row;
} PerTool;

static int compare_per_tool(const void *left, const void *right)
{
    const PerTool *a = left;
    const PerTool *b = right;
    return (a->tool > b->tool) - (a->tool < b->tool);
}

static uint32_t function_type(Emitter *emitter, uint32_t function)
{
    if (emitter->is_past_limit)
        return KIND_BOOL;
    return ((const BundleFunction *)record_at(emitter, SECTION_FUNCTIONS, function))
        ->type;
}

static void write_per_tool(Emitter *emitter, const Memo *memo, BundleMemo *made)
{
    PerTool *entries = ARENA_ARRAY(emitter->arena, memo->tool_count, PerTool);
    made->function = NONE;
    made->type = NONE;
    for (uint32_t i = 0; i < memo->tool_count; i++) {
        entries[i].tool = emitter->tools[memo->tools[i].tool];
        entries[i].function =
            function_write(emitter, memo->tools[i].value, &entries[i].row);
        made->type = type_longer(emitter, made->type,
                                 function_type(emitter, entries[i].function));
    }
    qsort(entries, memo->tool_count, sizeof *entries, compare_per_tool);
    made->per_tool = emit_list_add(emitter, &entries[0].tool, memo->tool_count * 3);
}

static void write_memo(Emitter *emitter, const Memo *memo, uint32_t number)
{
    BundleMemo made = {.pattern = NONE};
    if (memo->pattern != NULL) {
        BundlePattern pattern = {.tool = emitter->tools[memo->pattern->tool],
                                 .scope = memo->pattern->scope,
                                 .within = memo->pattern->within};
        made.pattern = record_share(emitter, SECTION_PATTERNS, &pattern);
        emitter->keep = memory_keep_of(emitter, memo->pattern->tool);
    }
    if (memo->value == NULL) {
        write_per_tool(emitter, memo, &made);
    } else {
        made.function = function_write(emitter, memo->value, &made.row);
        made.type = function_type(emitter, made.function);
    }
    *(BundleMemo *)record_at(emitter, SECTION_MEMOS, number) = made;
}

void memos_write(Emitter *emitter)
{
    uint32_t count = emitter->program->memo_count;
    uint32_t *order = ARENA_ARRAY(emitter->arena, count, uint32_t);
    for (uint32_t i = 0; i < count; i++)
        order[emitter->memos[i]] = i;
    records_reserve(emitter, SECTION_MEMOS, count);
    for (uint32_t i = 0; i < count && !emitter->is_past_limit; i++)
        write_memo(emitter, &emitter->program->memos[order[i]], i);
}

// ---- functions and shapes ----

// The constants from a number on; NULL if there are none.
static const Constant *constants_from(const Plan *plan, uint32_t first)
{
    return first < plan->constants.count ? &plan->constants.at[first] : NULL;
}

static void write_functions(Emitter *emitter)
{
    Plan *plan = emitter->plan;
    for (uint32_t i = 0; i < plan->function_count && !emitter->is_past_limit; i++) {
        PlanFunction *function = &plan->functions[i];
        function->number = codegen_function(
            emitter, function->expr, constants_from(plan, function->first_constant),
            function->constant_count);
    }
}

// What LIST and explanations can say about a condition: it bounds one argument.
typedef struct Bound {
    uint8_t relation; // BOUND_...
    const Expr *slot;
} Bound;

static Bound bound_of_pair(const Expr *expr, uint8_t relation, uint8_t mirrored)
{
    const Expr *left = expr->args[0];
    const Expr *right = expr->args[1];
    if (left->op == IR_SLOT && right->op == IR_CONST)
        return (Bound){relation, left};
    if (left->op == IR_CONST && right->op == IR_SLOT)
        return (Bound){mirrored, right};
    return (Bound){BOUND_NONE, NULL};
}

static Bound bound_of(const Expr *expr)
{
    if (expr->op == IR_NOT && expr->args[0]->op == IR_EQ)
        return bound_of_pair(expr->args[0], BOUND_NE, BOUND_NE);
    if (expr->op == IR_EQ)
        return bound_of_pair(expr, BOUND_EQ, BOUND_EQ);
    if (expr->op == IR_LT)
        return bound_of_pair(expr, BOUND_LT, BOUND_GT);
    if (expr->op == IR_LE)
        return bound_of_pair(expr, BOUND_LE, BOUND_GE);
    if (expr->op == IR_IN_LIST)
        return bound_of_pair(expr, BOUND_IN, BOUND_NONE);
    if (expr->op == IR_LIKE)
        return bound_of_pair(expr, BOUND_LIKE, BOUND_NONE);
    return (Bound){BOUND_NONE, NULL};
}

static void write_condition(Emitter *emitter, const PlanCondition *condition,
                            uint32_t row)
{
    const PlanFunction *function = &emitter->plan->functions[condition->function];
    BundleCondition made = {.function = function->number,
                            .row = (uint16_t)row,
                            .flags = condition->is_unless ? CONDITION_UNLESS : 0,
                            .text = string_number(emitter, function->text)};
    Bound bound = bound_of(function->expr);
    if (bound.relation != BOUND_NONE &&
        emitter->program->slots[bound.slot->number].root == SLOT_ROOT_ARGUMENT) {
        made.bound = bound.relation;
        made.bound_slot = bound.slot->number;
    }
    record_add(emitter, SECTION_CONDITIONS, &made);
}

static void write_shape(Emitter *emitter, const PlanShape *shape)
{
    const Plan *plan = emitter->plan;
    Constants row = {0};
    BundleShape made = {.kind = shape->kind,
                        .flags = shape->flags,
                        .condition = record_count(emitter, SECTION_CONDITIONS),
                        .condition_count = shape->condition_count};
    for (uint32_t i = 0; i < shape->condition_count; i++) {
        const PlanCondition *condition = &plan->conditions[shape->first_condition + i];
        write_condition(emitter, condition, row.count);
        codegen_constants(emitter, plan->functions[condition->function].expr, &row);
    }
    uint32_t *types = ARENA_ARRAY(emitter->arena, row.count, uint32_t);
    for (uint32_t i = 0; i < row.count; i++)
        types[i] = row.at[i].type;
    made.row_count = (uint16_t)row.count;
    made.row_types = emit_list_add(emitter, types, row.count).first;
    record_add(emitter, SECTION_SHAPES, &made);
}

// ---- extras ----

static uint32_t share_token(Emitter *emitter, const Token *token)
{
    if (token->says == 0)
        return NONE;
    BundleToken made = {
        .says = token->says,
        .uses = token->uses,
        .ttl = token->ttl,
        .depth = token->depth,
        .sender = token->sender,
        .scope = string_list(emitter, token->scope, token->scope_count),
        .audience = string_list(emitter, token->audience, token->audience_count),
        .free = string_list(emitter, token->free, token->free_count),
        .tenant = string_number_or_none(emitter, token->tenant),
        .acr = token->acr,
        .revocable = token->revocable};
    return record_share(emitter, SECTION_TOKENS, &made);
}

static uint32_t share_requirements(Emitter *emitter, const Rule *rule)
{
    BundleRequirement *made =
        ARENA_ARRAY(emitter->arena, rule->requirement_count, BundleRequirement);
    for (uint32_t i = 0; i < rule->requirement_count; i++)
        made[i] = (BundleRequirement){.kind = rule->requirements[i].kind,
                                      .of = rule->requirements[i].of,
                                      .count = rule->requirements[i].count,
                                      .within = rule->requirements[i].within};
    return records_share(emitter, SECTION_REQUIREMENTS, made, rule->requirement_count);
}

static uint32_t write_across(Emitter *emitter, const Expr *tenant, uint32_t *row)
{
    *row = 0;
    return tenant == NULL ? NONE : function_write(emitter, tenant, row);
}

static uint32_t share_extra(Emitter *emitter, const Rule *rule)
{
    BundleExtra made = {.token = share_token(emitter, &rule->token),
                        .requirement = share_requirements(emitter, rule),
                        .requirement_count = rule->requirement_count,
                        .because = string_number_or_none(emitter, rule->because),
                        .doc = string_number_or_none(emitter, rule->doc),
                        .controls =
                            string_list(emitter, rule->controls, rule->control_count),
                        .is_across = rule->is_across,
                        .spend = memory_share_spends(emitter, rule),
                        .spend_count = rule->spend_count};
    made.across_agent =
        write_across(emitter, rule->across_agent, &made.across_agent_row);
    made.across_user = write_across(emitter, rule->across_user, &made.across_user_row);
    made.across_audience =
        write_across(emitter, rule->across_audience, &made.across_audience_row);
    return record_share(emitter, SECTION_EXTRAS, &made);
}

// ---- rules ----

static void write_rule(Emitter *emitter, uint32_t number)
{
    const Rule *rule = &emitter->program->rules[number];
    const PlanRule *planned = &emitter->plan->rules[number];
    BundleRule made = {.name = string_number(emitter, rule->name),
                       .shape = planned->shape,
                       .extra = share_extra(emitter, rule),
                       .source = NONE};
    made.row =
        share_row(emitter, constants_from(emitter->plan, planned->first_constant),
                  planned->constant_count);
    if (emitter->options->sources != NULL) {
        Location at = sources_locate(emitter->options->sources, rule->span.start);
        if (at.source != NULL) {
            made.source = emitter->sources[at.source->number];
            made.line = at.line;
        }
    }
    record_add(emitter, SECTION_RULES, &made);
}

void rules_write(Emitter *emitter)
{
    write_functions(emitter);
    if (emitter->is_past_limit)
        return;
    for (uint32_t i = 0; i < emitter->plan->shape_count; i++)
        write_shape(emitter, &emitter->plan->shapes[i]);
    for (uint32_t i = 0; i < emitter->program->rule_count; i++)
        write_rule(emitter, i);
}
