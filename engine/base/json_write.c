// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json_write.h"

#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/json_read.h"
#include "engine/base/utf8.h"

static const uint32_t REPLACEMENT = 0xfffd;

// ---- strings ----

static void put_escaped(Buf *out, char c)
{
    static const char letters[] = "btn\vfr"; // for U+0008 to U+000D
    buf_char(out, '\\');
    if (c == '"' || c == '\\') {
        buf_char(out, c);
    } else if (c >= '\b' && c <= '\r' && c != '\v') {
        buf_char(out, letters[c - '\b']);
    } else {
        buf_c(out, "u00");
        buf_hex(out, &c, 1);
    }
}

static bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= ' ' && byte < 0x80 && c != '"' && c != '\\';
}

void json_escape(Buf *out, Str text)
{
    buf_char(out, '"');
    while (text.len > 0) {
        size_t plain = 0;
        while (plain < text.len && is_plain(text.at[plain]))
            plain++;
        buf_bytes(out, text.at, plain);
        text = str_slice(text, plain, text.len);
        if (text.len == 0)
            break;
        Str rest = text;
        uint32_t point = 0;
        if (utf8_next(&rest, &point)) {
            if (point < 0x80)
                put_escaped(out, text.at[0]);
            else
                buf_bytes(out, text.at, text.len - rest.len);
            text = rest;
        } else {
            utf8_encode(out, REPLACEMENT);
            text = str_slice(text, 1, text.len);
        }
    }
    buf_char(out, '"');
}

// ---- structure ----

JsonWriter json_writer(Buf *out, unsigned indent)
{
    return (JsonWriter){.out = out, .indent = indent, .is_empty = true};
}

static bool is_in_object(const JsonWriter *writer)
{
    return writer->depth > 0 && (writer->object_bits >> (writer->depth - 1) & 1) != 0;
}

static void begin_line(JsonWriter *writer)
{
    if (writer->indent == 0)
        return;
    buf_char(writer->out, '\n');
    buf_fill(writer->out, ' ', (size_t)writer->indent * writer->depth);
}

// What stands between the last thing and the next member or element.
static void separate(JsonWriter *writer)
{
    CHECK(writer->depth > 0 || writer->is_empty);
    if (!writer->is_empty)
        buf_char(writer->out, ',');
    if (writer->depth > 0)
        begin_line(writer);
    writer->is_empty = false;
}

static void begin_value(JsonWriter *writer)
{
    CHECK(is_in_object(writer) == writer->after_name);
    if (!writer->after_name)
        separate(writer);
    writer->after_name = false;
}

static void begin_level(JsonWriter *writer, bool is_object)
{
    CHECK(writer->depth < JSON_DEPTH_MAX);
    begin_value(writer);
    buf_char(writer->out, is_object ? '{' : '[');
    uint64_t bit = (uint64_t)1 << writer->depth++;
    if (is_object)
        writer->object_bits |= bit;
    else
        writer->object_bits &= ~bit;
    writer->is_empty = true;
}

static void end_level(JsonWriter *writer, bool is_object)
{
    CHECK(writer->depth > 0 && !writer->after_name &&
          is_in_object(writer) == is_object);
    writer->depth--;
    if (!writer->is_empty)
        begin_line(writer);
    buf_char(writer->out, is_object ? '}' : ']');
    writer->is_empty = false;
}

void json_begin_object(JsonWriter *writer)
{
    begin_level(writer, true);
}

void json_end_object(JsonWriter *writer)
{
    end_level(writer, true);
}

void json_begin_array(JsonWriter *writer)
{
    begin_level(writer, false);
}

void json_end_array(JsonWriter *writer)
{
    end_level(writer, false);
}

void json_name_str(JsonWriter *writer, Str name)
{
    CHECK(is_in_object(writer) && !writer->after_name);
    separate(writer);
    json_escape(writer->out, name);
    buf_char(writer->out, ':');
    if (writer->indent > 0)
        buf_char(writer->out, ' ');
    writer->after_name = true;
}

void json_name(JsonWriter *writer, const char *name)
{
    json_name_str(writer, str_from_c(name));
}

void json_str(JsonWriter *writer, Str text)
{
    begin_value(writer);
    json_escape(writer->out, text);
}

void json_c(JsonWriter *writer, const char *text)
{
    json_str(writer, str_from_c(text));
}

void json_i64(JsonWriter *writer, int64_t number)
{
    begin_value(writer);
    buf_i64(writer->out, number);
}

void json_bool(JsonWriter *writer, bool truth)
{
    json_raw(writer, truth ? STR("true") : STR("false"));
}

void json_null(JsonWriter *writer)
{
    json_raw(writer, STR("null"));
}

void json_raw(JsonWriter *writer, Str json)
{
    begin_value(writer);
    buf_str(writer->out, json);
}

void json_hex(JsonWriter *writer, const void *bytes, size_t len)
{
    begin_value(writer);
    buf_char(writer->out, '"');
    buf_hex(writer->out, bytes, len);
    buf_char(writer->out, '"');
}
