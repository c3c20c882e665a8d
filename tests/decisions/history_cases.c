// SPDX-License-Identifier: Apache-2.0
// What tests/sim has found in histories, each as small as it gets.
#include "tests/decisions/memory_unit.h"

static const char POLICY[] =
    "package test\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"
    "agent bot { id \"bot\" tenant \"acme\" }\n"
    "group staff { \"ann\" }\n"
    "label stain sticky\n"
    "intent long() { tools crm.soak  within 1h  inherits labels for 3h }\n"
    "permit soak { agent bot intent long, none tool crm.soak }\n"
    "forbid wet  { tool crm.soak when task has stain }\n"
    "audience crm {\n"
    "  uri \"https://crm.example/mcp\"  tenant \"acme\"\n"
    "  tool look()\n"
    "  tool send()\n"
    "  tool drop() returns { count: int }\n"
    "  tool pay(order: string)\n"
    "  tool soak()\n"
    "  tool dive() { yields stain }\n"
    "  tool buy()\n"
    "  tool visit(place: string)\n"
    "  tool save(text: string) returns { rows: list<{ id: string, body: string }> }\n"
    "  tool tell(id: string)\n"
    "}\n"
    "permit save  { agent bot intent none tool crm.save }\n"
    "permit tell  { agent bot intent none tool crm.tell }\n"
    "forbid again { tool crm.save when user called crm.save(text == args.text) last 1h "
    "}\n"
    "forbid seen  { tool crm.tell\n"
    "  when user called crm.save(any r in result.rows: r.id == args.id) last 1h }\n"
    "permit buy   { agent bot intent none tool crm.buy   at most 1 per user per 1m }\n"
    "permit visit { agent bot intent none tool crm.visit\n"
    "  at most 1 distinct args.place per user per 1m }\n"
    "permit free  { agent bot intent none tool crm.look, crm.send, crm.drop, crm.dive "
    "}\n"
    "forbid early { tool crm.send when user called crm.look() last 1h }\n"
    "forbid brief { tool crm.send when user called crm.drop() last 1m }\n"
    "forbid after { tool crm.pay  when user called crm.drop() last 1h }\n"
    "forbid many on result { tool crm.drop when result.count > 9 }\n"
    "permit pay   { agent bot intent none tool crm.pay unless args.order == \"A\" }\n"
    "permit asked { agent bot intent none tool crm.pay\n"
    "  require approval from staff within 10m token { ttl 10s } }\n";

static const char *call(Point *point, const char *tool, const char *args)
{
    Str rest = arena_format(&point->arena,
                            "\"audience\":\"https://crm.example/mcp\",\"tool\":\"%s\","
                            "\"args\":%s",
                            tool, args);
    return point_ask(point, point_request(point, "bot", rest.at));
}

// A permit that needs an approval and is not the one that allows takes none.
START_TEST(an_approval_that_is_not_needed_is_not_spent)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(call(&point, "pay", "{\"order\":\"B\"}"), "allow");
    ck_assert_str_eq(call(&point, "pay", "{\"order\":\"A\"}"), "approval");
    ck_assert_str_eq(call(&point, "pay", "{\"order\":\"B\"}"), "allow");
    point_stop(&point);
}
END_TEST

// That one tool's calls are asked for no longer makes no other tool's forgotten.
START_TEST(each_pattern_looks_as_far_back_as_it_says)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(call(&point, "look", "{}"), "allow");
    point.passed += 120 * MEMORY_SECOND;
    ck_assert_str_eq(call(&point, "drop", "{}"), "allow");
    point.passed += 120 * MEMORY_SECOND;
    ck_assert_str_eq(call(&point, "send", "{}"), "forbidden");
    point.passed += 3361 * MEMORY_SECOND;
    ck_assert_str_eq(call(&point, "send", "{}"), "allow");
    point_stop(&point);
}
END_TEST

// A result that is withheld doesn't undo the call.
START_TEST(what_was_withheld_was_called)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(call(&point, "drop", "{}"), "allow");
    Str outcome = arena_format(
        &point.arena, "{\"grant\":\"%s\",\"ok\":true,\"result\":{\"count\":10}}",
        point.grant);
    ck_assert_str_eq(point_do(&point, PROVISO_DO_OUTCOME, outcome), "forbidden");
    ck_assert_str_eq(call(&point, "pay", "{\"order\":\"B\"}"), "forbidden");
    point_stop(&point);
}
END_TEST

static void tell_failed(Point *point, const char *grant)
{
    Str outcome =
        arena_format(&point->arena, "{\"grant\":\"%.32s\",\"ok\":false}", grant);
    ck_assert_str_eq(point_do(point, PROVISO_DO_OUTCOME, outcome), "allow");
}

// A call that fails when it counts no longer gives back nothing of what others have
// spent since.
START_TEST(what_counts_no_longer_is_not_given_back)
{
    static const char *const CALLS[][2] = {{"buy", "{}"},
                                           {"visit", "{\"place\":\"A\"}"}};
    static const char *const LAST[] = {"{}", "{\"place\":\"C\"}"};
    for (int i = 0; i < 2; i++) {
        Point point;
        char first[33];
        point_start(&point, POLICY);
        ck_assert_str_eq(call(&point, CALLS[i][0], CALLS[i][1]), "allow");
        memcpy(first, point.grant, sizeof first);
        point.passed += 61 * MEMORY_SECOND;
        if (i == 1) { // the first is forgotten
            ck_assert_str_eq(call(&point, "visit", "{\"place\":\"B\"}"), "allow");
            point.passed += 61 * MEMORY_SECOND;
        }
        ck_assert_str_eq(call(&point, CALLS[i][0], CALLS[i][1]), "allow");
        tell_failed(&point, first);
        ck_assert_str_eq(call(&point, CALLS[i][0], LAST[i]), "budget");
        point_stop(&point);
    }
}
END_TEST

// What sticks is remembered for as long as any intent inherits it, whatever touched it.
START_TEST(an_intent_inherits_what_others_touched)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(call(&point, "dive", "{}"), "allow");
    point.passed += 7200 * MEMORY_SECOND;
    ck_assert_str_eq(call(&point, "soak", "{}"), "allow");
    Str open = point_request(&point, "bot",
                             "\"task\":{\"id\":\"t\",\"intent\":\"long\","
                             "\"params\":{}}");
    ck_assert_str_eq(point_do(&point, PROVISO_DO_TASK_OPEN, open), "allow");
    Str rest =
        point_request(&point, "bot",
                      "\"audience\":\"https://crm.example/mcp\",\"tool\":\"soak\","
                      "\"args\":{},\"task\":\"t\"");
    ck_assert_str_eq(point_ask(&point, rest), "forbidden");
    point_stop(&point);
}
END_TEST

// So many bytes that are shaped like no credential.
static const char *text_of(Point *point, size_t len)
{
    Buf text = buf_on(&point->arena);
    while (text.len < len)
        buf_str(&text, STR("a b "));
    return arena_format(&point->arena, "%.*s", (int)len, text.at).at;
}

static const char *save(Point *point, size_t len)
{
    return call(
        point, "save",
        arena_format(&point->arena, "{\"text\":\"%s\"}", text_of(point, len)).at);
}

// Of a text its bytes, its length and that it is there, and that nothing is told of the
// result: 16 KiB in all.
START_TEST(what_is_kept_of_a_call_has_its_limit)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(save(&point, 16378), "allow");
    ck_assert_str_eq(save(&point, 16378), "forbidden");
    for (size_t len = 16379; len < 66000; len += 16380) {
        ck_assert_str_eq(save(&point, len), "too_large");
        ck_assert(point_says(&point, "args: more than 16 KiB would have to be kept"));
    }
    ck_assert_str_eq(save(&point, 16377), "allow");
    ck_assert_str_eq(save(&point, 16376), "allow");
    ck_assert_str_eq(save(&point, 16375), "budget");
    ck_assert_str_eq(save(&point, 16377), "forbidden");
    point_stop(&point);
}
END_TEST

// The pattern reads the ids alone.
START_TEST(of_results_only_what_is_read_is_kept)
{
    static const struct {
        size_t id, body;
        const char *other, *same; // of another id, and of that one
    } ROWS[] = {{1, 60000, "allow", "forbidden"},
                {20000, 1, "undetermined", "undetermined"}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        Point point;
        point_start(&point, POLICY);
        ck_assert_str_eq(call(&point, "save", "{\"text\":\"x\"}"), "allow");
        Str body = arena_format(&point.arena,
                                "{\"grant\":\"%s\",\"ok\":true,\"result\":{\"rows\":"
                                "[{\"id\":\"%s\",\"body\":\"%s\"}]}}",
                                point.grant, text_of(&point, ROWS[i].id),
                                text_of(&point, ROWS[i].body));
        ck_assert_str_eq(point_do(&point, PROVISO_DO_OUTCOME, body), "allow");
        ck_assert_str_eq(call(&point, "tell", "{\"id\":\"another\"}"), ROWS[i].other);
        ck_assert_str_eq(call(&point, "tell", "{\"id\":\"a\"}"), ROWS[i].same);
        point_stop(&point);
    }
}
END_TEST

UNIT_MAIN("histories", an_approval_that_is_not_needed_is_not_spent,
          each_pattern_looks_as_far_back_as_it_says, what_was_withheld_was_called,
          what_counts_no_longer_is_not_given_back,
          an_intent_inherits_what_others_touched, what_is_kept_of_a_call_has_its_limit,
          of_results_only_what_is_read_is_kept)
