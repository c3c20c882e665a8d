// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/layout.h"

#include "engine/base/bug.h"
#include "lang/syntax/machine.h"

// ---- lines of cells ----

enum { MAX_CELLS = 12 };

// A line and the pieces that begin its cells; the first cell is the line itself.
typedef struct Line {
    uint32_t first;
    uint32_t end;
    uint32_t cells[MAX_CELLS];
    unsigned count;
} Line;

static Line line_read(const Layout *layout, uint32_t first)
{
    Line line = {.first = first, .end = layout_next_line(layout, first)};
    line.cells[line.count++] = first;
    for (uint32_t i = first + 1; i < line.end && line.count < MAX_CELLS; i++) {
        if (piece_is(&layout->pieces[i], ROLE_CELL))
            line.cells[line.count++] = i;
    }
    return line;
}

// The width of a line up to (not with) a piece.
static uint32_t width_before(const Layout *layout, const Line *line, uint32_t piece)
{
    uint32_t width = 0;
    for (uint32_t i = line->first; i < piece; i++) {
        width += piece_width(&layout->pieces[i]);
        if (i > line->first)
            width += layout->pieces[i].spaces;
    }
    return width;
}

// True if the cells before `column` are of the same kinds in both lines. All
// declarations begin alike, so their keywords make one column.
static bool has_same_start(const Layout *layout, const Line *a, const Line *b,
                           unsigned column)
{
    for (unsigned i = 0; i < column; i++) {
        const Piece *left = &layout->pieces[a->cells[i]];
        const Piece *right = &layout->pieces[b->cells[i]];
        bool are_declarations = i == 0 && piece_is(left, ROLE_DECLARATION) &&
                                piece_is(right, ROLE_DECLARATION);
        bool is_same =
            i == 0 ? left->token.kind == right->token.kind : left->cell == right->cell;
        if (!is_same && !are_declarations)
            return false;
    }
    return true;
}

// Lines up one column of neighbouring lines.
static void align_column(Layout *layout, const Line *lines, uint32_t count,
                         unsigned column)
{
    uint32_t target = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t width = width_before(layout, &lines[i], lines[i].cells[column]) +
                         layout->pieces[lines[i].cells[column]].spaces;
        target = width > target ? width : target;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t width = width_before(layout, &lines[i], lines[i].cells[column]);
        layout->pieces[lines[i].cells[column]].spaces = target - width;
    }
}

static void align_lines(Layout *layout, const Line *lines, uint32_t count,
                        unsigned from)
{
    for (unsigned column = from; column < MAX_CELLS; column++) {
        for (uint32_t i = 0; i < count;) {
            uint32_t end = i;
            while (end < count && lines[end].count > column &&
                   has_same_start(layout, &lines[i], &lines[end], column))
                end++;
            if (end > i)
                align_column(layout, &lines[i], end - i, column);
            i = end > i ? end : i + 1;
        }
    }
}

// ---- neighbouring declarations, neighbouring clauses ----

// A declaration that begins and ends on the line.
static bool is_whole_declaration(const Layout *layout, const Line *line)
{
    if (!piece_is(&layout->pieces[line->first], ROLE_DECLARATION))
        return false;
    for (uint32_t i = line->first; i < line->end; i++) {
        if (piece_is(&layout->pieces[i], ROLE_SPREAD))
            return false;
    }
    uint32_t next = line->end;
    return next == layout->count || piece_is_comment(&layout->pieces[next]) ||
           piece_is(&layout->pieces[next], ROLE_DECLARATION);
}

// A clause with further cells on the line.
static bool is_cell_clause(const Layout *layout, const Line *line)
{
    if (!piece_is(&layout->pieces[line->first], ROLE_CLAUSE) || line->count < 2)
        return false;
    for (uint32_t i = line->first; i < line->end; i++) {
        if (piece_is(&layout->pieces[i], ROLE_SPREAD))
            return false;
    }
    return true;
}

typedef bool (*LineTest)(const Layout *layout, const Line *line);

// Finds runs of lines that pass the test, without blank lines between them.
static void align_runs(Layout *layout, LineTest test)
{
    uint32_t capacity = 0;
    for (uint32_t i = 0; i < layout->count; i = layout_next_line(layout, i))
        capacity++;
    Line *lines = ARENA_ARRAY(layout->arena, capacity, Line);
    uint32_t count = 0;
    for (uint32_t i = 0; i < layout->count; i = layout_next_line(layout, i)) {
        Line line = line_read(layout, i);
        bool is_member = test(layout, &line);
        if (!is_member || layout->pieces[i].breaks == 2) {
            align_lines(layout, lines, count, 1);
            count = 0;
        }
        if (is_member)
            lines[count++] = line;
    }
    align_lines(layout, lines, count, 1);
}

// ---- the values of a block ----

// Calls for every clause on a line of its own in the block after `open`; gives the
// widest keyword, or with a width sets the space after each keyword.
static uint32_t block_keywords(Layout *layout, uint32_t open, uint32_t width)
{
    uint32_t widest = 0;
    uint32_t close = layout->pieces[open].match;
    for (uint32_t i = open + 1; i < close; i++) {
        Piece *piece = &layout->pieces[i];
        if (piece_is(piece, ROLE_BLOCK) && piece->match > i) {
            i = piece->match;
            continue;
        }
        if (!piece_is(piece, ROLE_VALUE) || piece->breaks > 0)
            continue;
        uint32_t first = i;
        while (!piece_is(&layout->pieces[first], ROLE_CLAUSE))
            first--;
        Line line = {.first = first, .end = i};
        uint32_t before = width_before(layout, &line, i);
        widest = before > widest ? before : widest;
        if (width > 0)
            piece->spaces = width + 1 - before;
    }
    return widest;
}

static void align_values(Layout *layout)
{
    for (uint32_t i = 0; i < layout->count; i++) {
        const Piece *piece = &layout->pieces[i];
        if (piece_is(piece, ROLE_SPREAD) && piece->match > i)
            block_keywords(layout, i, block_keywords(layout, i, 0));
    }
}

// ---- expectations and comments ----

// Whether `expect` stands on a line of its own block: not in a block on one line.
static void align_expects(Layout *layout, uint32_t from, uint32_t to)
{
    uint32_t target = 0;
    for (int pass = 0; pass < 2; pass++) {
        uint32_t closed_until = 0;
        for (uint32_t i = from; i < to; i++) {
            Piece *piece = &layout->pieces[i];
            bool is_block = piece_is(piece, ROLE_BLOCK) && piece->match > i;
            if (is_block && !piece_is(piece, ROLE_SPREAD))
                closed_until = piece->match;
            if (!piece_is(piece, ROLE_EXPECT) || i < closed_until)
                continue;
            uint32_t natural = piece->column;
            if (pass == 0 && piece->breaks == 0 && natural > target)
                target = natural;
            if (pass == 1 && piece->breaks > 0)
                piece->indent = target;
            if (pass == 1 && piece->breaks == 0)
                piece->spaces += target - natural;
        }
    }
}

static void align_tests(Layout *layout)
{
    for (uint32_t i = 0; i < layout->count; i++) {
        const Piece *piece = &layout->pieces[i];
        if (!piece_is(piece, ROLE_DECLARATION) || piece->token.kind != TK_TEST)
            continue;
        uint32_t end = i + 1;
        while (end < layout->count && !piece_is(&layout->pieces[end], ROLE_DECLARATION))
            end++;
        align_expects(layout, i, end);
    }
}

// The comment that ends a line, or count.
static uint32_t trailing_comment(const Layout *layout, uint32_t first)
{
    uint32_t last = layout_next_line(layout, first) - 1;
    bool is_trailing = last > first && piece_is_comment(&layout->pieces[last]);
    return is_trailing ? last : layout->count;
}

static void align_comments(Layout *layout)
{
    for (uint32_t i = 0; i < layout->count;) {
        uint32_t target = 0;
        uint32_t end = i;
        for (; end < layout->count; end = layout_next_line(layout, end)) {
            uint32_t comment = trailing_comment(layout, end);
            bool goes_on = end == i || layout->pieces[end].breaks == 1;
            if (comment == layout->count || !goes_on)
                break;
            if (layout->pieces[comment].column > target)
                target = layout->pieces[comment].column;
        }
        for (uint32_t line = i; line < end; line = layout_next_line(layout, line)) {
            Piece *comment = &layout->pieces[trailing_comment(layout, line)];
            comment->spaces += target - comment->column;
        }
        i = end > i ? end : layout_next_line(layout, i);
    }
}

void layout_align(Layout *layout)
{
    align_values(layout);
    align_runs(layout, is_whole_declaration);
    align_runs(layout, is_cell_clause);
    layout_place(layout);
    align_tests(layout);
    layout_place(layout);
    align_comments(layout);
    layout_place(layout);
}
