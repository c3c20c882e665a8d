// SPDX-License-Identifier: Apache-2.0
// json_schema: JSON Schema (2020-12 and draft-07) as the types and bounds of a policy.
//
// Nothing is ever refused: what the language has no type for becomes `json`, and a
// keyword that can't be expressed is left out of account; both leave a note.
// docs/facts.md lists what becomes of each keyword. Schemas may be hostile: nesting,
// references that go round in circles or multiply, and long lists of values all end in
// `json`.
//
// The schemas made here have bare types; that a member may be left out or be null
// stands in SchemaField.is_required and SCHEMA_NULLABLE, and makes its field in the
// record optional.
#ifndef PROVISO_LANG_FACTS_JSON_SCHEMA_H
#define PROVISO_LANG_FACTS_JSON_SCHEMA_H

#include "engine/base/json.h"
#include "lang/ir/ir.h"

enum {
    SCHEMA_MAX_DEPTH = 16,      // lists and records in each other
    SCHEMA_MAX_MEMBERS = 256,   // of one record
    SCHEMA_MAX_VALUES = 4096,   // of one enum, and elements of one list
    SCHEMA_MAX_PARTS = 1 << 14, // schemas in one tool, references counted each time
};

// Something that could not be said in our types.
typedef struct SchemaNote {
    Str tool;
    Str path; // "args.filter.when"
    Str text; // "has no type here: it may be `string` or `bool`"
    bool is_untyped;
    struct SchemaNote *next;
} SchemaNote;

typedef struct SchemaNotes {
    SchemaNote *first;
    SchemaNote *last;
    uint32_t count;
    uint32_t untyped;
} SchemaNotes;

typedef struct SchemaReader {
    Arena *arena;
    Types *types;
    SchemaNotes *notes;
    Str tool; // for notes
} SchemaReader;

// A tool's arguments: always a closed record. `schema` may be NULL: no arguments.
Schema *schema_arguments(const SchemaReader *reader, const JsonValue *schema);
// What a tool returns. Records are closed only where the schema says so, since a result
// that fits the server's schema must not be withheld. NULL if it has no type.
const Schema *schema_result(const SchemaReader *reader, const JsonValue *schema);

void schema_note(const SchemaReader *reader, Str path, Str text, bool is_untyped);

#endif
