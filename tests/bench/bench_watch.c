// SPDX-License-Identifier: Apache-2.0
// bench_watch: how soon one who watches hears of a revocation, while another keeps the
// daemon busy. Usage: bench_watch [EVENTS]
//
// The policy is the stateless one of tasks.h, in both modes of the log. The last lines,
// which begin with
// "=", hold goals against results.
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/cbor.h"
#include "engine/base/os.h"
#include "tests/bench/peer.h"
#include "tests/bench/tasks.h"

enum { EVENTS = 2000, MOST_EVENTS = 100000, DEPTH = 32, MOST_SECONDS = 300 };

static Str next_body(void *context, uint64_t i)
{
    (void)i;
    return *(const Str *)context;
}

// Decisions, always DEPTH of them under way, until it is killed.
static pid_t start_load(const Peer *daemon, Str body)
{
    pid_t pid = bench_fork();
    if (pid != 0)
        return pid;
    ProvisoClient *client = peer_connect(daemon);
    for (;;)
        (void)peer_load(client, next_body, &body, DEPTH, 100 * DEPTH);
}

// From the sending of a revocation to its event, ms.
static double hear_one(Arena *arena, ProvisoClient *admin, ProvisoClient *watcher,
                       int number)
{
    ProvisoReply event;
    Buf body = buf_on(arena);
    cbor_write_map(&body, 2);
    cbor_write_text(&body, STR("kind"));
    cbor_write_text(&body, STR("key"));
    cbor_write_text(&body, STR("name"));
    cbor_write_text(&body, arena_format(arena, "key-%d", number));
    int64_t begin = os_monotonic_clock();
    (void)peer_answer(arena, admin, PROVISO_REVOKE, buf_view(&body));
    if (proviso_client_receive(watcher, &event) != PROVISO_CLIENT_OK ||
        event.message != PROVISO_EVENT)
        bench_die(proviso_client_why(watcher));
    return (double)(os_monotonic_clock() - begin) / 1e6;
}

static void measure(Bench *bench, const char *mode, int events)
{
    Peer daemon;
    char what[64];
    double *times = arena_alloc(&bench->arena, (size_t)events * sizeof *times);
    Str more =
        arena_format(&bench->arena, "log: {path: log_%s, mode: %s}\n", mode, mode);
    peer_start_daemon(bench, &daemon, mode, "stateless.pvb", more.at, PEER_ANY_CORE);
    ProvisoClient *admin = peer_connect(&daemon), *watcher = peer_connect(&daemon);
    pid_t load = start_load(&daemon, tasks_call(&bench->arena, 0, false).body);
    (void)peer_answer(&bench->arena, watcher, PROVISO_WATCH, (Str){0});
    for (int i = 0; i < events; i++)
        times[i] = hear_one(&bench->arena, admin, watcher, i);
    bench_sort(times, (size_t)events);
    double p99 = times[events - 1 - events / 100];
    printf("watch: %s, under load, from REVOKE to its event: p50 %.3f ms, p99 %.3f ms, "
           "longest %.3f ms\n",
           mode, times[events / 2], p99, times[events - 1]);
    (void)snprintf(what, sizeof what, "watch: %s, one hears of a revocation, p99",
                   mode);
    bench_goal(what, p99, false, 5, "ms");
    proviso_client_close(admin);
    proviso_client_close(watcher);
    peer_stop(&(Peer){.pid = load});
    peer_stop(&daemon);
}

int main(int argc, char **argv)
{
    static Bench bench;
    int events = argc > 1 ? (int)strtol(argv[1], NULL, 10) : EVENTS;
    if (events < 1 || events > MOST_EVENTS)
        bench_die("1 to 100 000 events");
    bench_start(&bench, argv[0], MOST_SECONDS);
    tasks_build(&bench);
    measure(&bench, "buffered", events);
    measure(&bench, "durable", events);
    return bench_end(&bench);
}
