// SPDX-License-Identifier: Apache-2.0
// share: an expensive expression that stands in several places becomes a memo, computed
// at most once a decision. Cheap comparisons stay where they are: a memo would cost as
// much, and rules that differ in a constant only must keep one shape (emit/plan.h).
//
// Equal expressions get one number (value numbering, bottom-up); one that two or more
// different parents use is a candidate. Parents are counted among numbered expressions,
// so what only stands inside a shared expression is not shared a second time.
#include "lang/opt/opt.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/map.h"

enum {
    SHARE_COST = 10,   // steps below which an expression is not worth a memo
    SHARE_MOST = 1024, // memos that the pass makes
};

static const uint64_t HASH_KEY[2] = {0x73686172652e6d61, 0x70726f7669736f31};

// What all equal expressions have in common.
typedef struct Value {
    uint32_t cost;
    uint32_t uses;       // by different parents
    uint32_t outer;      // enclosing loops that it needs, for their elements
    uint32_t memo_depth; // of the memos that it reads after rewriting
    uint32_t memo;       // its own, or NONE
    bool is_shared;
} Value;

typedef struct Sharer {
    Arena *arena;
    Program *program;
    Map numbers; // from a key to the position in `values`
    Value *values;
    uint32_t capacity;
    Buf key;
    uint32_t *stack; // numbers of the operands of the expressions at hand
    uint32_t depth;
    uint32_t stack_capacity;
    uint32_t *memo_depths; // by memo
} Sharer;

static bool is_loop(const Expr *expr)
{
    return expr->op == IR_ALL || expr->op == IR_ANY;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void push(Sharer *sharer, uint32_t number)
{
    if (sharer->depth == sharer->stack_capacity) {
        uint32_t capacity =
            sharer->stack_capacity == 0 ? 256 : sharer->stack_capacity * 2;
        uint32_t *stack = ARENA_ARRAY(sharer->arena, capacity, uint32_t);
        if (sharer->depth > 0)
            memcpy(stack, sharer->stack, sharer->depth * sizeof *stack);
        sharer->stack = stack;
        sharer->stack_capacity = capacity;
    }
    sharer->stack[sharer->depth++] = number;
}

// ---- numbering ----

// What tells expressions apart, given the numbers of their operands. Valid until the
// next call.
static Str key_of(Sharer *sharer, const Expr *expr, const uint32_t *args)
{
    Buf *key = &sharer->key;
    buf_clear(key);
    buf_char(key, (char)expr->op);
    buf_char(key, (char)expr->is_agent);
    buf_u32le(key, expr->number);
    buf_u64le(key, (uint64_t)(uintptr_t)expr->type);
    if (expr->op == IR_CONST)
        ir_format_const(key, expr->value);
    for (uint32_t i = 0; i < expr->arg_count; i++)
        buf_u32le(key, args[i]);
    return buf_view(key);
}

static uint32_t outer_of(const Sharer *sharer, const Expr *expr, const uint32_t *args)
{
    uint32_t outer = expr->op == IR_ELEMENT ? expr->number + 1 : 0;
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        uint32_t needs = sharer->values[args[i]].outer;
        if (is_loop(expr) && i == 1 && needs > 0)
            needs--;
        outer = max_u32(outer, needs);
    }
    return outer;
}

static void add_value(Sharer *sharer, Value value)
{
    uint32_t count = sharer->numbers.count;
    if (count == sharer->capacity) {
        uint32_t capacity = count == 0 ? 256 : count * 2;
        Value *values = ARENA_ARRAY(sharer->arena, capacity, Value);
        if (count > 0)
            memcpy(values, sharer->values, count * sizeof *values);
        sharer->values = values;
        sharer->capacity = capacity;
    }
    sharer->values[count] = value;
}

// The number of an expression whose operands' numbers are `args`.
static uint32_t number_value(Sharer *sharer, const Expr *expr, const uint32_t *args)
{
    Str key = key_of(sharer, expr, args);
    const uint32_t *found = map_find(&sharer->numbers, key);
    if (found != NULL)
        return *found;
    uint32_t depth = expr->op == IR_MEMO ? sharer->memo_depths[expr->number] : 0;
    add_value(sharer, (Value){.cost = ir_cost(expr),
                              .outer = outer_of(sharer, expr, args),
                              .memo_depth = depth,
                              .memo = NONE});
    for (uint32_t i = 0; i < expr->arg_count; i++)
        sharer->values[args[i]].uses++;
    uint32_t number = sharer->numbers.count;
    return *map_insert(&sharer->numbers, arena_str(sharer->arena, key), number, NULL);
}

static uint32_t number_expr(Sharer *sharer, const Expr *expr)
{
    uint32_t base = sharer->depth;
    for (uint32_t i = 0; i < expr->arg_count; i++)
        push(sharer, number_expr(sharer, expr->args[i]));
    // Without operands there may be no stack yet.
    const uint32_t *args = expr->arg_count == 0 ? NULL : sharer->stack + base;
    uint32_t number = number_value(sharer, expr, args);
    sharer->depth = base;
    return number;
}

// ---- choosing ----

typedef struct Candidate {
    uint64_t saves;
    uint32_t number;
} Candidate;

static int compare_candidates(const void *left, const void *right)
{
    const Candidate *a = left;
    const Candidate *b = right;
    if (a->saves != b->saves)
        return a->saves > b->saves ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static void choose(Sharer *sharer)
{
    Candidate *candidates =
        ARENA_ARRAY(sharer->arena, sharer->numbers.count, Candidate);
    uint32_t count = 0;
    for (uint32_t i = 0; i < sharer->numbers.count; i++) {
        const Value *value = &sharer->values[i];
        if (value->uses < 2 || value->cost < SHARE_COST || value->outer > 0)
            continue;
        candidates[count++] = (Candidate){(uint64_t)(value->uses - 1) * value->cost, i};
    }
    if (count > SHARE_MOST) {
        qsort(candidates, count, sizeof *candidates, compare_candidates);
        count = SHARE_MOST;
    }
    for (uint32_t i = 0; i < count; i++)
        sharer->values[candidates[i].number].is_shared = true;
}

// ---- rewriting ----

static Expr *read_memo(Sharer *sharer, uint32_t memo, const Expr *like)
{
    Expr *made = ARENA_NEW(sharer->arena, Expr);
    *made = (Expr){.op = IR_MEMO,
                   .may_unknown = like->may_unknown,
                   .may_absent = like->may_absent,
                   .number = memo,
                   .type = like->type,
                   .span = like->span};
    return made;
}

static void make_memo(Sharer *sharer, Value *value, Expr *body)
{
    uint32_t memo = sharer->program->memo_count++;
    sharer->program->memos[memo] = (Memo){.type = body->type, .value = body};
    value->memo = memo;
    value->memo_depth++;
    sharer->memo_depths[memo] = value->memo_depth;
}

static Expr *with_args(Sharer *sharer, const Expr *expr, Expr *const *args)
{
    Expr *made = ARENA_NEW(sharer->arena, Expr);
    *made = *expr;
    made->args = ARENA_ARRAY(sharer->arena, expr->arg_count, Expr *);
    memcpy(made->args, args, expr->arg_count * sizeof *args);
    return made;
}

static Expr *rewrite_expr(Sharer *sharer, Expr *expr, uint32_t *number);

// The expression with its operands rewritten; their numbers are pushed.
static Expr *rewrite_args(Sharer *sharer, Expr *expr)
{
    Expr **args = NULL;
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        uint32_t number;
        Expr *arg = rewrite_expr(sharer, expr->args[i], &number);
        push(sharer, number);
        if (arg == expr->args[i])
            continue;
        if (args == NULL) {
            args = ARENA_ARRAY(sharer->arena, expr->arg_count, Expr *);
            memcpy(args, expr->args, expr->arg_count * sizeof *args);
        }
        args[i] = arg;
    }
    return args == NULL ? expr : with_args(sharer, expr, args);
}

static Expr *rewrite_expr(Sharer *sharer, Expr *expr, uint32_t *number)
{
    uint32_t base = sharer->depth;
    Expr *made = rewrite_args(sharer, expr);
    *number = number_value(sharer, expr, sharer->stack + base);
    Value *value = &sharer->values[*number];
    if (value->memo == NONE)
        for (uint32_t i = base; i < sharer->depth; i++)
            value->memo_depth =
                max_u32(value->memo_depth, sharer->values[sharer->stack[i]].memo_depth);
    sharer->depth = base;
    if (value->memo == NONE && value->is_shared && value->memo_depth < MAX_MEMO_DEPTH)
        make_memo(sharer, value, made);
    return value->memo == NONE ? made : read_memo(sharer, value->memo, expr);
}

// ---- the pass ----

// Room for the memos to come, and how deep those nest that are there.
static void start_memos(Sharer *sharer)
{
    Program *program = sharer->program;
    Memo *memos = ARENA_ARRAY(sharer->arena, program->memo_count + SHARE_MOST, Memo);
    if (program->memo_count > 0)
        memcpy(memos, program->memos, program->memo_count * sizeof *memos);
    program->memos = memos;
    sharer->memo_depths =
        ARENA_ARRAY(sharer->arena, program->memo_count + SHARE_MOST, uint32_t);
    const uint32_t *depths = ir_memo_depths(program, sharer->arena);
    for (uint32_t i = 0; i < program->memo_count; i++)
        sharer->memo_depths[i] = depths[i];
}

static void number_root(Sharer *sharer, Expr **root)
{
    if (*root != NULL && ir_cost(*root) >= SHARE_COST) {
        uint32_t number = number_expr(sharer, *root);
        sharer->values[number].uses++;
    }
}

static void rewrite_root(Sharer *sharer, Expr **root)
{
    uint32_t number;
    if (*root != NULL && ir_cost(*root) >= SHARE_COST)
        *root = rewrite_expr(sharer, *root, &number);
}

static void each_root(Sharer *sharer, void (*visit)(Sharer *sharer, Expr **root))
{
    for (uint32_t i = 0; i < sharer->program->rule_count; i++) {
        Rule *rule = &sharer->program->rules[i];
        for (uint32_t k = 0; k < rule->condition_count; k++)
            visit(sharer, &rule->conditions[k].expr);
        visit(sharer, &rule->across_agent);
        visit(sharer, &rule->across_user);
        visit(sharer, &rule->across_audience);
    }
}

void pass_share(Program *program, Arena *arena)
{
    Sharer sharer = {.arena = arena,
                     .program = program,
                     .numbers = map_on(arena, HASH_KEY),
                     .key = buf_on(arena)};
    start_memos(&sharer);
    each_root(&sharer, number_root);
    choose(&sharer);
    each_root(&sharer, rewrite_root);
}
