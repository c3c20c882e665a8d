// SPDX-License-Identifier: Apache-2.0
// Fuzzes the lexer, the parser and the formatter (libFuzzer).
//
// Any text parses into a tree or into messages. A text without errors formats into one
// that has the same tree and formats into itself.
#include <stdint.h>
#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "lang/source/render.h"
#include "lang/syntax/format.h"
#include "lang/syntax/parse.h"

enum { MEMORY = 256 * 1024 * 1024 };

typedef struct Parsed {
    Source *source;
    Node *file;
    bool is_good;
} Parsed;

static Parsed parse(Arena *arena, Sources *sources, Diags *diags, Str text)
{
    Parsed parsed;
    CHECK(sources_add(sources, STR("fuzz.proviso"), text, &parsed.source) == STATUS_OK);
    uint32_t errors = diags->errors;
    parsed.file = parse_file(arena, diags, parsed.source);
    parsed.is_good = diags->errors == errors;
    return parsed;
}

static Str format(Arena *arena, Parsed parsed)
{
    Buf out = buf_on(arena);
    format_file(&out, arena, parsed.source, parsed.file);
    return buf_view(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena arena;
    arena_init(&arena, MEMORY);
    Sources sources;
    sources_init(&sources, &arena, NULL, NULL);
    Diags diags;
    diags_init(&diags, &arena, &sources);
    Parsed first = parse(&arena, &sources, &diags, (Str){(const char *)data, size});
    Buf messages = buf_on(&arena);
    for (const Diag *diag = diags.first; diag != NULL; diag = diag->next)
        render_text(&messages, diag, (RenderStyle){true});
    if (first.is_good) {
        Parsed second = parse(&arena, &sources, &diags, format(&arena, first));
        CHECK(second.is_good);
        CHECK(node_equal(first.file, second.file));
        CHECK(str_eq(format(&arena, second), second.source->text));
    }
    arena_free(&arena);
    return 0;
}
