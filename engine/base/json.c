// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json.h"

#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json_write.h"
#include "engine/base/number.h"
#include "engine/base/utf8.h"

// ---- the tree ----

static Status out_of_memory(JsonReader *reader)
{
    reader->error =
        (JsonError){reader->offset, "the text needs more memory than it may take"};
    return STATUS_LIMIT;
}

static Status unescape(Arena *arena, JsonReader *reader, Str *out)
{
    return json_unescape(arena, reader->token, out) == STATUS_OK
               ? STATUS_OK
               : out_of_memory(reader);
}

// By name, members of the same name by their place.
static int compare_members(const void *left, const void *right)
{
    const JsonValue *a = *(const JsonValue *const *)left;
    const JsonValue *b = *(const JsonValue *const *)right;
    int order = utf8_compare_as_utf16(a->name, b->name);
    if (order != 0)
        return order;
    return a->name_offset < b->name_offset ? -1 : 1;
}

// The members in the order of RFC 8785 §3.2.3; NULL when the arena is full.
static const JsonValue **sorted_members(Arena *arena, const JsonValue *object)
{
    const JsonValue **members = arena_try(arena, object->count * sizeof *members);
    if (members == NULL)
        return NULL;
    size_t count = 0;
    for (const JsonValue *member = object->first; member != NULL; member = member->next)
        members[count++] = member;
    qsort(members, count, sizeof *members, compare_members);
    return members;
}

// Refuses an object in which a name stands twice, at the first that repeats one.
static Status check_names(Arena *arena, JsonReader *reader, const JsonValue *object)
{
    ArenaMark mark = arena_mark(arena);
    const JsonValue **members = sorted_members(arena, object);
    if (members == NULL)
        return out_of_memory(reader);
    size_t repeated = SIZE_MAX;
    for (uint32_t i = 1; i < object->count; i++) {
        if (str_eq(members[i - 1]->name, members[i]->name) &&
            members[i]->name_offset < repeated)
            repeated = members[i]->name_offset;
    }
    arena_reset(arena, mark);
    if (repeated == SIZE_MAX)
        return STATUS_OK;
    reader->error = (JsonError){repeated, "the name stands twice in its object"};
    return STATUS_MALFORMED;
}

static Status read_node(Arena *arena, JsonReader *reader, JsonEvent event,
                        JsonValue **out);

// Reads elements or members up to the end of their array or object, in the order of the
// text.
static Status read_children(Arena *arena, JsonReader *reader, JsonValue *parent)
{
    const JsonValue **next = &parent->first;
    for (;;) {
        JsonEvent event;
        Str name = {0};
        size_t name_offset = 0;
        JsonValue *child = NULL;
        TRY(json_next(reader, &event));
        if (event == JSON_EVENT_OBJECT_END || event == JSON_EVENT_ARRAY_END)
            return STATUS_OK;
        if (event == JSON_EVENT_NAME) {
            name_offset = reader->offset;
            TRY(unescape(arena, reader, &name));
            TRY(json_next(reader, &event));
        }
        TRY(read_node(arena, reader, event, &child));
        child->name = name;
        child->name_offset = (uint32_t)name_offset;
        *next = child;
        next = &child->next;
        parent->count++;
    }
}

static Status fill_node(Arena *arena, JsonReader *reader, JsonEvent event,
                        JsonValue *node)
{
    switch (event) {
    case JSON_EVENT_OBJECT:
        node->kind = JSON_OBJECT;
        TRY(read_children(arena, reader, node));
        return check_names(arena, reader, node);
    case JSON_EVENT_ARRAY:
        node->kind = JSON_ARRAY;
        return read_children(arena, reader, node);
    case JSON_EVENT_STRING:
        node->kind = JSON_STRING;
        return unescape(arena, reader, &node->text);
    case JSON_EVENT_NUMBER:
        node->kind = JSON_NUMBER;
        node->text = reader->token;
        return STATUS_OK;
    case JSON_EVENT_TRUE:
    case JSON_EVENT_FALSE:
        node->kind = JSON_BOOL;
        node->truth = event == JSON_EVENT_TRUE;
        return STATUS_OK;
    case JSON_EVENT_NULL:
        node->kind = JSON_NULL;
        return STATUS_OK;
    case JSON_EVENT_OBJECT_END:
    case JSON_EVENT_ARRAY_END:
    case JSON_EVENT_NAME:
    case JSON_EVENT_END:
        break;
    }
    unreachable_bug();
}

static Status read_node(Arena *arena, JsonReader *reader, JsonEvent event,
                        JsonValue **out)
{
    JsonValue *node = arena_try(arena, sizeof *node);
    if (node == NULL)
        return out_of_memory(reader);
    size_t offset = reader->offset;
    TRY(fill_node(arena, reader, event, node));
    node->offset = (uint32_t)offset;
    node->raw = str_slice(reader->text, offset, reader->at);
    *out = node;
    return STATUS_OK;
}

Status json_read_value(Arena *arena, JsonReader *reader, JsonEvent event,
                       const JsonValue **value)
{
    JsonValue *node = NULL;
    if (reader->text.len > UINT32_MAX) {
        reader->error = (JsonError){0, "the text is longer than 4 GiB"};
        return STATUS_LIMIT;
    }
    TRY(read_node(arena, reader, event, &node));
    *value = node;
    return STATUS_OK;
}

static Status read_text(Arena *arena, JsonReader *reader, const JsonValue **root)
{
    JsonEvent event;
    const JsonValue *value = NULL;
    TRY(json_next(reader, &event));
    TRY(json_read_value(arena, reader, event, &value));
    TRY(json_next(reader, &event));
    *root = value;
    return STATUS_OK;
}

Status json_parse(Arena *arena, Str text, const JsonValue **root, JsonError *error)
{
    JsonReader reader = json_reader(text);
    Status status = read_text(arena, &reader, root);
    if (status != STATUS_OK)
        *error = reader.error;
    return status;
}

// ---- looking at it ----

const JsonValue *json_member(const JsonValue *object, Str name)
{
    if (object == NULL || object->kind != JSON_OBJECT)
        return NULL;
    for (const JsonValue *member = object->first; member != NULL;
         member = member->next) {
        if (str_eq(member->name, name))
            return member;
    }
    return NULL;
}

const char *json_kind_text(JsonKind kind)
{
    switch (kind) {
    case JSON_NULL:
        return "null";
    case JSON_BOOL:
        return "a boolean";
    case JSON_NUMBER:
        return "a number";
    case JSON_STRING:
        return "a string";
    case JSON_ARRAY:
        return "an array";
    case JSON_OBJECT:
        return "an object";
    }
    unreachable_bug();
}

bool json_to_i64(const JsonValue *value, int64_t *out)
{
    Decimal number;
    return value->kind == JSON_NUMBER && decimal_parse(value->text, &number) &&
           decimal_to_i64(number, out);
}

// ---- the canonical form ----

static Status put_number(Arena *arena, Str text, Buf *out)
{
    ArenaMark mark = arena_mark(arena);
    char *copy = arena_try(arena, text.len + 1);
    ENSURE(copy != NULL, STATUS_LIMIT);
    Buf digits = buf_fixed(copy, text.len);
    buf_str(&digits, text);
    double number = strtod(copy, NULL);
    arena_reset(arena, mark);
    return double_format(out, number) ? STATUS_OK : STATUS_MALFORMED;
}

static Status put_value(Arena *arena, const JsonValue *value, Buf *out);

static Status put_array(Arena *arena, const JsonValue *array, Buf *out)
{
    buf_char(out, '[');
    for (const JsonValue *element = array->first; element != NULL;
         element = element->next) {
        if (element != array->first)
            buf_char(out, ',');
        TRY(put_value(arena, element, out));
    }
    buf_char(out, ']');
    return STATUS_OK;
}

static Status put_object(Arena *arena, const JsonValue *object, Buf *out)
{
    const JsonValue **members = sorted_members(arena, object);
    ENSURE(members != NULL, STATUS_LIMIT);
    buf_char(out, '{');
    for (uint32_t i = 0; i < object->count; i++) {
        if (i > 0)
            buf_char(out, ',');
        json_escape(out, members[i]->name);
        buf_char(out, ':');
        TRY(put_value(arena, members[i], out));
    }
    buf_char(out, '}');
    return STATUS_OK;
}

static Status put_value(Arena *arena, const JsonValue *value, Buf *out)
{
    switch (value->kind) {
    case JSON_NULL:
    case JSON_BOOL:
        buf_str(out, value->raw);
        return STATUS_OK;
    case JSON_NUMBER:
        return put_number(arena, value->text, out);
    case JSON_STRING:
        json_escape(out, value->text);
        return STATUS_OK;
    case JSON_ARRAY:
        return put_array(arena, value, out);
    case JSON_OBJECT:
        return put_object(arena, value, out);
    }
    unreachable_bug();
}

Status json_canonical(Arena *arena, Str text, Buf *out)
{
    const JsonValue *root = NULL;
    JsonError error;
    TRY(json_parse(arena, text, &root, &error));
    TRY(put_value(arena, root, out));
    return out->failed ? STATUS_LIMIT : STATUS_OK;
}
