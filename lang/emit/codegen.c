// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/codegen.h"

#include <string.h>

#include "engine/bytecode/cost.h"
#include "lang/emit/values.h"

// ---- constants and keys ----

static void add_constant(Emitter *emitter, Constants *constants, Constant constant)
{
    if (constants->count == constants->capacity) {
        uint32_t capacity = constants->capacity == 0 ? 64 : constants->capacity * 2;
        Constant *at = ARENA_ARRAY(emitter->arena, capacity, Constant);
        if (constants->count > 0)
            memcpy(at, constants->at, constants->count * sizeof *at);
        constants->at = at;
        constants->capacity = capacity;
    }
    constants->at[constants->count++] = constant;
}

void codegen_constants(Emitter *emitter, const Expr *expr, Constants *constants)
{
    if (expr->op == IR_CONST) {
        uint32_t type = type_of_const(emitter, expr->value);
        add_constant(emitter, constants, (Constant){expr->value, type});
    }
    for (uint32_t i = 0; i < expr->arg_count; i++)
        codegen_constants(emitter, expr->args[i], constants);
}

void codegen_key(Buf *key, const Expr *expr)
{
    buf_char(key, (char)expr->op);
    if (expr->op == IR_CONST)
        return;
    buf_char(key, (char)(expr->is_agent | expr->type->is_optional << 1));
    buf_u32le(key, expr->number);
    buf_u32le(key, expr->arg_count);
    for (uint32_t i = 0; i < expr->arg_count; i++)
        codegen_key(key, expr->args[i]);
}

// ---- registers and instructions ----

// A value in a register, and what is known of it. The verifier comes to the same.
typedef struct Operand {
    uint32_t reg;
    uint32_t type;
    bool may_unknown;
    bool may_absent;
    bool is_open; // made of arguments, which LIST leaves unknown even if they are
                  // certain
} Operand;

typedef struct Generator {
    Emitter *emitter;
    const Constant *constants;
    uint32_t next_constant;
    uint32_t *code; // MAX_FUNCTION_WORDS
    uint32_t words; // goes on counting past the end
    uint32_t registers;
    uint32_t cost;
    uint32_t turns; // of the loops around the instruction at hand
    uint32_t loops;
    Operand elements[MAX_LOOP_DEPTH]; // of the loops around, outermost first
} Generator;

static void put(Generator *generator, uint32_t ins, uint32_t list_most)
{
    if (generator->words < MAX_FUNCTION_WORDS)
        generator->code[generator->words] = ins;
    generator->words++;
    uint32_t cost = cost_of_instruction(ins, list_most);
    generator->cost = cost_add(generator->cost, cost_times(cost, generator->turns));
}

static void use(Generator *generator, uint32_t reg)
{
    if (reg >= generator->registers)
        generator->registers = reg + 1;
}

static Operand put_abc(Generator *generator, Opcode op, uint32_t a, uint32_t b,
                       uint32_t c, uint32_t type)
{
    put(generator, ins_abc(op, a & 0xff, b & 0xff, c & 0xff), 0);
    use(generator, a);
    return (Operand){.reg = a, .type = type};
}

static Operand put_abx(Generator *generator, Opcode op, uint32_t a, uint32_t bx,
                       uint32_t type)
{
    if (bx > 0xffff)
        emitter_limit(generator->emitter, "things that code can name", bx, 0xffff,
                      (Span){0, 0});
    put(generator, ins_abx(op, a & 0xff, bx & 0xffff), 0);
    use(generator, a);
    return (Operand){.reg = a, .type = type};
}

static bool is_sure(Operand operand)
{
    return !operand.may_unknown && !operand.may_absent;
}

// A jump to what comes next is filled in there.
static uint32_t put_jump(Generator *generator, Opcode op, uint32_t reg)
{
    put(generator, ins_abx(op, reg & 0xff, 0), 0);
    return generator->words - 1;
}

static void land(Generator *generator, uint32_t jump)
{
    if (generator->words > MAX_FUNCTION_WORDS)
        return;
    uint32_t ins = generator->code[jump];
    generator->code[jump] =
        ins_abx((Opcode)ins_op(ins), ins_a(ins), generator->words - jump - 1);
}

// ---- expressions ----

// Computes an expression. Registers below `at` are left alone; the value is in `at`, or
// is the element of a loop where that lies, which is below.
static Operand generate(Generator *generator, const Expr *expr, uint32_t at);

static Operand generate_into(Generator *generator, const Expr *expr, uint32_t at)
{
    Operand value = generate(generator, expr, at);
    if (value.reg == at)
        return value;
    put_abc(generator, OP_MOVE, at, value.reg, 0, value.type);
    value.reg = at;
    return value;
}

static Operand generate_const(Generator *generator, uint32_t at)
{
    uint32_t number = generator->next_constant++;
    uint32_t type = generator->constants[number].type;
    return put_abx(generator, OP_LOADK, at, number, type);
}

static Operand generate_slot(Generator *generator, const Expr *expr, uint32_t at,
                             bool is_optional)
{
    Emitter *emitter = generator->emitter;
    const BundleSlot *slot = record_at(emitter, SECTION_SLOTS, expr->number);
    bool is_certain = (slot->flags & SLOT_CERTAIN) != 0;
    Operand value = put_abx(generator, is_optional ? OP_OPT : OP_SLOT, at, expr->number,
                            slot->type);
    value.may_unknown = !is_certain;
    value.may_absent = !is_certain && is_optional;
    value.is_open =
        slot->root == SLOT_ROOT_ARGUMENT || slot->root == SLOT_ROOT_PARAMETER;
    return value;
}

static Operand generate_memo(Generator *generator, const Expr *expr, uint32_t at)
{
    Emitter *emitter = generator->emitter;
    uint32_t number = emitter->memos[expr->number];
    const BundleMemo *memo = record_at(emitter, SECTION_MEMOS, number);
    Operand value = put_abx(generator, OP_MEMO, at, number, memo->type);
    value.may_unknown = true;
    value.may_absent = true;
    return value;
}

// The number of a field or column must fit a byte of an instruction.
static uint32_t member(Generator *generator, const Expr *expr)
{
    if (expr->number > 0xff)
        emitter_limit(generator->emitter, "members of a record or columns of a table",
                      expr->number + 1ull, 256, expr->span);
    return expr->number;
}

static Operand generate_field(Generator *generator, const Expr *expr, uint32_t at)
{
    Operand record = generate(generator, expr->args[0], at);
    BundleType type = type_at(generator->emitter, record.type);
    const uint32_t *fields = record_at(generator->emitter, SECTION_LISTS, type.of);
    Operand value = put_abc(generator, OP_FIELD, at, record.reg,
                            member(generator, expr), fields[expr->number]);
    value.may_unknown = !is_sure(record);
    value.may_absent = true;
    return value;
}

static Operand generate_column(Generator *generator, const Expr *expr, uint32_t at)
{
    Emitter *emitter = generator->emitter;
    Operand row = generate(generator, expr->args[0], at);
    uint32_t table = type_at(emitter, row.type).of;
    const Column *column = &emitter->program->tables[table].columns[expr->number];
    Operand value = put_abc(generator, OP_COLUMN, at, row.reg, member(generator, expr),
                            type_number(emitter, column->type));
    value.may_unknown = true;
    value.may_absent = true;
    return value;
}

static Operand generate_has(Generator *generator, const Expr *expr, uint32_t at)
{
    const Expr *arg = expr->args[0];
    Operand value = arg->op == IR_SLOT ? generate_slot(generator, arg, at, true)
                                       : generate(generator, arg, at);
    Operand result = put_abc(generator, OP_HAS, at, value.reg, 0, KIND_BOOL);
    result.may_unknown = value.may_unknown;
    result.is_open = value.is_open;
    return result;
}

static Operand generate_unary(Generator *generator, Opcode op, const Expr *expr,
                              uint32_t at, uint32_t type)
{
    Operand value = generate(generator, expr->args[0], at);
    Operand result = put_abc(generator, op, at, value.reg, 0, type);
    result.may_unknown = op != OP_KNOWN && !is_sure(value);
    result.is_open = value.is_open;
    return result;
}

static Operand generate_else(Generator *generator, const Expr *expr, uint32_t at)
{
    Operand value = generate(generator, expr->args[0], at);
    Operand fallback = generate(generator, expr->args[1], at + 1);
    uint32_t type = type_longer(generator->emitter, value.type, fallback.type);
    Operand result = put_abc(generator, OP_ELSE, at, value.reg, fallback.reg, type);
    result.may_unknown = value.may_unknown || fallback.may_unknown;
    result.may_absent = fallback.may_absent;
    result.is_open = value.is_open || fallback.is_open;
    return result;
}

// and, or: operands from left to right, until one decides. With a left side that is
// always known the value is that of the last operand computed; else both are combined.
static Operand generate_logic(Generator *generator, const Expr *expr, uint32_t at)
{
    bool is_and = expr->op == IR_AND;
    uint32_t *jumps = ARENA_ARRAY(generator->emitter->arena, expr->arg_count, uint32_t);
    Operand sum = generate_into(generator, expr->args[0], at);
    for (uint32_t i = 1; i < expr->arg_count; i++) {
        jumps[i] = put_jump(generator, is_and ? OP_JFALSE : OP_JTRUE, at);
        bool is_simple =
            generator->emitter->options->has_two_values && is_sure(sum) && !sum.is_open;
        Operand next = is_simple ? generate_into(generator, expr->args[i], at)
                                 : generate(generator, expr->args[i], at + 1);
        if (is_simple && !next.may_absent) {
            sum = next;
            continue;
        }
        bool are_sure = is_sure(sum) && is_sure(next);
        bool is_open = sum.is_open || next.is_open;
        uint32_t left = is_simple ? next.reg : sum.reg;
        sum =
            put_abc(generator, is_and ? OP_AND : OP_OR, at, left, next.reg, KIND_BOOL);
        sum.may_unknown = !are_sure;
        sum.is_open = is_open;
    }
    for (uint32_t i = 1; i < expr->arg_count; i++)
        land(generator, jumps[i]);
    return sum;
}

// The instruction that compares or calculates with operands of that kind. `is_sure`:
// neither can be unknown.
static Opcode binary_opcode(IrOp op, Kind kind, bool are_sure)
{
    bool is_decimal = kind == KIND_DECIMAL;
    switch (op) {
    case IR_EQ:
        if (kind == KIND_STRING)
            return are_sure ? OP_EQ_STR_K : OP_EQ_STR;
        if (kind == KIND_IP || kind == KIND_NET)
            return OP_EQ_IP;
        if (is_decimal)
            return are_sure ? OP_EQ_DEC_K : OP_EQ_DEC;
        return are_sure ? OP_EQ_INT_K : OP_EQ_INT;
    case IR_LT:
        if (kind == KIND_STRING)
            return OP_LT_STR;
        if (is_decimal)
            return are_sure ? OP_LT_DEC_K : OP_LT_DEC;
        return are_sure ? OP_LT_INT_K : OP_LT_INT;
    case IR_LE:
        if (kind == KIND_STRING)
            return OP_LE_STR;
        if (is_decimal)
            return are_sure ? OP_LE_DEC_K : OP_LE_DEC;
        return are_sure ? OP_LE_INT_K : OP_LE_INT;
    case IR_ADD:
        return is_decimal ? OP_ADD_DEC : OP_ADD_INT;
    case IR_SUB:
        return is_decimal ? OP_SUB_DEC : OP_SUB_INT;
    case IR_MUL:
        return is_decimal ? OP_MUL_DEC : OP_MUL_INT;
    case IR_LIKE:
        return OP_LIKE;
    case IR_IN_NET:
        return OP_IN_NET;
    case IR_CONST:
    case IR_SLOT:
    case IR_MEMO:
    case IR_LABEL:
    case IR_KEPT:
    case IR_KEPT_AT:
    case IR_ELEMENT:
    case IR_FIELD:
    case IR_HAS:
    case IR_KNOWN:
    case IR_ELSE:
    case IR_NOT:
    case IR_AND:
    case IR_OR:
    case IR_DECIMAL:
    case IR_IN_LIST:
    case IR_IN_GROUP:
    case IR_ROW:
    case IR_IN_TABLE:
    case IR_COLUMN:
    case IR_CALL:
    case IR_ALL:
    case IR_ANY:
        break;
    }
    unreachable_bug();
}

static Operand generate_binary(Generator *generator, const Expr *expr, uint32_t at,
                               uint32_t type)
{
    Operand left = generate(generator, expr->args[0], at);
    Operand right = generate(generator, expr->args[1], at + 1);
    bool are_sure = is_sure(left) && is_sure(right);
    bool is_unchecked = are_sure && generator->emitter->options->has_two_values;
    Kind kind = type_kind_of(generator->emitter, left.type);
    Operand result =
        put_abc(generator, binary_opcode((IrOp)expr->op, kind, is_unchecked), at,
                left.reg, right.reg, type);
    result.may_unknown = !are_sure || type != KIND_BOOL;
    result.is_open = left.is_open || right.is_open;
    return result;
}

static Operand generate_in_list(Generator *generator, const Expr *expr, uint32_t at)
{
    Operand item = generate(generator, expr->args[0], at);
    Operand list = generate(generator, expr->args[1], at + 1);
    uint32_t ins = ins_abc(OP_IN_LIST, at & 0xff, item.reg & 0xff, list.reg & 0xff);
    put(generator, ins, type_at(generator->emitter, list.type).count);
    use(generator, at);
    return (Operand){
        .reg = at, .type = KIND_BOOL, .may_unknown = !is_sure(item) || !is_sure(list)};
}

// Operands in neighbouring registers, for an instruction that names the first. What is
// known of all of them.
static Operand generate_all(Generator *generator, const Expr *expr, uint32_t at)
{
    Operand all = {0};
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        Operand one = generate_into(generator, expr->args[i], at + i);
        all.may_unknown |= !is_sure(one);
        all.is_open |= one.is_open;
    }
    return all;
}

static Operand generate_row(Generator *generator, const Expr *expr, uint32_t at)
{
    Emitter *emitter = generator->emitter;
    Operand keys = generate_all(generator, expr, at);
    if (expr->number > 0xff)
        emitter_limit(emitter, "tables that rules look into", expr->number + 1ull, 256,
                      expr->span);
    bool is_row = expr->op == IR_ROW;
    uint32_t type = is_row ? type_row_of(emitter, expr->number) : KIND_BOOL;
    Operand value =
        put_abc(generator, is_row ? OP_ROW : OP_IN_TABLE, at, expr->number, at, type);
    value.may_unknown = is_row || keys.may_unknown;
    value.is_open = keys.is_open;
    return value;
}

static uint32_t builtin_type(uint32_t builtin)
{
    static const uint8_t TYPES[BUILTINS_COUNT] = {
#define TYPE_OF_BOOL KIND_BOOL
#define TYPE_OF_INT KIND_INT
#define TYPE_OF_TIME KIND_TIME
#define TYPE_OF_STRING KIND_STRING
#define TYPE_OF_STRINGS TYPE_STRINGS
#define BUILTIN(name, text, arity, result, kinds, cost, what) TYPE_OF_##result,
#include "engine/bytecode/builtin.def"
#undef BUILTIN
#undef TYPE_OF_BOOL
#undef TYPE_OF_INT
#undef TYPE_OF_TIME
#undef TYPE_OF_STRING
#undef TYPE_OF_STRINGS
    };
    return TYPES[builtin];
}

static Operand generate_call(Generator *generator, const Expr *expr, uint32_t at)
{
    generate_all(generator, expr, at);
    Operand value =
        put_abc(generator, OP_CALL, at, expr->number, at, builtin_type(expr->number));
    value.may_unknown = true;
    return value;
}

// The list in `at`, its element behind it, then the result; the body computes above.
static Operand generate_loop(Generator *generator, const Expr *expr, uint32_t at)
{
    Operand list = generate_into(generator, expr->args[0], at);
    BundleType type = type_at(generator->emitter, list.type);
    uint32_t each = put_jump(generator, OP_EACH, at);
    use(generator, at + 2);
    CHECK(generator->loops < MAX_LOOP_DEPTH);
    generator->elements[generator->loops++] = (Operand){
        .reg = at + 1, .type = type.of, .may_unknown = true, .may_absent = true};
    uint32_t turns = generator->turns;
    generator->turns = cost_times(turns, type.count);
    Operand body = generate(generator, expr->args[1], at + 3);
    Opcode end = expr->op == IR_ALL ? OP_END_ALL : OP_END_ANY;
    put(generator, ins_abc(end, at & 0xff, body.reg & 0xff, 0), 0);
    land(generator, each);
    generator->turns = turns;
    generator->loops--;
    Operand result = put_abc(generator, OP_MOVE, at, at + 2, 0, KIND_BOOL);
    result.may_unknown = true;
    return result;
}

static Operand generate_group(Generator *generator, const Expr *expr, uint32_t at)
{
    Opcode op = expr->is_agent ? OP_AGENT_IN_GROUP : OP_IN_GROUP;
    Operand value = put_abx(generator, op, at, expr->number, KIND_BOOL);
    value.may_unknown = !expr->is_agent;
    return value;
}

static Operand generate_kept(Generator *generator, const Expr *expr, uint32_t at)
{
    uint32_t type = type_number(generator->emitter, expr->type);
    uint32_t number = generator->emitter->keep + expr->number;
    Operand value = put_abx(generator, OP_KEPT, at, number, type);
    value.may_absent = expr->type->is_optional;
    if (!value.may_absent)
        value = put_abc(generator, OP_STRICT, at, at, 0, type);
    value.may_unknown = true;
    return value;
}

static Operand generate(Generator *generator, const Expr *expr, uint32_t at)
{
    switch ((IrOp)expr->op) {
    case IR_CONST:
        return generate_const(generator, at);
    case IR_SLOT:
        return generate_slot(generator, expr, at, expr->type->is_optional);
    case IR_MEMO:
        return generate_memo(generator, expr, at);
    case IR_LABEL:
        return put_abx(generator, OP_LABEL, at, expr->number, KIND_BOOL);
    case IR_KEPT:
        return generate_kept(generator, expr, at);
    case IR_KEPT_AT:
        return put_abx(generator, OP_KEPT_AT, at, 0, KIND_TIME);
    case IR_ELEMENT:
        return generator->elements[generator->loops - 1 - expr->number];
    case IR_FIELD:
        return generate_field(generator, expr, at);
    case IR_HAS:
        return generate_has(generator, expr, at);
    case IR_KNOWN:
        return generate_unary(generator, OP_KNOWN, expr, at, KIND_BOOL);
    case IR_ELSE:
        return generate_else(generator, expr, at);
    case IR_NOT:
        return generate_unary(generator, OP_NOT, expr, at, KIND_BOOL);
    case IR_AND:
    case IR_OR:
        return generate_logic(generator, expr, at);
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
        return generate_binary(generator, expr, at, type_kind(expr->type));
    case IR_EQ:
    case IR_LT:
    case IR_LE:
    case IR_LIKE:
    case IR_IN_NET:
        return generate_binary(generator, expr, at, KIND_BOOL);
    case IR_DECIMAL:
        return generate_unary(generator, OP_TO_DEC, expr, at, KIND_DECIMAL);
    case IR_IN_LIST:
        return generate_in_list(generator, expr, at);
    case IR_IN_GROUP:
        return generate_group(generator, expr, at);
    case IR_ROW:
    case IR_IN_TABLE:
        return generate_row(generator, expr, at);
    case IR_COLUMN:
        return generate_column(generator, expr, at);
    case IR_CALL:
        return generate_call(generator, expr, at);
    case IR_ALL:
    case IR_ANY:
        return generate_loop(generator, expr, at);
    }
    unreachable_bug();
}

// ---- functions ----

static List share_params(Emitter *emitter, const Constant *constants, uint32_t count)
{
    uint32_t *types = ARENA_ARRAY(emitter->arena, count, uint32_t);
    for (uint32_t i = 0; i < count; i++)
        types[i] = constants[i].type;
    return emit_list_add(emitter, types, count);
}

static bool is_within_limits(const Generator *generator, const Expr *expr,
                             uint32_t params)
{
    Emitter *emitter = generator->emitter;
    if (generator->words > MAX_FUNCTION_WORDS)
        emitter_limit(emitter, "instructions of one condition", generator->words,
                      MAX_FUNCTION_WORDS, expr->span);
    if (generator->registers > MAX_REGISTERS)
        emitter_limit(emitter, "values that one condition holds at a time",
                      generator->registers, MAX_REGISTERS, expr->span);
    if (generator->cost > MAX_DECISION_COST)
        emitter_limit(emitter, "steps of one condition at worst", generator->cost,
                      MAX_DECISION_COST, expr->span);
    if (params > UINT16_MAX)
        emitter_limit(emitter, "constants of one condition", params, UINT16_MAX,
                      expr->span);
    return !emitter->is_past_limit;
}

uint32_t codegen_function(Emitter *emitter, const Expr *expr, const Constant *constants,
                          uint32_t count)
{
    Generator generator = {
        .emitter = emitter, .constants = constants, .code = emitter->code, .turns = 1};
    Operand value = generate(&generator, expr, 0);
    put_abc(&generator, OP_RET, value.reg, 0, 0, value.type);
    CHECK(generator.next_constant == count);
    if (!is_within_limits(&generator, expr, count))
        return 0;
    BundleFunction function = {
        .code = records_share(emitter, SECTION_CODE, generator.code, generator.words),
        .words = generator.words,
        .type = value.type,
        .params = share_params(emitter, constants, count).first,
        .param_count = (uint16_t)count,
        .registers = (uint16_t)generator.registers,
        .cost = generator.cost};
    return record_share(emitter, SECTION_FUNCTIONS, &function);
}
