// SPDX-License-Identifier: Apache-2.0
// emitter: what the modules of lang/emit share: the sections as they grow, and the
// numbers that things get in the bundle. Nobody else includes it.
//
// Emitting runs in an order that lets each part refer to what is there: types and the
// plan of the rules need no strings; then all strings are collected and numbered; then
// constants, declarations, code, rules and dispatch are written.
#ifndef PROVISO_LANG_EMIT_EMITTER_H
#define PROVISO_LANG_EMIT_EMITTER_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/map.h"
#include "lang/emit/emit.h"

typedef struct Plan Plan;

// The records of a section.
typedef struct Records {
    char *at;
    uint32_t count;
    uint32_t capacity;
    uint32_t size; // of a record
    Map same;      // from the bytes of a record, or of several, to where they stand
} Records;

typedef struct Emitter {
    Arena *arena;
    const Program *program;
    const EmitOptions *options;
    EmitLimit *limit;
    bool is_past_limit;
    Records sections[SECTION_COUNT];
    Map strings; // from a text to its number; before numbering: 1 if it is interned
    uint32_t interned; // how many are
    // From numbers in the Program to numbers in the bundle.
    uint32_t *agents;
    uint32_t *audiences;
    uint32_t *tools;
    uint32_t *memos;
    uint32_t *sources; // to positions in the list of META
    Plan *plan;
    uint32_t keep;  // where the KEEPS begin of the tool whose pattern is being written
    uint32_t *code; // MAX_FUNCTION_WORDS, for the function at hand
} Emitter;

// Sets up sections and maps.
void emitter_start(Emitter *emitter);
// An empty map on the emitter's arena.
Map emitter_map(const Emitter *emitter);
// Notes that a limit is passed; the first one is kept.
void emitter_limit(Emitter *emitter, const char *what, uint64_t is, uint64_t limit,
                   Span span);

// Appends a record; its number.
uint32_t record_add(Emitter *emitter, Section section, const void *record);
// The number of an equal record that was shared before, or of this one, appended.
uint32_t record_share(Emitter *emitter, Section section, const void *record);
// Appends `count` zeroed records; the number of the first.
uint32_t records_reserve(Emitter *emitter, Section section, uint32_t count);
// `count` neighbouring records equal to these: where they were shared before, or
// appended.
uint32_t records_share(Emitter *emitter, Section section, const void *records,
                       uint32_t count);
// A record, until the section grows.
void *record_at(Emitter *emitter, Section section, uint32_t number);
uint32_t record_count(const Emitter *emitter, Section section);

// A list with these words.
List emit_list_add(Emitter *emitter, const uint32_t *words, uint32_t count);
// The same, sorted and without repetitions; `words` is changed.
List list_add_sorted(Emitter *emitter, uint32_t *words, uint32_t count);

#endif
