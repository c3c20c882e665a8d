// SPDX-License-Identifier: Apache-2.0
// What a request under an idempotency key gets: the answer that was given, once paid.
#include "tests/decisions/memory_unit.h"

static const char POLICY[] =
    "package retry\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\"  accepts okta }\n"
    "audience shop { uri \"https://shop.example/mcp\"  tenant \"acme\"\n"
    "  tool pay(amount: decimal, note: string?) { scope \"pay:one\" }  tool look() }\n"
    "agent clerk { id \"clerk\"  tenant \"acme\" }\n"
    "agent other { id \"other\"  tenant \"acme\" }\n"
    "intent buy() { tools shop.pay, shop.look  within 1h }\n"
    "permit pay { intent buy  tool shop.pay  token { ttl 40s, free {note} } }\n"
    "permit look { intent buy, none  tool shop.look }\n"
    "observe limit watched { tool shop.pay  token { ttl 5s } }\n"
    "limit purse { tool shop.pay  at most 10.00 of args.amount per user  token { ttl "
    "30s } }\n";

static void start(Point *point)
{
    point_start(point, POLICY);
    ck_assert_str_eq(
        point_do(point, PROVISO_DO_TASK_OPEN,
                 point_request(point, "clerk",
                               "\"task\":{\"id\":\"t\",\"intent\":\"buy\"}")),
        "allow");
}

// A payment under a key, in the task `t`.
static const char *pay(Point *point, const char *key, const char *amount,
                       const char *more)
{
    return point_ask(
        point,
        point_request(
            point, "clerk",
            arena_format(&point->arena,
                         "\"task\":\"t\",\"audience\":\"https://shop.example/mcp\","
                         "\"tool\":\"pay\",\"args\":{\"amount\":%s},\"key\":\"%s\"%s",
                         amount, key, more)
                .at));
}

static const char *report(Point *point, const char *grant, bool is_ok)
{
    return point_do(point, PROVISO_DO_OUTCOME,
                    arena_format(&point->arena, "{\"grant\":\"%s\",\"ok\":%s}", grant,
                                 is_ok ? "true" : "false"));
}

// The grant's id as the answer says it.
static const char *grant_of(Point *point)
{
    static const char NAME[] = "\"grant_id\":\"";
    const char *at = strstr(point->answer, NAME);
    ck_assert_ptr_nonnull(at);
    return arena_format(&point->arena, "%.32s", at + sizeof NAME - 1).at;
}

START_TEST(same_answer_spent_once)
{
    Point point;
    start(&point);
    ck_assert_str_eq(pay(&point, "k1", "8.00", ""), "allow");
    const char *first = point.answer, *grant = grant_of(&point);
    ck_assert_str_eq(pay(&point, "k1", "8.00", ""), "allow");
    ck_assert_str_eq(point.answer, first);
    ck_assert_str_eq(report(&point, grant, true), "allow");
    ck_assert_str_eq(pay(&point, "k1", "8.00", ""), "allow");
    ck_assert_str_eq(point.answer, first);
    ck_assert_str_eq(pay(&point, "k2", "8.00", ""), "budget");
    ck_assert_str_eq(pay(&point, "k2", "2.00", ""), "allow");
    ck_assert_str_ne(grant_of(&point), grant);
    point_stop(&point);
}
END_TEST

START_TEST(less_time_is_left)
{
    Point point;
    start(&point);
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "allow");
    ck_assert(point_says(&point, "\"token_lifetime\":30"));
    point.passed = 29 * MEMORY_SECOND;
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "allow");
    ck_assert(point_says(&point, "\"token_lifetime\":1"));
    point.passed = 30 * MEMORY_SECOND;
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "malformed");
    point_stop(&point);
}
END_TEST

START_TEST(another_request)
{
    Point point;
    start(&point);
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "allow");
    ck_assert_str_eq(pay(&point, "k", "8.01", ""), "malformed");
    ck_assert_str_eq(pay(&point, "k", "8.00", ",\"ask\":{\"ttl\":5}"), "malformed");
    ck_assert_str_eq(pay(&point, "k", "8.00", ",\"resource\":{\"id\":\"x\"}"),
                     "malformed");
    ck_assert_str_eq(
        pay(&point, "k", "8.00", ",\"grant\":\"00000000000000000000000000000000\""),
        "malformed");
    ck_assert(point_says(&point, "another call"));
    ck_assert_str_eq(
        point_ask(&point, point_request(&point, "clerk",
                                        "\"audience\":\"https://shop.example/mcp\","
                                        "\"tool\":\"look\",\"key\":\"k\"")),
        "malformed");
    ck_assert_str_eq(
        point_ask(&point, point_request(&point, "other",
                                        "\"audience\":\"https://shop.example/mcp\","
                                        "\"tool\":\"look\",\"key\":\"k\"")),
        "malformed");
    ck_assert_str_eq(pay(&point, "k", "8.00", ",\"context\":{\"ip\":\"10.0.0.1\"}"),
                     "allow");
    point_stop(&point);
}
END_TEST

START_TEST(a_deny_is_decided_anew)
{
    Point point;
    start(&point);
    ck_assert_str_eq(pay(&point, "first", "8.00", ""), "allow");
    const char *grant = grant_of(&point);
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "budget");
    ck_assert_str_eq(report(&point, grant, false), "allow");
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "allow");
    point_stop(&point);
}
END_TEST

// What was given back can't be had again by the key, nor used by the grant.
START_TEST(a_failed_call_is_over)
{
    Point point;
    start(&point);
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "allow");
    const char *grant = grant_of(&point);
    Str check = arena_format(&point.arena, "{\"grant\":\"%s\"}", grant);
    ck_assert_str_eq(point_do(&point, PROVISO_DO_CHECK, check), "allow");
    ck_assert_str_eq(report(&point, grant, false), "allow");
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "malformed");
    ck_assert_str_eq(point_do(&point, PROVISO_DO_CHECK, check), "task");
    point_stop(&point);
}
END_TEST

START_TEST(a_revoked_one_is_gone)
{
    Point point;
    start(&point);
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "allow");
    const char *grant = grant_of(&point);
    ck_assert_str_eq(
        point_do(
            &point, PROVISO_DO_REVOKE,
            arena_format(&point.arena, "{\"kind\":\"grant\",\"name\":\"%s\"}", grant)),
        "allow");
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "revoked");
    ck_assert_str_eq(point_do(&point, PROVISO_DO_TASK_CLOSE,
                              STR("{\"task\":\"t\",\"tenant\":\"acme\"}")),
                     "allow");
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "task");
    point_stop(&point);
}
END_TEST

START_TEST(under_another_policy)
{
    Point point;
    start(&point);
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "allow");
    point_load(&point, POLICY);
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "allow");
    point_load(&point, arena_format(&point.arena, "%s%s", POLICY,
                                    "permit more { intent buy  tool shop.pay }\n")
                           .at);
    ck_assert_str_eq(pay(&point, "k", "8.00", ""), "malformed");
    ck_assert(
        point_says(&point, "key: another policy decided its call; ask under another"));
    point_stop(&point);
}
END_TEST

// When the call is forgotten, its key is free again.
START_TEST(forgotten)
{
    Point point;
    start(&point);
    ck_assert_str_eq(pay(&point, "k", "4.00", ""), "allow");
    point.passed = (30 + 300 + 2) * MEMORY_SECOND;
    ck_assert_str_eq(pay(&point, "k", "5.00", ""), "allow");
    ck_assert_str_eq(pay(&point, "l", "2.00", ""), "budget");
    point_stop(&point);
}
END_TEST

UNIT_MAIN("retries", same_answer_spent_once, less_time_is_left, another_request,
          a_deny_is_decided_anew, a_failed_call_is_over, a_revoked_one_is_gone,
          under_another_policy, forgotten)
