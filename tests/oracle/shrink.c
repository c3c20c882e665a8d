// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/shrink.h"

#include <stdio.h>

#include "engine/base/bug.h"
#include "engine/base/json.h"

typedef struct Shrink {
    Draft *draft, *trial;
    Arena *arena;
    Str json;
    ShrinkTest *test;
    void *context;
} Shrink;

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
        if (shrink->test(shrink->context, shrink->draft, buf_view(&out)))
            shrink->json = buf_view(&out);
        else
            n++;
    }
}

// Takes the trial for the draft if the test holds for it.
static bool keep_trial(Shrink *shrink)
{
    if (!shrink->test(shrink->context, shrink->trial, shrink->json))
        return false;
    *shrink->draft = *shrink->trial;
    return true;
}

static bool shrink_lines(Shrink *shrink, uint32_t block)
{
    bool is_smaller = false;
    for (uint32_t k = shrink->draft->blocks[block].line_count; k-- > 0;) {
        *shrink->trial = *shrink->draft;
        draft_drop_line(&shrink->trial->blocks[block], k);
        is_smaller = keep_trial(shrink) || is_smaller;
    }
    return is_smaller;
}

// False: nothing more can be left out.
static bool shrink_policy(Shrink *shrink)
{
    bool is_smaller = false;
    for (uint32_t i = shrink->draft->block_count; i-- > 1;) {
        *shrink->trial = *shrink->draft;
        draft_drop_block(shrink->trial, i);
        if (keep_trial(shrink))
            is_smaller = true;
        else
            is_smaller = shrink_lines(shrink, i) || is_smaller;
    }
    return is_smaller;
}

void shrink(Draft *draft, Arena *arena, Str *json, ShrinkTest *test, void *context)
{
    Shrink state = {.draft = draft,
                    .trial = ARENA_NEW(arena, Draft),
                    .arena = arena,
                    .json = *json,
                    .test = test,
                    .context = context};
    if (!test(context, draft, *json))
        return;
    while (shrink_policy(&state)) {
    }
    shrink_request(&state);
    while (shrink_policy(&state)) {
    }
    *json = state.json;
}

void shrink_print(const Draft *draft, Arena *arena, Str json)
{
    Str text = draft_text(draft, arena, NULL);
    printf("%.*s", STR_ARG(text));
    for (uint32_t i = 0; i < draft->file_count; i++)
        if (str_contains(text, draft->files[i].path))
            printf("%.*s:\n%.*s", STR_ARG(draft->files[i].path),
                   STR_ARG(draft->files[i].text));
    printf("%.*s\n", STR_ARG(json));
}
