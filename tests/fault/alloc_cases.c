// SPDX-License-Identifier: Apache-2.0
// alloc_cases: memory runs out at every place where it can. Each case is played again
// and again, with the first allocation failing, the second, and so on until none is
// left to fail; once with all after it failing, too. Nothing crashes or leaks, nothing
// is allowed that wouldn't be, and what was there before still works.
//
// The linker puts __wrap_malloc and its like in the place of our calls (Makefile).
#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/os.h"
#include "engine/daemon/config.h"
#include "engine/daemon/journal.h"
#include "engine/daemon/policy.h"
#include "engine/daemon/server.h"
#include "engine/log/recover.h"
#include "engine/session.h"
#include "engine/wire/frame.h"

#include <check.h>
// Each assertion that holds is told to the parent, which takes memory.
#define _mark_point(file, line) ((void)(file), (void)(line))
#include "tests/decisions/memory_unit.h"

// ---- the allocator ----

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_pages_take(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_pages_take(size_t size);

static atomic_long fails_at;       // number of the allocation that fails; 0: none
static atomic_bool fails_for_good; // and all after it
static atomic_long allocations;

static bool is_out(void)
{
    long number = atomic_fetch_add(&allocations, 1) + 1, at = atomic_load(&fails_at);
    return at > 0 && (number == at || (number > at && atomic_load(&fails_for_good)));
}

void *__wrap_malloc(size_t size)
{
    return is_out() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_out() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_out() ? NULL : __real_realloc(memory, size);
}

void *__wrap_pages_take(size_t size)
{
    return is_out() ? NULL : __real_pages_take(size);
}

static void arm(long number, bool for_good)
{
    atomic_store(&allocations, 0);
    atomic_store(&fails_for_good, for_good);
    atomic_store(&fails_at, number);
}

// Whether one has failed.
static bool disarm(void)
{
    long at = atomic_exchange(&fails_at, 0);
    return atomic_load(&allocations) >= at;
}

// Plays it with each allocation failing. It returns whether all went as usual, which it
// must when none has failed. How many can fail.
typedef bool Play(void *context);

static long play_all(Play *play, void *context)
{
    long most = 0;
    for (int for_good = 0; for_good < 2; for_good++) {
        for (long number = 1;; number++) {
            arm(number, for_good);
            bool is_fine = play(context);
            if (!disarm()) {
                ck_assert(is_fine);
                break;
            }
            most = number;
        }
    }
    ck_assert(play(context));
    return most;
}

// ---- a world: a policy, its bundle, a configuration ----

static const char POLICY[] =
    "package test\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"
    "agent bot { id \"bot\" tenant \"acme\" }\n"
    "table clients live key id { tier: string }\n"
    "audience crm { uri \"https://crm.example/mcp\" tenant \"acme\"\n"
    "  tool look(n: int)  tool pay(n: int)  tool drop(n: int) }\n"
    "intent work { tools crm.look, crm.pay, crm.drop within 1h }\n"
    "permit look { agent bot intent none, work tool crm.look, crm.drop }\n"
    "permit pay { agent bot intent none, work tool crm.pay\n"
    "  at most 1000000 per user per 24h }\n"
    "forbid drop { tool crm.drop when args.n > 0 }\n";

static Str bundle_of(Arena *arena)
{
    LangInput input = {.paths = &STR("policy.proviso"),
                       .count = 1,
                       .read = point_read,
                       .context = (void *)(uintptr_t)POLICY,
                       .compiler = STR("test"),
                       .is_build = true};
    LangOutput output;
    ck_assert_int_eq(lang_compile(arena, &input, &output), STATUS_OK);
    return buf_view(&output.bundle);
}

static void enter_folder(Arena *arena)
{
    char folder[] = "/tmp/proviso_alloc_XXXXXX";
    Str config =
        arena_format(arena,
                     "socket: {path: s}\nbundle: p.pvb\n"
                     "trust: {allow_unsigned: true}\n"
                     "log: {path: kept}\nlimits: {segment: 1MiB, memory: 16MiB}\n"
                     "peers:\n  - {uid: %u, role: broker, gateways: [edge]}\n"
                     "  - {uid: %u, role: admin}\n",
                     (unsigned)getuid(), (unsigned)getuid());
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(os_write_file(STR("p.pvb"), bundle_of(arena), 0600), STATUS_OK);
    ck_assert_int_eq(os_write_file(STR("c.yaml"), config, 0600), STATUS_OK);
}

static void empty_folder(const char *path)
{
    DIR *stream = opendir(path);
    char name[600];
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        (void)unlink(name);
    }
    if (stream)
        (void)closedir(stream);
}

static void leave_folder(void)
{
    char path[200];
    ck_assert_ptr_nonnull(getcwd(path, sizeof path));
    empty_folder("kept");
    (void)rmdir("kept");
    empty_folder(".");
    ck_assert_int_eq(rmdir(path), 0);
}

// ---- bundles and sessions ----

static bool load_bundle(void *context)
{
    const Str *bundle = context;
    ProvisoTrust trust = {.allow_unsigned = true};
    ProvisoEngine *engine = NULL;
    ProvisoSession *session = NULL;
    char why[200] = "";
    ProvisoStatus status =
        proviso_engine_load(bundle->at, bundle->len, &trust, &engine, why, sizeof why);
    if (status != PROVISO_OK) {
        ck_assert_int_eq(status, PROVISO_MEMORY);
        ck_assert_str_eq(why, "out of memory");
        return false;
    }
    static const uint8_t secret[16] = {7};
    ProvisoMemory *memory = proviso_memory_new(MEMORY_LIMIT, secret);
    if (memory)
        session = proviso_session_new(engine, memory);
    bool is_fine = session != NULL;
    proviso_session_free(session);
    proviso_memory_free(memory);
    proviso_engine_free(engine);
    return is_fine;
}

START_TEST(a_bundle_is_loaded_or_not)
{
    Arena arena;
    arena_init(&arena, MEMORY_ARENA);
    Str bundle = bundle_of(&arena);
    ck_assert_int_gt(play_all(load_bundle, &bundle), 8);
    arena_free(&arena);
}
END_TEST

// ---- decisions and operations ----

static const char *ask_with(Point *point, const char *tool, int number,
                            const char *more)
{
    return point_ask(
        point,
        point_request(point, "bot",
                      arena_format(&point->arena,
                                   "\"audience\":\"https://crm.example/mcp\",\"tool\":"
                                   "\"%s\",\"args\":{\"n\":%d}%s",
                                   tool, number, more)
                          .at));
}

static bool is_granted(const char *verdict)
{
    bool is_allow = strcmp(verdict, "allow") == 0;
    ck_assert_msg(is_allow || strcmp(verdict, "unavailable") == 0 ||
                      strcmp(verdict, "task") == 0 || strcmp(verdict, "unknown") == 0,
                  "%s", verdict);
    return is_allow;
}

// Enough of each that memory is needed for it.
static bool operate(void *context)
{
    enum { ROUNDS = 300, LONG = 20000 };
    Point *point = context;
    static char text[LONG + 1];
    memset(text, 'x', LONG);
    bool is_fine = true;
    for (int i = 0; i < ROUNDS; i++) {
        Arena *arena = &point->arena;
        unsigned n = ++point->calls;
        const char *open =
            arena_format(arena, "\"task\":{\"id\":\"t%u\",\"intent\":\"work\"}", n).at;
        is_fine &= is_granted(
            point_do(point, PROVISO_DO_TASK_OPEN, point_request(point, "bot", open)));
        const char *in = arena_format(arena, ",\"task\":\"t%u\"", n).at,
                   *key = arena_format(arena, ",\"key\":\"k%u\"", n).at;
        is_fine &= is_granted(ask_with(point, "pay", 1, key));
        is_fine &= is_granted(ask_with(point, "pay", 1, in));
        is_fine &= is_granted(point_do(
            point, PROVISO_DO_OUTCOME,
            arena_format(arena, "{\"grant\":\"%s\",\"ok\":true}", point->grant)));
        is_fine &= is_granted(point_do(
            point, PROVISO_DO_FACTS,
            arena_format(
                arena,
                "{\"table\":\"clients\",\"rows\":[{\"id\":\"c%u\",\"tier\":\"%s\"}]}",
                n, text)));
        is_fine &= is_granted(
            point_do(point, PROVISO_DO_REVOKE,
                     arena_format(arena, "{\"kind\":\"key\",\"name\":\"key %u\"}", n)));
        ck_assert_str_eq(ask_with(point, "drop", 1, ""), "forbidden");
        ck_assert_str_eq(
            point_do(point, PROVISO_DO_CHECK,
                     STR("{\"grant\":\"00000000000000000000000000000000\"}")),
            "unknown");
    }
    return is_fine;
}

static const char *check(Point *point, const char *grant)
{
    return point_do(point, PROVISO_DO_CHECK,
                    arena_format(&point->arena, "{\"grant\":\"%s\"}", grant));
}

// The state grows, so each play begins with a new one.
static bool operate_anew(void *context)
{
    (void)context;
    enum { OURS = 240 << 20 };
    Point played, *point = &played;
    char good[33], dead[33];
    long at = atomic_exchange(&fails_at, 0);
    point_start(point, POLICY);
    ck_assert(arena_reserve(&point->arena, OURS)); // what the test itself needs
    ck_assert_str_eq(ask_with(point, "look", 1, ""), "allow");
    memcpy(good, point->grant, sizeof good);
    ck_assert_str_eq(ask_with(point, "look", 2, ""), "allow");
    memcpy(dead, point->grant, sizeof dead);
    Str revoked = arena_format(&point->arena, "{\"kind\":\"grant\",\"name\":\"%s\"}",
                               point->grant);
    ck_assert_str_eq(point_do(point, PROVISO_DO_REVOKE, revoked), "allow");
    arm(at, atomic_load(&fails_for_good));
    bool is_fine = operate(point);
    bool has_failed = disarm();
    ck_assert_str_eq(check(point, good), "allow");
    ck_assert_str_eq(check(point, dead), "revoked");
    ck_assert_str_eq(ask_with(point, "look", 3, ""), "allow");
    ck_assert_str_eq(check(point, point->grant), "allow");
    point_stop(point);
    atomic_store(&allocations, has_failed ? at : 0);
    atomic_store(&fails_at, at);
    return is_fine;
}

START_TEST(operations_are_done_or_denied)
{
    ck_assert_int_gt(play_all(operate_anew, NULL), 2);
}
END_TEST

// ---- the daemon's parts ----

typedef struct World {
    Arena arena;
    Config config;
    Policy policy; // that serves
    Journal journal;
    char why_text[1000];
    Buf why;
} World;

static Buf *fresh(World *world)
{
    world->why = buf_fixed(world->why_text, sizeof world->why_text);
    return &world->why;
}

static void begin(World *world)
{
    memset(world, 0, sizeof *world);
    arena_init(&world->arena, MEMORY_ARENA);
    enter_folder(&world->arena);
    ck_assert_int_eq(
        config_read(&world->arena, STR("c.yaml"), &world->config, fresh(world)),
        STATUS_OK);
}

static void finish(World *world)
{
    leave_folder();
    arena_free(&world->arena);
}

static void open_all(World *world)
{
    ck_assert_int_eq(journal_open(&world->config, &world->journal, fresh(world)),
                     STATUS_OK);
    ck_assert_int_eq(policy_open(&world->config, world->journal.memory, &world->policy,
                                 fresh(world)),
                     STATUS_OK);
}

static void close_all(World *world)
{
    policy_close(&world->policy);
    journal_close(&world->journal);
}

static bool read_config(void *context)
{
    World *world = context;
    Arena arena;
    Config config;
    arena_init(&arena, 4 << 20);
    Status status = config_read(&arena, STR("c.yaml"), &config, fresh(world));
    ck_assert(status == STATUS_OK || world->why.len > 0 ||
              *status_text(status) != '\0');
    arena_free(&arena);
    return status == STATUS_OK;
}

static bool open_journal(void *context)
{
    World *world = context;
    Journal journal;
    Status status = journal_open(&world->config, &journal, fresh(world));
    if (status == STATUS_OK)
        journal_close(&journal);
    else
        ck_assert(world->why.len > 0);
    return status == STATUS_OK;
}

static bool make_snapshot(void *context)
{
    World *world = context;
    const Journal *journal = &world->journal;
    Recovery recovery = {&journal->disk, journal->secret,
                         (size_t)world->config.limits.memory};
    Status status =
        recover_compact(&recovery, log_segment(journal->log), 0, fresh(world));
    ck_assert(status == STATUS_OK || world->why.len > 0);
    return status == STATUS_OK;
}

// What a session of the daemon says to a revocation of that key.
static bool revoke(World *world, const char *name, int64_t tick)
{
    char body[64], out[500];
    size_t len, size = strlen(name);
    ProvisoVerdict verdict;
    ck_assert_uint_lt(size, 20);
    int count = snprintf(body, sizeof body, "\xa2\x64kind\x63key\x64name%c%s",
                         (char)(0x60 + size), name);
    ProvisoCall call = {.body = body,
                        .body_len = (size_t)count,
                        .now = os_wall_clock(),
                        .tick = world->journal.tick + tick};
    ck_assert_int_eq(proviso_session_operate(world->policy.session, PROVISO_DO_REVOKE,
                                             &call, out, sizeof out, &len, &verdict),
                     PROVISO_OK);
    return verdict.allow;
}

START_TEST(a_log_is_opened_or_not)
{
    World world;
    begin(&world);
    ck_assert_int_gt(play_all(read_config, &world), 0);
    open_all(&world);
    ck_assert(revoke(&world, "k", 1));
    close_all(&world);
    ck_assert_int_gt(play_all(open_journal, &world), 10);
    open_all(&world);
    ck_assert_uint_eq(world.journal.memory->state.revocations, 1);
    ck_assert_int_gt(play_all(make_snapshot, &world), 8);
    close_all(&world);
    ck_assert_int_gt(play_all(open_journal, &world), 10); // from a snapshot
    open_all(&world);
    ck_assert_uint_eq(world.journal.memory->state.revocations, 1);
    close_all(&world);
    finish(&world);
}
END_TEST

static bool load_beside(void *context)
{
    World *world = context;
    Policy policy;
    Status status =
        policy_open(&world->config, world->journal.memory, &policy, fresh(world));
    if (status == STATUS_OK)
        policy_close(&policy);
    else
        ck_assert(world->why.len > 0);
    return status == STATUS_OK;
}

START_TEST(a_reload_changes_nothing_if_it_fails)
{
    World world;
    begin(&world);
    open_all(&world);
    ck_assert(revoke(&world, "before", 1));
    ck_assert_int_gt(play_all(load_beside, &world), 8);
    ck_assert(revoke(&world, "after", 2));
    ck_assert_uint_eq(world.journal.memory->state.revocations, 2);
    close_all(&world);
    finish(&world);
}
END_TEST

// ---- the daemon as a whole ----

static void *serve(void *context)
{
    World *world = context;
    Listener listener;
    Clock clock;
    Status status = listen_open(&world->config, &listener, fresh(world));
    ck_assert_int_eq(clock_open(&clock, STR(""), fresh(world)), STATUS_OK);
    if (status == STATUS_OK)
        status =
            server_run(&world->config, &world->journal, world->policy, clock, listener);
    else
        policy_close(&world->policy);
    return status == STATUS_OK ? world : NULL;
}

static void pause_for(int milliseconds)
{
    struct timespec time = {.tv_nsec = (long)milliseconds * 1000000};
    (void)nanosleep(&time, NULL);
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    for (int i = 0; i < 60; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
            return fd;
        (void)close(fd);
        pause_for(5);
    }
    return -1;
}

// Sends a frame in two pieces, so that the first must be kept. Whether the answer came.
static bool exchange(int fd, Message message, Str body, size_t first)
{
    char out[600], in[4096];
    FrameHeader header = {
        .length = (uint32_t)body.len, .type = (uint8_t)message, .id = 1};
    frame_encode(&header, false, out);
    memcpy(out + FRAME_HEADER_SIZE, body.at, body.len);
    size_t size = FRAME_HEADER_SIZE + body.len, got = 0;
    if (send(fd, out, first, MSG_NOSIGNAL) < 0)
        return false;
    pause_for(1);
    if (send(fd, out + first, size - first, MSG_NOSIGNAL) < 0)
        return false;
    while (got < FRAME_HEADER_SIZE || got < FRAME_HEADER_SIZE + header.length) {
        ssize_t count = recv(fd, in + got, sizeof in - got, 0);
        if (count <= 0)
            return false;
        got += (size_t)count;
        if (got >= FRAME_HEADER_SIZE &&
            frame_decode(in, true, sizeof in, &header) != WIRE_OK)
            return false;
    }
    return header.type == (uint8_t)message;
}

static bool talk(void)
{
    const Str hello = STR("\xa2\x66"
                          "client\x61"
                          "c\x68"
                          "versions\x82\x01\x01");
    const Str key = STR("\xa2\x64kind\x63key\x64name\x61k");
    int fd = connect_to("s");
    if (fd < 0)
        return false;
    bool is_fine = exchange(fd, MESSAGE_HELLO, hello, 5) &&
                   exchange(fd, MESSAGE_WATCH, STR(""), 3) &&
                   exchange(fd, MESSAGE_REVOKE, key, 20);
    (void)close(fd);
    return is_fine;
}

// The one that a daemon which didn't start hasn't taken.
static void take_signal(void)
{
    sigset_t signals;
    struct timespec none = {0};
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigtimedwait(&signals, NULL, &none);
}

// What fails ends a connection, or the start; the next connection is served.
static bool run_daemon(void *context)
{
    World *world = context;
    pthread_t thread;
    void *served = NULL;
    long at = atomic_exchange(&fails_at, 0);
    open_all(world);
    arm(at, atomic_load(&fails_for_good));
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, world), 0);
    bool is_fine = talk();
    bool has_failed = disarm();
    bool is_fine_now = talk();
    ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
    ck_assert_int_eq(pthread_join(thread, &served), 0);
    take_signal();
    ck_assert_msg(served == NULL || is_fine_now, "allocation %ld", at);
    journal_close(&world->journal);
    atomic_store(&allocations, has_failed ? at : 0);
    atomic_store(&fails_at, at);
    return is_fine && served != NULL;
}

START_TEST(the_daemon_serves_on)
{
    World world;
    sigset_t signals;
    begin(&world);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGHUP);
    ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &signals, NULL), 0);
    ck_assert_int_gt(play_all(run_daemon, &world), 5);
    finish(&world);
}
END_TEST

UNIT_MAIN("allocation", a_bundle_is_loaded_or_not, operations_are_done_or_denied,
          a_log_is_opened_or_not, a_reload_changes_nothing_if_it_fails,
          the_daemon_serves_on)
