// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/fit.h"

#include "engine/base/bug.h"
#include "tests/oracle/call.h"

static bool fit_number(Kind kind, const JsonValue *json, Val *out)
{
    if (json->kind != JSON_NUMBER)
        return false;
    Decimal decimal;
    bool is_exact = decimal_parse(json->text, &decimal);
    if (kind == KIND_DECIMAL) {
        *out = is_exact ? val_decimal(decimal) : val_unknown();
        return true;
    }
    int64_t number = 0;
    if (is_exact && !decimal_to_i64(decimal, &number)) {
        Decimal low = decimal_from_i64(INT64_MIN), high = decimal_from_i64(INT64_MAX);
        // A fraction is no int; an int that is too large is one that isn't known.
        *out = val_unknown();
        return decimal_compare(decimal, low) < 0 || decimal_compare(decimal, high) > 0;
    }
    *out = is_exact ? val_int(number) : val_unknown();
    return true;
}

static bool fit_text(const Type *type, Str text, Val *out)
{
    *out = val_text(text);
    switch (type->form) {
    case TYPE_STRING:
    case TYPE_KEY:
        return true;
    case TYPE_EMAIL:
        return str_contains(text, STR("@"));
    case TYPE_URI:
        return str_contains(text, STR(":"));
    case TYPE_TIME:
        return time_parse(text, &out->number);
    case TYPE_IP:
        return ip_parse(text, &out->ip);
    case TYPE_NET:
        return net_parse(text, &out->ip);
    case TYPE_ENUM:
        return call_has_text(type->values, type->value_count, text);
    case TYPE_POISON:
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_DECIMAL:
    case TYPE_DURATION:
    case TYPE_SET:
    case TYPE_LIST:
    case TYPE_RECORD:
    case TYPE_TUPLE:
    case TYPE_JSON:
    case TYPE_ROW:
    case TYPE_ENTITY:
        break;
    }
    unreachable_bug();
}

static bool fit_single(const Type *type, const JsonValue *json, Val *out)
{
    Kind kind = type_kind(type);
    if (kind == KIND_JSON) {
        *out = val_bool(true);
        return true;
    }
    if (kind == KIND_INT || kind == KIND_DECIMAL)
        return fit_number(kind, json, out);
    if (kind == KIND_DURATION || (kind == KIND_TIME && json->kind == JSON_NUMBER)) {
        *out = val_int(0); // in whole seconds
        return json->kind == JSON_NUMBER && call_time(json, &out->number);
    }
    if (kind == KIND_BOOL) {
        *out = val_bool(json->truth);
        return json->kind == JSON_BOOL;
    }
    return json->kind == JSON_STRING && fit_text(type, json->text, out);
}

static const SchemaField *field_named(const Schema *schema, Str name)
{
    for (uint32_t i = 0; i < schema->field_count; i++)
        if (str_eq(schema->fields[i].name, name))
            return &schema->fields[i];
    return NULL;
}

static const char *fit_record(Arena *arena, const Program *program,
                              const Schema *schema, const JsonValue *json, Val *out)
{
    if (json->kind != JSON_OBJECT)
        return "argument";
    if (schema->flags & SCHEMA_CLOSED)
        for (const JsonValue *at = json->first; at; at = at->next)
            if (!field_named(schema, at->name))
                return "argument";
    const Type *type = schema->type->bare;
    Val *items = ARENA_ARRAY(arena, type->field_count + 1, Val);
    for (uint32_t i = 0; i < type->field_count; i++) {
        const SchemaField *field = field_named(schema, type->fields[i].name);
        CHECK(field != NULL);
        const JsonValue *member = json_member(json, field->name);
        items[i] = val_absent();
        if (!member && field->is_required)
            return "argument";
        const char *code =
            member ? fit_schema(arena, program, field->schema, member, &items[i])
                   : NULL;
        if (code)
            return code;
    }
    *out = (Val){.items = items, .count = type->field_count};
    return NULL;
}

// Within the bounds of numbers, or of lengths.
static bool is_within(const Schema *schema, Decimal number)
{
    int low = -1, high = -1; // negative: within
    if (schema->flags & SCHEMA_HAS_MIN)
        low = decimal_compare(schema->low->type->form == TYPE_DECIMAL
                                  ? schema->low->decimal
                                  : decimal_from_i64(schema->low->number),
                              number);
    if (schema->flags & SCHEMA_HAS_MAX)
        high = decimal_compare(number, schema->high->type->form == TYPE_DECIMAL
                                           ? schema->high->decimal
                                           : decimal_from_i64(schema->high->number));
    return (schema->flags & SCHEMA_EXCLUSIVE_MIN ? low < 0 : low <= 0) &&
           (schema->flags & SCHEMA_EXCLUSIVE_MAX ? high < 0 : high <= 0);
}

static bool has_twice(Kind kind, const Val *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (items[i].standing == IS_KNOWN && items[k].standing == IS_KNOWN &&
                val_same(kind, items[i], items[k], false))
                return true;
    return false;
}

static const char *fit_list(Arena *arena, const Program *program, const Schema *schema,
                            const JsonValue *json, Val *out)
{
    if (json->kind != JSON_ARRAY || !is_within(schema, decimal_from_i64(json->count)))
        return "argument";
    if (json->count > schema->type->bare->most)
        return "too_large";
    Val *items = ARENA_ARRAY(arena, json->count + 1, Val);
    uint32_t count = 0;
    for (const JsonValue *at = json->first; at; at = at->next) {
        const char *code =
            fit_schema(arena, program, schema->element, at, &items[count++]);
        if (code)
            return code;
    }
    *out = (Val){.items = items, .count = count};
    return (schema->flags & SCHEMA_UNIQUE) &&
                   has_twice(type_kind(schema->element->type), items, count)
               ? "argument"
               : NULL;
}

static bool is_allowed(const Schema *schema, Val value)
{
    for (uint32_t i = 0; i < schema->value_count; i++) {
        Val one = {.number = schema->values[i].number,
                   .decimal = schema->values[i].decimal,
                   .text = schema->values[i].text};
        if (val_same(type_kind(schema->type), value, one, false))
            return true;
    }
    return schema->value_count == 0;
}

static uint32_t characters(Str text)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.at[i] & 0xc0) != 0x80;
    return count;
}

static bool is_bounded_well(const Schema *schema, Val value)
{
    bool is_bounded = (schema->flags & (SCHEMA_HAS_MIN | SCHEMA_HAS_MAX)) != 0;
    Kind kind = type_kind(schema->type);
    if (value.standing !=
        IS_KNOWN) // of what fits no number nobody knows that it keeps to them
        return !is_bounded && schema->value_count == 0;
    Decimal number = kind == KIND_DECIMAL  ? value.decimal
                     : kind == KIND_STRING ? decimal_from_i64(characters(value.text))
                                           : decimal_from_i64(value.number);
    return is_within(schema, number) && is_allowed(schema, value);
}

static bool is_row(const Program *program, const Schema *schema, Val value)
{
    return schema->key_of == NONE ||
           call_find_row(&program->tables[schema->key_of], &value) != NONE;
}

const char *fit_schema(Arena *arena, const Program *program, const Schema *schema,
                       const JsonValue *json, Val *out)
{
    if (json->kind == JSON_NULL) {
        *out = val_absent();
        return schema->flags & SCHEMA_NULLABLE ? NULL : "argument";
    }
    const Type *type = schema->type->bare;
    if (type_kind(type) == KIND_RECORD)
        return fit_record(arena, program, schema, json, out);
    if (type_kind(type) == KIND_LIST)
        return fit_list(arena, program, schema, json, out);
    bool is_good = fit_single(type, json, out) && is_bounded_well(schema, *out) &&
                   is_row(program, schema, *out);
    return is_good ? NULL : "argument";
}

bool fit_type(Arena *arena, const Type *type, const JsonValue *json, Val *out)
{
    if (json->kind == JSON_NULL) {
        *out = val_absent();
        return type->is_optional;
    }
    type = type->bare;
    if (type_kind(type) == KIND_LIST) {
        if (json->kind != JSON_ARRAY)
            return false;
        Val *items = ARENA_ARRAY(arena, json->count + 1, Val);
        uint32_t count = 0;
        for (const JsonValue *at = json->first; at; at = at->next)
            if (!fit_type(arena, type->element, at, &items[count++]))
                return false;
        *out = (Val){.items = items, .count = count};
        return true;
    }
    return fit_single(type, json, out);
}
