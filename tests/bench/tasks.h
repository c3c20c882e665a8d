// SPDX-License-Identifier: Apache-2.0
// tasks: the SCOPED policy of workload.h with 10 000 rules, and the same with memory:
// every call is one of a task and asks for a label, a budget and a pattern over the
// task's earlier calls. Task t is agent (t modulo TASKS_AGENTS)'s.
#ifndef PROVISO_TESTS_BENCH_TASKS_H
#define PROVISO_TESTS_BENCH_TASKS_H

#include "engine/base/status.h"
#include "tests/bench/bench.h"

enum {
    TASKS_RULES = 10000,
    TASKS_AGENTS = TASKS_RULES / 10,
    TASKS_FACTS = 8, // earlier calls of a task that the pattern looks at
};

// Compiles them: stateless.pvb and stateful.pvb in the folder.
void tasks_build(Bench *bench);

// The body of a request, in which a task is named at `at`; 0: none is.
typedef struct TaskBody {
    Str body;
    size_t at;
} TaskBody;

// The call of a rule, allowed unless the rule forbids; for the stateful policy
// with_task.
TaskBody tasks_call(Arena *arena, uint32_t rule, bool with_task);
// Whose call that is: the number of an agent.
uint32_t tasks_agent(uint32_t rule);
// What opens a task.
TaskBody tasks_opening(Arena *arena, uint32_t agent);
// One of the calls that the pattern looks at.
TaskBody tasks_look(Arena *arena, uint32_t agent);

// Writes another task into a body.
void tasks_set(const TaskBody *body, uint32_t task);

// Calls of rules that lie scattered, each in a task drawn by lot.
enum { TASK_CALLS = 1024 };
typedef struct TaskCalls {
    TaskBody bodies[TASK_CALLS];
    uint32_t agents[TASK_CALLS];
    uint32_t tasks; // how many there are; 0: the calls are of none
    uint64_t seed;
} TaskCalls;

// There must be none or at least TASKS_AGENTS tasks.
void tasks_make_calls(Arena *arena, TaskCalls *out, uint32_t tasks);
// The body of call number `i` of TaskCalls; lives until the next. Fits NextBody.
Str tasks_next_call(void *calls, uint64_t i);

#endif
