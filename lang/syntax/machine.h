// SPDX-License-Identifier: Apache-2.0
// machine: the automaton that lemon makes from grammar.y, and questions about it.
//
// Whoever feeds it asks first whether a token fits (machine_accepts), so the automaton
// never meets an error by itself: recovering is the parser's decision. Asking changes
// nothing.
#ifndef PROVISO_LANG_SYNTAX_MACHINE_H
#define PROVISO_LANG_SYNTAX_MACHINE_H

#include <stdbool.h>

#include "engine/base/arena.h"
#include "lang/syntax/build.h"
#include "lang/syntax/grammar.h" // generated: TK_ numbers
#include "lang/syntax/lex.h"

// The end of the text.
enum { TK_EOF = 0 };

typedef struct Machine Machine;

Machine *machine_new(Arena *arena, Build *build);

// Takes a token that fits; the actions of grammar.y run.
void machine_feed(Machine *machine, Token token);

// Would it take this token now?
bool machine_accepts(const Machine *machine, unsigned kind);
// Would it take the first and then the second?
bool machine_accepts_two(const Machine *machine, unsigned first, unsigned second);
// Would it take all of these, one after the other?
bool machine_accepts_all(const Machine *machine, const unsigned *kinds, unsigned count);
// Would it take the token after machine_recover?
bool machine_recovers(const Machine *machine, unsigned kind);
// Does a list begin here whose elements may be broken (after the brace of a block)?
bool machine_is_at_list(const Machine *machine);

// Drops what is unfinished, back to the innermost list of declarations, clauses or
// steps, and puts a broken element into it.
void machine_recover(Machine *machine);

#endif
