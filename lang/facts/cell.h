// SPDX-License-Identifier: Apache-2.0
// cell: one fact as a value of a type, or a message that says what was expected.
//
// The type decides and never the look: in a string column `no` and `010` are texts, in
// a bool column only true and false will do. JSON says itself what is text and what is
// a number, so there a number does not pass for a string. In CSV, sets and lists stand
// in one cell, their elements set apart by `;`.
#ifndef PROVISO_LANG_FACTS_CELL_H
#define PROVISO_LANG_FACTS_CELL_H

#include "lang/facts/fact.h"
#include "lang/ir/ir.h"

typedef struct CellReader {
    Arena *arena;
    Diags *diags;
    Str column;     // for messages
    bool is_nocase; // texts are kept in ASCII lower case
} CellReader;

// The value that a fact which is there stands for; NULL after reporting a mistake, and
// for a poisoned type. Sets come out ascending and without duplicates.
const Const *cell_value(CellReader *reader, const Fact *fact, const Type *type);

// The text with its ASCII letters in lower case, as `string nocase` columns keep
// theirs.
Str cell_fold(Arena *arena, Str text);

// A text as messages show a type: "`int`", "one of `a`, `b`".
Str cell_type_text(Arena *arena, const Type *type);

#endif
