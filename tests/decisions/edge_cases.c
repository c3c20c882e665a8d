// SPDX-License-Identifier: Apache-2.0
// What is remembered at its edges: what has no room is denied before it is kept, and
// all that was kept can be applied again.
#include "tests/decisions/memory_unit.h"

static const char POLICY[] =
    "package edge\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\"  accepts okta }\n"
    "gateway back { uri \"https://back.example/mcp\"  accepts okta }\n"
    "agent bot { id \"bot\"  tenant \"acme\" }\n"
    "label secret\n"
    "attribute user.note: string?\n"
    "audience crm {\n"
    "  uri \"https://crm.example/mcp\"  tenant \"acme\"\n"
    "  tool look(text: string)\n"
    "  tool soil() { yields secret }\n"
    "  tool read() returns { text: string, cost: decimal? }\n"
    "  tool list() returns { rows: list<string> }\n"
    "  tool meet(text: string)\n"
    "  tool \"repo.drop\"()\n"
    "  tool drop()\n"
    "  tool ask(text: string)\n"
    "}\n"
    "intent work() { tools crm.look, crm.soil, crm.read, crm.list, crm.meet, crm.ask, "
    "crm.drop, crm.\"repo.drop\"  within 1h }\n"
    "permit any_of { intent work  tool crm.look, crm.soil, crm.list, crm.drop, "
    "crm.\"repo.drop\" }\n"
    "permit read { intent work  tool crm.read  token { uses 3 } }\n"
    "permit own  { intent work, none  tool crm.ask  require approval from user within "
    "1h }\n"
    "budget units { at most 10 per task }\n"
    "limit cost  { tool crm.read  spend 1 of units settle result.cost else 1 }\n"
    "forbid leak on result { tool crm.read  when task has secret }\n"
    "permit meet { intent work  tool crm.meet }\n"
    "forbid met  { tool crm.meet  when task called crm.look(text == args.text) }\n"
    "forbid seen { tool crm.meet  when task called crm.list(any x in result.rows: x == "
    "args.text) }\n";

// ---- what was kept ----

typedef struct Kept {
    Arena arena;
    Buf bytes;
} Kept;

static bool keep(void *keeper, int64_t now, int64_t tick, const void *changes,
                 size_t len)
{
    Kept *kept = keeper;
    if (len == 0)
        return true;
    buf_u64le(&kept->bytes, (uint64_t)now);
    buf_u64le(&kept->bytes, (uint64_t)tick);
    buf_u64le(&kept->bytes, len);
    buf_bytes(&kept->bytes, changes, len);
    return true;
}

static void start(Point *point, Kept *kept, const char *policy)
{
    *kept = (Kept){0};
    arena_init(&kept->arena, MEMORY_ARENA);
    kept->bytes = buf_on(&kept->arena);
    point_start(point, policy);
    proviso_memory_set_keep(point->memory, keep, kept);
}

// All that was kept makes a memory again.
static void stop(Point *point, Kept *kept)
{
    static const uint8_t secret[16] = {7};
    ProvisoMemory *again = proviso_memory_new(MEMORY_LIMIT, secret);
    Str bytes = buf_view(&kept->bytes);
    while (bytes.len > 0) {
        uint64_t head[3];
        memcpy(head, bytes.at, sizeof head);
        ck_assert(proviso_memory_apply(again, (int64_t)head[0], (int64_t)head[1],
                                       bytes.at + sizeof head, head[2]));
        bytes = str_slice(bytes, sizeof head + head[2], bytes.len);
    }
    proviso_memory_free(again);
    point_stop(point);
    arena_free(&kept->arena);
}

// ---- requests ----

static const char *open_task(Point *point, const char *id)
{
    Str rest =
        arena_format(&point->arena, "\"task\":{\"id\":\"%s\",\"intent\":\"work\"}", id);
    return point_do(point, PROVISO_DO_TASK_OPEN, point_request(point, "bot", rest.at));
}

static const char *call(Point *point, const char *tool, const char *args)
{
    Str rest = arena_format(&point->arena,
                            "\"task\":\"t\",\"audience\":\"https://crm.example/mcp\","
                            "\"tool\":\"%s\",\"args\":%s",
                            tool, args);
    return point_ask(point, point_request(point, "bot", rest.at));
}

static const char *report(Point *point, const char *grant, const char *more)
{
    return point_do(
        point, PROVISO_DO_OUTCOME,
        arena_format(&point->arena, "{\"grant\":\"%s\",\"ok\":true%s}", grant, more));
}

static const char *text_of(Point *point, size_t len)
{
    char *text = ARENA_ARRAY(&point->arena, len + 1, char);
    memset(text, 'a', len);
    text[len] = '\0';
    return text;
}

// A task that has filled what is kept of its calls gets no further one that is.
START_TEST(calls_that_have_no_room)
{
    Point point;
    Kept kept;
    start(&point, &kept, POLICY);
    ck_assert_str_eq(open_task(&point, "t"), "allow");
    const char *args =
        arena_format(&point.arena, "{\"text\":\"%s\"}", text_of(&point, 4000)).at;
    for (int i = 0; i < 16; i++)
        ck_assert_str_eq(call(&point, "look", args), "allow");
    ck_assert_str_eq(call(&point, "look", args), "budget");
    ck_assert(point_says(&point, "no more calls"));
    ck_assert_str_eq(call(&point, "drop", "{}"), "allow");
    stop(&point, &kept);
}
END_TEST

// Their results take more room than the calls did.
START_TEST(results_that_have_no_room)
{
    Point point;
    Kept kept;
    char grants[8][33];
    start(&point, &kept, POLICY);
    ck_assert_str_eq(open_task(&point, "t"), "allow");
    for (int i = 0; i < 8; i++) {
        ck_assert_str_eq(call(&point, "list", "{}"), "allow");
        memcpy(grants[i], point.grant, sizeof grants[i]);
    }
    const char *rows = arena_format(&point.arena, ",\"result\":{\"rows\":[\"%s\"]}",
                                    text_of(&point, 15000))
                           .at;
    for (int i = 0; i < 8; i++)
        ck_assert_str_eq(report(&point, grants[i], rows), "allow");
    // What the last ones returned stays unknown.
    ck_assert_str_eq(call(&point, "meet", "{\"text\":\"b\"}"), "undetermined");
    stop(&point, &kept);
}
END_TEST

// A policy of 200 labels, each of its own, that one call touches.
static const char *policy_of_labels(Point *point, char letter)
{
    Buf text = buf_on(&point->arena);
    buf_printf(&text,
               "package many\nissuer okta { uri \"https://okta.example\" }\n"
               "gateway edge { uri \"https://edge.example/mcp\"  accepts okta }\n"
               "agent bot { id \"bot\"  tenant \"acme\" }\n"
               "intent work() { tools crm.soil  within 1h }\n"
               "permit soil { intent work  tool crm.soil }\nlabel ");
    for (int i = 0; i < 200; i++)
        buf_printf(&text, "%s%c%d sticky", i == 0 ? "" : ", ", letter, i);
    buf_printf(&text,
               "\naudience crm { uri \"https://crm.example/mcp\"  tenant \"acme\"\n"
               "  tool soil() { yields ");
    for (int i = 0; i < 200; i++)
        buf_printf(&text, "%s%c%d", i == 0 ? "" : ", ", letter, i);
    buf_printf(&text, " } }\n");
    buf_char(&text, 0);
    return text.at;
}

START_TEST(labels_that_have_no_room)
{
    Point point;
    Kept kept;
    start(&point, &kept, POLICY);
    point_load(&point, policy_of_labels(&point, 'a'));
    ck_assert_str_eq(open_task(&point, "t"), "allow");
    ck_assert_str_eq(call(&point, "soil", "{}"), "allow");
    point_load(&point, policy_of_labels(&point, 'b'));
    ck_assert_str_eq(call(&point, "soil", "{}"), "unavailable");
    point_load(&point, policy_of_labels(&point, 'a'));
    ck_assert_str_eq(call(&point, "soil", "{}"), "allow");
    stop(&point, &kept);
}
END_TEST

// A call that needs the approval of a user whose id is so long.
static const char *ask(Point *point, size_t len, const char **user)
{
    *user = text_of(point, len);
    return point_ask(
        point,
        arena_format(
            &point->arena,
            "{\"gateway\":\"edge\",\"agent\":\"bot\",\"user\":{\"id\":\"%s\","
            "\"tenant\":\"acme\"},\"presenter\":\"key-bot\",\"credential\":{"
            "\"iss\":\"https://okta.example\",\"aud\":\"https://edge.example/mcp\","
            "\"sub\":\"%s\",\"exp\":1772500000,\"cnf\":\"key-bot\"},"
            "\"audience\":\"https://crm.example/mcp\",\"tool\":\"ask\","
            "\"args\":{\"text\":\"\"}}",
            *user, *user));
}

// The id that the last deny asked approval under.
static const char *asked_id(Point *point)
{
    static const char NAME[] = "\"id\":\"";
    const char *at = strstr(point->answer, NAME);
    ck_assert_ptr_nonnull(at);
    return arena_format(&point->arena, "%.32s", at + sizeof NAME - 1).at;
}

START_TEST(names_that_are_too_long)
{
    static const struct {
        size_t len;
        const char *asked, *given;
    } ROWS[] = {
        {4096, "approval", "allow"},        {4097, "approval", "unavailable"},
        {60000, "approval", "unavailable"}, {65535, "unavailable", NULL},
        {70000, "unavailable", NULL},
    };
    Point point;
    Kept kept;
    start(&point, &kept, POLICY);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const char *user;
        ck_assert_str_eq(ask(&point, ROWS[i].len, &user), ROWS[i].asked);
        if (ROWS[i].given == NULL)
            continue;
        Str yes = arena_format(&point.arena, "{\"id\":\"%s\",\"by\":\"%s\"}",
                               asked_id(&point), user);
        ck_assert_str_eq(point_do(&point, PROVISO_DO_APPROVE, yes), ROWS[i].given);
    }
    stop(&point, &kept);
}
END_TEST

// ---- outcomes ----

static const char SECRET[] = ",\"result\":{\"text\":\"x\"}";

static const char *report_failed(Point *point)
{
    return point_do(
        point, PROVISO_DO_OUTCOME,
        arena_format(&point->arena, "{\"grant\":\"%s\",\"ok\":false}", point->grant));
}

// `read` in a task that has touched what its result must not meet.
static void read_secret(Point *point, Kept *kept)
{
    start(point, kept, POLICY);
    ck_assert_str_eq(open_task(point, "t"), "allow");
    ck_assert_str_eq(call(point, "soil", "{}"), "allow");
    ck_assert_str_eq(call(point, "read", "{}"), "allow");
}

START_TEST(a_result_is_judged_in_its_task)
{
    Point point;
    Kept kept;
    for (int way = 0; way < 3; way++) {
        read_secret(&point, &kept);
        if (way == 1)
            ck_assert_str_eq(point_do(&point, PROVISO_DO_TASK_CLOSE,
                                      STR("{\"task\":\"t\",\"tenant\":\"acme\"}")),
                             "allow");
        if (way == 2)
            point.passed += 200 * MEMORY_SECOND;
        ck_assert_str_eq(report(&point, point.grant, SECRET), "forbidden");
        ck_assert_str_eq(report(&point, point.grant, SECRET), "forbidden");
        stop(&point, &kept);
    }
}
END_TEST

// Its task ends before the time in which an outcome is taken.
START_TEST(a_result_is_judged_when_its_task_is_over)
{
    Point point;
    Kept kept;
    start(&point, &kept, POLICY);
    ck_assert_str_eq(open_task(&point, "t"), "allow");
    point.passed = 3590 * MEMORY_SECOND;
    ck_assert_str_eq(call(&point, "soil", "{}"), "allow");
    ck_assert_str_eq(call(&point, "read", "{}"), "allow");
    point.passed = 3620 * MEMORY_SECOND;
    ck_assert_str_eq(report(&point, point.grant, SECRET), "forbidden");
    stop(&point, &kept);
}
END_TEST

START_TEST(one_outcome_for_each_call)
{
    static const char OTHER[] = ",\"result\":{\"text\":\"y\"}";
    static const char FOUND[] = ",\"result\":{\"text\":\"x\"},\"labels\":[\"secret\"]";
    Point point;
    Kept kept;
    read_secret(&point, &kept);
    ck_assert_str_eq(report_failed(&point), "allow");
    ck_assert_str_eq(report_failed(&point), "allow");
    ck_assert_str_eq(report(&point, point.grant, SECRET), "malformed");
    ck_assert(point_says(&point, "another outcome"));
    stop(&point, &kept);
    start(&point, &kept, POLICY);
    ck_assert_str_eq(open_task(&point, "t"), "allow");
    ck_assert_str_eq(call(&point, "read", "{}"), "allow");
    ck_assert_str_eq(report(&point, point.grant, SECRET), "allow");
    ck_assert_str_eq(report(&point, point.grant, SECRET), "allow");
    ck_assert_str_eq(report(&point, point.grant, OTHER), "malformed");
    ck_assert_str_eq(report(&point, point.grant, FOUND), "malformed");
    ck_assert_str_eq(report(&point, point.grant, ""), "malformed");
    ck_assert_str_eq(report_failed(&point), "malformed");
    ck_assert_str_eq(report(&point, point.grant, SECRET), "allow");
    stop(&point, &kept);
}
END_TEST

static const char *report_at(Point *point, const char *gateway)
{
    uint32_t number = proviso_engine_gateway(point->engine, gateway, strlen(gateway));
    Buf body = buf_on(&point->arena);
    TranscodeError error = {0};
    Str json = arena_format(&point->arena, "{\"grant\":\"%s\",\"ok\":true%s}",
                            point->grant, SECRET);
    ck_assert_int_eq(transcode_object(&point->arena, json, &body, &error), STATUS_OK);
    ProvisoCall of = point_call(point, buf_view(&body));
    of.gateways = &number;
    of.gateway_count = 1;
    char out[1024];
    size_t len;
    ProvisoVerdict verdict;
    ck_assert_int_eq(proviso_session_operate(point->session, PROVISO_DO_OUTCOME, &of,
                                             out, sizeof out, &len, &verdict),
                     PROVISO_OK);
    return point_verdict(point, (Str){out, len}, &verdict);
}

// A broker reports of its own gateway's calls alone.
START_TEST(an_outcome_of_another_gateway)
{
    Point point;
    Kept kept;
    start(&point, &kept, POLICY);
    ck_assert_str_eq(open_task(&point, "t"), "allow");
    ck_assert_str_eq(call(&point, "read", "{}"), "allow");
    ck_assert_str_eq(report_at(&point, "back"), "unknown");
    ck_assert_str_eq(report_at(&point, "edge"), "allow");
    ck_assert_str_eq(report_at(&point, "back"), "unknown");
    stop(&point, &kept);
}
END_TEST

// A rule on results that came while the call was on its way: nothing was kept to judge
// by.
START_TEST(a_rule_on_results_that_came_later)
{
    Point point;
    Kept kept;
    start(&point, &kept, POLICY);
    ck_assert_str_eq(open_task(&point, "t"), "allow");
    ck_assert_str_eq(call(&point, "drop", "{}"), "allow");
    const char *grant = arena_format(&point.arena, "%s", point.grant).at;
    point_load(&point, arena_format(&point.arena, "%s%s", POLICY,
                                    "forbid later on result { tool crm.drop }\n")
                           .at);
    ck_assert_str_eq(report(&point, grant, SECRET), "undetermined");
    stop(&point, &kept);
}
END_TEST

// ---- checks ----

static const char *check_tool(Point *point, const char *tool)
{
    return point_do(point, PROVISO_DO_CHECK,
                    arena_format(&point->arena, "{\"grant\":\"%s\",\"tool\":\"%s\"}",
                                 point->grant, tool));
}

START_TEST(a_name_that_ends_like_another)
{
    Point point;
    Kept kept;
    start(&point, &kept, POLICY);
    ck_assert_str_eq(open_task(&point, "t"), "allow");
    ck_assert_str_eq(call(&point, "repo.drop", "{}"), "allow");
    ck_assert_str_eq(check_tool(&point, "drop"), "argument");
    ck_assert_str_eq(check_tool(&point, "crm.drop"), "argument");
    ck_assert_str_eq(check_tool(&point, "repo.drop"), "allow");
    ck_assert_str_eq(check_tool(&point, "crm.repo.drop"), "allow");
    stop(&point, &kept);
}
END_TEST

// ---- approvals ----

// Who says yes again, as one whose answer was lost does, says it to nobody.
START_TEST(a_yes_that_comes_twice)
{
    Point point;
    Kept kept;
    const char *user;
    start(&point, &kept, POLICY);
    ck_assert_str_eq(ask(&point, 3, &user), "approval");
    Str yes = arena_format(&point.arena, "{\"id\":\"%s\",\"by\":\"%s\"}",
                           asked_id(&point), user);
    ck_assert_str_eq(point_do(&point, PROVISO_DO_APPROVE, yes), "allow");
    ck_assert_str_eq(point_do(&point, PROVISO_DO_APPROVE, yes), "allow");
    ck_assert_str_eq(ask(&point, 3, &user), "allow");
    ck_assert_str_eq(point_do(&point, PROVISO_DO_APPROVE, yes), "unknown");
    ck_assert_str_eq(ask(&point, 3, &user), "approval");
    stop(&point, &kept);
}
END_TEST

// ---- revocations ----

// One that names no tenant is of all.
START_TEST(a_user_of_every_tenant)
{
    static const struct {
        const char *revocation, *verdict;
    } ROWS[] = {
        {"{\"kind\":\"user\",\"name\":\"ada\"}", "revoked"},
        {"{\"kind\":\"user\",\"name\":\"ada\",\"tenant\":\"acme\"}", "revoked"},
        {"{\"kind\":\"user\",\"name\":\"ada\",\"tenant\":\"beta\"}", "allow"},
        {"{\"kind\":\"user\",\"name\":\"eve\"}", "allow"},
        {"{\"kind\":\"task\",\"name\":\"t\"}", "revoked"},
        {"{\"kind\":\"tenant\",\"name\":\"acme\"}", "revoked"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        Point point;
        Kept kept;
        start(&point, &kept, POLICY);
        ck_assert_str_eq(open_task(&point, "t"), "allow");
        ck_assert_str_eq(call(&point, "read", "{}"), "allow");
        ck_assert_str_eq(
            point_do(&point, PROVISO_DO_REVOKE, str_from_c(ROWS[i].revocation)),
            "allow");
        ck_assert_str_eq(check_tool(&point, "read"), ROWS[i].verdict);
        ck_assert_str_eq(call(&point, "soil", "{}"), ROWS[i].verdict);
        stop(&point, &kept);
    }
}
END_TEST

// A policy that remembers nothing: tasks are told of, and parties are of two tenants.
static const char TOLD[] =
    "package told\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\"  accepts okta }\n"
    "agent bot  { id \"bot\"  tenant \"gamma\" }\n"
    "agent boss { id \"boss\"  tenant \"acme\" }\n"
    "audience crm { uri \"https://crm.example/mcp\"  tenant \"beta\"  tool look() }\n"
    "intent work() { tools crm.look  within 1h }\n"
    "permit look { intent work  tool crm.look\n"
    "  across user \"acme\", audience \"beta\", agent \"gamma\" }\n";

START_TEST(what_a_call_is_of_is_revoked)
{
    static const struct {
        const char *kind, *name, *verdict;
    } ROWS[] = {
        {"task", "t", "revoked"},        {"agent", "boss", "revoked"},
        {"agent", "bot", "revoked"},     {"tenant", "acme", "revoked"},
        {"tenant", "beta", "revoked"},   {"tenant", "gamma", "revoked"},
        {"tenant", "delta", "allow"},    {"task", "u", "allow"},
        {"tool", "crm.look", "revoked"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        Point point;
        Kept kept;
        start(&point, &kept, TOLD);
        Str request = point_request(
            &point, "bot",
            "\"task\":{\"id\":\"t\",\"intent\":\"work\",\"opened\":1772442000},"
            "\"chain\":[\"boss\"],\"audience\":\"https://crm.example/mcp\","
            "\"tool\":\"look\",\"args\":{}");
        ck_assert_str_eq(point_ask(&point, request), "allow");
        Str what = arena_format(&point.arena, "{\"kind\":\"%s\",\"name\":\"%s\"}",
                                ROWS[i].kind, ROWS[i].name);
        ck_assert_str_eq(point_do(&point, PROVISO_DO_REVOKE, what), "allow");
        bool is_of_task = strcmp(ROWS[i].name, "t") == 0 ||
                          strcmp(ROWS[i].name, "boss") == 0; // no grant knows of these
        if (!is_of_task)
            ck_assert_str_eq(check_tool(&point, "look"), ROWS[i].verdict);
        ck_assert_str_eq(point_ask(&point, request), ROWS[i].verdict);
        stop(&point, &kept);
    }
}
END_TEST

// ---- parts of a second, and ids ----

static const char SHORT[] =
    "package short\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\"  accepts okta }\n"
    "agent bot  { id \"bot\"  tenant \"acme\" }\n"
    "audience crm { uri \"https://crm.example/mcp\"  tenant \"acme\"\n"
    "  tool look()  tool once()  tool hand() returns { x: int } }\n"
    "intent work() { tools crm.look, crm.once, crm.hand  within 1h }\n"
    "permit look { intent work  tool crm.look, crm.once }\n"
    "permit hand { intent work  tool crm.hand  token { depth 2, uses 5 } }\n"
    "forbid once { tool crm.once  when user called crm.look() last 1500ms }\n"
    "forbid from on result { tool crm.hand  when has grant }\n";

START_TEST(parts_of_a_second)
{
    static const struct {
        int64_t ms;
        const char *verdict;
    } ROWS[] = {
        {0, "forbidden"},       {600, "forbidden"},     {900, "undetermined"},
        {1200, "undetermined"}, {1500, "undetermined"}, {1600, "allow"},
    };
    Point point;
    Kept kept;
    start(&point, &kept, SHORT);
    ck_assert_str_eq(open_task(&point, "t"), "allow");
    point.passed = 900000000;
    ck_assert_str_eq(call(&point, "look", "{}"), "allow");
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        point.passed = (900 + ROWS[i].ms) * 1000000;
        ck_assert_str_eq(call(&point, "once", "{}"), ROWS[i].verdict);
    }
    stop(&point, &kept);
}
END_TEST

START_TEST(a_rule_on_results_reads_the_grant)
{
    static const char X[] = ",\"result\":{\"x\":1}";
    Point point;
    Kept kept;
    start(&point, &kept, SHORT);
    ck_assert_str_eq(open_task(&point, "t"), "allow");
    ck_assert_str_eq(call(&point, "hand", "{}"), "allow");
    ck_assert_str_eq(report(&point, point.grant, X), "allow");
    Str rest = arena_format(&point.arena, "{},\"grant\":\"%s\"", point.grant);
    ck_assert_str_eq(call(&point, "hand", rest.at), "allow");
    ck_assert_str_eq(report(&point, point.grant, X), "forbidden");
    stop(&point, &kept);
}
END_TEST

// As when an answer had no room, and the caller gives the same random bytes again.
START_TEST(an_id_that_is_used_already)
{
    Point point;
    Kept kept;
    start(&point, &kept, SHORT);
    ck_assert_str_eq(open_task(&point, "t"), "allow");
    ck_assert_str_eq(call(&point, "look", "{}"), "allow");
    point.calls--;
    ck_assert_str_eq(call(&point, "look", "{}"), "unavailable");
    ck_assert_str_eq(call(&point, "look", "{}"), "allow");
    stop(&point, &kept);
}
END_TEST

UNIT_MAIN("edge", calls_that_have_no_room, results_that_have_no_room,
          labels_that_have_no_room, names_that_are_too_long,
          a_result_is_judged_in_its_task, a_result_is_judged_when_its_task_is_over,
          one_outcome_for_each_call, an_outcome_of_another_gateway,
          a_rule_on_results_that_came_later, a_name_that_ends_like_another,
          a_yes_that_comes_twice, a_user_of_every_tenant, what_a_call_is_of_is_revoked,
          parts_of_a_second, a_rule_on_results_reads_the_grant,
          an_id_that_is_used_already)
