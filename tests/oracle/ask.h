// SPDX-License-Identifier: Apache-2.0
// ask: random requests for a draft's policy, as JSON text.
#ifndef PROVISO_TESTS_ORACLE_ASK_H
#define PROVISO_TESTS_ORACLE_ASK_H

#include "tests/oracle/draft.h"

// 2026-03-02T09:00:00Z
#define ASK_NOW INT64_C(1772442000000000000)

Str ask_make(const Draft *draft, Arena *arena, Dice *dice);

#endif
