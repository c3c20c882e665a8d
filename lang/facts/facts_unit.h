// SPDX-License-Identifier: Apache-2.0
// facts_unit: facts from memory, and what was said about them as text. For *_test.c
// only.
#ifndef PROVISO_LANG_FACTS_FACTS_UNIT_H
#define PROVISO_LANG_FACTS_FACTS_UNIT_H

#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/base/unit.h"
#include "lang/check/type.h"
#include "lang/facts/facts.h"
#include "lang/source/diag.h"

typedef struct Bench {
    Arena arena;
    Sources sources;
    Diags diags;
    Types *types;
    const Source *source; // the last that was added
} Bench;

static inline Bench *bench_new(void)
{
    Bench *bench = calloc(1, sizeof *bench);
    ck_assert_ptr_nonnull(bench);
    arena_init(&bench->arena, (size_t)1 << 30);
    sources_init(&bench->sources, &bench->arena, NULL, NULL);
    diags_init(&bench->diags, &bench->arena, &bench->sources);
    bench->types = types_new(&bench->arena);
    return bench;
}

static inline void bench_free(Bench *bench)
{
    arena_free(&bench->arena);
    free(bench);
}

static inline const Source *bench_add(Bench *bench, const char *path, Str text)
{
    Source *source;
    ck_assert_int_eq(sources_add(&bench->sources, str_from_c(path), text, &source),
                     STATUS_OK);
    bench->source = source;
    return source;
}

static inline const Fact *bench_read(Bench *bench, const char *path, const char *text)
{
    const Source *source = bench_add(bench, path, str_from_c(text));
    return facts_read(&bench->arena, &bench->diags, source);
}

// "LINE:COLUMN message; " for each message, ordered by place.
static inline Str bench_messages(Bench *bench)
{
    Buf out = buf_on(&bench->arena);
    diags_sort(&bench->diags);
    for (const Diag *diag = bench->diags.first; diag != NULL; diag = diag->next) {
        Location at = sources_locate(&bench->sources, diag->span.start);
        Str message = diag_message(&bench->arena, diag);
        buf_printf(&out, "%s%u:%u %.*s", diag == bench->diags.first ? "" : "; ",
                   at.line, at.column, STR_ARG(message));
        for (const DiagLabel *label = diag->labels; label != NULL; label = label->next)
            buf_printf(&out, " (%u)",
                       sources_locate(&bench->sources, label->span.start).line);
    }
    return buf_view(&out);
}

// The tree as text: - for null, plain text and cells as they are, "text", #number.
static inline void bench_dump(Buf *out, const Fact *fact)
{
    bool is_map = fact->kind == FACT_MAP;
    if (!is_map && fact->kind != FACT_LIST) {
        const char *before = fact->kind == FACT_STRING   ? "\""
                             : fact->kind == FACT_NUMBER ? "#"
                             : fact->kind == FACT_BOOL   ? "#"
                             : fact->kind == FACT_NULL   ? "-"
                                                         : "";
        bool has_text = fact->kind != FACT_NULL;
        buf_printf(out, "%s%.*s%s", before, has_text ? (int)fact->text.len : 0,
                   fact->text.at, fact->kind == FACT_STRING ? "\"" : "");
        return;
    }
    buf_c(out, is_map ? "{" : "[");
    for (const Fact *part = fact->first; part != NULL; part = part->next) {
        if (part != fact->first)
            buf_c(out, " ");
        if (is_map)
            buf_printf(out, "%.*s:", STR_ARG(part->name));
        bench_dump(out, part);
    }
    buf_c(out, is_map ? "}" : "]");
}

// The tree of a text, or what was said about it.
static inline void bench_expect(const char *path, const char *text,
                                const char *expected)
{
    Bench *bench = bench_new();
    const Fact *root = bench_read(bench, path, text);
    Buf out = buf_on(&bench->arena);
    if (root != NULL)
        bench_dump(&out, root);
    ck_assert_int_eq(root == NULL, diags_has_errors(&bench->diags));
    Str got = root != NULL ? buf_view(&out) : bench_messages(bench);
    ck_assert_msg(str_eq(got, str_from_c(expected)),
                  "%s:\n%s\ngives    %.*s\nexpected %s", path, text, STR_ARG(got),
                  expected);
    bench_free(bench);
}

#endif
