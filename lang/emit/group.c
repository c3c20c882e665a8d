// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/group.h"

#include <string.h>

enum { SEED_TRIES = 4, SEED_GOOD = 6 };

Groups groups_start(Emitter *emitter)
{
    return (Groups){.emitter = emitter, .numbers = emitter_map(emitter)};
}

static uint32_t add_group(Groups *groups, const GroupKey *key)
{
    Arena *arena = groups->emitter->arena;
    if (groups->count == groups->capacity) {
        uint32_t capacity = groups->capacity == 0 ? 16 : groups->capacity * 2;
        DispatchGroup *at = ARENA_ARRAY(arena, capacity, DispatchGroup);
        if (groups->count > 0)
            memcpy(at, groups->at, groups->count * sizeof *at);
        groups->at = at;
        groups->capacity = capacity;
    }
    GroupKey *copy = ARENA_NEW(arena, GroupKey);
    *copy = *key;
    groups->at[groups->count] = (DispatchGroup){.key = *key};
    map_insert(&groups->numbers, (Str){(const char *)copy, sizeof *copy}, groups->count,
               NULL);
    return groups->count++;
}

void groups_add(Groups *groups, const GroupKey *key, const uint32_t *atoms,
                uint32_t rule)
{
    const uint32_t *found =
        map_find(&groups->numbers, (Str){(const char *)key, sizeof *key});
    uint32_t number = found != NULL ? *found : add_group(groups, key);
    DispatchGroup *group = &groups->at[number];
    uint32_t stride = key->dim_count + 1;
    if (group->entry_count == group->capacity) {
        uint32_t capacity = group->capacity == 0 ? 4 : group->capacity * 2;
        uint32_t *entries =
            arena_array(groups->emitter->arena, capacity, stride * sizeof *entries);
        if (group->entry_count > 0)
            memcpy(entries, group->entries,
                   (size_t)group->entry_count * stride * sizeof *entries);
        group->entries = entries;
        group->capacity = capacity;
    }
    uint32_t *entry = group->entries + (size_t)group->entry_count++ * stride;
    memcpy(entry, atoms, key->dim_count * sizeof *atoms);
    entry[key->dim_count] = rule;
}

// ---- hash tables ----

// The entries of a group under one combination of atoms.
typedef struct Bucket {
    const uint32_t *atoms;
    uint32_t first; // word of the bucket area
    uint32_t count;
    uint32_t filled; // how many words are written
    uint32_t last;   // rule that was added last
} Bucket;

typedef struct HashTable {
    const DispatchGroup *group;
    uint32_t dims;
    uint32_t size;
    uint32_t *slots; // buckets, or NONE
    Bucket *buckets;
    uint32_t bucket_count;
    uint32_t *bucket_of; // of each entry; NONE: a repetition
    uint32_t bucket_words;
} HashTable;

// At most seven of nine slots are taken: a lookup passes three slots then, which often
// lie in one cache line, and 100 000 rules need no more than 131 072 slots.
static uint32_t table_size(uint32_t count)
{
    uint32_t size = 2;
    while ((uint64_t)size * 7 < (uint64_t)count * 9)
        size *= 2;
    return size;
}

static uint32_t find_bucket(HashTable *table, const uint32_t *atoms)
{
    uint32_t at = dispatch_hash(0, atoms, table->dims) & (table->size - 1);
    while (table->slots[at] != NONE) {
        const Bucket *bucket = &table->buckets[table->slots[at]];
        if (memcmp(bucket->atoms, atoms, table->dims * sizeof *atoms) == 0)
            return table->slots[at];
        at = (at + 1) & (table->size - 1);
    }
    table->buckets[table->bucket_count] = (Bucket){.atoms = atoms, .last = NONE};
    table->slots[at] = table->bucket_count;
    return table->bucket_count++;
}

// Sorts the entries into buckets, in the order in which their atoms first appear.
static void fill_buckets(HashTable *table)
{
    const DispatchGroup *group = table->group;
    memset(table->slots, 0xff, (size_t)table->size * sizeof *table->slots);
    for (uint32_t i = 0; i < group->entry_count; i++) {
        const uint32_t *entry = group->entries + (size_t)i * (table->dims + 1);
        uint32_t number = find_bucket(table, entry);
        Bucket *bucket = &table->buckets[number];
        bool is_new = bucket->last != entry[table->dims];
        table->bucket_of[i] = is_new ? number : NONE;
        bucket->count += is_new;
        bucket->last = entry[table->dims];
    }
    for (uint32_t i = 0; i < table->bucket_count; i++) {
        Bucket *bucket = &table->buckets[i];
        bucket->first = table->bucket_words;
        table->bucket_words += bucket->count > 1 ? bucket->count : 0;
    }
}

// Places all buckets under a seed. The longest probe.
static uint32_t place_buckets(HashTable *table, uint64_t seed)
{
    uint32_t longest = 0;
    memset(table->slots, 0xff, (size_t)table->size * sizeof *table->slots);
    for (uint32_t i = 0; i < table->bucket_count; i++) {
        uint32_t at = dispatch_hash(seed, table->buckets[i].atoms, table->dims) &
                      (table->size - 1);
        uint32_t probe = 1;
        for (; table->slots[at] != NONE; probe++)
            at = (at + 1) & (table->size - 1);
        table->slots[at] = i;
        longest = probe > longest ? probe : longest;
    }
    return longest;
}

// The most taken slots in a row.
static uint32_t longest_run(const HashTable *table)
{
    uint32_t longest = 0, run = 0;
    for (uint32_t i = 0; i < 2 * table->size && longest <= MAX_PROBES; i++) {
        run = table->slots[i & (table->size - 1)] == NONE ? 0 : run + 1;
        longest = run > longest ? run : longest;
    }
    return longest;
}

// Of a few seeds the one under which the longest probe is shortest. The table grows if
// that is more than a verifier lets pass.
static uint64_t choose_seed(Arena *arena, HashTable *table)
{
    uint64_t best = 0;
    uint32_t shortest = NONE;
    for (uint64_t i = 1; i <= SEED_TRIES && shortest > SEED_GOOD; i++) {
        uint64_t seed = i * 0x9e3779b97f4a7c15u;
        uint32_t longest = place_buckets(table, seed);
        if (longest >= shortest)
            continue;
        shortest = longest;
        best = seed;
    }
    place_buckets(table, best);
    if (longest_run(table) <= MAX_PROBES)
        return best;
    table->size *= 2;
    table->slots = ARENA_ARRAY(arena, table->size, uint32_t);
    return choose_seed(arena, table);
}

// A bucket of one rule lies in its slot, all others in the bucket area.
static void write_words(Emitter *emitter, HashTable *table, BundleDispatch *made)
{
    uint32_t stride = table->dims + 2;
    made->slots = records_reserve(emitter, SECTION_DISPATCH_WORDS, made->size * stride);
    made->buckets =
        records_reserve(emitter, SECTION_DISPATCH_WORDS, made->bucket_words);
    uint32_t *slots = record_at(emitter, SECTION_DISPATCH_WORDS, made->slots);
    uint32_t *words = made->bucket_words == 0
                          ? NULL
                          : record_at(emitter, SECTION_DISPATCH_WORDS, made->buckets);
    for (uint32_t i = 0; i < table->group->entry_count; i++) {
        if (table->bucket_of[i] == NONE)
            continue;
        Bucket *bucket = &table->buckets[table->bucket_of[i]];
        uint32_t rule =
            table->group->entries[(size_t)i * (table->dims + 1) + table->dims];
        if (bucket->count == 1)
            bucket->first = rule;
        else
            words[bucket->first + bucket->filled++] = rule;
    }
    for (uint32_t i = 0; i < made->size; i++) {
        if (table->slots[i] == NONE)
            continue;
        const Bucket *bucket = &table->buckets[table->slots[i]];
        uint32_t *slot = slots + (size_t)i * stride;
        memcpy(slot, bucket->atoms, table->dims * sizeof *slot);
        slot[table->dims] = bucket->first;
        slot[table->dims + 1] = bucket->count;
        if (bucket->count > made->largest)
            made->largest = bucket->count;
    }
}

static HashTable make_table(Arena *arena, const DispatchGroup *group)
{
    HashTable table = {.group = group,
                       .dims = group->key.dim_count,
                       .size = table_size(group->entry_count)};
    table.slots = ARENA_ARRAY(arena, table.size, uint32_t);
    table.buckets = ARENA_ARRAY(arena, group->entry_count, Bucket);
    table.bucket_of = ARENA_ARRAY(arena, group->entry_count, uint32_t);
    fill_buckets(&table);
    table.size = table_size(table.bucket_count);
    return table;
}

static void write_group(Emitter *emitter, const DispatchGroup *group)
{
    HashTable table = make_table(emitter->arena, group);
    BundleDispatch made = {.kind = (uint8_t)group->key.kind,
                           .dim_count = (uint8_t)group->key.dim_count,
                           .bucket_words = table.bucket_words};
    for (uint32_t i = 0; i < table.dims; i++) {
        made.dims[i] = (uint8_t)group->key.dims[i];
        made.dim_slots[i] = group->key.slots[i];
    }
    made.seed = choose_seed(emitter->arena, &table);
    made.size = table.size;
    write_words(emitter, &table, &made);
    record_add(emitter, SECTION_DISPATCH, &made);
}

void groups_write(Groups *groups)
{
    for (uint32_t i = 0; i < groups->count; i++)
        write_group(groups->emitter, &groups->at[i]);
}
