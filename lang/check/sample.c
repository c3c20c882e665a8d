// SPDX-License-Identifier: Apache-2.0
#include "lang/check/sample.h"

#include "lang/check/expr.h"
#include "lang/check/literal.h"
#include "lang/check/reach.h"

static void check_elements(Checker *checker, const Node *node, const Type *type)
{
    for (const Node *item = node->child; item != NULL; item = item->next)
        sample_check(checker, item, type->element);
}

static const Node *entry_of(const Node *record, Str name)
{
    const Node *entry = node_find(record, NODE_ENTRY);
    while (entry != NULL && !str_eq(entry->text, name))
        entry = node_find_next(entry, NODE_ENTRY);
    return entry;
}

static void check_record(Checker *checker, const Node *node, const Type *type)
{
    for (const Node *entry = node_find(node, NODE_ENTRY); entry != NULL;
         entry = node_find_next(entry, NODE_ENTRY)) {
        uint32_t at = type_field(type, entry->text);
        // A result may have more members than its schema names.
        if (at != NONE)
            sample_check(checker, entry->child, type->fields[at].type);
    }
    for (uint32_t i = 0; i < type->field_count; i++)
        if (!type->fields[i].type->is_optional &&
            entry_of(node, type->fields[i].name) == NULL &&
            !node_has(node, NODE_BROKEN))
            diag_report2(checker->diags, DIAG_SAMPLE_LACKS, node->span,
                         STR("this value"), type->fields[i].name);
}

bool sample_is_nothing(const Node *node)
{
    return node->kind == NODE_NAME && !node_has(node, NODE_QUOTED) &&
           str_eq(node->text, STR("none"));
}

// A request carries 64 bits of a number's digits, and of a duration its seconds.
static bool is_sendable(const Const *value)
{
    Decimal scaled = value->decimal, ten = decimal_from_i64(10);
    int64_t digits;
    if (value->type->form == TYPE_DURATION)
        return value->number % 1000000000 == 0;
    if (value->type->form != TYPE_DECIMAL)
        return true;
    for (int places = 0; !decimal_to_i64(scaled, &digits); places++)
        if (places == DECIMAL_PLACES || !decimal_mul(scaled, ten, &scaled))
            return false;
    return true;
}

static void check_constant(Checker *checker, const Node *node, const Type *type)
{
    const Const *value = expr_constant(checker, node, type);
    if (value != NULL && !is_sendable(value))
        diag_report1(checker->diags, DIAG_SAMPLE_UNSENDABLE, node->span,
                     literal_show(checker, value));
}

void sample_check(Checker *checker, const Node *node, const Type *type)
{
    if (node == NULL || type->form == TYPE_JSON || type->form == TYPE_POISON ||
        node->kind == NODE_ERROR)
        return;
    bool is_list = node->kind == NODE_LIST || node->kind == NODE_SET;
    if (is_list && type_is_list(type)) {
        check_elements(checker, node, type);
        return;
    }
    if (node->kind == NODE_STRING && type_is_list(type)) {
        // A claim such as `aud` is one text or several (RFC 7519 §4.1.3).
        expr_constant(checker, node, type->element);
        return;
    }
    if (node->kind == NODE_RECORD && type->form == TYPE_RECORD) {
        check_record(checker, node, type);
        return;
    }
    if (!is_list && node->kind != NODE_RECORD && type->form != TYPE_RECORD) {
        check_constant(checker, node, type);
        return;
    }
    diag_report2(checker->diags, DIAG_TYPE_WANTED, node->span,
                 checker_type_wanted(checker, type->bare),
                 node->kind == NODE_RECORD ? STR("record")
                 : is_list                 ? STR("list")
                                           : STR("something else"));
}

static void unknown_field(Checker *checker, const Node *entry, const Schema *record,
                          Str owner, Str what)
{
    Diag *diag = diag_report3(
        checker->diags, DIAG_BINDING_UNKNOWN, node_name_span(entry),
        arena_format(checker->arena, "`%.*s`", STR_ARG(owner)), what, entry->text);
    Nearest nearest = nearest_start(entry->text);
    for (uint32_t i = 0; i < record->field_count; i++)
        nearest_offer(&nearest, record->fields[i].name);
    diag_suggest(diag, node_name_span(entry), &nearest);
}

void sample_check_fields(Checker *checker, const Node *arguments, const Schema *record,
                         Str owner, Str what)
{
    if (record == NULL || node_has(arguments, NODE_BROKEN))
        return;
    for (const Node *entry = node_find(arguments, NODE_ENTRY); entry != NULL;
         entry = node_find_next(entry, NODE_ENTRY)) {
        const SchemaField *field = schema_field(record, entry->text);
        if (field == NULL)
            unknown_field(checker, entry, record, owner, what);
        else
            sample_check(checker, entry->child, field->schema->type);
    }
    for (uint32_t i = 0; i < record->field_count; i++)
        if (record->fields[i].is_required &&
            entry_of(arguments, record->fields[i].name) == NULL)
            diag_report2(
                checker->diags, DIAG_SAMPLE_LACKS, arguments->span,
                arena_format(checker->arena, "the call of `%.*s`", STR_ARG(owner)),
                record->fields[i].name);
}
