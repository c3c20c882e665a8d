// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/cell.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/bug.h"
#include "lang/source/diag.h"

// ---- texts ----

Str cell_fold(Arena *arena, Str text)
{
    char *folded = ARENA_ARRAY(arena, text.len + 1, char);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        folded[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (Str){folded, text.len};
}

static bool has_space(Str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] <= ' ' || text.at[i] == 0x7f)
            return true;
    return false;
}

// Something on both sides of one `@`.
static bool is_email(Str text)
{
    Cut cut = str_cut(text, '@');
    return cut.found && cut.head.len > 0 && cut.tail.len > 0 && !has_space(text) &&
           !str_cut(cut.tail, '@').found;
}

// scheme ":" and something behind it (RFC 3986 §3.1).
static bool is_uri(Str text)
{
    Cut cut = str_cut(text, ':');
    if (!cut.found || cut.head.len == 0 || cut.tail.len == 0 || has_space(text))
        return false;
    for (size_t i = 0; i < cut.head.len; i++) {
        char c = cut.head.at[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (!is_letter && (i == 0 || !is_other))
            return false;
    }
    return true;
}

static bool is_enum_value(const Type *type, Str text)
{
    for (uint32_t i = 0; i < type->value_count; i++)
        if (str_eq(type->values[i], text))
            return true;
    return false;
}

// ---- messages ----

Str cell_type_text(Arena *arena, const Type *type)
{
    Buf out = buf_on(arena);
    if (type->form != TYPE_ENUM) {
        buf_char(&out, '`');
        type_format(&out, type->bare);
        buf_char(&out, '`');
        return buf_view(&out);
    }
    buf_c(&out, "one of ");
    uint32_t shown = type->value_count < 8 ? type->value_count : 8;
    for (uint32_t i = 0; i < shown; i++)
        buf_printf(&out, "%s`%.*s`", i == 0 ? "" : ", ", STR_ARG(type->values[i]));
    if (shown < type->value_count)
        buf_printf(&out, " and %u more", type->value_count - shown);
    return buf_view(&out);
}

static const char *help_for(const Fact *fact, const Type *type)
{
    if (fact->kind == FACT_NUMBER && type_kind(type) == KIND_STRING)
        return "put it in quotes";
    Kind kind = type_kind(type);
    bool is_bare = kind == KIND_BOOL || kind == KIND_INT || kind == KIND_DECIMAL;
    if (fact->kind == FACT_STRING && is_bare)
        return "write it without quotes";
    switch (kind) {
    case KIND_BOOL:
        return "write `true` or `false`";
    case KIND_DURATION:
        return "write it like 30s, 15m, 24h or 14d";
    case KIND_TIME:
        return "write it like 2026-03-02T09:00:00Z or 2026-03-02";
    case KIND_NET:
        return "write it like 10.0.0.0/8; all bits past the prefix are 0";
    case KIND_NONE:
    case KIND_INT:
    case KIND_DECIMAL:
    case KIND_STRING:
    case KIND_IP:
    case KIND_LIST:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        return NULL;
    }
    unreachable_bug();
}

static const Const *report_type(CellReader *reader, const Fact *fact, const Type *type)
{
    Diag *diag = diag_report3(reader->diags, DIAG_CELL_TYPE, fact->span, reader->column,
                              cell_type_text(reader->arena, type),
                              fact_describe(reader->arena, fact));
    const char *help = help_for(fact, type);
    if (help != NULL)
        diag_help(diag, str_from_c(help));
    if (type->form == TYPE_ENUM && fact_is_text(fact)) {
        Nearest nearest = nearest_start(fact->text);
        for (uint32_t i = 0; i < type->value_count; i++)
            nearest_offer(&nearest, type->values[i]);
        diag_suggest(diag, fact->span, &nearest);
    }
    return NULL;
}

// ---- scalars ----

static bool read_text(CellReader *reader, const Fact *fact, const Type *type,
                      Const *out)
{
    if (!fact_is_text(fact))
        return false;
    out->text = reader->is_nocase ? cell_fold(reader->arena, fact->text) : fact->text;
    switch (type->form) {
    case TYPE_EMAIL:
        return is_email(out->text);
    case TYPE_URI:
        return is_uri(out->text);
    case TYPE_ENUM:
        return is_enum_value(type, out->text);
    case TYPE_STRING:
    case TYPE_KEY:
        return true;
    case TYPE_POISON:
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_DECIMAL:
    case TYPE_DURATION:
    case TYPE_TIME:
    case TYPE_IP:
    case TYPE_NET:
    case TYPE_SET:
    case TYPE_LIST:
    case TYPE_RECORD:
    case TYPE_TUPLE:
    case TYPE_JSON:
    case TYPE_ROW:
    case TYPE_ENTITY:
        return false;
    }
    unreachable_bug();
}

static bool read_bool(const Fact *fact, Const *out)
{
    out->number = str_eq(fact->text, STR("true"));
    return fact->kind != FACT_STRING && fact->kind != FACT_NUMBER &&
           (out->number == 1 || str_eq(fact->text, STR("false")));
}

// Numbers as the language writes them; JSON's may be written with a fraction of zeros.
static bool read_number(const Fact *fact, const Type *type, Const *out)
{
    if (fact->kind == FACT_STRING || fact->kind == FACT_BOOL)
        return false;
    if (type->form == TYPE_INT && i64_parse(fact->text, &out->number))
        return true;
    if (!decimal_parse(fact->text, &out->decimal))
        return false;
    return type->form == TYPE_DECIMAL ||
           (fact->kind == FACT_NUMBER && decimal_to_i64(out->decimal, &out->number));
}

static bool read_scalar(CellReader *reader, const Fact *fact, const Type *type,
                        Const *out)
{
    if (fact->kind == FACT_LIST || fact->kind == FACT_MAP || fact->kind == FACT_NULL)
        return false;
    switch (type_kind(type)) {
    case KIND_BOOL:
        return read_bool(fact, out);
    case KIND_INT:
    case KIND_DECIMAL:
        return read_number(fact, type, out);
    case KIND_STRING:
        return read_text(reader, fact, type, out);
    case KIND_DURATION:
        return fact_is_text(fact) && duration_parse(fact->text, &out->number);
    case KIND_TIME:
        return fact_is_text(fact) && time_parse(fact->text, &out->number);
    case KIND_IP:
        return fact_is_text(fact) && ip_parse(fact->text, &out->ip);
    case KIND_NET:
        return fact_is_text(fact) && net_parse(fact->text, &out->ip);
    case KIND_NONE:
    case KIND_LIST:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        return false;
    }
    unreachable_bug();
}

// ---- sets, lists and records ----

// The order of two scalars of one type.
static int compare(const Const *a, const Const *b)
{
    switch (type_kind(a->type)) {
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
        return (a->number > b->number) - (a->number < b->number);
    case KIND_DECIMAL:
        return decimal_compare(a->decimal, b->decimal);
    case KIND_STRING:
        return str_compare(a->text, b->text);
    case KIND_IP:
    case KIND_NET:
        if (a->ip.family != b->ip.family)
            return a->ip.family < b->ip.family ? -1 : 1;
        if (a->ip.hi != b->ip.hi)
            return a->ip.hi < b->ip.hi ? -1 : 1;
        if (a->ip.lo != b->ip.lo)
            return a->ip.lo < b->ip.lo ? -1 : 1;
        return a->ip.prefix - b->ip.prefix;
    case KIND_NONE:
    case KIND_LIST:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    unreachable_bug();
}

static bool has_order(const Type *type)
{
    Kind kind = type_kind(type);
    return kind != KIND_NONE && kind < KIND_LIST;
}

// Puts an item into its place among `count` ascending ones, unless it is there.
static uint32_t insert_item(Const *items, uint32_t count, const Const *item)
{
    uint32_t at = count;
    while (at > 0 && compare(&items[at - 1], item) > 0)
        at--;
    if (at > 0 && compare(&items[at - 1], item) == 0)
        return count;
    memmove(&items[at + 1], &items[at], (count - at) * sizeof *items);
    items[at] = *item;
    return count + 1;
}

// The pieces of a CSV cell as a list.
static Fact *split_cell(Arena *arena, const Fact *cell)
{
    Fact *list = ARENA_NEW(arena, Fact);
    *list = (Fact){.kind = FACT_LIST, .span = cell->span};
    Cut cut = {.tail = cell->text, .found = cell->text.len > 0};
    while (cut.found) {
        cut = str_cut(cut.tail, ';');
        Fact *piece = ARENA_NEW(arena, Fact);
        *piece = (Fact){.kind = FACT_CELL, .text = cut.head, .span = cell->span};
        fact_append(list, piece);
    }
    return list;
}

static const Const *read_items(CellReader *reader, const Fact *fact, const Type *type)
{
    if (fact->kind == FACT_CELL)
        fact = split_cell(reader->arena, fact);
    if (fact->kind != FACT_LIST)
        return report_type(reader, fact, type);
    if (fact->count > type->most) {
        diag_report2(reader->diags, DIAG_FACTS_LIMIT, fact->span,
                     arena_format(reader->arena, "`%.*s`", STR_ARG(reader->column)),
                     arena_format(reader->arena, "%u elements", type->most));
        return NULL;
    }
    Const *items = ARENA_ARRAY(reader->arena, fact->count, Const);
    uint32_t count = 0;
    bool is_set = type->form == TYPE_SET && has_order(type->element);
    for (const Fact *part = fact->first; part != NULL; part = part->next) {
        const Const *item = fact_is_absent(part)
                                ? report_type(reader, part, type->element)
                                : cell_value(reader, part, type->element);
        if (item == NULL)
            return NULL;
        if (is_set)
            count = insert_item(items, count, item);
        else
            items[count++] = *item;
    }
    Const *value = ARENA_NEW(reader->arena, Const);
    *value = (Const){.type = type, .items = items, .count = count};
    return value;
}

// Every member must be a field. A field that is absent has a value without a type.
static const Const *read_record(CellReader *reader, const Fact *fact, const Type *type)
{
    if (fact->kind != FACT_MAP)
        return report_type(reader, fact, type);
    for (const Fact *member = fact->first; member != NULL; member = member->next) {
        if (type_field(type, member->name) == NONE) {
            diag_report2(reader->diags, DIAG_MEMBER_UNKNOWN, member->name_span,
                         reader->column, member->name);
            return NULL;
        }
    }
    Const *items = ARENA_ARRAY(reader->arena, type->field_count, Const);
    for (uint32_t i = 0; i < type->field_count; i++) {
        const TypeField *field = &type->fields[i];
        const Fact *member = fact_member(fact, field->name);
        if (fact_is_absent(member) && field->type->is_optional)
            continue;
        if (fact_is_absent(member)) {
            diag_report1(reader->diags, DIAG_CELL_MISSING, fact->span, field->name);
            return NULL;
        }
        const Const *value = cell_value(reader, member, field->type);
        if (value == NULL)
            return NULL;
        items[i] = *value;
    }
    Const *record = ARENA_NEW(reader->arena, Const);
    *record = (Const){.type = type, .items = items, .count = type->field_count};
    return record;
}

const Const *cell_value(CellReader *reader, const Fact *fact, const Type *type)
{
    type = type->is_optional ? type->bare : type;
    if (type->form == TYPE_POISON)
        return NULL;
    if (type->form == TYPE_SET || type->form == TYPE_LIST)
        return read_items(reader, fact, type);
    if (type->form == TYPE_RECORD)
        return read_record(reader, fact, type);
    Const value = {.type = type};
    if (type->form != TYPE_JSON && !read_scalar(reader, fact, type, &value))
        return report_type(reader, fact, type);
    Const *made = ARENA_NEW(reader->arena, Const);
    *made = value;
    return made;
}
