// SPDX-License-Identifier: Apache-2.0
// json: a JSON text as a tree on an arena, and its canonical form (RFC 8785).
//
// As strict as json_read.h, and a name may stand only once in its object. Strings
// without escapes are views of the source text, which must outlive the tree.
#ifndef PROVISO_ENGINE_BASE_JSON_H
#define PROVISO_ENGINE_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/json_read.h"

typedef struct Buf Buf;

typedef enum JsonKind {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
} JsonKind;

typedef struct JsonValue JsonValue;
struct JsonValue {
    JsonKind kind;
    bool truth;             // BOOL
    uint32_t count;         // ARRAY, OBJECT: how many
    Str text;               // STRING: unescaped; NUMBER: as written
    Str name;               // of a member: unescaped; else empty
    Str raw;                // the value's source text
    uint32_t offset;        // where raw starts
    uint32_t name_offset;   // where the member's name starts
    const JsonValue *first; // ARRAY, OBJECT: the first element or member
    const JsonValue *next;  // the one after this in its array or object
};

// Reads a whole text. On STATUS_MALFORMED and STATUS_LIMIT (too deep, longer than 4
// GiB, the arena is full) *error says why and where.
MUST_USE Status json_parse(Arena *arena, Str text, const JsonValue **root,
                           JsonError *error);
// Reads the value that `event` begins, while walking a large text by events; the reader
// stands behind it afterwards. Errors are in reader->error.
MUST_USE Status json_read_value(Arena *arena, JsonReader *reader, JsonEvent event,
                                const JsonValue **value);

// The member of an object, or NULL; NULL also if the value is not an object, or NULL
// itself.
const JsonValue *json_member(const JsonValue *object, Str name);
// A short name of the kind for messages: "an object", "a number".
const char *json_kind_text(JsonKind kind);
// The number as int64; false if it is another kind, not integral or out of range. 1e3
// and 5.0 are integral.
bool json_to_i64(const JsonValue *value, int64_t *out);

// Appends the canonical form of a JSON text (RFC 8785). STATUS_MALFORMED also for a
// number that a double can't hold.
MUST_USE Status json_canonical(Arena *arena, Str text, Buf *out);

#endif
