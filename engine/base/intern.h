// SPDX-License-Identifier: Apache-2.0
// intern: one copy of each text, and a dense number for it: 0, 1, 2 … in the order of
// their first appearance.
#ifndef PROVISO_ENGINE_BASE_INTERN_H
#define PROVISO_ENGINE_BASE_INTERN_H

#include "engine/base/map.h"

typedef struct Intern {
    Map map;
} Intern;

// An empty set of texts on the arena.
Intern intern_on(Arena *arena, const uint64_t hash_key[2]);
// The number of a text. A new one is copied into the arena (unwinds when it is full).
uint32_t intern_add(Intern *intern, Str text);
// False if the text was never added.
bool intern_find(const Intern *intern, Str text, uint32_t *number);
// The copy of a text, number < intern_count. It lives as long as the arena.
Str intern_text(const Intern *intern, uint32_t number);
uint32_t intern_count(const Intern *intern);

#endif
