// SPDX-License-Identifier: Apache-2.0
// bench_memory: what remembering costs in process: the time of a decision, bytes of a
// task, the longest pause when much is over at once. Usage: bench_memory [TASKS]
//
// The policies are those of tasks.h. Times of decisions are processor time, so other
// programs on the machine change little. The last lines, which begin with "=", hold
// goals against results.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/side.h"

enum {
    CALLS = 1024,
    ROUNDS = 31,
    TASKS = 1000000,
    MOST_SECONDS = 600,
};
static const int64_t SECOND = 1000000000;
static const size_t MEMORY = (size_t)3 << 30;

static int64_t processor_time(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

static ProvisoMemory *new_memory(void)
{
    static const uint8_t secret[16] = {3};
    ProvisoMemory *memory = proviso_memory_new(MEMORY, secret);
    if (memory == NULL)
        bench_die("no memory");
    return memory;
}

// ---- the time of a decision ----

enum { STATELESS, GRANTS, STATEFUL, WAYS };

typedef struct Way {
    Side side;
    Str bodies[CALLS];
    double ns[ROUNDS];
} Way;

static void prepare(Bench *bench, Way *way, bool has_tasks)
{
    if (has_tasks)
        side_open_tasks(bench, &way->side, TASKS_AGENTS, TASKS_AGENTS, 0);
    for (uint32_t i = 0; i < CALLS; i++) {
        uint32_t rule = i * (TASKS_RULES / CALLS);
        TaskBody call = tasks_call(&bench->arena, rule, has_tasks);
        if (has_tasks)
            tasks_set(&call, tasks_agent(rule));
        way->bodies[i] = call.body;
    }
}

static double measure(Way *way)
{
    uint32_t allowed = 0;
    int64_t begin = processor_time();
    for (uint32_t i = 0; i < CALLS; i++)
        allowed += side_decide(&way->side, way->bodies[i], SECOND / 100000);
    int64_t end = processor_time();
    if (allowed < CALLS / 2)
        bench_die("most calls are denied");
    return (double)(end - begin) / CALLS;
}

static void bench_decisions(Bench *bench)
{
    static const char *const NAMES[WAYS] = {"nothing remembered", "grants remembered",
                                            "label, budget, pattern"};
    static Way ways[WAYS];
    double medians[WAYS];
    side_start(bench, &ways[STATELESS].side, "stateless.pvb", NULL);
    side_start(bench, &ways[GRANTS].side, "stateless.pvb", new_memory());
    side_start(bench, &ways[STATEFUL].side, "stateful.pvb", new_memory());
    for (int w = 0; w < WAYS; w++) {
        prepare(bench, &ways[w], w == STATEFUL);
        (void)measure(&ways[w]);
    }
    for (int round = 0; round < ROUNDS; round++)
        for (int w = 0; w < WAYS; w++)
            ways[w].ns[round] = measure(&ways[w]);
    printf("memory: %d rules, %d calls, %d rounds: processor time of a decision\n",
           TASKS_RULES, CALLS, ROUNDS);
    for (int w = 0; w < WAYS; w++) {
        double *ns = ways[w].ns;
        bench_sort(ns, ROUNDS);
        medians[w] = ns[ROUNDS / 2];
        printf("  %-24s %7.0f ns (%.0f to %.0f)\n", NAMES[w], medians[w], ns[0],
               ns[ROUNDS - 1]);
        side_stop(&ways[w].side);
    }
    bench_goal("memory: a decision with state, dearer",
               (medians[STATEFUL] - medians[STATELESS]) / 1000, false, 1.5, "us");
}

// ---- bytes of a task, pauses ----

static size_t page_bytes(const Heap *heap)
{
    return heap_taken(heap) - (size_t)heap->free_pages * HEAP_BLOCK_MAX;
}

// Lets time pass until everything that is over then is forgotten. The longest step, ns.
static int64_t forget(Side *side, int64_t passes)
{
    Store *store = &side->memory->state.store;
    int64_t longest = 0;
    side->passed += passes;
    Moment now = {.wall = side->start + side->passed, .tick = side->passed};
    for (bool is_over = false; !is_over;) {
        int64_t begin = processor_time();
        if (!state_prepare(&side->memory->state, now))
            bench_die("no memory");
        int64_t took = processor_time() - begin;
        longest = took > longest ? took : longest;
        is_over = store->second >= moment_second(now) &&
                  store_expire(store, store->second, 0);
    }
    return longest;
}

static void bench_tasks(Bench *bench, uint32_t tasks)
{
    static Side side;
    side_start(bench, &side, "stateful.pvb", new_memory());
    side_open_tasks(bench, &side, tasks, 1, SECOND / 400);
    const Store *store = &side.memory->state.store;
    int64_t grants = forget(&side, 1000 * SECOND);
    double all = (double)page_bytes(&store->heap) +
                 (double)(store_taken(store) - heap_taken(&store->heap));
    printf("memory: %u open tasks with %d facts: %.0f bytes each in blocks, %.0f in "
           "all; %u records\n",
           tasks, TASKS_FACTS, (double)store->heap.used / tasks, all / tasks,
           store->records);
    int64_t longest = forget(&side, 30 * 3600 * SECOND);
    longest = grants > longest ? grants : longest;
    printf(
        "memory: longest step of forgetting them %.1f us; %u records left, %.1f MB\n",
        (double)longest / 1000, store->records, (double)page_bytes(&store->heap) / 1e6);
    bench_goal("memory: 1 000 000 open tasks with 8 facts each", all / tasks, false,
               400, "MB");
    bench_goal("memory: longest pause of expiry", (double)longest / 1e6, false, 1,
               "ms");
    side_stop(&side);
}

int main(int argc, char **argv)
{
    static Bench bench;
    uint32_t tasks = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : TASKS;
    if (tasks < 1 || tasks > 10 * TASKS)
        bench_die("1 to 10 000 000 tasks");
    bench_start(&bench, argv[0], MOST_SECONDS);
    tasks_build(&bench);
    bench_decisions(&bench);
    bench_tasks(&bench, tasks);
    return bench_end(&bench);
}
