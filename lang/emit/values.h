// SPDX-License-Identifier: Apache-2.0
// values: the types and the constants of a bundle, each once.
#ifndef PROVISO_LANG_EMIT_VALUES_H
#define PROVISO_LANG_EMIT_VALUES_H

#include "lang/emit/emitter.h"

// Writes the types with fixed numbers.
void types_start(Emitter *emitter);
// The number of a type; optional types are as their bare ones.
uint32_t type_number(Emitter *emitter, const Type *type);
uint32_t type_list_of(Emitter *emitter, uint32_t element, uint32_t most);
// Of two types that differ in the length of a list at most, the one that holds both.
// `a` may be NONE.
uint32_t type_longer(Emitter *emitter, uint32_t a, uint32_t b);
uint32_t type_row_of(Emitter *emitter, uint32_t table);
// The kind of a type by its number, and the record itself (a copy).
Kind type_kind_of(Emitter *emitter, uint32_t number);
BundleType type_at(Emitter *emitter, uint32_t number);

// The type that a constant in code has. Lists get the next power of two as their most
// elements, so that rules whose lists differ a little still have one shape.
uint32_t type_of_const(Emitter *emitter, const Const *value);
// The number of a constant of that type; its strings must be numbered.
uint32_t const_number(Emitter *emitter, const Const *value, uint32_t type);
// An int.
uint32_t const_int(Emitter *emitter, int64_t number);
// What two numbers an atom is made of (bytecode.h: atom_of_number), or a string's
// number.
uint32_t const_atom(Emitter *emitter, const Const *value);

// A string as a column without case keeps it: ASCII letters in lower case.
Const const_folded(Emitter *emitter, const Const *text);

#endif
