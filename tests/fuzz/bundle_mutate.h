// SPDX-License-Identifier: Apache-2.0
// bundle_mutate: a bundle with a few fields, records or instructions changed by chance,
// and what depends on them set right again: hash tables, costs. So many of them are
// sound, and those that are not break one rule only. For fuzzers only.
#ifndef PROVISO_TESTS_FUZZ_BUNDLE_MUTATE_H
#define PROVISO_TESTS_FUZZ_BUNDLE_MUTATE_H

#include "engine/bytecode/cost.h"
#include "engine/bytecode/verify.h"
#include "tests/bundles/bundle_parts.h"
#include "tests/fuzz/chance.h"

// ---- changes ----

// A section that has records.
static inline uint32_t mutate_section(const Parts *parts, Chance *chance)
{
    // Where most of the meaning is.
    static const Section OFTEN[] = {
        SECTION_CODE,    SECTION_FUNCTIONS, SECTION_LISTS,  SECTION_ROWS,
        SECTION_SCHEMAS, SECTION_FIELDS,    SECTION_FILLS,  SECTION_SLOTS,
        SECTION_TYPES,   SECTION_CONSTS,    SECTION_SHAPES, SECTION_CONDITIONS,
        SECTION_EXTRAS,  SECTION_DISPATCH,  SECTION_TOOLS,  SECTION_DISPATCH_WORDS,
        SECTION_MEMOS,   SECTION_TABLES,    SECTION_CELLS,  SECTION_COLUMNS,
        SECTION_KEEPS,   SECTION_PATTERNS,  SECTION_YIELDS, SECTION_COMPUTES,
        SECTION_BUDGETS, SECTION_SPENDS,    SECTION_LABELS, SECTION_DELEGATES};
    for (int tries = 0; tries < 64; tries++) {
        uint32_t section =
            chance_below(chance, 4) > 0
                ? (uint32_t)OFTEN[chance_below(chance, sizeof OFTEN / sizeof OFTEN[0])]
                : chance_below(chance, SECTION_COUNT);
        if (parts->sections[section].count > 0)
            return section;
    }
    return SECTION_META;
}

static inline uint32_t mutate_word(const Parts *parts, Chance *chance, uint32_t before)
{
    switch (chance_below(chance, 8)) {
    case 0:
        return before + 1;
    case 1:
        return before - 1;
    case 2:
        return NONE;
    case 3:
        return before ^ 1u << chance_below(chance, 32);
    case 4:
        return parts->sections[chance_below(chance, SECTION_COUNT)].count -
               chance_below(chance, 2);
    default:
        return chance_below(chance, 1u << chance_below(chance, 9));
    }
}

static inline void mutate_field(Parts *parts, Chance *chance)
{
    uint32_t section = mutate_section(parts, chance);
    uint32_t size = PART_SIZES[section];
    char *record = part_at(parts, (Section)section,
                           chance_below(chance, parts->sections[section].count));
    if (size < sizeof(uint32_t) || chance_below(chance, 4) == 0) {
        record[chance_below(chance, size)] = (char)chance_below(chance, 16);
        return;
    }
    uint32_t word;
    char *at = record + (size_t)chance_below(chance, size / 4) * 4;
    memcpy(&word, at, sizeof word);
    word = mutate_word(parts, chance, word);
    memcpy(at, &word, sizeof word);
}

static inline void mutate_record(Parts *parts, Chance *chance)
{
    Section section = (Section)mutate_section(parts, chance);
    uint32_t count = parts->sections[section].count;
    void *from = part_at(parts, section, chance_below(chance, count));
    if (chance_below(chance, 2) == 0)
        part_add(parts, section, from, 1);
    else
        memcpy(part_at(parts, section, chance_below(chance, count)), from,
               PART_SIZES[section]);
}

static inline BundleFunction *mutate_function(Parts *parts, Chance *chance)
{
    Part *functions = &parts->sections[SECTION_FUNCTIONS];
    if (functions->count == 0)
        return NULL;
    BundleFunction *function =
        part_at(parts, SECTION_FUNCTIONS, chance_below(chance, functions->count));
    uint32_t words = parts->sections[SECTION_CODE].count;
    bool is_inside = function->words > 0 && function->words <= words &&
                     function->code <= words - function->words;
    return is_inside ? function : NULL;
}

// A function of its own for what was one, so that others keep theirs.
static inline void copy_code(Parts *parts, BundleFunction *function)
{
    function->code =
        part_add(parts, SECTION_CODE, part_at(parts, SECTION_CODE, function->code),
                 function->words);
}

static inline void mutate_instruction(Parts *parts, Chance *chance)
{
    static const uint32_t TURNS[] = {1, 2, 10, 16, MAX_LIST_DEFAULT};
    BundleFunction *function = mutate_function(parts, chance);
    if (function == NULL)
        return;
    copy_code(parts, function);
    uint32_t *ins = part_at(parts, SECTION_CODE,
                            function->code + chance_below(chance, function->words));
    uint32_t before = *ins, shift = 8 * chance_below(chance, 4);
    uint32_t byte =
        shift == 0 ? chance_below(chance, OPCODE_COUNT) : chance_below(chance, 8);
    *ins = (*ins & ~(0xffu << shift)) | byte << shift;
    uint32_t turns = TURNS[chance_below(chance, 5)];
    if (ins_op(*ins) != OP_CALL || ins_b(*ins) < BUILTINS_COUNT)
        if (ins_op(before) != OP_CALL || ins_b(before) < BUILTINS_COUNT)
            function->cost += (cost_of_instruction(*ins, turns) -
                               cost_of_instruction(before, turns)) *
                              (chance_below(chance, 2) == 0 ? 1 : turns);
}

// One more instruction, which is a copy of another.
static inline void mutate_length(Parts *parts, Chance *chance)
{
    BundleFunction *function = mutate_function(parts, chance);
    if (function == NULL || function->words > 64)
        return;
    uint32_t at = chance_below(chance, function->words);
    copy_code(parts, function);
    uint32_t *code = part_at(parts, SECTION_CODE, function->code);
    uint32_t other = code[chance_below(chance, function->words)];
    uint32_t last = code[function->words - 1];
    part_add(parts, SECTION_CODE, &last, 1);
    code = part_at(parts, SECTION_CODE, function->code);
    memmove(code + at + 1, code + at, (function->words - at) * sizeof *code);
    code[at] = other;
    function->words++;
    function->cost++;
}

// ---- what follows from them ----

static inline void settle_intern(Parts *parts)
{
    Bundle bundle;
    const char *why;
    uint32_t size = parts->sections[SECTION_INTERN].count;
    if (bundle_open(parts_join(parts), &bundle, &why) != STATUS_OK ||
        bundle.meta_count != 1 || size == 0 || (size & (size - 1)) != 0 ||
        bundle.meta->interned >= size ||
        bundle.meta->interned > bundle.string_ends_count)
        return;
    for (uint32_t i = 0, end = 0; i < bundle.string_ends_count; i++) {
        if (bundle.string_ends[i] < end ||
            bundle.string_ends[i] > bundle.string_bytes_count)
            return;
        end = bundle.string_ends[i];
    }
    uint32_t *table = part_at(parts, SECTION_INTERN, 0);
    memset(table, 0xff, size * sizeof *table);
    for (uint32_t i = 0; i < bundle.meta->interned; i++) {
        uint64_t hash =
            str_hash_plain(bundle_string(&bundle, i), bundle.meta->intern_key);
        uint32_t at = (uint32_t)hash & (size - 1);
        while (table[at] != NONE)
            at = (at + 1) & (size - 1);
        table[at] = i;
    }
}

// Puts the slots of a dispatch table where their atoms belong.
static inline void settle_group(Parts *parts, const BundleDispatch *group)
{
    uint32_t words = parts->sections[SECTION_DISPATCH_WORDS].count;
    uint32_t stride = group->dim_count + 2u, size = group->size;
    if (group->dim_count > MAX_GROUP_DIMS || size == 0 || size > words ||
        (size & (size - 1)) != 0 || group->slots > words ||
        (uint64_t)size * stride > words - group->slots)
        return;
    uint32_t *slots = part_at(parts, SECTION_DISPATCH_WORDS, group->slots);
    uint32_t *before =
        arena_alloc(parts->arena, (size_t)size * stride * sizeof *before);
    memcpy(before, slots, (size_t)size * stride * sizeof *before);
    memset(slots, 0, (size_t)size * stride * sizeof *slots);
    for (uint32_t i = 0, held = 0; i < size && held + 1 < size; i++) {
        const uint32_t *slot = before + (size_t)i * stride;
        if (slot[group->dim_count + 1] == 0)
            continue;
        uint32_t at = dispatch_hash(group->seed, slot, group->dim_count) & (size - 1);
        while (slots[(size_t)at * stride + group->dim_count + 1] != 0)
            at = (at + 1) & (size - 1);
        memcpy(slots + (size_t)at * stride, slot, stride * sizeof *slot);
        held++;
    }
}

// Writes down what a decision costs, if that is all that is wrong.
static inline void settle_cost(Parts *parts)
{
    Bundle bundle;
    VerifyFailure failure;
    DecisionCost cost;
    const char *why;
    if (bundle_open(parts_join(parts), &bundle, &why) == STATUS_OK &&
        verify_bundle(&bundle, parts->arena, &failure) == STATUS_MALFORMED &&
        failure.rule == VERIFY_DECISION_COST &&
        cost_of_decision(&bundle, parts->arena, &cost))
        ((BundleMeta *)part_at(parts, SECTION_META, 0))->cost = cost.steps;
}

static inline void mutate_bundle(Parts *parts, Chance *chance)
{
    for (uint32_t left = 1 + chance_below(chance, 3); left > 0; left--) {
        switch (chance_below(chance, 5)) {
        case 0:
            mutate_record(parts, chance);
            break;
        case 1:
            mutate_instruction(parts, chance);
            break;
        case 2:
            mutate_length(parts, chance);
            break;
        default:
            mutate_field(parts, chance);
            break;
        }
    }
    if (chance_below(chance, 8) > 0) {
        settle_intern(parts);
        for (uint32_t i = 0; i < parts->sections[SECTION_DISPATCH].count; i++)
            settle_group(parts, part_at(parts, SECTION_DISPATCH, i));
        settle_cost(parts);
    }
}

#endif
