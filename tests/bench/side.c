// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/side.h"

#include <string.h>

enum { ANSWER = 1 << 20 };
static const int64_t START = INT64_C(1772442000000000000);

void side_start(Bench *bench, Side *side, const char *bundle, ProvisoMemory *memory)
{
    ProvisoTrust trust = {.allow_unsigned = true};
    char why[256] = "";
    *side = (Side){.memory = memory, .start = START};
    if (proviso_engine_load_file(bench_path(bench, bundle), &trust, &side->engine, why,
                                 sizeof why) != PROVISO_OK)
        bench_die(why);
    side->session = proviso_session_new(side->engine, memory);
    if (side->session == NULL)
        bench_die("no memory");
    side->answer = arena_alloc(&bench->arena, ANSWER);
}

void side_stop(Side *side)
{
    proviso_session_free(side->session);
    proviso_memory_free(side->memory);
    proviso_engine_free(side->engine);
}

static ProvisoCall next_call(Side *side, Str body, int64_t passes)
{
    side->passed += passes;
    side->calls++;
    ProvisoCall call = {.body = body.at,
                        .body_len = body.len,
                        .now = side->start + side->passed,
                        .tick = side->passed};
    memcpy(call.random, &side->calls, sizeof side->calls);
    return call;
}

bool side_decide(Side *side, Str body, int64_t passes)
{
    ProvisoCall call = next_call(side, body, passes);
    ProvisoVerdict verdict;
    size_t len;
    return proviso_session_decide(side->session, &call, side->answer, ANSWER, &len,
                                  &verdict) == PROVISO_OK &&
           verdict.allow;
}

bool side_open(Side *side, Str body, int64_t passes)
{
    ProvisoCall call = next_call(side, body, passes);
    ProvisoVerdict verdict;
    size_t len;
    return proviso_session_operate(side->session, PROVISO_DO_TASK_OPEN, &call,
                                   side->answer, ANSWER, &len,
                                   &verdict) == PROVISO_OK &&
           verdict.allow;
}

void side_open_tasks(Bench *bench, Side *side, uint32_t count, uint32_t agents,
                     int64_t passes)
{
    Arena *arena = &bench->arena;
    TaskBody *openings = arena_alloc(arena, agents * sizeof *openings);
    TaskBody *looks = arena_alloc(arena, agents * sizeof *looks);
    for (uint32_t agent = 0; agent < agents; agent++) {
        openings[agent] = tasks_opening(arena, agent);
        looks[agent] = tasks_look(arena, agent);
    }
    for (uint32_t task = 0; task < count; task++) {
        const TaskBody *opening = &openings[task % agents];
        const TaskBody *look = &looks[task % agents];
        tasks_set(opening, task);
        tasks_set(look, task);
        if (!side_open(side, opening->body, passes))
            bench_die("a task is not opened");
        for (int i = 0; i < TASKS_FACTS; i++)
            if (!side_decide(side, look->body, passes))
                bench_die("a call of the task is denied");
    }
}
