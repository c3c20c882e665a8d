// SPDX-License-Identifier: Apache-2.0
// Tasks and those below them: what revoking one who delegates ends, and what belongs to
// one task of an id and not to the next. And results that nobody looks at.
#include "engine/base/cbor.h"
#include "engine/session.h"
#include "engine/state/task.h"
#include "tests/decisions/memory_unit.h"

static const char POLICY[] =
    "package test\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"
    "agent lead { id \"lead\" tenant \"acme\" }\n"
    "agent hand { id \"hand\" tenant \"acme\" }\n"
    "group staff { \"ann\" }\n"
    "intent plan() { agent lead tools crm.look, crm.pay, crm.sign within 10m depth 1\n"
    "  delegates work }\n"
    "intent work() { agent hand under plan tools crm.look within 10m }\n"
    "audience crm {\n"
    "  uri \"https://crm.example/mcp\"  tenant \"acme\"\n"
    "  tool look() returns { count: int }\n"
    "  tool pay()\n"
    "  tool sign()\n"
    "}\n"
    "permit look { intent plan, work tool crm.look }\n"
    "permit pay  { intent plan tool crm.pay require consent to tool }\n"
    "permit sign { intent plan tool crm.sign require approval from staff within 24h "
    "}\n";

static const char *call(Point *point, const char *agent, const char *tool,
                        const char *task)
{
    Str rest = arena_format(&point->arena,
                            "\"audience\":\"https://crm.example/mcp\",\"tool\":\"%s\","
                            "\"args\":{},\"task\":\"%s\"",
                            tool, task);
    return point_ask(point, point_request(point, agent, rest.at));
}

static const char *open_plan(Point *point)
{
    const char *task = "\"task\":{\"id\":\"t1\",\"intent\":\"plan\",\"params\":{}}";
    return point_do(point, PROVISO_DO_TASK_OPEN, point_request(point, "lead", task));
}

static const char *open_work(Point *point)
{
    const char *task =
        "\"task\":{\"id\":\"t2\",\"intent\":\"work\",\"params\":{},\"under\":\"t1\"}";
    return point_do(point, PROVISO_DO_TASK_OPEN, point_request(point, "hand", task));
}

static const char *check(Point *point)
{
    return point_do(point, PROVISO_DO_CHECK,
                    arena_format(&point->arena, "{\"grant\":\"%s\"}", point->grant));
}

// No grant is presented: the task alone hangs below the agent's.
START_TEST(who_delegates_takes_all_below_along)
{
    static const char *const REVOKED[] = {
        "{\"kind\":\"agent\",\"name\":\"lead\"}",
        "{\"kind\":\"user\",\"name\":\"ada\",\"tenant\":\"acme\"}",
        "{\"kind\":\"task\",\"name\":\"t1\",\"tenant\":\"acme\"}",
    };
    for (size_t i = 0; i < sizeof REVOKED / sizeof *REVOKED; i++) {
        Point point;
        point_start(&point, POLICY);
        ck_assert_str_eq(open_plan(&point), "allow");
        ck_assert_str_eq(open_work(&point), "allow");
        ck_assert_str_eq(call(&point, "hand", "look", "t2"), "allow");
        ck_assert_str_eq(point_do(&point, PROVISO_DO_REVOKE, str_from_c(REVOKED[i])),
                         "allow");
        ck_assert_str_eq(call(&point, "hand", "look", "t2"), "revoked");
        ck_assert_str_eq(check(&point), "revoked");
        point_stop(&point);
    }
}
END_TEST

START_TEST(nobody_opens_a_task_below_one_of_a_revoked_agent)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(open_plan(&point), "allow");
    ck_assert_str_eq(point_do(&point, PROVISO_DO_REVOKE,
                              STR("{\"kind\":\"agent\",\"name\":\"lead\"}")),
                     "allow");
    ck_assert_str_eq(open_work(&point), "revoked");
    point_stop(&point);
}
END_TEST

static const char *consent(Point *point, const char *task)
{
    TranscodeError error = {0};
    Buf request = buf_on(&point->arena), body = buf_on(&point->arena);
    Str rest = arena_format(&point->arena,
                            "\"audience\":\"https://crm.example/mcp\",\"tool\":\"pay\","
                            "\"args\":{},\"task\":\"%s\"",
                            task);
    ck_assert_int_eq(transcode_request(&point->arena,
                                       point_request(point, "lead", rest.at), &request,
                                       &error),
                     STATUS_OK);
    cbor_write_map(&body, 2);
    cbor_write_text(&body, STR("by"));
    cbor_write_text(&body, STR("ada"));
    cbor_write_text(&body, STR("request"));
    cbor_write_bytes(&body, buf_view(&request));
    return point_operate(point, PROVISO_DO_CONSENT, buf_view(&body));
}

START_TEST(a_consent_for_a_task_ends_with_it)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(open_plan(&point), "allow");
    ck_assert_str_eq(call(&point, "lead", "pay", "t1"), "consent");
    ck_assert_str_eq(consent(&point, "t1"), "allow");
    point.passed += 599 * MEMORY_SECOND;
    ck_assert_str_eq(call(&point, "lead", "pay", "t1"), "allow");
    point.passed += 1000 * MEMORY_SECOND; // the task is forgotten, its id free again
    ck_assert_str_eq(open_plan(&point), "allow");
    ck_assert_str_eq(call(&point, "lead", "pay", "t1"), "consent");
    point_stop(&point);
}
END_TEST

START_TEST(an_approval_is_for_one_task_of_an_id)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(open_plan(&point), "allow");
    ck_assert_str_eq(call(&point, "lead", "sign", "t1"), "approval");
    const char *id = strstr(point.answer, "\"id\":\"");
    ck_assert_ptr_nonnull(id);
    Str body = arena_format(&point.arena, "{\"id\":\"%.32s\",\"by\":\"ann\"}", id + 6);
    ck_assert_str_eq(point_do(&point, PROVISO_DO_APPROVE, body), "allow");
    point.passed += 1000 * MEMORY_SECOND;
    ck_assert_str_eq(open_plan(&point), "allow");
    ck_assert_str_eq(call(&point, "lead", "sign", "t1"), "approval");
    point_stop(&point);
}
END_TEST

// The number of the tree's newest task is put forth, as if all those before had been.
START_TEST(a_tree_has_its_most_tasks)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(open_plan(&point), "allow");
    State *state = &point.memory->state;
    Moment now = {.wall = MEMORY_NOW};
    Ref root = task_find(state, task_key(state, STR("acme"), STR("t1")), now);
    ck_assert_uint_ne(root, 0);
    Task *task = store_at(&state->store, root);
    task->number = TASK_TREE_MAX - 2;
    ck_assert_str_eq(open_work(&point), "allow");
    ck_assert_uint_eq(task->number, TASK_TREE_MAX - 1);
    const char *next =
        "\"task\":{\"id\":\"t3\",\"intent\":\"work\",\"params\":{},\"under\":\"t1\"}";
    Str body = point_request(&point, "hand", next);
    ck_assert_str_eq(point_do(&point, PROVISO_DO_TASK_OPEN, body), "delegation");
    ck_assert_ptr_nonnull(strstr(point.answer, "its tree has had 65536 tasks"));
    ck_assert_str_eq(call(&point, "hand", "look", "t2"), "allow");
    point_stop(&point);
}
END_TEST

// No rule reads results of the tool.
START_TEST(a_result_that_does_not_fit_is_withheld)
{
    static const struct {
        const char *result, *verdict;
    } ROWS[] = {
        {"{\"count\":1}", "allow"},
        {"{\"count\":\"one\"}", "argument"},
        {"{}", "argument"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        Point point;
        point_start(&point, POLICY);
        ck_assert_str_eq(open_plan(&point), "allow");
        ck_assert_str_eq(call(&point, "lead", "look", "t1"), "allow");
        Str body =
            arena_format(&point.arena, "{\"grant\":\"%s\",\"ok\":true,\"result\":%s}",
                         point.grant, ROWS[i].result);
        ck_assert_str_eq(point_do(&point, PROVISO_DO_OUTCOME, body), ROWS[i].verdict);
        point_stop(&point);
    }
}
END_TEST

UNIT_MAIN("trees", who_delegates_takes_all_below_along,
          nobody_opens_a_task_below_one_of_a_revoked_agent,
          a_consent_for_a_task_ends_with_it, an_approval_is_for_one_task_of_an_id,
          a_tree_has_its_most_tasks, a_result_that_does_not_fit_is_withheld)
