// SPDX-License-Identifier: Apache-2.0
// Tables, their columns, cells and indexes.
#include "engine/bytecode/verify_parts.h"

static bool check_column(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleColumn *column = &bundle->columns[index];
    NEED(column->reserved == 0 && column->type < bundle->types_count &&
             (column->flags & ~(uint32_t)(COLUMN_OPTIONAL | COLUMN_NOCASE)) == 0,
         TABLE, COLUMNS, index);
    NEED(!(column->flags & COLUMN_NOCASE) || column->type == KIND_STRING, TABLE,
         COLUMNS, index);
    return verify_string(verifier, column->name, false, SECTION_COLUMNS, index);
}

static bool is_key_kind(uint32_t kind)
{
    return kind == KIND_STRING || kind == KIND_INT || kind == KIND_DECIMAL ||
           kind == KIND_BOOL || kind == KIND_TIME || kind == KIND_DURATION;
}

static bool check_shape(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleTable *table = &bundle->tables[index];
    ALSO(verify_string(verifier, table->name, false, SECTION_TABLES, index));
    NEED(table->column <= bundle->columns_count &&
             table->column_count <= bundle->columns_count - table->column &&
             table->column_count <= MAX_COLUMNS,
         TABLE, TABLES, index);
    NEED(table->keys >= 1 && table->keys <= MAX_TABLE_KEYS &&
             table->keys <= table->column_count,
         TABLE, TABLES, index);
    NEED((table->layout == NONE) == (table->schema == NONE) &&
             (table->layout == NONE || table->rows == 0),
         TABLE, TABLES, index);
    ALSO(verify_string(verifier, table->layout, true, SECTION_TABLES, index));
    for (uint32_t i = 0; i < table->keys; i++) {
        const BundleColumn *key = &bundle->columns[table->column + i];
        NEED(is_key_kind(bundle->types[key->type].kind) &&
                 !(key->flags & COLUMN_OPTIONAL),
             TABLE, TABLES, index);
    }
    NEED(table->tenant == NONE ||
             (table->tenant < table->column_count &&
              bundle->columns[table->column + table->tenant].type == KIND_STRING),
         TABLE, TABLES, index);
    uint64_t cells = (uint64_t)table->rows * table->column_count;
    NEED(table->cell <= bundle->cells_count &&
             cells <= bundle->cells_count - table->cell,
         TABLE, TABLES, index);
    return true;
}

// Users are found by the text of their id.
static bool check_users(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    if (bundle->meta->users_table == NONE)
        return true;
    const BundleTable *users = &bundle->tables[bundle->meta->users_table];
    NEED(users->keys == 1 && bundle->columns[users->column].type == KIND_STRING &&
             users->layout == NONE,
         META, META, 0);
    return true;
}

// In ASCII lower case, as what is looked up, and no longer than that can be.
static bool is_folded(Str text)
{
    if (text.len > MAX_FOLDED_KEY)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] >= 'A' && text.at[i] <= 'Z')
            return false;
    return true;
}

static bool is_cell(const Bundle *bundle, const BundleColumn *column, uint32_t cell)
{
    if (cell == NONE)
        return (column->flags & COLUMN_OPTIONAL) != 0;
    if (cell >= bundle->consts_count || bundle->consts[cell].type != column->type)
        return false;
    return !(column->flags & COLUMN_NOCASE) ||
           is_folded(bundle_string(bundle, (uint32_t)bundle->consts[cell].low));
}

static bool check_cells(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleTable *table = &bundle->tables[index];
    const uint32_t *cell = bundle->cells + table->cell;
    for (uint32_t row = 0; row < table->rows; row++)
        for (uint32_t i = 0; i < table->column_count; i++, cell++)
            NEED(is_cell(bundle, &bundle->columns[table->column + i], *cell), TABLE,
                 TABLES, index);
    return true;
}

static void row_atoms(const Bundle *bundle, const BundleTable *table, uint32_t row,
                      uint32_t *atoms)
{
    const uint32_t *cells =
        bundle->cells + table->cell + (size_t)row * table->column_count;
    for (uint32_t i = 0; i < table->keys; i++) {
        const BundleConst *key = &bundle->consts[cells[i]];
        atoms[i] = bundle->types[key->type].kind == KIND_STRING
                       ? (uint32_t)key->low
                       : atom_of_number(key->high, key->low);
    }
}

// Constants are not repeated, so equal keys are equal numbers; whether they are is not
// relied upon.
static bool is_same_key(const Bundle *bundle, const BundleTable *table, uint32_t a,
                        uint32_t b)
{
    const uint32_t *left =
        bundle->cells + table->cell + (size_t)a * table->column_count;
    const uint32_t *right =
        bundle->cells + table->cell + (size_t)b * table->column_count;
    for (uint32_t i = 0; i < table->keys; i++) {
        const BundleConst *x = &bundle->consts[left[i]], *y = &bundle->consts[right[i]];
        if (x->low != y->low || x->high != y->high)
            return false;
    }
    return true;
}

static bool check_index(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleTable *table = &bundle->tables[index];
    const uint32_t *words = bundle->table_index + table->index;
    uint32_t size = table->index_size, held = 0;
    NEED(size != 0 && (size & (size - 1)) == 0 &&
             table->index <= bundle->table_index_count &&
             size <= bundle->table_index_count - table->index,
         TABLE_INDEX, TABLES, index);
    for (uint32_t i = 0; i < size; i++) {
        NEED(words[i] == NONE || words[i] < table->rows, TABLE_INDEX, TABLES, index);
        held += words[i] != NONE;
    }
    NEED(held == table->rows && held < size && verify_is_sparse(words, size, 1, NONE),
         TABLE_INDEX, TABLES, index);
    for (uint32_t row = 0; row < table->rows; row++) {
        uint32_t atoms[MAX_TABLE_KEYS];
        row_atoms(bundle, table, row, atoms);
        uint32_t at = table_hash(atoms, table->keys) & (size - 1);
        while (words[at] != NONE && !is_same_key(bundle, table, words[at], row))
            at = (at + 1) & (size - 1);
        NEED(words[at] == row, TABLE_INDEX, TABLES, index);
    }
    return true;
}

bool verify_tables(Verifier *verifier)
{
    for (uint32_t i = 0; i < verifier->bundle->columns_count; i++)
        ALSO(check_column(verifier, i));
    for (uint32_t i = 0; i < verifier->bundle->tables_count; i++)
        ALSO(check_shape(verifier, i));
    ALSO(check_users(verifier));
    for (uint32_t i = 0; i < verifier->bundle->tables_count; i++) {
        ALSO(check_cells(verifier, i));
        ALSO(check_index(verifier, i));
    }
    return true;
}
