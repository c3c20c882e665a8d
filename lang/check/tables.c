// SPDX-License-Identifier: Apache-2.0
#include "lang/check/tables.h"

#include "lang/check/typing.h"
#include "lang/facts/facts.h"

static void declare(Checker *checker, const Node *node, Str name, Span span)
{
    Decl *decl =
        scope_declare(&checker->scope, checker->diags, DECL_TABLE, name, span, node);
    if (decl == NULL)
        return;
    Program *program = checker->program;
    bool is_again = (node->kind == NODE_USERS && program->users_table != NONE) ||
                    (node->kind == NODE_AGENTS && checker->agents_table != NONE);
    if (is_again) {
        uint32_t first =
            node->kind == NODE_USERS ? program->users_table : checker->agents_table;
        Diag *diag = diag_report1(checker->diags, DIAG_GROUP_TWICE, span, name);
        diag_label(diag, program->tables[first].span, STR("the first is here"));
    }
    decl->number = program->table_count;
    *ARRAY_PUSH(checker->arena, program->tables, program->table_count) =
        (Table){.name = decl->full, .tenant = NONE, .span = span};
    types_name_table(checker->types, decl->number, decl->full);
    if (node->kind == NODE_USERS)
        program->users_table = decl->number;
    if (node->kind == NODE_AGENTS)
        checker->agents_table = decl->number;
}

void tables_declare(Checker *checker)
{
    for (uint32_t i = 0; i < checker->file_count; i++)
        for (const Node *node = checker->files[i]->child; node != NULL;
             node = node->next) {
            if (node->kind == NODE_TABLE)
                declare(checker, node, node->text, node_name_span(node));
            if (node->kind == NODE_USERS)
                declare(checker, node, STR("users"), node->span);
            if (node->kind == NODE_AGENTS)
                declare(checker, node, STR("agents"), node->span);
        }
}

// Single values, and sets and lists of them.
static bool is_column_type(const Type *type)
{
    while (type->element != NULL)
        type = type->element;
    Kind kind = type_kind(type);
    return type->form == TYPE_POISON || (kind != KIND_NONE && kind < KIND_LIST);
}

// The type of a column, poison after a mistake.
static const Type *column_type(Checker *checker, const Node *node)
{
    const Node *written = node_first(node);
    const Type *type = typing_type(checker, written);
    if (is_column_type(type))
        return type;
    diag_report1(checker->diags, DIAG_COLUMN_TYPE, written->span,
                 checker_type_text(checker, type->bare));
    return type_plain(checker->types, TYPE_POISON);
}

static void check_unique(Checker *checker, const Node *block, const Node *column)
{
    for (const Node *node = block->child; node != column; node = node->next) {
        if (!str_eq(node->text, column->text))
            continue;
        Diag *diag = diag_report1(checker->diags, DIAG_FACTS_NAME_TWICE,
                                  node_name_span(column), column->text);
        diag_label(diag, node_name_span(node), STR("here it stands first"));
        return;
    }
}

static void add_columns(Checker *checker, const Node *block, TableDecl *decl)
{
    Column *columns = NULL;
    for (const Node *node = block->child; node != NULL; node = node->next) {
        const Type *type = column_type(checker, node);
        check_unique(checker, block, node);
        *ARRAY_PUSH(checker->arena, columns, decl->column_count) =
            (Column){.name = node->text,
                     .type = type->form == TYPE_POISON ? type : type->bare,
                     .is_optional = type->is_optional || type->form == TYPE_POISON,
                     .is_nocase = node_has(node, NODE_NOCASE)};
    }
    decl->columns = columns;
    decl->has_block = true;
}

static void add_keys(Checker *checker, const Node *list, TableDecl *decl)
{
    Str *keys = NULL;
    for (const Node *node = list->child; node != NULL; node = node->next)
        *ARRAY_PUSH(checker->arena, keys, decl->key_count) = node->text;
    decl->keys = keys;
}

FactTable tables_read(Checker *checker, const Node *node, Str name, Span span,
                      TableUse use)
{
    static const Str ID[] = {{"id", 2}};
    TableDecl decl = {
        .name = name, .span = span, .use = use, .keys = ID, .key_count = 1};
    const Node *keys = node_find(node, NODE_KEYS);
    const Node *columns = node_find(node, NODE_COLUMNS);
    const Node *from = node_find(node, NODE_FROM);
    if (keys != NULL) {
        decl.key_count = 0;
        add_keys(checker, keys, &decl);
    }
    if (columns != NULL)
        add_columns(checker, columns, &decl);
    const Fact *root = NULL;
    if (from != NULL)
        root =
            facts_load(checker->arena, checker->diags, checker->sources,
                       checker_file_path(checker, from->span, from->text), from->span);
    return table_from_facts(checker->arena, checker->types, checker->diags, &decl,
                            root);
}

// What a row must look like that is set while the policy serves.
static Schema *row_schema(Checker *checker, const Table *table)
{
    Schema *row = ARENA_NEW(checker->arena, Schema);
    *row = (Schema){.flags = SCHEMA_CLOSED, .key_of = NONE};
    row->fields = ARENA_ARRAY(checker->arena, table->column_count, SchemaField);
    row->field_count = table->column_count;
    for (uint32_t i = 0; i < table->column_count; i++) {
        const Column *column = &table->columns[i];
        row->fields[i] =
            (SchemaField){.name = column->name,
                          .schema = typing_schema(checker, column->type->bare, true),
                          .is_required = !column->is_optional,
                          .tenant_table = NONE};
    }
    typing_settle(checker, row);
    return row;
}

void tables_load(Checker *checker)
{
    Scope *scope = &checker->scope;
    for (uint32_t i = 0; i < scope->decl_count[DECL_TABLE]; i++) {
        const Decl *decl = scope->decls[DECL_TABLE][i];
        TableUse use = decl->node->kind == NODE_USERS    ? TABLE_USERS
                       : decl->node->kind == NODE_AGENTS ? TABLE_AGENTS
                                                         : TABLE_FREE;
        FactTable facts = tables_read(checker, decl->node, decl->full, decl->span, use);
        if (node_has(decl->node, NODE_LIVE))
            facts.table.row = row_schema(checker, &facts.table);
        checker->program->tables[decl->number] = facts.table;
        *ARRAY_PUSH(checker->arena, checker->facts, checker->fact_count) = facts;
    }
    table_check_keys(checker->arena, checker->diags, checker->facts,
                     checker->fact_count);
}

Str tables_text(const Table *table, uint32_t row, Str column)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        const Const *cell = table->cells[(size_t)row * table->column_count + i];
        if (str_eq(table->columns[i].name, column) && cell != NULL)
            return cell->text;
    }
    return STR("");
}
