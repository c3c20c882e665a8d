// SPDX-License-Identifier: Apache-2.0
// typing: the types that a policy writes, and the schemas that requests must fit for
// them.
#ifndef PROVISO_LANG_CHECK_TYPING_H
#define PROVISO_LANG_CHECK_TYPING_H

#include "lang/check/checker.h"

// The type of a TYPE node; poison after a message.
const Type *typing_type(Checker *checker, const Node *node);
// What fits the type and no more.
Schema *typing_schema(Checker *checker, const Type *type, bool is_closed);
// The closed record of a PARAMS node; NULL means that there are none.
Schema *typing_params(Checker *checker, const Node *params);
// Makes a field of another type, which takes null too if it was so; its record's type
// has to be made again.
void typing_set_field(Checker *checker, SchemaField *field, const Type *type);
// Marks the members of a tool's arguments, at any depth, that are keys of tables with
// tenants, or lists of such; what lies in a `tenant shared` one is left out.
void typing_mark_tenants(const Checker *checker, const Schema *record);
// Makes a record's type again from its fields.
void typing_settle(Checker *checker, Schema *record);

#endif
