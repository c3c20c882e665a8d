// SPDX-License-Identifier: Apache-2.0
// workload: policies of any size for the benchmarks, as texts of the language, and
// calls to ask of them. The same number gives the same text.
#ifndef PROVISO_TESTS_BENCH_WORKLOAD_H
#define PROVISO_TESTS_BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/str.h"

// What the rules differ in. SCOPED: one agent of n/10, one of 500 tools, a string
// equality and a bound on a decimal, and one rule in a hundred forbids on a tag. In the
// others all rules share one tool, and a permit names one agent, user, group, tenant,
// or one constant in `when`.
typedef enum Workload {
    WORKLOAD_SCOPED,
    WORKLOAD_AGENTS,
    WORKLOAD_USERS,
    WORKLOAD_GROUPS,
    WORKLOAD_TENANTS,
    WORKLOAD_CONSTANTS,
    WORKLOAD_COUNT,
} Workload;

const char *workload_name(Workload workload);

// Writes policy.proviso, and the facts that it imports, into the folder. Ends the
// program when that fails.
void workload_write(Arena *arena, Workload workload, uint32_t rules, Str folder);

// A call that comes under rule `rule`, as JSON; with is_allowed it is within its bound.
// A SCOPED rule that forbids is not asked for: the one before it is.
Str workload_call(Arena *arena, Workload workload, uint32_t rules, uint32_t rule,
                  bool is_allowed);

#endif
