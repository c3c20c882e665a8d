// SPDX-License-Identifier: Apache-2.0
// json_write: JSON output into a Buf, with commas and nesting kept in order.
//
// The caller calls in the order of the grammar (that is CHECKed); values at most
// JSON_DEPTH_MAX deep. Compact when indent is 0, else one member or element a line.
#ifndef PROVISO_ENGINE_BASE_JSON_WRITE_H
#define PROVISO_ENGINE_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/str.h"

typedef struct Buf Buf;

typedef struct JsonWriter {
    Buf *out;
    unsigned indent; // spaces a level
    unsigned depth;
    uint64_t object_bits; // bit n: level n is an object
    bool is_empty;        // nothing stands in the current level yet
    bool after_name;
} JsonWriter;

JsonWriter json_writer(Buf *out, unsigned indent);
void json_begin_object(JsonWriter *writer);
void json_end_object(JsonWriter *writer);
void json_begin_array(JsonWriter *writer);
void json_end_array(JsonWriter *writer);
// The name of the member whose value comes next.
void json_name(JsonWriter *writer, const char *name);
void json_name_str(JsonWriter *writer, Str name);
void json_str(JsonWriter *writer, Str text);
void json_c(JsonWriter *writer, const char *text);
void json_i64(JsonWriter *writer, int64_t number);
// Bytes as a string of lower-case hexadecimal digits.
void json_hex(JsonWriter *writer, const void *bytes, size_t len);
void json_bool(JsonWriter *writer, bool truth);
void json_null(JsonWriter *writer);
// A value that is JSON already.
void json_raw(JsonWriter *writer, Str json);

// Appends a text as a JSON string with its quotes, escaped as in RFC 8785 §3.2.2.2.
// What is not well-formed UTF-8 becomes U+FFFD, so the output is always JSON.
void json_escape(Buf *out, Str text);

#endif
