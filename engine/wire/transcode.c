// SPDX-License-Identifier: Apache-2.0
#include "engine/wire/transcode.h"

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

// The digits of a JSON number without its point, and the power of ten that they stand for.
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

// Members in the order of CBOR's keys, whatever the order of the text.
static const JsonValue **sorted_members(const Writing *writing, const JsonValue *object)
{
    const JsonValue **order =
        (const JsonValue **)arena_array(writing->arena, object->count + 1u, sizeof *order);
    uint32_t count = 0;
    for (const JsonValue *at = object->first; at; at = at->next) {
        uint32_t place = count++;
        while (place > 0 && cbor_compare_texts(order[place - 1]->name, at->name) > 0) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = at;
    }
    return order;
}

static Status write_object(const Writing *writing, const JsonValue *object)
{
    const JsonValue **members = sorted_members(writing, object);
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

Status transcode_request(Arena *arena, Str json, Buf *out, TranscodeError *error)
{
    const JsonValue *root;
    JsonError json_error;
    Writing writing = {arena, out, error};
    Status status = json_parse(arena, json, &root, &json_error);
    if (status != STATUS_OK)
        return fail(&writing, (uint32_t)json_error.offset, str_from_c(json_error.message));
    if (root->kind != JSON_OBJECT)
        return fail(&writing, 0, STR("a request is an object"));
    for (const JsonValue *at = root->first; at; at = at->next)
        if (!is_field(at->name))
            return fail(&writing, at->name_offset,
                        arena_format(arena, "a request has no member `%.*s`",
                                     STR_ARG(at->name)));
    cbor_write_map(out, root->count);
    for (uint32_t i = 0; i < FIELD_NAME_COUNT; i++) {
        const JsonValue *member = json_member(root, str_from_c(FIELD_NAMES[i]));
        if (!member)
            continue;
        cbor_write_u64(out, i);
        TRY(write_value(&writing, member));
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
    char memory[512];
    Buf text = buf_fixed(memory, sizeof memory);
    switch (item->kind) {
    case CBOR_UINT:
        buf_u64(&text, item->number);
        json_raw(writer, buf_view(&text));
        return;
    case CBOR_NEGATIVE:
        if (item->number > INT64_MAX)
            buf_c(&text, "-9223372036854775808");
        else
            buf_i64(&text, -1 - (int64_t)item->number);
        json_raw(writer, buf_view(&text));
        return;
    case CBOR_BYTES:
        buf_hex(&text, item->bytes.at, item->bytes.len);
        json_str(writer, buf_view(&text));
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
    unreachable_bug(); // read_item handles these
}

static Status read_item(CborReader *reader, JsonWriter *writer);

static Status read_map(CborReader *reader, JsonWriter *writer, uint64_t count)
{
    json_begin_object(writer);
    for (uint64_t i = 0; i < count; i++) {
        CborItem key;
        TRY(cbor_next(reader, &key));
        bool is_field = key.kind == CBOR_UINT && key.number < FIELD_NAME_COUNT;
        ENSURE(is_field || key.kind == CBOR_TEXT, STATUS_MALFORMED);
        if (is_field)
            json_name(writer, FIELD_NAMES[key.number]);
        else
            json_name_str(writer, key.bytes);
        TRY(read_item(reader, writer));
    }
    json_end_object(writer);
    return STATUS_OK;
}

// The reader's own limit of open levels bounds the recursion.
static Status read_item(CborReader *reader, JsonWriter *writer)
{
    CborItem item;
    TRY(cbor_next(reader, &item));
    if (item.kind == CBOR_MAP)
        return read_map(reader, writer, item.number);
    if (item.kind != CBOR_ARRAY) {
        write_scalar(writer, &item);
        return STATUS_OK;
    }
    json_begin_array(writer);
    for (uint64_t i = 0; i < item.number; i++)
        TRY(read_item(reader, writer));
    json_end_array(writer);
    return STATUS_OK;
}

Status transcode_to_json(Str body, unsigned indent, Buf *out)
{
    CborReader reader = cbor_reader(body, MAX_BODY_ITEMS);
    JsonWriter writer = json_writer(out, indent);
    TRY(read_item(&reader, &writer));
    TRY(cbor_end(&reader));
    return out->failed ? STATUS_LIMIT : STATUS_OK;
}
