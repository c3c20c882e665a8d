// SPDX-License-Identifier: Apache-2.0
#include "engine/base/map.h"

#include "engine/base/arena.h"
#include "engine/base/bug.h"

enum { FIRST_CHUNK = 16, FIRST_SLOTS = 32 };

Map map_on(Arena *arena, const uint64_t hash_key[2])
{
    return (Map){.arena = arena, .hash_key = {hash_key[0], hash_key[1]}};
}

static MapEntry *entry_at(const Map *map, uint32_t n)
{
    unsigned chunk = 0;
    uint32_t size = FIRST_CHUNK;
    while (n >= size) {
        n -= size;
        size *= 2;
        chunk++;
    }
    return &map->chunks[chunk][n];
}

const MapEntry *map_at(const Map *map, uint32_t n)
{
    CHECK(n < map->count);
    return entry_at(map, n);
}

// The slot where the key is, or the free one where it belongs. Some slot is free.
static uint32_t find_slot(const Map *map, Str key, uint32_t hash)
{
    uint32_t slot = hash & (map->slot_count - 1);
    while (map->slots[slot] != 0) {
        const MapEntry *entry = entry_at(map, map->slots[slot] - 1);
        if (entry->hash == hash && str_eq(entry->key, key))
            break;
        slot = (slot + 1) & (map->slot_count - 1);
    }
    return slot;
}

// Doubles the slots, so that at most half of them are taken.
static void add_slots(Map *map)
{
    CHECK(map->slot_count <= UINT32_MAX / 4);
    map->slot_count = map->slot_count == 0 ? FIRST_SLOTS : 2 * map->slot_count;
    map->slots = ARENA_ARRAY(map->arena, map->slot_count, uint32_t);
    for (uint32_t n = 0; n < map->count; n++) {
        uint32_t slot = entry_at(map, n)->hash & (map->slot_count - 1);
        while (map->slots[slot] != 0)
            slot = (slot + 1) & (map->slot_count - 1);
        map->slots[slot] = n + 1;
    }
}

static MapEntry *add_entry(Map *map)
{
    uint32_t first = 0; // of the chunk
    uint32_t size = FIRST_CHUNK;
    for (unsigned chunk = 0; chunk < MAP_CHUNKS; chunk++) {
        if (map->count == first && map->chunks[chunk] == NULL)
            map->chunks[chunk] = ARENA_ARRAY(map->arena, size, MapEntry);
        if (map->count < first + size)
            break;
        first += size;
        size *= 2;
    }
    return entry_at(map, map->count++);
}

static uint32_t hash_of(const Map *map, Str key)
{
    uint64_t hash = str_hash(key, map->hash_key);
    return (uint32_t)(hash ^ hash >> 32);
}

uint32_t *map_find(const Map *map, Str key)
{
    if (map->count == 0)
        return NULL;
    uint32_t slot = find_slot(map, key, hash_of(map, key));
    return map->slots[slot] == 0 ? NULL : &entry_at(map, map->slots[slot] - 1)->value;
}

uint32_t *map_insert(Map *map, Str key, uint32_t value, bool *is_new)
{
    if (map->count >= map->slot_count / 2)
        add_slots(map);
    uint32_t hash = hash_of(map, key);
    uint32_t slot = find_slot(map, key, hash);
    bool is_free = map->slots[slot] == 0;
    if (is_new != NULL)
        *is_new = is_free;
    if (!is_free)
        return &entry_at(map, map->slots[slot] - 1)->value;
    MapEntry *entry = add_entry(map);
    *entry = (MapEntry){.key = key, .hash = hash, .value = value};
    map->slots[slot] = map->count;
    return &entry->value;
}
