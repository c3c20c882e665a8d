// SPDX-License-Identifier: Apache-2.0
// What stands in an answer: a policy as text, a call as JSON, the token as JSON.
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/unit.h"
#include "engine/engine.h"
#include "engine/wire/transcode.h"
#include "lang/lang.h"

enum { MEMORY = 64 << 20, ANSWER_SIZE = 1 << 16 };
static const int64_t NOW = INT64_C(1772442000) * 1000000000;

static const char POLICY[] =
    "package test\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"
    "audience crm {\n"
    "  uri \"https://crm.example/mcp\"\n"
    "  tool refund(order: string, amount: decimal, note: string?, memo: string?) { "
    "tags payment }\n"
    "}\n"
    "agent bot { id \"spiffe://acme.example/bot\" }\n"
    "permit refund { agent bot intent none tool crm.refund token { free {memo, note} } "
    "}\n";

static Status read_policy(void *context, Arena *arena, Str path, Str *text)
{
    (void)context, (void)arena, (void)path;
    *text = str_from_c(POLICY);
    return STATUS_OK;
}

static ProvisoEngine *load(Arena *arena)
{
    LangInput input = {.paths = &STR("policy.proviso"),
                       .count = 1,
                       .read = read_policy,
                       .compiler = STR("test"),
                       .is_build = true};
    LangOutput output;
    ck_assert_int_eq(lang_compile(arena, &input, &output), STATUS_OK);
    Str bundle = buf_view(&output.bundle);
    ck_assert_uint_gt(bundle.len, 0);
    ProvisoTrust trust = {.allow_unsigned = true};
    ProvisoEngine *engine;
    char why[256];
    ck_assert_int_eq(
        proviso_engine_load(bundle.at, bundle.len, &trust, &engine, why, sizeof why),
        PROVISO_OK);
    return engine;
}

// The member `arguments` of the answer to a call with `args`.
static Str arguments_of(Arena *arena, ProvisoEngine *engine, const char *args)
{
    Str json = arena_format(
        arena,
        "{\"gateway\":\"edge\",\"agent\":\"spiffe://acme.example/bot\",\"args\":%s,"
        "\"audience\":\"https://crm.example/"
        "mcp\",\"tool\":\"refund\",\"presenter\":\"k\","
        "\"credential\":{\"iss\":\"https://okta.example\",\"aud\":\"https://"
        "edge.example/mcp\","
        "\"sub\":\"spiffe://acme.example/bot\",\"exp\":1772442600,\"cnf\":\"k\"}}",
        args);
    Buf body = buf_on(arena), text = buf_on(arena);
    TranscodeError error;
    ck_assert_int_eq(transcode_request(arena, json, &body, &error), STATUS_OK);
    ProvisoSession *session = proviso_session_new(engine, NULL);
    ProvisoCall call = {.body = body.at, .body_len = body.len, .now = NOW};
    ProvisoVerdict verdict;
    char *answer = ARENA_ARRAY(arena, ANSWER_SIZE, char);
    size_t len;
    ck_assert_int_eq(
        proviso_session_decide(session, &call, answer, ANSWER_SIZE, &len, &verdict),
        PROVISO_OK);
    proviso_session_free(session);
    ck_assert_int_eq(transcode_to_json((Str){answer, len}, 0, &text), STATUS_OK);
    ck_assert_msg(verdict.allow, "%.*s", STR_ARG(buf_view(&text)));
    buf_char(&text, '\0');
    char *from = strstr(text.at, "\"arguments\":");
    ck_assert_ptr_nonnull(from);
    char *to = strstr(from, ",\"datatypes\"");
    ck_assert_ptr_nonnull(to);
    return (Str){from + strlen("\"arguments\":"),
                 (size_t)(to - from) - strlen("\"arguments\":")};
}

// Free ones are open, sent or not; the others are what they were; one that is neither
// sent nor free is not there, which binds it to be absent.
START_TEST(arguments_are_bound_or_free)
{
    static const struct {
        const char *args, *bound;
    } CASES[] = {
        {"{\"order\":\"O1\",\"amount\":5.5}",
         "{\"memo\":{\"constraint_type\":\"wildcard\"},\"note\":{\"constraint_type\":"
         "\"wildcard\"},"
         "\"order\":{\"value\":\"O1\",\"constraint_type\":\"exact\"},"
         "\"amount\":{\"value\":5.5,\"constraint_type\":\"exact\"}}"},
        {"{\"order\":\"O1\",\"amount\":5,\"note\":\"late\"}",
         "{\"memo\":{\"constraint_type\":\"wildcard\"},\"note\":{\"constraint_type\":"
         "\"wildcard\"},"
         "\"order\":{\"value\":\"O1\",\"constraint_type\":\"exact\"},"
         "\"amount\":{\"value\":5,\"constraint_type\":\"exact\"}}"},
    };
    Arena arena;
    arena_init(&arena, MEMORY);
    ProvisoEngine *engine = load(&arena);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        ck_assert_text(arguments_of(&arena, engine, CASES[i].args), CASES[i].bound);
    proviso_engine_free(engine);
    arena_free(&arena);
}
END_TEST

UNIT_MAIN("answers", arguments_are_bound_or_free)
