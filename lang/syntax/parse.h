// SPDX-License-Identifier: Apache-2.0
// parse: a source to its tree.
//
// The lexer's tokens are fed to the generated automaton (machine.h), whose actions call
// the builders (build.h). Where a token doesn't fit, the parser reports one message,
// mends the text in its mind if it knows how (a misspelt keyword, = for ==, a missing
// comma or brace) and goes on as if the author had written it so; otherwise it skips to
// the next clause, step or declaration. So independent mistakes give one message each.
//
// A keyword is a keyword only where the grammar has room for it; elsewhere it is a name
// (except the words of expressions, such as `and` or `has`). After `.` and before `:`
// every keyword is a name.
//
// After the tree is built, shape rules are checked that need no names: clauses that a
// kind of declaration doesn't take, clauses given twice, a second `unless`, a package
// that isn't first.
#ifndef PROVISO_LANG_SYNTAX_PARSE_H
#define PROVISO_LANG_SYNTAX_PARSE_H

#include "engine/base/arena.h"
#include "lang/source/diag.h"
#include "lang/source/source.h"
#include "lang/syntax/ast.h"

// Parses a whole file. Never NULL; a FILE node that holds what could be understood.
// What is wrong is reported. The tree lives on the arena and views the source's text.
Node *parse_file(Arena *arena, Diags *diags, const Source *source);

// Parses one expression, for command lines and tests. NULL after a message.
Node *parse_expression(Arena *arena, Diags *diags, const Source *source);

#endif
