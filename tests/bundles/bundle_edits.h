// SPDX-License-Identifier: Apache-2.0
// bundle_edits: changes of the sample bundle that take more than a few words: functions
// that are added to it, and for each limit of the format what just keeps to it and what
// doesn't. For verify_cases.c only.
#ifndef PROVISO_TESTS_BUNDLES_BUNDLE_EDITS_H
#define PROVISO_TESTS_BUNDLES_BUNDLE_EDITS_H

#include "engine/base/unit.h"
#include "engine/bytecode/cost.h"
#include "tests/bundles/bundle_parts.h"

// Slots of the sample by name: what they have for numbers is the compiler's business.
#define NAMED_SLOTS(X)                                                                 \
    X(S_LEVEL, "user.level")                                                           \
    X(S_SITE, "context.site")                                                          \
    X(S_ROLES, "user.roles")                                                           \
    X(S_DEPARTMENT, "user.department")                                                 \
    X(S_AMOUNT, "args.amount")                                                         \
    X(S_COUNT, "args.count")                                                           \
    X(S_CUSTOMER, "args.customer")                                                     \
    X(S_TAGS, "args.tags")                                                             \
    X(S_PARAMETER, "intent.customer")

enum {
    S_FIRST = 0xdf00, // no number of anything else
#define X(name, text) name,
    NAMED_SLOTS(X)
#undef X
        S_NONE // the first that there isn't
};

// The slot's number, or the number itself where it names no slot.
static inline uint32_t named_slot(const Bundle *bundle, uint32_t number)
{
    static const char *const NAMES[] = {
#define X(name, text) text,
        NAMED_SLOTS(X)
#undef X
    };
    if (number <= S_FIRST || number > S_NONE)
        return number;
    uint32_t slot = 0;
    while (number < S_NONE && slot < bundle->slots_count &&
           !str_eq(bundle_string(bundle, bundle->slots[slot].name),
                   str_from_c(NAMES[number - S_FIRST - 1])))
        slot++;
    return number == S_NONE ? bundle->slots_count : slot;
}

// The constants of a function that is added: what K[1], K[2] ... are. A letter each,
// for the tables of operands below.
#define CONSTANTS(X)                                                                   \
    X(K_B, 'b', KIND_BOOL)                                                             \
    X(K_I, 'i', KIND_INT)                                                              \
    X(K_D, 'd', KIND_DECIMAL)                                                          \
    X(K_S, 's', KIND_STRING)                                                           \
    X(K_U, 'u', KIND_DURATION)                                                         \
    X(K_T, 't', KIND_TIME)                                                             \
    X(K_A, 'a', KIND_IP)                                                               \
    X(K_N, 'n', KIND_NET)                                                              \
    X(K_L, 'l', TYPE_STRINGS)                                                          \
    X(K_P, 'p', TYPE_PAIR)                                                             \
    X(K_R, 'r', TYPE_ACTOR)                                                            \
    X(K_C, 'c', TYPE_CHAIN)

enum { TYPE_PAIR = 16 }; // of the sample: a list of at most two strings

enum {
    K_NONE, // so that no instruction is 0
#define X(name, letter, type) name,
    CONSTANTS(X)
#undef X
        K_COUNT
};

static const char LETTERS[K_COUNT + 1] = {'-',
#define X(name, letter, type) letter,
                                          CONSTANTS(X)
#undef X
};

static inline uint32_t add_params(Parts *parts)
{
    const uint32_t types[] = {KIND_BOOL,
#define X(name, letter, type) type,
                              CONSTANTS(X)
#undef X
    };
    return part_add(parts, SECTION_LISTS, types, K_COUNT);
}

// Adds a function over the constants above; its number.
static inline uint32_t add_function(Parts *parts, const uint32_t *code, uint32_t words,
                                    uint32_t registers, uint32_t cost)
{
    BundleFunction function = {.type = KIND_BOOL,
                               .code = part_add(parts, SECTION_CODE, code, words),
                               .words = words,
                               .params = add_params(parts),
                               .param_count = K_COUNT,
                               .registers = (uint16_t)registers,
                               .cost = cost};
    return part_add(parts, SECTION_FUNCTIONS, &function, 1);
}

#define ABC(op, a, b, c)                                                               \
    ((uint32_t)OP_##op | (uint32_t)(a) << 8 | (uint32_t)(b) << 16 | (uint32_t)(c) << 24)
#define ABX(op, a, bx) ((uint32_t)OP_##op | (uint32_t)(a) << 8 | (uint32_t)(bx) << 16)
#define AJ(op, a, bx) ABX(op, a, bx)
#define RET(a) ABC(RET, a, 0, 0)

// ---- a pair at each limit ----

static inline void *record(Parts *parts, Section section, uint32_t index)
{
    return part_at(parts, section, index);
}

// Writes down what a decision costs at worst now.
static inline void settle_cost(Parts *parts)
{
    Bundle bundle;
    const char *why;
    DecisionCost cost;
    BundleMeta *meta = record(parts, SECTION_META, 0);
    ck_assert_int_eq(bundle_open(parts_join(parts), &bundle, &why), STATUS_OK);
    ck_assert(cost_of_decision(&bundle, parts->arena, &cost));
    meta->cost = cost.steps;
}

// `count` MOVEs and a RET.
static inline void add_moves(Parts *parts, uint32_t count)
{
    uint32_t *code = ARENA_ARRAY(parts->arena, count + 2, uint32_t);
    code[0] = ABX(LOADK, 0, K_B);
    for (uint32_t i = 1; i <= count; i++)
        code[i] = ABC(MOVE, 0, 0, 0);
    code[count + 1] = RET(0);
    add_function(parts, code, count + 2, 1, count + 2);
}

static inline void longest_function(Parts *parts)
{
    add_moves(parts, MAX_FUNCTION_WORDS - 2);
}

static inline void too_long_a_function(Parts *parts)
{
    add_moves(parts, MAX_FUNCTION_WORDS - 1);
}

// Loops in loops, each over two elements.
static inline void add_nest(Parts *parts, uint32_t depth)
{
    uint32_t code[32], words = 0, cost = 1; // of the RET
    for (uint32_t i = 0; i < depth; i++) {
        code[words++] = ABX(LOADK, 3 * i, K_P);
        code[words++] = AJ(EACH, 3 * i, 2 * depth + (depth - 1 - i) - 2 * i);
        cost += 2u << i;
    }
    code[words++] = ABX(LOADK, 3 * depth, K_B);
    cost += 1u << depth;
    for (uint32_t i = depth; i-- > 0; cost += 2u << i)
        code[words++] = ABC(END_ALL, 3 * i, i == depth - 1 ? 3 * depth : 3 * i + 5, 0);
    code[words++] = RET(2);
    add_function(parts, code, words, 3 * depth + 1, cost);
}

static inline void deepest_loops(Parts *parts)
{
    add_nest(parts, MAX_LOOP_DEPTH);
}

static inline void too_deep_loops(Parts *parts)
{
    add_nest(parts, MAX_LOOP_DEPTH + 1);
}

// A memo of all tools whose function takes no constants.
static inline uint32_t add_memo(Parts *parts, const uint32_t *code, uint32_t words,
                                uint32_t type)
{
    BundleFunction function = {.type = type,
                               .code = part_add(parts, SECTION_CODE, code, words),
                               .words = words,
                               .registers = 1,
                               .cost = words};
    BundleMemo memo = {.type = type,
                       .function = part_add(parts, SECTION_FUNCTIONS, &function, 1),
                       .pattern = NONE};
    return part_add(parts, SECTION_MEMOS, &memo, 1);
}

// Memos each of which reads the one before.
static inline void add_memos(Parts *parts, uint32_t depth)
{
    uint32_t code[] = {ABX(AGENT_IN_GROUP, 0, 0), RET(0)};
    for (uint32_t i = 0; i < depth; i++)
        code[0] = ABX(MEMO, 0, add_memo(parts, code, 2, KIND_BOOL));
    settle_cost(parts);
}

static inline void deepest_memos(Parts *parts)
{
    add_memos(parts, MAX_MEMO_DEPTH);
}

static inline void too_deep_memos(Parts *parts)
{
    add_memos(parts, MAX_MEMO_DEPTH + 1);
}

static inline void memo_of_itself(Parts *parts)
{
    const uint32_t code[] = {ABX(MEMO, 0, parts->sections[SECTION_MEMOS].count),
                             RET(0)};
    add_memo(parts, code, 2, KIND_BOOL);
}

// Something of a type in a list of such.
static inline void add_in_list(Parts *parts, uint32_t type)
{
    const uint32_t code[] = {ABX(LOADK, 0, 0), ABX(LOADK, 1, 1), ABC(IN_LIST, 0, 0, 1),
                             RET(0)};
    BundleType list = {.kind = KIND_LIST, .of = type, .count = 4};
    const uint32_t types[] = {type, part_add(parts, SECTION_TYPES, &list, 1)};
    BundleFunction function = {.type = KIND_BOOL,
                               .code = part_add(parts, SECTION_CODE, code, 4),
                               .words = 4,
                               .params = part_add(parts, SECTION_LISTS, types, 2),
                               .param_count = 2,
                               .registers = 2,
                               .cost = 5};
    part_add(parts, SECTION_FUNCTIONS, &function, 1);
}

static inline void text_in_texts(Parts *parts)
{
    add_in_list(parts, KIND_STRING);
}

static inline void list_in_lists(Parts *parts)
{
    add_in_list(parts, TYPE_STRINGS);
}

static inline void json_in_jsons(Parts *parts)
{
    add_in_list(parts, KIND_JSON);
}

// The rules that read the `let` read it through another memo; an argument that it reads
// is not filled, and no rule reads that itself.
static inline void let_behind_a_memo(Parts *parts)
{
    const uint32_t code[] = {ABX(MEMO, 0, 0), RET(0)};
    uint32_t memo = add_memo(parts, code, 2, KIND_DECIMAL);
    const uint32_t readers[] = {3, 9};
    for (uint32_t i = 0; i < 2; i++) {
        BundleFunction *function = record(parts, SECTION_FUNCTIONS, readers[i]);
        for (uint32_t k = 0; k < function->words; k++) {
            uint32_t *ins = record(parts, SECTION_CODE, function->code + k);
            if (ins_op(*ins) == OP_MEMO)
                *ins = ABX(MEMO, ins_a(*ins), memo);
        }
    }
    BundleCondition *condition = record(parts, SECTION_CONDITIONS, 9);
    condition->function = 7; // not the one that reads args.amount
    settle_cost(parts);
}

static inline void let_behind_a_memo_reads_nothing(Parts *parts)
{
    let_behind_a_memo(parts);
    BundleField *amount = record(parts, SECTION_FIELDS, 0);
    amount->fill_count = 0;
}

// As many strings as there shall be, all interned in a table of that size.
static inline void intern(Parts *parts, uint32_t count, uint32_t size)
{
    Bundle bundle;
    const char *why;
    BundleMeta *meta = record(parts, SECTION_META, 0);
    while (parts->sections[SECTION_STRING_ENDS].count < count) {
        Str text = arena_format(parts->arena, "~%u",
                                parts->sections[SECTION_STRING_ENDS].count);
        uint32_t end =
            part_add(parts, SECTION_STRING_BYTES, text.at, (uint32_t)text.len);
        end += (uint32_t)text.len;
        part_add(parts, SECTION_STRING_ENDS, &end, 1);
    }
    meta->interned = parts->sections[SECTION_STRING_ENDS].count;
    part_resize(parts, SECTION_INTERN, size);
    uint32_t *table = record(parts, SECTION_INTERN, 0);
    memset(table, 0xff, size * sizeof *table);
    ck_assert_int_eq(bundle_open(parts_join(parts), &bundle, &why), STATUS_OK);
    for (uint32_t i = 0; i < meta->interned && i < size; i++) {
        uint64_t hash = str_hash_plain(bundle_string(&bundle, i), meta->intern_key);
        uint32_t at = (uint32_t)hash & (size - 1);
        while (table[at] != NONE)
            at = (at + 1) & (size - 1);
        table[at] = i;
    }
}

static inline void all_interned(Parts *parts)
{
    intern(parts, 512, 1024);
}

static inline void full_intern_table(Parts *parts)
{
    intern(parts, 512, 512);
}

static inline void crowded_intern_table(Parts *parts)
{
    intern(parts, 511, 512);
}

static inline void add_fields(Parts *parts, uint32_t count)
{
    intern(parts, 512, 1024);
    uint32_t *types = ARENA_ARRAY(parts->arena, count, uint32_t);
    BundleField *fields = ARENA_ARRAY(parts->arena, count, BundleField);
    for (uint32_t i = 0; i < count; i++) {
        types[i] = KIND_INT;
        fields[i] = (BundleField){.name = i};
    }
    BundleType type = {.kind = KIND_RECORD,
                       .of = part_add(parts, SECTION_LISTS, types, count),
                       .count = count};
    BundleSchema schema = {.type = part_add(parts, SECTION_TYPES, &type, 1),
                           .flags = SCHEMA_SORTED,
                           .of = part_add(parts, SECTION_FIELDS, fields, count),
                           .count = count,
                           .low = NONE,
                           .high = NONE};
    part_add(parts, SECTION_SCHEMAS, &schema, 1);
}

static inline void most_fields(Parts *parts)
{
    add_fields(parts, MAX_FIELDS);
}

static inline void too_many_fields(Parts *parts)
{
    add_fields(parts, MAX_FIELDS + 1);
}

// Copies of the attribute user.level.
static inline void add_slots(Parts *parts, uint32_t count)
{
    uint32_t before = parts->sections[SECTION_SLOTS].count;
    part_resize(parts, SECTION_SLOTS, count);
    for (uint32_t i = before; i < count; i++)
        memcpy(record(parts, SECTION_SLOTS, i),
               record(parts, SECTION_SLOTS, FIXED_SLOT_COUNT), sizeof(BundleSlot));
}

static inline void most_slots(Parts *parts)
{
    add_slots(parts, MAX_SLOTS);
}

static inline void too_many_slots(Parts *parts)
{
    add_slots(parts, MAX_SLOTS + 1);
}

static inline void add_groups(Parts *parts, uint32_t count)
{
    uint32_t *groups = ARENA_ARRAY(parts->arena, count, uint32_t);
    BundleMember *member = record(parts, SECTION_MEMBERS, 0);
    part_resize(parts, SECTION_GROUPS, count);
    for (uint32_t i = 0; i < count; i++)
        groups[i] = i;
    member->groups = (List){part_add(parts, SECTION_LISTS, groups, count), count};
    settle_cost(parts);
}

static inline void most_groups(Parts *parts)
{
    add_groups(parts, MAX_USER_GROUPS);
}

static inline void too_many_groups(Parts *parts)
{
    add_groups(parts, MAX_USER_GROUPS + 1);
}

// An empty table of so many columns.
static inline void add_table(Parts *parts, uint32_t keys, uint32_t columns)
{
    BundleColumn column = {.type = KIND_INT};
    BundleTable table = {.keys = keys,
                         .column = parts->sections[SECTION_COLUMNS].count,
                         .column_count = columns,
                         .index_size = 1,
                         .tenant = NONE,
                         .layout = NONE,
                         .schema = NONE};
    const uint32_t none = NONE;
    for (uint32_t i = 0; i < columns; i++)
        part_add(parts, SECTION_COLUMNS, &column, 1);
    table.index = part_add(parts, SECTION_TABLE_INDEX, &none, 1);
    part_add(parts, SECTION_TABLES, &table, 1);
}

static inline void most_keys(Parts *parts)
{
    add_table(parts, MAX_TABLE_KEYS, MAX_TABLE_KEYS);
}

static inline void too_many_keys(Parts *parts)
{
    add_table(parts, MAX_TABLE_KEYS + 1, MAX_TABLE_KEYS + 1);
}

static inline void most_columns(Parts *parts)
{
    add_table(parts, 1, MAX_COLUMNS);
}

static inline void too_many_columns(Parts *parts)
{
    add_table(parts, 1, MAX_COLUMNS + 1);
}

// A table of so many numbers, with an index of so many places.
static inline void add_numbers(Parts *parts, uint32_t rows, uint32_t places)
{
    BundleColumn column = {.type = KIND_INT};
    BundleTable table = {.keys = 1,
                         .column = part_add(parts, SECTION_COLUMNS, &column, 1),
                         .column_count = 1,
                         .rows = rows,
                         .cell = parts->sections[SECTION_CELLS].count,
                         .index = parts->sections[SECTION_TABLE_INDEX].count,
                         .index_size = places,
                         .tenant = NONE,
                         .layout = NONE,
                         .schema = NONE};
    part_resize(parts, SECTION_TABLE_INDEX, table.index + places);
    part_resize(parts, SECTION_CELLS, table.cell + rows);
    uint32_t *index = record(parts, SECTION_TABLE_INDEX, table.index);
    memset(index, 0xff, places * sizeof *index);
    for (uint32_t row = 0; row < rows; row++) {
        BundleConst number = {.type = KIND_INT, .low = row};
        uint32_t *cell = record(parts, SECTION_CELLS, table.cell + row);
        *cell = part_add(parts, SECTION_CONSTS, &number, 1);
        uint32_t atom = atom_of_number(0, row);
        uint32_t at = table_hash(&atom, 1) & (places - 1);
        while (index[at] != NONE)
            at = (at + 1) & (places - 1);
        index[at] = row;
    }
    part_add(parts, SECTION_TABLES, &table, 1);
}

static inline void sparse_index(Parts *parts)
{
    add_numbers(parts, 511, 1024);
}

static inline void key_of_numbers(Parts *parts)
{
    add_numbers(parts, 2, 4);
    BundleSchema *key = record(parts, SECTION_SCHEMAS, 3);
    key->of = parts->sections[SECTION_TABLES].count - 1;
}

static inline void crowded_index(Parts *parts)
{
    add_numbers(parts, 511, 512);
}

// A group that has the rule `far` under so many numbers of arguments.
static inline void add_group(Parts *parts, uint32_t entries, uint32_t size)
{
    enum { FAR = 3 };
    BundleDispatch group = {.kind = RULE_FORBID,
                            .dim_count = 1,
                            .size = size,
                            .slots = parts->sections[SECTION_DISPATCH_WORDS].count,
                            .largest = 1,
                            .dims = {DIM_EQUAL},
                            .dim_slots = {SLOT_CHAIN_DEPTH}};
    part_resize(parts, SECTION_DISPATCH_WORDS, group.slots + 3 * size);
    uint32_t *slots = record(parts, SECTION_DISPATCH_WORDS, group.slots);
    for (uint32_t atom = 0; atom < entries; atom++) {
        uint32_t at = dispatch_hash(0, &atom, 1) & (size - 1);
        while (slots[(size_t)at * 3 + 2] != 0)
            at = (at + 1) & (size - 1);
        memcpy(slots + (size_t)at * 3, (uint32_t[]){atom, FAR, 1}, 3 * sizeof *slots);
    }
    uint32_t number = part_add(parts, SECTION_DISPATCH, &group, 1);
    for (uint32_t i = 0; i < parts->sections[SECTION_TOOLS].count; i++) {
        BundleTool *tool = record(parts, SECTION_TOOLS, i);
        uint32_t groups[8], count = tool->forbids.count;
        CHECK(count < 8);
        for (uint32_t k = 0; k < count; k++)
            groups[k] =
                *(uint32_t *)record(parts, SECTION_LISTS, tool->forbids.first + k);
        groups[count++] = number;
        tool->forbids = (List){part_add(parts, SECTION_LISTS, groups, count), count};
    }
    settle_cost(parts);
}

static inline void sparse_group(Parts *parts)
{
    add_group(parts, 511, 1024);
}

static inline void crowded_group(Parts *parts)
{
    add_group(parts, 511, 512);
}

// The first customer's id is a text of so many bytes.
static inline void add_key(Parts *parts, size_t len)
{
    char *text = arena_alloc(parts->arena, len);
    memset(text, 'k', len);
    uint32_t end = part_add(parts, SECTION_STRING_BYTES, text, (uint32_t)len);
    end += (uint32_t)len;
    BundleConst key = {.type = KIND_STRING,
                       .low = part_add(parts, SECTION_STRING_ENDS, &end, 1)};
    intern(parts, 512, 1024);
    const BundleTable *table = record(parts, SECTION_TABLES, 0);
    uint32_t *cell = record(parts, SECTION_CELLS, table->cell);
    uint32_t *index = record(parts, SECTION_TABLE_INDEX, table->index);
    *cell = part_add(parts, SECTION_CONSTS, &key, 1);
    memset(index, 0xff, table->index_size * sizeof *index);
    for (uint32_t row = 0; row < table->rows; row++) {
        const uint32_t *held =
            record(parts, SECTION_CELLS, table->cell + row * table->column_count);
        const BundleConst *value = record(parts, SECTION_CONSTS, *held);
        uint32_t atom = (uint32_t)value->low;
        uint32_t at = table_hash(&atom, 1) & (table->index_size - 1);
        while (index[at] != NONE)
            at = (at + 1) & (table->index_size - 1);
        index[at] = row;
    }
}

static inline void longest_key(Parts *parts)
{
    add_key(parts, MAX_FOLDED_KEY);
}

static inline void too_long_a_key(Parts *parts)
{
    add_key(parts, MAX_FOLDED_KEY + 1);
}

// A function without constants that costs so much: a loop over the tool's tags, then
// MOVEs.
static inline uint32_t add_costly(Parts *parts, uint32_t cost)
{
    uint32_t turns = MAX_LIST_DEFAULT, words = 0;
    uint32_t body = cost / turns - 2, rest = cost - (body + 2) * turns - 4;
    uint32_t *code = ARENA_ARRAY(parts->arena, body + rest + 8, uint32_t);
    code[words++] = ABX(SLOT, 0, SLOT_TOOL_TAGS);
    code[words++] = AJ(EACH, 0, body + 2);
    code[words++] = ABC(KNOWN, 3, 1, 0);
    for (uint32_t i = 0; i < body; i++)
        code[words++] = ABC(NOT, 3, 3, 0);
    code[words++] = ABC(END_ANY, 0, 3, 0);
    code[words++] = ABC(MOVE, 0, 2, 0);
    for (uint32_t i = 0; i < rest; i++)
        code[words++] = ABC(MOVE, 0, 0, 0);
    code[words++] = RET(0);
    BundleFunction function = {.type = KIND_BOOL,
                               .code = part_add(parts, SECTION_CODE, code, words),
                               .words = words,
                               .registers = 4,
                               .cost = cost};
    return part_add(parts, SECTION_FUNCTIONS, &function, 1);
}

static inline void costliest_function(Parts *parts)
{
    add_costly(parts, MAX_DECISION_COST);
}

static inline void too_costly_a_function(Parts *parts)
{
    add_costly(parts, MAX_DECISION_COST + 1);
}

// The limit's condition costs what leaves so many steps for the decision.
static inline void make_cost(Parts *parts, uint32_t steps)
{
    BundleMeta *meta = record(parts, SECTION_META, 0);
    BundleCondition *condition = record(parts, SECTION_CONDITIONS, 0);
    const BundleFunction *before =
        record(parts, SECTION_FUNCTIONS, condition->function);
    condition->function = add_costly(parts, steps - (meta->cost - before->cost));
    condition->bound = BOUND_NONE;
    meta->cost = steps;
}

static inline void costliest_decision(Parts *parts)
{
    make_cost(parts, MAX_DECISION_COST);
}

static inline void too_costly_a_decision(Parts *parts)
{
    make_cost(parts, MAX_DECISION_COST + 1);
}

// ---- what is remembered (of the memory sample) ----

// A text of so many bytes behind all others; its number.
static inline uint32_t add_string(Parts *parts, uint32_t size)
{
    char *text = arena_alloc(parts->arena, size);
    memset(text, '~', size);
    uint32_t end = part_add(parts, SECTION_STRING_BYTES, text, size) + size;
    return part_add(parts, SECTION_STRING_ENDS, &end, 1);
}

static inline void longest_name(Parts *parts)
{
    BundleLabel *label = record(parts, SECTION_LABELS, 0);
    label->name = add_string(parts, MAX_REMEMBERED_NAME);
}

static inline void too_long_a_name(Parts *parts)
{
    BundleTool *tool = record(parts, SECTION_TOOLS, 1);
    tool->layout = add_string(parts, MAX_REMEMBERED_NAME + 1);
}

// A list of lists of ... of what KEEPS[2] is of; the last type.
static inline uint32_t add_types(Parts *parts, uint32_t of, uint32_t depth)
{
    for (uint32_t i = 0; i < depth; i++) {
        BundleType type = {.kind = KIND_LIST, .of = of, .count = 1};
        of = part_add(parts, SECTION_TYPES, &type, 1);
    }
    return of;
}

// A budget's key becomes a function that gives a slot of that type.
static inline void key_of_type(Parts *parts, uint32_t type)
{
    BundleSlot slot = *(BundleSlot *)record(parts, SECTION_SLOTS, 40);
    BundleFunction *function = record(parts, SECTION_FUNCTIONS, 8);
    slot.type = function->type = type;
    const uint32_t code[] = {ABX(OPT, 0, part_add(parts, SECTION_SLOTS, &slot, 1)),
                             RET(0)};
    function->code = part_add(parts, SECTION_CODE, code, 2);
}

static inline void deepest_key(Parts *parts)
{
    key_of_type(parts, add_types(parts, KIND_INT, MAX_PACKED_DEPTH));
}

static inline void too_deep_a_key(Parts *parts)
{
    key_of_type(parts, add_types(parts, KIND_INT, MAX_PACKED_DEPTH + 1));
}

static inline void key_of_json(Parts *parts)
{
    key_of_type(parts, add_types(parts, KIND_JSON, 1));
}

#endif
