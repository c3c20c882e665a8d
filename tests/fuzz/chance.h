// SPDX-License-Identifier: Apache-2.0
// chance: numbers that look random and follow from a seed (splitmix64). For fuzzers
// only.
#ifndef PROVISO_TESTS_FUZZ_CHANCE_H
#define PROVISO_TESTS_FUZZ_CHANCE_H

#include <stdint.h>

typedef struct Chance {
    uint64_t state;
} Chance;

static inline uint64_t chance_next(Chance *chance)
{
    chance->state += 0x9e3779b97f4a7c15u;
    uint64_t mixed = chance->state;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

// One of 0 .. limit - 1; 0 if the limit is.
static inline uint32_t chance_below(Chance *chance, uint32_t limit)
{
    return limit == 0 ? 0 : (uint32_t)(chance_next(chance) % limit);
}

#endif
