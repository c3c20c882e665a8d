// SPDX-License-Identifier: Apache-2.0
// bench_memory: what remembering costs: the time of a decision, bytes of a task, the
// longest pause when much is over at once, and how soon a watcher hears of a
// revocation. Usage: bench_memory [TASKS]
//
// The policy is the SCOPED one of workload.h with 10 000 rules, and the same with a
// label, a budget and a pattern over 8 earlier calls that every call asks for. Times of
// decisions are processor time, so other programs on the machine change little. The
// last lines, which begin with "=", hold goals against results.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/session.h"
#include "engine/wire/client.h"
#include "engine/wire/transcode.h"
#include "tests/bench/workload.h"

enum {
    RULES = 10000,
    AGENTS = RULES / 10,
    TOOLS = 500,
    FACTS = 8,
    CALLS = 1024,
    ROUNDS = 31,
    TASKS = 1000000,
    EVENTS = 2000,
    DEPTH = 32,
    ANSWER = 1 << 20,
    ID = 8, // digits of a task's id
    TIMEOUT = 10000,
};
static const int64_t NOW = INT64_C(1772442000000000000);
static const int64_t SECOND = 1000000000;
static const size_t MEMORY = (size_t)3 << 30;

// One way to decide, and its clock.
typedef struct Side {
    const char *name;
    ProvisoEngine *engine;
    ProvisoMemory *memory;
    ProvisoSession *session;
    Str bodies[CALLS];
    int64_t passed;
    uint64_t calls;
    double ns[ROUNDS];
} Side;

typedef struct Bench {
    Arena arena;
    char *answer;
    const char *build;
    Str folder;
} Bench;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench_memory: %s\n", what);
    exit(1);
}

static int64_t processor_time(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// ---- policies ----

// Puts `to` in the place of every `from`.
static Str replace(Arena *arena, Str text, const char *from, const char *to)
{
    Buf out = buf_on(arena);
    size_t len = strlen(from);
    while (text.len > 0) {
        if (text.len >= len && memcmp(text.at, from, len) == 0) {
            buf_c(&out, to);
            text = str_slice(text, len, text.len);
        } else {
            buf_char(&out, text.at[0]);
            text = str_slice(text, 1, text.len);
        }
    }
    return buf_view(&out);
}

// The same rules for calls of a task, and what there is to be remembered.
static Str with_state(Arena *arena, Str policy)
{
    policy = replace(arena, policy, "intent none", "intent work");
    policy = replace(arena, policy, "{ tags odd }", "{ tags odd, every }");
    policy =
        replace(arena, policy, "region: string)\n", "region: string) { tags every }\n");
    policy = replace(arena, policy, "  tenant shared\n",
                     "  tenant shared\n  tool look(n: int) { yields private }\n");
    Buf out = buf_on(arena);
    buf_str(&out, policy);
    buf_c(&out, "label private\n"
                "permit look { intent work tool crm.look }\n"
                "forbid leak { tool @every when not (task has private) }\n"
                "forbid again { tool @every when task called crm.look(n == 77) }\n"
                "limit spent { tool @every at most 1000000000 of args.amount per agent "
                "per 24h }\n"
                "intent work { within 24h tools crm.look");
    for (int i = 0; i < TOOLS; i++)
        buf_printf(&out, ", crm.tool%d", i);
    buf_c(&out, " }\n");
    return buf_view(&out);
}

static void run(const char *folder, char *const *arguments)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(folder) == 0)
            execv(arguments[0], arguments);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0)
        die("a policy does not compile");
}

static void build(Bench *bench, const char *bundle)
{
    Str program = arena_format(&bench->arena, "%s/proviso", bench->build);
    Str output = arena_format(&bench->arena, "%s", bundle);
    char action[] = "build", option[] = "-o", policy[] = "policy.proviso";
    run(bench->folder.at, (char *[]){(char *)(uintptr_t)program.at, action, option,
                                     (char *)(uintptr_t)output.at, policy, NULL});
}

static void build_policies(Bench *bench)
{
    Arena *arena = &bench->arena;
    Str path = arena_format(arena, "%s/policy.proviso", bench->folder.at), text;
    workload_write(arena, WORKLOAD_SCOPED, RULES, bench->folder);
    build(bench, "stateless.pvb");
    if (os_read_file(arena, path, 64 << 20, &text) != STATUS_OK ||
        os_write_file(path, with_state(arena, text), 0600) != STATUS_OK)
        die("the policy can't be written");
    build(bench, "stateful.pvb");
}

// ---- calls ----

static Str to_body(Arena *arena, Str json)
{
    TranscodeError error = {0};
    Buf body = buf_on(arena);
    if (transcode_request(arena, json, &body, &error) != STATUS_OK)
        die("a request is not right");
    return buf_view(&body);
}

// A call of the workload, with a task unless it is empty.
static Str make_call(Arena *arena, uint32_t rule, const char *task)
{
    Str json = workload_call(arena, WORKLOAD_SCOPED, RULES, rule, true);
    if (task[0] == '\0')
        return to_body(arena, json);
    return to_body(arena,
                   arena_format(arena, "%.*s,\"task\":%s}",
                                STR_ARG(str_slice(json, 0, json.len - 1)), task));
}

// What an agent sends to open a task, or to look in it.
static Str make_other(Arena *arena, uint32_t agent, const char *rest)
{
    return to_body(
        arena, arena_format(
                   arena,
                   "{\"gateway\":\"edge\",\"agent\":\"spiffe://acme.example/agent%u\","
                   "\"credential\":{\"iss\":\"https://idp.example\",\"aud\":"
                   "\"https://edge.example\",\"sub\":\"spiffe://acme.example/agent%u\","
                   "\"exp\":1900000000,\"cnf\":\"k\"},\"presenter\":\"k\",%s}",
                   agent, agent, rest));
}

static Str make_opening(Arena *arena, uint32_t agent, uint32_t task)
{
    Str rest = arena_format(arena, "\"task\":{\"id\":\"t%0*u\",\"intent\":\"work\"}",
                            ID, task);
    return make_other(arena, agent, rest.at);
}

static Str make_look(Arena *arena, uint32_t agent, uint32_t task)
{
    Str rest = arena_format(arena,
                            "\"audience\":\"https://crm.example\",\"tool\":\"look\","
                            "\"args\":{\"n\":1},\"task\":\"t%0*u\"",
                            ID, task);
    return make_other(arena, agent, rest.at);
}

static ProvisoCall next_call(Side *side, Str body, int64_t passes)
{
    side->passed += passes;
    side->calls++;
    ProvisoCall call = {.body = body.at,
                        .body_len = body.len,
                        .now = NOW + side->passed,
                        .tick = side->passed};
    memcpy(call.random, &side->calls, sizeof side->calls);
    return call;
}

static bool ask(Bench *bench, Side *side, Str body, int64_t passes)
{
    ProvisoCall call = next_call(side, body, passes);
    ProvisoVerdict verdict;
    size_t len;
    return proviso_session_decide(side->session, &call, bench->answer, ANSWER, &len,
                                  &verdict) == PROVISO_OK &&
           verdict.allow;
}

static bool open_task(Bench *bench, Side *side, Str body, int64_t passes)
{
    ProvisoCall call = next_call(side, body, passes);
    ProvisoVerdict verdict;
    size_t len;
    return proviso_session_operate(side->session, PROVISO_DO_TASK_OPEN, &call,
                                   bench->answer, ANSWER, &len,
                                   &verdict) == PROVISO_OK &&
           verdict.allow;
}

static void start(Bench *bench, Side *side, const char *name, const char *bundle,
                  bool remembers)
{
    static const uint8_t secret[16] = {3};
    ProvisoTrust trust = {.allow_unsigned = true};
    char why[256] = "";
    Str path = arena_format(&bench->arena, "%s/%s", bench->folder.at, bundle);
    *side = (Side){.name = name};
    if (proviso_engine_load_file(path.at, &trust, &side->engine, why, sizeof why) !=
        PROVISO_OK)
        die(why);
    if (remembers)
        side->memory = proviso_memory_new(MEMORY, secret);
    side->session = proviso_session_new(side->engine, side->memory);
    if (!side->session)
        die("no memory");
}

static void stop(Side *side)
{
    proviso_session_free(side->session);
    proviso_memory_free(side->memory);
    proviso_engine_free(side->engine);
}

// ---- the time of a decision ----

static void prepare(Bench *bench, Side *side, bool has_tasks)
{
    Arena *arena = &bench->arena;
    for (uint32_t agent = 0; has_tasks && agent < AGENTS; agent++) {
        if (!open_task(bench, side, make_opening(arena, agent, agent), 0))
            die("a task is not opened");
        Str look = make_look(arena, agent, agent);
        for (int i = 0; i < FACTS; i++)
            if (!ask(bench, side, look, 0))
                die("a call of the task is denied");
    }
    for (uint32_t i = 0; i < CALLS; i++) {
        uint32_t rule = i * (RULES / CALLS), real = rule % 100 == 99 ? rule - 1 : rule;
        Str task = arena_format(arena, "\"t%0*u\"", ID, real % AGENTS);
        side->bodies[i] = make_call(arena, rule, has_tasks ? task.at : "");
    }
}

static double measure(Bench *bench, Side *side)
{
    uint32_t allowed = 0;
    int64_t begin = processor_time();
    for (uint32_t i = 0; i < CALLS; i++)
        allowed += ask(bench, side, side->bodies[i], SECOND / 100000);
    int64_t end = processor_time();
    if (allowed < CALLS / 2)
        die("most calls are denied");
    return (double)(end - begin) / CALLS;
}

static void bench_decisions(Bench *bench)
{
    enum { STATELESS, GRANTS, STATEFUL, SIDES };
    static Side sides[SIDES];
    double medians[SIDES];
    start(bench, &sides[STATELESS], "nothing remembered", "stateless.pvb", false);
    start(bench, &sides[GRANTS], "grants remembered", "stateless.pvb", true);
    start(bench, &sides[STATEFUL], "label, budget, pattern", "stateful.pvb", true);
    for (int s = 0; s < SIDES; s++) {
        prepare(bench, &sides[s], s == STATEFUL);
        (void)measure(bench, &sides[s]);
    }
    for (int round = 0; round < ROUNDS; round++)
        for (int s = 0; s < SIDES; s++)
            sides[s].ns[round] = measure(bench, &sides[s]);
    printf("memory: %d rules, %d calls, %d rounds: processor time of a decision\n",
           RULES, CALLS, ROUNDS);
    for (int s = 0; s < SIDES; s++) {
        qsort(sides[s].ns, ROUNDS, sizeof(double), compare);
        medians[s] = sides[s].ns[ROUNDS / 2];
        printf("  %-24s %7.0f ns (%.0f to %.0f)\n", sides[s].name, medians[s],
               sides[s].ns[0], sides[s].ns[ROUNDS - 1]);
        stop(&sides[s]);
    }
    double more = (medians[STATEFUL] - medians[STATELESS]) / 1000;
    printf("= memory: a decision with state, dearer             at most   1.5 us       "
           "%8.3g  %s\n",
           more, more <= 1.5 ? "met" : "MISSED");
}

// ---- bytes of a task, pauses ----

// Writes the number of a task into a body that names task 0.
static void set_task(Str body, uint32_t task)
{
    char digits[ID + 2], zero[] = "t00000000";
    (void)snprintf(digits, sizeof digits, "t%0*u", ID, task);
    for (size_t at = 0; at + ID < body.len; at++)
        if (memcmp(body.at + at, zero, sizeof zero - 1) == 0) {
            memcpy((char *)(uintptr_t)body.at + at, digits, sizeof digits - 1);
            return;
        }
    die("no task is named");
}

static void open_tasks(Bench *bench, Side *side, uint32_t tasks)
{
    const int64_t passes = SECOND / 400;
    Str opening = make_opening(&bench->arena, 0, 0),
        look = make_look(&bench->arena, 0, 0);
    Str body[2] = {arena_str(&bench->arena, opening), arena_str(&bench->arena, look)};
    for (uint32_t task = 0; task < tasks; task++) {
        for (int k = 0; k < 2; k++) {
            memcpy((char *)(uintptr_t)body[k].at, k == 0 ? opening.at : look.at,
                   body[k].len);
            set_task(body[k], task);
        }
        if (!open_task(bench, side, body[0], passes))
            die("a task is not opened");
        for (int i = 0; i < FACTS; i++)
            if (!ask(bench, side, body[1], passes))
                die("a call of the task is denied");
    }
}

static size_t page_bytes(const Heap *heap)
{
    return ((size_t)heap->chunk_count << 20) -
           (size_t)heap->free_pages * HEAP_BLOCK_MAX;
}

// Lets time pass until everything that is over then is forgotten. The longest step, ns.
static int64_t forget(Side *side, int64_t passes)
{
    Store *store = &side->memory->state.store;
    int64_t longest = 0;
    side->passed += passes;
    Moment now = {.wall = NOW + side->passed, .tick = side->passed};
    for (bool is_over = false; !is_over;) {
        int64_t begin = processor_time();
        if (!state_prepare(&side->memory->state, now))
            die("no memory");
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
    start(bench, &side, "tasks", "stateful.pvb", true);
    open_tasks(bench, &side, tasks);
    const Store *store = &side.memory->state.store;
    int64_t grants = forget(&side, 1000 * SECOND);
    double all =
        (double)page_bytes(&store->heap) + (double)store->segment_count * (4 << 16);
    printf("memory: %u open tasks with %d facts: %.0f bytes each in blocks, %.0f in "
           "all; %u records\n",
           tasks, FACTS, (double)store->heap.used / tasks, all / tasks, store->records);
    int64_t longest = forget(&side, 30 * 3600 * SECOND);
    longest = grants > longest ? grants : longest;
    printf(
        "memory: longest step of forgetting them %.1f us; %u records left, %.1f MB\n",
        (double)longest / 1000, store->records, (double)page_bytes(&store->heap) / 1e6);
    double megabytes = all / tasks;
    printf("= memory: 1 000 000 open tasks of %d facts           at most   400 MB      "
           " %8.3g  %s\n",
           FACTS, megabytes, megabytes <= 400 ? "met" : "MISSED");
    printf("= memory: longest pause of expiry                   at most   1 ms         "
           "%8.3g  %s\n",
           (double)longest / 1e6, longest <= SECOND / 1000 ? "met" : "MISSED");
    stop(&side);
}

// ---- watchers ----

static ProvisoClient *connect_to(const char *path)
{
    ProvisoClient *client = NULL;
    for (int i = 0; i < 1000; i++) {
        if (proviso_client_open(path, "bench", TIMEOUT, &client) == PROVISO_CLIENT_OK)
            return client;
        proviso_client_close(client);
        (void)nanosleep(&(struct timespec){.tv_nsec = SECOND / 200}, NULL);
    }
    die(path);
}

static pid_t start_daemon(Bench *bench)
{
    Str config = arena_format(&bench->arena, "%s/provisod.yaml", bench->folder.at);
    Str program = arena_format(&bench->arena, "%s/provisod", bench->build);
    unsigned uid = (unsigned)getuid();
    Str text = arena_format(&bench->arena,
                            "socket: {path: s}\nbundle: stateless.pvb\n"
                            "trust: {allow_unsigned: true}\n"
                            "peers: [{uid: %u, role: broker, gateways: [edge]}, "
                            "{uid: %u, role: admin}]\n",
                            uid, uid);
    if (os_write_file(config, text, 0600) != STATUS_OK)
        die(config.at);
    pid_t pid = fork();
    if (pid == 0) {
        if (freopen("/dev/null", "w", stderr) != NULL)
            execl(program.at, program.at, "--config", config.at, (char *)NULL);
        _exit(127);
    }
    return pid;
}

// Decisions, always DEPTH of them under way, until it is killed.
static pid_t start_load(Bench *bench, const char *socket)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    ProvisoClient *client = connect_to(socket);
    Str body = make_call(&bench->arena, 0, "");
    for (;;) {
        ProvisoReply reply;
        uint64_t id;
        while (proviso_client_in_flight(client) < DEPTH)
            if (proviso_client_send(client, PROVISO_DECIDE, body.at, body.len, &id) !=
                PROVISO_CLIENT_OK)
                _exit(0);
        if (proviso_client_receive(client, &reply) != PROVISO_CLIENT_OK)
            _exit(0);
    }
}

// From the sending of a revocation to its event, ms.
static double hear_one(Bench *bench, ProvisoClient *admin, ProvisoClient *watcher,
                       int number)
{
    ProvisoReply event;
    const void *answer;
    size_t len;
    char memory[128];
    Buf body = buf_fixed(memory, sizeof memory);
    Str name = arena_format(&bench->arena, "key-%d", number);
    cbor_write_map(&body, 2);
    cbor_write_text(&body, STR("kind"));
    cbor_write_text(&body, STR("key"));
    cbor_write_text(&body, STR("name"));
    cbor_write_text(&body, name);
    int64_t begin = os_monotonic_clock();
    if (proviso_client_ask(admin, PROVISO_REVOKE, body.at, body.len, &answer, &len) !=
        PROVISO_CLIENT_OK)
        die(proviso_client_why(admin));
    if (proviso_client_receive(watcher, &event) != PROVISO_CLIENT_OK ||
        event.message != PROVISO_EVENT)
        die(proviso_client_why(watcher));
    return (double)(os_monotonic_clock() - begin) / 1e6;
}

static void bench_events(Bench *bench)
{
    static double times[EVENTS];
    const void *answer;
    size_t len;
    Str socket = arena_format(&bench->arena, "%s/s", bench->folder.at);
    pid_t daemon = start_daemon(bench);
    ProvisoClient *admin = connect_to(socket.at), *watcher = connect_to(socket.at);
    pid_t load = start_load(bench, socket.at);
    if (proviso_client_ask(watcher, PROVISO_WATCH, "", 0, &answer, &len) !=
        PROVISO_CLIENT_OK)
        die(proviso_client_why(watcher));
    for (int i = 0; i < EVENTS; i++)
        times[i] = hear_one(bench, admin, watcher, i);
    qsort(times, EVENTS, sizeof times[0], compare);
    double p99 = times[EVENTS * 99 / 100];
    printf("memory: under load, from REVOKE to its event: p50 %.3f ms, p99 %.3f ms\n",
           times[EVENTS / 2], p99);
    printf("= memory: a watcher hears of a revocation, p99      at most   5 ms         "
           "%8.3g  %s\n",
           p99, p99 <= 5 ? "met" : "MISSED");
    proviso_client_close(admin);
    proviso_client_close(watcher);
    (void)kill(load, SIGTERM);
    (void)kill(daemon, SIGTERM);
    (void)waitpid(load, NULL, 0);
    (void)waitpid(daemon, NULL, 0);
}

int main(int argc, char **argv)
{
    static Bench bench;
    uint32_t tasks = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : TASKS;
    if (tasks < 1 || tasks > 10 * TASKS)
        die("1 to 10 000 000 tasks");
    arena_init(&bench.arena, (size_t)1 << 30);
    // build/KIND/tests/bench/bench_memory
    Str build =
        os_path_directory(os_path_directory(os_path_directory(str_from_c(argv[0]))));
    char here[4096], folder[] = "/tmp/bench_memory.XXXXXX";
    if (mkdtemp(folder) == NULL || getcwd(here, sizeof here) == NULL)
        die(folder);
    bench.build = build.at[0] == '/'
                      ? arena_str(&bench.arena, build).at
                      : arena_format(&bench.arena, "%s/%.*s", here, STR_ARG(build)).at;
    bench.folder = str_from_c(folder);
    bench.answer = arena_alloc(&bench.arena, ANSWER);
    build_policies(&bench);
    bench_decisions(&bench);
    bench_tasks(&bench, tasks);
    bench_events(&bench);
    Str remove = arena_format(&bench.arena, "rm -rf %s", folder);
    int status = system(remove.at);
    arena_free(&bench.arena);
    return status;
}
