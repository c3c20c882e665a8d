// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/layout.h"

#include "lang/syntax/format.h"
#include "lang/syntax/machine.h"

enum {
    SPACES_BETWEEN_CLAUSES = 3,
    INDENT = 2,
};

// ---- spaces ----

static bool is_opener(const Piece *piece)
{
    return piece->token.kind == TK_LPAREN || piece->token.kind == TK_LBRACKET ||
           piece->token.kind == TK_LBRACE;
}

static bool is_open_tight(const Piece *piece)
{
    return piece->token.kind == TK_LPAREN || piece->token.kind == TK_LBRACKET ||
           (piece->token.kind == TK_LBRACE && piece_is(piece, ROLE_SET));
}

static bool hugs_left(const Piece *piece)
{
    switch (piece->token.kind) {
    case TK_COMMA:
    case TK_COLON:
    case TK_QUESTION:
    case TK_RPAREN:
    case TK_RBRACKET:
        return true;
    case TK_RBRACE:
        return piece_is(piece, ROLE_SET);
    case TK_DOT:
        return !piece_is(piece, ROLE_LOOSE);
    default:
        return piece_is(piece, ROLE_TIGHT); // tokens are lemon's numbers
    }
}

static uint32_t spaces_before(const Piece *before, const Piece *piece)
{
    if (piece_is_comment(piece) || piece_is(piece, ROLE_EXPECT))
        return SPACES_BETWEEN_CLAUSES;
    bool is_entry = piece_is(piece, ROLE_CLAUSE | ROLE_STEP);
    if (is_entry && !piece_is(before, ROLE_BLOCK))
        return SPACES_BETWEEN_CLAUSES;
    bool is_empty = before->token.kind == TK_LBRACE && piece->token.kind == TK_RBRACE;
    if (is_empty || hugs_left(piece) || is_open_tight(before) ||
        before->token.kind == TK_DOT || piece_is(before, ROLE_TIGHT_AFTER))
        return 0;
    return 1;
}

// ---- breaks ----

// Where the walk over the pieces is.
typedef struct Walk {
    uint32_t blocks[8]; // the open braces around it, the innermost last
    unsigned depth;
    bool was_setup; // the step before was a part of a test's setting
} Walk;

static bool walk_is_spread(const Layout *layout, const Walk *walk)
{
    return walk->depth > 0 &&
           piece_is(&layout->pieces[walk->blocks[walk->depth - 1]], ROLE_SPREAD);
}

static void walk_pass(Walk *walk, const Piece *piece, uint32_t index)
{
    if (piece_is(piece, ROLE_STEP))
        walk->was_setup = piece_is(piece, ROLE_SETUP);
    if (!piece_is(piece, ROLE_BLOCK))
        return;
    if (piece->token.kind == TK_RBRACE)
        walk->depth--;
    else if (walk->depth < sizeof walk->blocks / sizeof walk->blocks[0])
        walk->blocks[walk->depth++] = index;
    walk->was_setup = false;
}

static bool is_broken_by_author(const Piece *piece)
{
    return (piece->token.flags & TOKEN_FIRST_ON_LINE) != 0;
}

static bool is_break(const Layout *layout, const Walk *walk, uint32_t index)
{
    const Piece *piece = &layout->pieces[index];
    const Piece *before = piece - 1;
    if (piece_is_comment(before))
        return true;
    if (piece_is_comment(piece))
        return is_broken_by_author(piece);
    if (piece_is(piece, ROLE_DECLARATION))
        return true;
    if (piece_is(piece, ROLE_BLOCK))
        return piece->token.kind == TK_RBRACE && piece_is(piece, ROLE_SPREAD);
    bool shares_line = piece_is(piece, ROLE_SETUP) && walk->was_setup;
    if (piece_is(piece, ROLE_CLAUSE) || (piece_is(piece, ROLE_STEP) && !shares_line))
        return walk_is_spread(layout, walk);
    return is_broken_by_author(piece);
}

static bool is_blank(const Piece *piece)
{
    const Piece *before = piece - 1;
    bool may_be = piece_is(piece, ROLE_DECLARATION | ROLE_CLAUSE | ROLE_STEP) ||
                  piece_is_comment(piece);
    bool is_first = piece_is(before, ROLE_BLOCK) && is_opener(before);
    return may_be && !is_first && (piece->token.flags & TOKEN_BLANK_BEFORE) != 0;
}

static void set_breaks(Layout *layout)
{
    Walk walk = {.depth = 0};
    for (uint32_t i = 0; i < layout->count; i++) {
        Piece *piece = &layout->pieces[i];
        piece->breaks = 0;
        if (i > 0 && is_break(layout, &walk, i))
            piece->breaks = is_blank(piece) ? 2 : 1;
        piece->spaces = i == 0 ? 0 : spaces_before(piece - 1, piece);
        walk_pass(&walk, piece, i);
    }
}

// ---- which blocks stand on one line ----

static void spread(Layout *layout, uint32_t open)
{
    layout->pieces[open].role |= ROLE_SPREAD;
    layout->pieces[layout->pieces[open].match].role |= ROLE_SPREAD;
}

// A block is spread if the author broke a line in it.
static void spread_broken(Layout *layout)
{
    uint32_t *broken = ARENA_ARRAY(layout->arena, (size_t)layout->count + 1, uint32_t);
    for (uint32_t i = 0; i < layout->count; i++)
        broken[i + 1] = broken[i] + (is_broken_by_author(&layout->pieces[i]) ? 1 : 0);
    for (uint32_t i = 0; i < layout->count; i++) {
        const Piece *piece = &layout->pieces[i];
        bool is_open = piece_is(piece, ROLE_BLOCK) && is_opener(piece);
        if (is_open && piece->match > i + 1 && broken[piece->match + 1] > broken[i + 1])
            spread(layout, i);
    }
}

// The width of a line as it is without lined-up columns and without its comment.
static uint32_t line_width(const Layout *layout, uint32_t first, uint32_t end,
                           unsigned depth)
{
    uint32_t width = depth * INDENT;
    for (uint32_t i = first; i < end; i++) {
        const Piece *piece = &layout->pieces[i];
        if (!piece_is_comment(piece))
            width += piece_width(piece) + (i > first ? piece->spaces : 0);
    }
    return width;
}

// Spreads the outermost block of every line that is too long; true if there was one.
static bool spread_wide(Layout *layout)
{
    bool is_changed = false;
    unsigned depth = 0;
    for (uint32_t i = 0; i < layout->count;) {
        uint32_t end = layout_next_line(layout, i);
        bool is_wide = line_width(layout, i, end, depth) > FORMAT_WIDTH;
        for (; i < end; i++) {
            const Piece *piece = &layout->pieces[i];
            if (!piece_is(piece, ROLE_BLOCK))
                continue;
            bool is_open = is_opener(piece);
            if (piece_is(piece, ROLE_SPREAD))
                depth += is_open ? 1u : -1u;
            bool is_closed_here = is_open && piece->match < end && piece->match > i + 1;
            if (is_wide && is_closed_here && !piece_is(piece, ROLE_SPREAD)) {
                spread(layout, i);
                is_changed = true;
                i = piece->match;
            }
        }
    }
    return is_changed;
}

void layout_break(Layout *layout)
{
    spread_broken(layout);
    do
        set_breaks(layout);
    while (spread_wide(layout));
}
