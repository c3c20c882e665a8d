// SPDX-License-Identifier: Apache-2.0
// bench_socket: decisions a second and round trips over the socket, beside a bare echo
// server that moves frames of the same sizes. Usage: bench_socket [ROUNDS]
//
// Both servers have the same client (libproviso-client) on another core, and take turns
// within one run. The echo server reads what there is, finds the frames in it, and
// writes for each a ready-made answer as long as the daemon's: no less can be done with
// these frames. The last lines, which begin with "=", hold goals against results.
#define _GNU_SOURCE // sched_setaffinity
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/wire/client.h"
#include "engine/wire/frame.h"
#include "engine/wire/transcode.h"

enum {
    RULES = 1000,
    ROUNDS = 9,
    MOST_ROUNDS = 99,
    DEPTHS = 3,
    BODIES = 2, // one is allowed, one denied
    MOST_DEPTH = 128,
    FEW = 4000, // requests of a round at depth 1, and at the others
    MANY = 60000,
    PATH = 256,
    READ = 64 << 10,
    ROOM = 1 << 20,
    TIMEOUT = 10000,
};

static const unsigned DEPTH[DEPTHS] = {1, 32, 128};
enum { ECHO, DAEMON, SERVERS };

typedef struct Result {
    double per_second, p50, p99; // microseconds
} Result;

typedef struct Bench {
    Arena arena;
    const char *folder;
    const char *socket[SERVERS];
    pid_t pid[SERVERS];
    ProvisoClient *client[SERVERS];
    Str body[BODIES];
    Str answer[BODIES];
    Str welcome;
    Result results[DEPTHS][SERVERS][MOST_ROUNDS];
} Bench;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench_socket: %s\n", what);
    exit(1);
}

// The client has the first core, the servers the second; with one there is nothing to
// pin.
static bool pin(int core)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET((size_t)core, &cores);
    return sched_setaffinity(0, sizeof cores, &cores) == 0;
}

// ---- the echo server ----

static void add_frame(Buf *out, const FrameHeader *request, Str body)
{
    FrameHeader header = {
        .length = (uint32_t)body.len, .type = request->type, .id = request->id};
    uint8_t bytes[FRAME_HEADER_SIZE];
    frame_encode(&header, true, bytes);
    buf_bytes(out, bytes, sizeof bytes);
    buf_str(out, body);
}

static _Noreturn void echo(const Bench *bench, int listener)
{
    static char in[2 * READ], memory[ROOM];
    size_t have = 0;
    int epoll = epoll_create1(0);
    int fd = accept(listener, NULL, NULL);
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll < 0 || fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        _exit(1);
    for (;;) {
        Buf out = buf_fixed(memory, sizeof memory);
        size_t at = 0;
        FrameHeader header;
        if (epoll_wait(epoll, &event, 1, -1) < 1)
            _exit(1);
        ssize_t got = read(fd, in + have, READ);
        if (got <= 0)
            _exit(0);
        have += (size_t)got;
        while (have - at >= FRAME_HEADER_SIZE &&
               frame_decode(in + at, false, FRAME_LIMIT, &header) == WIRE_OK &&
               have - at - FRAME_HEADER_SIZE >= header.length) {
            at += FRAME_HEADER_SIZE + header.length;
            add_frame(&out, &header,
                      header.type == MESSAGE_HELLO ? bench->welcome
                                                   : bench->answer[header.id % BODIES]);
        }
        have -= at;
        memmove(in, in + at, have);
        if (send(fd, out.at, out.len, MSG_NOSIGNAL) != (ssize_t)out.len)
            _exit(1);
    }
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 1) != 0)
        die("can't listen");
    return fd;
}

static void start_echo(Bench *bench)
{
    int listener = listen_at(bench->socket[ECHO]);
    bench->pid[ECHO] = fork();
    if (bench->pid[ECHO] == 0) {
        (void)pin(1);
        echo(bench, listener);
    }
    (void)close(listener);
}

// ---- the daemon ----

static void run(const char *program, char *const *arguments)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        execv(program, arguments);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0)
        die(program);
}

static char *join(Bench *bench, const char *folder, const char *name)
{
    char *path = arena_alloc(&bench->arena, PATH);
    int len = snprintf(path, PATH, "%s/%s", folder, name);
    if (len < 0 || len >= PATH)
        die("a path is too long");
    return path;
}

static void start_daemon(Bench *bench, const char *build)
{
    char amount[] = "50", rules[16];
    char *config = join(bench, bench->folder, "provisod.yaml");
    char *bundle = join(bench, bench->folder, "p.pvb");
    char *maker = join(bench, build, "tests/protocol/make_bundle");
    char *daemon = join(bench, build, "provisod");
    (void)snprintf(rules, sizeof rules, "%d", RULES);
    run(maker, (char *[]){maker, bundle, amount, rules, NULL});
    Str text = arena_format(&bench->arena,
                            "socket: {path: daemon}\nbundle: p.pvb\n"
                            "trust: {allow_unsigned: true}\n"
                            "peers: [{uid: %u, role: broker, gateways: [edge]}]\n",
                            (unsigned)getuid());
    if (os_write_file(str_from_c(config), text, 0600) != STATUS_OK)
        die(config);
    bench->pid[DAEMON] = fork();
    if (bench->pid[DAEMON] == 0) {
        (void)pin(1);
        if (freopen("/dev/null", "w", stderr) != NULL)
            execl(daemon, daemon, "--config", config, (char *)NULL);
        _exit(127);
    }
}

// ---- the client ----

static ProvisoClient *connect_to(const char *path)
{
    ProvisoClient *client = NULL;
    for (int i = 0; i < 1000; i++) {
        if (proviso_client_open(path, "bench", TIMEOUT, &client) == PROVISO_CLIENT_OK)
            return client;
        proviso_client_close(client);
        (void)usleep(5000);
    }
    die(path);
}

static void make_bodies(Bench *bench)
{
    long long exp = os_wall_clock() / 1000000000 + 3600;
    for (int i = 0; i < BODIES; i++) {
        Str json = arena_format(
            &bench->arena,
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
        Buf body = buf_on(&bench->arena);
        if (transcode_request(&bench->arena, json, &body, &error) != STATUS_OK)
            die("the request is not right");
        bench->body[i] = buf_view(&body);
    }
}

// What the daemon says, for the echo server to repeat.
static void take_answers(Bench *bench)
{
    size_t len = 0;
    const void *at = proviso_client_welcome(bench->client[DAEMON], &len);
    bench->welcome = arena_str(&bench->arena, (Str){at, len});
    for (int i = 0; i < BODIES; i++) {
        if (proviso_client_ask(bench->client[DAEMON], PROVISO_DECIDE, bench->body[i].at,
                               bench->body[i].len, &at, &len) != PROVISO_CLIENT_OK)
            die(proviso_client_why(bench->client[DAEMON]));
        bench->answer[i] = arena_str(&bench->arena, (Str){at, len});
    }
}

static int compare(const void *a, const void *b)
{
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

// Keeps `depth` requests in flight until `count` are answered.
static Result measure(const Bench *bench, ProvisoClient *client, unsigned depth,
                      unsigned count)
{
    static double times[MANY];
    static int64_t sent_at[MOST_DEPTH];
    uint64_t id = 0;
    unsigned sent = 0;
    int64_t start = os_monotonic_clock();
    for (unsigned done = 0; done < count;) {
        ProvisoReply reply;
        int64_t now = os_monotonic_clock();
        for (; sent < count && sent - done < depth; sent++) {
            Str body = bench->body[sent % BODIES];
            if (proviso_client_send(client, PROVISO_DECIDE, body.at, body.len, &id) !=
                PROVISO_CLIENT_OK)
                die(proviso_client_why(client));
            sent_at[id % depth] = now;
        }
        if (proviso_client_receive(client, &reply) != PROVISO_CLIENT_OK ||
            reply.message != PROVISO_DECIDE)
            die(proviso_client_why(client));
        times[done++] =
            (double)(os_monotonic_clock() - sent_at[reply.id % depth]) / 1e3;
    }
    double all = (double)(os_monotonic_clock() - start) / 1e9;
    qsort(times, count, sizeof times[0], compare);
    return (Result){count / all, times[count / 2], times[count - count / 100 - 1]};
}

static double median(const Result *results, int rounds, size_t at, double *low,
                     double *high)
{
    double values[MOST_ROUNDS];
    for (int i = 0; i < rounds; i++)
        memcpy(&values[i], (const char *)&results[i] + at, sizeof values[i]);
    qsort(values, (size_t)rounds, sizeof values[0], compare);
    *low = values[0];
    *high = values[rounds - 1];
    return values[rounds / 2];
}

// As bench_rules prints it.
static void hold(unsigned depth, const char *what, double measured, bool is_floor,
                 double goal, const char *unit)
{
    bool is_met = is_floor ? measured >= goal : measured <= goal;
    printf("= socket at depth %3u, %-30s %9s %5g %-7s  %8.3g  %s\n", depth, what,
           is_floor ? "at least" : "at most", goal, unit, measured,
           is_met ? "met" : "MISSED");
}

static void print(const Bench *bench, int rounds)
{
    static const char *const NAMES[SERVERS] = {"echo", "provisod"};
    printf(
        "socket: %d rules, %zu and %zu bytes asked, %zu and %zu answered; %d rounds, "
        "median (lowest to highest)\n",
        RULES + 1, bench->body[0].len, bench->body[1].len, bench->answer[0].len,
        bench->answer[1].len, rounds);
    for (int d = 0; d < DEPTHS; d++) {
        double rate[SERVERS], p50[SERVERS];
        for (int s = 0; s < SERVERS; s++) {
            const Result *results = bench->results[d][s];
            double low, high, ignored;
            rate[s] =
                median(results, rounds, offsetof(Result, per_second), &low, &high);
            p50[s] = median(results, rounds, offsetof(Result, p50), &ignored, &ignored);
            printf("  depth %3u  %-8s  %9.0f/s (%.0f to %.0f)  p50 %6.1f us  p99 %6.1f "
                   "us\n",
                   DEPTH[d], NAMES[s], rate[s], low, high, p50[s],
                   median(results, rounds, offsetof(Result, p99), &ignored, &ignored));
        }
        double part = 100 * rate[DAEMON] / rate[ECHO];
        double round_trip = p50[DAEMON] / p50[ECHO];
        printf("  depth %3u  throughput %.0f %% of echo, round trip %.2f times\n",
               DEPTH[d], part, round_trip);
        hold(DEPTH[d], "throughput to echo's", part, true, 80, "%");
        hold(DEPTH[d], "round trip to echo's", round_trip, false, 1.2, "times");
    }
}

static void run_all(Bench *bench, int rounds)
{
    for (int round = -1; round < rounds; round++) // the first warms up
        for (int d = 0; d < DEPTHS; d++)
            for (int s = 0; s < SERVERS; s++) {
                Result result = measure(bench, bench->client[s], DEPTH[d],
                                        DEPTH[d] == 1 ? FEW : MANY);
                bench->results[d][s][round < 0 ? 0 : round] = result;
            }
}

int main(int argc, char **argv)
{
    static Bench bench;
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : ROUNDS;
    if (rounds < 1 || rounds > MOST_ROUNDS)
        die("1 to 99 rounds");
    arena_init(&bench.arena, 16 << 20);
    // build/KIND/tests/bench/bench_socket
    Str build =
        os_path_directory(os_path_directory(os_path_directory(str_from_c(argv[0]))));
    char folder[] = "/tmp/bench_socket.XXXXXX";
    bench.folder = mkdtemp(folder);
    if (bench.folder == NULL)
        die(folder);
    bench.socket[ECHO] = join(&bench, folder, "echo");
    bench.socket[DAEMON] = join(&bench, folder, "daemon");
    if (!pin(0) || !pin(1) || !pin(0))
        puts("socket: a single core: client and server share it");
    make_bodies(&bench);
    start_daemon(&bench, arena_str(&bench.arena, build).at);
    bench.client[DAEMON] = connect_to(bench.socket[DAEMON]);
    take_answers(&bench);
    start_echo(&bench);
    bench.client[ECHO] = connect_to(bench.socket[ECHO]);
    run_all(&bench, rounds);
    print(&bench, rounds);
    for (int s = 0; s < SERVERS; s++) {
        proviso_client_close(bench.client[s]);
        (void)kill(bench.pid[s], SIGTERM);
        (void)waitpid(bench.pid[s], NULL, 0);
    }
    Str remove = arena_format(&bench.arena, "rm -rf %s", bench.folder);
    int status = system(remove.at);
    arena_free(&bench.arena);
    return status;
}
