// SPDX-License-Identifier: Apache-2.0
// Tables whose rows are set while the policy serves: who finds them, and what a row
// must be.
#include "tests/decisions/memory_unit.h"

#define HEAD                                                                           \
    "package test\n"                                                                   \
    "issuer okta { uri \"https://okta.example\" }\n"                                   \
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"                 \
    "agent bot { id \"bot\" tenant \"acme\" }\n"

static const char POLICY[] = HEAD
    "table clients live key id {\n"
    "  tier: enum { \"gold\", \"plain\" }, ceiling: decimal, frozen: bool?, tags: "
    "set<string>,\n"
    "  since: time?, seen: int?, net: net?, wait: duration?\n"
    "}\n"
    "table seats live key room, number { room: string nocase, number: int, taken: bool "
    "}\n"
    "audience crm {\n"
    "  uri \"https://crm.example/mcp\"  tenant \"acme\"\n"
    "  tool refund(client: string, amount: decimal) { arg client: key of clients }\n"
    "  tool look(client: string)\n"
    "  tool sit(room: string, number: int)\n"
    "}\n"
    "permit refund { agent bot intent none tool crm.refund\n"
    "  when args.amount <= clients[args.client].ceiling and clients[args.client].tier "
    "== \"gold\"\n"
    "  when not (clients[args.client].frozen else false) }\n"
    "permit look { agent bot intent none tool crm.look\n"
    "  when args.client in clients or args.client == \"any\" }\n"
    "forbid shunned { tool crm.look when \"shunned\" in clients[args.client].tags }\n"
    "permit sit { agent bot intent none tool crm.sit\n"
    "  when (args.room, args.number) in seats and not seats[args.room, "
    "args.number].taken }\n";

static const char *refund(Point *point, const char *client, const char *amount)
{
    return point_ask(
        point, point_request(
                   point, "bot",
                   arena_format(&point->arena,
                                "\"audience\":\"https://crm.example/mcp\",\"tool\":"
                                "\"refund\",\"args\":{\"client\":\"%s\",\"amount\":%s}",
                                client, amount)
                       .at));
}

static const char *look(Point *point, const char *client)
{
    return point_ask(
        point,
        point_request(point, "bot",
                      arena_format(&point->arena,
                                   "\"audience\":\"https://crm.example/mcp\","
                                   "\"tool\":\"look\",\"args\":{\"client\":\"%s\"}",
                                   client)
                          .at));
}

static const char *sit(Point *point, const char *room, int number)
{
    return point_ask(
        point,
        point_request(point, "bot",
                      arena_format(&point->arena,
                                   "\"audience\":\"https://crm.example/mcp\",\"tool\":"
                                   "\"sit\",\"args\":{\"room\":\"%s\",\"number\":%d}",
                                   room, number)
                          .at));
}

static const char *facts(Point *point, const char *json)
{
    return point_do(point, PROVISO_DO_FACTS, str_from_c(json));
}

START_TEST(rows_are_found_from_the_moment_they_are_set)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(refund(&point, "C1", "5"), "argument");
    ck_assert(point_says(&point, "args.client: must be a key of the table clients"));
    ck_assert_str_eq(look(&point, "C1"), "undetermined"); // its tags can't be told
    ck_assert_str_eq(facts(&point, "{\"table\":\"clients\",\"rows\":[{\"id\":\"C1\","
                                   "\"tier\":\"gold\",\"ceiling\":10.5,\"tags\":[]}]}"),
                     "allow");
    ck_assert_str_eq(refund(&point, "C1", "10.5"), "allow");
    ck_assert_str_eq(refund(&point, "C1", "10.51"), "no_permit");
    ck_assert_str_eq(refund(&point, "c1", "5"), "argument");
    ck_assert_str_eq(look(&point, "C1"), "allow");
    // A row takes the place of the one before.
    facts(&point, "{\"table\":\"clients\",\"rows\":[{\"id\":\"C1\",\"tier\":\"plain\","
                  "\"ceiling\":100,\"frozen\":true,\"tags\":[\"late\",\"shunned\"]}]}");
    ck_assert_str_eq(refund(&point, "C1", "10.5"), "no_permit");
    ck_assert_str_eq(look(&point, "C1"), "forbidden");
    facts(&point,
          "{\"table\":\"clients\",\"rows\":[{\"id\":\"C2\",\"tier\":\"gold\","
          "\"ceiling\":100,\"frozen\":true,\"tags\":[]}],\"remove\":[\"C1\",\"C9\"]}");
    ck_assert_str_eq(refund(&point, "C1", "1"), "argument");
    ck_assert_str_eq(refund(&point, "C2", "1"), "no_permit"); // frozen
    point_stop(&point);
}
END_TEST

START_TEST(keys_of_several_columns_and_without_case)
{
    Point point;
    point_start(&point, POLICY);
    ck_assert_str_eq(sit(&point, "Blue", 1), "no_permit");
    facts(&point, "{\"table\":\"seats\",\"rows\":[{\"room\":\"BLUE\",\"number\":1,"
                  "\"taken\":false},"
                  "{\"room\":\"blue\",\"number\":2,\"taken\":true}]}");
    ck_assert_str_eq(sit(&point, "Blue", 1), "allow");
    ck_assert_str_eq(sit(&point, "Blue", 2), "no_permit");
    ck_assert_str_eq(sit(&point, "Blue", 3), "no_permit");
    facts(&point, "{\"table\":\"seats\",\"remove\":[[\"bLUE\",1]]}");
    ck_assert_str_eq(sit(&point, "Blue", 1), "no_permit");
    point_stop(&point);
}
END_TEST

// What is wrong with one row leaves all as they were.
START_TEST(a_wrong_row_changes_nothing)
{
    static const char ROW[] = "\"ceiling\":1,\"tags\":[]";
    static const struct {
        const char *rows, *rest, *detail;
    } CASES[] = {
        {"{\"id\":\"C2\",\"tier\":\"silver\",%s}", "", "rows[1].tier: "},
        {"{\"id\":\"C2\",\"tier\":\"gold\",\"ceiling\":\"1\",\"tags\":[]}", "",
         "rows[1].ceiling: must be a number"},
        {"{\"id\":\"C2\",\"tier\":\"gold\",\"tags\":[]}", "",
         "rows[1].ceiling: is required"},
        {"{\"id\":\"C2\",\"tier\":\"gold\",\"ceiling\":1e60,\"tags\":[]}", "",
         "rows[1].ceiling: is a number that can't be held"},
        {"{\"tier\":\"gold\",%s}", "", "rows[1].id: is required"},
        {"{\"id\":\"C2\",\"tier\":\"gold\",\"colour\":1,%s}", "",
         "rows[1].colour: is not declared"},
        {"{\"id\":\"C2\",\"tier\":\"gold\",\"seen\":1.5,%s}", "", "rows[1].seen: "},
        {"{\"id\":\"C2\",\"tier\":\"gold\",\"net\":\"10.0.0.0/33\",%s}", "",
         "rows[1].net: "},
        {"{\"id\":\"C2\",\"tier\":\"gold\",\"since\":\"noon\",%s}", "",
         "rows[1].since: "},
        {"{\"id\":\"C2\",\"tier\":\"gold\",\"ceiling\":1,\"tags\":[\"a\",7]}", "",
         "rows[1].tags[1]: must be a text"},
        {"17", "", "rows[1]: must be an object"},
        {"{\"id\":\"C2\",\"tier\":\"gold\",%s}", ",\"remove\":[5]",
         "remove[0]: must be a text"},
    };
    Point point;
    point_start(&point, POLICY);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        Buf json = buf_on(&point.arena);
        buf_printf(
            &json,
            "{\"table\":\"clients\",\"rows\":[{\"id\":\"C1\",\"tier\":\"gold\",%s},",
            ROW);
        char row[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(row, sizeof row, CASES[i].rows, ROW);
#pragma GCC diagnostic pop
        buf_printf(&json, "%s]%s}", row, CASES[i].rest);
        const char *verdict = point_do(&point, PROVISO_DO_FACTS, buf_view(&json));
        ck_assert_msg(strcmp(verdict, "argument") == 0 &&
                          point_says(&point, CASES[i].detail),
                      "%s: %s", CASES[i].detail, point.answer);
        ck_assert_str_eq(refund(&point, "C1", "1"), "argument");
    }
    ck_assert_str_eq(facts(&point, "{\"table\":\"nothing\"}"), "unknown");
    ck_assert_str_eq(facts(&point, "{\"table\":\"clients\",\"rows\":{}}"), "malformed");
    ck_assert_str_eq(facts(&point, "{\"rows\":[]}"), "malformed");
    ck_assert_str_eq(facts(&point, "{\"table\":\"seats\",\"remove\":[[\"a\"]]}"),
                     "argument");
    ck_assert_str_eq(facts(&point, "{\"table\":\"seats\",\"remove\":[\"a\"]}"),
                     "argument");
    point_stop(&point);
}
END_TEST

// More than one operation may change.
START_TEST(too_many_rows_change_nothing)
{
    Point point;
    point_start(&point, POLICY);
    Buf json = buf_on(&point.arena);
    buf_c(&json, "{\"table\":\"clients\",\"rows\":[");
    char tag[501];
    memset(tag, 'x', 500);
    tag[500] = '\0';
    for (int i = 0; i < 300; i++)
        buf_printf(&json,
                   "%s{\"id\":\"C%d\",\"tier\":\"gold\",\"ceiling\":1,\"tags\":[\"%s\","
                   "\"%s\"]}",
                   i > 0 ? "," : "", i, tag, tag);
    buf_c(&json, "]}");
    ck_assert_str_eq(point_do(&point, PROVISO_DO_FACTS, buf_view(&json)), "too_large");
    ck_assert_str_eq(refund(&point, "C1", "1"), "argument");
    point_stop(&point);
}
END_TEST

#define OTHER(columns)                                                                 \
    HEAD "table clients live key id { " columns " }\n"                                 \
         "audience crm {\n"                                                            \
         "  uri \"https://crm.example/mcp\"  tenant \"acme\"\n"                        \
         "  tool look(client: string)\n"                                               \
         "  tool refund(client: string, amount: decimal) }\n"                          \
         "permit look { agent bot intent none tool crm.look when args.client in "      \
         "clients }\n"                                                                 \
         "permit refund { agent bot intent none tool crm.refund\n"                     \
         "  when args.amount <= clients[args.client].ceiling }\n"

// Rows outlive a policy; one with other columns knows that they are there, and no more.
START_TEST(rows_outlive_the_policy)
{
    static const char SAME[] = OTHER("ceiling: decimal");
    static const char WIDER[] = OTHER("ceiling: decimal, more: string?");
    Point point;
    point_start(&point, SAME);
    facts(&point, "{\"table\":\"clients\",\"rows\":[{\"id\":\"C1\",\"ceiling\":10}]}");
    ck_assert_str_eq(refund(&point, "C1", "10"), "allow");
    point_load(&point, WIDER);
    ck_assert_str_eq(look(&point, "C1"), "allow");
    ck_assert_str_eq(refund(&point, "C1", "10"), "no_permit");
    point_load(&point, SAME);
    ck_assert_str_eq(refund(&point, "C1", "10"), "allow");
    point_stop(&point);
}
END_TEST

static const char SHARED[] =
    HEAD "table orders live key id { tenant: string? }\n"
         "audience shop {\n"
         "  uri \"https://shop.example/mcp\"  tenant shared\n"
         "  tool ship(order: string) { arg order: key of orders }\n"
         "}\n"
         "permit ship { agent bot intent none tool shop.ship }\n";

static const char *ship(Point *point, const char *order)
{
    return point_ask(
        point,
        point_request(point, "bot",
                      arena_format(&point->arena,
                                   "\"audience\":\"https://shop.example/mcp\","
                                   "\"tool\":\"ship\",\"args\":{\"order\":\"%s\"}",
                                   order)
                          .at));
}

// A keyed row of a shared audience has a tenant: the law holds for live ones, too.
START_TEST(the_tenant_of_a_row_counts)
{
    Point point;
    point_start(&point, SHARED);
    facts(&point, "{\"table\":\"orders\",\"rows\":[{\"id\":\"A\",\"tenant\":\"acme\"},"
                  "{\"id\":\"B\",\"tenant\":\"beta\"},{\"id\":\"N\"}]}");
    ck_assert_str_eq(ship(&point, "A"), "allow");
    ck_assert_str_eq(ship(&point, "B"), "tenant");
    ck_assert_str_eq(ship(&point, "N"), "tenant");
    ck_assert_str_eq(ship(&point, "Z"), "argument");
    point_stop(&point);
}
END_TEST

UNIT_MAIN("live tables", rows_are_found_from_the_moment_they_are_set,
          keys_of_several_columns_and_without_case, a_wrong_row_changes_nothing,
          too_many_rows_change_nothing, rows_outlive_the_policy,
          the_tenant_of_a_row_counts)
