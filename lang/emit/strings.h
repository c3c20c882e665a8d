// SPDX-License-Identifier: Apache-2.0
// strings: which texts a bundle holds, and their numbers. The interned ones, that a
// request can name, come first; within each part they are in the order of their bytes,
// so the numbers don't depend on where a text was met.
#ifndef PROVISO_LANG_EMIT_STRINGS_H
#define PROVISO_LANG_EMIT_STRINGS_H

#include "lang/emit/emitter.h"

// Collects a text that a request can name, or one for people.
void string_want_interned(Emitter *emitter, Str text);
void string_want(Emitter *emitter, Str text);

// Collects the texts of constants; the expression may be NULL.
void strings_collect_expr(Emitter *emitter, const Expr *expr);

// Collects all texts of the Program, constants in conditions included.
void strings_collect(Emitter *emitter);
// Gives them their numbers and writes the sections of strings. No text is added after
// that.
void strings_number(Emitter *emitter);

// The number of a collected text.
uint32_t string_number(const Emitter *emitter, Str text);
// The same; NONE for an empty text, or one with NULL.
uint32_t string_number_or_none(const Emitter *emitter, Str text);
// A list of the texts' numbers, ascending, each once.
List string_list(Emitter *emitter, const Str *texts, uint32_t count);

#endif
