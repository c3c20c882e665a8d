// SPDX-License-Identifier: Apache-2.0
// Budgets `per approver`: a person who has approved enough for a while counts no more,
// and another can.
#include "tests/decisions/memory_unit.h"

static const char POLICY[] =
    "package test\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"
    "agent bot { id \"bot\" tenant \"acme\" }\n"
    "group staff { \"ann\", \"ben\", \"cyn\" }\n"
    "group board { \"ann\", \"dan\" }\n"
    "audience crm {\n"
    "  uri \"https://crm.example/mcp\"  tenant \"acme\"\n"
    "  tool pay(order: string, amount: decimal)\n"
    "  tool twice(order: string)\n"
    "  tool both(order: string)\n"
    "}\n"
    "permit pay { agent bot intent none tool crm.pay\n"
    "  require approval from staff within 10m\n"
    "  at most 2 per approver per 1h\n"
    "  at most 100.00 of args.amount per approver per 1h }\n"
    "permit twice { agent bot intent none tool crm.twice\n"
    "  require 2 approvals from staff within 10m\n"
    "  at most 1 per approver per 1h }\n"
    "permit both { agent bot intent none tool crm.both\n"
    "  require approval from staff within 10m  require approval from board within 10m\n"
    "  at most 1 per approver per 1h }\n";

// Calls a tool about an order.
static const char *call(Point *point, const char *tool, const char *order,
                        const char *more)
{
    Str rest = arena_format(&point->arena,
                            "\"audience\":\"https://crm.example/mcp\",\"tool\":\"%s\","
                            "\"args\":{\"order\":\"%s\"%s}",
                            tool, order, more);
    return point_ask(point, point_request(point, "bot", rest.at));
}

static const char *pay(Point *point, const char *order, const char *amount)
{
    Str more = arena_format(&point->arena, ",\"amount\":%s", amount);
    return call(point, "pay", order, more.at);
}

// Approves what the last deny asked for.
static void approve_by(Point *point, const char *by)
{
    static const char MEMBER[] = "{\"id\":\"";
    char *id = strstr(point->answer, MEMBER);
    ck_assert_ptr_nonnull(id);
    char *denied = point->answer;
    Str body = arena_format(&point->arena, "{\"id\":\"%.32s\",\"by\":\"%s\"}",
                            id + strlen(MEMBER), by);
    ck_assert_str_eq(point_do(point, PROVISO_DO_APPROVE, body), "allow");
    point->answer = denied;
}

START_TEST(one_who_approved_enough_counts_no_more)
{
    Point point;
    point_start(&point, POLICY);
    for (int i = 0; i < 2; i++) {
        ck_assert_str_eq(pay(&point, "A", "1"), "approval");
        approve_by(&point, "ann");
        ck_assert_str_eq(pay(&point, "A", "1"), "allow");
    }
    ck_assert_str_eq(pay(&point, "A", "1"), "approval");
    approve_by(&point, "ann"); // the third in an hour
    ck_assert_str_eq(pay(&point, "A", "1"), "approval");
    ck_assert(point_says(&point, "{\"id\":\""));
    approve_by(&point, "ben");
    ck_assert_str_eq(pay(&point, "A", "1"), "allow");
    point.passed += 3601 * MEMORY_SECOND;
    ck_assert_str_eq(pay(&point, "A", "1"), "approval");
    approve_by(&point, "ann");
    ck_assert_str_eq(pay(&point, "A", "1"), "allow");
    point_stop(&point);
}
END_TEST

// Each `at most` of the rule is the approver's own; what doesn't fit takes nothing.
START_TEST(amounts_are_counted_for_each)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(pay(&point, "A", "60"), "approval");
    approve_by(&point, "ann");
    ck_assert_str_eq(pay(&point, "A", "60"), "allow");
    ck_assert_str_eq(pay(&point, "B", "40.01"), "approval");
    approve_by(&point, "ann");
    ck_assert_str_eq(pay(&point, "B", "40.01"), "approval");
    ck_assert_str_eq(pay(&point, "C", "40"), "approval");
    approve_by(&point, "ann");
    ck_assert_str_eq(pay(&point, "C", "40"), "allow");
    point_stop(&point);
}
END_TEST

// Of those who approved, the first of whom enough is left are charged, and no others.
START_TEST(the_first_are_charged)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(call(&point, "twice", "A", ""), "approval");
    approve_by(&point, "ann");
    ck_assert_str_eq(call(&point, "twice", "A", ""), "approval");
    approve_by(&point, "ben");
    approve_by(&point, "cyn");
    ck_assert_str_eq(call(&point, "twice", "A", ""), "allow"); // ann and ben
    ck_assert_str_eq(call(&point, "twice", "B", ""), "approval");
    approve_by(&point, "ann");
    approve_by(&point, "ben");
    approve_by(&point, "cyn");
    ck_assert_str_eq(call(&point, "twice", "B", ""),
                     "approval"); // cyn alone has some left
    point.passed += 3601 * MEMORY_SECOND;
    ck_assert_str_eq(call(&point, "twice", "C", ""), "approval");
    approve_by(&point, "cyn");
    approve_by(&point, "ann");
    ck_assert_str_eq(call(&point, "twice", "C", ""), "allow");
    point_stop(&point);
}
END_TEST

// One who counts for two requirements of a rule is charged once.
START_TEST(one_for_two_requirements)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(call(&point, "both", "A", ""), "approval");
    approve_by(&point, "ann");
    ck_assert_str_eq(call(&point, "both", "A", ""), "allow");
    ck_assert_str_eq(call(&point, "both", "A", ""), "approval");
    approve_by(&point, "ann");
    ck_assert_str_eq(call(&point, "both", "A", ""), "approval");
    approve_by(&point, "ben");
    approve_by(&point, "dan");
    ck_assert_str_eq(call(&point, "both", "A", ""), "allow");
    point_stop(&point);
}
END_TEST

UNIT_MAIN("approvers", one_who_approved_enough_counts_no_more,
          amounts_are_counted_for_each, the_first_are_charged, one_for_two_requirements)
