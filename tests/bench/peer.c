// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE // sched_setaffinity
#include "tests/bench/peer.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/cbor.h"
#include "engine/base/os.h"
#include "engine/wire/frame.h"

enum {
    READ = 64 << 10,
    ROOM = 1 << 20,
    TIMEOUT = 10000, // ms
    TRIES = 60000,
    MILLISECOND = 1000000,
    MOST_ROUNDS = 99,
};

bool peer_pin(int core)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET((size_t)core, &cores);
    return sched_setaffinity(0, sizeof cores, &cores) == 0;
}

// ---- the echo server ----

typedef struct Echo {
    Str welcome;
    const Str *answers;
    int epoll;
} Echo;

// A peer of it, and the beginning of a frame.
typedef struct EchoPeer {
    int fd;
    size_t have;
    char in[2 * READ];
} EchoPeer;

static void add_frame(Buf *out, const FrameHeader *request, Str body)
{
    FrameHeader header = {
        .length = (uint32_t)body.len, .type = request->type, .id = request->id};
    uint8_t bytes[FRAME_HEADER_SIZE];
    frame_encode(&header, true, bytes);
    buf_bytes(out, bytes, sizeof bytes);
    buf_str(out, body);
}

// False for what is no frame.
static bool answer_frames(const Echo *echo, EchoPeer *peer, Buf *out)
{
    size_t at = 0;
    while (peer->have - at >= FRAME_HEADER_SIZE) {
        FrameHeader header;
        if (frame_decode(peer->in + at, false, READ - FRAME_HEADER_SIZE, &header) !=
            WIRE_OK)
            return false;
        if (peer->have - at - FRAME_HEADER_SIZE < header.length)
            break;
        at += FRAME_HEADER_SIZE + header.length;
        add_frame(out, &header,
                  header.type == MESSAGE_HELLO ? echo->welcome
                                               : echo->answers[header.id % 2]);
    }
    peer->have -= at;
    memmove(peer->in, peer->in + at, peer->have);
    return !out->failed;
}

static void serve(const Echo *echo, EchoPeer *peer)
{
    static char memory[ROOM];
    Buf out = buf_fixed(memory, sizeof memory);
    ssize_t got = read(peer->fd, peer->in + peer->have, READ);
    peer->have += got > 0 ? (size_t)got : 0;
    if (got > 0 && answer_frames(echo, peer, &out) &&
        send(peer->fd, out.at, out.len, MSG_NOSIGNAL) == (ssize_t)out.len)
        return;
    (void)close(peer->fd);
    free(peer);
}

static void watch(const Echo *echo, int fd, EchoPeer *peer)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = peer}};
    if (fd < 0 || epoll_ctl(echo->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        _exit(1);
}

static void welcome(const Echo *echo, int listener)
{
    EchoPeer *peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        _exit(1);
    peer->fd = accept(listener, NULL, NULL);
    watch(echo, peer->fd, peer);
}

static _Noreturn void run_echo(Echo *echo, int listener)
{
    enum { AT_ONCE = 64 };
    struct epoll_event events[AT_ONCE];
    echo->epoll = epoll_create1(0);
    watch(echo, listener, NULL);
    for (;;) {
        int count = epoll_wait(echo->epoll, events, AT_ONCE, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL)
                welcome(echo, listener);
            else
                serve(echo, events[i].data.ptr);
        }
    }
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, SOMAXCONN) != 0)
        bench_die("the echo server can't listen");
    return fd;
}

void peer_start_echo(Bench *bench, Peer *out, Str welcome,
                     const Str answers[PEER_ANSWERS], int core)
{
    Echo echo = {.welcome = welcome, .answers = answers};
    *out = (Peer){.name = "echo", .socket = bench_path(bench, "echo")};
    int listener = listen_at(out->socket);
    out->pid = bench_fork();
    if (out->pid == 0) {
        if (core != PEER_ANY_CORE)
            (void)peer_pin(core);
        run_echo(&echo, listener);
    }
    (void)close(listener);
}

// ---- the daemon ----

void peer_start_daemon(Bench *bench, Peer *out, const char *name, const char *bundle,
                       const char *more, int core)
{
    const char *config = arena_format(&bench->arena, "%s.yaml", name).at;
    const char *daemon = arena_format(&bench->arena, "%s/provisod", bench->build).at;
    unsigned uid = (unsigned)getuid();
    Str text = arena_format(&bench->arena,
                            "socket: {path: %s}\nbundle: %s\n"
                            "trust: {allow_unsigned: true}\n"
                            "peers: [{uid: %u, role: broker, gateways: [edge]}, "
                            "{uid: %u, role: admin}]\n%s",
                            name, bundle, uid, uid, more);
    config = bench_path(bench, config);
    *out = (Peer){.name = name, .socket = bench_path(bench, name)};
    if (os_write_file(str_from_c(config), text, 0600) != STATUS_OK)
        bench_die(config);
    out->pid = bench_fork();
    if (out->pid == 0) {
        if (core != PEER_ANY_CORE)
            (void)peer_pin(core);
        const char *log = arena_format(&bench->arena, "%s.err", out->socket).at;
        if (freopen(log, "w", stderr) != NULL)
            execl(daemon, daemon, "--config", config, (char *)NULL);
        _exit(127);
    }
}

ProvisoClient *peer_connect(const Peer *peer)
{
    ProvisoClient *client = NULL;
    for (int i = 0; i < TRIES; i++) {
        if (proviso_client_open(peer->socket, "bench", TIMEOUT, &client) ==
            PROVISO_CLIENT_OK)
            return client;
        proviso_client_close(client);
        if (waitpid(peer->pid, NULL, WNOHANG) != 0)
            break;
        (void)nanosleep(&(struct timespec){.tv_nsec = MILLISECOND}, NULL);
    }
    bench_die(peer->socket);
}

void peer_stop(const Peer *peer)
{
    (void)kill(peer->pid, SIGTERM);
    (void)waitpid(peer->pid, NULL, 0);
}

// ---- the client ----

Str peer_answer(Arena *arena, ProvisoClient *client, ProvisoMessage message, Str body)
{
    const void *at = NULL;
    size_t len = 0;
    if (proviso_client_ask(client, message, body.at, body.len, &at, &len) !=
        PROVISO_CLIENT_OK)
        bench_die(proviso_client_why(client));
    return arena_str(arena, (Str){at, len});
}

uint64_t peer_allows(Arena *arena, ProvisoClient *client)
{
    enum { MOST_ITEMS = 4096 };
    Str status = peer_answer(arena, client, PROVISO_STATUS, (Str){0});
    CborReader reader = cbor_reader(status, MOST_ITEMS);
    CborItem item = {0};
    do {
        if (cbor_next(&reader, &item) != STATUS_OK)
            bench_die("STATUS says nothing of allows");
    } while (item.kind != CBOR_TEXT || !str_eq(item.bytes, STR("allows")));
    if (cbor_next(&reader, &item) != STATUS_OK || item.kind != CBOR_UINT)
        bench_die("STATUS says nothing of allows");
    return item.number;
}

Flow peer_load(ProvisoClient *client, NextBody *next, void *context, unsigned depth,
               unsigned count)
{
    static int64_t sent_at[PEER_MOST_FLIGHT];
    double *times = calloc(count, sizeof *times);
    uint64_t id = 0;
    unsigned sent = 0;
    if (times == NULL || depth > PEER_MOST_FLIGHT)
        bench_die("no memory");
    int64_t start = os_monotonic_clock();
    for (unsigned done = 0; done < count;) {
        ProvisoReply reply;
        int64_t now = os_monotonic_clock();
        for (; sent < count && sent - done < depth; sent++) {
            Str body = next(context, sent);
            if (proviso_client_send(client, PROVISO_DECIDE, body.at, body.len, &id) !=
                PROVISO_CLIENT_OK)
                bench_die(proviso_client_why(client));
            sent_at[id % depth] = now;
        }
        if (proviso_client_receive(client, &reply) != PROVISO_CLIENT_OK ||
            reply.message != PROVISO_DECIDE)
            bench_die(proviso_client_why(client));
        times[done++] =
            (double)(os_monotonic_clock() - sent_at[reply.id % depth]) / 1e3;
    }
    double all = (double)(os_monotonic_clock() - start) / 1e9;
    bench_sort(times, count);
    Flow flow = {count / all, times[count / 2], times[count - 1 - count / 100]};
    free(times);
    return flow;
}

Medians peer_medians(const Flow *flows, size_t count)
{
    double rates[MOST_ROUNDS], p50[MOST_ROUNDS], p99[MOST_ROUNDS];
    if (count < 1 || count > MOST_ROUNDS)
        bench_die("1 to 99 rounds");
    for (size_t i = 0; i < count; i++) {
        rates[i] = flows[i].per_second;
        p50[i] = flows[i].p50;
        p99[i] = flows[i].p99;
    }
    bench_sort(rates, count);
    bench_sort(p50, count);
    bench_sort(p99, count);
    return (Medians){.flow = {rates[count / 2], p50[count / 2], p99[count / 2]},
                     .low = rates[0],
                     .high = rates[count - 1]};
}
