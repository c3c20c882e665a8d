// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/schema.h"

#include <stdlib.h>

#include "lang/emit/strings.h"
#include "lang/emit/values.h"

static uint32_t share_fills(Emitter *emitter, const SchemaField *field)
{
    return records_share(emitter, SECTION_FILLS, field->fills, field->fill_count);
}

static BundleField make_field(Emitter *emitter, const SchemaField *field,
                              uint32_t schema)
{
    BundleField made = {.name = string_number(emitter, field->name),
                        .schema = schema,
                        .fill = share_fills(emitter, field),
                        .fill_count = field->fill_count};
    if (field->is_required)
        made.flags |= FIELD_REQUIRED;
    if (field->tenant_table != NONE)
        made.flags |= FIELD_TENANT_ROW;
    if (field->is_tenant_shared)
        made.flags |= FIELD_TENANT_SHARED;
    return made;
}

// Fields ascend by name, and so do the numbers of their names.
static void write_record(Emitter *emitter, const Schema *schema, BundleSchema *made)
{
    uint32_t count = schema->field_count;
    if (count > MAX_FIELDS)
        emitter_limit(emitter, "members of a record", count, MAX_FIELDS, (Span){0, 0});
    BundleField *fields = ARENA_ARRAY(emitter->arena, count, BundleField);
    uint32_t *types = ARENA_ARRAY(emitter->arena, count, uint32_t);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = schema_write(emitter, schema->fields[i].schema);
        types[i] =
            ((const BundleSchema *)record_at(emitter, SECTION_SCHEMAS, number))->type;
        fields[i] = make_field(emitter, &schema->fields[i], number);
    }
    List list = emit_list_add(emitter, types, count);
    BundleType type = {.kind = KIND_RECORD, .of = list.first, .count = list.count};
    made->type = record_share(emitter, SECTION_TYPES, &type);
    made->flags |= SCHEMA_SORTED;
    made->of = records_share(emitter, SECTION_FIELDS, fields, count);
    made->count = count;
}

static void write_list(Emitter *emitter, const Schema *schema, BundleSchema *made)
{
    made->of = schema_write(emitter, schema->element);
    uint32_t element =
        ((const BundleSchema *)record_at(emitter, SECTION_SCHEMAS, made->of))->type;
    made->type = type_list_of(emitter, element, schema->type->most);
}

// Bounds of lengths are ints, those of numbers of the number's type.
static uint32_t write_bound(Emitter *emitter, const Const *bound, uint32_t type)
{
    if (bound == NULL)
        return NONE;
    Kind kind = type_kind_of(emitter, type);
    bool is_length = kind == KIND_STRING || kind == KIND_LIST;
    return const_number(emitter, bound, is_length ? KIND_INT : type);
}

static List write_values(Emitter *emitter, const Schema *schema, uint32_t type)
{
    uint32_t *numbers = ARENA_ARRAY(emitter->arena, schema->value_count, uint32_t);
    for (uint32_t i = 0; i < schema->value_count; i++)
        numbers[i] = const_number(emitter, &schema->values[i], type);
    return list_add_sorted(emitter, numbers, schema->value_count);
}

static uint32_t write_with_flags(Emitter *emitter, const Schema *schema, uint32_t flags)
{
    BundleSchema made = {.flags = schema->flags | flags, .of = NONE};
    switch (type_kind(schema->type)) {
    case KIND_RECORD:
        write_record(emitter, schema, &made);
        break;
    case KIND_LIST:
        write_list(emitter, schema, &made);
        break;
    case KIND_STRING:
        made.type = KIND_STRING;
        made.of = schema->key_of;
        made.count = schema->format;
        break;
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DECIMAL:
    case KIND_DURATION:
    case KIND_TIME:
    case KIND_IP:
    case KIND_NET:
    case KIND_JSON:
        made.type = type_number(emitter, schema->type);
        break;
    case KIND_NONE:
    case KIND_ROW:
        unreachable_bug();
    }
    made.values = write_values(emitter, schema, made.type);
    made.low = write_bound(emitter, schema->low, made.type);
    made.high = write_bound(emitter, schema->high, made.type);
    return record_share(emitter, SECTION_SCHEMAS, &made);
}

uint32_t schema_write(Emitter *emitter, const Schema *schema)
{
    return write_with_flags(emitter, schema, 0);
}

uint32_t schema_write_closed(Emitter *emitter, const Schema *schema)
{
    return write_with_flags(emitter, schema, SCHEMA_CLOSED);
}

// ---- attributes: what their types alone demand ----

static Schema *schema_of_type(Emitter *emitter, const Type *type);

static void take_fields(Emitter *emitter, const Type *type, Schema *schema)
{
    schema->fields = ARENA_ARRAY(emitter->arena, type->field_count, SchemaField);
    schema->field_count = type->field_count;
    for (uint32_t i = 0; i < type->field_count; i++)
        schema->fields[i] =
            (SchemaField){.name = type->fields[i].name,
                          .schema = schema_of_type(emitter, type->fields[i].type),
                          .is_required = !type->fields[i].type->is_optional,
                          .tenant_table = NONE};
}

static void take_values(Emitter *emitter, const Type *type, Schema *schema)
{
    Const *values = ARENA_ARRAY(emitter->arena, type->value_count, Const);
    for (uint32_t i = 0; i < type->value_count; i++)
        values[i] = (Const){.type = type, .text = type->values[i]};
    schema->values = values;
    schema->value_count = type->value_count;
}

static Schema *schema_of_type(Emitter *emitter, const Type *type)
{
    Schema *schema = ARENA_NEW(emitter->arena, Schema);
    *schema = (Schema){.type = type->bare, .key_of = NONE};
    if (type->is_optional)
        schema->flags |= SCHEMA_NULLABLE;
    if (type->form == TYPE_SET)
        schema->flags |= SCHEMA_UNIQUE;
    if (type->form == TYPE_EMAIL)
        schema->format = FORMAT_EMAIL;
    if (type->form == TYPE_URI)
        schema->format = FORMAT_URI;
    if (type->form == TYPE_KEY)
        schema->key_of = type->table;
    if (type->form == TYPE_ENUM)
        take_values(emitter, type, schema);
    if (type->form == TYPE_RECORD)
        take_fields(emitter, type, schema);
    if (type->element != NULL)
        schema->element = schema_of_type(emitter, type->element);
    return schema;
}

// ---- slots ----

static uint32_t fixed_type(uint32_t slot)
{
    static const uint8_t KINDS[FIXED_SLOT_COUNT] = {
#define SLOT(name, text, kind, certain) KIND_##kind,
#include "engine/bytecode/slot.def"
#undef SLOT
    };
    if (KINDS[slot] != KIND_LIST)
        return KINDS[slot];
    return slot == SLOT_CHAIN ? TYPE_CHAIN : TYPE_STRINGS;
}

void slots_write(Emitter *emitter)
{
    if (emitter->program->slot_count > MAX_SLOTS)
        emitter_limit(emitter,
                      "attributes, arguments and parameters that rules can read",
                      emitter->program->slot_count, MAX_SLOTS, (Span){0, 0});
    for (uint32_t i = 0; i < emitter->program->slot_count; i++) {
        const Slot *slot = &emitter->program->slots[i];
        BundleSlot made = {.name = string_number(emitter, slot->name),
                           .field = string_number(emitter, slot->field),
                           .root = slot->root,
                           .flags = slot->flags,
                           .of = slot->of,
                           .schema = NONE};
        made.type =
            i < FIXED_SLOT_COUNT ? fixed_type(i) : type_number(emitter, slot->type);
        if (slot->flags & SLOT_FROM_TABLE)
            made.column = slot->column;
        if (slot->root == SLOT_ROOT_ATTRIBUTE && slot->flags & SLOT_FROM_REQUEST)
            made.schema = schema_write(emitter, schema_of_type(emitter, slot->type));
        record_add(emitter, SECTION_SLOTS, &made);
    }
}
