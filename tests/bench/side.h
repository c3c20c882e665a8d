// SPDX-License-Identifier: Apache-2.0
// side: a policy of tasks.h with a session in this process, and its clock.
#ifndef PROVISO_TESTS_BENCH_SIDE_H
#define PROVISO_TESTS_BENCH_SIDE_H

#include "engine/session.h"
#include "tests/bench/tasks.h"

typedef struct Side {
    ProvisoEngine *engine;
    ProvisoMemory *memory;
    ProvisoSession *session;
    char *answer;
    int64_t start;  // ns since 1970
    int64_t passed; // ns since then
    uint64_t calls;
} Side;

// Loads a bundle of the folder. Takes over the memory, which may be NULL.
void side_start(Bench *bench, Side *side, const char *bundle, ProvisoMemory *memory);
void side_stop(Side *side);

// A DECIDE, or a TASK_OPEN, after so many ns more have passed. Whether it was allowed.
bool side_decide(Side *side, Str body, int64_t passes);
bool side_open(Side *side, Str body, int64_t passes);

// Opens tasks 0 to `count`, of as many agents in turn, and makes TASKS_FACTS calls in
// each.
void side_open_tasks(Bench *bench, Side *side, uint32_t count, uint32_t agents,
                     int64_t passes);

#endif
