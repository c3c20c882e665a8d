// SPDX-License-Identifier: Apache-2.0
// Decisions of a small policy, end to end through the embedding interface: JSON in, the
// protocol's answer out. Each case changes one thing of a request that is allowed.
#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/unit.h"
#include "engine/engine.h"
#include "engine/wire/transcode.h"
#include "lang/emit/emit_unit.h"

// ---- allocations are counted, except where a sanitizer has the allocator ----

#if defined(__SANITIZE_ADDRESS__)
#define IS_COUNTED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_COUNTED 0
#endif
#endif
#ifndef IS_COUNTED
#define IS_COUNTED 1
#endif

static unsigned *allocations(void)
{
    static unsigned count;
    return &count;
}

#if IS_COUNTED
// glibc's own names for what these stand in front of.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
    ++*allocations();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    ++*allocations();
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    ++*allocations();
    return __libc_realloc(memory, size);
}
#endif

// ---- the policy ----

static const int64_t NOW = 1772442000000000000; // 2026-03-02T09:00:00Z

typedef struct Fixture {
    World world;
    ProvisoEngine *engine;
    ProvisoSession *session;
    uint8_t answer[1 << 16];
    size_t answer_len;
} Fixture;

// permit refund { agent bot; intent resolve; tool crm.refund; when region == "eu" and
// amount <= 50; token { ttl 30s, free {note} } }
static void add_permit(World *world)
{
    Build *build = &world->build;
    Rule *rule = build_rule(build, RULE_PERMIT, STR("refund"));
    build_scope(build, rule, DIM_AGENT, world->bot);
    build_scope(build, rule, DIM_INTENT, world->resolve);
    build_scope(build, rule, DIM_TOOL, world->refund);
    build_when(rule, world_region_is(world, "eu"));
    build_when(rule, world_amount_up_to(world, 50000));
    static const char *const free[] = {"note"};
    rule->token = (Token){.says = TOKEN_TTL | TOKEN_FREE,
                          .ttl = 30000000000,
                          .free = build_texts(build, free, 1),
                          .free_count = 1};
}

// forbid interns { tool @payment; when user.department == "interns" }
static void add_forbid(World *world)
{
    Build *build = &world->build;
    Rule *rule = build_rule(build, RULE_FORBID, STR("interns"));
    build_term(build_head(build, rule), DIM_TOOL_TAG, NONE, "payment");
    build_when(rule, build_test(build, IR_EQ, world_slot(world, world->department),
                                build_text(build, STR("interns"))));
}

// limit brief { tool crm.refund; when amount > 20; require acr "mfa" within 5m;
// token { ttl 15s } }
static void add_limit(World *world)
{
    Build *build = &world->build;
    Rule *rule = build_rule(build, RULE_LIMIT, STR("brief"));
    build_scope(build, rule, DIM_TOOL, world->refund);
    build_when(rule, build_test(build, IR_LT, build_decimal(build, 20000),
                                world_slot(world, world->amount)));
    rule->token = (Token){.says = TOKEN_TTL, .ttl = 15000000000};
    static const char *const acrs[] = {"pwd", "mfa"};
    build->program.acrs = build_texts(build, acrs, 2);
    build->program.acr_count = 2;
    rule->requirements = ARENA_NEW(&build->arena, Requirement);
    *rule->requirements =
        (Requirement){.kind = REQUIRE_ACR, .of = 1, .within = 300000000000};
    rule->requirement_count = 1;
}

static void start(Fixture *fixture)
{
    char why[256] = "";
    ProvisoTrust trust = {.allow_unsigned = true};
    EmitOptions options = emit_defaults();
    world_start(&fixture->world, (size_t)64 << 20, 8);
    add_permit(&fixture->world);
    add_forbid(&fixture->world);
    add_limit(&fixture->world);
    Str bytes = world_bytes(&fixture->world, &options);
    ProvisoStatus status = proviso_engine_load(bytes.at, bytes.len, &trust,
                                               &fixture->engine, why, sizeof why);
    ck_assert_msg(status == PROVISO_OK, "%s", why);
    fixture->session = proviso_session_new(fixture->engine, NULL);
    ck_assert_ptr_nonnull(fixture->session);
}

static void stop(Fixture *fixture)
{
    proviso_session_free(fixture->session);
    proviso_engine_free(fixture->engine);
    arena_free(&fixture->world.build.arena);
}

// The request that is allowed, with members replaced: each of `changes` (a JSON object)
// takes the place of the member of its name; null takes it away.
static const char BASE[] =
    "{\"gateway\":\"edge\",\"agent\":\"spiffe://acme.example/bot\","
    "\"user\":{\"id\":\"u-7\",\"tenant\":\"acme\",\"department\":\"sales\"},"
    "\"audience\":\"https://crm.acme.example/mcp\",\"tool\":\"refund\","
    "\"args\":{\"amount\":10.5,\"region\":\"eu\",\"path\":\"/a\",\"tags\":[]},"
    "\"task\":{\"id\":\"t1\",\"intent\":\"resolve\",\"params\":{\"ticket\":\"T1\"},"
    "\"opened\":\"2026-03-02T08:59:00Z\"},"
    "\"credential\":{\"iss\":\"https://acme.okta.example\","
    "\"aud\":\"https://edge.acme.example/mcp\",\"sub\":\"u-7\","
    "\"exp\":\"2026-03-02T09:10:00Z\",\"cnf\":\"key-1\"},\"presenter\":\"key-1\"}";

static Str merged(Arena *arena, const char *changes)
{
    const JsonValue *base, *change;
    JsonError error;
    Buf out = buf_on(arena);
    ck_assert_int_eq(json_parse(arena, str_from_c(BASE), &base, &error), STATUS_OK);
    ck_assert_int_eq(json_parse(arena, str_from_c(changes), &change, &error),
                     STATUS_OK);
    bool is_first = true;
    buf_char(&out, '{');
    for (int round = 0; round < 2; round++) {
        const JsonValue *from = round == 0 ? base->first : change->first;
        for (; from; from = from->next) {
            if ((round == 0 && json_member(change, from->name)) ||
                from->kind == JSON_NULL)
                continue;
            buf_printf(&out, "%s\"%.*s\":%.*s", is_first ? "" : ",",
                       STR_ARG(from->name), STR_ARG(from->raw));
            is_first = false;
        }
    }
    buf_char(&out, '}');
    return buf_view(&out);
}

// Decides the changed request; the answer as JSON.
static ProvisoCall call_of(Arena *arena, const char *changes)
{
    TranscodeError error = {0};
    Buf body = buf_on(arena);
    Status status = transcode_request(arena, merged(arena, changes), &body, &error);
    ck_assert_msg(status == STATUS_OK, "%.*s", STR_ARG(error.text));
    return (ProvisoCall){.body = body.at, .body_len = body.len, .now = NOW};
}

static Str ask(Fixture *fixture, Arena *arena, const char *changes, bool is_explained)
{
    Buf json = buf_on(arena);
    ProvisoCall call = call_of(arena, changes);
    ProvisoVerdict verdict;
    ProvisoStatus done =
        is_explained
            ? proviso_session_explain(fixture->session, &call, fixture->answer,
                                      sizeof fixture->answer, &fixture->answer_len)
            : proviso_session_decide(fixture->session, &call, fixture->answer,
                                     sizeof fixture->answer, &fixture->answer_len,
                                     &verdict);
    ck_assert_int_eq(done, PROVISO_OK);
    Str answer = {(const char *)fixture->answer, fixture->answer_len};
    ck_assert_int_eq(transcode_to_json(answer, 0, &json), STATUS_OK);
    return buf_view(&json);
}

static void expect(Fixture *fixture, const char *changes, const char *part)
{
    Arena arena;
    arena_init(&arena, (size_t)64 << 20);
    arena.exhausted = NULL;
    Str answer = ask(fixture, &arena, changes, false);
    ck_assert_msg(str_contains(answer, str_from_c(part)), "%s\nwants %s\nanswer %.*s",
                  changes, part, STR_ARG(answer));
    arena_free(&arena);
}

typedef struct Case {
    const char *changes;
    const char *part; // of the answer
} Case;

// One row a code and way to reach it, in the order of the stages.
static const Case CASES[] = {
    {"{}", "\"decision\":true"},
    {"{}", "\"token_lifetime\":30"},
    {"{}", "\"uses\":1"},
    {"{}", "\"granted_scope\":\"refunds:create\""},
    {"{}", "\"sender\":\"dpop\""},
    {"{}", "\"audience\":[\"https://crm.acme.example/mcp\"]"},
    {"{}", "\"amount\":{\"value\":10.5,\"constraint_type\":\"exact\"}"},
    {"{\"args\":{\"amount\":1,\"region\":\"eu\",\"path\":\"/"
     "\",\"tags\":[],\"note\":\"x\"}}",
     "\"note\":{\"constraint_type\":\"wildcard\"}"},
    // 1: well formed
    {"{\"agent\":null}", "\"code\":\"malformed\""},
    {"{\"agent\":7}", "\"code\":\"malformed\""},
    {"{\"task\":{\"id\":\"t1\"}}", "\"code\":\"malformed\""},
    {"{\"ask\":{\"ttl\":0}}", "\"code\":\"malformed\""},
    {"{\"credential\":{\"token\":\"x\"}}", "\"code\":\"malformed\""},
    {"{\"args\":{\"amount\":1,\"region\":\"eu\",\"path\":\"/\",\"tags\":[],"
     "\"note\":\"Bearer abcdefghijklmnopqrstuvwxyz0123456789\"}}",
     "\"code\":\"secret\""},
    // 2: known
    {"{\"gateway\":\"other\"}", "\"code\":\"unknown\""},
    {"{\"agent\":\"spiffe://acme.example/nobody\"}", "\"code\":\"unknown\""},
    {"{\"audience\":\"https://crm.acme.example/\"}", "\"code\":\"unknown\""},
    {"{\"tool\":\"refunds\"}", "\"code\":\"unknown\""},
    {"{\"chain\":[\"spiffe://acme.example/nobody\"]}", "\"code\":\"unknown\""},
    {"{\"args\":{\"amount\":1,\"region\":\"eu\",\"path\":\"/\"}}",
     "args.tags: is required"},
    {"{\"args\":{\"amount\":\"1\",\"region\":\"eu\",\"path\":\"/\",\"tags\":[]}}",
     "args.amount: must be a number"},
    {"{\"args\":{\"amount\":1,\"region\":\"eu\",\"path\":\"/\",\"tags\":[],\"cc\":1}}",
     "\"code\":\"argument\""},
    {"{\"user\":{\"id\":\"u-7\",\"tenant\":\"acme\",\"shoe\":44}}",
     "user.shoe: is not declared"},
    // 3: credential
    {"{\"credential\":null}", "\"code\":\"credential\""},
    {"{\"credential\":{\"iss\":\"https://acme.okta.example\","
     "\"aud\":\"https://edge.acme.example/mcp\",\"sub\":\"u-7\",\"iat\":-9223372036,"
     "\"exp\":\"2026-03-02T09:10:00Z\",\"cnf\":\"key-1\"}}",
     "\"decision\":true"},
    {"{\"presenter\":\"key-2\"}", "credential.cnf: not bound"},
    {"{\"presenter\":null}", "credential.cnf: not bound"},
    // 4: envelope
    {"{\"agent\":\"spiffe://acme.example/clerk\"}", "\"code\":\"intent\""},
    {"{\"task\":{\"id\":\"t\",\"intent\":\"resolve\",\"params\":{\"ticket\":\"T\"},"
     "\"opened\":\"2026-03-02T08:45:00Z\"}}",
     "\"code\":\"task\""},
    {"{\"task\":{\"id\":\"t\",\"intent\":\"resolve\",\"params\":{\"ticket\":\"T\"},"
     "\"opened\":\"2026-03-02T08:59:00Z\",\"above\":[\"resolve\"]}}",
     "\"code\":\"delegation\""},
    // 5: forbids
    {"{\"user\":{\"id\":\"u-7\",\"tenant\":\"acme\",\"department\":\"interns\"}}",
     "\"code\":\"forbidden\""},
    {"{\"user\":{\"id\":\"u-7\",\"tenant\":\"acme\",\"department\":\"interns\"}}",
     "\"name\":\"interns\""},
    {"{\"user\":\"u-7\"}", "\"code\":\"missing\""},
    {"{\"user\":\"u-7\"}", "\"missing\":[\"user.department\"]"},
    // 6: permits
    {"{\"args\":{\"amount\":50.001,\"region\":\"eu\",\"path\":\"/\",\"tags\":[]}}",
     "\"code\":\"no_permit\""},
    {"{\"args\":{\"amount\":1,\"region\":\"us\",\"path\":\"/\",\"tags\":[]}}",
     "\"code\":\"no_permit\""},
    {"{\"args\":{\"amount\":1e30,\"region\":\"eu\",\"path\":\"/\",\"tags\":[]}}",
     "\"decision\":false"},
    {"{\"task\":null}", "\"code\":\"no_permit\""},
    {"{\"user\":{\"id\":\"u-7\",\"tenant\":\"beta\",\"department\":\"sales\"}}",
     "\"code\":\"tenant\""},
    {"{\"user\":{\"id\":\"u-7\",\"department\":\"sales\"}}", "\"code\":\"tenant\""},
    // 7: limits
    {"{\"args\":{\"amount\":50,\"region\":\"eu\",\"path\":\"/\",\"tags\":[]}}",
     "\"code\":\"step_up\""},
    {"{\"args\":{\"amount\":50,\"region\":\"eu\",\"path\":\"/\",\"tags\":[]}}",
     "\"remedies\":[{\"code\":\"step_up\",\"max_age\":300,\"acr_values\":\"mfa\"}]"},
    {"{\"args\":{\"amount\":50,\"region\":\"eu\",\"path\":\"/\",\"tags\":[]},"
     "\"user\":{\"id\":\"u-7\",\"tenant\":\"acme\",\"department\":\"sales\",\"acr\":"
     "\"mfa\","
     "\"auth_time\":\"2026-03-02T08:55:00Z\"}}",
     "\"token_lifetime\":15"},
    {"{\"args\":{\"amount\":50,\"region\":\"eu\",\"path\":\"/\",\"tags\":[]},"
     "\"user\":{\"id\":\"u-7\",\"tenant\":\"acme\",\"department\":\"sales\",\"acr\":"
     "\"mfa\","
     "\"auth_time\":\"2026-03-02T08:54:59Z\"}}",
     "\"code\":\"step_up\""},
    {"{\"ask\":{\"ttl\":5}}", "\"token_lifetime\":5"},
    {"{\"ask\":{\"scope\":\"refunds:create\"}}", "\"decision\":true"},
    {"{\"ask\":{\"scope\":\"refunds:all\"}}", "\"code\":\"limited\""},
};

START_TEST(each_code_is_reached)
{
    Fixture fixture;
    start(&fixture);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        expect(&fixture, CASES[i].changes, CASES[i].part);
    stop(&fixture);
}
END_TEST

START_TEST(an_explanation_names_what_failed)
{
    Fixture fixture;
    Arena arena;
    start(&fixture);
    arena_init(&arena, (size_t)64 << 20);
    Str answer = ask(&fixture, &arena,
                     "{\"args\":{\"amount\":60,\"region\":\"eu\",\"path\":\"/\","
                     "\"tags\":[]}}",
                     true);
    ck_assert_msg(str_contains(answer, STR("\"condition\":\"args.amount <= 50\"")),
                  "%.*s", STR_ARG(answer));
    arena_free(&arena);
    stop(&fixture);
}
END_TEST

// The same input gives the same bytes, whatever was decided in between.
START_TEST(a_decision_is_a_function_of_its_input)
{
    Fixture fixture;
    Arena arena;
    start(&fixture);
    arena_init(&arena, (size_t)64 << 20);
    Str first = ask(&fixture, &arena, "{}", false);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        ask(&fixture, &arena, CASES[i].changes, false);
    Str again = ask(&fixture, &arena, "{}", false);
    ck_assert(str_eq(first, again));
    arena_free(&arena);
    stop(&fixture);
}
END_TEST

static void decide_uncounted(Fixture *fixture, const ProvisoCall *call)
{
    ProvisoVerdict verdict;
    unsigned before = *allocations();
    (void)proviso_session_decide(fixture->session, call, fixture->answer,
                                 sizeof fixture->answer, &fixture->answer_len,
                                 &verdict);
    (void)proviso_session_explain(fixture->session, call, fixture->answer,
                                  sizeof fixture->answer, &fixture->answer_len);
    (void)proviso_session_list(fixture->session, call, fixture->answer,
                               sizeof fixture->answer, &fixture->answer_len);
    ck_assert_uint_eq(*allocations(), before);
}

START_TEST(deciding_allocates_nothing)
{
    Fixture fixture;
    Arena arena;
    start(&fixture);
    ck_assert(*allocations() > 0 || !IS_COUNTED);
    arena_init(&arena, (size_t)64 << 20);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        ProvisoCall call = call_of(&arena, CASES[i].changes);
        decide_uncounted(&fixture, &call);
    }
    ProvisoCall list = call_of(&arena, "{\"tool\":null,\"args\":null}");
    decide_uncounted(&fixture, &list);
    arena_free(&arena);
    stop(&fixture);
}
END_TEST

static bool is_allowed_for(Fixture *fixture, const char *changes, uint32_t gateway)
{
    Arena arena;
    TranscodeError error;
    ProvisoVerdict verdict;
    arena_init(&arena, (size_t)64 << 20);
    Buf body = buf_on(&arena);
    ck_assert_int_eq(transcode_request(&arena, merged(&arena, changes), &body, &error),
                     STATUS_OK);
    ProvisoCall call = {.body = body.at,
                        .body_len = body.len,
                        .gateways = &gateway,
                        .gateway_count = 1,
                        .now = NOW};
    ck_assert_int_eq(proviso_session_decide(fixture->session, &call, fixture->answer,
                                            sizeof fixture->answer,
                                            &fixture->answer_len, &verdict),
                     PROVISO_OK);
    arena_free(&arena);
    return verdict.allow;
}

// Who is bound to a gateway that the policy doesn't have may speak for none.
START_TEST(a_caller_speaks_for_its_gateway_only)
{
    static const char nameless[] = "{\"gateway\":null}";
    Fixture fixture;
    start(&fixture);
    uint32_t edge = proviso_engine_gateway(fixture.engine, "edge", 4);
    uint32_t none = proviso_engine_gateway(fixture.engine, "hedge", 5);
    ck_assert_uint_eq(none, PROVISO_NO_GATEWAY);
    ck_assert(is_allowed_for(&fixture, "{}", edge));
    ck_assert(is_allowed_for(&fixture, nameless, edge));
    ck_assert(!is_allowed_for(&fixture, "{}", none));
    ck_assert(!is_allowed_for(&fixture, nameless, none));
    ck_assert(!is_allowed_for(&fixture, "{}", edge + 1));
    ck_assert(!is_allowed_for(&fixture, nameless, edge + 1));
    stop(&fixture);
}
END_TEST

UNIT_MAIN("decisions", deciding_allocates_nothing, each_code_is_reached,
          an_explanation_names_what_failed, a_decision_is_a_function_of_its_input,
          a_caller_speaks_for_its_gateway_only)
