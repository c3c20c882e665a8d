// SPDX-License-Identifier: Apache-2.0
#include "lang/check/literal.h"

#include <stdlib.h>
#include <string.h>

#include "lang/check/expr.h"

static Const *value_of(Checker *checker, const Type *type)
{
    Const *value = ARENA_NEW(checker->arena, Const);
    value->type = type;
    return value;
}

const Const *literal_text(Checker *checker, const Type *type, Str text)
{
    Const *value = value_of(checker, type);
    value->text = text;
    return value;
}

const Const *literal_number(Checker *checker, TypeForm form, int64_t number)
{
    Const *value = value_of(checker, type_plain(checker->types, form));
    value->number = number;
    return value;
}

const Const *literal_decimal(Checker *checker, Decimal number)
{
    Const *value = value_of(checker, type_plain(checker->types, TYPE_DECIMAL));
    value->decimal = number;
    return value;
}

static const Const *address(Checker *checker, TypeForm form, Ip ip)
{
    Const *value = value_of(checker, type_plain(checker->types, form));
    value->ip = ip;
    return value;
}

// The digits without the underscores between them.
static Str plain_digits(Checker *checker, Str text)
{
    Buf digits = buf_on(checker->arena);
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] != '_')
            buf_char(&digits, text.at[i]);
    return buf_view(&digits);
}

static const Const *number_value(Checker *checker, const Node *node)
{
    Str digits = plain_digits(checker, node->text);
    int64_t number = 0;
    Decimal decimal = {0};
    if (node->kind == NODE_INT && i64_parse(digits, &number))
        return literal_number(checker, TYPE_INT, number);
    if (node->kind == NODE_DECIMAL && decimal_parse(digits, &decimal))
        return literal_decimal(checker, decimal);
    diag_report1(checker->diags, DIAG_NUMBER_RANGE, node->span, node->text);
    return NULL;
}

static const Const *address_value(Checker *checker, const Node *node)
{
    Ip ip = {0};
    if (node->kind == NODE_ADDRESS && ip_parse(node->text, &ip))
        return address(checker, TYPE_IP, ip);
    if (node->kind == NODE_NETWORK && net_parse(node->text, &ip))
        return address(checker, TYPE_NET, ip);
    Diag *diag =
        diag_report1(checker->diags, DIAG_ADDRESS_INVALID, node->span, node->text);
    if (node->kind == NODE_NETWORK)
        diag_help(
            diag,
            STR("every bit past the prefix has to be 0: 10.0.0.0/8, not 10.1.0.0/8"));
    return NULL;
}

static const Const *duration_value(Checker *checker, const Node *node)
{
    int64_t nanoseconds = 0;
    if (duration_parse(node->text, &nanoseconds))
        return literal_number(checker, TYPE_DURATION, nanoseconds);
    diag_report1(checker->diags, DIAG_NUMBER_RANGE, node->span, node->text);
    return NULL;
}

const Const *literal_value(Checker *checker, const Node *node)
{
    if (node->kind == NODE_STRING)
        return literal_text(checker, type_plain(checker->types, TYPE_STRING),
                            node->text);
    if (node->kind == NODE_TRUE || node->kind == NODE_FALSE)
        return literal_number(checker, TYPE_BOOL, node->kind == NODE_TRUE);
    if (node->kind == NODE_DURATION)
        return duration_value(checker, node);
    if (node->kind == NODE_ADDRESS || node->kind == NODE_NETWORK)
        return address_value(checker, node);
    return number_value(checker, node);
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_addresses(Ip a, Ip b)
{
    int order = compare_u64(a.family, b.family);
    order = order != 0 ? order : compare_u64(a.hi, b.hi);
    order = order != 0 ? order : compare_u64(a.lo, b.lo);
    return order != 0 ? order : compare_u64(a.prefix, b.prefix);
}

static int compare_items(const Const *a, const Const *b)
{
    uint32_t shorter = a->count < b->count ? a->count : b->count;
    for (uint32_t i = 0; i < shorter; i++) {
        int order = literal_compare(&a->items[i], &b->items[i]);
        if (order != 0)
            return order;
    }
    return compare_u64(a->count, b->count);
}

int literal_compare(const Const *a, const Const *b)
{
    switch (type_kind(a->type)) {
    case KIND_STRING:
        return str_compare(a->text, b->text);
    case KIND_DECIMAL:
        return decimal_compare(a->decimal, b->decimal);
    case KIND_IP:
    case KIND_NET:
        return compare_addresses(a->ip, b->ip);
    case KIND_LIST:
    case KIND_RECORD:
        return compare_items(a, b);
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
    case KIND_NONE:
    case KIND_ROW:
    case KIND_JSON:
        return (a->number > b->number) - (a->number < b->number);
    }
    unreachable_bug();
}

static int compare_consts(const void *a, const void *b)
{
    return literal_compare(a, b);
}

const Const *literal_set(Checker *checker, const Type *element, const Const *items,
                         uint32_t count)
{
    Const *kept = ARENA_ARRAY(checker->arena, count > 0 ? count : 1, Const);
    uint32_t kept_count = 0;
    if (count > 0) {
        memcpy(kept, items, count * sizeof *items);
        qsort(kept, count, sizeof *kept, compare_consts);
    }
    for (uint32_t i = 0; i < count; i++)
        if (kept_count == 0 || literal_compare(&kept[kept_count - 1], &kept[i]) != 0)
            kept[kept_count++] = kept[i];
    Const *set = value_of(checker, type_set(checker->types, element, kept_count));
    set->items = kept;
    set->count = kept_count;
    return set;
}

static const Const *set_convert(Checker *checker, const Const *set, const Type *want)
{
    Const *items = ARENA_ARRAY(checker->arena, set->count > 0 ? set->count : 1, Const);
    for (uint32_t i = 0; i < set->count; i++) {
        const Const *item = literal_convert(checker, &set->items[i], want->element);
        if (item == NULL)
            return NULL;
        items[i] = *item;
    }
    Const *made = value_of(checker, want);
    made->items = items;
    made->count = set->count;
    return made;
}

// A text becomes what the type makes of it.
static const Const *text_convert(Checker *checker, const Const *value, const Type *want)
{
    int64_t time = 0;
    Ip ip = {0};
    if (want->form == TYPE_TIME && time_parse(value->text, &time))
        return literal_number(checker, TYPE_TIME, time);
    if (want->form == TYPE_IP && ip_parse(value->text, &ip))
        return address(checker, TYPE_IP, ip);
    if (want->form == TYPE_NET && net_parse(value->text, &ip))
        return address(checker, TYPE_NET, ip);
    if (want->form == TYPE_ENUM &&
        !array_has_text(want->values, want->value_count, value->text))
        return NULL;
    return type_is_text(want) ? literal_text(checker, want, value->text) : NULL;
}

const Const *literal_convert(Checker *checker, const Const *value, const Type *want)
{
    const Type *have = value->type;
    want = want->bare;
    if (have == want)
        return value;
    if (type_is_text(have))
        return text_convert(checker, value, want);
    if (have->form == TYPE_INT && want->form == TYPE_DECIMAL)
        return literal_decimal(checker, decimal_from_i64(value->number));
    if (have->form == TYPE_IP && want->form == TYPE_NET)
        return address(checker, TYPE_NET, value->ip);
    if (type_is_list(have) && type_is_list(want))
        return set_convert(checker, value, want);
    return NULL;
}

static void show(Buf *buf, const Const *value)
{
    switch (type_kind(value->type)) {
    case KIND_STRING:
        buf_printf(buf, "\"%.*s\"", STR_ARG(value->text));
        return;
    case KIND_BOOL:
        buf_c(buf, value->number != 0 ? "true" : "false");
        return;
    case KIND_DECIMAL:
        decimal_format(buf, value->decimal);
        return;
    case KIND_DURATION:
        duration_format(buf, value->number);
        return;
    case KIND_TIME:
        time_format(buf, value->number);
        return;
    case KIND_IP:
    case KIND_NET:
        ip_format(buf, value->ip);
        return;
    case KIND_LIST:
    case KIND_RECORD:
        buf_c(buf, "{");
        for (uint32_t i = 0; i < value->count; i++) {
            buf_c(buf, i > 0 ? ", " : "");
            show(buf, &value->items[i]);
        }
        buf_c(buf, "}");
        return;
    case KIND_INT:
    case KIND_NONE:
    case KIND_ROW:
    case KIND_JSON:
        buf_i64(buf, value->number);
        return;
    }
    unreachable_bug();
}

Str literal_show(Checker *checker, const Const *value)
{
    Buf buf = buf_on(checker->arena);
    show(&buf, value);
    return buf_view(&buf);
}
