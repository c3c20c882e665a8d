// SPDX-License-Identifier: Apache-2.0
// shrink: a difference between oracle and engine, with all that it doesn't need left out.
#ifndef PROVISO_TESTS_ORACLE_SHRINK_H
#define PROVISO_TESTS_ORACLE_SHRINK_H

#include "tests/oracle/draft.h"

// Prints the smallest policy and request found that still differ, and both verdicts.
void shrink_and_print(const Draft *draft, Str json, uint32_t variant, uint64_t seed);

#endif
