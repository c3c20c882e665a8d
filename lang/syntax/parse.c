// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/parse.h"

#include "engine/base/bug.h"
#include "lang/syntax/parser.h"
#include "lang/syntax/shape.h"

// ---- documentation ----

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static Node *doc_node(Parser *parser, Token token)
{
    Str text = token_text(parser->source, token);
    text = str_slice(text, 3, text.len);
    if (str_starts(text, STR(" ")))
        text = str_slice(text, 1, text.len);
    while (text.len > 0 && is_space(text.at[text.len - 1]))
        text.len--;
    Node *node = ARENA_NEW(parser->arena, Node);
    node->kind = NODE_DOC;
    node->span = token.span;
    node->name = token.span.start;
    node->text = text;
    return node;
}

// The next token that the grammar knows, with the doc comments before it.
static Token next_token(Parser *parser)
{
    NodeList docs = nodes_none();
    for (;;) {
        Token token = lex_next(&parser->lexer);
        if (token.kind == TK_COMMENT)
            continue;
        if (token.kind == TK_DOC) {
            docs = nodes_add(docs, doc_node(parser, token));
            continue;
        }
        token.doc = docs.first;
        return token;
    }
}

// ---- tokens ----

Token parser_peek(Parser *parser, unsigned distance)
{
    CHECK(distance < PARSER_LOOKAHEAD);
    while (parser->ahead_count <= distance) {
        unsigned free_place =
            (parser->ahead_first + parser->ahead_count) % PARSER_LOOKAHEAD;
        parser->ahead[free_place] = next_token(parser);
        parser->ahead_count++;
    }
    return parser->ahead[(parser->ahead_first + distance) % PARSER_LOOKAHEAD];
}

Token parser_take(Parser *parser)
{
    Token token = parser_peek(parser, 0);
    parser->ahead_first = (parser->ahead_first + 1) % PARSER_LOOKAHEAD;
    parser->ahead_count--;
    return token;
}

Token parser_made(const Parser *parser, unsigned kind)
{
    uint32_t end = parser->last.span.end;
    return (Token){.kind = (uint8_t)kind, .span = span_make(end, end)};
}

static bool is_opener(unsigned kind)
{
    return kind == TK_LPAREN || kind == TK_LBRACE || kind == TK_LBRACKET;
}

static bool is_closer(unsigned kind)
{
    return kind == TK_RPAREN || kind == TK_RBRACE || kind == TK_RBRACKET;
}

void parser_feed(Parser *parser, Token token)
{
    machine_feed(parser->machine, token);
    parser->build.end = token.span.end;
    parser->last = token;
    if (is_opener(token.kind)) {
        if (parser->bracket_count ==
            sizeof parser->brackets / sizeof parser->brackets[0]) {
            parser->build.end = token.span.start;
            build_overflow(&parser->build);
        } else {
            parser->brackets[parser->bracket_count++] =
                (Bracket){token.span, token.kind, machine_is_at_list(parser->machine)};
        }
    } else if (is_closer(token.kind)) {
        CHECK(parser->bracket_count > 0); // the grammar balances them
        parser->bracket_count--;
    }
}

// ---- which keywords are names ----

bool token_begins_operand(unsigned kind)
{
    switch (kind) {
    case TK_NAME:
    case TK_STRING:
    case TK_INT:
    case TK_DECIMAL:
    case TK_DURATION:
    case TK_ADDRESS:
    case TK_NETWORK:
    case TK_TAG:
    case TK_TRUE:
    case TK_FALSE:
        return true;
    default:
        return false; // tokens are lemon's numbers, not one of our enums
    }
}

// True if a line can't end after this token, so that the next one goes on with it.
static bool is_open_ended(unsigned kind)
{
    switch (kind) {
    case TK_BEGIN_EXPRESSION:
    case TK_COMMA:
    case TK_COLON:
    case TK_ASSIGN:
    case TK_LPAREN:
    case TK_LBRACE:
    case TK_LBRACKET:
    case TK_AND:
    case TK_OR:
    case TK_NOT:
    case TK_HAS:
    case TK_EQ:
    case TK_NE:
    case TK_LT:
    case TK_LE:
    case TK_GT:
    case TK_GE:
    case TK_IN:
    case TK_LIKE:
    case TK_ELSE:
    case TK_PLUS:
    case TK_MINUS:
    case TK_STAR:
        return true;
    default:
        return false; // tokens are lemon's numbers, not one of our enums
    }
}

// At the beginning of a line a keyword is meant as one, unless the line before goes on
// and no keyword's phrase follows.
static bool may_begin_name(Parser *parser, Token token)
{
    if ((token.flags & TOKEN_FIRST_ON_LINE) == 0)
        return true;
    unsigned next = parser_peek(parser, 1).kind;
    return is_open_ended(parser->last.kind) && next != TK_LBRACE &&
           !token_begins_operand(next);
}

static bool is_name_before_colon(Parser *parser)
{
    return parser_peek(parser, 1).kind == TK_COLON &&
           machine_accepts_two(parser->machine, TK_NAME, TK_COLON);
}

// A keyword at this place: as it is, or a name.
static bool fit_keyword(Parser *parser, Token *token)
{
    unsigned kind = token->kind;
    bool is_field = parser->last.kind == TK_DOT && may_begin_name(parser, *token);
    if (is_field || is_name_before_colon(parser)) {
        token->kind = TK_NAME;
        return machine_accepts(parser->machine, TK_NAME);
    }
    // `approved` is the first of two words.
    bool is_phrase = kind != TK_APPROVED || parser_peek(parser, 1).kind == TK_BY;
    if (is_phrase && machine_accepts(parser->machine, kind))
        return true;
    bool is_reserved = (keyword_at(token->keyword - 1u)->where & IN_EXPRESSION) != 0;
    bool is_name = !is_reserved && may_begin_name(parser, *token) &&
                   machine_accepts(parser->machine, TK_NAME);
    if (is_name)
        token->kind = TK_NAME;
    return is_name;
}

bool parser_fit(Parser *parser, Token *token)
{
    *token = parser_peek(parser, 0);
    if (token->keyword != 0)
        return fit_keyword(parser, token);
    return machine_accepts(parser->machine, token->kind);
}

// ---- the whole ----

static void parser_start(Parser *parser, Arena *arena, Diags *diags,
                         const Source *source)
{
    parser->arena = arena;
    parser->diags = diags;
    parser->source = source;
    parser->build = (Build){.arena = arena, .diags = diags, .source = source};
    parser->build.end = source->base;
    parser->machine = machine_new(arena, &parser->build);
}

// Feeds everything up to the end of the text; errors are mended on the way.
static void parser_run(Parser *parser)
{
    while (!parser->build.is_overflown) {
        Token token;
        bool is_fit = parser_fit(parser, &token) && !repair_sees_declaration(parser) &&
                      !repair_sees_idle_comma(parser) &&
                      !repair_sees_misspelling(parser);
        if (!is_fit) {
            repair(parser);
            continue;
        }
        parser_take(parser);
        parser_feed(parser, token);
        parser->is_quiet = false;
        if (token.kind == TK_EOF)
            return;
    }
}

Node *parse_file(Arena *arena, Diags *diags, const Source *source)
{
    Parser *parser = ARENA_NEW(arena, Parser);
    parser_start(parser, arena, diags, source);
    bool is_readable = lex_start(&parser->lexer, source, diags);
    if (is_readable) {
        parser_feed(parser, parser_made(parser, TK_BEGIN_FILE));
        parser_run(parser);
    }
    if (!is_readable || parser->build.is_overflown)
        build_file(&parser->build, nodes_one(build_error(&parser->build)));
    shape_check(diags, parser->build.root);
    return parser->build.root;
}

Node *parse_expression(Arena *arena, Diags *diags, const Source *source)
{
    Parser *parser = ARENA_NEW(arena, Parser);
    parser_start(parser, arena, diags, source);
    if (!lex_start(&parser->lexer, source, diags))
        return NULL;
    parser_feed(parser, parser_made(parser, TK_BEGIN_EXPRESSION));
    for (;;) {
        Token token;
        if (parser->build.is_overflown)
            return NULL;
        if (!parser_fit(parser, &token)) {
            repair_report(parser);
            return NULL;
        }
        parser_take(parser);
        parser_feed(parser, token);
        if (token.kind == TK_EOF)
            break;
    }
    Node *root = parser->build.root;
    return root->kind == NODE_ERROR ? NULL : root;
}
