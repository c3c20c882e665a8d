// SPDX-License-Identifier: Apache-2.0
// Weeks of work of all kinds, by people, under tasks and keys that are new each day:
// when it rests, the memory is as it was, but for what is for good. And no operation
// takes long, whatever is over then. WEEKS= says how many; make soak takes more.
#include "engine/base/cbor.h"
#include "tests/decisions/memory_unit.h"

enum {
    WEEKS = 3,
    HOURS = 7 * 24,
    RECENT = 64, // tasks that go on
    ROWS = 20,
    REST = 9 * 86400, // seconds, longer than anything is kept
    SLOW_IN = 20000,  // operations of which one may be slow: what else the machine does
};

static const char POLICY[] =
    "package test\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"
    "agent bot { id \"bot\" tenant shared }\n"
    "group staff { \"ann\", \"bob\" }\n"
    "table clients live key id { note: string }\n"
    "label private, outside sticky\n"
    "audience crm {\n"
    "  uri \"https://crm.example/mcp\"  tenant shared\n"
    "  tool plain(n: int)\n"
    "  tool pay(n: int)\n"
    "  tool pick(n: int)\n"
    "  tool sign(n: int)\n"
    "  tool share(n: int)\n"
    "  tool look(n: int) returns { hits: int } { yields private  yields outside when "
    "result.hits > 3 }\n"
    "  tool read(n: int) returns { rows: list<int> }\n"
    "}\n"
    "intent quick() { tools crm.plain, crm.pay, crm.pick, crm.sign, crm.share, "
    "crm.look, crm.read\n"
    "  within 10m }\n"
    "intent work() { tools crm.plain, crm.pay, crm.pick, crm.sign, crm.share, "
    "crm.look, crm.read\n"
    "  within 3h  depth 2  delegates part }\n"
    "intent project() { tools crm.plain, crm.pay, crm.pick, crm.sign, crm.share, "
    "crm.look, crm.read\n"
    "  within 7d  depth 2  delegates part  inherits labels for 2d }\n"
    "intent part() { under work, project  tools crm.plain, crm.pay, crm.look, crm.read "
    " within 2h }\n"
    "permit most { intent quick, work, project, part  tool crm.plain, crm.look, "
    "crm.read }\n"
    "permit pay { intent quick, work, project, part  tool crm.pay\n"
    "  at most 1000 of args.n per user and args.n per 24h  at most 50 per task }\n"
    "permit pick { intent quick, work, project  tool crm.pick\n"
    "  at most 5 distinct args.n per user per 3d }\n"
    "permit sign { intent quick, work, project  tool crm.sign  require approval from "
    "staff within 2h }\n"
    "permit share { intent quick, work, project  tool crm.share  require consent to "
    "tool within 4d }\n"
    "forbid again { tool crm.pay when user called crm.read(args.n in result.rows) last "
    "24h }\n"
    "forbid known { tool crm.share when \"7\" in clients and clients[\"7\"].note == "
    "\"none\" }\n";

typedef struct Work {
    char id[16];
    int user;
} Work;

typedef struct World {
    Point point;
    uint64_t dice;
    Work recent[RECENT];
    int next; // number of what is named next
    uint64_t operations;
    uint32_t met[PROVISO_KINDS]; // kinds of records that there have been
} World;

static int dice(World *world, int sides)
{
    world->dice ^= world->dice << 13;
    world->dice ^= world->dice >> 7;
    world->dice ^= world->dice << 17;
    return (int)(world->dice % (uint64_t)sides);
}

static void begin_operation(World *world)
{
    world->operations++;
    arena_free(&world->point.arena);
    arena_init(&world->point.arena, MEMORY_ARENA);
    world->point.passed += dice(world, 40) * MEMORY_SECOND;
    world->point.passed += dice(world, 1000000000);
}

// A request of a person, all of whom are of five tenants.
static Str request(World *world, int user, const char *rest)
{
    return arena_format(
        &world->point.arena,
        "{\"gateway\":\"edge\",\"agent\":\"bot\",\"user\":{\"id\":\"u%d\",\"tenant\":"
        "\"%d\"},"
        "\"presenter\":\"key\",\"credential\":{\"iss\":\"https://okta.example\","
        "\"aud\":\"https://edge.example/mcp\",\"sub\":\"u%d\",\"exp\":4000000000,"
        "\"cnf\":\"key\"},%s}",
        user, user % 5, user, rest);
}

static Str call(World *world, const Work *work, const char *tool, int n)
{
    Str key = dice(world, 3) == 0
                  ? arena_format(&world->point.arena, ",\"key\":\"k%d\"", world->next++)
                  : STR("");
    return request(
        world, work->user,
        arena_format(&world->point.arena,
                     "\"task\":\"%s\",\"audience\":\"https://crm.example/mcp\","
                     "\"tool\":\"%s\",\"args\":{\"n\":%d}%.*s",
                     work->id, tool, n, STR_ARG(key))
            .at);
}

static const char *operate(World *world, ProvisoOperation operation, Str body)
{
    const char *said = point_do(&world->point, operation, body);
    ck_assert_str_ne(said, "unavailable");
    ck_assert_str_ne(said, "malformed");
    return said;
}

// ---- what happens ----

static Work *any_work(World *world)
{
    return &world->recent[dice(world, RECENT)];
}

static void open_task(World *world)
{
    static const char *const INTENTS[] = {"quick", "quick", "work", "work", "project"};
    Work work = {.user = world->next / 20};
    snprintf(work.id, sizeof work.id, "t%d", world->next++);
    Str task =
        arena_format(&world->point.arena, "\"task\":{\"id\":\"%s\",\"intent\":\"%s\"}",
                     work.id, INTENTS[dice(world, 5)]);
    const char *said =
        operate(world, PROVISO_DO_TASK_OPEN, request(world, work.user, task.at));
    ck_assert(strcmp(said, "allow") == 0 || strcmp(said, "revoked") == 0);
    *any_work(world) = work;
}

static void open_below(World *world)
{
    const Work *above = any_work(world);
    Work work = {.user = above->user};
    snprintf(work.id, sizeof work.id, "t%d", world->next++);
    Str task =
        arena_format(&world->point.arena,
                     "\"task\":{\"id\":\"%s\",\"intent\":\"part\",\"under\":\"%s\"}",
                     work.id, above->id);
    if (strcmp(operate(world, PROVISO_DO_TASK_OPEN, request(world, work.user, task.at)),
               "allow") == 0)
        *any_work(world) = work;
}

static void close_task(World *world)
{
    const Work *work = any_work(world);
    (void)operate(world, PROVISO_DO_TASK_CLOSE,
                  arena_format(&world->point.arena,
                               "{\"task\":\"%s\",\"tenant\":\"%d\"}", work->id,
                               work->user % 5));
}

static void report(World *world)
{
    static const char *const RESULTS[] = {"", ",\"result\":{\"hits\":9}",
                                          ",\"result\":{\"rows\":[1,2,3,4,5,6,7,8]}",
                                          ",\"result\":{\"hits\":1}"};
    const char *result = RESULTS[dice(world, 4)];
    const char *is_ok = dice(world, 5) == 0 ? "false" : "true";
    const char *labels = dice(world, 9) == 0 ? ",\"labels\":[\"outside\"]" : "";
    (void)operate(world, PROVISO_DO_OUTCOME,
                  arena_format(&world->point.arena, "{\"grant\":\"%s\",\"ok\":%s%s%s}",
                               world->point.grant, is_ok, result, labels));
}

static void call_tool(World *world)
{
    static const char *const TOOLS[] = {"plain", "pay",  "pay",  "pick", "sign",
                                        "share", "look", "look", "read"};
    const char *tool = TOOLS[dice(world, sizeof TOOLS / sizeof *TOOLS)];
    const Work *work = any_work(world);
    int n = dice(world, 200);
    const char *said = point_ask(&world->point, call(world, work, tool, n));
    ck_assert_str_ne(said, "unavailable");
    ck_assert_str_ne(said, "quota");
    ck_assert_str_ne(said, "malformed");
    if (strcmp(said, "allow") == 0 && dice(world, 5) > 0)
        report(world);
}

// Asks for an approval, gets it, and mostly uses it.
static void approve(World *world)
{
    static const char MEMBER[] = "\"id\":\"";
    const Work *work = any_work(world);
    int n = dice(world, 1000);
    if (strcmp(point_ask(&world->point, call(world, work, "sign", n)), "approval") != 0)
        return;
    const char *id = strstr(world->point.answer, MEMBER);
    ck_assert_ptr_nonnull(id);
    (void)operate(world, PROVISO_DO_APPROVE,
                  arena_format(&world->point.arena, "{\"id\":\"%.32s\",\"by\":\"%s\"}",
                               id + sizeof MEMBER - 1,
                               dice(world, 2) == 0 ? "ann" : "bob"));
    if (dice(world, 4) > 0)
        (void)point_ask(&world->point, call(world, work, "sign", n));
}

static void consent(World *world)
{
    const Work *work = any_work(world);
    Str user = arena_format(&world->point.arena, "u%d", work->user);
    Buf body = buf_on(&world->point.arena), inner = buf_on(&world->point.arena);
    TranscodeError error;
    ck_assert_int_eq(transcode_request(&world->point.arena,
                                       call(world, work, "share", 1), &inner, &error),
                     STATUS_OK);
    bool withdraws = dice(world, 3) == 0;
    cbor_write_map(&body, withdraws ? 3 : 2);
    cbor_write_text(&body, STR("by"));
    cbor_write_text(&body, user);
    cbor_write_text(&body, STR("request"));
    cbor_write_bytes(&body, buf_view(&inner));
    if (withdraws) {
        cbor_write_text(&body, STR("withdraw"));
        cbor_write_bool(&body, true);
    }
    (void)point_operate(&world->point, PROVISO_DO_CONSENT, buf_view(&body));
}

static void set_rows(World *world)
{
    int row = dice(world, ROWS);
    Str body =
        dice(world, 2) == 0
            ? arena_format(&world->point.arena,
                           "{\"table\":\"clients\",\"remove\":[\"%d\"]}", row)
            : arena_format(
                  &world->point.arena,
                  "{\"table\":\"clients\",\"rows\":[{\"id\":\"%d\",\"note\":\"%d\"}]}",
                  row, dice(world, 1000000000));
    ck_assert_str_eq(operate(world, PROVISO_DO_FACTS, body), "allow");
}

static void check(World *world)
{
    (void)operate(world, PROVISO_DO_CHECK,
                  arena_format(&world->point.arena,
                               "{\"grant\":\"%s\",\"consume\":true}",
                               world->point.grant));
}

static void revoke(World *world)
{
    if (dice(world, 20) > 0)
        return;
    const Work *work = any_work(world);
    Str body =
        dice(world, 2) == 0
            ? arena_format(&world->point.arena, "{\"kind\":\"grant\",\"name\":\"%s\"}",
                           world->point.grant)
            : arena_format(&world->point.arena,
                           "{\"kind\":\"task\",\"name\":\"%s\",\"tenant\":\"%d\"}",
                           work->id, work->user % 5);
    ck_assert_str_eq(operate(world, PROVISO_DO_REVOKE, body), "allow");
}

static void step_clock(World *world)
{
    if (dice(world, 20) == 0)
        world->point.stepped = (dice(world, 7200) - 3600) * MEMORY_SECOND;
}

static void live_an_hour(World *world)
{
    static void (*const ALL[])(World *) = {
        open_task, open_task, open_task, open_below, close_task, approve,   consent,
        set_rows,  check,     revoke,    step_clock, call_tool,  call_tool, call_tool,
        call_tool, call_tool, call_tool, call_tool,  call_tool};
    enum { KINDS = sizeof ALL / sizeof ALL[0] };
    int64_t end = world->point.passed + 3600 * MEMORY_SECOND;
    while (world->point.passed < end) {
        begin_operation(world);
        ALL[dice(world, KINDS)](world);
    }
    ProvisoMemoryInfo info;
    proviso_memory_info(world->point.memory, &info);
    for (uint32_t i = 0; i < PROVISO_KINDS; i++)
        world->met[i] |= info.records[i];
}

// ---- rest ----

// Rows are taken away, the rest is over in time; each operation forgets a part of it.
static ProvisoMemoryInfo rest(World *world)
{
    ProvisoMemoryInfo info;
    for (int i = 0; i < ROWS; i++) {
        begin_operation(world);
        (void)operate(world, PROVISO_DO_FACTS,
                      arena_format(&world->point.arena,
                                   "{\"table\":\"clients\",\"remove\":[\"%d\"]}", i));
    }
    world->point.passed += REST * MEMORY_SECOND;
    proviso_memory_info(world->point.memory, &info);
    uint64_t most = info.used / 1000 + 2 * REST / 4096;
    for (uint64_t i = 0; i < most; i++) {
        begin_operation(world);
        (void)operate(world, PROVISO_DO_CHECK,
                      STR("{\"grant\":\"00000000000000000000000000000000\"}"));
    }
    proviso_memory_info(world->point.memory, &info);
    return info;
}

static uint32_t records_of(const ProvisoMemoryInfo *info, const char *kind)
{
    for (uint32_t i = 0; i < PROVISO_KINDS; i++)
        if (strcmp(proviso_memory_kind(i), kind) == 0)
            return info->records[i];
    ck_abort_msg("%s", kind);
}

// Names of the policy and what was revoked are for good; nothing else is there.
static void assert_at_rest(const ProvisoMemoryInfo *info,
                           const ProvisoMemoryInfo *first)
{
    enum { REVOKED_BYTES = 48, NAMES = 16 };
    uint32_t all = 0;
    for (uint32_t i = 0; i < PROVISO_KINDS; i++)
        all += info->records[i];
    uint32_t names = records_of(info, "names"), revoked = records_of(info, "revoked");
    ck_assert_uint_le(names, NAMES);
    ck_assert_uint_eq(all, names + revoked);
    uint64_t more = (uint64_t)(revoked - records_of(first, "revoked")) * REVOKED_BYTES;
    ck_assert_uint_eq(info->used, first->used + more);
}

static int weeks(void)
{
    const char *text = getenv("WEEKS");
    long count = text ? strtol(text, NULL, 10) : WEEKS;
    ck_assert(count > 1 && count < 100000);
    return (int)count;
}

START_TEST(weeks_leave_nothing_behind)
{
    World world = {.dice = 4711};
    ProvisoMemoryInfo first = {0}, info = {0};
    uint64_t taken = 0;
    point_start(&world.point, POLICY);
    memset(world.point.grant, '0', 32);
    for (int i = 0; i < RECENT; i++)
        memcpy(world.recent[i].id, "none", 5);
    proviso_memory_set_limits(
        world.point.memory,
        &(ProvisoLimits){.tenant_bytes = 4 << 20, .tenant_tasks = 5000});
    for (int week = 0, all = weeks(); week < all; week++) {
        for (int hour = 0; hour < HOURS; hour++)
            live_an_hour(&world);
        info = rest(&world);
        if (week == 0)
            first = info;
        assert_at_rest(&info, &first);
        if (week < 2)
            taken = info.taken;
        ck_assert_uint_le(info.taken, 2 * taken); // some weeks are busier
    }
    printf("%llu operations, the longest %.0f us, %u over 1 ms; %llu bytes at rest, "
           "%llu taken\n",
           (unsigned long long)world.operations, (double)world.point.longest / 1000,
           (unsigned)world.point.slow, (unsigned long long)info.used,
           (unsigned long long)info.taken);
    for (uint32_t i = 0; i < PROVISO_KINDS; i++)
        ck_assert_msg(world.met[i] > 0, "%s", proviso_memory_kind(i));
    ck_assert_uint_le(world.point.slow, world.operations / SLOW_IN + 1);
    point_stop(&world.point);
}
END_TEST

UNIT_MAIN("weeks", weeks_leave_nothing_behind)
