// SPDX-License-Identifier: Apache-2.0
// What each instruction needs of its operands, and what it gives.
#include "engine/bytecode/verify_walk.h"

static const Bundle *bundle_of(const Walk *walk)
{
    return walk->verifier->bundle;
}

static uint32_t kind_of(const Walk *walk, uint32_t type)
{
    return bundle_of(walk)->types[type].kind;
}

static bool is_sure(const Walk *walk, uint32_t reg)
{
    return !walk->now[reg].may_unknown && !walk->now[reg].may_absent;
}

// ---- what the code reads ----

// False if it was there.
static bool set_add(NumberSet *set, uint32_t number)
{
    if (set->has[number])
        return false;
    set->has[number] = true;
    set->list[set->count++] = number;
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
        set_add(&walk->memory->needs, number);
    bool is_opt = ins_op(ins) == OP_OPT;
    return walk_set(walk, ins_a(ins), slot->type, !is_certain, !is_certain && is_opt);
}

// A memo of all tools adds what it reads to what its reader reads; a `let` is looked at
// tool by tool (verify_dispatch.c).
static void add_reads(Walk *walk, uint32_t number)
{
    const BundleMemo *memo = &bundle_of(walk)->memos[number];
    if (!set_add(&walk->memory->memos, number))
        return;
    if (memo->function == NONE) {
        set_add(&walk->memory->lets, number);
        return;
    }
    const FunctionFacts *facts = &walk->verifier->functions[memo->function];
    for (uint32_t i = 0; i < facts->need_count; i++)
        set_add(&walk->memory->needs, facts->needs[i]);
    for (uint32_t i = 0; i < facts->let_count; i++)
        set_add(&walk->memory->lets, facts->lets[i]);
}

static bool read_memo(Walk *walk, uint32_t ins)
{
    uint32_t number = ins_bx(ins);
    RULE(number < bundle_of(walk)->memos_count, OPERAND_RANGE);
    RULE(number < walk->memo_limit, MEMO);
    add_reads(walk, number);
    uint32_t depth = walk->verifier->memo_depths[number] + 1;
    if (depth > walk->memo_depth)
        walk->memo_depth = depth;
    return walk_set(walk, ins_a(ins), bundle_of(walk)->memos[number].type, true, true);
}

static bool read_const(Walk *walk, uint32_t ins)
{
    RULE(ins_bx(ins) < walk->function->param_count, OPERAND_RANGE);
    uint32_t type = bundle_of(walk)->lists[walk->function->params + ins_bx(ins)];
    return walk_set(walk, ins_a(ins), type, false, false);
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
    ALSO(walk_can_read(walk, b));
    ALSO(walk_can_read(walk, c));
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
    return walk_set(walk, ins_a(ins), result, !are_sure, false);
}

static bool in_list(Walk *walk, uint32_t ins)
{
    ALSO(walk_can_read(walk, ins_b(ins)));
    ALSO(walk_is_kind(walk, ins_c(ins), KIND_LIST));
    const BundleType *list = &bundle_of(walk)->types[walk->now[ins_c(ins)].type];
    uint32_t element = kind_of(walk, list->of);
    RULE(kind_of(walk, walk->now[ins_b(ins)].type) == element && element != KIND_LIST &&
             element != KIND_RECORD && element != KIND_JSON,
         OPERAND_TYPE);
    bool are_sure = is_sure(walk, ins_b(ins)) && is_sure(walk, ins_c(ins));
    return walk_set(walk, ins_a(ins), KIND_BOOL, !are_sure, false);
}

static bool arithmetic(Walk *walk, uint32_t ins)
{
    ALSO(walk_can_read(walk, ins_b(ins)));
    ALSO(walk_can_read(walk, ins_c(ins)));
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
    return walk_set(walk, ins_a(ins), result, true, false);
}

// ---- other instructions ----

static bool unary(Walk *walk, uint32_t ins)
{
    uint32_t b = ins_b(ins);
    ALSO(walk_can_read(walk, b));
    Slate from = walk->now[b];
    switch (ins_op(ins)) {
    case OP_MOVE:
        return walk_set(walk, ins_a(ins), from.type, from.may_unknown, from.may_absent);
    case OP_STRICT:
        return walk_set(walk, ins_a(ins), from.type,
                        from.may_unknown || from.may_absent, false);
    case OP_HAS:
        return walk_set(walk, ins_a(ins), KIND_BOOL, from.may_unknown, false);
    case OP_KNOWN:
        return walk_set(walk, ins_a(ins), KIND_BOOL, false, false);
    case OP_NOT:
        RULE(kind_of(walk, from.type) == KIND_BOOL, OPERAND_TYPE);
        return walk_set(walk, ins_a(ins), KIND_BOOL, !is_sure(walk, b), false);
    default: // OP_TO_DEC
        RULE(kind_of(walk, from.type) == KIND_INT, OPERAND_TYPE);
        return walk_set(walk, ins_a(ins), KIND_DECIMAL, !is_sure(walk, b), false);
    }
}

static bool otherwise(Walk *walk, uint32_t ins)
{
    ALSO(walk_can_read(walk, ins_b(ins)));
    ALSO(walk_can_read(walk, ins_c(ins)));
    Slate b = walk->now[ins_b(ins)], c = walk->now[ins_c(ins)];
    uint32_t type =
        verify_type_holds(bundle_of(walk), b.type, c.type) ? b.type : c.type;
    RULE(verify_type_holds(bundle_of(walk), type, b.type), OPERAND_TYPE);
    return walk_set(walk, ins_a(ins), type, b.may_unknown || c.may_unknown,
                    c.may_absent);
}

static bool field(Walk *walk, uint32_t ins)
{
    ALSO(walk_is_kind(walk, ins_b(ins), KIND_RECORD));
    const BundleType *record = &bundle_of(walk)->types[walk->now[ins_b(ins)].type];
    RULE(ins_c(ins) < record->count, OPERAND_RANGE);
    return walk_set(walk, ins_a(ins), bundle_of(walk)->lists[record->of + ins_c(ins)],
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
        ALSO(walk_is_kind(walk, ins_c(ins) + i, (Kind)kind_of(walk, type)));
        *are_sure &= is_sure(walk, ins_c(ins) + i);
    }
    return true;
}

// The type of rows of a table, which stands in TYPES wherever a ROW instruction is
// used.
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
    return walk_set(walk, ins_a(ins), type, true, false);
}

static bool in_table(Walk *walk, uint32_t ins)
{
    bool are_sure;
    ALSO(keys(walk, ins, &are_sure));
    return walk_set(walk, ins_a(ins), KIND_BOOL, !are_sure, false);
}

static bool column(Walk *walk, uint32_t ins)
{
    const Bundle *bundle = bundle_of(walk);
    ALSO(walk_is_kind(walk, ins_b(ins), KIND_ROW));
    const BundleTable *table =
        &bundle->tables[bundle->types[walk->now[ins_b(ins)].type].of];
    RULE(ins_c(ins) < table->column_count, OPERAND_RANGE);
    const BundleColumn *from = &bundle->columns[table->column + ins_c(ins)];
    return walk_set(walk, ins_a(ins), from->type, !is_sure(walk, ins_b(ins)),
                    (from->flags & COLUMN_OPTIONAL) != 0);
}

static bool group(Walk *walk, uint32_t ins)
{
    RULE(ins_bx(ins) < bundle_of(walk)->groups_count, OPERAND_RANGE);
    return walk_set(walk, ins_a(ins), KIND_BOOL, ins_op(ins) == OP_IN_GROUP, false);
}

static bool label(Walk *walk, uint32_t ins)
{
    RULE(ins_bx(ins) < bundle_of(walk)->labels_count, OPERAND_RANGE);
    return walk_set(walk, ins_a(ins), KIND_BOOL, false, false);
}

static bool kept(Walk *walk, uint32_t ins)
{
    uint32_t number = ins_bx(ins);
    RULE(number < bundle_of(walk)->keeps_count, OPERAND_RANGE);
    const BundleKeep *keep = &bundle_of(walk)->keeps[number];
    RULE(keep->type < bundle_of(walk)->types_count, OPERAND_TYPE);
    walk->is_of_pattern = true;
    if (number < walk->keep_first)
        walk->keep_first = number;
    if (number + 1 > walk->keep_end)
        walk->keep_end = number + 1;
    return walk_set(walk, ins_a(ins), keep->type, true, true);
}

static bool kept_at(Walk *walk, uint32_t ins)
{
    RULE(ins_bx(ins) == 0, OPERAND_RANGE);
    walk->is_of_pattern = true;
    return walk_set(walk, ins_a(ins), KIND_TIME, false, false);
}

static bool builtin_operand(Walk *walk, uint32_t reg, char letter)
{
    if (letter == 's')
        return walk_is_kind(walk, reg, KIND_STRING);
    return walk_is_kind(walk, reg, KIND_LIST); // 'l'
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
#define TYPE_OF_TIME KIND_TIME
#define TYPE_OF_STRING KIND_STRING
#define TYPE_OF_STRINGS TYPE_STRINGS
#define BUILTIN(name, text, arity, result, kinds, cost, what)                          \
    {kinds, arity, TYPE_OF_##result},
#include "engine/bytecode/builtin.def"
#undef BUILTIN
    };
    uint32_t number = ins_b(ins);
    RULE(number < BUILTINS_COUNT, OPERAND_RANGE);
    for (uint32_t i = 0; i < ROWS[number].arity; i++)
        ALSO(builtin_operand(walk, ins_c(ins) + i, ROWS[number].kinds[i]));
    return walk_set(walk, ins_a(ins), ROWS[number].result, true, false);
}

bool walk_operation(Walk *walk, uint32_t ins)
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
    case OP_LABEL:
        return label(walk, ins);
    case OP_KEPT:
        return kept(walk, ins);
    case OP_KEPT_AT:
        return kept_at(walk, ins);
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
    case OP_JFALSE:
    case OP_JTRUE:
    case OP_EACH:
    case OP_END_ALL:
    case OP_END_ANY:
    case OP_RET:
        break; // verify_walk.c
    }
    unreachable_bug();
}
