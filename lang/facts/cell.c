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

// Always false, as the value that wasn't read.
static bool report_type(CellReader *reader, const Fact *fact, const Type *type)
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
    return false;
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

// ---- sets and lists ----

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

static bool read_value(CellReader *reader, const Fact *fact, const Type *type,
                       Const *out);

// Adds an item to a list, or puts it into its place in a set. False after a mistake.
static bool add_item(CellReader *reader, const Fact *fact, const Type *type,
                     Const *items, uint32_t *count)
{
    Const item;
    if (fact_is_absent(fact))
        return report_type(reader, fact, type->element);
    if (!read_value(reader, fact, type->element, &item))
        return false;
    if (type->form == TYPE_SET && has_order(type->element))
        *count = insert_item(items, *count, &item);
    else
        items[(*count)++] = item;
    return true;
}

// The pieces of a CSV cell, set apart by `;`.
static bool read_pieces(CellReader *reader, const Fact *cell, const Type *type,
                        Const *items, uint32_t *count)
{
    Cut cut = {.tail = cell->text, .found = cell->text.len > 0};
    while (cut.found) {
        cut = str_cut(cut.tail, ';');
        Fact piece = {.kind = FACT_CELL, .text = cut.head, .span = cell->span};
        if (!add_item(reader, &piece, type, items, count))
            return false;
    }
    return true;
}

static uint32_t count_pieces(Str text)
{
    uint32_t count = text.len > 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.at[i] == ';';
    return count;
}

static bool read_items(CellReader *reader, const Fact *fact, const Type *type,
                       Const *out)
{
    bool is_cell = fact->kind == FACT_CELL;
    if (!is_cell && fact->kind != FACT_LIST)
        return report_type(reader, fact, type);
    uint32_t most = is_cell ? count_pieces(fact->text) : fact->count;
    if (most > type->most) {
        diag_report2(reader->diags, DIAG_FACTS_LIMIT, fact->span,
                     arena_format(reader->arena, "`%.*s`", STR_ARG(reader->column)),
                     arena_format(reader->arena, "%u elements", type->most));
        return false;
    }
    Const *items = ARENA_ARRAY(reader->arena, most, Const);
    *out = (Const){.type = type, .items = items};
    if (is_cell)
        return read_pieces(reader, fact, type, items, &out->count);
    for (const Fact *part = fact->first; part != NULL; part = part->next)
        if (!add_item(reader, part, type, items, &out->count))
            return false;
    return true;
}

// Recursion ends with the type.
static bool read_value(CellReader *reader, const Fact *fact, const Type *type,
                       Const *out)
{
    type = type->is_optional ? type->bare : type;
    if (type->form == TYPE_SET || type->form == TYPE_LIST)
        return read_items(reader, fact, type, out);
    *out = (Const){.type = type};
    return read_scalar(reader, fact, type, out) || report_type(reader, fact, type);
}

const Const *cell_value(CellReader *reader, const Fact *fact, const Type *type)
{
    Const value;
    if (!read_value(reader, fact, type, &value))
        return NULL;
    Const *made = ARENA_NEW(reader->arena, Const);
    *made = value;
    return made;
}
