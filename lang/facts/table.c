// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/table.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "lang/facts/cell.h"
#include "lang/facts/rows.h"
#include "lang/source/diag.h"

// Stands in `names` for a column that has been reported.
#define UNKNOWN_COLUMN NONE

// The files of a policy are its author's own: a fixed key serves.
static const uint64_t name_hash_key[2] = {0x70726f7669736f74u, 0x61626c6573746162u};

// What has been seen of a column, for one whose type the file decides.
typedef struct Seen {
    bool is_inferred;
    bool has_list;
    bool has_text;
    bool has_bool;
    bool has_number;
    bool has_fraction;
    bool is_misspelt; // an unknown column was probably meant to be it
    uint32_t count;   // rows that have it
} Seen;

typedef struct Builder {
    Arena *arena;
    Types *types;
    Diags *diags;
    const TableDecl *decl;
    FactRows rows;
    Column columns[FACT_MAX_COLUMNS];
    Seen seen[FACT_MAX_COLUMNS];
    uint32_t column_count;
    Map names; // column name to number
    Map keys;  // key of a row to its number
    Buf key;   // of the row that is read
    FactTable *out;
    uint32_t member_capacity;
} Builder;

// ---- columns ----

static const Type *string_set(Types *types)
{
    return type_set(types, type_plain(types, TYPE_STRING), MAX_LIST_DEFAULT);
}

// The column that needs no declaration in a table of this use. False: there is none.
static bool implied_column(const Builder *builder, Str name, Column *out)
{
    Types *types = builder->types;
    TableUse use = builder->decl->use;
    *out = (Column){.name = name, .type = type_plain(types, TYPE_STRING)};
    out->is_optional = true;
    if (use != TABLE_FREE && str_eq(name, STR("tenant")))
        return true;
    if (use == TABLE_AGENTS && str_eq(name, STR("client")))
        return true;
    if (use == TABLE_AGENTS && str_eq(name, STR("tags"))) {
        out->type = string_set(types);
        return true;
    }
    if (use == TABLE_AUDIENCES && str_eq(name, STR("uri"))) {
        *out = (Column){.name = name, .type = type_plain(types, TYPE_URI)};
        return true;
    }
    return false;
}

// Adds a column that isn't there yet. NONE when there are too many, which is reported.
static uint32_t add_column(Builder *builder, Column column, bool is_inferred, Span span)
{
    if (builder->column_count == FACT_MAX_COLUMNS) {
        diag_report2(builder->diags, DIAG_FACTS_LIMIT, span, STR("the table"),
                     arena_format(builder->arena, "%d columns", (int)FACT_MAX_COLUMNS));
        return NONE;
    }
    uint32_t number = builder->column_count++;
    if (column.type != NULL && column.type->is_optional) {
        column.is_optional = true;
        column.type = column.type->bare;
    }
    builder->columns[number] = column;
    builder->seen[number].is_inferred = is_inferred;
    map_insert(&builder->names, column.name, number, NULL);
    return number;
}

static const Column *declared_column(const TableDecl *decl, Str name)
{
    for (uint32_t i = 0; i < decl->column_count; i++)
        if (str_eq(decl->columns[i].name, name))
            return &decl->columns[i];
    return NULL;
}

// The key columns, then those of the block, then what a table of this use must have.
static void add_declared_columns(Builder *builder)
{
    const TableDecl *decl = builder->decl;
    Column column;
    for (uint32_t i = 0; i < decl->key_count; i++) {
        const Column *declared = declared_column(decl, decl->keys[i]);
        if (declared != NULL)
            column = *declared;
        else
            implied_column(builder, decl->keys[i], &column);
        column.is_optional = false;
        if (map_find(&builder->names, column.name) == NULL)
            add_column(builder, column, false, decl->span);
    }
    for (uint32_t i = 0; i < decl->column_count; i++)
        if (map_find(&builder->names, decl->columns[i].name) == NULL)
            add_column(builder, decl->columns[i], false, decl->span);
    Str uri = STR("uri");
    if (implied_column(builder, uri, &column) && map_find(&builder->names, uri) == NULL)
        add_column(builder, column, false, decl->span);
}

static void report_unknown(Builder *builder, const Fact *member)
{
    Diag *diag = diag_report2(builder->diags, DIAG_COLUMN_UNKNOWN, member->name_span,
                              builder->decl->name, member->name);
    Nearest nearest = nearest_start(member->name);
    for (uint32_t i = 0; i < builder->column_count; i++)
        nearest_offer(&nearest, builder->columns[i].name);
    diag_suggest(diag, member->name_span, &nearest);
    const uint32_t *meant =
        nearest.best.len > 0 ? map_find(&builder->names, nearest.best) : NULL;
    if (meant != NULL)
        builder->seen[*meant].is_misspelt = true;
}

// Users say under `groups` whom they belong to; that is no column unless declared as
// one.
static bool is_groups(const Builder *builder, const Fact *member)
{
    return builder->decl->use == TABLE_USERS && str_eq(member->name, STR("groups")) &&
           declared_column(builder->decl, member->name) == NULL;
}

// The number of the member's column; UNKNOWN_COLUMN after reporting it, once for each
// name.
static uint32_t column_of(Builder *builder, const Fact *member)
{
    uint32_t *known = map_find(&builder->names, member->name);
    if (known != NULL)
        return *known;
    Column column;
    if (implied_column(builder, member->name, &column))
        return add_column(builder, column, false, member->name_span);
    if (!builder->decl->has_block)
        return add_column(builder, (Column){.name = member->name}, true,
                          member->name_span);
    report_unknown(builder, member);
    map_insert(&builder->names, member->name, UNKNOWN_COLUMN, NULL);
    return UNKNOWN_COLUMN;
}

static void note_seen(Seen *seen, const Fact *member)
{
    Decimal number;
    int64_t whole;
    seen->count++;
    switch (member->kind) {
    case FACT_LIST:
        seen->has_list = true;
        return;
    case FACT_BOOL:
        seen->has_bool = true;
        return;
    case FACT_NUMBER:
        seen->has_number = true;
        if (!decimal_parse(member->text, &number) || !decimal_to_i64(number, &whole))
            seen->has_fraction = true;
        return;
    case FACT_NULL:
    case FACT_PLAIN:
    case FACT_CELL:
    case FACT_STRING:
    case FACT_MAP:
        seen->has_text = true;
        return;
    }
}

static const Type *inferred_type(const Builder *builder, const Seen *seen)
{
    if (seen->has_list)
        return string_set(builder->types);
    bool is_bool = seen->has_bool && !seen->has_text && !seen->has_number;
    if (is_bool)
        return type_plain(builder->types, TYPE_BOOL);
    bool is_number = seen->has_number && !seen->has_text && !seen->has_bool;
    if (is_number)
        return type_plain(builder->types, seen->has_fraction ? TYPE_DECIMAL : TYPE_INT);
    return type_plain(builder->types, TYPE_STRING);
}

// Finds the columns that the file has, and the types of those that nobody declares.
static void find_columns(Builder *builder)
{
    for (uint32_t i = 0; i < builder->rows.count; i++) {
        const Fact *member = builder->rows.items[i]->first;
        for (; member != NULL; member = member->next) {
            if (is_groups(builder, member))
                continue;
            uint32_t number = column_of(builder, member);
            if (number != UNKNOWN_COLUMN && !fact_is_absent(member))
                note_seen(&builder->seen[number], member);
        }
    }
    for (uint32_t i = 0; i < builder->column_count; i++) {
        Seen *seen = &builder->seen[i];
        if (!seen->is_inferred)
            continue;
        builder->columns[i].type = inferred_type(builder, seen);
        builder->columns[i].is_optional = seen->count < builder->rows.count;
    }
}

// A column that every row lacks is one mistake. False if there is one.
static bool check_missing_columns(Builder *builder, const Fact *root)
{
    bool is_good = true;
    bool is_key_named = builder->rows.are_named && builder->decl->key_count == 1;
    if (builder->rows.count < 2)
        return true;
    for (uint32_t i = is_key_named ? 1 : 0; i < builder->column_count; i++) {
        if (builder->columns[i].is_optional || builder->seen[i].count > 0)
            continue;
        const Type *type = builder->columns[i].type;
        if (type->form == TYPE_SET || type->form == TYPE_LIST)
            continue;
        if (!builder->seen[i].is_misspelt)
            diag_report1(builder->diags, DIAG_COLUMN_MISSING,
                         span_make(root->span.start, root->span.start),
                         builder->columns[i].name);
        is_good = false;
    }
    return is_good;
}

// ---- rows ----

// A cell of CSV in a set or list column is there even when it is empty.
static bool is_absent(const Fact *fact, const Column *column)
{
    if (!fact_is_absent(fact))
        return false;
    bool is_many = column->type->form == TYPE_SET || column->type->form == TYPE_LIST;
    return fact == NULL || fact->kind != FACT_CELL || !is_many || column->is_optional;
}

// The facts of a row by column; NULL where there is none.
static void pick_cells(Builder *builder, const Fact *row, const Fact **picked)
{
    memset(picked, 0, builder->column_count * sizeof *picked);
    for (const Fact *member = row->first; member != NULL; member = member->next) {
        const uint32_t *number = map_find(&builder->names, member->name);
        if (number != NULL && *number != UNKNOWN_COLUMN)
            picked[*number] = member;
    }
}

// In a map from key to row, the row's name as a cell.
static Fact *name_as_cell(Builder *builder, const Fact *row)
{
    Fact *cell = ARENA_NEW(builder->arena, Fact);
    *cell = (Fact){.kind = FACT_PLAIN, .text = row->name, .span = row->name_span};
    return cell;
}

static void report_missing(Builder *builder, Span span, uint32_t column)
{
    Diag *diag = diag_report1(builder->diags, DIAG_CELL_MISSING, span,
                              builder->columns[column].name);
    if (column < builder->decl->key_count)
        diag_help(diag, STR("it belongs to the key; `key` names another one, as in "
                            "`key owner, repo`"));
}

// Fills the row's cells. False after reporting what is wrong with it.
static bool read_cells(Builder *builder, const Fact *row, const Const **cells)
{
    const Fact *picked[FACT_MAX_COLUMNS];
    pick_cells(builder, row, picked);
    if (builder->rows.are_named && builder->decl->key_count == 1 && picked[0] == NULL)
        picked[0] = name_as_cell(builder, row);
    bool is_good = true;
    for (uint32_t i = 0; i < builder->column_count; i++) {
        const Column *column = &builder->columns[i];
        if (column->type->form == TYPE_POISON)
            continue;
        if (is_absent(picked[i], column)) {
            if (column->is_optional)
                continue;
            Span span = picked[i] != NULL ? picked[i]->span : row->span;
            if (!builder->seen[i].is_misspelt)
                report_missing(builder, span, i);
            is_good = false;
            continue;
        }
        CellReader reader = {builder->arena, builder->diags, column->name,
                             column->is_nocase};
        cells[i] = cell_value(&reader, picked[i], column->type);
        if (cells[i] == NULL)
            is_good = false;
    }
    return is_good;
}

// A key cell as text that is different for different values of one type.
static void write_key(Buf *out, const Const *cell)
{
    if (cell == NULL)
        return;
    switch (type_kind(cell->type)) {
    case KIND_STRING:
        buf_str(out, cell->text);
        return;
    case KIND_DECIMAL:
        decimal_format(out, cell->decimal);
        return;
    case KIND_IP:
    case KIND_NET:
        ip_format(out, cell->ip);
        return;
    case KIND_NONE:
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
    case KIND_LIST:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        buf_i64(out, cell->number);
        return;
    }
}

// The key cells of a row as people would write them.
static Str key_text(Arena *arena, const Const **cells, uint32_t key_count)
{
    Buf out = buf_on(arena);
    for (uint32_t i = 0; i < key_count; i++) {
        buf_c(&out, i == 0 ? "" : ", ");
        write_key(&out, cells[i]);
    }
    return buf_view(&out);
}

// The key cells of a row as bytes that are different for different keys. They live
// until the next row, unless they are the one cell's own text.
static Str key_bytes(Builder *builder, const Const **cells)
{
    uint32_t key_count = builder->decl->key_count;
    if (key_count == 1 && type_kind(cells[0]->type) == KIND_STRING)
        return cells[0]->text;
    Buf *key = &builder->key;
    buf_clear(key);
    for (uint32_t i = 0; i < key_count; i++) {
        size_t start = key->len;
        write_key(key, cells[i]);
        buf_u64le(key, key->len - start);
    }
    return buf_view(key);
}

static Span key_span(const Builder *builder, const Fact *row)
{
    const Fact *cell = fact_member(row, builder->decl->keys[0]);
    if (cell != NULL)
        return cell->span;
    return builder->rows.are_named ? row->name_span : row->span;
}

// False, after reporting it, if an earlier row has the same key.
static bool claim_key(Builder *builder, const Fact *row, const Const **cells)
{
    uint32_t key_count = builder->decl->key_count;
    if (key_count == 0)
        return true;
    FactTable *out = builder->out;
    Str key = key_bytes(builder, cells);
    const uint32_t *first = map_find(&builder->keys, key);
    if (first == NULL) {
        if (key.at == builder->key.at)
            key = arena_str(builder->arena, key);
        map_insert(&builder->keys, key, out->table.row_count, NULL);
        return true;
    }
    Str shown = key_text(builder->arena, cells, key_count);
    Diag *diag = diag_report1(builder->diags, DIAG_KEY_TWICE, key_span(builder, row),
                              arena_format(builder->arena, "`%.*s`", STR_ARG(shown)));
    diag_label(diag, key_span(builder, out->rows[*first]),
               STR("the row it has already"));
    return false;
}

static void add_member(Builder *builder, Str group, Str user, Span span)
{
    FactTable *out = builder->out;
    if (out->member_count == builder->member_capacity) {
        uint32_t capacity = out->member_count == 0 ? 64 : out->member_count * 2;
        GroupMember *members = ARENA_ARRAY(builder->arena, capacity, GroupMember);
        if (out->member_count > 0)
            memcpy(members, out->members, out->member_count * sizeof *members);
        out->members = members;
        builder->member_capacity = capacity;
    }
    out->members[out->member_count++] = (GroupMember){group, user, span};
}

// What a user's row says under `groups`.
static void read_groups(Builder *builder, const Fact *row, const Const *user)
{
    const Fact *groups = fact_member(row, STR("groups"));
    if (fact_is_absent(groups) || !is_groups(builder, groups) || user == NULL)
        return;
    CellReader reader = {builder->arena, builder->diags, groups->name, false};
    const Const *names = cell_value(&reader, groups, string_set(builder->types));
    if (names == NULL)
        return;
    for (uint32_t i = 0; i < names->count; i++)
        add_member(builder, names->items[i].text, user->text, groups->span);
}

static void read_rows(Builder *builder)
{
    FactTable *out = builder->out;
    uint32_t column_count = builder->column_count;
    out->rows = ARENA_ARRAY(builder->arena, builder->rows.count, const Fact *);
    out->table.cells = ARENA_ARRAY(
        builder->arena, (size_t)builder->rows.count * column_count, const Const *);
    for (uint32_t i = 0; i < builder->rows.count; i++) {
        const Fact *row = builder->rows.items[i];
        const Const **cells =
            &out->table.cells[(size_t)out->table.row_count * column_count];
        if (!read_cells(builder, row, cells) || !claim_key(builder, row, cells)) {
            memset(cells, 0, column_count * sizeof *cells);
            continue;
        }
        out->rows[out->table.row_count++] = row;
        if (builder->decl->key_count == 1)
            read_groups(builder, row, cells[0]);
    }
}

static void set_columns(Builder *builder)
{
    Table *table = &builder->out->table;
    table->column_count = builder->column_count;
    table->columns = ARENA_ARRAY(builder->arena, builder->column_count, Column);
    memcpy(table->columns, builder->columns,
           builder->column_count * sizeof *table->columns);
    for (uint32_t i = 0; i < builder->column_count; i++)
        if (str_eq(table->columns[i].name, STR("tenant")))
            table->tenant = i;
}

FactTable table_from_facts(Arena *arena, Types *types, Diags *diags,
                           const TableDecl *decl, const Fact *root)
{
    FactTable out = {0};
    Builder builder = {
        .arena = arena, .types = types, .diags = diags, .decl = decl, .out = &out};
    builder.names = map_on(arena, name_hash_key);
    builder.keys = map_on(arena, name_hash_key);
    builder.key = buf_on(arena);
    builder.rows = rows_of(arena, diags, decl->name, root);
    out.is_known = decl->has_block || builder.rows.is_good;
    out.table = (Table){.name = decl->name,
                        .key_count = decl->key_count,
                        .tenant = NONE,
                        .span = decl->span};
    add_declared_columns(&builder);
    find_columns(&builder);
    set_columns(&builder);
    if (root != NULL && check_missing_columns(&builder, root))
        read_rows(&builder);
    out.is_whole = builder.rows.is_good && builder.rows.left_out == 0 &&
                   out.table.row_count == builder.rows.count;
    return out;
}

// ---- keys of other tables ----

static void report_dangling(Diags *diags, const FactTable *from, uint32_t row,
                            const Column *column, const Table *target, Str key)
{
    const Fact *cell = fact_member(from->rows[row], column->name);
    Span span = cell != NULL ? cell->span : from->rows[row]->span;
    diag_report3(diags, DIAG_KEY_DANGLING, span, column->name, target->name, key);
}

static Map keys_of(Arena *arena, const Table *table)
{
    Map keys = map_on(arena, name_hash_key);
    for (uint32_t row = 0; row < table->row_count; row++)
        map_insert(&keys, table->cells[(size_t)row * table->column_count]->text, row,
                   NULL);
    return keys;
}

static void check_column(Arena *arena, Diags *diags, const FactTable *from,
                         uint32_t number, const FactTable *to)
{
    const Column *column = &from->table.columns[number];
    Map keys = keys_of(arena, &to->table);
    for (uint32_t row = 0; row < from->table.row_count; row++) {
        size_t at = (size_t)row * from->table.column_count + number;
        const Const *cell = from->table.cells[at];
        bool is_many = cell != NULL && cell->items != NULL;
        uint32_t count = cell == NULL ? 0 : is_many ? cell->count : 1;
        for (uint32_t i = 0; i < count; i++) {
            Str key = is_many ? cell->items[i].text : cell->text;
            if (to->table.columns[0].is_nocase)
                key = cell_fold(arena, key);
            if (map_find(&keys, key) == NULL)
                report_dangling(diags, from, row, column, &to->table, key);
        }
    }
}

void table_check_keys(Arena *arena, Diags *diags, const FactTable *tables,
                      uint32_t count)
{
    for (uint32_t t = 0; t < count; t++) {
        for (uint32_t c = 0; c < tables[t].table.column_count; c++) {
            const Type *type = tables[t].table.columns[c].type;
            if (type->form == TYPE_SET || type->form == TYPE_LIST)
                type = type->element;
            if (type->form != TYPE_KEY || type->table >= count)
                continue;
            const FactTable *to = &tables[type->table];
            bool is_text_key = to->table.key_count == 1 && to->is_whole &&
                               type_kind(to->table.columns[0].type) == KIND_STRING;
            if (is_text_key)
                check_column(arena, diags, &tables[t], c, to);
        }
    }
}
