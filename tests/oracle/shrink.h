// SPDX-License-Identifier: Apache-2.0
// shrink: a policy and a request of which something bad is true, with all that it
// doesn't need left out.
#ifndef PROVISO_TESTS_ORACLE_SHRINK_H
#define PROVISO_TESTS_ORACLE_SHRINK_H

#include "tests/oracle/draft.h"

// Whether it is still true.
typedef bool ShrinkTest(void *context, Draft *draft, Str json);

// Leaves out blocks, lines and members of the request as long as the test holds. The
// new request is on the arena.
void shrink(Draft *draft, Arena *arena, Str *json, ShrinkTest *test, void *context);
// The policy with its tables, and the request.
void shrink_print(const Draft *draft, Arena *arena, Str json);

#endif
