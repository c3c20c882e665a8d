// SPDX-License-Identifier: Apache-2.0
// memory_unit: a policy as text with a memory, asked and told in JSON. For *_cases.c
// only.
#ifndef PROVISO_TESTS_DECISIONS_MEMORY_UNIT_H
#define PROVISO_TESTS_DECISIONS_MEMORY_UNIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/unit.h"
#include "engine/engine.h"
#include "engine/wire/transcode.h"
#include "lang/lang.h"
#include "lang/source/render.h"

enum { MEMORY_ARENA = 256 << 20, MEMORY_ANSWER = 1 << 16, MEMORY_LIMIT = 12 << 20 };
static const int64_t MEMORY_SECOND = 1000000000;
static const int64_t MEMORY_NOW = INT64_C(1772442000) * 1000000000;

// A decision point whose clocks are set by hand.
typedef struct Point {
    Arena arena;
    ProvisoMemory *memory;
    ProvisoEngine *engine;
    ProvisoSession *session;
    int64_t passed;  // ns
    int64_t stepped; // ns by which the wall clock was put forth
    uint32_t calls;
    int64_t longest; // ns of the processor that an operation took
    uint32_t slow;   // operations that took over a millisecond
    char grant[33];  // of the last allow
    char *answer;    // the last one, JSON
} Point;

static inline Status point_read(void *context, Arena *arena, Str path, Str *text)
{
    (void)arena, (void)path;
    *text = str_from_c(context);
    return STATUS_OK;
}

// Goes over to another policy, which finds what is remembered.
static inline void point_load(Point *point, const char *policy)
{
    LangInput input = {.paths = &STR("policy.proviso"),
                       .count = 1,
                       .read = point_read,
                       .context = (void *)(uintptr_t)policy,
                       .compiler = STR("test"),
                       .is_build = true};
    LangOutput output;
    ProvisoTrust trust = {.allow_unsigned = true};
    char why[256] = "";
    proviso_session_free(point->session);
    proviso_engine_free(point->engine);
    ck_assert_int_eq(lang_compile(&point->arena, &input, &output), STATUS_OK);
    Str bundle = buf_view(&output.bundle);
    Buf text = buf_on(&point->arena);
    for (const Diag *diag = output.diags.first; diag; diag = diag->next)
        render_text(&text, diag, (RenderStyle){0});
    ck_assert_msg(bundle.len > 0, "%.*s", STR_ARG(buf_view(&text)));
    ProvisoStatus status = proviso_engine_load(bundle.at, bundle.len, &trust,
                                               &point->engine, why, sizeof why);
    ck_assert_msg(status == PROVISO_OK, "%s", why);
    point->session = proviso_session_new(point->engine, point->memory);
    ck_assert_ptr_nonnull(point->session);
}

static inline void point_start(Point *point, const char *policy)
{
    static const uint8_t secret[16] = {7};
    *point = (Point){0};
    arena_init(&point->arena, MEMORY_ARENA);
    point->memory = proviso_memory_new(MEMORY_LIMIT, secret);
    ck_assert_ptr_nonnull(point->memory);
    point_load(point, policy);
}

static inline void point_stop(Point *point)
{
    proviso_session_free(point->session);
    proviso_engine_free(point->engine);
    proviso_memory_free(point->memory);
    arena_free(&point->arena);
}

static inline ProvisoCall point_call(Point *point, Str body)
{
    ProvisoCall call = {.body = body.at,
                        .body_len = body.len,
                        .now = MEMORY_NOW + point->passed + point->stepped,
                        .tick = point->passed};
    point->calls++;
    memcpy(call.random, &point->calls, sizeof point->calls);
    return call;
}

static inline int64_t point_clock(void)
{
    struct timespec time;
    ck_assert_int_eq(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time), 0);
    return (int64_t)time.tv_sec * MEMORY_SECOND + time.tv_nsec;
}

static inline void point_took(Point *point, int64_t since)
{
    int64_t took = point_clock() - since;
    point->longest = took > point->longest ? took : point->longest;
    point->slow += took > MEMORY_SECOND / 1000;
}

// "allow", or the code of the deny; the answer stays in point->answer.
static inline const char *point_verdict(Point *point, Str answer,
                                        const ProvisoVerdict *verdict)
{
    Buf text = buf_on(&point->arena);
    ck_assert_int_eq(transcode_to_json(answer, 0, &text), STATUS_OK);
    buf_char(&text, '\0');
    point->answer = text.at;
    return verdict->allow ? "allow" : proviso_code_name(verdict->code);
}

// Decides a request.
static inline const char *point_ask(Point *point, Str json)
{
    TranscodeError error = {0};
    Buf body = buf_on(&point->arena);
    char *out = ARENA_ARRAY(&point->arena, MEMORY_ANSWER, char);
    size_t len;
    ProvisoVerdict verdict;
    Status status = transcode_request(&point->arena, json, &body, &error);
    ck_assert_msg(status == STATUS_OK, "%.*s", STR_ARG(error.text));
    ProvisoCall call = point_call(point, buf_view(&body));
    int64_t start = point_clock();
    ck_assert_int_eq(proviso_session_decide(point->session, &call, out, MEMORY_ANSWER,
                                            &len, &verdict),
                     PROVISO_OK);
    point_took(point, start);
    for (int i = 0; verdict.allow && i < 16; i++)
        snprintf(point->grant + (ptrdiff_t)2 * i, 3, "%02x", call.random[i]);
    return point_verdict(point, (Str){out, len}, &verdict);
}

// Does another operation, whose body is at hand.
static inline const char *point_operate(Point *point, ProvisoOperation operation,
                                        Str body)
{
    char *out = ARENA_ARRAY(&point->arena, MEMORY_ANSWER, char);
    size_t len;
    ProvisoVerdict verdict;
    ProvisoCall call = point_call(point, body);
    int64_t start = point_clock();
    ck_assert_int_eq(proviso_session_operate(point->session, operation, &call, out,
                                             MEMORY_ANSWER, &len, &verdict),
                     PROVISO_OK);
    point_took(point, start);
    return point_verdict(point, (Str){out, len}, &verdict);
}

// The same in JSON; a TASK_OPEN is a request.
static inline const char *point_do(Point *point, ProvisoOperation operation, Str json)
{
    TranscodeError error = {0};
    Buf body = buf_on(&point->arena);
    Status status = operation == PROVISO_DO_TASK_OPEN
                        ? transcode_request(&point->arena, json, &body, &error)
                        : transcode_object(&point->arena, json, &body, &error);
    ck_assert_msg(status == STATUS_OK, "%.*s", STR_ARG(error.text));
    return point_operate(point, operation, buf_view(&body));
}

static inline bool point_says(const Point *point, const char *text)
{
    return strstr(point->answer, text) != NULL;
}

// What every request of these tests begins with: agent, its key as credential, user.
static inline Str point_request(Point *point, const char *agent, const char *rest)
{
    return arena_format(
        &point->arena,
        "{\"gateway\":\"edge\",\"agent\":\"%s\",\"user\":{\"id\":\"ada\",\"tenant\":"
        "\"acme\"},"
        "\"presenter\":\"key-%s\",\"credential\":{\"iss\":\"https://okta.example\","
        "\"aud\":\"https://edge.example/mcp\",\"sub\":\"ada\",\"exp\":1772500000,"
        "\"cnf\":\"key-%s\"},%s}",
        agent, agent, agent, rest);
}

#endif
