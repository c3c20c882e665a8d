// SPDX-License-Identifier: Apache-2.0
// plan: what the rules have in common. Conditions of one structure share a function;
// rules of one kind whose conditions share all functions are a family: one shape, and a
// row of constants each. 100 000 generated rules are a table, not a megabyte of code.
#ifndef PROVISO_LANG_EMIT_PLAN_H
#define PROVISO_LANG_EMIT_PLAN_H

#include "lang/emit/codegen.h"

// A condition that stands for all of its structure.
typedef struct PlanFunction {
    const Expr *expr;
    Str text;                // template, ir_format_template
    uint32_t first_constant; // of `expr`, in `constants`
    uint32_t constant_count;
    uint32_t number; // in FUNCTIONS, once it is generated
} PlanFunction;

typedef struct PlanCondition {
    uint32_t function; // in `functions`
    bool is_unless;
} PlanCondition;

typedef struct PlanShape {
    uint8_t kind;             // RULE_...
    uint8_t flags;            // RULE_...
    uint32_t first_condition; // in `conditions`
    uint32_t condition_count;
} PlanShape;

typedef struct PlanRule {
    uint32_t shape;
    uint32_t first_constant; // of its row, in `constants`
    uint32_t constant_count;
    // Its own conditions in the order of the shape.
    const Condition **conditions;
} PlanRule;

struct Plan {
    PlanFunction *functions;
    uint32_t function_count;
    PlanCondition *conditions;
    uint32_t condition_count;
    PlanShape *shapes;
    uint32_t shape_count;
    PlanRule *rules; // one for each of the Program
    Constants constants;
};

// Plans all rules; the texts of conditions are collected (strings.h).
void plan_rules(Emitter *emitter);

#endif
