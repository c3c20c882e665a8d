// SPDX-License-Identifier: Apache-2.0
// budget: a bound on the memory that all connections of one user can make the daemon
// hold.
#ifndef PROVISO_ENGINE_DAEMON_BUDGET_H
#define PROVISO_ENGINE_DAEMON_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/bug.h"

typedef struct Budget {
    size_t used;
    size_t limit;
} Budget;

// Takes `size` bytes of it; false when that many are not left.
static inline bool budget_take(Budget *budget, size_t size)
{
    if (size > budget->limit - budget->used)
        return false;
    budget->used += size;
    return true;
}

static inline void budget_give(Budget *budget, size_t size)
{
    CHECK(size <= budget->used);
    budget->used -= size;
}

#endif
