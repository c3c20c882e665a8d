// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/vm.h"

#include "engine/base/arena.h"
#include "engine/base/checked.h"
#include "engine/vm/arg_glob.h"
#include "engine/vm/builtin.h"
#include "engine/vm/table.h"

Vm *vm_new(Arena *arena, const Bundle *bundle)
{
    Vm *vm = arena_try(arena, sizeof *vm);
    if (!vm)
        return NULL;
    vm->bundle = bundle;
    vm->memo_epochs = arena_try(arena, (bundle->memos_count + 1) * sizeof(uint32_t));
    vm->memos = arena_try(arena, (bundle->memos_count + 1) * sizeof(Value));
    vm->registers = arena_try(arena, (size_t)VM_FRAMES * MAX_REGISTERS * sizeof(Value));
    vm->scratch = arena_try(arena, VM_SCRATCH_BYTES);
    vm->items = arena_try(arena, VM_SCRATCH_ITEMS * sizeof(Value));
    if (!vm->memo_epochs || !vm->memos || !vm->registers || !vm->scratch || !vm->items)
        return NULL;
    return vm;
}

void vm_begin(Vm *vm)
{
    vm->is_exhausted = false;
    vm->scratch_used = 0;
    vm->items_used = 0;
    vm->epoch++;
    if (vm->epoch == 0) { // once in four thousand million decisions
        for (uint32_t i = 0; i < vm->bundle->memos_count; i++)
            vm->memo_epochs[i] = 0;
        vm->epoch = 1;
    }
}

static inline Value constant(const Bundle *bundle, uint32_t number)
{
    const BundleConst *from = &bundle->consts[number];
    Kind kind = (Kind)bundle->types[from->type].kind;
    Value value = value_state(kind, VALUE_KNOWN, 0);
    value.aux = NONE;
    switch (kind) {
    case KIND_STRING: {
        Str text = bundle_string(bundle, (uint32_t)from->low);
        return value_text(text, (uint32_t)from->low);
    }
    case KIND_DECIMAL:
        value.as.decimal.hi = (int64_t)from->high;
        value.as.decimal.lo = from->low;
        return value;
    case KIND_IP:
    case KIND_NET:
        value.as.ip.hi = from->high;
        value.as.ip.lo = from->low;
        value.aux = from->aux;
        return value;
    case KIND_LIST:
        value.as.items.count = from->aux;
        value.aux = number;
        return value;
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
    case KIND_NONE:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    value.as.number = (int64_t)from->low;
    return value;
}

Value vm_const(const Bundle *bundle, uint32_t number)
{
    return constant(bundle, number);
}

Value vm_element(const Bundle *bundle, const Value *list, uint64_t index)
{
    if (list->as.items.at)
        return list->as.items.at[index];
    const BundleConst *from = &bundle->consts[list->aux];
    return vm_const(bundle, bundle->lists[from->low + index]);
}

// ---- what an instruction needs of unknown and absent operands ----

static uint16_t cause_of(const Value *value)
{
    return value->state == VALUE_UNKNOWN ? value->cause : CAUSE_OTHER;
}

static Value unsure(Kind kind, const Value *b)
{
    return value_unknown(kind, cause_of(b));
}

static Value unsure2(Kind kind, const Value *b, const Value *c)
{
    if (b->state == VALUE_KNOWN)
        return value_unknown(kind, cause_of(c));
    if (c->state == VALUE_KNOWN)
        return value_unknown(kind, cause_of(b));
    return value_unknown(kind, cause_merge(cause_of(b), cause_of(c)));
}

static Value and_of(const Value *b, const Value *c)
{
    unsigned x = value_truth(b), y = value_truth(c);
    if (x == 0 || y == 0)
        return value_bool(false);
    if (x == 1 && y == 1)
        return value_bool(true);
    return unsure2(KIND_BOOL, b, c);
}

static Value or_of(const Value *b, const Value *c)
{
    unsigned x = value_truth(b), y = value_truth(c);
    if (x == 1 || y == 1)
        return value_bool(true);
    if (x == 0 && y == 0)
        return value_bool(false);
    return unsure2(KIND_BOOL, b, c);
}

// `has`: what can't be told may be there or not. (Of a slot that the request doesn't
// fill OPT has made what is absent.)
static Value has_of(const Value *b)
{
    return b->state == VALUE_UNKNOWN ? unsure(KIND_BOOL, b)
                                     : value_bool(b->state == VALUE_KNOWN);
}

// ---- the longer instructions ----

static Ip ip_of(const Value *value)
{
    return (Ip){.hi = value->as.ip.hi,
                .lo = value->as.ip.lo,
                .family = (uint8_t)value->aux,
                .prefix = (uint8_t)(value->aux >> 8)};
}

// A list of string constants is sorted by the strings' numbers.
static bool is_among_strings(const Bundle *bundle, const Value *list, uint32_t number)
{
    const uint32_t *items = bundle->lists + bundle->consts[list->aux].low;
    uint64_t low = 0, high = list->as.items.count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (bundle->consts[items[middle]].low < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->as.items.count && bundle->consts[items[low]].low == number;
}

static Value in_list(const Bundle *bundle, const Value *needle, const Value *list)
{
    if (!list->as.items.at && needle->kind == KIND_STRING)
        return value_bool(needle->aux != NONE &&
                          is_among_strings(bundle, list, needle->aux));
    for (uint64_t i = 0; i < list->as.items.count; i++) {
        Value item = vm_element(bundle, list, i);
        if (item.state == VALUE_KNOWN && value_eq(needle, &item))
            return value_bool(true);
    }
    return value_bool(false);
}

static bool is_in_sorted(const uint32_t *numbers, uint32_t count, uint32_t wanted)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (numbers[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && numbers[low] == wanted;
}

// Nobody can tell of which groups an absent user is.
static Value user_in_group(const Vm *vm, uint32_t group)
{
    if (vm->slots[SLOT_USER_ID].state != VALUE_KNOWN)
        return value_unknown(KIND_BOOL, SLOT_USER_ID);
    return value_bool(is_in_sorted(vm->user_groups, vm->user_group_count, group));
}

// The key operands of ROW and IN_TABLE. False: one is not known, and *out says so.
static bool keys_known(const Value *keys, uint32_t count, Kind kind, Value *out)
{
    bool are_known = true;
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i].state == VALUE_KNOWN)
            continue;
        *out = are_known ? unsure(kind, &keys[i]) : unsure2(kind, out, &keys[i]);
        are_known = false;
    }
    return are_known;
}

// The cells are unpacked into the scratch.
static Value live_row_of(Vm *vm, uint32_t table, const Value *keys)
{
    ValuePool pool = {vm->items, vm->items_used, VM_SCRATCH_ITEMS};
    const Value *cells = NULL;
    if (!vm->find_live || !vm->find_live(vm->past, table, keys, &pool, &cells) ||
        !cells)
        return value_unknown(KIND_ROW, CAUSE_OTHER);
    vm->items_used = pool.count;
    return (Value){.as.items = {cells, vm->bundle->tables[table].column_count},
                   .aux = table,
                   .kind = KIND_ROW};
}

static Value row_of(Vm *vm, uint32_t table, const Value *keys)
{
    const Bundle *bundle = vm->bundle;
    Value result;
    if (!keys_known(keys, bundle->tables[table].keys, KIND_ROW, &result))
        return result;
    if (bundle->tables[table].layout != NONE)
        return live_row_of(vm, table, keys);
    uint32_t row = table_find(bundle, table, keys);
    if (row == NONE)
        return value_unknown(KIND_ROW, CAUSE_OTHER);
    return (Value){.as.row = {row, 0}, .aux = table, .kind = KIND_ROW};
}

static Value in_table(const Vm *vm, uint32_t table, const Value *keys)
{
    const Bundle *bundle = vm->bundle;
    Value result;
    if (!keys_known(keys, bundle->tables[table].keys, KIND_BOOL, &result))
        return result;
    if (bundle->tables[table].layout != NONE)
        return value_bool(vm->find_live &&
                          vm->find_live(vm->past, table, keys, NULL, NULL));
    return value_bool(table_find(bundle, table, keys) != NONE);
}

static Value column_of(const Bundle *bundle, const Value *row, uint32_t column)
{
    if (row->state != VALUE_KNOWN) // then it is of no table
        return unsure(KIND_NONE, row);
    const BundleTable *table = &bundle->tables[row->aux];
    if (table->layout != NONE)
        return row->as.items.at[column];
    Kind kind = (Kind)bundle->types[bundle->columns[table->column + column].type].kind;
    uint64_t cell = table->cell + row->as.row.number * table->column_count + column;
    uint32_t number = bundle->cells[cell];
    return number == NONE ? value_absent(kind) : vm_const(bundle, number);
}

static Value field_of(const Value *record, uint32_t field)
{
    if (record->state != VALUE_KNOWN)
        return unsure(KIND_NONE, record);
    return record->as.items.at[field];
}

static Value call(Vm *vm, uint32_t number, const Value *args)
{
    static const struct {
        uint8_t arity, result;
    } ROWS[BUILTINS_COUNT] = {
#define STRINGS LIST
#define KIND_OF(name) KIND_##name
#define BUILTIN(name, text, arity, result, kinds, cost, what) {arity, KIND_OF(result)},
#include "engine/bytecode/builtin.def"
#undef BUILTIN
#undef KIND_OF
#undef STRINGS
    };
    Kind kind = (Kind)ROWS[number].result;
    if (args[0].state != VALUE_KNOWN) {
        if (ROWS[number].arity == 2)
            return unsure2(kind, &args[0], &args[1]);
        return unsure(kind, &args[0]);
    }
    if (ROWS[number].arity == 2 && args[1].state != VALUE_KNOWN)
        return unsure(kind, &args[1]);
    return builtin_call(vm, (Builtin)number, args);
}

static const Value *run(Vm *vm, uint32_t function, const uint32_t *row, Value *r);

static Value memo(Vm *vm, uint32_t number, Value *frame);

// Memos that a pattern's function reads don't depend on the earlier call. They are
// computed before the first is looked at: some may be patterns themselves, and look at
// others.
static void compute_memos_of(Vm *vm, uint32_t number, Value *frame)
{
    const BundleFunction *function = &vm->bundle->functions[number];
    for (uint32_t i = 0; i < function->words; i++) {
        uint32_t ins = vm->bundle->code[function->code + i];
        if (ins_op(ins) == OP_MEMO)
            memo(vm, ins_bx(ins), frame);
    }
}

// Whether some earlier call fulfils the pattern.
static Value compute_pattern(Vm *vm, const BundleMemo *of, Value *frame)
{
    const BundlePattern *pattern = &vm->bundle->patterns[of->pattern];
    Value result = value_bool(false);
    compute_memos_of(vm, of->function, frame);
    vm->call = (VmCall){0};
    vm->keep_first = vm->bundle->tools[pattern->tool].keep;
    while (vm->next_call && vm->next_call(vm->past, pattern, &vm->call)) {
        Value one = *run(vm, of->function, vm->bundle->rows + of->row, frame);
        if (value_truth(&one) == 1 && vm->call.is_at_edge)
            one = value_unknown(KIND_BOOL, CAUSE_OTHER);
        if (value_truth(&one) == 1)
            return one;
        if (value_truth(&one) == 2)
            result = unsure(KIND_BOOL, &one);
    }
    return result;
}

static Value compute_memo(Vm *vm, uint32_t number, Value *frame)
{
    const BundleMemo *memo = &vm->bundle->memos[number];
    if (memo->pattern != NONE)
        return compute_pattern(vm, memo, frame);
    if (memo->per_tool.count == 0)
        return *run(vm, memo->function, vm->bundle->rows + memo->row, frame);
    const uint32_t *triples = vm->bundle->lists + memo->per_tool.first;
    for (uint32_t i = 0; i < memo->per_tool.count; i += 3)
        if (triples[i] == vm->tool)
            return *run(vm, triples[i + 1], vm->bundle->rows + triples[i + 2], frame);
    return value_absent((Kind)vm->bundle->types[memo->type].kind);
}

static Value memo(Vm *vm, uint32_t number, Value *frame)
{
    if (vm->memo_epochs[number] != vm->epoch) {
        vm->memos[number] = compute_memo(vm, number, frame);
        vm->memo_epochs[number] = vm->epoch;
    }
    return vm->memos[number];
}

// A = B op C on 64-bit numbers, where `fits` says that both are known and the result
// exact.
static Value arithmetic(Kind kind, const Value *b, const Value *c, bool fits,
                        int64_t result)
{
    if (fits)
        return value_number(kind, result);
    if (b->state == VALUE_KNOWN && c->state == VALUE_KNOWN)
        return value_unknown(kind, CAUSE_OTHER);
    return unsure2(kind, b, c);
}

static Value decimal_of(const Value *b, const Value *c,
                        bool (*operation)(Decimal, Decimal, Decimal *))
{
    Value result = {.kind = KIND_DECIMAL};
    if (b->state != VALUE_KNOWN || c->state != VALUE_KNOWN)
        return unsure2(KIND_DECIMAL, b, c);
    if (operation(b->as.decimal, c->as.decimal, &result.as.decimal))
        return result;
    return value_unknown(KIND_DECIMAL, CAUSE_OTHER);
}

// ---- the dispatch loop ----

// The end of a body: where to go on. With the next element in place back to its start;
// past it, if there is none, or if none can change the result any more.
static const uint32_t *end_body(Vm *vm, Value *list, bool is_settled,
                                const uint32_t *pc)
{
    VmLoop *loop = &vm->loops[vm->loop_depth - 1];
    if (!is_settled && ++loop->index < list->as.items.count) {
        list[1] = vm_element(vm->bundle, list, loop->index);
        return loop->body;
    }
    vm->loop_depth--;
    return pc;
}

#define A r[ins_a(ins)]
#define B r[ins_b(ins)]
#define C r[ins_c(ins)]
#define BOTH_KNOWN (((unsigned)B.state | (unsigned)C.state) == VALUE_KNOWN)
// A = value, where both operands are known; else unknown of that kind.
#define BINARY(kind, value)                                                            \
    if (BOTH_KNOWN)                                                                    \
        A = (value);                                                                   \
    else                                                                               \
        A = unsure2((kind), &B, &C)
#define COMPARE(condition) BINARY(KIND_BOOL, value_bool(condition))
// The same of operands that are proved known. Where arguments are open (LIST), or a
// number was sent that fits none, nothing is taken for known.
#define COMPARE_KNOWN(condition)                                                       \
    if (!is_careful || BOTH_KNOWN)                                                     \
        A = value_bool(condition);                                                     \
    else                                                                               \
        A = unsure2(KIND_BOOL, &B, &C)

#ifdef PROVISO_SWITCH_VM
#define CASE(name) case OP_##name:
#define NEXT goto next
#else
#define CASE(name) op_##name:
#define NEXT                                                                           \
    do {                                                                               \
        ins = *pc++;                                                                   \
        goto *LABELS[ins_op(ins)];                                                     \
    } while (0)
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic" // labels as values
static const Value *run(Vm *vm, uint32_t function, const uint32_t *row, Value *r)
{
    const Bundle *bundle = vm->bundle;
    const bool is_careful = vm->is_careful;
    const uint32_t *pc = bundle->code + bundle->functions[function].code;
    uint32_t ins;

#ifdef PROVISO_SWITCH_VM
next:
    ins = *pc++;
    switch (ins_op(ins)) {
#else
    static const void *const LABELS[OPCODE_COUNT] = {
#define OP(name, layout, result, effect) __extension__ &&op_##name,
#include "engine/bytecode/opcode.def"
#undef OP
    };
    NEXT;
#endif

        CASE(LOADK) {
            A = constant(bundle, row[ins_bx(ins)]);
            NEXT;
        }
        CASE(SLOT) {
            const Value *slot = &vm->slots[ins_bx(ins)];
            A = *slot;
            if (slot->state == VALUE_ABSENT)
                A = value_unknown((Kind)slot->kind, (uint16_t)ins_bx(ins));
            NEXT;
        }
        CASE(OPT) {
            A = vm->slots[ins_bx(ins)];
            NEXT;
        }
        CASE(MEMO) {
            // The frame of what is called lies behind this one's registers.
            A = memo(vm, ins_bx(ins), r + bundle->functions[function].registers);
            NEXT;
        }
        CASE(MOVE) {
            A = B;
            NEXT;
        }
        CASE(FIELD) {
            A = field_of(&B, ins_c(ins));
            NEXT;
        }
        CASE(STRICT) {
            A = B;
            if (A.state == VALUE_ABSENT)
                A = value_unknown((Kind)A.kind, CAUSE_OTHER);
            NEXT;
        }
        CASE(HAS) {
            A = has_of(&B);
            NEXT;
        }
        CASE(KNOWN) {
            // What may yet be told may be known then.
            A = B.state == VALUE_UNKNOWN && B.cause >= CAUSE_UNTOLD
                    ? B
                    : value_bool(B.state == VALUE_KNOWN);
            A.kind = KIND_BOOL;
            NEXT;
        }
        CASE(ELSE) {
            A = B.state == VALUE_ABSENT ? C : B;
            NEXT;
        }
        CASE(NOT) {
            A = B.state == VALUE_KNOWN ? value_bool(!B.as.number)
                                       : unsure(KIND_BOOL, &B);
            NEXT;
        }
        CASE(AND) {
            A = and_of(&B, &C);
            NEXT;
        }
        CASE(OR) {
            A = or_of(&B, &C);
            NEXT;
        }
        CASE(JFALSE) {
            if (value_truth(&A) == 0)
                pc += ins_bx(ins);
            NEXT;
        }
        CASE(JTRUE) {
            if (value_truth(&A) == 1)
                pc += ins_bx(ins);
            NEXT;
        }
        CASE(EQ_STR) {
            COMPARE(value_text_eq(&B, &C));
            NEXT;
        }
        CASE(EQ_STR_K) {
            COMPARE_KNOWN(value_text_eq(&B, &C));
            NEXT;
        }
        CASE(EQ_INT) {
            COMPARE(B.as.number == C.as.number);
            NEXT;
        }
        CASE(EQ_INT_K) {
            COMPARE_KNOWN(B.as.number == C.as.number);
            NEXT;
        }
        CASE(EQ_DEC) {
            COMPARE(decimal_compare(B.as.decimal, C.as.decimal) == 0);
            NEXT;
        }
        CASE(EQ_DEC_K) {
            COMPARE_KNOWN(decimal_compare(B.as.decimal, C.as.decimal) == 0);
            NEXT;
        }
        CASE(EQ_IP) {
            COMPARE(value_eq(&B, &C));
            NEXT;
        }
        CASE(LT_INT) {
            COMPARE(B.as.number < C.as.number);
            NEXT;
        }
        CASE(LT_INT_K) {
            COMPARE_KNOWN(B.as.number < C.as.number);
            NEXT;
        }
        CASE(LE_INT) {
            COMPARE(B.as.number <= C.as.number);
            NEXT;
        }
        CASE(LE_INT_K) {
            COMPARE_KNOWN(B.as.number <= C.as.number);
            NEXT;
        }
        CASE(LT_DEC) {
            COMPARE(decimal_compare(B.as.decimal, C.as.decimal) < 0);
            NEXT;
        }
        CASE(LT_DEC_K) {
            COMPARE_KNOWN(decimal_compare(B.as.decimal, C.as.decimal) < 0);
            NEXT;
        }
        CASE(LE_DEC) {
            COMPARE(decimal_compare(B.as.decimal, C.as.decimal) <= 0);
            NEXT;
        }
        CASE(LE_DEC_K) {
            COMPARE_KNOWN(decimal_compare(B.as.decimal, C.as.decimal) <= 0);
            NEXT;
        }
        CASE(LT_STR) {
            COMPARE(str_compare(value_str(B), value_str(C)) < 0);
            NEXT;
        }
        CASE(LE_STR) {
            COMPARE(str_compare(value_str(B), value_str(C)) <= 0);
            NEXT;
        }
        CASE(ADD_INT) {
            int64_t sum = 0;
            bool fits = BOTH_KNOWN && checked_add_i64(B.as.number, C.as.number, &sum);
            A = arithmetic((Kind)B.kind, &B, &C, fits, sum);
            NEXT;
        }
        CASE(SUB_INT) {
            int64_t difference = 0;
            bool fits =
                BOTH_KNOWN && checked_sub_i64(B.as.number, C.as.number, &difference);
            bool is_span = B.kind == KIND_TIME && C.kind == KIND_TIME;
            A = arithmetic(is_span ? KIND_DURATION : (Kind)B.kind, &B, &C, fits,
                           difference);
            NEXT;
        }
        CASE(MUL_INT) {
            int64_t product = 0;
            bool fits =
                BOTH_KNOWN && checked_mul_i64(B.as.number, C.as.number, &product);
            A = arithmetic((Kind)B.kind, &B, &C, fits, product);
            NEXT;
        }
        CASE(ADD_DEC) {
            A = decimal_of(&B, &C, decimal_add);
            NEXT;
        }
        CASE(SUB_DEC) {
            A = decimal_of(&B, &C, decimal_sub);
            NEXT;
        }
        CASE(MUL_DEC) {
            A = decimal_of(&B, &C, decimal_mul);
            NEXT;
        }
        CASE(TO_DEC) {
            A = B.state == VALUE_KNOWN
                    ? (Value){.as.decimal = decimal_from_i64(B.as.number),
                              .kind = KIND_DECIMAL}
                : B.state == VALUE_ABSENT ? value_absent(KIND_DECIMAL)
                                          : unsure(KIND_DECIMAL, &B);
            NEXT;
        }
        CASE(LIKE) {
            COMPARE(glob_match(value_str(C), value_str(B)));
            NEXT;
        }
        CASE(IN_LIST) {
            BINARY(KIND_BOOL, in_list(bundle, &B, &C));
            NEXT;
        }
        CASE(IN_NET) {
            COMPARE(net_contains(ip_of(&C), ip_of(&B)));
            NEXT;
        }
        CASE(LABEL) {
            A = value_bool(vm->labels[ins_bx(ins) / 64] >> ins_bx(ins) % 64 & 1);
            NEXT;
        }
        CASE(KEPT) {
            A = vm->call.kept[ins_bx(ins) - vm->keep_first];
            NEXT;
        }
        CASE(KEPT_AT) {
            A = value_number(KIND_TIME, vm->call.at);
            NEXT;
        }
        CASE(IN_GROUP) {
            A = user_in_group(vm, ins_bx(ins));
            NEXT;
        }
        CASE(AGENT_IN_GROUP) {
            A = value_bool(bundle_list_has(bundle, vm->agent_groups, ins_bx(ins)));
            NEXT;
        }
        CASE(ROW) {
            A = row_of(vm, ins_b(ins), &C);
            NEXT;
        }
        CASE(IN_TABLE) {
            A = in_table(vm, ins_b(ins), &C);
            NEXT;
        }
        CASE(COLUMN) {
            A = column_of(bundle, &B, ins_c(ins));
            NEXT;
        }
        CASE(CALL) {
            A = call(vm, ins_b(ins), &C);
            NEXT;
        }
        CASE(EACH) {
            Value *list = &A;
            bool is_all = ins_op(pc[ins_bx(ins) - 1]) == OP_END_ALL;
            if (list->state == VALUE_KNOWN && list->as.items.count > 0) {
                vm->loops[vm->loop_depth++] = (VmLoop){.body = pc};
                list[1] = vm_element(bundle, list, 0);
                list[2] = value_bool(is_all);
                NEXT;
            }
            list[2] = list->state == VALUE_KNOWN ? value_bool(is_all)
                                                 : unsure(KIND_BOOL, list);
            pc += ins_bx(ins);
            NEXT;
        }
        CASE(END_ALL) {
            Value *list = &A;
            list[2] = and_of(&list[2], &B);
            pc = end_body(vm, list, value_truth(&list[2]) == 0, pc);
            NEXT;
        }
        CASE(END_ANY) {
            Value *list = &A;
            list[2] = or_of(&list[2], &B);
            pc = end_body(vm, list, value_truth(&list[2]) == 1, pc);
            NEXT;
        }
        CASE(RET) {
            return &A;
        }
#ifdef PROVISO_SWITCH_VM
    }
    unreachable_bug();
#endif
}
#pragma GCC diagnostic pop

const Value *vm_run(Vm *vm, uint32_t function, const uint32_t *row)
{
    return run(vm, function, row, vm->registers);
}
