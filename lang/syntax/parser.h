// SPDX-License-Identifier: Apache-2.0
// parser: the state that parse.c (feeding) and repair.c (mending) share. For those
// alone.
#ifndef PROVISO_LANG_SYNTAX_PARSER_H
#define PROVISO_LANG_SYNTAX_PARSER_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/syntax/build.h"
#include "lang/syntax/lex.h"
#include "lang/syntax/machine.h"

enum { PARSER_LOOKAHEAD = 4 };

// An open bracket.
typedef struct Bracket {
    Span span;
    uint8_t kind;  // the TK_ of the bracket
    bool is_block; // declarations, clauses or steps follow: recovery ends here
} Bracket;

typedef struct Parser {
    Build build;
    Arena *arena;
    Diags *diags;
    const Source *source;
    Machine *machine;
    Lexer lexer;
    Token ahead[PARSER_LOOKAHEAD]; // a ring
    unsigned ahead_first;
    unsigned ahead_count;
    Token last;                          // what was fed last
    Bracket brackets[2 * AST_MAX_DEPTH]; // those that are open
    unsigned bracket_count;
    bool is_quiet; // an error ran to a place where a brace may be missing: don't
                   // complain

} Parser;

// Token `distance` (0: the next) without taking it.
Token parser_peek(Parser *parser, unsigned distance);
Token parser_take(Parser *parser);
// Gives a token that fits to the machine and keeps count of brackets.
void parser_feed(Parser *parser, Token token);
// A token that the author left out, at the place where the last one ended.
Token parser_made(const Parser *parser, unsigned kind);

// What the next token is at this place, as it is or a name; false if it doesn't fit.
bool parser_fit(Parser *parser, Token *token);

// What can't follow a name, whatever that names: another name, a literal, a tag.
bool token_begins_operand(unsigned kind);

// The next token doesn't fit: reports it once, and mends or skips, so that the caller
// can go on with what is then the next token. A token that is mended is fed.
void repair(Parser *parser);
// Reports that the next token is not what is expected.
void repair_report(Parser *parser);

// True if a declaration begins with the next tokens although the machine would take the
// first of them as a clause: a brace is missing before it.
bool repair_sees_declaration(Parser *parser);

// True if the next token is a comma with which a list ends.
bool repair_sees_idle_comma(Parser *parser);

// True if the next token is a keyword that was spelt so that it reads as a name.
bool repair_sees_misspelling(Parser *parser);

// "a name or `{`": what the machine would take now, in words.
Str expect_describe(const Parser *parser);
// "`tool`", "a string", "the end of the file": a token in words.
Str token_describe(const Parser *parser, Token token);

#endif
