// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/table.h"

bool table_fold_key(Str text, char folded[MAX_FOLDED_KEY], Str *out)
{
    if (text.len > MAX_FOLDED_KEY)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        folded[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    *out = (Str){folded, text.len};
    return true;
}

// The number of a text in lower case, or NONE.
static uint32_t intern_folded(const Bundle *bundle, Str text)
{
    char folded[MAX_FOLDED_KEY];
    return table_fold_key(text, folded, &text) ? bundle_intern(bundle, text) : NONE;
}

// What stands for a key's value in the index. False: no row can have it.
static bool key_atom(const Bundle *bundle, const BundleColumn *column, const Value *key,
                     uint32_t *atom)
{
    if (key->kind == KIND_STRING) {
        *atom = column->flags & COLUMN_NOCASE ? intern_folded(bundle, value_str(*key))
                                              : key->aux;
        return *atom != NONE;
    }
    if (key->kind == KIND_DECIMAL)
        *atom = atom_of_number((uint64_t)key->as.decimal.hi, key->as.decimal.lo);
    else
        *atom = atom_of_number(0, (uint64_t)key->as.number);
    return true;
}

// Numbers are found by an atom that isn't injective, so the value itself is compared.
static bool is_key(const Bundle *bundle, uint32_t cell, const Value *key, uint32_t atom)
{
    const BundleConst *held = &bundle->consts[cell];
    if (key->kind == KIND_STRING)
        return held->low == atom;
    if (key->kind == KIND_DECIMAL)
        return held->high == (uint64_t)key->as.decimal.hi &&
               held->low == key->as.decimal.lo;
    return held->low == (uint64_t)key->as.number;
}

static bool is_row(const Bundle *bundle, const BundleTable *table, uint32_t row,
                   const Value *keys, const uint32_t *atoms)
{
    const uint32_t *cells =
        bundle->cells + table->cell + (size_t)row * table->column_count;
    for (uint32_t i = 0; i < table->keys; i++)
        if (!is_key(bundle, cells[i], &keys[i], atoms[i]))
            return false;
    return true;
}

uint32_t table_find(const Bundle *bundle, uint32_t number, const Value *keys)
{
    const BundleTable *table = &bundle->tables[number];
    const uint32_t *index = bundle->table_index + table->index;
    uint32_t atoms[MAX_TABLE_KEYS];
    uint32_t mask = table->index_size - 1;
    for (uint32_t i = 0; i < table->keys; i++)
        if (!key_atom(bundle, &bundle->columns[table->column + i], &keys[i], &atoms[i]))
            return NONE;
    uint32_t at = table_hash(atoms, table->keys) & mask;
    while (index[at] != NONE) {
        if (is_row(bundle, table, index[at], keys, atoms))
            return index[at];
        at = (at + 1) & mask;
    }
    return NONE;
}
