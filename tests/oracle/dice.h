// SPDX-License-Identifier: Apache-2.0
// dice: chance that a seed repeats.
#ifndef PROVISO_TESTS_ORACLE_DICE_H
#define PROVISO_TESTS_ORACLE_DICE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

typedef struct Dice {
    uint64_t state;
    bool is_tame; // dice_mischief never comes up
} Dice;

// splitmix64
static inline uint64_t dice_next(Dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

// Neighbouring seeds must not give one sequence, a step apart.
static inline Dice dice_of(uint64_t seed)
{
    Dice dice = {.state = seed * 0xd1342543de82ef95u};
    dice.state = dice_next(&dice);
    return dice;
}

// 0 .. sides-1
static inline uint32_t dice_roll(Dice *dice, uint32_t sides)
{
    return (uint32_t)((dice_next(dice) >> 32) % sides);
}

static inline bool dice_chance(Dice *dice, uint32_t percent)
{
    return dice_roll(dice, 100) < percent;
}

// A chance for what spoils a request.
static inline bool dice_mischief(Dice *dice, uint32_t percent)
{
    return dice_chance(dice, percent) && !dice->is_tame;
}

static inline Str dice_pick(Dice *dice, const char *const *texts, uint32_t count)
{
    return str_from_c(texts[dice_roll(dice, count)]);
}

#define DICE_PICK(dice, texts)                                                         \
    dice_pick((dice), (texts), sizeof(texts) / sizeof *(texts))

#endif
