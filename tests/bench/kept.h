// SPDX-License-Identifier: Apache-2.0
// kept: logs of the daemon in which many tasks are open, made in this process rather
// than by asking for each.
#ifndef PROVISO_TESTS_BENCH_KEPT_H
#define PROVISO_TESTS_BENCH_KEPT_H

#include "tests/bench/tasks.h"

// The `limits` that the daemon needs for them: all tasks are one tenant's.
#define KEPT_LIMITS                                                                    \
    "limits: {memory: 4096MiB, tenant_memory: 4096MiB, tenant_tasks: 10000000}\n"

// A log in this folder of the folder, with tasks 0 to `tasks` of stateful.pvb, each
// with its TASKS_FACTS earlier calls, that are open for 24 hours.
void kept_make(Bench *bench, const char *name, uint32_t tasks);
// Another one, the same.
void kept_copy(Bench *bench, const char *from, const char *to);

#endif
