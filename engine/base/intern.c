// SPDX-License-Identifier: Apache-2.0
#include "engine/base/intern.h"

#include "engine/base/arena.h"

Intern intern_on(Arena *arena, const uint64_t hash_key[2])
{
    return (Intern){.map = map_on(arena, hash_key)};
}

uint32_t intern_add(Intern *intern, Str text)
{
    const uint32_t *number = map_find(&intern->map, text);
    if (number != NULL)
        return *number;
    Str copy = arena_str(intern->map.arena, text);
    return *map_insert(&intern->map, copy, intern->map.count, NULL);
}

bool intern_find(const Intern *intern, Str text, uint32_t *number)
{
    const uint32_t *found = map_find(&intern->map, text);
    if (found == NULL)
        return false;
    *number = *found;
    return true;
}

Str intern_text(const Intern *intern, uint32_t number)
{
    return map_at(&intern->map, number)->key;
}

uint32_t intern_count(const Intern *intern)
{
    return intern->map.count;
}
