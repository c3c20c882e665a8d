// SPDX-License-Identifier: Apache-2.0
// scan: what the scanner's actions do. For lex.re alone.
#ifndef PROVISO_LANG_SYNTAX_SCAN_H
#define PROVISO_LANG_SYNTAX_SCAN_H

#include "lang/syntax/lex.h"

Span scan_span(const Lexer *lexer, const unsigned char *start,
               const unsigned char *end);

// Checks the inside of a string; the token flags.
unsigned scan_string(Lexer *lexer, const unsigned char *start,
                     const unsigned char *end);
// Reports a string without its end; where to go on: the line's end without white space.
const unsigned char *scan_open_string(Lexer *lexer, const unsigned char *start,
                                      const unsigned char *end);
// A string in other quotes, of `width` bytes each.
void scan_foreign_string(Lexer *lexer, const unsigned char *start,
                         const unsigned char *end, unsigned width);

// A number or duration: refuses _ at the end of a group of digits. Gives `token`.
unsigned scan_number(Lexer *lexer, const unsigned char *start, const unsigned char *end,
                     unsigned token);
// What looks like a number and is none. Gives its flags.
unsigned scan_bad_number(Lexer *lexer, const unsigned char *start,
                         const unsigned char *end);

// An operator of another language. Gives `token`.
unsigned scan_foreign(Lexer *lexer, const unsigned char *start,
                      const unsigned char *end, unsigned token, const char *ours);
void scan_foreign_comment(Lexer *lexer, const unsigned char *start,
                          const unsigned char *end);
// The end of a /* comment.
const unsigned char *scan_block_comment(Lexer *lexer, const unsigned char *start,
                                        const unsigned char *cursor,
                                        const unsigned char *limit);
// A character that begins no token; where the next one begins.
const unsigned char *scan_unknown(Lexer *lexer, const unsigned char *start,
                                  const unsigned char *limit);

#endif
