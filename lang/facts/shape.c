// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/shape.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"

Shape *shape_new(Arena *arena, const Type *type)
{
    Shape *shape = ARENA_NEW(arena, Shape);
    *shape = (Shape){.schema = {.type = type, .key_of = NONE}};
    return shape;
}

Shape *shape_json(Arena *arena, Types *types, Str why)
{
    Shape *shape = shape_new(arena, type_plain(types, TYPE_JSON));
    shape->why = why;
    return shape;
}

Shape *shape_never(Arena *arena)
{
    Shape *shape = shape_new(arena, NULL);
    shape->is_never = true;
    return shape;
}

Shape *shape_of(const Schema *schema)
{
    // Every Schema that is handed in was made by shape_new.
    return (Shape *)(uintptr_t)schema;
}

static bool is_form(const Shape *shape, TypeForm form)
{
    return !shape->is_never && shape->schema.type->form == form;
}

static bool is_nullable(const Shape *shape)
{
    return (shape->schema.flags & SCHEMA_NULLABLE) != 0;
}

static Shape *copy_of(Arena *arena, const Shape *shape)
{
    Shape *copy = ARENA_NEW(arena, Shape);
    *copy = *shape;
    return copy;
}

static Shape *with_null(Arena *arena, Shape *shape, bool may_be_null)
{
    if (is_nullable(shape) == may_be_null)
        return shape;
    Shape *copy = copy_of(arena, shape);
    copy->schema.flags ^= SCHEMA_NULLABLE;
    return copy;
}

// ---- records ----

static int compare_fields(const void *a, const void *b)
{
    return str_compare(((const SchemaField *)a)->name, ((const SchemaField *)b)->name);
}

void shape_set_fields(Arena *arena, Types *types, Shape *shape, SchemaField *fields,
                      uint32_t count)
{
    if (count > 0)
        qsort(fields, count, sizeof *fields, compare_fields);
    TypeField *of_type = ARENA_ARRAY(arena, count, TypeField);
    for (uint32_t i = 0; i < count; i++) {
        const Schema *schema = fields[i].schema;
        bool is_optional =
            !fields[i].is_required || (schema->flags & SCHEMA_NULLABLE) != 0;
        of_type[i] = (TypeField){
            fields[i].name,
            is_optional ? type_optional(types, schema->type) : schema->type,
        };
    }
    shape->schema.fields = fields;
    shape->schema.field_count = count;
    shape->schema.type = type_record(types, of_type, count);
}

typedef Shape *Combine(Arena *arena, Types *types, Shape *a, Shape *b);

static Additional wider(Additional a, Additional b)
{
    if (a == ADDITIONAL_YES || b == ADDITIONAL_YES)
        return ADDITIONAL_YES;
    return a == b ? a : ADDITIONAL_UNSAID;
}

static const SchemaField *find_field(const Shape *record, Str name)
{
    for (uint32_t i = 0; i < record->schema.field_count; i++)
        if (str_eq(record->schema.fields[i].name, name))
            return &record->schema.fields[i];
    return NULL;
}

// All fields of both; those that both have are combined.
static Shape *combine_records(Arena *arena, Types *types, Shape *a, Shape *b,
                              bool is_join)
{
    Combine *combine = is_join ? shape_join : shape_meet;
    uint32_t most = a->schema.field_count + b->schema.field_count;
    SchemaField *fields = ARENA_ARRAY(arena, most, SchemaField);
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->schema.field_count; i++) {
        SchemaField field = a->schema.fields[i];
        const SchemaField *other = find_field(b, field.name);
        if (other != NULL) {
            Shape *both =
                combine(arena, types, shape_of(field.schema), shape_of(other->schema));
            field.schema = &both->schema;
        }
        bool in_other = other != NULL && other->is_required;
        field.is_required =
            is_join ? field.is_required && in_other : field.is_required || in_other;
        fields[count++] = field;
    }
    for (uint32_t i = 0; i < b->schema.field_count; i++) {
        SchemaField field = b->schema.fields[i];
        if (find_field(a, field.name) != NULL)
            continue;
        field.is_required = field.is_required && !is_join;
        fields[count++] = field;
    }
    Shape *record = shape_new(arena, NULL);
    record->additional = wider(a->additional, b->additional);
    record->ignored = a->ignored.len > 0 ? a->ignored : b->ignored;
    shape_set_fields(arena, types, record, fields, count);
    return record;
}

// ---- scalars and lists ----

static bool same_bound(const Const *a, const Const *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->type == b->type && a->number == b->number &&
           decimal_compare(a->decimal, b->decimal) == 0;
}

// Both have this type; what else they say is kept only if they agree in it.
static Shape *join_bounds(Arena *arena, const Type *type, const Shape *a,
                          const Shape *b)
{
    const uint32_t bounds = SCHEMA_HAS_MIN | SCHEMA_HAS_MAX | SCHEMA_EXCLUSIVE_MIN |
                            SCHEMA_EXCLUSIVE_MAX | SCHEMA_UNIQUE;
    bool is_same = (a->schema.flags & bounds) == (b->schema.flags & bounds) &&
                   same_bound(a->schema.low, b->schema.low) &&
                   same_bound(a->schema.high, b->schema.high) &&
                   a->schema.format == b->schema.format && a->schema.value_count == 0 &&
                   b->schema.value_count == 0;
    if (is_same && a->schema.type == type)
        return copy_of(arena, a);
    Shape *shape = shape_new(arena, type);
    shape->schema.element = a->schema.element;
    return shape;
}

static Shape *join_enums(Arena *arena, Types *types, const Shape *a, const Shape *b)
{
    const Schema *one = &a->schema;
    const Schema *two = &b->schema;
    uint32_t most = one->value_count + two->value_count;
    Const *values = ARENA_ARRAY(arena, most, Const);
    Str *texts = ARENA_ARRAY(arena, most, Str);
    uint32_t count = 0;
    uint32_t i = 0;
    uint32_t j = 0;
    while (i < one->value_count || j < two->value_count) {
        int order = i == one->value_count ? 1
                    : j == two->value_count
                        ? -1
                        : str_compare(one->values[i].text, two->values[j].text);
        values[count] = order <= 0 ? one->values[i] : two->values[j];
        texts[count] = values[count].text;
        count++;
        i += order <= 0;
        j += order >= 0;
    }
    Shape *shape = shape_new(arena, type_enum(types, texts, count));
    for (uint32_t v = 0; v < count; v++)
        values[v].type = shape->schema.type;
    shape->schema.values = values;
    shape->schema.value_count = count;
    return shape;
}

static Shape *join_lists(Arena *arena, Types *types, const Shape *a, const Shape *b)
{
    Shape *element = shape_join(arena, types, shape_of(a->schema.element),
                                shape_of(b->schema.element));
    uint32_t most = a->schema.type->most > b->schema.type->most ? a->schema.type->most
                                                                : b->schema.type->most;
    const Type *type = type_list(types, element->schema.type, most);
    Shape *list = join_bounds(arena, type, a, b);
    list->schema.element = &element->schema;
    return list;
}

static Shape *join_different(Arena *arena, Types *types, const Shape *a, const Shape *b)
{
    const Type *type = type_join(types, a->schema.type, b->schema.type);
    if (type != NULL)
        return join_bounds(arena, type, a, b);
    Buf why = buf_on(arena);
    buf_c(&why, "it may be `");
    type_format(&why, a->schema.type);
    buf_c(&why, "` or `");
    type_format(&why, b->schema.type);
    buf_c(&why, "`");
    return shape_json(arena, types, buf_view(&why));
}

Shape *shape_join(Arena *arena, Types *types, Shape *a, Shape *b)
{
    bool may_be_null = is_nullable(a) || is_nullable(b);
    Shape *joined;
    if (a->is_never)
        joined = b;
    else if (b->is_never || is_form(a, TYPE_JSON))
        joined = a;
    else if (is_form(b, TYPE_JSON))
        joined = b;
    else if (is_form(a, TYPE_RECORD) && is_form(b, TYPE_RECORD))
        joined = combine_records(arena, types, a, b, true);
    else if (is_form(a, TYPE_LIST) && is_form(b, TYPE_LIST))
        joined = join_lists(arena, types, a, b);
    else if (is_form(a, TYPE_ENUM) && is_form(b, TYPE_ENUM))
        joined = join_enums(arena, types, a, b);
    else if (a->schema.type == b->schema.type)
        joined = join_bounds(arena, a->schema.type, a, b);
    else
        joined = join_different(arena, types, a, b);
    return with_null(arena, joined, may_be_null);
}

Shape *shape_meet(Arena *arena, Types *types, Shape *a, Shape *b)
{
    bool may_be_null = (is_nullable(a) || a->is_free) && (is_nullable(b) || b->is_free);
    Shape *met;
    if (a->is_never || b->is_never)
        met = a->is_never ? a : b;
    else if (is_form(a, TYPE_JSON))
        met = b;
    else if (is_form(a, TYPE_RECORD) && is_form(b, TYPE_RECORD))
        met = combine_records(arena, types, a, b, false);
    else if (is_form(a, TYPE_STRING) && is_form(b, TYPE_ENUM))
        met = b;
    else if (is_form(a, TYPE_DECIMAL) && is_form(b, TYPE_INT))
        met = b;
    else
        met = a;
    return with_null(arena, met, may_be_null);
}
