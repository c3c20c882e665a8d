// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/schema_scalar.h"

#include <stdlib.h>

#include "engine/base/arena.h"
#include "lang/facts/json_schema.h"

static void ignore(const Maker *maker, Shape *shape, Str keyword)
{
    shape->ignored = shape->ignored.len == 0
                         ? arena_format(maker->arena, "`%.*s`", STR_ARG(keyword))
                         : arena_format(maker->arena, "%.*s, `%.*s`",
                                        STR_ARG(shape->ignored), STR_ARG(keyword));
}

void schema_ignore(const Maker *maker, Shape *shape, const JsonValue *schema,
                   const char *keyword)
{
    Str name = str_from_c(keyword);
    if (json_member(schema, name) != NULL)
        ignore(maker, shape, name);
}

bool json_is_true(const JsonValue *value)
{
    return value != NULL && value->kind == JSON_BOOL && value->truth;
}

bool json_is_string(const JsonValue *value, Str text)
{
    return value != NULL && value->kind == JSON_STRING && str_eq(value->text, text);
}

Shape *make_plain(const Maker *maker, TypeForm form)
{
    return shape_new(maker->arena, type_plain(maker->types, form));
}

Shape *make_json(const Maker *maker, Str why)
{
    return shape_json(maker->arena, maker->types, why);
}

// ---- bounds ----

static const Const *bound(const Maker *maker, const JsonValue *value, TypeForm form)
{
    Const made = {.type = type_plain(maker->types, form)};
    if (value == NULL || value->kind != JSON_NUMBER)
        return NULL;
    bool is_good = form == TYPE_INT ? json_to_i64(value, &made.number)
                                    : decimal_parse(value->text, &made.decimal);
    if (!is_good)
        return NULL;
    Const *out = ARENA_NEW(maker->arena, Const);
    *out = made;
    return out;
}

static int compare_bounds(const Const *a, const Const *b)
{
    if (a->type->form == TYPE_DECIMAL)
        return decimal_compare(a->decimal, b->decimal);
    return (a->number > b->number) - (a->number < b->number);
}

// minimum and exclusiveMinimum, or maximum and exclusiveMaximum: the stricter one, or
// NULL. In draft 4 the exclusive one is a boolean that goes with the other.
static const Const *read_bound(const Maker *maker, Shape *shape,
                               const JsonValue *schema, bool is_low, bool *is_exclusive)
{
    Str names[2] = {is_low ? STR("minimum") : STR("maximum"),
                    is_low ? STR("exclusiveMinimum") : STR("exclusiveMaximum")};
    TypeForm form = shape->schema.type->form;
    const JsonValue *values[2];
    const Const *bounds[2];
    for (int i = 0; i < 2; i++) {
        values[i] = json_member(schema, names[i]);
        bounds[i] = bound(maker, values[i], form);
        if (values[i] != NULL && values[i]->kind == JSON_NUMBER && bounds[i] == NULL)
            ignore(maker, shape, names[i]);
    }
    *is_exclusive = json_is_true(values[1]) || bounds[1] != NULL;
    if (bounds[0] == NULL || bounds[1] == NULL)
        return bounds[1] != NULL ? bounds[1] : bounds[0];
    int order = compare_bounds(bounds[1], bounds[0]);
    *is_exclusive = is_low ? order >= 0 : order <= 0;
    return *is_exclusive ? bounds[1] : bounds[0];
}

static void read_bounds(const Maker *maker, Shape *shape, const JsonValue *schema)
{
    bool is_exclusive;
    shape->schema.low = read_bound(maker, shape, schema, true, &is_exclusive);
    if (shape->schema.low != NULL)
        shape->schema.flags |=
            SCHEMA_HAS_MIN | (is_exclusive ? (uint32_t)SCHEMA_EXCLUSIVE_MIN : 0);
    shape->schema.high = read_bound(maker, shape, schema, false, &is_exclusive);
    if (shape->schema.high != NULL)
        shape->schema.flags |=
            SCHEMA_HAS_MAX | (is_exclusive ? (uint32_t)SCHEMA_EXCLUSIVE_MAX : 0);
    schema_ignore(maker, shape, schema, "multipleOf");
}

// A number of characters or elements, which is never negative.
const Const *schema_length(const Maker *maker, const JsonValue *schema,
                           const char *name)
{
    const Const *length = bound(maker, json_member(schema, str_from_c(name)), TYPE_INT);
    return length != NULL && length->number >= 0 ? length : NULL;
}

void schema_lengths(const Maker *maker, Shape *shape, const JsonValue *schema,
                    const char *low, const char *high)
{
    shape->schema.low = schema_length(maker, schema, low);
    if (shape->schema.low != NULL)
        shape->schema.flags |= SCHEMA_HAS_MIN;
    shape->schema.high = schema_length(maker, schema, high);
    if (shape->schema.high != NULL)
        shape->schema.flags |= SCHEMA_HAS_MAX;
}

// ---- strings ----

Shape *schema_string(const Maker *maker, const JsonValue *schema)
{
    const JsonValue *format = json_member(schema, STR("format"));
    bool is_email = json_is_string(format, STR("email"));
    bool is_uri =
        json_is_string(format, STR("uri")) || json_is_string(format, STR("url"));
    bool is_uuid = json_is_string(format, STR("uuid"));
    Shape *shape = make_plain(maker, is_email ? TYPE_EMAIL
                                     : is_uri ? TYPE_URI
                                              : TYPE_STRING);
    shape->schema.format = is_email  ? FORMAT_EMAIL
                           : is_uri  ? FORMAT_URI
                           : is_uuid ? FORMAT_UUID
                                     : FORMAT_NONE;
    if (format != NULL && shape->schema.format == FORMAT_NONE)
        ignore(maker, shape, STR("format"));
    schema_lengths(maker, shape, schema, "minLength", "maxLength");
    schema_ignore(maker, shape, schema, "pattern");
    return shape;
}

Shape *schema_number(const Maker *maker, const JsonValue *schema, bool is_int)
{
    Shape *shape = make_plain(maker, is_int ? TYPE_INT : TYPE_DECIMAL);
    read_bounds(maker, shape, schema);
    return shape;
}

// ---- enum and const ----

// Which kinds of value a list of allowed values has.
typedef struct Values {
    const JsonValue *first;
    uint32_t count;
    uint32_t of[JSON_OBJECT + 1]; // by JsonKind
    bool has_fraction;
} Values;

static Values look_at_values(const JsonValue *first, bool is_list)
{
    Values values = {.first = first};
    for (const JsonValue *value = first; value != NULL; value = value->next) {
        int64_t whole;
        values.count++;
        values.of[value->kind]++;
        if (value->kind == JSON_NUMBER && !json_to_i64(value, &whole))
            values.has_fraction = true;
        if (!is_list)
            break;
    }
    return values;
}

static int compare_values(const void *a, const void *b)
{
    const Const *one = a;
    const Const *two = b;
    int order = str_compare(one->text, two->text);
    if (order == 0)
        order = decimal_compare(one->decimal, two->decimal);
    return order != 0 ? order
                      : (one->number > two->number) - (one->number < two->number);
}

// The values of one kind as constants, ascending, each once. False if one doesn't fit.
static bool make_values(const Maker *maker, const Values *values, JsonKind kind,
                        Shape *shape)
{
    Const *made = ARENA_ARRAY(maker->arena, values->of[kind], Const);
    uint32_t count = 0;
    const JsonValue *value = values->first;
    for (uint32_t i = 0; i < values->count; i++, value = value->next) {
        if (value->kind != kind)
            continue;
        Const *next = &made[count++];
        next->type = shape->schema.type;
        if (kind == JSON_STRING)
            next->text = value->text;
        else if (kind == JSON_BOOL)
            next->number = value->truth;
        else if (shape->schema.type->form == TYPE_INT
                     ? !json_to_i64(value, &next->number)
                     : !decimal_parse(value->text, &next->decimal))
            return false;
    }
    qsort(made, count, sizeof *made, compare_values);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || compare_values(&made[kept - 1], &made[i]) != 0)
            made[kept++] = made[i];
    shape->schema.values = made;
    shape->schema.value_count = kept;
    return true;
}

static void make_enum(const Maker *maker, Shape *shape)
{
    uint32_t count = shape->schema.value_count;
    Const *values = ARENA_ARRAY(maker->arena, count, Const);
    Str *texts = ARENA_ARRAY(maker->arena, count, Str);
    for (uint32_t i = 0; i < count; i++)
        texts[i] = shape->schema.values[i].text;
    shape->schema.type = type_enum(maker->types, texts, count);
    for (uint32_t i = 0; i < count; i++)
        values[i] = (Const){.type = shape->schema.type, .text = texts[i]};
    shape->schema.values = values;
}

static Shape *convert_values(const Maker *maker, Values values, Str type)
{
    int kinds = (values.of[JSON_STRING] > 0) + (values.of[JSON_NUMBER] > 0) +
                (values.of[JSON_BOOL] > 0);
    if (values.of[JSON_ARRAY] > 0 || values.of[JSON_OBJECT] > 0)
        return make_json(maker, STR("its values are lists or objects"));
    if (kinds > 1)
        return make_json(maker, STR("its values are of several kinds"));
    Shape *shape;
    JsonKind kind = JSON_NUMBER;
    if (kinds == 0) {
        shape = shape_never(maker->arena);
    } else if (values.of[JSON_STRING] > 0) {
        kind = JSON_STRING;
        shape = make_plain(maker, TYPE_STRING);
    } else if (values.of[JSON_BOOL] > 0) {
        kind = JSON_BOOL;
        shape = make_plain(maker, TYPE_BOOL);
    } else {
        bool is_int = !values.has_fraction && !str_eq(type, STR("number"));
        shape = make_plain(maker, is_int ? TYPE_INT : TYPE_DECIMAL);
    }
    if (values.of[JSON_NULL] > 0)
        shape->schema.flags |= SCHEMA_NULLABLE;
    if (shape->is_never)
        return shape;
    if (values.of[kind] > SCHEMA_MAX_VALUES) {
        ignore(maker, shape, STR("enum"));
        return shape;
    }
    if (!make_values(maker, &values, kind, shape))
        return make_json(maker,
                         STR("one of its values doesn't fit a number of 18 places"));
    if (kind == JSON_STRING)
        make_enum(maker, shape);
    return shape;
}

Shape *schema_values(const Maker *maker, const JsonValue *first, bool is_list, Str type)
{
    return convert_values(maker, look_at_values(first, is_list), type);
}
