// SPDX-License-Identifier: Apache-2.0
// Functions and shared expressions: an abstract run of each function, once over its
// instructions. Jumps go forward, so when an instruction is reached every path to it is known;
// where paths meet, a register keeps what all of them agree on.
#include "engine/bytecode/verify_parts.h"

#include <string.h>

#include "engine/bytecode/cost.h"

// What is known of a register.
typedef struct Slate {
    uint32_t type; // NONE: no value on some path
    bool may_unknown;
    bool may_absent;
    bool is_locked; // belongs to a loop that is running
} Slate;

typedef struct Loop {
    uint32_t end;   // the END instruction
    uint32_t reg;   // A
    Slate *at_body; // what held when the body began
    uint32_t turns; // of the loops around it
} Loop;

typedef struct Walk {
    Verifier *verifier;
    const BundleFunction *function;
    const uint32_t *code;
    uint32_t pc;
    Slate *now;       // registers; meaningful while is_reached
    bool is_reached;
    Slate **pending;  // one an instruction: what jumps bring there, or NULL
    Loop loops[MAX_LOOP_DEPTH];
    uint32_t depth;
    uint32_t cost;
    uint32_t turns; // of the loops around the instruction at hand
    uint32_t *needs;
    uint32_t need_count;
    uint32_t *memos;
    uint32_t memo_count;
    uint32_t memo_limit; // a memo's function may use the memos before it
    uint32_t memo_depth;
} Walk;

static bool fail(Walk *walk, VerifyRule rule)
{
    return verify_fail(walk->verifier, rule, SECTION_CODE, walk->function->code + walk->pc);
}

#define RULE(condition, rule)                                                            \
    do {                                                                                 \
        if (!(condition))                                                                \
            return fail(walk, VERIFY_##rule);                                            \
    } while (0)

static const Bundle *bundle_of(const Walk *walk)
{
    return walk->verifier->bundle;
}

static uint32_t kind_of(const Walk *walk, uint32_t type)
{
    return bundle_of(walk)->types[type].kind;
}

// ---- operands ----

static bool can_read(Walk *walk, uint32_t reg)
{
    RULE(reg < walk->function->registers, REGISTER);
    RULE(walk->now[reg].type != NONE, OPERAND_SET);
    return true;
}

static bool is_kind(Walk *walk, uint32_t reg, Kind kind)
{
    ALSO(can_read(walk, reg));
    RULE(kind_of(walk, walk->now[reg].type) == kind, OPERAND_TYPE);
    return true;
}

static bool is_sure(const Walk *walk, uint32_t reg)
{
    return !walk->now[reg].may_unknown && !walk->now[reg].may_absent;
}

static bool set(Walk *walk, uint32_t reg, uint32_t type, bool may_unknown, bool may_absent)
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

// Notes that control may go on at `target` with the registers as they are now. Within a loop
// it may not leave the body, whose last instruction is the END.
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
    ALSO(is_kind(walk, reg, KIND_LIST));
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
    *loop = (Loop){.end = end, .reg = reg, .at_body = copy_now(walk),
                   .turns = walk->turns};
    walk->turns = cost_times(walk->turns, list->count);
    walk->depth++;
    return loop->at_body != NULL;
}

static bool end(Walk *walk, uint32_t ins)
{
    RULE(walk->depth > 0, LOOP);
    Loop *loop = &walk->loops[walk->depth - 1];
    RULE(loop->end == walk->pc && loop->reg == ins_a(ins), LOOP);
    ALSO(is_kind(walk, ins_b(ins), KIND_BOOL));
    for (uint32_t i = 0; i < walk->function->registers; i++) {
        const Slate *before = &loop->at_body[i], *after = &walk->now[i];
        bool is_kept = before->type == NONE ||
                       (before->type == after->type &&
                        before->may_unknown >= after->may_unknown &&
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

// ---- what the code reads ----

static bool note(uint32_t *list, uint32_t *count, uint32_t number)
{
    uint32_t at = *count;
    while (at > 0 && list[at - 1] > number)
        at--;
    if (at > 0 && list[at - 1] == number)
        return true;
    memmove(list + at + 1, list + at, (*count - at) * sizeof *list);
    list[at] = number;
    ++*count;
    return true;
}

static bool read_slot(Walk *walk, uint32_t ins)
{
    const Bundle *bundle = bundle_of(walk);
    uint32_t number = ins_bx(ins);
    RULE(number < bundle->slots_count, OPERAND_RANGE);
    const BundleSlot *slot = &bundle->slots[number];
    bool is_certain = (slot->flags & SLOT_CERTAIN) != 0;
    if (is_certain && slot->root != SLOT_ROOT_FIXED)
        note(walk->needs, &walk->need_count, number);
    bool is_opt = ins_op(ins) == OP_OPT;
    return set(walk, ins_a(ins), slot->type, !is_certain, !is_certain && is_opt);
}

static bool read_memo(Walk *walk, uint32_t ins)
{
    uint32_t number = ins_bx(ins);
    RULE(number < bundle_of(walk)->memos_count, OPERAND_RANGE);
    RULE(number < walk->memo_limit, MEMO);
    note(walk->memos, &walk->memo_count, number);
    uint32_t depth = walk->verifier->memo_depths[number] + 1;
    if (depth > walk->memo_depth)
        walk->memo_depth = depth;
    for (uint32_t i = 0; i < walk->verifier->memo_need_counts[number]; i++)
        note(walk->needs, &walk->need_count, walk->verifier->memo_needs[number][i]);
    return set(walk, ins_a(ins), bundle_of(walk)->memos[number].type, true, true);
}

static bool read_const(Walk *walk, uint32_t ins)
{
    RULE(ins_bx(ins) < walk->function->param_count, OPERAND_RANGE);
    uint32_t type = bundle_of(walk)->lists[walk->function->params + ins_bx(ins)];
    return set(walk, ins_a(ins), type, false, false);
}

// ---- instructions on two operands ----

static bool is_number_kind(Kind kind, bool with_bool)
{
    return kind == KIND_INT || kind == KIND_DURATION || kind == KIND_TIME ||
           (with_bool && kind == KIND_BOOL);
}

// B and C of the kinds that the comparison takes.
static bool comparable(Walk *walk, uint32_t ins)
{
    uint32_t b = ins_b(ins), c = ins_c(ins);
    ALSO(can_read(walk, b));
    ALSO(can_read(walk, c));
    Kind left = (Kind)kind_of(walk, walk->now[b].type);
    Kind right = (Kind)kind_of(walk, walk->now[c].type);
    switch (ins_op(ins)) {
    case OP_EQ_STR:
    case OP_EQ_STR_K:
    case OP_LT_STR:
    case OP_LE_STR:
    case OP_LIKE:
        RULE(left == KIND_STRING && right == KIND_STRING, OPERAND_TYPE);
        return true;
    case OP_EQ_INT:
    case OP_EQ_INT_K:
        RULE(left == right && is_number_kind(left, true), OPERAND_TYPE);
        return true;
    case OP_LT_INT:
    case OP_LT_INT_K:
    case OP_LE_INT:
    case OP_LE_INT_K:
        RULE(left == right && is_number_kind(left, false), OPERAND_TYPE);
        return true;
    case OP_EQ_IP:
        RULE(left == right && (left == KIND_IP || left == KIND_NET), OPERAND_TYPE);
        return true;
    case OP_IN_NET:
        RULE((left == KIND_IP || left == KIND_NET) && right == KIND_NET, OPERAND_TYPE);
        return true;
    case OP_AND:
    case OP_OR:
        RULE(left == KIND_BOOL && right == KIND_BOOL, OPERAND_TYPE);
        return true;
    default: // on decimals
        RULE(left == KIND_DECIMAL && right == KIND_DECIMAL, OPERAND_TYPE);
        return true;
    }
}

static bool binary(Walk *walk, uint32_t ins, uint32_t result, bool is_checked)
{
    ALSO(comparable(walk, ins));
    bool are_sure = is_sure(walk, ins_b(ins)) && is_sure(walk, ins_c(ins));
    RULE(is_checked || are_sure, OPERAND_KNOWN);
    return set(walk, ins_a(ins), result, !are_sure, false);
}

static bool in_list(Walk *walk, uint32_t ins)
{
    ALSO(can_read(walk, ins_b(ins)));
    ALSO(is_kind(walk, ins_c(ins), KIND_LIST));
    const BundleType *list = &bundle_of(walk)->types[walk->now[ins_c(ins)].type];
    uint32_t element = kind_of(walk, list->of);
    RULE(kind_of(walk, walk->now[ins_b(ins)].type) == element &&
             element != KIND_LIST && element != KIND_RECORD && element != KIND_JSON,
         OPERAND_TYPE);
    bool are_sure = is_sure(walk, ins_b(ins)) && is_sure(walk, ins_c(ins));
    return set(walk, ins_a(ins), KIND_BOOL, !are_sure, false);
}

static bool arithmetic(Walk *walk, uint32_t ins)
{
    ALSO(can_read(walk, ins_b(ins)));
    ALSO(can_read(walk, ins_c(ins)));
    Kind left = (Kind)kind_of(walk, walk->now[ins_b(ins)].type);
    Kind right = (Kind)kind_of(walk, walk->now[ins_c(ins)].type);
    uint32_t result = left;
    bool is_plain = left == right && (left == KIND_INT || left == KIND_DURATION);
    bool is_shift = left == KIND_TIME && right == KIND_DURATION;
    if (ins_op(ins) == OP_MUL_INT) {
        RULE(right == KIND_INT && (left == KIND_INT || left == KIND_DURATION),
             OPERAND_TYPE);
    } else if (ins_op(ins) == OP_SUB_INT && left == KIND_TIME && right == KIND_TIME) {
        result = KIND_DURATION;
    } else {
        RULE(is_plain || is_shift, OPERAND_TYPE);
    }
    return set(walk, ins_a(ins), result, true, false);
}

// ---- other instructions ----

static bool unary(Walk *walk, uint32_t ins)
{
    uint32_t b = ins_b(ins);
    ALSO(can_read(walk, b));
    Slate from = walk->now[b];
    switch (ins_op(ins)) {
    case OP_MOVE:
        return set(walk, ins_a(ins), from.type, from.may_unknown, from.may_absent);
    case OP_STRICT:
        return set(walk, ins_a(ins), from.type, from.may_unknown || from.may_absent,
                   false);
    case OP_HAS:
        return set(walk, ins_a(ins), KIND_BOOL, from.may_unknown, false);
    case OP_KNOWN:
        return set(walk, ins_a(ins), KIND_BOOL, false, false);
    case OP_NOT:
        RULE(kind_of(walk, from.type) == KIND_BOOL, OPERAND_TYPE);
        return set(walk, ins_a(ins), KIND_BOOL, !is_sure(walk, b), false);
    default: // OP_TO_DEC
        RULE(kind_of(walk, from.type) == KIND_INT, OPERAND_TYPE);
        return set(walk, ins_a(ins), KIND_DECIMAL, !is_sure(walk, b), false);
    }
}

static bool otherwise(Walk *walk, uint32_t ins)
{
    ALSO(can_read(walk, ins_b(ins)));
    ALSO(can_read(walk, ins_c(ins)));
    Slate b = walk->now[ins_b(ins)], c = walk->now[ins_c(ins)];
    uint32_t type = verify_type_holds(bundle_of(walk), b.type, c.type) ? b.type : c.type;
    RULE(verify_type_holds(bundle_of(walk), type, b.type), OPERAND_TYPE);
    return set(walk, ins_a(ins), type, b.may_unknown || c.may_unknown, c.may_absent);
}

static bool field(Walk *walk, uint32_t ins)
{
    ALSO(is_kind(walk, ins_b(ins), KIND_RECORD));
    const BundleType *record = &bundle_of(walk)->types[walk->now[ins_b(ins)].type];
    RULE(ins_c(ins) < record->count, OPERAND_RANGE);
    return set(walk, ins_a(ins), bundle_of(walk)->lists[record->of + ins_c(ins)],
               !is_sure(walk, ins_b(ins)), true);
}

static bool keys(Walk *walk, uint32_t ins, bool *are_sure)
{
    const Bundle *bundle = bundle_of(walk);
    RULE(ins_b(ins) < bundle->tables_count, OPERAND_RANGE);
    const BundleTable *table = &bundle->tables[ins_b(ins)];
    *are_sure = true;
    for (uint32_t i = 0; i < table->keys; i++) {
        uint32_t type = bundle->columns[table->column + i].type;
        ALSO(is_kind(walk, ins_c(ins) + i, (Kind)kind_of(walk, type)));
        *are_sure &= is_sure(walk, ins_c(ins) + i);
    }
    return true;
}

// The type of rows of a table, which stands in TYPES wherever a ROW instruction is used.
static uint32_t row_type(const Bundle *bundle, uint32_t table)
{
    for (uint32_t i = TYPE_FIXED_COUNT; i < bundle->types_count; i++)
        if (bundle->types[i].kind == KIND_ROW && bundle->types[i].of == table)
            return i;
    return NONE;
}

static bool row(Walk *walk, uint32_t ins)
{
    bool are_sure;
    ALSO(keys(walk, ins, &are_sure));
    uint32_t type = row_type(bundle_of(walk), ins_b(ins));
    RULE(type != NONE, OPERAND_TYPE);
    return set(walk, ins_a(ins), type, true, false);
}

static bool in_table(Walk *walk, uint32_t ins)
{
    bool are_sure;
    ALSO(keys(walk, ins, &are_sure));
    return set(walk, ins_a(ins), KIND_BOOL, !are_sure, false);
}

static bool column(Walk *walk, uint32_t ins)
{
    const Bundle *bundle = bundle_of(walk);
    ALSO(is_kind(walk, ins_b(ins), KIND_ROW));
    const BundleTable *table = &bundle->tables[bundle->types[walk->now[ins_b(ins)].type].of];
    RULE(ins_c(ins) < table->column_count, OPERAND_RANGE);
    const BundleColumn *from = &bundle->columns[table->column + ins_c(ins)];
    return set(walk, ins_a(ins), from->type, !is_sure(walk, ins_b(ins)),
               (from->flags & COLUMN_OPTIONAL) != 0);
}

static bool group(Walk *walk, uint32_t ins)
{
    RULE(ins_bx(ins) < bundle_of(walk)->groups_count, OPERAND_RANGE);
    return set(walk, ins_a(ins), KIND_BOOL, ins_op(ins) == OP_IN_GROUP, false);
}

static bool builtin_operand(Walk *walk, uint32_t reg, char letter)
{
    if (letter == 's')
        return is_kind(walk, reg, KIND_STRING);
    return is_kind(walk, reg, KIND_LIST); // 'l'
}

static bool call(Walk *walk, uint32_t ins)
{
    static const struct {
        const char *kinds;
        uint8_t arity;
        uint8_t result;
    } ROWS[BUILTINS_COUNT] = {
#define TYPE_OF_BOOL KIND_BOOL
#define TYPE_OF_INT KIND_INT
#define TYPE_OF_STRING KIND_STRING
#define TYPE_OF_STRINGS TYPE_STRINGS
#define BUILTIN(name, text, arity, result, kinds, cost, what)                            \
    {kinds, arity, TYPE_OF_##result},
#include "engine/bytecode/builtin.def"
#undef BUILTIN
    };
    uint32_t number = ins_b(ins);
    RULE(number < BUILTINS_COUNT, OPERAND_RANGE);
    for (uint32_t i = 0; i < ROWS[number].arity; i++)
        ALSO(builtin_operand(walk, ins_c(ins) + i, ROWS[number].kinds[i]));
    return set(walk, ins_a(ins), ROWS[number].result, true, false);
}

static bool jump(Walk *walk, uint32_t ins)
{
    ALSO(is_kind(walk, ins_a(ins), KIND_BOOL));
    return jump_to(walk, walk->pc + 1 + ins_bx(ins), false);
}

static bool ret(Walk *walk, uint32_t ins)
{
    ALSO(can_read(walk, ins_a(ins)));
    RULE(walk->depth == 0 && walk->now[ins_a(ins)].type == walk->function->type, RETURN);
    walk->is_reached = false;
    return true;
}

static bool step(Walk *walk, uint32_t ins)
{
    RULE(ins_op(ins) < OPCODE_COUNT, OPCODE);
    switch ((Opcode)ins_op(ins)) {
    case OP_LOADK:
        return read_const(walk, ins);
    case OP_SLOT:
    case OP_OPT:
        return read_slot(walk, ins);
    case OP_MEMO:
        return read_memo(walk, ins);
    case OP_MOVE:
    case OP_STRICT:
    case OP_HAS:
    case OP_KNOWN:
    case OP_NOT:
    case OP_TO_DEC:
        return unary(walk, ins);
    case OP_FIELD:
        return field(walk, ins);
    case OP_ELSE:
        return otherwise(walk, ins);
    case OP_JFALSE:
    case OP_JTRUE:
        return jump(walk, ins);
    case OP_AND:
    case OP_OR:
    case OP_EQ_STR:
    case OP_EQ_INT:
    case OP_EQ_DEC:
    case OP_EQ_IP:
    case OP_LT_INT:
    case OP_LE_INT:
    case OP_LT_DEC:
    case OP_LE_DEC:
    case OP_LT_STR:
    case OP_LE_STR:
    case OP_LIKE:
    case OP_IN_NET:
        return binary(walk, ins, KIND_BOOL, true);
    case OP_EQ_STR_K:
    case OP_EQ_INT_K:
    case OP_EQ_DEC_K:
    case OP_LT_INT_K:
    case OP_LE_INT_K:
    case OP_LT_DEC_K:
    case OP_LE_DEC_K:
        return binary(walk, ins, KIND_BOOL, false);
    case OP_ADD_DEC:
    case OP_SUB_DEC:
    case OP_MUL_DEC:
        ALSO(binary(walk, ins, KIND_DECIMAL, true));
        walk->now[ins_a(ins)].may_unknown = true; // it may not fit
        return true;
    case OP_ADD_INT:
    case OP_SUB_INT:
    case OP_MUL_INT:
        return arithmetic(walk, ins);
    case OP_IN_LIST:
        return in_list(walk, ins);
    case OP_IN_GROUP:
    case OP_AGENT_IN_GROUP:
        return group(walk, ins);
    case OP_ROW:
        return row(walk, ins);
    case OP_IN_TABLE:
        return in_table(walk, ins);
    case OP_COLUMN:
        return column(walk, ins);
    case OP_CALL:
        return call(walk, ins);
    case OP_EACH:
        return each(walk, ins);
    case OP_END_ALL:
    case OP_END_ANY:
        return end(walk, ins);
    case OP_RET:
        return ret(walk, ins);
    }
    return fail(walk, VERIFY_OPCODE);
}

// ---- functions ----

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
            ALSO(is_kind(walk, ins_c(ins), KIND_LIST));
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

static bool check_params(Verifier *verifier, uint32_t number)
{
    const Bundle *bundle = verifier->bundle;
    const BundleFunction *function = &bundle->functions[number];
    List params = {function->params, function->param_count};
    ALSO(verify_list(verifier, params, SECTION_FUNCTIONS, number));
    for (uint32_t i = 0; i < params.count; i++)
        NEED(bundle->lists[params.first + i] < bundle->types_count, FUNCTION_PARAMS,
             FUNCTIONS, number);
    return true;
}

// The memory that all walks use, one after another.
typedef struct WalkMemory {
    Slate *now;
    Slate **pending;
    uint32_t *needs;
    uint32_t *memos;
} WalkMemory;

static bool make_memory(Verifier *verifier, WalkMemory *memory)
{
    const Bundle *bundle = verifier->bundle;
    memory->now = verify_alloc(verifier, MAX_REGISTERS, sizeof(Slate));
    memory->pending = verify_alloc(verifier, MAX_FUNCTION_WORDS, sizeof(Slate *));
    memory->needs = verify_alloc(verifier, bundle->slots_count, sizeof(uint32_t));
    memory->memos = verify_alloc(verifier, bundle->memos_count, sizeof(uint32_t));
    return !verifier->is_out_of_memory;
}

static Walk start_walk(Verifier *verifier, const WalkMemory *memory, uint32_t number,
                       uint32_t memo_limit)
{
    const BundleFunction *function = &verifier->bundle->functions[number];
    memset(memory->pending, 0, function->words * sizeof *memory->pending);
    for (uint32_t i = 0; i < function->registers; i++)
        memory->now[i] = (Slate){.type = NONE};
    return (Walk){.verifier = verifier,
                  .function = function,
                  .code = verifier->bundle->code + function->code,
                  .now = memory->now,
                  .is_reached = true,
                  .turns = 1,
                  .pending = memory->pending,
                  .needs = memory->needs,
                  .memos = memory->memos,
                  .memo_limit = memo_limit};
}

static bool keep(Verifier *verifier, const uint32_t *from, uint32_t count,
                 const uint32_t **to)
{
    uint32_t *copy = verify_alloc(verifier, count, sizeof *copy);
    if (copy && count > 0)
        memcpy(copy, from, count * sizeof *copy);
    *to = copy;
    return copy != NULL;
}

static bool check_function(Verifier *verifier, const WalkMemory *memory, uint32_t number,
                           uint32_t memo_limit)
{
    const Bundle *bundle = verifier->bundle;
    const BundleFunction *function = &bundle->functions[number];
    FunctionFacts *facts = &verifier->functions[number];
    if (facts->needs) // walked already, for an earlier memo
        return true;
    NEED(function->words > 0 && function->words <= MAX_FUNCTION_WORDS &&
             function->code <= bundle->code_count &&
             function->words <= bundle->code_count - function->code &&
             function->registers <= MAX_REGISTERS && function->type < bundle->types_count,
         FUNCTION_RANGE, FUNCTIONS, number);
    ALSO(check_params(verifier, number));
    ArenaMark mark = arena_mark(verifier->scratch);
    Walk walk = start_walk(verifier, memory, number, memo_limit);
    bool is_sound = walk_code(&walk);
    arena_reset(verifier->scratch, mark);
    ALSO(is_sound);
    NEED(walk.cost == function->cost && walk.cost <= MAX_DECISION_COST, FUNCTION_COST,
         FUNCTIONS, number);
    facts->memo_depth = walk.memo_depth;
    facts->need_count = walk.need_count;
    facts->memo_count = walk.memo_count;
    return keep(verifier, walk.needs, walk.need_count, &facts->needs) &&
           keep(verifier, walk.memos, walk.memo_count, &facts->memos);
}

// ---- shared expressions ----

// One function that computes memo `number`, under a row of constants. It may use the memos
// before it, so it is walked now.
static bool check_memo_function(Verifier *verifier, const WalkMemory *memory,
                                uint32_t number, uint32_t function, uint32_t row_at)
{
    const Bundle *bundle = verifier->bundle;
    NEED(function < bundle->functions_count, MEMO, MEMOS, number);
    ALSO(check_function(verifier, memory, function, number));
    const BundleFunction *code = &bundle->functions[function];
    NEED(verify_type_holds(bundle, bundle->memos[number].type, code->type), MEMO, MEMOS,
         number);
    const FunctionFacts *facts = &verifier->functions[function];
    if (facts->memo_depth > verifier->memo_depths[number])
        verifier->memo_depths[number] = facts->memo_depth;
    NEED(facts->memo_depth < MAX_MEMO_DEPTH, MEMO_DEPTH, MEMOS, number);
    return verify_row(verifier, row_at, code->param_count, code->params, SECTION_MEMOS,
                      number);
}

// A memo of all tools has one function, whose needs are those of its readers. A `let` is
// checked tool by tool: see verify_dispatch.c.
static bool check_memo(Verifier *verifier, const WalkMemory *memory, uint32_t number)
{
    const Bundle *bundle = verifier->bundle;
    const BundleMemo *memo = &bundle->memos[number];
    NEED(memo->type < bundle->types_count && memo->reserved == 0, MEMO, MEMOS, number);
    ALSO(verify_list(verifier, memo->per_tool, SECTION_MEMOS, number));
    if (memo->function != NONE) {
        NEED(memo->per_tool.count == 0, MEMO, MEMOS, number);
        ALSO(check_memo_function(verifier, memory, number, memo->function, memo->row));
        verifier->memo_needs[number] = verifier->functions[memo->function].needs;
        verifier->memo_need_counts[number] = verifier->functions[memo->function].need_count;
        return true;
    }
    NEED(memo->per_tool.count > 0 && memo->per_tool.count % 3 == 0, MEMO, MEMOS, number);
    const uint32_t *triple = bundle->lists + memo->per_tool.first;
    for (uint32_t i = 0; i < memo->per_tool.count; i += 3) {
        NEED(triple[i] < bundle->tools_count && (i == 0 || triple[i - 3] < triple[i]), MEMO,
             MEMOS, number);
        ALSO(check_memo_function(verifier, memory, number, triple[i + 1], triple[i + 2]));
    }
    return true;
}

bool verify_code(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    uint32_t memos = bundle->memos_count;
    verifier->functions =
        verify_alloc(verifier, bundle->functions_count, sizeof(FunctionFacts));
    verifier->memo_depths = verify_alloc(verifier, memos, sizeof(uint32_t));
    verifier->memo_needs = verify_alloc(verifier, memos, sizeof(uint32_t *));
    verifier->memo_need_counts = verify_alloc(verifier, memos, sizeof(uint32_t));
    if (!verifier->functions || !verifier->memo_depths || !verifier->memo_needs ||
        !verifier->memo_need_counts)
        return false;
    WalkMemory memory;
    ALSO(make_memory(verifier, &memory));
    for (uint32_t i = 0; i < memos; i++)
        ALSO(check_memo(verifier, &memory, i));
    for (uint32_t i = 0; i < bundle->functions_count; i++)
        ALSO(check_function(verifier, &memory, i, memos));
    return true;
}
