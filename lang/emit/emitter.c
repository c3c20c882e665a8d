// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/emitter.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t HASH_KEY[2] = {0x656d69742e6d6170, 0x70726f7669736f31};

Map emitter_map(const Emitter *emitter)
{
    return map_on(emitter->arena, HASH_KEY);
}

void emitter_start(Emitter *emitter)
{
    static const uint32_t SIZES[SECTION_COUNT] = {
#define X(id, Type, field) sizeof(Type),
        BUNDLE_SECTIONS(X)
#undef X
    };
    for (uint32_t i = 0; i < SECTION_COUNT; i++)
        emitter->sections[i] =
            (Records){.size = SIZES[i], .same = emitter_map(emitter)};
    emitter->strings = emitter_map(emitter);
    emitter->code = ARENA_ARRAY(emitter->arena, MAX_FUNCTION_WORDS, uint32_t);
}

void emitter_limit(Emitter *emitter, const char *what, uint64_t is, uint64_t limit,
                   Span span)
{
    if (!emitter->is_past_limit)
        *emitter->limit = (EmitLimit){what, is, limit, span};
    emitter->is_past_limit = true;
}

uint32_t records_reserve(Emitter *emitter, Section section, uint32_t count)
{
    Records *records = &emitter->sections[section];
    uint64_t needed = (uint64_t)records->count + count;
    CHECK(needed < NONE);
    if (needed > records->capacity) {
        uint64_t capacity = records->capacity * 2ull;
        if (capacity < needed)
            capacity = needed < 16 ? 16 : needed;
        char *at = arena_array(emitter->arena, (size_t)capacity, records->size);
        if (records->count > 0)
            memcpy(at, records->at, (size_t)records->count * records->size);
        records->at = at;
        records->capacity = (uint32_t)capacity;
    }
    uint32_t first = records->count;
    records->count = (uint32_t)needed;
    return first;
}

void *record_at(Emitter *emitter, Section section, uint32_t number)
{
    const Records *records = &emitter->sections[section];
    CHECK(number < records->count);
    return records->at + (size_t)number * records->size;
}

uint32_t record_count(const Emitter *emitter, Section section)
{
    return emitter->sections[section].count;
}

static uint32_t records_add(Emitter *emitter, Section section, const void *from,
                            uint32_t count)
{
    uint32_t first = records_reserve(emitter, section, count);
    const Records *records = &emitter->sections[section];
    if (count > 0)
        memcpy(records->at + (size_t)first * records->size, from,
               (size_t)count * records->size);
    return first;
}

uint32_t record_add(Emitter *emitter, Section section, const void *record)
{
    return records_add(emitter, section, record, 1);
}

// What was appended stays where it is in the arena when the section moves on, so it can
// be the key.
uint32_t records_share(Emitter *emitter, Section section, const void *from,
                       uint32_t count)
{
    Records *records = &emitter->sections[section];
    if (count == 0)
        return 0;
    size_t bytes = (size_t)count * records->size;
    const uint32_t *found = map_find(&records->same, (Str){from, bytes});
    if (found != NULL)
        return *found;
    uint32_t first = records_add(emitter, section, from, count);
    Str key = {records->at + (size_t)first * records->size, bytes};
    return *map_insert(&records->same, key, first, NULL);
}

uint32_t record_share(Emitter *emitter, Section section, const void *record)
{
    return records_share(emitter, section, record, 1);
}

List emit_list_add(Emitter *emitter, const uint32_t *words, uint32_t count)
{
    return (List){records_share(emitter, SECTION_LISTS, words, count), count};
}

static int compare_words(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

List list_add_sorted(Emitter *emitter, uint32_t *words, uint32_t count)
{
    uint32_t kept = 0;
    if (count > 1)
        qsort(words, count, sizeof *words, compare_words);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || words[kept - 1] != words[i])
            words[kept++] = words[i];
    return emit_list_add(emitter, words, kept);
}
