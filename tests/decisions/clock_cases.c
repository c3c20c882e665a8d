// SPDX-License-Identifier: Apache-2.0
// What steps of the wall clock, and parts of a second, do to what is remembered.
#include "tests/decisions/memory_unit.h"

static const char POLICY[] =
    "package test\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"
    "agent bot { id \"bot\" tenant \"acme\" }\n"
    "group staff { \"ann\" }\n"
    "intent work() { tools crm.look  within 15m }\n"
    "audience crm {\n"
    "  uri \"https://crm.example/mcp\"  tenant \"acme\"\n"
    "  tool look()\n"
    "  tool pay()\n"
    "  tool send()\n"
    "  tool sign()\n"
    "}\n"
    "permit look { agent bot intent work, none tool crm.look token { ttl 60s, uses 9 } "
    "}\n"
    "permit pay  { agent bot intent none tool crm.pay\n"
    "  require approval from staff within 10m }\n"
    "permit send { agent bot intent none tool crm.send }\n"
    "forbid soon { tool crm.send when user called crm.look() last 1h }\n"
    "permit sign { agent bot intent none tool crm.sign\n"
    "  when user called crm.look() last 1h }\n";

static const char *call_in(Point *point, const char *tool, const char *task)
{
    Str rest = arena_format(&point->arena,
                            "\"audience\":\"https://crm.example/mcp\",\"tool\":\"%s\","
                            "\"args\":{}%s",
                            tool, task);
    return point_ask(point, point_request(point, "bot", rest.at));
}

static const char *call(Point *point, const char *tool)
{
    return call_in(point, tool, "");
}

static const char *check(Point *point)
{
    return point_do(point, PROVISO_DO_CHECK,
                    arena_format(&point->arena, "{\"grant\":\"%s\"}", point->grant));
}

static const char *open_work(Point *point)
{
    return point_do(
        point, PROVISO_DO_TASK_OPEN,
        point_request(point, "bot",
                      "\"task\":{\"id\":\"t\",\"intent\":\"work\",\"params\":{}}"));
}

static void wait(Point *point, int64_t milliseconds)
{
    point->passed += milliseconds * (MEMORY_SECOND / 1000);
}

START_TEST(a_grant_that_was_over_stays_over)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(call(&point, "look"), "allow");
    point.stepped = 60 * MEMORY_SECOND;
    ck_assert_str_eq(check(&point), "task");
    point.stepped = 0;
    ck_assert_str_eq(check(&point), "task");
    // What is granted after the step has its time.
    ck_assert_str_eq(call(&point, "look"), "allow");
    wait(&point, 59999);
    ck_assert_str_eq(check(&point), "allow");
    wait(&point, 1);
    ck_assert_str_eq(check(&point), "task");
    point_stop(&point);
}
END_TEST

// Nobody has to have looked at it while it was over: any operation has seen the step.
START_TEST(a_step_is_seen_by_whatever_is_asked)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(call(&point, "look"), "allow");
    point.stepped = 3600 * MEMORY_SECOND;
    ck_assert_str_eq(call(&point, "pay"), "approval");
    point.stepped = 0;
    ck_assert_str_eq(check(&point), "task");
    point_stop(&point);
}
END_TEST

START_TEST(a_task_that_was_over_stays_over)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(open_work(&point), "allow");
    ck_assert_str_eq(call_in(&point, "look", ",\"task\":\"t\""), "allow");
    point.stepped = 900 * MEMORY_SECOND;
    ck_assert_str_eq(call_in(&point, "look", ",\"task\":\"t\""), "task");
    point.stepped = -900 * MEMORY_SECOND;
    ck_assert_str_eq(call_in(&point, "look", ",\"task\":\"t\""), "task");
    point_stop(&point);
}
END_TEST

static void approve(Point *point)
{
    const char *id = strstr(point->answer, "\"id\":\"");
    ck_assert_ptr_nonnull(id);
    Str body = arena_format(&point->arena, "{\"id\":\"%.32s\",\"by\":\"ann\"}", id + 6);
    ck_assert_str_eq(point_do(point, PROVISO_DO_APPROVE, body), "allow");
}

START_TEST(an_approval_ends_to_the_nanosecond)
{
    for (int64_t late = 0; late <= 1; late++) {
        Point point;
        point_start(&point, POLICY);
        ck_assert_str_eq(call(&point, "pay"), "approval");
        wait(&point, 900);
        approve(&point);
        point.passed += 600 * MEMORY_SECOND + late;
        ck_assert_str_eq(call(&point, "pay"), late == 0 ? "allow" : "approval");
        point_stop(&point);
    }
}
END_TEST

START_TEST(an_approval_that_was_over_stays_over)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(call(&point, "pay"), "approval");
    approve(&point);
    point.stepped = 601 * MEMORY_SECOND;
    ck_assert_str_eq(call(&point, "pay"), "approval");
    point.stepped = 0;
    ck_assert_str_eq(call(&point, "pay"), "approval");
    point_stop(&point);
}
END_TEST

// How long ago a call was is known to the second; what lies between counts against the
// caller.
START_TEST(a_pattern_is_unknown_for_less_than_a_second)
{
    Point point;
    point_start(&point, POLICY);
    wait(&point, 500);
    ck_assert_str_eq(call(&point, "look"), "allow");
    wait(&point, 3599500);
    ck_assert_str_eq(call(&point, "send"), "forbidden");
    ck_assert_str_eq(call(&point, "sign"), "allow");
    wait(&point, 1);
    ck_assert_str_eq(call(&point, "send"), "undetermined");
    ck_assert_str_eq(call(&point, "sign"), "no_permit");
    wait(&point, 999);
    ck_assert_str_eq(call(&point, "send"), "allow");
    point_stop(&point);
}
END_TEST

// A wall clock that steps forth ends no forbid.
START_TEST(a_step_ends_nothing_that_is_held_against_a_caller)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(call(&point, "look"), "allow");
    point.stepped = 7200 * MEMORY_SECOND;
    ck_assert_str_eq(call(&point, "send"), "forbidden");
    point_stop(&point);
}
END_TEST

// What was issued by a clock that ran ahead is not missed.
START_TEST(what_is_void_before_a_time_is_so_by_either_clock)
{
    Point point;
    point_start(&point, POLICY);
    point.stepped = 1800 * MEMORY_SECOND;
    ck_assert_str_eq(call(&point, "look"), "allow");
    point.stepped = 0;
    wait(&point, 10000);
    ck_assert_str_eq(check(&point), "allow");
    Str body = arena_format(&point.arena, "{\"kind\":\"before\",\"before\":%lld}",
                            (long long)(MEMORY_NOW / MEMORY_SECOND + 5));
    ck_assert_str_eq(point_do(&point, PROVISO_DO_REVOKE, body), "allow");
    ck_assert_str_eq(check(&point), "revoked");
    point_stop(&point);
}
END_TEST

UNIT_MAIN("clocks", a_grant_that_was_over_stays_over,
          a_step_is_seen_by_whatever_is_asked, a_task_that_was_over_stays_over,
          an_approval_ends_to_the_nanosecond, an_approval_that_was_over_stays_over,
          a_pattern_is_unknown_for_less_than_a_second,
          a_step_ends_nothing_that_is_held_against_a_caller,
          what_is_void_before_a_time_is_so_by_either_clock)
