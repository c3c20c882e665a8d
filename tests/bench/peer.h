// SPDX-License-Identifier: Apache-2.0
// peer: the servers that benchmarks measure, provisod and a bare echo server, and a
// client that keeps them busy.
//
// The echo server reads what there is, finds the frames in it, and writes for each a
// ready-made answer as long as the daemon's: no less can be done with these frames.
#ifndef PROVISO_TESTS_BENCH_PEER_H
#define PROVISO_TESTS_BENCH_PEER_H

#include "engine/wire/client.h"
#include "tests/bench/bench.h"

enum { PEER_ANY_CORE = -1, PEER_MOST_FLIGHT = 1024, PEER_ANSWERS = 2 };

typedef struct Peer {
    const char *name;
    const char *socket;
    pid_t pid;
} Peer;

// Runs the caller on one core; false if there is none of that number.
bool peer_pin(int core);

// provisod with a bundle, by default without a log; `more` has further lines of its
// configuration. We are a broker for `edge` and an admin.
void peer_start_daemon(Bench *bench, Peer *out, const char *name, const char *bundle,
                       const char *more, int core);

// Answers frames with even ids by the first of the answers, the others by the second,
// and HELLO by `welcome`.
void peer_start_echo(Bench *bench, Peer *out, Str welcome,
                     const Str answers[PEER_ANSWERS], int core);

// Waits until it listens.
ProvisoClient *peer_connect(const Peer *peer);
// Ends it, and waits until it has.
void peer_stop(const Peer *peer);

// What it says to a request, which stays.
Str peer_answer(Arena *arena, ProvisoClient *client, ProvisoMessage message, Str body);

// How many decisions the daemon has allowed so far.
uint64_t peer_allows(Arena *arena, ProvisoClient *client);

typedef struct Flow {
    double per_second, p50, p99; // microseconds
} Flow;

// Keeps `depth` DECIDEs in flight until `count` are answered; `next` gives the body of
// request number `i`, which lives until the next.
typedef Str NextBody(void *context, uint64_t i);
Flow peer_load(ProvisoClient *client, NextBody *next, void *context, unsigned depth,
               unsigned count);

// The medians of several rounds, and the lowest and highest rate.
typedef struct Medians {
    Flow flow;
    double low, high;
} Medians;
Medians peer_medians(const Flow *flows, size_t count);

#endif
