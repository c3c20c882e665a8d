// SPDX-License-Identifier: Apache-2.0
// json_read: JSON (RFC 8259) as a sequence of events, without memory of its own.
//
// Strict: UTF-8 only and well formed, no byte order mark, no lone surrogate, no U+0000
// in a string, at most JSON_DEPTH_MAX open objects and arrays. Numbers are handed on as
// they are written, so nothing is rounded. A name that repeats in its object is not
// noticed here (that takes memory): json.h does. Most callers want the tree of json.h.
#ifndef PROVISO_ENGINE_BASE_JSON_READ_H
#define PROVISO_ENGINE_BASE_JSON_READ_H

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

typedef struct Arena Arena;

enum { JSON_DEPTH_MAX = 64 };

typedef enum JsonEvent {
    JSON_EVENT_OBJECT, // '{'
    JSON_EVENT_OBJECT_END,
    JSON_EVENT_ARRAY, // '['
    JSON_EVENT_ARRAY_END,
    JSON_EVENT_NAME, // of a member; its value comes next
    JSON_EVENT_STRING,
    JSON_EVENT_NUMBER,
    JSON_EVENT_TRUE,
    JSON_EVENT_FALSE,
    JSON_EVENT_NULL,
    JSON_EVENT_END, // the text is over and was well formed
} JsonEvent;

// Where and why a text was refused.
typedef struct JsonError {
    size_t offset;       // in bytes
    const char *message; // a constant, for people: lower case, no full stop
} JsonError;

typedef struct JsonReader {
    Str text;
    size_t at;     // the next byte
    size_t offset; // where the last event's text starts
    Str token;     // its text; a string's or name's is what stands between the quotes
    uint64_t object_bits; // bit n: level n is an object
    unsigned depth;       // open objects and arrays
    unsigned expected;    // what may come next
    JsonError error;
} JsonReader;

// A reader at the start of a text, which must outlive it.
JsonReader json_reader(Str text);
// The next event. STATUS_MALFORMED or, when too deep, STATUS_LIMIT: reader->error is
// set and nothing more may be read.
MUST_USE Status json_next(JsonReader *reader, JsonEvent *event);
// The text that the token of a STRING or NAME event stands for: the token itself if it
// has no escape, else a new text in the arena; STATUS_LIMIT when that is full.
MUST_USE Status json_unescape(Arena *arena, Str token, Str *out);

#endif
