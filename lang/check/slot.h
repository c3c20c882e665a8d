// SPDX-License-Identifier: Apache-2.0
// slot: the facts of a request that rules read, each one numbered place.
//
// What every policy can read (slot.def) comes first. A slot belongs to a name, a type
// and a certainty: an argument that one rule reads as surely there and another as
// perhaps absent is two slots, so that each rule's code says what it relies on.
#ifndef PROVISO_LANG_CHECK_SLOT_H
#define PROVISO_LANG_CHECK_SLOT_H

#include "lang/check/checker.h"

// Puts the fixed slots into the Program.
void slot_add_fixed(Checker *checker);
// The slot like this one; it is added if there is none.
uint32_t slot_intern(Checker *checker, const Slot *slot);
// Reads a slot.
Expr *slot_read(Checker *checker, uint32_t slot, Span span);
// The slot of `agent.id` and its like, or NONE.
uint32_t slot_fixed(const Checker *checker, Str name);
// The slot of a declared attribute, or of a column of the users' or agents' table, that
// `root.field` names; NONE if there is neither.
uint32_t slot_attribute(Checker *checker, Str root, Str field);
// Adds a slot for each column of the root's table, so that a request may carry such a
// member (which counts for nothing) whether or not a rule reads it.
void slot_add_columns(Checker *checker, Str root);
// Offers every field that `root` has.
void slot_suggest(Checker *checker, Str root, Nearest *nearest);

#endif
