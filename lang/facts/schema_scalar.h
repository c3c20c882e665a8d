// SPDX-License-Identifier: Apache-2.0
// schema_scalar: what a JSON Schema says about strings, numbers and allowed values, and
// what it leaves out of account.
#ifndef PROVISO_LANG_FACTS_SCHEMA_SCALAR_H
#define PROVISO_LANG_FACTS_SCHEMA_SCALAR_H

#include "engine/base/json.h"
#include "lang/facts/shape.h"

// Where shapes and types are made.
typedef struct Maker {
    Arena *arena;
    Types *types;
} Maker;

bool json_is_true(const JsonValue *value);
bool json_is_string(const JsonValue *value, Str text);

// A shape of one of the types without parameters; json with the reason.
Shape *make_plain(const Maker *maker, TypeForm form);
Shape *make_json(const Maker *maker, Str why);
// Remembers that the schema's keyword was left out of account, if it is there.
void schema_ignore(const Maker *maker, Shape *shape, const JsonValue *schema,
                   const char *keyword);

// minLength maxLength, minItems maxItems: bounds of a length. NULL without one.
const Const *schema_length(const Maker *maker, const JsonValue *schema,
                           const char *name);
void schema_lengths(const Maker *maker, Shape *shape, const JsonValue *schema,
                    const char *low, const char *high);
// `type: string`, with format and length.
Shape *schema_string(const Maker *maker, const JsonValue *schema);
// `type: integer` or `number`, with bounds.
Shape *schema_number(const Maker *maker, const JsonValue *schema, bool is_int);
// `enum`: all values from `first` on, or `const`: that value alone. `type` is what
// stands beside it, or empty.
Shape *schema_values(const Maker *maker, const JsonValue *first, bool is_list,
                     Str type);

#endif
