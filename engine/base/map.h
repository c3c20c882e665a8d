// SPDX-License-Identifier: Apache-2.0
// map: from text to a number, on an arena, in the order in which the keys were added.
//
// Hashed by SipHash under a key that the owner chooses, so whoever picks the texts
// can't make them collide. Entries never move: a pointer to a value stays good as long
// as the arena. Nothing can be removed. Running out of memory unwinds (arena_alloc).
#ifndef PROVISO_ENGINE_BASE_MAP_H
#define PROVISO_ENGINE_BASE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

typedef struct Arena Arena;

typedef struct MapEntry {
    Str key;
    uint32_t hash;
    uint32_t value;
} MapEntry;

enum { MAP_CHUNKS = 28 };

typedef struct Map {
    Arena *arena;
    uint64_t hash_key[2];
    MapEntry *chunks[MAP_CHUNKS]; // chunk n holds 16 * 2^n entries
    uint32_t count;
    uint32_t slot_count; // 0 or a power of two
    uint32_t *slots;     // entry number + 1; 0: free
} Map;

// An empty map that takes nothing from the arena yet.
Map map_on(Arena *arena, const uint64_t hash_key[2]);
// The value of a key, or NULL. It may be changed in place.
uint32_t *map_find(const Map *map, Str key);
// Adds a key with a value, unless it is there: then that value stays. The key's bytes
// must live as long as the map. The key's value; *is_new (may be NULL) says which it
// was.
uint32_t *map_insert(Map *map, Str key, uint32_t value, bool *is_new);
// The n-th entry that was added, n < count.
const MapEntry *map_at(const Map *map, uint32_t n);

#endif
