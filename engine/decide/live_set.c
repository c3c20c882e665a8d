// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/live_set.h"

#include "engine/decide/schema.h"
#include "engine/state/row.h"
#include "engine/state/usage.h"
#include "engine/vm/pack.h"

enum { MAX_PACKED_ROW = 32 << 10 };

typedef struct Setting {
    const Bundle *bundle;
    const State *state;
    const BundleTable *table;
    uint32_t number; // of the table
    SchemaReader reader;
    Buf *changes;
    Refusal *refusal;
} Setting;

static bool refuse(Setting *setting, const Path *path, const char *rule)
{
    return refusal_set(setting->refusal, CODE_ARGUMENT, path, "%s", rule);
}

static const BundleColumn *column_of(const Setting *setting, uint32_t column)
{
    return &setting->bundle->columns[setting->table->column + column];
}

// The member of a row for a column; the verifier has seen that there is one.
static uint32_t field_of(const Setting *setting, uint32_t column)
{
    const Bundle *bundle = setting->bundle;
    Str name = bundle_string(bundle, column_of(setting, column)->name);
    uint32_t field = schema_find_field(bundle, setting->table->schema, name);
    CHECK(field != NONE);
    return field;
}

static bool make_key(Setting *setting, const Path *path, const Value *keys,
                     StateKey *out)
{
    return live_key(setting->state, setting->bundle, setting->number, keys, out) ||
           refuse(setting, path, "its key is too long");
}

// ---- rows ----

// Appends a cell; a text without case in lower case.
static void pack_cell(const Setting *setting, uint32_t column, const Value *cell,
                      Buf *packed)
{
    size_t start = packed->len;
    value_pack(setting->bundle, column_of(setting, column)->type, cell, packed);
    if (!(column_of(setting, column)->flags & COLUMN_NOCASE) || packed->failed)
        return;
    size_t text =
        packed->len - (cell->state == VALUE_KNOWN ? (size_t)cell->as.text.len : 0);
    CHECK(text >= start);
    for (size_t i = text; i < packed->len; i++)
        if (packed->at[i] >= 'A' && packed->at[i] <= 'Z')
            packed->at[i] = (char)(packed->at[i] + ('a' - 'A'));
}

// Whether all of it is known; a number that fits none would not be.
static bool is_known(const Value *value)
{
    if (value->state == VALUE_UNKNOWN)
        return false;
    if (value->kind != KIND_LIST || value->state != VALUE_KNOWN)
        return true;
    for (uint64_t i = 0; i < value->as.items.count; i++)
        if (!is_known(&value->as.items.at[i]))
            return false;
    return true;
}

static bool set_row(Setting *setting, const Path *path, const CborNode *node)
{
    char memory[MAX_PACKED_ROW];
    Buf packed = buf_fixed(memory, sizeof memory);
    Value row, keys[MAX_TABLE_KEYS];
    StateKey key;
    setting->reader.pool->count = 0;
    if (!schema_take(&setting->reader, setting->table->schema, path, node, &row))
        return false;
    for (uint32_t i = 0; i < setting->table->column_count; i++) {
        const Value *cell = &row.as.items.at[field_of(setting, i)];
        Str name = bundle_string(setting->bundle, column_of(setting, i)->name);
        Path at = {.above = path, .name = name};
        if (!is_known(cell))
            return refuse(setting, &at, "is a number that can't be held");
        if (i < setting->table->keys)
            keys[i] = *cell;
        pack_cell(setting, i, cell, &packed);
    }
    if (packed.failed)
        return refusal_set(setting->refusal, CODE_TOO_LARGE, path,
                           "is larger than %d bytes", MAX_PACKED_ROW);
    if (!make_key(setting, path, keys, &key))
        return false;
    row_write_set(setting->changes, key,
                  bundle_string(setting->bundle, setting->table->layout),
                  buf_view(&packed));
    return true;
}

// ---- keys ----

static bool take_key(Setting *setting, uint32_t column, const Path *path,
                     const CborNode *node, Value *out)
{
    const BundleSchema *schema = &setting->bundle->schemas[setting->table->schema];
    const BundleField *field =
        &setting->bundle->fields[schema->of + field_of(setting, column)];
    return schema_take(&setting->reader, field->schema, path, node, out) &&
           (is_known(out) || refuse(setting, path, "is a number that can't be held"));
}

static bool remove_row(Setting *setting, const Path *path, const CborNode *node)
{
    Value keys[MAX_TABLE_KEYS];
    StateKey key;
    setting->reader.pool->count = 0;
    if (setting->table->keys == 1) {
        if (!take_key(setting, 0, path, node, &keys[0]))
            return false;
    } else {
        if (node->item.kind != CBOR_ARRAY || node->item.number != setting->table->keys)
            return refuse(setting, path, "must be a list of the key's values");
        const CborNode *part = node + 1;
        for (uint32_t i = 0; i < setting->table->keys; i++, part = cbor_after(part)) {
            Path at = {.above = path, .index = i};
            if (!take_key(setting, i, &at, part, &keys[i]))
                return false;
        }
    }
    if (!make_key(setting, path, keys, &key))
        return false;
    row_write_removed(setting->changes, key);
    return true;
}

// ---- the body ----

typedef bool TakeOne(Setting *setting, const Path *path, const CborNode *node);

// `list` may be NULL: none was sent.
static bool each(Setting *setting, const char *name, const CborNode *list,
                 TakeOne *take)
{
    Path path = {.name = str_from_c(name)};
    if (!list)
        return true;
    const CborNode *node = list + 1;
    for (uint32_t i = 0; i < list->item.number; i++, node = cbor_after(node)) {
        Path at = {.above = &path, .index = i};
        if (!take(setting, &at, node))
            return false;
    }
    return true;
}

static bool find_table(Setting *setting, Str name)
{
    const Bundle *bundle = setting->bundle;
    Path path = {.name = STR("table")};
    for (uint32_t i = 0; i < bundle->tables_count; i++) {
        if (!live_is(bundle, i) ||
            !str_eq(bundle_string(bundle, bundle->tables[i].name), name))
            continue;
        setting->number = i;
        setting->table = &bundle->tables[i];
        return true;
    }
    return refusal_set(setting->refusal, CODE_UNKNOWN, &path, "is no live table");
}

// What only removes needs none.
static bool has_room(Setting *setting, const CborNode *set)
{
    bool is_set = set && set->item.number > 0;
    Str full = is_set ? usage_live_full(setting->state) : STR("");
    return full.len == 0 ||
           refusal_set(setting->refusal, CODE_QUOTA, NULL, "%.*s", STR_ARG(full));
}

bool live_set(const Bundle *bundle, const State *state, const LiveRows *rows,
              ValuePool *pool, Buf *changes, Refusal *refusal)
{
    Setting setting = {
        .bundle = bundle,
        .state = state,
        .reader = {.bundle = bundle, .state = state, .pool = pool, .refusal = refusal},
        .changes = changes,
        .refusal = refusal};
    refusal->is_set = false;
    buf_clear(changes);
    usage_write_charged(changes, usage_live_key(state));
    bool is_set = find_table(&setting, rows->table) && has_room(&setting, rows->set) &&
                  each(&setting, "rows", rows->set, set_row) &&
                  each(&setting, "remove", rows->remove, remove_row);
    if (is_set && changes->failed)
        refusal_set(refusal, CODE_TOO_LARGE, NULL,
                    "rows: more than one FACTS may change");
    if (refusal->is_set)
        buf_clear(changes);
    return !refusal->is_set;
}
