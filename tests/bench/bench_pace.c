// SPDX-License-Identifier: Apache-2.0
// bench_pace: how long decisions take that are offered at a fixed rate, whatever
// becomes of those before. Usage: bench_pace [RATE [ROUNDS]]
//
// A decision's time begins when it should be sent, so a pause counts for each that it
// keeps waiting. A bare echo server of the same frames and daemons without a log, with
// a buffered and with a durable one take turns within one run, each asked over several
// connections. The policies and calls are those of tasks.h. The last lines, which begin
// with "=", hold goals against results.
#define _GNU_SOURCE // ppoll
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "engine/base/os.h"
#include "engine/wire/frame.h"
#include "tests/bench/kept.h"
#include "tests/bench/peer.h"

enum {
    RATE = 20000,
    MOST_RATE = 1000000,
    ROUNDS = 9,
    MOST_ROUNDS = 99,
    MOST_SECONDS = 600,
    TASKS = 20000,
    LINES = 16, // connections
    WAYS = 4,
    READ = 64 << 10,
    FRAME_MOST = 4096,
};
static const int64_t SECOND = 1000000000;

enum { ECHO, STATELESS, BUFFERED, DURABLE };
static const char *const NAMES[WAYS] = {"echo", "stateless", "buffered", "durable"};

// One connection, and what came over it that is no whole frame yet.
typedef struct Line {
    ProvisoClient *client; // which has said HELLO
    size_t have;
    char in[2 * READ];
} Line;

typedef struct Way {
    Peer peer;
    Line lines[LINES];
    TaskCalls calls;
    Flow flows[MOST_ROUNDS];
} Way;

typedef struct Pace {
    Way ways[WAYS];
    Str answers[PEER_ANSWERS];
    int64_t interval; // ns
    uint32_t count;   // decisions of a round: a second's
    double *times;    // us
} Pace;

// ---- one round ----

static void send_one(Way *way, uint64_t number)
{
    char frame[FRAME_MOST];
    Str body = tasks_next_call(&way->calls, number);
    FrameHeader header = {
        .length = (uint32_t)body.len, .type = MESSAGE_DECIDE, .id = number + 1};
    size_t size = FRAME_HEADER_SIZE + body.len;
    if (size > sizeof frame)
        bench_die("a request is too long");
    frame_encode(&header, false, frame);
    memcpy(frame + FRAME_HEADER_SIZE, body.at, body.len);
    int fd = proviso_client_descriptor(way->lines[number % LINES].client);
    if (send(fd, frame, size, MSG_NOSIGNAL) != (ssize_t)size)
        bench_die("a request can't be sent");
}

// Notes when each answer came. How many came.
static uint32_t take_answers(Pace *pace, Line *line, int64_t start)
{
    int fd = proviso_client_descriptor(line->client);
    ssize_t got = recv(fd, line->in + line->have, READ, MSG_DONTWAIT);
    int64_t now = os_monotonic_clock();
    uint32_t count = 0;
    size_t at = 0;
    FrameHeader header;
    if (got <= 0)
        bench_die("the daemon has ended the connection");
    line->have += (size_t)got;
    while (line->have - at >= FRAME_HEADER_SIZE &&
           frame_decode(line->in + at, true, FRAME_LIMIT, &header) == WIRE_OK &&
           line->have - at - FRAME_HEADER_SIZE >= header.length) {
        uint64_t number = header.id - 1;
        if (header.type != MESSAGE_DECIDE || number >= pace->count)
            bench_die("what came is no answer");
        int64_t due = start + (int64_t)number * pace->interval;
        pace->times[number] = (double)(now - due) / 1e3;
        at += FRAME_HEADER_SIZE + header.length;
        count++;
    }
    line->have -= at;
    memmove(line->in, line->in + at, line->have);
    return count;
}

static uint32_t wait_for(Pace *pace, Way *way, int64_t start, int64_t until)
{
    struct pollfd ready[LINES];
    uint32_t count = 0;
    for (int i = 0; i < LINES; i++)
        ready[i] = (struct pollfd){
            .fd = proviso_client_descriptor(way->lines[i].client), .events = POLLIN};
    int64_t left = until - os_monotonic_clock();
    struct timespec time = {.tv_nsec = left > 0 ? (long)(left % SECOND) : 0};
    if (ppoll(ready, LINES, &time, NULL) < 0)
        bench_die("ppoll");
    for (int i = 0; i < LINES; i++)
        if (ready[i].revents != 0)
            count += take_answers(pace, &way->lines[i], start);
    return count;
}

static Flow offer(Pace *pace, Way *way)
{
    uint32_t sent = 0, answered = 0;
    int64_t start = os_monotonic_clock() + pace->interval;
    while (answered < pace->count) {
        int64_t now = os_monotonic_clock();
        for (; sent < pace->count && start + sent * pace->interval <= now; sent++)
            send_one(way, sent);
        int64_t next =
            sent < pace->count ? start + sent * pace->interval : now + SECOND / 2;
        answered += wait_for(pace, way, start, next);
    }
    double all = (double)(os_monotonic_clock() - start) / 1e9;
    bench_sort(pace->times, pace->count);
    return (Flow){pace->count / all, pace->times[pace->count / 2],
                  pace->times[pace->count - 1 - pace->count / 100]};
}

// ---- all of it ----

static void start_daemon(Bench *bench, Way *way, int which)
{
    bool has_log = which != STATELESS;
    Str more =
        arena_format(&bench->arena, "log: {path: log_%s, mode: %s}\n" KEPT_LIMITS,
                     NAMES[which], NAMES[which]);
    peer_start_daemon(bench, &way->peer, NAMES[which],
                      has_log ? "stateful.pvb" : "stateless.pvb",
                      has_log ? more.at : "", PEER_ANY_CORE);
    tasks_make_calls(&bench->arena, &way->calls, has_log ? TASKS : 0);
}

// The echo server says what the buffered daemon says.
static void start_echo(Bench *bench, Pace *pace)
{
    Way *daemon = &pace->ways[BUFFERED];
    ProvisoClient *client = peer_connect(&daemon->peer);
    Str welcome;
    for (uint64_t i = 0; i < PEER_ANSWERS; i++)
        pace->answers[i] = peer_answer(&bench->arena, client, PROVISO_DECIDE,
                                       tasks_next_call(&daemon->calls, i));
    welcome.at = proviso_client_welcome(client, &welcome.len);
    peer_start_echo(bench, &pace->ways[ECHO].peer, welcome, pace->answers,
                    PEER_ANY_CORE);
    tasks_make_calls(&bench->arena, &pace->ways[ECHO].calls, TASKS);
    proviso_client_close(client);
}

static void start(Bench *bench, Pace *pace)
{
    tasks_build(bench);
    kept_make(bench, "log_buffered", TASKS);
    kept_copy(bench, "log_buffered", "log_durable");
    for (int w = STATELESS; w < WAYS; w++)
        start_daemon(bench, &pace->ways[w], w);
    start_echo(bench, pace);
    for (int w = 0; w < WAYS; w++)
        for (int i = 0; i < LINES; i++)
            pace->ways[w].lines[i].client = peer_connect(&pace->ways[w].peer);
}

// Denies cost less, so there must be next to none.
static void check_allows(Bench *bench, const Pace *pace, int rounds)
{
    uint64_t asked = pace->count * (uint64_t)(rounds + 1);
    for (int w = STATELESS; w < WAYS; w++) {
        ProvisoClient *client = peer_connect(&pace->ways[w].peer);
        if (peer_allows(&bench->arena, client) < asked / 100 * 99)
            bench_die("calls were denied that should be allowed");
        proviso_client_close(client);
    }
}

static void print(const Pace *pace, int rounds)
{
    Medians medians[WAYS];
    printf("pace: %u decisions/s offered over %d connections, %d rules, %d open tasks; "
           "%d rounds, median\n",
           pace->count, LINES, TASKS_RULES, TASKS, rounds);
    for (int w = 0; w < WAYS; w++) {
        medians[w] = peer_medians(pace->ways[w].flows, (size_t)rounds);
        printf("  %-9s  %7.0f/s  p50 %7.1f us  p99 %7.1f us, %.2f times echo's\n",
               NAMES[w], medians[w].flow.per_second, medians[w].flow.p50,
               medians[w].flow.p99, medians[w].flow.p99 / medians[ECHO].flow.p99);
    }
    bench_goal("pace: p99 of decisions, buffered, to echo's",
               medians[BUFFERED].flow.p99 / medians[ECHO].flow.p99, false, 2, "times");
}

int main(int argc, char **argv)
{
    static Bench bench;
    static Pace pace;
    long rate = argc > 1 ? strtol(argv[1], NULL, 10) : RATE;
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : ROUNDS;
    if (rate < 1 || rate > MOST_RATE || rounds < 1 || rounds > MOST_ROUNDS)
        bench_die("1 to 1 000 000 a second, 1 to 99 rounds");
    bench_start(&bench, argv[0], MOST_SECONDS);
    (void)prctl(PR_SET_TIMERSLACK, 1UL);
    pace.count = (uint32_t)rate;
    pace.interval = SECOND / rate;
    pace.times = arena_alloc(&bench.arena, pace.count * sizeof *pace.times);
    start(&bench, &pace);
    for (int round = -1; round < rounds; round++) // the first warms up
        for (int w = 0; w < WAYS; w++)
            pace.ways[w].flows[round < 0 ? 0 : round] = offer(&pace, &pace.ways[w]);
    check_allows(&bench, &pace, rounds);
    print(&pace, rounds);
    for (int w = 0; w < WAYS; w++) {
        for (int i = 0; i < LINES; i++)
            proviso_client_close(pace.ways[w].lines[i].client);
        peer_stop(&pace.ways[w].peer);
    }
    return bench_end(&bench);
}
