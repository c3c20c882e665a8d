// SPDX-License-Identifier: Apache-2.0
#include "engine/wire/transcode.h"

#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/json_write.h"
#include "engine/base/scalar.h"
#include "engine/base/cbor.h"

enum { MAX_BODY_ITEMS = 1 << 20 };

typedef struct Writing {
    Arena *arena;
    Buf *out;
    TranscodeError *error;
} Writing;

static Status fail(const Writing *writing, uint32_t offset, Str text)
{
    *writing->error = (TranscodeError){offset, text};
    return STATUS_MALFORMED;
}

// ---- JSON to CBOR ----

// The digits of a JSON number without its point, and the power of ten that they stand
// for.
static bool split_number(Str text, int64_t *mantissa, int64_t *exponent)
{
    char digits[24];
    size_t count = 0, i = 0;
    int64_t places = 0, power = 0;
    bool is_behind_point = false;
    for (; i < text.len && text.at[i] != 'e' && text.at[i] != 'E'; i++) {
        if (text.at[i] == '.') {
            is_behind_point = true;
            continue;
        }
        if (count == sizeof digits)
            return false;
        digits[count++] = text.at[i];
        places += is_behind_point;
    }
    if (i < text.len) {
        Str tail = str_slice(text, i + 1, text.len);
        if (tail.len > 0 && tail.at[0] == '+')
            tail = str_slice(tail, 1, tail.len);
        if (!i64_parse(tail, &power) || power > 1000 || power < -1000)
            return false;
    }
    *exponent = power - places;
    return i64_parse((Str){digits, count}, mantissa);
}

static Status write_number(const Writing *writing, const JsonValue *value)
{
    int64_t mantissa, exponent;
    if (!split_number(value->text, &mantissa, &exponent))
        return fail(writing, value->offset, STR("the number has too many digits"));
    for (; exponent > 0; exponent--) {
        if (mantissa > INT64_MAX / 10 || mantissa < INT64_MIN / 10)
            break;
        mantissa *= 10;
    }
    for (; exponent < 0 && mantissa % 10 == 0 && mantissa != 0; exponent++)
        mantissa /= 10;
    if (exponent == 0 || mantissa == 0)
        cbor_write_i64(writing->out, mantissa);
    else
        cbor_write_decimal(writing->out, mantissa, exponent);
    return STATUS_OK;
}

static Status write_value(const Writing *writing, const JsonValue *value);

static int compare_members(const void *left, const void *right)
{
    const JsonValue *const *a = (const JsonValue *const *)left;
    const JsonValue *const *b = (const JsonValue *const *)right;
    return cbor_compare_texts((*a)->name, (*b)->name);
}

// The members of an object in the order of CBOR's keys, whatever the order of the text;
// NULL: no memory.
static const JsonValue **sort_members(const Writing *writing, const JsonValue *object)
{
    const JsonValue **members = (const JsonValue **)arena_try(
        writing->arena, (object->count + 1u) * sizeof *members);
    uint32_t count = 0;
    for (const JsonValue *at = object->first; members && at; at = at->next)
        members[count++] = at;
    if (members)
        qsort(members, count, sizeof *members, compare_members);
    return members;
}

static Status write_object(const Writing *writing, const JsonValue *object)
{
    const JsonValue **members = sort_members(writing, object);
    ENSURE(members, STATUS_LIMIT);
    cbor_write_map(writing->out, object->count);
    for (uint32_t i = 0; i < object->count; i++) {
        cbor_write_text(writing->out, members[i]->name);
        TRY(write_value(writing, members[i]));
    }
    return STATUS_OK;
}

static Status write_value(const Writing *writing, const JsonValue *value)
{
    switch (value->kind) {
    case JSON_NULL:
        cbor_write_null(writing->out);
        return STATUS_OK;
    case JSON_BOOL:
        cbor_write_bool(writing->out, value->truth);
        return STATUS_OK;
    case JSON_NUMBER:
        return write_number(writing, value);
    case JSON_STRING:
        cbor_write_text(writing->out, value->text);
        return STATUS_OK;
    case JSON_ARRAY:
        cbor_write_array(writing->out, value->count);
        for (const JsonValue *at = value->first; at; at = at->next)
            TRY(write_value(writing, at));
        return STATUS_OK;
    case JSON_OBJECT:
        return write_object(writing, value);
    }
    unreachable_bug();
}

// Names of the members of a request, by number.
static const char *const FIELD_NAMES[] = {
#define FIELD(name, number, text) [number] = text,
#include "engine/decide/request_field.def"
#undef FIELD
};
enum { FIELD_NAME_COUNT = sizeof FIELD_NAMES / sizeof FIELD_NAMES[0] };

static bool is_field(Str name)
{
    for (uint32_t i = 0; i < FIELD_NAME_COUNT; i++)
        if (str_eq(name, str_from_c(FIELD_NAMES[i])))
            return true;
    return false;
}

// "a request has no member `gatway`; did you mean `gateway`?"
static Str refuse_member(Arena *arena, Str name)
{
    enum { NEAR = 2 };
    const char *nearest = NULL;
    size_t least = NEAR + 1;
    for (uint32_t i = 0; i < FIELD_NAME_COUNT; i++) {
        size_t distance = str_distance(name, str_from_c(FIELD_NAMES[i]), NEAR);
        if (distance < least) {
            least = distance;
            nearest = FIELD_NAMES[i];
        }
    }
    if (nearest == NULL)
        return arena_format(arena, "a request has no member `%.*s`", STR_ARG(name));
    return arena_format(arena, "a request has no member `%.*s`; did you mean `%s`?",
                        STR_ARG(name), nearest);
}

static Status write_request(const Writing *writing, const JsonValue *root)
{
    if (root->kind != JSON_OBJECT)
        return fail(writing, root->offset, STR("a request is an object"));
    for (const JsonValue *at = root->first; at; at = at->next)
        if (!is_field(at->name))
            return fail(writing, at->name_offset,
                        refuse_member(writing->arena, at->name));
    cbor_write_map(writing->out, root->count);
    for (uint32_t i = 0; i < FIELD_NAME_COUNT; i++) {
        const JsonValue *member = json_member(root, str_from_c(FIELD_NAMES[i]));
        if (!member)
            continue;
        cbor_write_u64(writing->out, i);
        TRY(write_value(writing, member));
    }
    return STATUS_OK;
}

static Status read_root(const Writing *writing, Str json, const JsonValue **root)
{
    JsonError error;
    Status status = json_parse(writing->arena, json, root, &error);
    if (status == STATUS_MALFORMED)
        return fail(writing, (uint32_t)error.offset, str_from_c(error.message));
    return status;
}

Status transcode_request(Arena *arena, Str json, Buf *out, TranscodeError *error)
{
    const JsonValue *root;
    Writing writing = {arena, out, error};
    TRY(read_root(&writing, json, &root));
    TRY(write_request(&writing, root));
    return out->failed ? STATUS_LIMIT : STATUS_OK;
}

// A member of a body: a request goes as bytes.
static Status write_member(const Writing *writing, const JsonValue *member)
{
    if (!str_eq(member->name, STR("request")))
        return write_value(writing, member);
    Buf bytes = buf_on(writing->arena);
    Writing inner = {writing->arena, &bytes, writing->error};
    TRY(write_request(&inner, member));
    ENSURE(!bytes.failed, STATUS_LIMIT);
    cbor_write_bytes(writing->out, buf_view(&bytes));
    return STATUS_OK;
}

Status transcode_object(Arena *arena, Str json, Buf *out, TranscodeError *error)
{
    const JsonValue *root;
    Writing writing = {arena, out, error};
    TRY(read_root(&writing, json, &root));
    if (root->kind != JSON_OBJECT)
        return fail(&writing, 0, STR("a body is an object"));
    const JsonValue **members = sort_members(&writing, root);
    ENSURE(members, STATUS_LIMIT);
    cbor_write_map(out, root->count);
    for (uint32_t i = 0; i < root->count; i++) {
        cbor_write_text(out, members[i]->name);
        TRY(write_member(&writing, members[i]));
    }
    return out->failed ? STATUS_LIMIT : STATUS_OK;
}

// ---- CBOR to JSON ----

static void write_decimal(JsonWriter *writer, int64_t mantissa, int64_t exponent)
{
    char memory[64];
    Buf text = buf_fixed(memory, sizeof memory);
    buf_i64(&text, mantissa);
    buf_char(&text, 'e');
    buf_i64(&text, exponent);
    Decimal decimal;
    if (decimal_parse(buf_view(&text), &decimal)) {
        buf_clear(&text);
        decimal_format(&text, decimal);
    }
    json_raw(writer, buf_view(&text));
}

static void write_scalar(JsonWriter *writer, const CborItem *item)
{
    char memory[64];
    Buf text = buf_fixed(memory, sizeof memory);
    switch (item->kind) {
    case CBOR_UINT:
        buf_u64(&text, item->number);
        json_raw(writer, buf_view(&text));
        return;
    case CBOR_NEGATIVE: // -1 - number
        buf_char(&text, '-');
        if (item->number == UINT64_MAX)
            buf_c(&text, "18446744073709551616");
        else
            buf_u64(&text, item->number + 1);
        json_raw(writer, buf_view(&text));
        return;
    case CBOR_BYTES:
        json_hex(writer, item->bytes.at, item->bytes.len);
        return;
    case CBOR_TEXT:
        json_str(writer, item->bytes);
        return;
    case CBOR_DECIMAL:
        write_decimal(writer, item->mantissa, item->exponent);
        return;
    case CBOR_FLOAT:
        double_format(&text, item->real);
        json_raw(writer, buf_view(&text));
        return;
    case CBOR_BOOL:
        json_bool(writer, item->number == 1);
        return;
    case CBOR_NULL:
        json_null(writer);
        return;
    case CBOR_ARRAY:
    case CBOR_MAP:
        break;
    }
    unreachable_bug(); // write_item handles these
}

// The name of a member: text as it is; a number of request_field.def at the top of a
// request as the name there, any other by its digits.
static Status write_name(JsonWriter *writer, const CborItem *key, bool is_top)
{
    char memory[24];
    Buf digits = buf_fixed(memory, sizeof memory);
    ENSURE(key->kind == CBOR_TEXT || key->kind == CBOR_UINT, STATUS_MALFORMED);
    if (key->kind == CBOR_TEXT) {
        json_name_str(writer, key->bytes);
    } else if (is_top && key->number < FIELD_NAME_COUNT) {
        json_name(writer, FIELD_NAMES[key->number]);
    } else {
        buf_u64(&digits, key->number);
        json_name_str(writer, buf_view(&digits));
    }
    return STATUS_OK;
}

// The reader's own limit of open levels bounds the recursion.
static Status write_item(CborReader *reader, JsonWriter *writer, bool is_top)
{
    CborItem item, key;
    TRY(cbor_next(reader, &item));
    if (item.kind == CBOR_MAP) {
        json_begin_object(writer);
        for (uint64_t i = 0; i < item.number; i++) {
            TRY(cbor_next(reader, &key));
            TRY(write_name(writer, &key, is_top));
            TRY(write_item(reader, writer, false));
        }
        json_end_object(writer);
    } else if (item.kind == CBOR_ARRAY) {
        json_begin_array(writer);
        for (uint64_t i = 0; i < item.number; i++)
            TRY(write_item(reader, writer, false));
        json_end_array(writer);
    } else {
        write_scalar(writer, &item);
    }
    return STATUS_OK;
}

Status transcode_to_json(Str body, unsigned indent, Buf *out)
{
    CborReader reader = cbor_reader(body, MAX_BODY_ITEMS);
    JsonWriter writer = json_writer(out, indent);
    TRY(write_item(&reader, &writer, true));
    TRY(cbor_end(&reader));
    return out->failed ? STATUS_LIMIT : STATUS_OK;
}
