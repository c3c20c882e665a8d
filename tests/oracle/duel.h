// SPDX-License-Identifier: Apache-2.0
// duel: oracle and engine decide the same random calls; what they say differently is
// made small and printed with its seed.
#ifndef PROVISO_TESTS_ORACLE_DUEL_H
#define PROVISO_TESTS_ORACLE_DUEL_H

#include "tests/oracle/draft.h"

enum { MOST_CODES = 64 };

typedef struct Tally {
    uint64_t policies, decisions, allows, failures;
    uint64_t codes[MOST_CODES]; // by number (engine.h)
} Tally;

// The policy of a seed and `calls` requests. False after a difference, which is
// printed.
bool duel_run(uint64_t seed, uint32_t calls, Tally *tally);

#endif
