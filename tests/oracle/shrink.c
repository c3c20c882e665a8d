// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/shrink.h"

#include <stdio.h>

#include "engine/base/bug.h"
#include "engine/wire/transcode.h"
#include "tests/oracle/ask.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/subject.h"

// Where oracle and engine differ about this; NULL: nowhere, or it isn't to be had.
static const char *difference(Draft *draft, Str json, uint32_t variant, Arena *arena,
                              Verdict *oracle, Verdict *engine)
{
    Buf cbor = buf_on(arena);
    const JsonValue *request = NULL;
    JsonError error;
    TranscodeError why;
    Subject subject;
    Program *program = subject_check(draft, arena, false);
    *oracle = *engine = (Verdict){0};
    if (!program || json_parse(arena, json, &request, &error) != STATUS_OK ||
        transcode_request(arena, json, &cbor, &why) != STATUS_OK)
        return NULL;
    if (!subject_build(&subject, draft, variant, &engine->code))
        return "it can't be built";
    *oracle = oracle_decide(arena, program, request, ASK_NOW);
    *engine = subject_decide(&subject, arena, buf_view(&cbor), ASK_NOW);
    subject_free(&subject);
    return verdict_difference(oracle, engine);
}

// What is being made smaller, and the difference that has to stay.
typedef struct Shrink {
    Draft *draft, *trial;
    Arena *arena;
    Str json, oracle_code, engine_code;
    uint32_t variant;
    const char *where;
} Shrink;

static bool differs(Shrink *shrink, Draft *draft, Str json)
{
    Arena arena;
    Verdict oracle, engine;
    arena_init(&arena, (size_t)256 << 20);
    const char *where =
        difference(draft, json, shrink->variant, &arena, &oracle, &engine);
    bool is_same = where && (!shrink->where || (str_eq(str_from_c(where), str_from_c(shrink->where)) &&
                                              str_eq(oracle.code, shrink->oracle_code) &&
                                              str_eq(engine.code, shrink->engine_code)));
    if (is_same && !shrink->where) {
        shrink->where = where;
        shrink->oracle_code = arena_str(shrink->arena, oracle.code);
        shrink->engine_code = arena_str(shrink->arena, engine.code);
    }
    arena_free(&arena);
    return is_same;
}

// The JSON without its n-th value, counted from the outside in. False past the last.
static bool write_without(Buf *out, const JsonValue *value, uint32_t *n)
{
    bool is_object = value->kind == JSON_OBJECT, is_first = true, is_cut = false;
    if (!is_object && value->kind != JSON_ARRAY) {
        buf_str(out, value->raw);
        return false;
    }
    buf_char(out, is_object ? '{' : '[');
    for (const JsonValue *at = value->first; at; at = at->next) {
        if (!is_cut && (*n)-- == 0) {
            is_cut = true;
            continue;
        }
        if (!is_first)
            buf_char(out, ',');
        is_first = false;
        if (is_object)
            buf_printf(out, "\"%.*s\":", STR_ARG(at->name));
        if (is_cut)
            buf_str(out, at->raw);
        else
            is_cut = write_without(out, at, n);
    }
    buf_char(out, is_object ? '}' : ']');
    return is_cut;
}

static void shrink_request(Shrink *shrink)
{
    for (uint32_t n = 0;;) {
        const JsonValue *request = NULL;
        JsonError error;
        Buf out = buf_on(shrink->arena);
        uint32_t left = n;
        CHECK(json_parse(shrink->arena, shrink->json, &request, &error) == STATUS_OK);
        if (!write_without(&out, request, &left))
            return;
        if (differs(shrink, shrink->draft, buf_view(&out)))
            shrink->json = buf_view(&out);
        else
            n++;
    }
}

// Takes the trial for the draft if the difference is still there.
static bool keep_trial(Shrink *shrink)
{
    if (!differs(shrink, shrink->trial, shrink->json))
        return false;
    *shrink->draft = *shrink->trial;
    return true;
}

// Leaves out blocks and lines, each as long as the difference stays. False: none left.
static bool shrink_policy(Shrink *shrink)
{
    bool is_smaller = false;
    for (uint32_t i = shrink->draft->block_count; i-- > 1;) {
        *shrink->trial = *shrink->draft;
        draft_drop_block(shrink->trial, i);
        if (keep_trial(shrink)) {
            is_smaller = true;
            continue;
        }
        for (uint32_t k = shrink->draft->blocks[i].line_count; k-- > 0;) {
            *shrink->trial = *shrink->draft;
            draft_drop_line(&shrink->trial->blocks[i], k);
            is_smaller = keep_trial(shrink) || is_smaller;
        }
    }
    return is_smaller;
}

static void print(Draft *draft, Arena *arena, Str json, uint32_t variant, uint64_t seed)
{
    Verdict oracle = {0}, engine = {0};
    Buf out = buf_on(arena);
    const char *where = difference(draft, json, variant, arena, &oracle, &engine);
    buf_printf(&out, "---- seed %llu, variant %u: %s ----\n", (unsigned long long)seed,
               variant, where ? where : "?");
    buf_str(&out, draft_text(draft, arena, NULL));
    for (uint32_t i = 0; i < draft->file_count; i++)
        if (str_contains(draft_text(draft, arena, NULL), draft->files[i].path))
            buf_printf(&out, "%.*s:\n%.*s", STR_ARG(draft->files[i].path),
                       STR_ARG(draft->files[i].text));
    buf_printf(&out, "%.*s\noracle:\n", STR_ARG(json));
    verdict_print(&out, &oracle);
    buf_c(&out, "engine:\n");
    verdict_print(&out, &engine);
    printf("%.*s\n", STR_ARG(buf_view(&out)));
}

void shrink_and_print(const Draft *draft, Str json, uint32_t variant, uint64_t seed)
{
    Arena arena;
    arena_init(&arena, (size_t)512 << 20);
    Shrink shrink = {.draft = ARENA_NEW(&arena, Draft),
                     .trial = ARENA_NEW(&arena, Draft),
                     .arena = &arena,
                     .json = json,
                     .variant = variant};
    *shrink.draft = *draft;
    shrink.draft->arena = &arena;
    if (differs(&shrink, shrink.draft, json)) {
        while (shrink_policy(&shrink)) {
        }
        shrink_request(&shrink);
        while (shrink_policy(&shrink)) {
        }
    }
    print(shrink.draft, &arena, shrink.json, variant, seed);
    arena_free(&arena);
}
