// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/plan.h"

#include <stdlib.h>
#include <string.h>

#include "lang/emit/strings.h"

// A condition of the rule at hand.
typedef struct Part {
    const Condition *condition;
    uint32_t cost;
    uint32_t position; // as written
    uint32_t function;
    uint32_t first_constant;
    uint32_t constant_count;
} Part;

typedef struct Planner {
    Emitter *emitter;
    Plan *plan;
    Map functions; // from a key to a position
    Map shapes;
    Buf key;
    Part *parts;
    uint32_t part_capacity;
    uint32_t function_capacity;
    uint32_t condition_capacity;
    uint32_t shape_capacity;
} Planner;

// Room for one more in an array of the plan.
static void *grow(Planner *planner, void *at, uint32_t count, uint32_t *capacity,
                  size_t size)
{
    if (count < *capacity)
        return at;
    uint32_t more = *capacity == 0 ? 64 : *capacity * 2;
    void *grown = arena_array(planner->emitter->arena, more, size);
    if (count > 0)
        memcpy(grown, at, count * size);
    *capacity = more;
    return grown;
}

// ---- functions ----

static uint32_t add_function(Planner *planner, const Part *part)
{
    Emitter *emitter = planner->emitter;
    Plan *plan = planner->plan;
    Buf text = buf_on(emitter->arena);
    ir_format_template(&text, emitter->program, part->condition->expr);
    string_want(emitter, buf_view(&text));
    plan->functions = grow(planner, plan->functions, plan->function_count,
                           &planner->function_capacity, sizeof *plan->functions);
    plan->functions[plan->function_count] =
        (PlanFunction){.expr = part->condition->expr,
                       .text = buf_view(&text),
                       .first_constant = part->first_constant,
                       .constant_count = part->constant_count,
                       .number = NONE};
    return plan->function_count++;
}

// The function for a part; its constants are appended to those of all rules.
static void plan_part(Planner *planner, Part *part, uint32_t rule)
{
    Emitter *emitter = planner->emitter;
    Constants *constants = &planner->plan->constants;
    const Expr *expr = part->condition->expr;
    part->first_constant = constants->count;
    codegen_constants(emitter, expr, constants);
    part->constant_count = constants->count - part->first_constant;
    buf_clear(&planner->key);
    codegen_key(&planner->key, expr);
    for (uint32_t i = part->first_constant; i < constants->count; i++)
        buf_u32le(&planner->key, constants->at[i].type);
    if (!emitter->options->has_families)
        buf_u32le(&planner->key, rule);
    Str key = buf_view(&planner->key);
    const uint32_t *found = map_find(&planner->functions, key);
    if (found != NULL) {
        part->function = *found;
        return;
    }
    part->function = add_function(planner, part);
    map_insert(&planner->functions, arena_str(emitter->arena, key), part->function,
               NULL);
}

// ---- shapes ----

static uint8_t rule_flags(const Rule *rule)
{
    return (uint8_t)((rule->is_observe ? RULE_OBSERVE : 0) |
                     (rule->is_intent_none ? RULE_INTENT_NONE : 0));
}

static uint32_t add_shape(Planner *planner, const Rule *rule)
{
    Plan *plan = planner->plan;
    plan->shapes = grow(planner, plan->shapes, plan->shape_count,
                        &planner->shape_capacity, sizeof *plan->shapes);
    plan->shapes[plan->shape_count] =
        (PlanShape){.kind = rule->kind,
                    .flags = rule_flags(rule),
                    .first_condition = plan->condition_count,
                    .condition_count = rule->condition_count};
    for (uint32_t i = 0; i < rule->condition_count; i++) {
        plan->conditions = grow(planner, plan->conditions, plan->condition_count,
                                &planner->condition_capacity, sizeof *plan->conditions);
        const Part *part = &planner->parts[i];
        plan->conditions[plan->condition_count++] =
            (PlanCondition){part->function, part->condition->is_unless};
    }
    return plan->shape_count++;
}

static uint32_t plan_shape(Planner *planner, const Rule *rule, uint32_t number)
{
    buf_clear(&planner->key);
    buf_char(&planner->key, (char)rule->kind);
    buf_char(&planner->key, (char)rule_flags(rule));
    for (uint32_t i = 0; i < rule->condition_count; i++) {
        buf_u32le(&planner->key, planner->parts[i].function);
        buf_char(&planner->key, (char)planner->parts[i].condition->is_unless);
    }
    if (!planner->emitter->options->has_families)
        buf_u32le(&planner->key, number);
    Str key = buf_view(&planner->key);
    const uint32_t *found = map_find(&planner->shapes, key);
    if (found != NULL)
        return *found;
    uint32_t shape = add_shape(planner, rule);
    map_insert(&planner->shapes, arena_str(planner->emitter->arena, key), shape, NULL);
    return shape;
}

// ---- rules ----

static int compare_parts(const void *left, const void *right)
{
    const Part *a = left;
    const Part *b = right;
    if (a->cost != b->cost)
        return a->cost < b->cost ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

// The conditions of a rule, cheap ones first.
static void order_parts(Planner *planner, const Rule *rule)
{
    if (rule->condition_count > planner->part_capacity) {
        planner->parts =
            ARENA_ARRAY(planner->emitter->arena, rule->condition_count, Part);
        planner->part_capacity = rule->condition_count;
    }
    for (uint32_t i = 0; i < rule->condition_count; i++)
        planner->parts[i] = (Part){.condition = &rule->conditions[i],
                                   .cost = ir_cost(rule->conditions[i].expr),
                                   .position = i};
    if (rule->condition_count > 1)
        qsort(planner->parts, rule->condition_count, sizeof(Part), compare_parts);
}

static void plan_rule(Planner *planner, uint32_t number)
{
    const Rule *rule = &planner->emitter->program->rules[number];
    Plan *plan = planner->plan;
    PlanRule *planned = &plan->rules[number];
    order_parts(planner, rule);
    planned->conditions =
        ARENA_ARRAY(planner->emitter->arena, rule->condition_count, const Condition *);
    planned->first_constant = plan->constants.count;
    for (uint32_t i = 0; i < rule->condition_count; i++) {
        plan_part(planner, &planner->parts[i], number);
        planned->conditions[i] = planner->parts[i].condition;
    }
    planned->constant_count = plan->constants.count - planned->first_constant;
    if (planned->constant_count > UINT16_MAX)
        emitter_limit(planner->emitter, "constants of one rule",
                      planned->constant_count, UINT16_MAX, rule->span);
    planned->shape = plan_shape(planner, rule, number);
}

void plan_rules(Emitter *emitter)
{
    Plan *plan = ARENA_NEW(emitter->arena, Plan);
    Planner planner = {.emitter = emitter,
                       .plan = plan,
                       .functions = emitter_map(emitter),
                       .shapes = emitter_map(emitter),
                       .key = buf_on(emitter->arena)};
    emitter->plan = plan;
    plan->rules = ARENA_ARRAY(emitter->arena, emitter->program->rule_count, PlanRule);
    for (uint32_t i = 0; i < emitter->program->rule_count; i++)
        plan_rule(&planner, i);
}
