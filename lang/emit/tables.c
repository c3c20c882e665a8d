// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/tables.h"

#include <string.h>

#include "lang/emit/schema.h"
#include "lang/emit/strings.h"
#include "lang/emit/values.h"

// "clients(id: string, tier: string?, limits: list of decimal)": what packing depends
// on.
static Str layout_of(Emitter *emitter, const Table *table)
{
    static const char *const KINDS[] = {
        [KIND_NONE] = "none",     [KIND_BOOL] = "bool",
        [KIND_INT] = "int",       [KIND_DECIMAL] = "decimal",
        [KIND_STRING] = "string", [KIND_DURATION] = "duration",
        [KIND_TIME] = "time",     [KIND_IP] = "ip",
        [KIND_NET] = "net",       [KIND_LIST] = "list",
        [KIND_RECORD] = "record", [KIND_ROW] = "row",
        [KIND_JSON] = "json",
    };
    Buf text = buf_on(emitter->arena);
    buf_printf(&text, "%.*s(", STR_ARG(table->name));
    for (uint32_t i = 0; i < table->column_count; i++) {
        const Column *column = &table->columns[i];
        uint32_t depth = 0;
        buf_printf(&text, "%s%.*s: ", i > 0 ? ", " : "", STR_ARG(column->name));
        for (const Type *type = column->type; type != NULL; type = type->element)
            buf_printf(&text, "%s%s", depth++ > 0 ? " of " : "",
                       KINDS[type_kind(type)]);
        buf_c(&text, column->is_optional ? "?" : "");
    }
    buf_char(&text, ')');
    return buf_view(&text);
}

void tables_collect(Emitter *emitter)
{
    for (uint32_t i = 0; i < emitter->program->table_count; i++)
        if (emitter->program->tables[i].row != NULL)
            string_want(emitter, layout_of(emitter, &emitter->program->tables[i]));
}

static uint32_t write_columns(Emitter *emitter, const Table *table)
{
    uint32_t first = record_count(emitter, SECTION_COLUMNS);
    for (uint32_t i = 0; i < table->column_count; i++) {
        const Column *column = &table->columns[i];
        BundleColumn made = {.name = string_number(emitter, column->name),
                             .type = type_number(emitter, column->type)};
        if (column->is_optional)
            made.flags |= COLUMN_OPTIONAL;
        if (column->is_nocase)
            made.flags |= COLUMN_NOCASE;
        record_add(emitter, SECTION_COLUMNS, &made);
    }
    return first;
}

static uint32_t cell_number(Emitter *emitter, const Column *column, const Const *cell,
                            uint32_t type)
{
    if (cell == NULL)
        return NONE;
    if (!column->is_nocase)
        return const_number(emitter, cell, type);
    Const folded = const_folded(emitter, cell);
    return const_number(emitter, &folded, type);
}

static uint32_t write_cells(Emitter *emitter, const Table *table)
{
    uint32_t columns = table->column_count;
    uint32_t first =
        records_reserve(emitter, SECTION_CELLS, table->row_count * columns);
    uint32_t *types = ARENA_ARRAY(emitter->arena, columns, uint32_t);
    for (uint32_t i = 0; i < columns; i++)
        types[i] = type_number(emitter, table->columns[i].type);
    for (uint32_t i = 0; i < table->row_count * columns; i++) {
        uint32_t column = i % columns;
        uint32_t number = cell_number(emitter, &table->columns[column], table->cells[i],
                                      types[column]);
        *(uint32_t *)record_at(emitter, SECTION_CELLS, first + i) = number;
    }
    return first;
}

static uint32_t cell_atom(Emitter *emitter, const BundleTable *table, uint32_t row,
                          uint32_t column)
{
    const uint32_t *cell = record_at(emitter, SECTION_CELLS,
                                     table->cell + row * table->column_count + column);
    const BundleConst *value = record_at(emitter, SECTION_CONSTS, *cell);
    if (type_kind_of(emitter, value->type) == KIND_STRING)
        return (uint32_t)value->low;
    return atom_of_number(value->high, value->low);
}

// At most half full.
static void write_index(Emitter *emitter, BundleTable *table)
{
    uint32_t size = 2;
    while (size < table->rows * 2)
        size *= 2;
    table->index = records_reserve(emitter, SECTION_TABLE_INDEX, size);
    table->index_size = size;
    uint32_t *index = record_at(emitter, SECTION_TABLE_INDEX, table->index);
    uint32_t *atoms = ARENA_ARRAY(emitter->arena, table->keys, uint32_t);
    memset(index, 0xff, (size_t)size * sizeof *index);
    for (uint32_t row = 0; row < table->rows; row++) {
        for (uint32_t i = 0; i < table->keys; i++)
            atoms[i] = cell_atom(emitter, table, row, i);
        uint32_t at = table_hash(atoms, table->keys) & (size - 1);
        while (index[at] != NONE)
            at = (at + 1) & (size - 1);
        index[at] = row;
    }
}

void tables_write(Emitter *emitter)
{
    for (uint32_t i = 0; i < emitter->program->table_count; i++) {
        const Table *table = &emitter->program->tables[i];
        if (table->key_count > MAX_TABLE_KEYS) {
            emitter_limit(emitter, "columns of a table's key", table->key_count,
                          MAX_TABLE_KEYS, table->span);
            return;
        }
        BundleTable made = {.name = string_number(emitter, table->name),
                            .keys = table->key_count,
                            .column = write_columns(emitter, table),
                            .column_count = table->column_count,
                            .rows = table->row_count,
                            .tenant = table->tenant,
                            .layout = NONE,
                            .schema = NONE};
        if (table->row != NULL) {
            made.layout = string_number(emitter, layout_of(emitter, table));
            made.schema = schema_write_closed(emitter, table->row);
        }
        made.cell = write_cells(emitter, table);
        write_index(emitter, &made);
        record_add(emitter, SECTION_TABLES, &made);
    }
}
