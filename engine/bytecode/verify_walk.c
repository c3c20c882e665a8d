// SPDX-License-Identifier: Apache-2.0
// Registers, jumps and loops of one function.
#include "engine/bytecode/verify_walk.h"

#include <string.h>

#include "engine/bytecode/cost.h"

bool walk_fail(Walk *walk, VerifyRule rule)
{
    return verify_fail(walk->verifier, rule, SECTION_CODE,
                       walk->function->code + walk->pc);
}

static const Bundle *bundle_of(const Walk *walk)
{
    return walk->verifier->bundle;
}

static uint32_t kind_of(const Walk *walk, uint32_t type)
{
    return bundle_of(walk)->types[type].kind;
}

// ---- registers ----

bool walk_can_read(Walk *walk, uint32_t reg)
{
    RULE(reg < walk->function->registers, REGISTER);
    RULE(walk->now[reg].type != NONE, OPERAND_SET);
    return true;
}

bool walk_is_kind(Walk *walk, uint32_t reg, Kind kind)
{
    ALSO(walk_can_read(walk, reg));
    RULE(kind_of(walk, walk->now[reg].type) == kind, OPERAND_TYPE);
    return true;
}

bool walk_set(Walk *walk, uint32_t reg, uint32_t type, bool may_unknown,
              bool may_absent)
{
    RULE(reg < walk->function->registers, REGISTER);
    RULE(!walk->now[reg].is_locked, LOOP);
    walk->now[reg] =
        (Slate){.type = type, .may_unknown = may_unknown, .may_absent = may_absent};
    return true;
}

// ---- jumps ----

static void meet(Slate *held, const Slate *other, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (held[i].type != other[i].type)
            held[i].type = NONE;
        held[i].may_unknown |= other[i].may_unknown;
        held[i].may_absent |= other[i].may_absent;
    }
}

static Slate *copy_now(Walk *walk)
{
    uint32_t count = walk->function->registers;
    Slate *copy = verify_alloc(walk->verifier, count, sizeof *copy);
    if (copy)
        memcpy(copy, walk->now, count * sizeof *copy);
    return copy;
}

// Notes that control may go on at `target` with the registers as they are now. Within a
// loop it may not leave the body, whose last instruction is the END.
static bool jump_to(Walk *walk, uint32_t target, bool is_loop_exit)
{
    RULE(target < walk->function->words, JUMP);
    RULE(is_loop_exit || walk->depth == 0 || target <= walk->loops[walk->depth - 1].end,
         JUMP);
    if (walk->pending[target]) {
        meet(walk->pending[target], walk->now, walk->function->registers);
        return true;
    }
    walk->pending[target] = copy_now(walk);
    return walk->pending[target] != NULL;
}

// ---- loops ----

static bool each(Walk *walk, uint32_t ins)
{
    uint32_t reg = ins_a(ins), end = walk->pc + ins_bx(ins);
    ALSO(walk_is_kind(walk, reg, KIND_LIST));
    RULE(reg + 2 < walk->function->registers, REGISTER);
    RULE(end > walk->pc && end + 1 < walk->function->words, LOOP);
    RULE(walk->depth < MAX_LOOP_DEPTH, LOOP);
    RULE(walk->depth == 0 || end < walk->loops[walk->depth - 1].end, LOOP);
    uint32_t close = walk->code[end];
    RULE((ins_op(close) == OP_END_ALL || ins_op(close) == OP_END_ANY) &&
             ins_a(close) == reg,
         LOOP);
    for (uint32_t i = walk->pc + 1; i <= end; i++) // nothing may jump into the body
        RULE(!walk->pending[i], JUMP);
    const BundleType *list = &bundle_of(walk)->types[walk->now[reg].type];
    RULE(!walk->now[reg + 1].is_locked && !walk->now[reg + 2].is_locked, LOOP);
    walk->now[reg + 2] = (Slate){.type = KIND_BOOL, .may_unknown = true};
    walk->now[reg + 1].type = NONE;
    ALSO(jump_to(walk, end + 1, true));
    walk->now[reg + 1] = (Slate){.type = list->of, .may_absent = true};
    for (uint32_t i = 0; i < 3; i++)
        walk->now[reg + i].is_locked = true;
    for (uint32_t i = reg + 3; i < walk->function->registers; i++)
        if (!walk->now[i].is_locked)
            walk->now[i].type = NONE; // the body's own: it finds nothing there
    Loop *loop = &walk->loops[walk->depth];
    *loop =
        (Loop){.end = end, .reg = reg, .at_body = copy_now(walk), .turns = walk->turns};
    walk->turns = cost_times(walk->turns, list->count);
    walk->depth++;
    return loop->at_body != NULL;
}

static bool end(Walk *walk, uint32_t ins)
{
    RULE(walk->depth > 0, LOOP);
    Loop *loop = &walk->loops[walk->depth - 1];
    RULE(loop->end == walk->pc && loop->reg == ins_a(ins), LOOP);
    ALSO(walk_is_kind(walk, ins_b(ins), KIND_BOOL));
    for (uint32_t i = 0; i < walk->function->registers; i++) {
        const Slate *before = &loop->at_body[i], *after = &walk->now[i];
        bool is_kept =
            before->type == NONE ||
            (before->type == after->type && before->may_unknown >= after->may_unknown &&
             before->may_absent >= after->may_absent);
        RULE(is_kept, LOOP); // else the next turn would find something else
    }
    for (uint32_t i = 0; i < 3; i++)
        walk->now[loop->reg + i].is_locked = false;
    walk->now[loop->reg + 1].type = NONE;
    walk->now[loop->reg + 2].may_unknown = true;
    walk->turns = loop->turns;
    walk->depth--;
    return true;
}

// ---- instructions ----

static bool jump(Walk *walk, uint32_t ins)
{
    ALSO(walk_is_kind(walk, ins_a(ins), KIND_BOOL));
    return jump_to(walk, walk->pc + 1 + ins_bx(ins), false);
}

static bool ret(Walk *walk, uint32_t ins)
{
    ALSO(walk_can_read(walk, ins_a(ins)));
    RULE(walk->depth == 0 && walk->now[ins_a(ins)].type == walk->function->type,
         RETURN);
    walk->is_reached = false;
    return true;
}

static bool step(Walk *walk, uint32_t ins)
{
    switch (ins_op(ins)) {
    case OP_JFALSE:
    case OP_JTRUE:
        return jump(walk, ins);
    case OP_EACH:
        return each(walk, ins);
    case OP_END_ALL:
    case OP_END_ANY:
        return end(walk, ins);
    case OP_RET:
        return ret(walk, ins);
    default:
        return walk_operation(walk, ins);
    }
}

// Joins what a jump brings to this instruction with what falls through to it.
static bool arrive(Walk *walk)
{
    Slate *brought = walk->pending[walk->pc];
    if (brought && walk->is_reached) {
        meet(walk->now, brought, walk->function->registers);
    } else if (brought) {
        memcpy(walk->now, brought, walk->function->registers * sizeof *brought);
        walk->is_reached = true;
    }
    RULE(walk->is_reached, UNREACHABLE);
    return true;
}

static bool walk_code(Walk *walk)
{
    for (walk->pc = 0; walk->pc < walk->function->words; walk->pc++) {
        ALSO(arrive(walk));
        uint32_t ins = walk->code[walk->pc];
        uint32_t turns = walk->turns; // an EACH turns once, its END with the body
        uint32_t list_most = 0;
        if (ins_op(ins) == OP_IN_LIST) {
            ALSO(walk_is_kind(walk, ins_c(ins), KIND_LIST));
            list_most = bundle_of(walk)->types[walk->now[ins_c(ins)].type].count;
        }
        ALSO(step(walk, ins));
        walk->cost = cost_add(walk->cost,
                              cost_times(cost_of_instruction(ins, list_most), turns));
    }
    walk->pc = walk->function->words - 1;
    RULE(!walk->is_reached, RETURN);
    return true;
}

// ---- functions ----

static bool set_make(Verifier *verifier, NumberSet *set, uint32_t limit)
{
    set->list = verify_alloc(verifier, limit, sizeof *set->list);
    set->has = verify_alloc(verifier, limit, sizeof *set->has);
    return set->list && set->has;
}

static void set_clear(NumberSet *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        set->has[set->list[i]] = false;
    set->count = 0;
}

bool walk_memory_make(Verifier *verifier, WalkMemory *memory)
{
    const Bundle *bundle = verifier->bundle;
    *memory = (WalkMemory){0};
    memory->now = verify_alloc(verifier, MAX_REGISTERS, sizeof(Slate));
    memory->pending = verify_alloc(verifier, MAX_FUNCTION_WORDS, sizeof(Slate *));
    return memory->now && memory->pending &&
           set_make(verifier, &memory->needs, bundle->slots_count) &&
           set_make(verifier, &memory->memos, bundle->memos_count) &&
           set_make(verifier, &memory->lets, bundle->memos_count);
}

static Walk start(Verifier *verifier, WalkMemory *memory, uint32_t number,
                  uint32_t memo_limit)
{
    const BundleFunction *function = &verifier->bundle->functions[number];
    memset(memory->pending, 0, function->words * sizeof *memory->pending);
    for (uint32_t i = 0; i < function->registers; i++)
        memory->now[i] = (Slate){.type = NONE};
    set_clear(&memory->needs);
    set_clear(&memory->memos);
    set_clear(&memory->lets);
    return (Walk){.verifier = verifier,
                  .function = function,
                  .code = verifier->bundle->code + function->code,
                  .now = memory->now,
                  .is_reached = true,
                  .turns = 1,
                  .pending = memory->pending,
                  .memory = memory,
                  .memo_limit = memo_limit,
                  .keep_first = NONE};
}

bool walk_function(Walk *walk, Verifier *verifier, WalkMemory *memory,
                   uint32_t function, uint32_t memo_limit)
{
    ArenaMark mark = arena_mark(verifier->scratch);
    *walk = start(verifier, memory, function, memo_limit);
    bool is_sound = walk_code(walk);
    arena_reset(verifier->scratch, mark);
    return is_sound;
}
