// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/live.h"

#include "engine/state/row.h"
#include "engine/vm/pack.h"
#include "engine/vm/table.h"

enum { PACKED_KEY = 1024 };

static bool add_key(const Bundle *bundle, const BundleColumn *column, const Value *key,
                    KeyParts *parts)
{
    char memory[PACKED_KEY], folded[MAX_FOLDED_KEY];
    Buf packed = buf_fixed(memory, sizeof memory);
    if (key->kind == KIND_STRING) { // of any length, and no need to pack it
        Str text = value_str(*key);
        if (column->flags & COLUMN_NOCASE && !table_fold_key(text, folded, &text))
            return false;
        key_text(parts, text);
        return true;
    }
    value_pack(bundle, column->type, key, &packed);
    key_text(parts, buf_view(&packed));
    return !packed.failed;
}

bool live_key(const State *state, const Bundle *bundle, uint32_t table,
              const Value *keys, StateKey *out)
{
    const BundleTable *of = &bundle->tables[table];
    KeyParts parts;
    row_key_begin(state, &parts, bundle_string(bundle, of->name));
    for (uint32_t i = 0; i < of->keys; i++)
        if (!add_key(bundle, &bundle->columns[of->column + i], &keys[i], &parts))
            return false;
    *out = key_end(&parts);
    return true;
}

static const Value *unpack(const Bundle *bundle, const BundleTable *table, Str packed,
                           ValuePool *pool)
{
    Value *cells = value_pool_take(pool, table->column_count);
    for (uint32_t i = 0; cells && i < table->column_count; i++)
        if (!value_unpack(bundle, bundle->columns[table->column + i].type, &packed,
                          pool, &cells[i]))
            return NULL;
    return cells;
}

bool live_find(const State *state, const Bundle *bundle, uint32_t table,
               const Value *keys, ValuePool *pool, const Value **cells)
{
    const BundleTable *of = &bundle->tables[table];
    StateKey key;
    Str layout, packed;
    if (!state || !live_key(state, bundle, table, keys, &key) ||
        !row_find(state, key, &layout, &packed))
        return false;
    if (pool)
        *cells = str_eq(layout, bundle_string(bundle, of->layout))
                     ? unpack(bundle, of, packed, pool)
                     : NULL;
    return true;
}
