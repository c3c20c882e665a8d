// SPDX-License-Identifier: Apache-2.0
// bench_socket: decisions a second and round trips over the socket, beside a bare echo
// server that moves frames of the same sizes. Usage: bench_socket [ROUNDS]
//
// Both servers have the same client (libproviso-client) on another core, and take turns
// within one run. The last lines, which begin with "=", hold goals against results.
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/wire/transcode.h"
#include "tests/bench/peer.h"

enum {
    RULES = 1000,
    ROUNDS = 9,
    MOST_ROUNDS = 99,
    DEPTHS = 3,
    FEW = 4000, // requests of a round at depth 1, and at the others
    MANY = 60000,
    MOST_SECONDS = 600,
};

static const unsigned DEPTH[DEPTHS] = {1, 32, 128};
enum { ECHO, DAEMON, SERVERS };

typedef struct Socket {
    Peer peers[SERVERS];
    ProvisoClient *clients[SERVERS];
    Str bodies[PEER_ANSWERS]; // one is allowed, one denied
    Str answers[PEER_ANSWERS];
    Flow flows[DEPTHS][SERVERS][MOST_ROUNDS];
} Socket;

static void make_bodies(Arena *arena, Str bodies[PEER_ANSWERS])
{
    long long exp = os_wall_clock() / 1000000000 + 3600;
    for (int i = 0; i < PEER_ANSWERS; i++) {
        Str json = arena_format(
            arena,
            "{\"agent\":{\"id\":\"spiffe://acme.example/bot\"},"
            "\"user\":{\"id\":\"u-7\",\"tenant\":\"acme\"},"
            "\"audience\":\"https://crm.acme.example/mcp\",\"tool\":\"refund\","
            "\"args\":{\"amount\":%d,\"path\":\"/a\",\"region\":\"eu\",\"tags\":[]},"
            "\"credential\":{\"iss\":\"https://acme.okta.example\",\"sub\":\"u-7\","
            "\"exp\":%lld,\"aud\":[\"https://edge.acme.example/"
            "mcp\"],\"cnf\":\"key-1\"},"
            "\"presenter\":\"key-1\"}",
            i == 0 ? 10 : 60, exp);
        TranscodeError error = {0};
        Buf body = buf_on(arena);
        if (transcode_request(arena, json, &body, &error) != STATUS_OK)
            bench_die("the request is not right");
        bodies[i] = buf_view(&body);
    }
}

static void start(Bench *bench, Socket *all)
{
    char bundle[] = "p.pvb", amount[] = "50", rules[16];
    (void)snprintf(rules, sizeof rules, "%d", RULES);
    make_bodies(&bench->arena, all->bodies);
    bench_run(bench, "tests/protocol/make_bundle",
              (char *[]){bundle, amount, rules, NULL});
    peer_start_daemon(bench, &all->peers[DAEMON], "provisod", bundle, "", 1);
    all->clients[DAEMON] = peer_connect(&all->peers[DAEMON]);
    for (int i = 0; i < PEER_ANSWERS; i++)
        all->answers[i] = peer_answer(&bench->arena, all->clients[DAEMON],
                                      PROVISO_DECIDE, all->bodies[i]);
    Str welcome;
    welcome.at = proviso_client_welcome(all->clients[DAEMON], &welcome.len);
    peer_start_echo(bench, &all->peers[ECHO], welcome, all->answers, 1);
    all->clients[ECHO] = peer_connect(&all->peers[ECHO]);
}

static Str next_body(void *context, uint64_t i)
{
    const Socket *all = context;
    return all->bodies[i % PEER_ANSWERS];
}

static void measure(Socket *all, int rounds)
{
    for (int round = -1; round < rounds; round++) // the first warms up
        for (int d = 0; d < DEPTHS; d++)
            for (int s = 0; s < SERVERS; s++)
                all->flows[d][s][round < 0 ? 0 : round] =
                    peer_load(all->clients[s], next_body, all, DEPTH[d],
                              DEPTH[d] == 1 ? FEW : MANY);
}

static void hold(unsigned depth, const Medians *echo, const Medians *daemon)
{
    char what[64];
    (void)snprintf(what, sizeof what, "socket at depth %u, throughput to echo's",
                   depth);
    bench_goal(what, 100 * daemon->flow.per_second / echo->flow.per_second, true, 80,
               "%");
    (void)snprintf(what, sizeof what, "socket at depth %u, round trip to echo's",
                   depth);
    bench_goal(what, daemon->flow.p50 / echo->flow.p50, false, 1.2, "times");
}

static void print(const Socket *all, int rounds)
{
    printf(
        "socket: %d rules, %zu and %zu bytes asked, %zu and %zu answered; %d rounds, "
        "median (lowest to highest)\n",
        RULES + 1, all->bodies[0].len, all->bodies[1].len, all->answers[0].len,
        all->answers[1].len, rounds);
    for (int d = 0; d < DEPTHS; d++) {
        Medians medians[SERVERS];
        for (int s = 0; s < SERVERS; s++) {
            medians[s] = peer_medians(all->flows[d][s], (size_t)rounds);
            printf("  depth %3u  %-8s  %9.0f/s (%.0f to %.0f)  p50 %6.1f us  p99 %6.1f "
                   "us\n",
                   DEPTH[d], all->peers[s].name, medians[s].flow.per_second,
                   medians[s].low, medians[s].high, medians[s].flow.p50,
                   medians[s].flow.p99);
        }
        hold(DEPTH[d], &medians[ECHO], &medians[DAEMON]);
    }
}

int main(int argc, char **argv)
{
    static Bench bench;
    static Socket all;
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : ROUNDS;
    if (rounds < 1 || rounds > MOST_ROUNDS)
        bench_die("1 to 99 rounds");
    bench_start(&bench, argv[0], MOST_SECONDS);
    if (!peer_pin(0) || !peer_pin(1) || !peer_pin(0))
        puts("socket: a single core: client and server share it");
    start(&bench, &all);
    measure(&all, rounds);
    print(&all, rounds);
    for (int s = 0; s < SERVERS; s++) {
        proviso_client_close(all.clients[s]);
        peer_stop(&all.peers[s]);
    }
    return bench_end(&bench);
}
