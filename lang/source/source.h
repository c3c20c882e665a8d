// SPDX-License-Identifier: Apache-2.0
// source: the texts of one compilation, and where a byte of them stands.
//
// All sources of a compilation share one space of offsets, so a Span is eight bytes and
// needs no file beside it. Offset 0 belongs to no source: Span {0, 0} is "nowhere".
// Every source also owns the offset just past its last byte, which is where its end is
// reported. Lines are found when somebody first asks for one. Columns count code points
// and begin at 1, as lines do.
//
// A text is kept as it was read, with one NUL past its end for the scanner; whether it
// is good UTF-8 without a byte order mark is the lexer's business (lex.h).
#ifndef PROVISO_LANG_SOURCE_SOURCE_H
#define PROVISO_LANG_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

// All texts of one compilation together.
#define SOURCES_MAX_BYTES ((size_t)128 * 1024 * 1024)

// Bytes start <= i < end.
typedef struct Span {
    uint32_t start;
    uint32_t end;
} Span;

typedef struct Source {
    Str path;        // as it was asked for; what messages show
    Str text;        // one NUL past its end
    uint32_t base;   // the offset of its first byte
    uint32_t number; // 0, 1, 2 ... in the order of loading
    uint32_t *lines; // offset in the text of each line's first byte; found lazily
    uint32_t line_count;
} Source;

// Reads a whole file into the arena, with one NUL past its end that is not counted.
typedef Status (*SourceReader)(void *context, Arena *arena, Str path, Str *text);

// The names of all that a folder holds, each followed by one NUL.
typedef Status (*SourceLister)(void *context, Arena *arena, Str folder, Str *names);

typedef struct Sources {
    Arena *arena;
    Source **items; // by number
    uint32_t count;
    uint32_t capacity;
    uint32_t end; // the next free offset
    SourceReader read;
    SourceLister list; // NULL: folders can't be looked into
    void *context;     // of both
} Sources;

// A place for people. `source` is NULL for an offset that no source owns.
typedef struct Location {
    const Source *source;
    uint32_t line;
    uint32_t column;
} Location;

// An empty set on the arena. `read` may be NULL if all texts come from memory.
void sources_init(Sources *sources, Arena *arena, SourceReader read, void *context);
// Adds a text from memory; it is copied. STATUS_LIMIT past SOURCES_MAX_BYTES.
MUST_USE Status sources_add(Sources *sources, Str path, Str text, Source **added);
// Reads and adds a file; a path that was loaded before gives the same Source again.
// What the reader says, or STATUS_LIMIT.
MUST_USE Status sources_load(Sources *sources, Str path, Source **loaded);

// The source that owns the offset, or NULL.
Source *sources_find(const Sources *sources, uint32_t offset);
// File, line and column of an offset. An offset inside a code point counts as its first
// byte.
Location sources_locate(const Sources *sources, uint32_t offset);
// The text under a span that lies within one source; empty for nowhere.
Str sources_text(const Sources *sources, Span span);

// The number of lines; text after the last line feed is one, the empty end is none.
uint32_t source_line_count(Source *source, Arena *arena);
// Line `line` (from 1) without its line end.
Str source_line(Source *source, Arena *arena, uint32_t line);
// The offset of the first byte of line `line`.
uint32_t source_line_start(Source *source, Arena *arena, uint32_t line);

// Characters that show nothing, or that reorder what is shown (Unicode's bidirectional
// controls), and line ends that editors don't agree on: never shown to people as they
// are.
bool source_hides(uint32_t point);
// Appends a text as a terminal may show it, on one line: what hides or reorders, and
// what is no UTF-8, becomes U+FFFD.
void source_show(Buf *out, Str text);

static inline Span span_make(uint32_t start, uint32_t end)
{
    return (Span){start, end};
}

// The smallest span that covers both; nowhere covers nothing.
static inline Span span_join(Span a, Span b)
{
    if (a.end == 0)
        return b;
    if (b.end == 0)
        return a;
    return (Span){a.start < b.start ? a.start : b.start, a.end > b.end ? a.end : b.end};
}

static inline bool span_is_nowhere(Span span)
{
    return span.end == 0;
}

#endif
