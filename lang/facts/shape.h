// SPDX-License-Identifier: Apache-2.0
// shape: a Schema that is being made from a JSON Schema, and how two of them combine.
//
// Combining errs to the wide side: a shape lets pass what the JSON Schema lets pass,
// and perhaps more, for the server checks its own schema as well. What cannot be said
// in our types becomes `json`, with the reason.
#ifndef PROVISO_LANG_FACTS_SHAPE_H
#define PROVISO_LANG_FACTS_SHAPE_H

#include "lang/ir/ir.h"

typedef enum Additional {
    ADDITIONAL_UNSAID,
    ADDITIONAL_NO,
    ADDITIONAL_YES,
} Additional;

typedef struct Shape {
    Schema schema; // first, so that a Schema made here can be taken as its Shape again
    bool is_never; // nothing fits, except null if NULLABLE
    bool is_free;  // json because nothing was said at all
    Additional additional; // RECORD: whether other members may come
    Str why;               // json: why it has no type
    Str ignored;           // keywords that were left out of account
} Shape;

// A shape of a type; without bounds, fields or values.
Shape *shape_new(Arena *arena, const Type *type);
Shape *shape_json(Arena *arena, Types *types, Str why);
Shape *shape_never(Arena *arena);
// The shape that a schema made here is part of.
Shape *shape_of(const Schema *schema);

// Puts the fields in order and makes the record's type of them.
void shape_set_fields(Arena *arena, Types *types, Shape *shape, SchemaField *fields,
                      uint32_t count);

// What fits one of the two: anyOf, oneOf.
Shape *shape_join(Arena *arena, Types *types, Shape *a, Shape *b);
// What fits both, as far as that can be said: allOf, and keywords side by side.
Shape *shape_meet(Arena *arena, Types *types, Shape *a, Shape *b);

#endif
