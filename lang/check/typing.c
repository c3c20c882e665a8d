// SPDX-License-Identifier: Apache-2.0
#include "lang/check/typing.h"

#include <stdlib.h>

#include "lang/check/literal.h"

// ---- types ----

static const Type *named_type(Checker *checker, const Node *node)
{
    static const struct {
        Str name;
        TypeForm form;
    } NAMES[] = {
        {{"bool", 4}, TYPE_BOOL},
        {{"int", 3}, TYPE_INT},
        {{"decimal", 7}, TYPE_DECIMAL},
        {{"string", 6}, TYPE_STRING},
        {{"duration", 8}, TYPE_DURATION},
        {{"time", 4}, TYPE_TIME},
        {{"ip", 2}, TYPE_IP},
        {{"net", 3}, TYPE_NET},
        {{"email", 5}, TYPE_EMAIL},
        {{"uri", 3}, TYPE_URI},
        {{"json", 4}, TYPE_JSON},
        {{"record", 6}, TYPE_JSON},
    };
    Nearest nearest = nearest_start(node->text);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (str_eq(NAMES[i].name, node->text))
            return type_plain(checker->types, NAMES[i].form);
        nearest_offer(&nearest, NAMES[i].name);
    }
    Diag *diag =
        diag_report1(checker->diags, DIAG_TYPE_UNKNOWN, node->span, node->text);
    diag_suggest(diag, node->span, &nearest);
    return type_plain(checker->types, TYPE_POISON);
}

static const Type *enum_type(Checker *checker, const Node *node)
{
    Str *values = NULL;
    uint32_t count = 0;
    for (const Node *child = node->child; child != NULL; child = child->next)
        *ARRAY_PUSH(checker->arena, values, count) = child->text;
    return type_enum(checker->types, values, count);
}

static const Type *record_type(Checker *checker, const Node *node)
{
    TypeField *fields = NULL;
    uint32_t count = 0;
    for (const Node *child = node->child; child != NULL; child = child->next)
        if (child->kind == NODE_COLUMN) {
            const Node *type = node_first(child);
            *ARRAY_PUSH(checker->arena, fields, count) =
                (TypeField){child->text, typing_type(checker, type)};
        }
    return type_record(checker->types, fields, count);
}

const Type *typing_type(Checker *checker, const Node *node)
{
    Types *types = checker->types;
    const Type *poison = type_plain(types, TYPE_POISON);
    if (node == NULL || node->kind == NODE_ERROR)
        return poison;
    if (node->kind == NODE_TYPE_NAME)
        return named_type(checker, node);
    if (node->kind == NODE_TYPE_ENUM)
        return enum_type(checker, node);
    if (node->kind == NODE_TYPE_RECORD)
        return record_type(checker, node);
    if (node->kind == NODE_TYPE_KEY) {
        const Decl *table = checker_need(checker, DECL_TABLE, node->child);
        return table == NULL || table->number == NONE ? poison
                                                      : type_key(types, table->number);
    }
    const Type *of = typing_type(checker, node->child);
    if (of->form == TYPE_POISON)
        return of;
    if (node->kind == NODE_TYPE_OPTIONAL)
        return type_optional(types, of);
    return node->kind == NODE_TYPE_SET ? type_set(types, of, MAX_LIST_DEFAULT)
                                       : type_list(types, of, MAX_LIST_DEFAULT);
}

// ---- schemas ----

static int compare_fields(const void *a, const void *b)
{
    return str_compare(((const SchemaField *)a)->name, ((const SchemaField *)b)->name);
}

void typing_settle(Checker *checker, Schema *record)
{
    if (record->field_count > 1)
        qsort(record->fields, record->field_count, sizeof *record->fields,
              compare_fields);
    TypeField *fields = ARENA_ARRAY(checker->arena, record->field_count + 1, TypeField);
    for (uint32_t i = 0; i < record->field_count; i++) {
        const SchemaField *field = &record->fields[i];
        bool may_lack =
            !field->is_required || (field->schema->flags & SCHEMA_NULLABLE) != 0;
        const Type *type = field->schema->type;
        fields[i] = (TypeField){
            field->name, may_lack ? type_optional(checker->types, type->bare) : type};
    }
    record->type = type_record(checker->types, fields, record->field_count);
}

void typing_set_field(Checker *checker, SchemaField *field, const Type *type)
{
    Schema *schema = typing_schema(checker, type->bare, true);
    schema->flags |= field->schema->flags & SCHEMA_NULLABLE;
    field->schema = schema;
}

static SchemaField field_of(Checker *checker, Str name, const Type *type,
                            bool is_closed)
{
    SchemaField field = {
        .name = name, .is_required = !type->is_optional, .tenant_table = NONE};
    field.schema = typing_schema(checker, type->bare, is_closed);
    return field;
}

static void add_values(Checker *checker, Schema *schema, const Type *type)
{
    Const *values = ARENA_ARRAY(checker->arena, type->value_count + 1, Const);
    const Type *text = type_plain(checker->types, TYPE_STRING);
    for (uint32_t i = 0; i < type->value_count; i++)
        values[i] = *literal_text(checker, text, type->values[i]);
    schema->values = values;
    schema->value_count = type->value_count;
}

static void add_fields(Checker *checker, Schema *schema, const Type *type,
                       bool is_closed)
{
    schema->flags |= is_closed ? (uint32_t)SCHEMA_CLOSED : 0;
    schema->fields = ARENA_ARRAY(checker->arena, type->field_count + 1, SchemaField);
    schema->field_count = type->field_count;
    for (uint32_t i = 0; i < type->field_count; i++)
        schema->fields[i] =
            field_of(checker, type->fields[i].name, type->fields[i].type, is_closed);
}

Schema *typing_schema(Checker *checker, const Type *type, bool is_closed)
{
    Schema *schema = ARENA_NEW(checker->arena, Schema);
    schema->type = type;
    schema->key_of = type->form == TYPE_KEY ? type->table : NONE;
    schema->format = type->form == TYPE_EMAIL ? FORMAT_EMAIL
                     : type->form == TYPE_URI ? FORMAT_URI
                                              : FORMAT_NONE;
    if (type->form == TYPE_ENUM)
        add_values(checker, schema, type);
    if (type->form == TYPE_RECORD)
        add_fields(checker, schema, type, is_closed);
    if (type->form == TYPE_LIST || type->form == TYPE_SET)
        schema->element = typing_schema(checker, type->element->bare, is_closed);
    return schema;
}

Schema *typing_params(Checker *checker, const Node *params)
{
    Schema *record = ARENA_NEW(checker->arena, Schema);
    *record = (Schema){.flags = SCHEMA_CLOSED, .key_of = NONE};
    const Node *param = params == NULL ? NULL : params->child;
    for (; param != NULL; param = param->next) {
        const Type *type = typing_type(checker, param->child);
        *ARRAY_PUSH(checker->arena, record->fields, record->field_count) =
            field_of(checker, param->text, type, true);
    }
    typing_settle(checker, record);
    return record;
}

// The table of which a type's values are keys, if that has tenants, or NONE.
static uint32_t tenant_table(const Checker *checker, const Type *type)
{
    while (type->form == TYPE_LIST || type->form == TYPE_SET)
        type = type->element;
    bool has_tenant = type->bare->form == TYPE_KEY &&
                      checker->program->tables[type->bare->table].tenant != NONE;
    return has_tenant ? type->bare->table : NONE;
}

void typing_mark_tenants(const Checker *checker, const Schema *record)
{
    for (uint32_t i = 0; i < record->field_count; i++) {
        SchemaField *field = &record->fields[i];
        const Schema *schema = field->schema;
        field->tenant_table = tenant_table(checker, schema->type);
        while (schema->element != NULL)
            schema = schema->element;
        if (!field->is_tenant_shared)
            typing_mark_tenants(checker, schema);
    }
}
