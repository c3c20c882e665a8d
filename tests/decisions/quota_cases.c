// SPDX-License-Identifier: Apache-2.0
// Shares of the memory: a tenant that has as much as it may gets no more, another goes
// on, and what makes things safer is never refused.
#include "tests/decisions/memory_unit.h"

static const char POLICY[] =
    "package test\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"
    "agent bot { id \"bot\" tenant shared }\n"
    "group staff { \"ann\" }\n"
    "table clients live key id { note: string }\n"
    "label private\n"
    "audience crm {\n"
    "  uri \"https://crm.example/mcp\"  tenant shared\n"
    "  tool plain(n: int)\n"
    "  tool pay(to: string)\n"
    "  tool sign(n: int)\n"
    "  tool look(n: int) { yields private }\n"
    "  tool read(n: int) returns { rows: list<int> }\n"
    "}\n"
    "intent work { tools crm.plain, crm.pay, crm.sign, crm.look, crm.read  within 10m "
    "}\n"
    "permit read { agent bot intent work tool crm.read }\n"
    "forbid again { tool crm.look when task called crm.read(args.n in result.rows) }\n"
    "permit plain { agent bot intent none, work tool crm.plain }\n"
    "permit look { agent bot intent none, work tool crm.look }\n"
    "permit pay { agent bot intent none, work tool crm.pay\n"
    "  at most 5 per user and args.to per 1h }\n"
    "permit sign { agent bot intent none, work tool crm.sign\n"
    "  require approval from staff within 10m }\n";

// A request for a user of a tenant.
static Str request(Point *point, const char *tenant, const char *rest)
{
    return arena_format(
        &point->arena,
        "{\"gateway\":\"edge\",\"agent\":\"bot\",\"user\":{\"id\":\"ada\",\"tenant\":"
        "\"%s\"},"
        "\"presenter\":\"key\",\"credential\":{\"iss\":\"https://okta.example\","
        "\"aud\":\"https://edge.example/mcp\",\"sub\":\"ada\",\"exp\":1772500000,"
        "\"cnf\":\"key\"},%s}",
        tenant, rest);
}

static const char *open_task(Point *point, const char *tenant, const char *id)
{
    Str rest =
        arena_format(&point->arena, "\"task\":{\"id\":\"%s\",\"intent\":\"work\"}", id);
    return point_do(point, PROVISO_DO_TASK_OPEN, request(point, tenant, rest.at));
}

static const char *close_task(Point *point, const char *tenant, const char *id)
{
    return point_do(
        point, PROVISO_DO_TASK_CLOSE,
        arena_format(&point->arena, "{\"task\":\"%s\",\"tenant\":\"%s\"}", id, tenant));
}

static const char *ask(Point *point, const char *tenant, const char *tool,
                       const char *args)
{
    Str rest = arena_format(
        &point->arena,
        "\"audience\":\"https://crm.example/mcp\",\"tool\":\"%s\",\"args\":{%s}", tool,
        args);
    return point_ask(point, request(point, tenant, rest.at));
}

// A call that leaves a budget of its own.
static const char *pay(Point *point, const char *tenant, int to)
{
    if (to % 1000 == 999) { // answers are large
        arena_free(&point->arena);
        arena_init(&point->arena, MEMORY_ARENA);
    }
    Str args = arena_format(&point->arena, "\"to\":\"%d\"", to);
    return ask(point, tenant, "pay", args.at);
}

// How many such calls are allowed before one is denied as `code`.
static int fill(Point *point, const char *tenant, const char *code)
{
    enum { MANY = 40000 };
    for (int i = 0; i < MANY; i++) {
        const char *said = pay(point, tenant, i);
        if (strcmp(said, "allow") == 0)
            continue;
        ck_assert_str_eq(said, code);
        return i;
    }
    ck_abort_msg("it is never full");
}

START_TEST(a_tenant_has_so_many_tasks)
{
    Point point;
    point_start(&point, POLICY);
    proviso_memory_set_limits(point.memory, &(ProvisoLimits){.tenant_tasks = 3});
    ck_assert_str_eq(open_task(&point, "acme", "a"), "allow");
    ck_assert_str_eq(open_task(&point, "acme", "b"), "allow");
    ck_assert_str_eq(open_task(&point, "acme", "c"), "allow");
    ck_assert_str_eq(open_task(&point, "acme", "d"), "quota");
    ck_assert(point_says(&point, "\"next_action\":\"retry\""));
    ck_assert_str_eq(open_task(&point, "acme", "c"), "allow"); // again: it is there
    ck_assert_str_eq(open_task(&point, "beta", "d"), "allow");
    ck_assert_str_eq(close_task(&point, "acme", "a"), "allow");
    ck_assert_str_eq(open_task(&point, "acme", "d"), "allow");
    ck_assert_str_eq(open_task(&point, "acme", "e"), "quota");
    point.passed += 899 * MEMORY_SECOND; // the last that is remembered of them
    ck_assert_str_eq(open_task(&point, "acme", "e"), "quota");
    point.passed += 3 * MEMORY_SECOND;
    ck_assert_str_eq(open_task(&point, "acme", "e"), "allow");
    proviso_memory_set_limits(point.memory, &(ProvisoLimits){0});
    for (char id[] = "f"; id[0] <= 'z'; id[0]++)
        ck_assert_str_eq(open_task(&point, "acme", id), "allow");
    point_stop(&point);
}
END_TEST

START_TEST(a_share_is_a_tenants)
{
    Point point;
    point_start(&point, POLICY);
    proviso_memory_set_limits(point.memory, &(ProvisoLimits){.tenant_bytes = 200000});
    ck_assert_str_eq(ask(&point, "acme", "look", "\"n\":1"), "allow");
    char grant[33];
    memcpy(grant, point.grant, sizeof grant);
    int first = fill(&point, "acme", "quota");
    ck_assert_int_gt(first, 100);
    ck_assert_int_lt(first, 2000);
    ck_assert_str_eq(ask(&point, "acme", "sign", "\"n\":1"),
                     "quota"); // nor is anything asked
    ck_assert_str_eq(open_task(&point, "acme", "t"), "quota");
    ck_assert_str_eq(ask(&point, "acme", "plain", "\"n\":1"), "allow"); // needs nothing
    Str outcome = arena_format(&point.arena, "{\"grant\":\"%s\",\"ok\":true}", grant);
    ck_assert_str_eq(point_do(&point, PROVISO_DO_OUTCOME, outcome), "allow");
    ck_assert_int_ge(fill(&point, "beta", "quota"), first);
    point.passed +=
        2 * 3600 * MEMORY_SECOND + MEMORY_SECOND; // and an hour that budgets linger
    for (int i = 0; i < 200; i++)                 // what is over goes a few at a time
        ask(&point, "none", "plain", "\"n\":1");
    int again = fill(&point, "acme", "quota");
    ck_assert_int_ge(again, first);
    ck_assert_int_le(again, first + 10);
    point_stop(&point);
}
END_TEST

// Others that took all they could keep nobody from what is little.
START_TEST(there_is_room_for_the_small)
{
    Point point;
    point_start(&point, POLICY);
    proviso_memory_set_limits(point.memory, &(ProvisoLimits){.tenant_bytes = 64 << 20});
    for (char tenant[] = "a"; tenant[0] <= 'b'; tenant[0]++)
        ck_assert_int_gt(fill(&point, tenant, "quota"), 20);
    ck_assert(point_says(&point, "\"detail\":\"memory: little is left"));
    ck_assert_str_eq(open_task(&point, "small", "t"), "allow");
    for (int i = 0; i < 20; i++)
        ck_assert_str_eq(pay(&point, "small", i), "allow");
    ck_assert_str_eq(ask(&point, "small", "sign", "\"n\":1"), "approval");
    ck_assert_str_eq(close_task(&point, "small", "t"), "allow");
    point_stop(&point);
}
END_TEST

// What calls return is kept within the share, too: without room it stays unknown.
START_TEST(results_are_kept_in_the_share)
{
    enum { MANY = 40, ROWS = 900 };
    char rows[2 * ROWS];
    Point point;
    point_start(&point, POLICY);
    for (size_t i = 0; i < sizeof rows; i++)
        rows[i] = i % 2 == 0 ? '1' : ',';
    rows[sizeof rows - 1] = '\0';
    proviso_memory_set_limits(point.memory, &(ProvisoLimits){.tenant_bytes = 100000});
    Str grants[MANY];
    for (int i = 0; i < MANY; i++) {
        char id[16];
        snprintf(id, sizeof id, "t%d", i);
        ck_assert_str_eq(open_task(&point, "acme", id), "allow");
        Str rest =
            arena_format(&point.arena,
                         "\"task\":\"%s\",\"audience\":\"https://crm.example/mcp\","
                         "\"tool\":\"read\",\"args\":{\"n\":%d}",
                         id, i);
        ck_assert_str_eq(point_ask(&point, request(&point, "acme", rest.at)), "allow");
        grants[i] = arena_format(&point.arena, "%s", point.grant);
    }
    for (int i = 0; i < MANY; i++) {
        Str body = arena_format(
            &point.arena, "{\"grant\":\"%s\",\"ok\":true,\"result\":{\"rows\":[%s]}}",
            grants[i].at, rows);
        ck_assert_str_eq(point_do(&point, PROVISO_DO_OUTCOME, body), "allow");
    }
    ProvisoMemoryInfo info;
    proviso_memory_info(point.memory, &info);
    ck_assert_msg(info.used < 200000 && info.used > 95000, "%llu",
                  (unsigned long long)info.used);
    ck_assert_str_eq(open_task(&point, "acme", "more"), "quota");
    point_stop(&point);
}
END_TEST

START_TEST(live_rows_have_a_share)
{
    static const char ROWS[] =
        "{\"table\":\"clients\",\"rows\":[{\"id\":\"%d\",\"note\":\"%s\"}]}";
    static const char NOTE[] =
        "a note of some length, so that a few of them fill the share";
    Point point;
    int rows = 0;
    point_start(&point, POLICY);
    proviso_memory_set_limits(
        point.memory, &(ProvisoLimits){.live_bytes = 10000, .tenant_bytes = 100000});
    const char *said = "allow";
    for (; strcmp(said, "allow") == 0; rows++)
        said = point_do(&point, PROVISO_DO_FACTS,
                        arena_format(&point.arena, ROWS, rows, NOTE));
    ck_assert_str_eq(said, "quota");
    ck_assert_int_gt(rows, 40);
    ck_assert_int_lt(rows, 120);
    ck_assert_str_eq(ask(&point, "acme", "look", "\"n\":1"), "allow");
    ck_assert_str_eq(point_do(&point, PROVISO_DO_FACTS,
                              STR("{\"table\":\"clients\",\"remove\":[\"0\",\"1\"]}")),
                     "allow");
    ck_assert_str_eq(
        point_do(&point, PROVISO_DO_FACTS, arena_format(&point.arena, ROWS, 0, NOTE)),
        "allow");
    point_stop(&point);
}
END_TEST

// The whole memory is full: what makes things safer is done all the same.
START_TEST(a_full_memory_takes_what_is_safer)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(open_task(&point, "acme", "t"), "allow");
    ck_assert_str_eq(ask(&point, "acme", "look", "\"n\":1"), "allow");
    char grant[33];
    memcpy(grant, point.grant, sizeof grant);
    fill(&point, "acme", "unavailable");
    ck_assert_str_eq(open_task(&point, "acme", "t2"), "unavailable");
    for (int i = 0; i < 2000; i++) {
        Str body =
            arena_format(&point.arena, "{\"kind\":\"user\",\"name\":\"u%d\"}", i);
        ck_assert_str_eq(point_do(&point, PROVISO_DO_REVOKE, body), "allow");
    }
    Str outcome = arena_format(&point.arena, "{\"grant\":\"%s\",\"ok\":false}", grant);
    ck_assert_str_eq(point_do(&point, PROVISO_DO_OUTCOME, outcome), "allow");
    ck_assert_str_eq(close_task(&point, "acme", "t"), "allow");
    Str agent = STR("{\"kind\":\"agent\",\"name\":\"bot\"}");
    ck_assert_str_eq(point_do(&point, PROVISO_DO_REVOKE, agent), "allow");
    ck_assert_str_eq(pay(&point, "acme", 0), "revoked");
    point_stop(&point);
}
END_TEST

UNIT_MAIN("quota", a_tenant_has_so_many_tasks, a_share_is_a_tenants,
          there_is_room_for_the_small, results_are_kept_in_the_share,
          live_rows_have_a_share, a_full_memory_takes_what_is_safer)
