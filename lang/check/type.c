// SPDX-License-Identifier: Apache-2.0
#include "lang/check/type.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/bug.h"
#include "engine/base/map.h"

enum { PLAIN_COUNT = TYPE_ENTITY + 1 };

struct Types {
    Arena *arena;
    const Type *plain[PLAIN_COUNT]; // by form, once made
    Buf key;                        // of the shape at hand
    Map made; // from the bytes of a shape to its position in `items`
    const Type **items;
    uint32_t capacity;
    Str *table_names; // by table; empty where none was given
    uint32_t table_name_count;
};

static const uint64_t HASH_KEY[2] = {0x747970652e6d6170, 0x70726f7669736f31};

Types *types_new(Arena *arena)
{
    Types *types = ARENA_NEW(arena, Types);
    types->arena = arena;
    types->made = map_on(arena, HASH_KEY);
    types->key = buf_on(arena);
    return types;
}

void types_name_table(Types *types, uint32_t table, Str name)
{
    if (table >= types->table_name_count) {
        uint32_t count = (table + 1) * 2;
        Str *names = ARENA_ARRAY(types->arena, count, Str);
        if (types->table_name_count > 0)
            memcpy(names, types->table_names, types->table_name_count * sizeof *names);
        types->table_names = names;
        types->table_name_count = count;
    }
    types->table_names[table] = name;
}

static void put_name(Buf *key, Str name)
{
    buf_u64le(key, name.len);
    buf_str(key, name);
}

// The bytes that tell types apart, until the next call. Element types stand in it as
// pointers, since equal types are equal pointers.
static Str shape_of(Types *types, const Type *type)
{
    const uint32_t numbers[] = {(uint32_t)type->form, type->is_optional,
                                type->most,           type->table,
                                type->value_count,    type->field_count};
    Buf *key = &types->key;
    buf_clear(key);
    buf_bytes(key, numbers, sizeof numbers);
    buf_bytes(key, &type->element, sizeof type->element);
    for (uint32_t i = 0; i < type->value_count; i++)
        put_name(key, type->values[i]);
    for (uint32_t i = 0; i < type->field_count; i++) {
        buf_bytes(key, &type->fields[i].type, sizeof type->fields[i].type);
        put_name(key, type->fields[i].name);
    }
    return buf_view(key);
}

static void items_reserve(Types *types)
{
    if (types->made.count < types->capacity)
        return;
    uint32_t capacity = types->capacity == 0 ? 64 : types->capacity * 2;
    const Type **items = ARENA_ARRAY(types->arena, capacity, const Type *);
    if (types->capacity > 0)
        memcpy(items, types->items, types->capacity * sizeof *items);
    types->items = items;
    types->capacity = capacity;
}

// The one type of this shape; `*type` is copied if it is the first. `bare` is set here.
static const Type *type_of_shape(Types *types, const Type *type)
{
    Str shape = shape_of(types, type);
    const uint32_t *found = map_find(&types->made, shape);
    if (found != NULL)
        return types->items[*found];
    uint32_t at = types->made.count;
    items_reserve(types);
    map_insert(&types->made, arena_str(types->arena, shape), at, NULL);
    Type *made = ARENA_NEW(types->arena, Type);
    *made = *type;
    if (!made->is_optional)
        made->bare = made;
    types->items[at] = made;
    return made;
}

const Type *type_plain(Types *types, TypeForm form)
{
    if (types->plain[form] == NULL)
        types->plain[form] = type_of_shape(types, &(Type){.form = form});
    return types->plain[form];
}

const Type *type_optional(Types *types, const Type *type)
{
    if (type->is_optional || type->form == TYPE_POISON)
        return type;
    Type optional = *type;
    optional.is_optional = true;
    optional.bare = type;
    return type_of_shape(types, &optional);
}

const Type *type_enum(Types *types, const Str *values, uint32_t count)
{
    Str *sorted = ARENA_ARRAY(types->arena, count, Str);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = i;
        for (; at > 0 && str_compare(sorted[at - 1], values[i]) > 0; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = values[i];
    }
    return type_of_shape(
        types, &(Type){.form = TYPE_ENUM, .values = sorted, .value_count = count});
}

static Str table_name(const Types *types, uint32_t table)
{
    if (table < types->table_name_count)
        return types->table_names[table];
    return (Str){0};
}

const Type *type_key(Types *types, uint32_t table)
{
    return type_of_shape(types, &(Type){.form = TYPE_KEY,
                                        .table = table,
                                        .table_name = table_name(types, table)});
}

const Type *type_row(Types *types, uint32_t table)
{
    return type_of_shape(types, &(Type){.form = TYPE_ROW,
                                        .table = table,
                                        .table_name = table_name(types, table)});
}

const Type *type_set(Types *types, const Type *element, uint32_t most)
{
    return type_of_shape(types,
                         &(Type){.form = TYPE_SET, .element = element, .most = most});
}

const Type *type_list(Types *types, const Type *element, uint32_t most)
{
    return type_of_shape(types,
                         &(Type){.form = TYPE_LIST, .element = element, .most = most});
}

const Type *type_record(Types *types, const TypeField *fields, uint32_t count)
{
    TypeField *sorted = ARENA_ARRAY(types->arena, count, TypeField);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = i;
        for (; at > 0 && str_compare(sorted[at - 1].name, fields[i].name) > 0; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = fields[i];
    }
    return type_of_shape(
        types, &(Type){.form = TYPE_RECORD, .fields = sorted, .field_count = count});
}

const Type *type_tuple(Types *types, const Type *const *elements, uint32_t count)
{
    TypeField *fields = ARENA_ARRAY(types->arena, count, TypeField);
    for (uint32_t i = 0; i < count; i++)
        fields[i].type = elements[i];
    return type_of_shape(
        types, &(Type){.form = TYPE_TUPLE, .fields = fields, .field_count = count});
}

Kind type_kind(const Type *type)
{
    switch (type->form) {
    case TYPE_POISON:
    case TYPE_ENTITY:
    case TYPE_TUPLE:
        return KIND_NONE;
    case TYPE_BOOL:
        return KIND_BOOL;
    case TYPE_INT:
        return KIND_INT;
    case TYPE_DECIMAL:
        return KIND_DECIMAL;
    case TYPE_STRING:
    case TYPE_EMAIL:
    case TYPE_URI:
    case TYPE_ENUM:
    case TYPE_KEY:
        return KIND_STRING;
    case TYPE_DURATION:
        return KIND_DURATION;
    case TYPE_TIME:
        return KIND_TIME;
    case TYPE_IP:
        return KIND_IP;
    case TYPE_NET:
        return KIND_NET;
    case TYPE_SET:
    case TYPE_LIST:
        return KIND_LIST;
    case TYPE_RECORD:
        return KIND_RECORD;
    case TYPE_JSON:
        return KIND_JSON;
    case TYPE_ROW:
        return KIND_ROW;
    }
    unreachable_bug();
}

uint32_t type_field(const Type *record, Str name)
{
    uint32_t low = 0;
    uint32_t high = record->field_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = str_compare(record->fields[middle].name, name);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NONE;
}

static bool is_number(const Type *type)
{
    return type->form == TYPE_INT || type->form == TYPE_DECIMAL;
}

static bool is_many(const Type *type)
{
    return type->form == TYPE_SET || type->form == TYPE_LIST;
}

// Of two bare, different types.
static const Type *join_bare(Types *types, const Type *a, const Type *b)
{
    if (is_number(a) && is_number(b))
        return type_plain(types, TYPE_DECIMAL);
    if (type_kind(a) == KIND_STRING && type_kind(b) == KIND_STRING)
        return type_plain(types, TYPE_STRING);
    if (!is_many(a) || !is_many(b))
        return NULL;
    const Type *element = type_join(types, a->element, b->element);
    if (element == NULL)
        return NULL;
    uint32_t most = a->most > b->most ? a->most : b->most;
    if (a->form == TYPE_SET && b->form == TYPE_SET)
        return type_set(types, element, most);
    return type_list(types, element, most);
}

const Type *type_join(Types *types, const Type *a, const Type *b)
{
    if (a == b || b->form == TYPE_POISON)
        return a;
    if (a->form == TYPE_POISON)
        return b;
    const Type *joined =
        a->bare == b->bare ? a->bare : join_bare(types, a->bare, b->bare);
    if (joined != NULL && (a->is_optional || b->is_optional))
        return type_optional(types, joined);
    return joined;
}

static void format_table(Buf *buf, const char *before, const Type *type)
{
    buf_c(buf, before);
    if (type->table_name.len > 0)
        buf_str(buf, type->table_name);
    else
        buf_printf(buf, "table %u", type->table);
}

static void format_values(Buf *buf, const Type *type)
{
    buf_c(buf, "enum{");
    for (uint32_t i = 0; i < type->value_count; i++)
        buf_printf(buf, "%s\"%.*s\"", i == 0 ? "" : ", ", STR_ARG(type->values[i]));
    buf_c(buf, "}");
}

static void format_element(Buf *buf, const char *before, const Type *type)
{
    buf_c(buf, before);
    type_format(buf, type->element);
    buf_c(buf, ">");
}

static void format_tuple(Buf *buf, const Type *type)
{
    buf_c(buf, "(");
    for (uint32_t i = 0; i < type->field_count; i++) {
        buf_c(buf, i == 0 ? "" : ", ");
        type_format(buf, type->fields[i].type);
    }
    buf_c(buf, ")");
}

static void format_bare(Buf *buf, const Type *type)
{
    switch (type->form) {
    case TYPE_POISON:
        buf_c(buf, "mistake");
        return;
    case TYPE_BOOL:
        buf_c(buf, "bool");
        return;
    case TYPE_INT:
        buf_c(buf, "int");
        return;
    case TYPE_DECIMAL:
        buf_c(buf, "decimal");
        return;
    case TYPE_STRING:
        buf_c(buf, "string");
        return;
    case TYPE_DURATION:
        buf_c(buf, "duration");
        return;
    case TYPE_TIME:
        buf_c(buf, "time");
        return;
    case TYPE_IP:
        buf_c(buf, "ip");
        return;
    case TYPE_NET:
        buf_c(buf, "net");
        return;
    case TYPE_EMAIL:
        buf_c(buf, "email");
        return;
    case TYPE_URI:
        buf_c(buf, "uri");
        return;
    case TYPE_ENUM:
        format_values(buf, type);
        return;
    case TYPE_KEY:
        format_table(buf, "key of ", type);
        return;
    case TYPE_SET:
        format_element(buf, "set<", type);
        return;
    case TYPE_LIST:
        format_element(buf, "list<", type);
        return;
    case TYPE_RECORD:
        buf_c(buf, "record");
        return;
    case TYPE_TUPLE:
        format_tuple(buf, type);
        return;
    case TYPE_JSON:
        buf_c(buf, "json");
        return;
    case TYPE_ROW:
        format_table(buf, "row of ", type);
        return;
    case TYPE_ENTITY:
        buf_c(buf, "agent or user");
        return;
    }
    unreachable_bug();
}

void type_format(Buf *buf, const Type *type)
{
    format_bare(buf, type);
    if (type->is_optional)
        buf_c(buf, "?");
}
