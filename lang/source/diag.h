// SPDX-License-Identifier: Apache-2.0
// diag: what the author of a policy did wrong, and how to mend it.
//
// Every message is a row of diag.def: a stable code (PV1042), a severity, a text with
// places for arguments, a help line. A Diag is a row, a span and arguments; whoever
// reports it may attach secondary spans and fixes that an editor can apply. Rules for
// texts: lower case, no full stop, the author's words in backticks, no internal names.
//
// Reporting never fails and never stops the caller: report, put a poison node, go on.
// One mistake makes one message, so nothing is reported about poison. A file gets at
// most DIAGS_PER_SOURCE messages; what is past that is counted only.
//
//     Diag *diag = diag_report1(diags, DIAG_NAME_UNKNOWN, span, name);
//     diag_label(diag, declared, STR("one with this name is declared here"));
//     diag_fix(diag, span, nearest, STR("write the nearest name"));
#ifndef PROVISO_LANG_SOURCE_DIAG_H
#define PROVISO_LANG_SOURCE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/str.h"
#include "lang/source/source.h"

#define DIAGS_PER_SOURCE 200
#define DIAG_MAX_ARGS 3

typedef enum DiagId {
#define DIAG(name, code, severity, message, help) DIAG_##name,
#include "lang/source/diag.def"
#undef DIAG
} DiagId;

typedef enum Severity {
    SEVERITY_ERROR,
    SEVERITY_WARNING,
    SEVERITY_NOTE,
} Severity;

// A row of diag.def.
typedef struct DiagRow {
    const char *name;
    const char *code; // "PV0001"
    Severity severity;
    const char *message; // {0} {1} {2} stand for the arguments
    const char *help;    // the same; empty: none
} DiagRow;

// Another place that belongs to the message, with a few words under it.
typedef struct DiagLabel {
    Span span;
    Str text;
    struct DiagLabel *next;
} DiagLabel;

// An edit that mends it: what stands under the span is replaced (an empty span
// inserts). The fixes of one Diag belong together: all of them are applied or none.
typedef struct DiagFix {
    Span span;
    Str replacement;
    Str title; // what it does, as an imperative: "write `forbid`"
    struct DiagFix *next;
} DiagFix;

typedef struct Diags Diags;

typedef struct Diag {
    DiagId id;
    Severity severity;
    Span span;
    Str args[DIAG_MAX_ARGS];
    Str help; // replaces the row's if not empty
    DiagLabel *labels;
    DiagFix *fixes;
    Diags *owner;
    struct Diag *next;
} Diag;

// The sink. One thread at a time; everything in it lives on its arena.
struct Diags {
    Arena *arena;
    const Sources *sources;
    Diag *first;
    Diag *last;
    uint32_t errors;
    uint32_t warnings;
    uint32_t dropped;     // reported past the limit of a file
    uint32_t *per_source; // messages kept, by source number
    uint32_t sources_seen;
    Diag spare; // what is handed out when a message is dropped
};

void diags_init(Diags *diags, Arena *arena, const Sources *sources);
bool diags_has_errors(const Diags *diags);
// Orders the messages by place: source, then offset, then the order of reporting. Of
// those that say the same, one is kept.
void diags_sort(Diags *diags);

const DiagRow *diag_row(DiagId id);
size_t diag_row_count(void);
// The row with this code or false.
bool diag_by_code(Str code, DiagId *id);

// Reports a row with 0 to 3 arguments. The arguments are copied. Never NULL.
Diag *diag_report(Diags *diags, DiagId id, Span span);
Diag *diag_report1(Diags *diags, DiagId id, Span span, Str arg0);
Diag *diag_report2(Diags *diags, DiagId id, Span span, Str arg0, Str arg1);
Diag *diag_report3(Diags *diags, DiagId id, Span span, Str arg0, Str arg1, Str arg2);

// Adds a secondary place. The text is copied.
void diag_label(Diag *diag, Span span, Str text);
// Adds an edit. The texts are copied.
void diag_fix(Diag *diag, Span span, Str replacement, Str title);
// Replaces the row's help by this text, which is copied.
void diag_help(Diag *diag, Str text);
// Makes an error a warning or a note (`severity` of lint comes from the command line).
void diag_severity(Diag *diag, Severity severity);

// "1 operand", "2 operands".
Str diag_count(Arena *arena, uint32_t count, const char *what);

// The message and the help with the arguments in place.
Str diag_message(Arena *arena, const Diag *diag);
Str diag_help_text(Arena *arena, const Diag *diag);

// Finds the name that was probably meant:
//     Nearest nearest = nearest_start(name);
//     for (each candidate) nearest_offer(&nearest, candidate);
//     diag_suggest(diag, span, &nearest);
typedef struct Nearest {
    Str name;
    Str best;        // empty: nothing near
    size_t distance; // of the best; the limit plus one when there is none
} Nearest;

Nearest nearest_start(Str name);
// Keeps the candidate if it is nearer than what was offered before; of equals the first
// in byte order, so the outcome doesn't depend on the order of offering.
void nearest_offer(Nearest *nearest, Str candidate);
// If something is near: help "did you mean `best`?" and the fix that writes it.
void diag_suggest(Diag *diag, Span span, const Nearest *nearest);

#endif
