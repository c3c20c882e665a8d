// SPDX-License-Identifier: Apache-2.0
// bench_state: decisions a second and round trips over the socket where every decision
// reads and changes what is remembered, beside the same rules without a memory. Usage:
// bench_state [TASKS [ROUNDS]]
//
// Three daemons take turns within one run: one without a log, one whose log is
// buffered, one whose log is durable; the last two begin with so many open tasks. The
// policies and calls are those of tasks.h. The last lines, which begin with "=", hold
// goals against results.
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/kept.h"
#include "tests/bench/peer.h"

enum {
    TASKS = 1000000,
    MOST_TASKS = 10 * TASKS,
    ROUNDS = 5,
    MOST_ROUNDS = 99,
    MOST_SECONDS = 900,
    WAYS = 3,
    DEPTHS = 4,
};

static const struct {
    unsigned depth, count; // decisions of a round
} DEPTH[DEPTHS] = {{1, 2000}, {32, 30000}, {128, 60000}, {1024, 120000}};

enum { STATELESS, BUFFERED, DURABLE };
static const char *const NAMES[WAYS] = {"stateless", "buffered", "durable"};

typedef struct State {
    Peer peers[WAYS];
    ProvisoClient *clients[WAYS];
    TaskCalls calls[WAYS];
    Flow flows[DEPTHS][WAYS][MOST_ROUNDS];
} State;

static void start(Bench *bench, State *all, uint32_t tasks)
{
    tasks_build(bench);
    kept_make(bench, "log_buffered", tasks);
    kept_copy(bench, "log_buffered", "log_durable");
    for (int w = 0; w < WAYS; w++) {
        bool has_log = w != STATELESS;
        Str more =
            arena_format(&bench->arena, "log: {path: log_%s, mode: %s}\n" KEPT_LIMITS,
                         NAMES[w], NAMES[w]);
        peer_start_daemon(bench, &all->peers[w], NAMES[w],
                          has_log ? "stateful.pvb" : "stateless.pvb",
                          has_log ? more.at : "", PEER_ANY_CORE);
        tasks_make_calls(&bench->arena, &all->calls[w], has_log ? tasks : 0);
    }
    for (int w = 0; w < WAYS; w++)
        all->clients[w] = peer_connect(&all->peers[w]);
}

static void measure(State *all, int rounds)
{
    for (int round = -1; round < rounds; round++) // the first warms up
        for (int d = 0; d < DEPTHS; d++)
            for (int w = 0; w < WAYS; w++)
                all->flows[d][w][round < 0 ? 0 : round] =
                    peer_load(all->clients[w], tasks_next_call, &all->calls[w],
                              DEPTH[d].depth, DEPTH[d].count);
}

// Denies cost less, so there must be next to none.
static void check_allows(Bench *bench, const State *all, int rounds)
{
    uint64_t asked = 0;
    for (int d = 0; d < DEPTHS; d++)
        asked += (uint64_t)DEPTH[d].count * (uint64_t)(rounds + 1);
    for (int w = 0; w < WAYS; w++) {
        uint64_t allowed = peer_allows(&bench->arena, all->clients[w]);
        if (allowed < asked / 100 * 99)
            bench_die("calls were denied that should be allowed");
    }
}

static void print(const State *all, uint32_t tasks, int rounds)
{
    double fastest = 0;
    printf("state: %d rules, %u open tasks with %d facts each; %d rounds, median "
           "(lowest to highest)\n",
           TASKS_RULES, tasks, TASKS_FACTS, rounds);
    for (int d = 0; d < DEPTHS; d++) {
        double stateless = 0;
        for (int w = 0; w < WAYS; w++) {
            Medians medians = peer_medians(all->flows[d][w], (size_t)rounds);
            double rate = medians.flow.per_second;
            stateless = w == STATELESS ? rate : stateless;
            fastest = w == BUFFERED && rate > fastest ? rate : fastest;
            printf("  depth %4u  %-9s  %9.0f/s (%.0f to %.0f), %3.0f %%  p50 %6.1f us  "
                   "p99 %6.1f us\n",
                   DEPTH[d].depth, NAMES[w], rate, medians.low, medians.high,
                   100 * rate / stateless, medians.flow.p50, medians.flow.p99);
        }
    }
    bench_goal("state: decisions a second, buffered, pipelined", fastest / 1000, true,
               300, "1000/s");
}

int main(int argc, char **argv)
{
    static Bench bench;
    static State all;
    uint32_t tasks = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : TASKS;
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : ROUNDS;
    if (tasks < 1 || tasks > MOST_TASKS || rounds < 1 || rounds > MOST_ROUNDS)
        bench_die("1 to 10 000 000 tasks, 1 to 99 rounds");
    bench_start(&bench, argv[0], MOST_SECONDS);
    start(&bench, &all, tasks);
    measure(&all, rounds);
    check_allows(&bench, &all, rounds);
    print(&all, tasks, rounds);
    for (int w = 0; w < WAYS; w++) {
        proviso_client_close(all.clients[w]);
        peer_stop(&all.peers[w]);
    }
    return bench_end(&bench);
}
