// SPDX-License-Identifier: Apache-2.0
#include "engine/bytecode/verify.h"

#include "engine/bytecode/verify_parts.h"

const char *verify_rule_name(VerifyRule rule)
{
    static const char *const NAMES[VERIFY_COUNT] = {
#define VERIFY(name, text) #name,
#include "engine/bytecode/verify.def"
#undef VERIFY
    };
    return NAMES[rule];
}

const char *verify_rule_text(VerifyRule rule)
{
    static const char *const TEXTS[VERIFY_COUNT] = {
#define VERIFY(name, text) text,
#include "engine/bytecode/verify.def"
#undef VERIFY
    };
    return TEXTS[rule];
}

const char *section_name(Section section)
{
    static const char *const NAMES[SECTION_COUNT] = {
#define X(id, Type, field) #id,
        BUNDLE_SECTIONS(X)
#undef X
    };
    return NAMES[section];
}

bool verify_fail(Verifier *verifier, VerifyRule rule, Section section, size_t index)
{
    verifier->failure =
        (VerifyFailure){.rule = rule, .section = section, .index = (uint32_t)index};
    return false;
}

void *verify_alloc(Verifier *verifier, size_t count, size_t size)
{
    void *memory = arena_try(verifier->scratch, count * size + 1);
    if (!memory)
        verifier->is_out_of_memory = true;
    return memory;
}

bool verify_list(Verifier *verifier, List list, Section section, size_t index)
{
    bool is_inside = list.first <= verifier->bundle->lists_count &&
                     list.count <= verifier->bundle->lists_count - list.first;
    return is_inside || verify_fail(verifier, VERIFY_LIST_RANGE, section, index);
}

bool verify_ascending(Verifier *verifier, List list, uint32_t limit, Section section,
                      size_t index)
{
    ALSO(verify_list(verifier, list, section, index));
    const uint32_t *words = verifier->bundle->lists + list.first;
    for (uint32_t i = 0; i < list.count; i++) {
        if (words[i] >= limit)
            return verify_fail(verifier, VERIFY_REFERENCE, section, index);
        if (i > 0 && words[i] <= words[i - 1])
            return verify_fail(verifier, VERIFY_LIST_ORDER, section, index);
    }
    return true;
}

bool verify_string(Verifier *verifier, uint32_t string, bool may_be_none,
                   Section section, size_t index)
{
    return (may_be_none && string == NONE) ||
           string < verifier->bundle->string_ends_count ||
           verify_fail(verifier, VERIFY_STRING_REFERENCE, section, index);
}

bool verify_interned(Verifier *verifier, uint32_t string, bool may_be_none,
                     Section section, size_t index)
{
    return (may_be_none && string == NONE) ||
           string < verifier->bundle->meta->interned ||
           verify_fail(verifier, VERIFY_STRING_REFERENCE, section, index);
}

bool verify_type_holds(const Bundle *bundle, uint32_t type, uint32_t other)
{
    const BundleType *a = &bundle->types[type], *b = &bundle->types[other];
    return type == other || (a->kind == KIND_LIST && b->kind == KIND_LIST &&
                             a->of == b->of && a->count >= b->count);
}

bool verify_is_sparse(const uint32_t *words, uint32_t size, uint32_t stride,
                      uint32_t empty)
{
    uint32_t start = 0, run = 0;
    while (words[(size_t)start * stride] != empty)
        start++;
    for (uint32_t i = 0; i < size && run <= MAX_PROBES; i++) {
        uint32_t at = (start + i) & (size - 1);
        run = words[(size_t)at * stride] == empty ? 0 : run + 1;
    }
    return run <= MAX_PROBES;
}

bool verify_row(Verifier *verifier, uint32_t row, uint32_t count, uint32_t types,
                Section section, size_t index)
{
    const Bundle *bundle = verifier->bundle;
    if (row > bundle->rows_count || count > bundle->rows_count - row)
        return verify_fail(verifier, VERIFY_ROW_TYPES, section, index);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = bundle->rows[row + i];
        if (number >= bundle->consts_count ||
            bundle->consts[number].type != bundle->lists[types + i])
            return verify_fail(verifier, VERIFY_ROW_TYPES, section, index);
    }
    return true;
}

Status verify_bundle(const Bundle *bundle, Arena *scratch, VerifyFailure *failure)
{
    ArenaMark mark = arena_mark(scratch);
    Verifier verifier = {.bundle = bundle, .scratch = scratch};
    bool is_sound = verify_values(&verifier) && verify_tables(&verifier) &&
                    verify_schemas(&verifier) && verify_parties(&verifier) &&
                    verify_code(&verifier) && verify_rules(&verifier) &&
                    verify_memory(&verifier) && verify_dispatch(&verifier);
    arena_reset(scratch, mark);
    if (is_sound)
        return STATUS_OK;
    if (verifier.is_out_of_memory)
        return STATUS_LIMIT;
    *failure = verifier.failure;
    return STATUS_MALFORMED;
}
