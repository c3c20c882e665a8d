// SPDX-License-Identifier: Apache-2.0
// fact: what a facts file says, before any type: a tree of texts, lists and maps in
// which every part knows where it stands.
//
// YAML, JSON and CSV all become this tree, so that the rest of the compiler knows one
// form. What a text means is not decided here: the type of the column that it lands in
// does that. Nodes live on the compilation's arena.
#ifndef PROVISO_LANG_FACTS_FACT_H
#define PROVISO_LANG_FACTS_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"
#include "lang/source/source.h"

typedef struct Arena Arena;
typedef struct Diags Diags;

// Limits of facts files (dependencies.md §15).
enum {
    FACT_MAX_DEPTH = 16,       // lists and maps in each other
    FACT_MAX_YAML = 16 << 20,  // bytes
    FACT_MAX_TABLE = 64 << 20, // bytes of JSON and CSV
    FACT_MAX_ROWS = 1 << 20,   // entries of one list or map
    FACT_MAX_NAME = 128,       // bytes of a column's, group's or tool's name
    FACT_MAX_TEXT = 64 << 10,  // bytes of one text
    FACT_MAX_COLUMNS = 256,
};

typedef enum FactKind {
    FACT_NULL,   // null; in YAML also ~ and nothing
    FACT_PLAIN,  // YAML: text without quotes; its column's type says what it means
    FACT_CELL,   // CSV: the same; without any text it is not there
    FACT_STRING, // text in quotes; in CSV only the empty one
    FACT_NUMBER, // JSON only; text as written
    FACT_BOOL,   // JSON only; text is `true` or `false`
    FACT_LIST,
    FACT_MAP,
} FactKind;

typedef struct Fact Fact;
struct Fact {
    FactKind kind;
    uint32_t count; // LIST, MAP: how many
    Str text;       // of the scalars
    Str name;       // of a member of a map
    Span span;
    Span name_span;
    Fact *first; // LIST, MAP: the first element or member
    Fact *last;
    Fact *next; // the one after this in its list or map
};

// Puts a node at the end of a list or map.
void fact_append(Fact *parent, Fact *child);
// The member of a map, or NULL; NULL also if `map` is no map, or NULL itself.
const Fact *fact_member(const Fact *map, Str name);
// True for null, an empty cell and NULL: all are "not there".
bool fact_is_absent(const Fact *fact);
// True if it is a text, in quotes or not.
bool fact_is_text(const Fact *fact);
// For messages: "a list", "the text `abc`", "the number `5`". Long texts are cut.
Str fact_describe(Arena *arena, const Fact *fact);
// Reports every name that stands twice in its map, here and below, and lists, maps and
// texts that are too long. False if anything was reported.
bool fact_check(Arena *arena, Diags *diags, const Fact *root);

#endif
