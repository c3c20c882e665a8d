// SPDX-License-Identifier: Apache-2.0
// Malformed bundles for every row of engine/bytecode/verify.def, and twins of them that
// just hold. Each is the sample bundle with a few words changed: records.def says
// which, for what is remembered memory.def; code.def has functions that are added to
// it.
#include <stdio.h>

#include "engine/base/unit.h"
#include "engine/bytecode/verify.h"
#include "tests/bundles/bundle_edits.h"

enum { MEMORY = 256 << 20, MAX_PATCHES = 6, MAX_CODE = 24 };

// The rule of a case that breaks none.
enum { VERIFY_SOUND = VERIFY_COUNT };

typedef struct Fixture {
    Arena arena;
    Bundle bundle;
    ArenaMark mark; // behind the bundle
    Buf problems;
    char memory[1 << 14];
} Fixture;

static void start_with(Fixture *fixture, Bundle (*compile)(Arena *arena))
{
    arena_init(&fixture->arena, MEMORY);
    fixture->bundle = compile(&fixture->arena);
    fixture->mark = arena_mark(&fixture->arena);
    fixture->problems = buf_fixed(fixture->memory, sizeof fixture->memory);
}

static void start(Fixture *fixture)
{
    start_with(fixture, sample_bundle);
}

// The sample's parts, as they were; what the last case made is forgotten.
static Parts again(Fixture *fixture)
{
    arena_reset(&fixture->arena, fixture->mark);
    return parts_of(&fixture->arena, &fixture->bundle);
}

static void stop(Fixture *fixture)
{
    Str problems = buf_view(&fixture->problems);
    ck_assert_msg(problems.len == 0 && !fixture->problems.failed, "%.*s",
                  STR_ARG(problems));
    arena_free(&fixture->arena);
}

// ---- what the verifier says ----

// The rule that the bundle breaks, or VERIFY_SOUND; *failure says where.
static unsigned verdict(Parts *parts, VerifyFailure *failure)
{
    Bundle bundle;
    const char *why = "";
    Status status = bundle_open(parts_join(parts), &bundle, &why);
    ck_assert_msg(status == STATUS_OK, "%s", why);
    Bundle pieces = bundle_scatter(&bundle);
    status = verify_bundle(&pieces, parts->arena, failure);
    bundle_gather(&pieces);
    ck_assert_msg(status == STATUS_OK || status == STATUS_MALFORMED, "%s",
                  status_text(status));
    return status == STATUS_OK ? VERIFY_SOUND : (unsigned)failure->rule;
}

static const char *rule_name(unsigned rule)
{
    return rule == VERIFY_SOUND ? "none" : verify_rule_name((VerifyRule)rule);
}

// Notes it when the bundle doesn't break just that rule.
static void must_say(Fixture *fixture, Parts *parts, unsigned rule, const char *what)
{
    VerifyFailure failure = {0};
    unsigned broken = verdict(parts, &failure);
    if (broken != rule)
        buf_printf(&fixture->problems, "\n%s, %s: breaks %s (%s %u)", rule_name(rule),
                   what, rule_name(broken), section_name(failure.section),
                   failure.index);
}

// ---- records ----

// A change. What it changes:
typedef enum PatchTo {
    TO_FIELD, // a field of a record
    TO_COUNT, // the number of records of a section
    TO_WORD,  // word `word` of `target`, from where the field points
    TO_RAW,   // word `word` of the section
    TO_LIST,  // a list in a field, to one of two words, which are the halves of `value`
} PatchTo;

typedef struct Patch {
    PatchTo to;
    Section section;
    uint32_t index;
    size_t offset, size;
    uint64_t value;
    Section target;
    uint32_t word;
} Patch;

// Values that depend on the sample; the rest of the mark's bits are their operand.
#define MARK_BITS ((uint64_t)0xffff << 48)
#define MARK_COUNT ((uint64_t)0x5a01 << 48)
#define MARK_PLUS ((uint64_t)0x5a02 << 48)
#define MARK_SWAP ((uint64_t)0x5a03 << 48)
#define COUNT_OF(section) (MARK_COUNT | SECTION_##section) // its records
#define PLUS(number)                                                                   \
    (MARK_PLUS | ((uint64_t)(int64_t)(number)&0xffff)) // what it was, and more
#define SWAP MARK_SWAP // what stands behind it, and the other way round

#define AT_FIELD(section, index, Type, field)                                          \
    SECTION_##section, (index), offsetof(Type, field), sizeof(((Type *)0)->field)
#define SET(section, index, Type, field, value)                                        \
    {                                                                                  \
        TO_FIELD, AT_FIELD(section, index, Type, field), (uint64_t)(value),            \
            SECTION_META, 0                                                            \
    }
#define WORD(target, word, section, index, Type, field, value)                         \
    {                                                                                  \
        TO_WORD, AT_FIELD(section, index, Type, field), (uint64_t)(value),             \
            SECTION_##target, (word)                                                   \
    }
#define RAW(section, word, value)                                                      \
    {                                                                                  \
        TO_RAW, SECTION_##section, 0, 0, 0, (uint64_t)(value), SECTION_##section,      \
            (word)                                                                     \
    }
#define COUNT(section, count)                                                          \
    {                                                                                  \
        TO_COUNT, SECTION_##section, 0, 0, 0, (uint64_t)(count), SECTION_META, 0       \
    }
#define LISTED(section, index, Type, field, first, second)                             \
    {                                                                                  \
        TO_LIST, AT_FIELD(section, index, Type, field),                                \
            (uint64_t)(first) | (uint64_t)(second) << 32, SECTION_LISTS, 0             \
    }

typedef struct RecordCase {
    unsigned rule;
    const char *what;
    Patch patches[MAX_PATCHES];
    uint32_t patch_count;
} RecordCase;

#define CASE(rule, what, ...)                                                          \
    {VERIFY_##rule,                                                                    \
     what,                                                                             \
     {__VA_ARGS__},                                                                    \
     sizeof((Patch[]){__VA_ARGS__}) / sizeof(Patch)},
static const RecordCase RECORD_CASES[] = {
#include "tests/bundles/records.def"
};
static const RecordCase MEMORY_CASES[] = {
#include "tests/bundles/memory.def"
};
#undef CASE
enum {
    RECORD_CASE_COUNT = sizeof RECORD_CASES / sizeof RECORD_CASES[0],
    MEMORY_CASE_COUNT = sizeof MEMORY_CASES / sizeof MEMORY_CASES[0],
};

static uint64_t resolve(const Bundle *bundle, const Parts *parts, uint64_t value,
                        uint64_t before)
{
    if (value > S_FIRST && value <= S_NONE)
        return named_slot(bundle, (uint32_t)value);
    if ((value & MARK_BITS) == MARK_COUNT)
        return parts->sections[value & 0xff].count;
    if ((value & MARK_BITS) == MARK_PLUS)
        return before + (uint64_t)(int16_t)(value & 0xffff);
    return value;
}

static void put(const Bundle *bundle, const Parts *parts, char *at, size_t size,
                uint64_t value)
{
    uint64_t before = 0;
    memcpy(&before, at, size);
    uint64_t after = resolve(bundle, parts, value, before);
    memcpy(at, &after, size);
}

static void put_word(const Bundle *bundle, const Parts *parts, const Patch *patch,
                     uint32_t word)
{
    char *at = part_at(parts, patch->target, word);
    uint32_t size = PART_SIZES[patch->target];
    if (patch->value != SWAP) {
        put(bundle, parts, at, size, patch->value);
        return;
    }
    uint32_t first, second;
    memcpy(&first, at, sizeof first);
    memcpy(&second, at + size, sizeof second);
    memcpy(at, &second, sizeof second);
    memcpy(at + size, &first, sizeof first);
}

static void apply(const Bundle *bundle, Parts *parts, const Patch *patch)
{
    uint32_t index = named_slot(bundle, patch->index);
    Part *part = &parts->sections[patch->section];
    char *field = part->count == 0
                      ? NULL
                      : (char *)part_at(parts, patch->section, index) + patch->offset;
    uint32_t first = 0;
    switch (patch->to) {
    case TO_FIELD:
        put(bundle, parts, field, patch->size, patch->value);
        return;
    case TO_COUNT:
        part_resize(parts, patch->section,
                    (uint32_t)resolve(bundle, parts, patch->value, part->count));
        return;
    case TO_WORD:
        memcpy(&first, field, sizeof first);
        put_word(bundle, parts, patch, first + patch->word);
        return;
    case TO_RAW:
        put_word(bundle, parts, patch, patch->word);
        return;
    case TO_LIST: {
        uint32_t words[] = {(uint32_t)patch->value, (uint32_t)(patch->value >> 32)};
        List list = {part_add(parts, SECTION_LISTS, words, 2), 2};
        memcpy(field, &list, sizeof list);
        return;
    }
    }
    unreachable_bug();
}

static void check_records(Bundle (*compile)(Arena *arena), const RecordCase *rows,
                          size_t count)
{
    Fixture fixture;
    start_with(&fixture, compile);
    for (size_t i = 0; i < count; i++) {
        Parts parts = again(&fixture);
        for (uint32_t k = 0; k < rows[i].patch_count; k++)
            apply(&fixture.bundle, &parts, &rows[i].patches[k]);
        must_say(&fixture, &parts, rows[i].rule, rows[i].what);
    }
    stop(&fixture);
}

START_TEST(records_are_checked)
{
    check_records(sample_bundle, RECORD_CASES, RECORD_CASE_COUNT);
}
END_TEST

START_TEST(records_of_memory_are_checked)
{
    check_records(memory_bundle, MEMORY_CASES, MEMORY_CASE_COUNT);
}
END_TEST

// ---- functions ----

typedef struct CodeCase {
    unsigned rule;
    const char *what;
    uint32_t registers, cost;
    uint32_t code[MAX_CODE]; // ends with 0
} CodeCase;

#define CODE(rule, what, registers, cost, ...)                                         \
    {VERIFY_##rule, what, registers, cost, {__VA_ARGS__}},
static const CodeCase CODE_CASES[] = {
#include "tests/bundles/code.def"
};
#undef CODE
enum { CODE_CASE_COUNT = sizeof CODE_CASES / sizeof CODE_CASES[0] };

START_TEST(functions_are_checked)
{
    Fixture fixture;
    start(&fixture);
    for (size_t i = 0; i < CODE_CASE_COUNT; i++) {
        const CodeCase *row = &CODE_CASES[i];
        Parts parts = again(&fixture);
        uint32_t code[MAX_CODE], words = 0;
        for (; row->code[words] != 0; words++) {
            uint32_t ins = row->code[words];
            code[words] = ins;
            if (ins_op(ins) == OP_SLOT || ins_op(ins) == OP_OPT)
                code[words] = ins_abx((Opcode)ins_op(ins), ins_a(ins),
                                      named_slot(&fixture.bundle, ins_bx(ins)));
        }
        add_function(&parts, code, words, row->registers, row->cost);
        must_say(&fixture, &parts, row->rule, row->what);
    }
    stop(&fixture);
}
END_TEST

// ---- the types of operands ----

// For each operation on two registers the pairs of types that it takes.
static const struct {
    Opcode op;
    const char *pairs;
} PAIRS[] = {
    {OP_AND, "bb"},
    {OP_OR, "bb"},
    {OP_EQ_STR, "ss"},
    {OP_EQ_STR_K, "ss"},
    {OP_LT_STR, "ss"},
    {OP_LE_STR, "ss"},
    {OP_LIKE, "ss"},
    {OP_EQ_INT, "ii bb uu tt"},
    {OP_LT_INT, "ii uu tt"},
    {OP_EQ_INT_K, "ii bb uu tt"},
    {OP_LE_INT, "ii uu tt"},
    {OP_LT_INT_K, "ii uu tt"},
    {OP_EQ_DEC, "dd"},
    {OP_LE_INT_K, "ii uu tt"},
    {OP_LT_DEC, "dd"},
    {OP_EQ_DEC_K, "dd"},
    {OP_LE_DEC, "dd"},
    {OP_LT_DEC_K, "dd"},
    {OP_ADD_DEC, "dd"},
    {OP_LE_DEC_K, "dd"},
    {OP_SUB_DEC, "dd"},
    {OP_MUL_DEC, "dd"},
    {OP_EQ_IP, "aa nn"},
    {OP_IN_NET, "an nn"},
    {OP_IN_LIST, "sl sp"},
    {OP_ADD_INT, "ii uu tu"},
    {OP_MUL_INT, "ii ui"},
    {OP_SUB_INT, "ii uu tu tt"},
    {OP_ELSE, "bb ii dd ss uu tt aa nn ll pp lp pl rr cc"},
};

// For each on one register the types.
static const struct {
    Opcode op;
    const char *types;
} SINGLES[] = {
    {OP_MOVE, "bidsutanlprc"},
    {OP_STRICT, "bidsutanlprc"},
    {OP_HAS, "bidsutanlprc"},
    {OP_KNOWN, "bidsutanlprc"},
    {OP_NOT, "b"},
    {OP_TO_DEC, "i"},
    {OP_FIELD, "r"},
    {OP_COLUMN, ""},
};

static void must_take(Fixture *fixture, uint32_t ins, uint32_t left, uint32_t right,
                      bool is_taken)
{
    const uint32_t code[] = {ABX(LOADK, 0, left), ABX(LOADK, 1, right), ins,
                             ABC(KNOWN, 2, 2, 0), RET(2)};
    uint32_t cost = 4 + cost_of_instruction(ins, right == K_P ? 2 : MAX_LIST_DEFAULT);
    char what[40];
    snprintf(what, sizeof what, "opcode %u of %c and %c", ins_op(ins), LETTERS[left],
             LETTERS[right]);
    Parts parts = again(fixture);
    add_function(&parts, code, 5, 3, cost);
    must_say(fixture, &parts,
             is_taken ? (unsigned)VERIFY_SOUND : (unsigned)VERIFY_OPERAND_TYPE, what);
}

START_TEST(operands_have_types)
{
    Fixture fixture;
    start(&fixture);
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++)
        for (uint32_t left = K_NONE + 1; left < K_COUNT; left++)
            for (uint32_t right = K_NONE + 1; right < K_COUNT; right++) {
                const char pair[] = {LETTERS[left], LETTERS[right], '\0'};
                must_take(&fixture, ins_abc(PAIRS[i].op, 2, 0, 1), left, right,
                          strstr(PAIRS[i].pairs, pair) != NULL);
            }
    for (size_t i = 0; i < sizeof SINGLES / sizeof SINGLES[0]; i++)
        for (uint32_t type = K_NONE + 1; type < K_COUNT; type++)
            must_take(&fixture, ins_abc(SINGLES[i].op, 2, 0, 0), type, type,
                      strchr(SINGLES[i].types, LETTERS[type]) != NULL);
    stop(&fixture);
}
END_TEST

START_TEST(functions_have_types)
{
    static const char *const KINDS[BUILTINS_COUNT] = {
#define BUILTIN(name, text, arity, result, kinds, cost, what) kinds,
#include "engine/bytecode/builtin.def"
#undef BUILTIN
    };
    Fixture fixture;
    start(&fixture);
    for (uint32_t number = 0; number < BUILTINS_COUNT; number++)
        for (uint32_t left = K_NONE + 1; left < K_COUNT; left++)
            for (uint32_t right = K_NONE + 1; right < K_COUNT; right++) {
                const char *kinds = KINDS[number];
                bool is_taken = true;
                for (uint32_t i = 0; kinds[i] != '\0'; i++)
                    is_taken &= strchr(kinds[i] == 'l' ? "lpc" : "s",
                                       LETTERS[i == 0 ? left : right]) != NULL;
                must_take(&fixture, ABC(CALL, 2, number, 0), left, right, is_taken);
            }
    stop(&fixture);
}
END_TEST

// ---- limits ----

typedef struct Edit {
    unsigned rule;
    const char *what;
    void (*edit)(Parts *parts);
} Edit;

static const Edit EDITS[] = {
    {VERIFY_SOUND, "the sample", settle_cost},
    {VERIFY_SOUND, "as long as may be", longest_function},
    {VERIFY_FUNCTION_RANGE, "longer than may be", too_long_a_function},
    {VERIFY_SOUND, "loops as deep as may be", deepest_loops},
    {VERIFY_LOOP, "loops deeper than may be", too_deep_loops},
    {VERIFY_SOUND, "memos as deep as may be", deepest_memos},
    {VERIFY_MEMO_DEPTH, "memos deeper than may be", too_deep_memos},
    {VERIFY_MEMO, "a memo that reads itself", memo_of_itself},
    {VERIFY_SOUND, "texts in a list of texts", text_in_texts},
    {VERIFY_OPERAND_TYPE, "lists in a list of lists", list_in_lists},
    {VERIFY_OPERAND_TYPE, "json in a list of json", json_in_jsons},
    {VERIFY_SOUND, "a let behind a memo", let_behind_a_memo},
    {VERIFY_REACH, "a let behind a memo", let_behind_a_memo_reads_nothing},
    {VERIFY_SOUND, "all are interned", all_interned},
    {VERIFY_INTERN_SIZE, "no empty slot", full_intern_table},
    {VERIFY_INTERN_ENTRY, "a long way to an empty slot", crowded_intern_table},
    {VERIFY_SOUND, "as many fields as may be", most_fields},
    {VERIFY_SCHEMA, "more fields than may be", too_many_fields},
    {VERIFY_SOUND, "as many slots as may be", most_slots},
    {VERIFY_FIXED_SLOT, "more slots than may be", too_many_slots},
    {VERIFY_SOUND, "in as many groups as may be", most_groups},
    {VERIFY_MEMBER, "in more groups than may be", too_many_groups},
    {VERIFY_SOUND, "as many keys as may be", most_keys},
    {VERIFY_TABLE, "more keys than may be", too_many_keys},
    {VERIFY_SOUND, "as many columns as may be", most_columns},
    {VERIFY_TABLE, "more columns than may be", too_many_columns},
    {VERIFY_SOUND, "a key as long as may be", longest_key},
    {VERIFY_TABLE, "a longer key than may be", too_long_a_key},
    {VERIFY_SOUND, "an index that is not crowded", sparse_index},
    {VERIFY_SCHEMA, "a key that is a number", key_of_numbers},
    {VERIFY_TABLE_INDEX, "a long way to an empty place", crowded_index},
    {VERIFY_SOUND, "a group that is not crowded", sparse_group},
    {VERIFY_DISPATCH_SLOT, "a long way to an empty slot", crowded_group},
    {VERIFY_SOUND, "a function as costly as may be", costliest_function},
    {VERIFY_FUNCTION_COST, "a function costlier than may be", too_costly_a_function},
    {VERIFY_SOUND, "as costly as may be", costliest_decision},
    {VERIFY_DECISION_COST, "costlier than may be", too_costly_a_decision},
};
// Of the memory sample.
static const Edit MEMORY_EDITS[] = {
    {VERIFY_SOUND, "as long a name as may be", longest_name},
    {VERIFY_REMEMBERED_NAME, "a longer name than may be", too_long_a_name},
    {VERIFY_SOUND, "as deep a key as may be", deepest_key},
    {VERIFY_COMPUTE, "a deeper key than may be", too_deep_a_key},
    {VERIFY_COMPUTE, "a key of json", key_of_json},
};
enum {
    EDIT_COUNT = sizeof EDITS / sizeof EDITS[0],
    MEMORY_EDIT_COUNT = sizeof MEMORY_EDITS / sizeof MEMORY_EDITS[0],
};

static void check_edits(Bundle (*compile)(Arena *arena), const Edit *rows, size_t count)
{
    Fixture fixture;
    start_with(&fixture, compile);
    for (size_t i = 0; i < count; i++) {
        Parts parts = again(&fixture);
        rows[i].edit(&parts);
        must_say(&fixture, &parts, rows[i].rule, rows[i].what);
    }
    stop(&fixture);
}

START_TEST(limits_are_checked)
{
    check_edits(sample_bundle, EDITS, EDIT_COUNT);
}
END_TEST

START_TEST(limits_of_memory_are_checked)
{
    check_edits(memory_bundle, MEMORY_EDITS, MEMORY_EDIT_COUNT);
}
END_TEST

// ---- every rule ----

START_TEST(every_rule_has_a_case)
{
    bool has_case[VERIFY_COUNT + 1] = {false};
    for (size_t i = 0; i < RECORD_CASE_COUNT; i++)
        has_case[RECORD_CASES[i].rule] = true;
    for (size_t i = 0; i < MEMORY_CASE_COUNT; i++)
        has_case[MEMORY_CASES[i].rule] = true;
    for (size_t i = 0; i < CODE_CASE_COUNT; i++)
        has_case[CODE_CASES[i].rule] = true;
    for (size_t i = 0; i < EDIT_COUNT; i++)
        has_case[EDITS[i].rule] = true;
    for (size_t i = 0; i < MEMORY_EDIT_COUNT; i++)
        has_case[MEMORY_EDITS[i].rule] = true;
    for (unsigned rule = 0; rule < VERIFY_COUNT; rule++)
        ck_assert_msg(has_case[rule], "no bundle breaks %s", rule_name(rule));
}
END_TEST

UNIT_MAIN("verify_cases", records_are_checked, records_of_memory_are_checked,
          functions_are_checked, operands_have_types, functions_have_types,
          limits_are_checked, limits_of_memory_are_checked, every_rule_has_a_case)
