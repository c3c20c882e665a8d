// SPDX-License-Identifier: Apache-2.0
// layout: the pieces of a text and the white space between them. For the formatter
// alone.
//
// The formatter works in steps, each a function over all pieces: read them, mark what
// they are in the tree (mark.c), decide where lines break (breaks.c), line columns up
// (align.c), place every piece, and write.
#ifndef PROVISO_LANG_SYNTAX_LAYOUT_H
#define PROVISO_LANG_SYNTAX_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "lang/source/source.h"
#include "lang/syntax/ast.h"
#include "lang/syntax/lex.h"

// What a piece is.
enum {
    ROLE_DECLARATION = 1 << 0, // begins a declaration
    ROLE_CLAUSE = 1 << 1,      // begins a clause
    ROLE_STEP = 1 << 2,        // begins a step
    ROLE_SETUP = 1 << 3,       // ... that may share its line with others of its kind
    ROLE_VALUE = 1 << 4,       // begins the value of a clause
    ROLE_CELL = 1 << 5,   // begins a cell that is lined up with those above and below
    ROLE_BLOCK = 1 << 6,  // a brace of a block
    ROLE_SPREAD = 1 << 7, // ... whose contents stand on lines of their own
    ROLE_EXPECT = 1 << 8, // `expect`
    ROLE_TIGHT = 1 << 9,  // no space before it
    ROLE_TIGHT_AFTER = 1 << 10, // no space after it
    ROLE_SET = 1 << 11,         // a brace of a set: no space inside
    ROLE_LOOSE = 1 << 12,       // a dot that begins an expression
};

typedef struct Piece {
    Token token;
    Str text;
    uint32_t match;  // of a bracket: the piece that closes or opens it; else itself
    uint32_t column; // where it stands, from 0
    uint32_t spaces; // before it, if it doesn't begin a line
    uint32_t indent; // of a line that it begins, if that is settled; else 0
    uint16_t role;
    uint8_t cell;   // NodeKind of its cell
    uint8_t breaks; // line feeds before it: 0, 1 or 2
} Piece;

typedef struct Layout {
    Arena *arena;
    const Source *source;
    Piece *pieces;
    uint32_t count;
} Layout;

static inline bool piece_is(const Piece *piece, unsigned role)
{
    return (piece->role & role) != 0;
}

// Comments and doc comments.
bool piece_is_comment(const Piece *piece);

// The piece that begins at or after an offset, comments left out; count if none does.
uint32_t layout_find(const Layout *layout, uint32_t offset);
// The first piece after `index` that begins a line, or count.
uint32_t layout_next_line(const Layout *layout, uint32_t index);
// The number of code points of a piece.
uint32_t piece_width(const Piece *piece);

void layout_mark(Layout *layout, const Node *file);
void layout_break(Layout *layout);
void layout_align(Layout *layout);
// Gives every piece its column, from breaks, spaces and indents.
void layout_place(Layout *layout);

#endif
