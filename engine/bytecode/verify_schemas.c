// SPDX-License-Identifier: Apache-2.0
// Slots, schemas, fields and fills.
#include "engine/bytecode/verify_parts.h"

// ---- slots ----

// The type of a fixed slot whose kind is a list: the chain is one of actors, the others
// are of strings.
static uint32_t fixed_slot_type(uint32_t slot, Kind kind)
{
    if (kind != KIND_LIST)
        return kind;
    return slot == SLOT_CHAIN ? TYPE_CHAIN : TYPE_STRINGS;
}

static bool check_fixed_slots(Verifier *verifier)
{
    static const struct {
        const char *name;
        uint8_t kind, certain;
    } ROWS[FIXED_SLOT_COUNT] = {
#define SLOT(name, text, kind, certain) {text, KIND_##kind, certain},
#include "engine/bytecode/slot.def"
#undef SLOT
    };
    const Bundle *bundle = verifier->bundle;
    NEED(bundle->slots_count >= FIXED_SLOT_COUNT && bundle->slots_count <= MAX_SLOTS,
         FIXED_SLOT, SLOTS, 0);
    for (uint32_t i = 0; i < FIXED_SLOT_COUNT; i++) {
        const BundleSlot *slot = &bundle->slots[i];
        ALSO(verify_string(verifier, slot->name, false, SECTION_SLOTS, i));
        NEED(str_eq(bundle_string(bundle, slot->name), str_from_c(ROWS[i].name)),
             FIXED_SLOT, SLOTS, i);
        NEED(slot->type == fixed_slot_type(i, (Kind)ROWS[i].kind) &&
                 slot->root == SLOT_ROOT_FIXED &&
                 slot->flags == (ROWS[i].certain ? SLOT_CERTAIN : 0),
             FIXED_SLOT, SLOTS, i);
    }
    return true;
}

// The table whose column gives an attribute: the users' for user.*, any agent's for
// agent.*.
static bool is_column_of(const Bundle *bundle, uint32_t table, const BundleSlot *slot)
{
    if (table >= bundle->tables_count)
        return false;
    const BundleTable *from = &bundle->tables[table];
    return slot->column < from->column_count &&
           bundle->columns[from->column + slot->column].type == slot->type;
}

static bool check_table_attribute(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleSlot *slot = &bundle->slots[index];
    if (slot->of == ATTRIBUTE_USER) {
        NEED(is_column_of(bundle, bundle->meta->users_table, slot), SLOT, SLOTS, index);
        return true;
    }
    NEED(slot->of == ATTRIBUTE_AGENT, SLOT, SLOTS, index);
    for (uint32_t i = 0; i < bundle->agents_count; i++)
        NEED(bundle->agents[i].table == NONE ||
                 is_column_of(bundle, bundle->agents[i].table, slot),
             SLOT, SLOTS, index);
    return true;
}

static bool check_attribute(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleSlot *slot = &bundle->slots[index];
    const uint8_t sources = SLOT_FROM_REQUEST | SLOT_FROM_TABLE;
    NEED((slot->flags & ~sources) == 0 && (slot->flags & sources) != 0, SLOT, SLOTS,
         index);
    NEED(slot->of <= ATTRIBUTE_CONTEXT, SLOT, SLOTS, index);
    if (slot->flags & SLOT_FROM_TABLE)
        ALSO(check_table_attribute(verifier, index));
    if (slot->flags & SLOT_FROM_REQUEST)
        NEED(slot->schema < bundle->schemas_count &&
                 bundle->schemas[slot->schema].type == slot->type,
             SLOT, SLOTS, index);
    return true;
}

static bool check_slot(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleSlot *slot = &bundle->slots[index];
    ALSO(verify_string(verifier, slot->name, false, SECTION_SLOTS, index));
    ALSO(verify_interned(verifier, slot->field, false, SECTION_SLOTS, index));
    NEED(slot->type < bundle->types_count && slot->reserved == 0, SLOT, SLOTS, index);
    uint32_t kind = bundle->types[slot->type].kind;
    NEED(kind != KIND_NONE && kind != KIND_ROW, SLOT, SLOTS, index);
    switch (slot->root) {
    case SLOT_ROOT_ATTRIBUTE:
        return check_attribute(verifier, index);
    case SLOT_ROOT_ARGUMENT:
    case SLOT_ROOT_PARAMETER:
        NEED((slot->flags & ~SLOT_CERTAIN) == 0, SLOT, SLOTS, index);
        return true;
    case SLOT_ROOT_CHILD: // there only while a sub-task is opened, or when the outcome
                          // is in
    case SLOT_ROOT_RESULT:
        NEED(slot->flags == 0, SLOT, SLOTS, index);
        return true;
    default:
        return verify_fail(verifier, VERIFY_SLOT, SECTION_SLOTS, index);
    }
}

// ---- schemas ----

static bool check_values(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleSchema *schema = &bundle->schemas[index];
    ALSO(verify_list(verifier, schema->values, SECTION_SCHEMAS, index));
    for (uint32_t i = 0; i < schema->values.count; i++) {
        uint32_t value = bundle->lists[schema->values.first + i];
        NEED(value < bundle->consts_count && bundle->consts[value].type == schema->type,
             SCHEMA_VALUES, SCHEMAS, index);
        NEED(i == 0 || bundle->lists[schema->values.first + i - 1] < value,
             SCHEMA_VALUES, SCHEMAS, index);
    }
    return true;
}

// Bounds of numbers are numbers of their kind, bounds of lengths are ints.
static bool check_bound(Verifier *verifier, uint32_t bound, bool is_there,
                        uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    uint32_t kind = bundle->types[bundle->schemas[index].type].kind;
    uint32_t expected = kind == KIND_STRING || kind == KIND_LIST ? KIND_INT : kind;
    if (!is_there)
        return HOLDS(verifier, bound == NONE, SCHEMA_VALUES, SCHEMAS, index);
    NEED(kind == KIND_INT || kind == KIND_DECIMAL || kind == KIND_STRING ||
             kind == KIND_LIST,
         SCHEMA_VALUES, SCHEMAS, index);
    NEED(bound < bundle->consts_count && bundle->consts[bound].type == expected,
         SCHEMA_VALUES, SCHEMAS, index);
    return true;
}

static bool check_record(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleSchema *schema = &bundle->schemas[index];
    const BundleType *type = &bundle->types[schema->type];
    NEED(schema->of <= bundle->fields_count &&
             schema->count <= bundle->fields_count - schema->of &&
             schema->count <= MAX_FIELDS && schema->count == type->count &&
             schema->flags & SCHEMA_SORTED,
         SCHEMA, SCHEMAS, index);
    for (uint32_t i = 0; i < schema->count; i++) {
        const BundleField *field = &bundle->fields[schema->of + i];
        ALSO(verify_interned(verifier, field->name, false, SECTION_FIELDS,
                             schema->of + i));
        NEED(i == 0 || field[-1].name < field->name, FIELD, FIELDS, schema->of + i);
        NEED(field->schema < index &&
                 bundle->schemas[field->schema].type == bundle->lists[type->of + i],
             FIELD, FIELDS, schema->of + i);
    }
    return true;
}

static bool check_text(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleSchema *schema = &bundle->schemas[index];
    NEED(schema->count <= FORMAT_UUID, SCHEMA, SCHEMAS, index);
    if (schema->of == NONE)
        return true;
    NEED(schema->of < bundle->tables_count, SCHEMA, SCHEMAS, index);
    const BundleTable *table = &bundle->tables[schema->of];
    NEED(table->keys == 1 && bundle->columns[table->column].type == KIND_STRING, SCHEMA,
         SCHEMAS, index);
    return true;
}

static bool check_schema(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleSchema *schema = &bundle->schemas[index];
    NEED(schema->type < bundle->types_count && schema->flags < 2 * SCHEMA_UNIQUE,
         SCHEMA, SCHEMAS, index);
    const BundleType *type = &bundle->types[schema->type];
    ALSO(check_values(verifier, index));
    ALSO(check_bound(verifier, schema->low, (schema->flags & SCHEMA_HAS_MIN) != 0,
                     index));
    ALSO(check_bound(verifier, schema->high, (schema->flags & SCHEMA_HAS_MAX) != 0,
                     index));
    switch ((Kind)type->kind) {
    case KIND_RECORD:
        return check_record(verifier, index);
    case KIND_LIST:
        NEED(schema->of < index && bundle->schemas[schema->of].type == type->of, SCHEMA,
             SCHEMAS, index);
        return true;
    case KIND_STRING:
        return check_text(verifier, index);
    case KIND_NONE:
    case KIND_ROW:
        return verify_fail(verifier, VERIFY_SCHEMA, SECTION_SCHEMAS, index);
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DECIMAL:
    case KIND_DURATION:
    case KIND_TIME:
    case KIND_IP:
    case KIND_NET:
    case KIND_JSON:
        break;
    }
    return true;
}

// ---- fields and fills ----

// What must hold of a field wherever it stands. That fills name slots of the right root
// is checked where it is known whether they are arguments or parameters.
static bool check_field(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleField *field = &bundle->fields[index];
    const uint32_t flags = FIELD_REQUIRED | FIELD_TENANT_ROW | FIELD_TENANT_SHARED;
    NEED(field->schema < bundle->schemas_count && (field->flags & ~flags) == 0 &&
             field->reserved == 0,
         FIELD, FIELDS, index);
    NEED(field->fill <= bundle->fills_count &&
             field->fill_count <= bundle->fills_count - field->fill,
         FILL, FIELDS, index);
    return true;
}

static bool check_fill(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleFill *fill = &bundle->fills[index];
    NEED(fill->slot < bundle->slots_count && fill->slot >= FIXED_SLOT_COUNT &&
             fill->convert <= CONVERT_TO_DECIMAL,
         FILL, FILLS, index);
    return true;
}

// ---- live tables ----

static bool has_column(const Bundle *bundle, const BundleTable *table,
                       const BundleField *field)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        const BundleColumn *column = &bundle->columns[table->column + i];
        bool is_optional = column->flags & COLUMN_OPTIONAL;
        if (column->name == field->name)
            return column->type == bundle->schemas[field->schema].type &&
                   is_optional == !(field->flags & FIELD_REQUIRED);
    }
    return false;
}

// A row that is set has one member for each column. Names of members differ, so as many
// members as columns, each of them a column, are all.
static bool check_live(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleTable *table = &bundle->tables[index];
    if (table->schema == NONE)
        return true;
    NEED(table->schema < bundle->schemas_count, TABLE, TABLES, index);
    const BundleSchema *schema = &bundle->schemas[table->schema];
    NEED(bundle->types[schema->type].kind == KIND_RECORD &&
             schema->flags & SCHEMA_CLOSED && schema->count == table->column_count,
         TABLE, TABLES, index);
    for (uint32_t i = 0; i < schema->count; i++)
        NEED(has_column(bundle, table, &bundle->fields[schema->of + i]), TABLE, TABLES,
             index);
    return true;
}

bool verify_schemas(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    for (uint32_t i = 0; i < bundle->schemas_count; i++)
        ALSO(check_schema(verifier, i));
    for (uint32_t i = 0; i < bundle->fields_count; i++)
        ALSO(check_field(verifier, i));
    for (uint32_t i = 0; i < bundle->fills_count; i++)
        ALSO(check_fill(verifier, i));
    ALSO(check_fixed_slots(verifier));
    for (uint32_t i = FIXED_SLOT_COUNT; i < bundle->slots_count; i++)
        ALSO(check_slot(verifier, i));
    for (uint32_t i = 0; i < bundle->tables_count; i++)
        ALSO(check_live(verifier, i));
    return true;
}
