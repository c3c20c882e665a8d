// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/format.h"

#include "engine/base/bug.h"
#include "engine/base/utf8.h"
#include "lang/syntax/layout.h"
#include "lang/syntax/machine.h"

bool piece_is_comment(const Piece *piece)
{
    return piece->token.kind == TK_COMMENT || piece->token.kind == TK_DOC;
}

uint32_t layout_find(const Layout *layout, uint32_t offset)
{
    uint32_t low = 0;
    uint32_t high = layout->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (layout->pieces[middle].token.span.start < offset)
            low = middle + 1;
        else
            high = middle;
    }
    while (low < layout->count && piece_is_comment(&layout->pieces[low]))
        low++;
    return low;
}

uint32_t layout_next_line(const Layout *layout, uint32_t index)
{
    index++;
    while (index < layout->count && layout->pieces[index].breaks == 0)
        index++;
    return index;
}

uint32_t piece_width(const Piece *piece)
{
    Str rest = piece->text;
    uint32_t width = 0;
    uint32_t point;
    while (utf8_next(&rest, &point))
        width++;
    return width;
}

// ---- reading ----

// Pairs brackets; the text parsed, so they are balanced.
static void match_brackets(Layout *layout)
{
    uint32_t *open = ARENA_ARRAY(layout->arena, (size_t)layout->count + 1, uint32_t);
    uint32_t depth = 0;
    for (uint32_t i = 0; i < layout->count; i++) {
        Piece *piece = &layout->pieces[i];
        piece->match = i;
        switch (piece->token.kind) {
        case TK_LPAREN:
        case TK_LBRACKET:
        case TK_LBRACE:
            open[depth++] = i;
            break;
        case TK_RPAREN:
        case TK_RBRACKET:
        case TK_RBRACE:
            CHECK(depth > 0);
            piece->match = open[--depth];
            layout->pieces[piece->match].match = i;
            break;
        default:
            break; // tokens are lemon's numbers, not one of our enums
        }
    }
}

static void layout_read(Layout *layout)
{
    Diags silent;
    diags_init(&silent, layout->arena, NULL);
    Lexer lexer;
    bool is_readable = lex_start(&lexer, layout->source, &silent);
    CHECK(is_readable);
    // A token has at least one byte.
    size_t most = layout->source->text.len + 1;
    uint32_t capacity = 0;
    for (Lexer counting = lexer; lex_next(&counting).kind != TK_EOF;)
        capacity++;
    CHECK(capacity < most);
    layout->pieces = ARENA_ARRAY(layout->arena, (size_t)capacity + 1, Piece);
    for (Token token = lex_next(&lexer); token.kind != TK_EOF;
         token = lex_next(&lexer)) {
        Piece *piece = &layout->pieces[layout->count++];
        piece->token = token;
        piece->text = token_text(layout->source, token);
        if (piece_is_comment(piece))
            piece->text = str_trim(piece->text);
    }
    match_brackets(layout);
}

// ---- placing ----

// A bracket inside of a clause, and where lines go on in it.
typedef struct Nest {
    uint32_t content; // 0: not known before the next piece
    uint32_t context; // where lines went on outside of it
    uint32_t line;    // where the line of the bracket begins
} Nest;

typedef struct Place {
    Nest nests[2 * AST_MAX_DEPTH];
    unsigned nesting;
    unsigned depth;  // blocks that are spread
    uint32_t item;   // where the declaration, clause or step begins
    uint32_t value;  // where the value of the clause begins; 0: it has none
    uint32_t line;   // where the line begins
    uint32_t column; // the next free one
} Place;

static uint32_t place_context(const Place *place)
{
    if (place->nesting > 0)
        return place->nests[place->nesting - 1].content;
    return place->value > 0 ? place->value : place->item + 2;
}

// The column of a line that goes on with what was begun.
static uint32_t place_continuation(const Place *place, const Piece *piece)
{
    bool is_closer = piece->token.kind == TK_RPAREN ||
                     piece->token.kind == TK_RBRACKET || piece->token.kind == TK_RBRACE;
    if (is_closer && place->nesting > 0)
        return place->nests[place->nesting - 1].line;
    uint32_t column = place_context(place);
    bool is_joint = piece->token.kind == TK_AND || piece->token.kind == TK_OR;
    // What is joined stands under the value, its operator to the left of it.
    uint32_t joint = (uint32_t)piece->text.len + 1;
    if (is_joint && place->nesting == 0 && place->value > place->item + joint)
        column -= joint;
    return column;
}

// What begins after a comment decides where the comment stands.
static const Piece *after_comments(const Layout *layout, uint32_t index)
{
    while (index < layout->count && piece_is_comment(&layout->pieces[index]))
        index++;
    return index < layout->count ? &layout->pieces[index] : NULL;
}

static uint32_t place_line(const Layout *layout, const Place *place, uint32_t index)
{
    const Piece *piece = &layout->pieces[index];
    const Piece *next = after_comments(layout, index);
    if (piece->indent > 0)
        return piece->indent;
    if (next == NULL || piece_is(next, ROLE_DECLARATION))
        return 0;
    bool is_close = next->token.kind == TK_RBRACE && piece_is(next, ROLE_SPREAD);
    if (is_close)
        return (place->depth - (next == piece ? 1 : 0)) * 2;
    if (piece_is(next, ROLE_CLAUSE | ROLE_STEP))
        return place->depth * 2;
    return place_continuation(place, piece);
}

// Takes note of a piece that has its column.
static void place_note(Place *place, const Piece *piece)
{
    if (piece_is(piece, ROLE_DECLARATION | ROLE_CLAUSE | ROLE_STEP)) {
        place->item = piece->column;
        place->value = 0;
        place->nesting = 0;
    }
    if (piece_is(piece, ROLE_VALUE))
        place->value = piece->column;
    if (piece_is(piece, ROLE_BLOCK)) {
        if (piece_is(piece, ROLE_SPREAD))
            place->depth += piece->token.kind == TK_LBRACE ? 1u : -1u;
        return;
    }
    switch (piece->token.kind) {
    case TK_LPAREN:
    case TK_LBRACKET:
    case TK_LBRACE: {
        uint32_t context = place_context(place);
        bool is_call = piece->token.kind == TK_LPAREN;
        place->nests[place->nesting++] =
            (Nest){is_call ? context + 2 : 0, context, place->line};
        break;
    }
    case TK_RPAREN:
    case TK_RBRACKET:
    case TK_RBRACE:
        place->nesting -= place->nesting > 0 ? 1 : 0;
        break;
    default:
        break; // tokens are lemon's numbers, not one of our enums
    }
}

// The first piece in a bracket says where the lines in it begin.
static void place_settle(Place *place, const Piece *piece)
{
    if (place->nesting == 0)
        return;
    Nest *nest = &place->nests[place->nesting - 1];
    bool is_inside = piece->token.kind != TK_RBRACE && piece->token.kind != TK_RBRACKET;
    if (piece->breaks > 0 && is_inside && nest->content == 0)
        nest->content = nest->line + 2;
    else if (nest->content == 0)
        nest->content = place->column + piece->spaces;
}

void layout_place(Layout *layout)
{
    Place place = {.depth = 0};
    for (uint32_t i = 0; i < layout->count; i++) {
        Piece *piece = &layout->pieces[i];
        place_settle(&place, piece);
        if (i > 0 && piece->breaks == 0) {
            piece->column = place.column + piece->spaces;
        } else {
            piece->column = place_line(layout, &place, i);
            place.line = piece->column;
        }
        place_note(&place, piece);
        place.column = piece->column + piece_width(piece);
    }
}

// ---- the whole ----

static void layout_write(Buf *out, const Layout *layout)
{
    for (uint32_t i = 0; i < layout->count; i++) {
        const Piece *piece = &layout->pieces[i];
        buf_fill(out, '\n', piece->breaks);
        bool begins_line = i == 0 || piece->breaks > 0;
        buf_fill(out, ' ', begins_line ? piece->column : piece->spaces);
        buf_str(out, piece->text);
    }
    if (layout->count > 0)
        buf_char(out, '\n');
}

void format_file(Buf *out, Arena *arena, const Source *source, const Node *file)
{
    Layout layout = {.arena = arena, .source = source};
    layout_read(&layout);
    layout_mark(&layout, file);
    layout_break(&layout);
    layout_align(&layout);
    layout_write(out, &layout);
}
