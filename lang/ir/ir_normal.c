// SPDX-License-Identifier: Apache-2.0
// ir_normal: one form for what can be written in several orders and groupings; the
// order in which memos depend on each other.
#include "lang/ir/ir.h"

#include <stdlib.h>

#include "engine/base/arena.h"

// ---- how deep memos nest ----

static uint32_t max_u32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t memo_depth(const Program *program, uint32_t *depths, uint32_t memo);

static uint32_t depth_of(const Program *program, uint32_t *depths, const Expr *expr)
{
    uint32_t depth =
        expr->op == IR_MEMO ? memo_depth(program, depths, expr->number) : 0;
    for (uint32_t i = 0; i < expr->arg_count; i++)
        depth = max_u32(depth, depth_of(program, depths, expr->args[i]));
    return depth;
}

// How deep memos nest below this one, itself included. 0 in `depths`: not computed yet.
static uint32_t memo_depth(const Program *program, uint32_t *depths, uint32_t memo)
{
    if (depths[memo] != 0)
        return depths[memo];
    const Memo *of = &program->memos[memo];
    uint32_t depth = of->value != NULL ? depth_of(program, depths, of->value) : 0;
    for (uint32_t i = 0; i < of->tool_count; i++)
        depth = max_u32(depth, depth_of(program, depths, of->tools[i].value));
    depths[memo] = depth + 1;
    return depths[memo];
}

uint32_t *ir_memo_depths(const Program *program, Arena *arena)
{
    uint32_t *depths = ARENA_ARRAY(arena, program->memo_count, uint32_t);
    for (uint32_t i = 0; i < program->memo_count; i++)
        memo_depth(program, depths, i);
    return depths;
}

// ---- the normal form ----

static int compare_rules(const void *left, const void *right)
{
    const Rule *a = left;
    const Rule *b = right;
    int order = str_compare(a->name, b->name);
    if (order != 0)
        return order;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->span.start > b->span.start) - (a->span.start < b->span.start);
}

static void sort_rules(Program *program)
{
    for (uint32_t i = 1; i < program->rule_count; i++) {
        if (compare_rules(&program->rules[i - 1], &program->rules[i]) <= 0)
            continue;
        qsort(program->rules, program->rule_count, sizeof *program->rules,
              compare_rules);
        return;
    }
}

// What a condition may be taken apart at: `when a and b` is two conditions, and so is
// `unless a or b`.
static bool is_split_at(const Condition *condition, const Expr *expr)
{
    return expr->op == (condition->is_unless ? IR_OR : IR_AND);
}

static uint32_t count_parts(const Condition *condition, const Expr *expr)
{
    if (!is_split_at(condition, expr))
        return 1;
    uint32_t count = 0;
    for (uint32_t i = 0; i < expr->arg_count; i++)
        count += count_parts(condition, expr->args[i]);
    return count;
}

static void add_parts(Rule *rule, const Condition *condition, Expr *expr)
{
    if (!is_split_at(condition, expr)) {
        Condition *part = &rule->conditions[rule->condition_count++];
        *part = (Condition){expr, condition->is_unless, expr->span};
        return;
    }
    for (uint32_t i = 0; i < expr->arg_count; i++)
        add_parts(rule, condition, expr->args[i]);
}

static void split_conditions(Arena *arena, Rule *rule)
{
    const Condition *conditions = rule->conditions;
    uint32_t before = rule->condition_count;
    uint32_t count = 0;
    for (uint32_t i = 0; i < before; i++)
        count += count_parts(&conditions[i], conditions[i].expr);
    if (count == before)
        return;
    rule->conditions = ARENA_ARRAY(arena, count, Condition);
    rule->condition_count = 0;
    for (uint32_t i = 0; i < before; i++)
        add_parts(rule, &conditions[i], conditions[i].expr);
}

void ir_normalize(Program *program, Arena *arena)
{
    sort_rules(program);
    for (uint32_t i = 0; i < program->rule_count; i++)
        split_conditions(arena, &program->rules[i]);
}
