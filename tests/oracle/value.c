// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/value.h"

Val val_absent(void)
{
    return (Val){.standing = IS_ABSENT};
}

Val val_missing(uint32_t slot)
{
    return (Val){.standing = IS_UNKNOWN, .reason = BY_MISSING, .slot = slot};
}

Val val_unknown(void)
{
    return (Val){.standing = IS_UNKNOWN, .reason = BY_OTHER};
}

Val val_bool(bool truth)
{
    return (Val){.number = truth};
}

Val val_int(int64_t number)
{
    return (Val){.number = number};
}

Val val_decimal(Decimal decimal)
{
    return (Val){.decimal = decimal};
}

Val val_text(Str text)
{
    return (Val){.text = text};
}

Val val_const(Arena *arena, const Const *value)
{
    Val out = {.number = value->number,
               .decimal = value->decimal,
               .text = value->text,
               .ip = value->ip,
               .count = value->count};
    Val *items = ARENA_ARRAY(arena, value->count + 1, Val);
    for (uint32_t i = 0; i < value->count; i++)
        items[i] = val_const(arena, &value->items[i]);
    out.items = items;
    return out;
}

Val val_merge(Val a, Val b)
{
    if (a.standing != IS_UNKNOWN)
        return b.standing == IS_KNOWN ? a : b;
    if (b.standing != IS_UNKNOWN)
        return a;
    if (a.reason != b.reason)
        return a.reason == BY_OTHER ? a : b;
    return a.slot <= b.slot ? a : b;
}

bool val_is(Val value, bool truth)
{
    return value.standing == IS_KNOWN && value.number == truth;
}

static bool same_ip(Ip a, Ip b)
{
    return a.hi == b.hi && a.lo == b.lo && a.family == b.family && a.prefix == b.prefix;
}

bool val_same(Kind kind, Val a, Val b, bool is_nocase)
{
    switch (kind) {
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
        return a.number == b.number;
    case KIND_DECIMAL:
        return a.decimal.hi == b.decimal.hi && a.decimal.lo == b.decimal.lo;
    case KIND_STRING:
        return is_nocase ? str_eq_nocase(a.text, b.text) : str_eq(a.text, b.text);
    case KIND_IP:
    case KIND_NET:
        return same_ip(a.ip, b.ip);
    case KIND_NONE:
    case KIND_LIST:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    unreachable_bug();
}

int val_order(Kind kind, Val a, Val b)
{
    if (kind == KIND_STRING)
        return str_compare(a.text, b.text);
    if (kind != KIND_DECIMAL)
        return (a.number > b.number) - (a.number < b.number);
    if (a.decimal.hi != b.decimal.hi)
        return a.decimal.hi < b.decimal.hi ? -1 : 1;
    return (a.decimal.lo > b.decimal.lo) - (a.decimal.lo < b.decimal.lo);
}
