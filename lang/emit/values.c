// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/values.h"

#include <stdlib.h>

#include "lang/emit/strings.h"

// ---- types ----

static bool is_plain(Kind kind)
{
    return kind != KIND_LIST && kind != KIND_RECORD && kind != KIND_ROW;
}

static uint32_t share_type(Emitter *emitter, Kind kind, uint32_t of, uint32_t count)
{
    BundleType type = {.kind = kind, .of = of, .count = count};
    return record_share(emitter, SECTION_TYPES, &type);
}

void types_start(Emitter *emitter)
{
    for (uint32_t kind = 0; kind < KIND_COUNT; kind++) {
        BundleType type = {.kind = is_plain((Kind)kind) ? kind : KIND_NONE};
        record_add(emitter, SECTION_TYPES, &type);
    }
    const uint32_t actor[] = {KIND_STRING, KIND_STRING};
    uint32_t strings = share_type(emitter, KIND_LIST, KIND_STRING, MAX_LIST_DEFAULT);
    List fields = emit_list_add(emitter, actor, 2);
    uint32_t record = share_type(emitter, KIND_RECORD, fields.first, fields.count);
    uint32_t chain = share_type(emitter, KIND_LIST, record, MAX_CHAIN);
    CHECK(strings == TYPE_STRINGS && record == TYPE_ACTOR && chain == TYPE_CHAIN);
}

uint32_t type_list_of(Emitter *emitter, uint32_t element, uint32_t most)
{
    if (most > MAX_DECISION_COST)
        emitter_limit(emitter, "elements of a list", most, MAX_DECISION_COST,
                      (Span){0, 0});
    return share_type(emitter, KIND_LIST, element, most);
}

uint32_t type_row_of(Emitter *emitter, uint32_t table)
{
    return share_type(emitter, KIND_ROW, table, 0);
}

static uint32_t record_type(Emitter *emitter, const Type *type)
{
    uint32_t *fields = ARENA_ARRAY(emitter->arena, type->field_count, uint32_t);
    for (uint32_t i = 0; i < type->field_count; i++)
        fields[i] = type_number(emitter, type->fields[i].type);
    List list = emit_list_add(emitter, fields, type->field_count);
    return share_type(emitter, KIND_RECORD, list.first, list.count);
}

uint32_t type_number(Emitter *emitter, const Type *type)
{
    Kind kind = type_kind(type);
    CHECK(kind != KIND_NONE);
    if (kind == KIND_LIST)
        return type_list_of(emitter, type_number(emitter, type->element), type->most);
    if (kind == KIND_RECORD)
        return record_type(emitter, type);
    if (kind == KIND_ROW)
        return type_row_of(emitter, type->table);
    return kind;
}

BundleType type_at(Emitter *emitter, uint32_t number)
{
    return *(const BundleType *)record_at(emitter, SECTION_TYPES, number);
}

Kind type_kind_of(Emitter *emitter, uint32_t number)
{
    return (Kind)type_at(emitter, number).kind;
}

uint32_t type_longer(Emitter *emitter, uint32_t a, uint32_t b)
{
    if (a == NONE || a == b)
        return b;
    return type_at(emitter, a).count > type_at(emitter, b).count ? a : b;
}

// ---- constants ----

uint32_t type_of_const(Emitter *emitter, const Const *value)
{
    if (type_kind(value->type) != KIND_LIST)
        return type_number(emitter, value->type);
    uint32_t most = 1;
    while (most < value->count)
        most *= 2;
    return type_list_of(emitter, type_number(emitter, value->type->element), most);
}

static int compare_words(const void *left, const void *right)
{
    const uint32_t *a = left;
    const uint32_t *b = right;
    return (*a > *b) - (*a < *b);
}

// The items of a list of strings in the order of their numbers, each once.
static uint32_t sort_strings(Emitter *emitter, const Const *list, uint32_t *numbers)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->count; i++)
        numbers[i] = string_number(emitter, list->items[i].text);
    qsort(numbers, list->count, sizeof *numbers, compare_words);
    for (uint32_t i = 0; i < list->count; i++)
        if (kept == 0 || numbers[kept - 1] != numbers[i])
            numbers[kept++] = numbers[i];
    return kept;
}

static BundleConst list_const(Emitter *emitter, const Const *value, uint32_t type)
{
    uint32_t element = type_at(emitter, type).of;
    uint32_t count = value->count;
    uint32_t *items = ARENA_ARRAY(emitter->arena, count, uint32_t);
    if (type_kind_of(emitter, element) == KIND_STRING) {
        count = sort_strings(emitter, value, items);
        for (uint32_t i = 0; i < count; i++)
            items[i] = record_share(emitter, SECTION_CONSTS,
                                    &(BundleConst){.type = element, .low = items[i]});
    } else {
        for (uint32_t i = 0; i < count; i++)
            items[i] = const_number(emitter, &value->items[i], element);
    }
    List list = emit_list_add(emitter, items, count);
    return (BundleConst){.type = type, .aux = list.count, .low = list.first};
}

static BundleConst make_const(Emitter *emitter, const Const *value, uint32_t type)
{
    BundleConst made = {.type = type};
    switch (type_kind_of(emitter, type)) {
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
        made.low = (uint64_t)value->number;
        return made;
    case KIND_DECIMAL:
        made.high = (uint64_t)value->decimal.hi;
        made.low = value->decimal.lo;
        return made;
    case KIND_STRING:
        made.low = string_number(emitter, value->text);
        return made;
    case KIND_IP:
    case KIND_NET:
        made.aux = value->ip.family | (uint32_t)value->ip.prefix << 8;
        made.high = value->ip.hi;
        made.low = value->ip.lo;
        return made;
    case KIND_LIST:
        return list_const(emitter, value, type);
    case KIND_NONE:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    unreachable_bug();
}

uint32_t const_number(Emitter *emitter, const Const *value, uint32_t type)
{
    BundleConst made = make_const(emitter, value, type);
    return record_share(emitter, SECTION_CONSTS, &made);
}

uint32_t const_int(Emitter *emitter, int64_t number)
{
    BundleConst made = {.type = KIND_INT, .low = (uint64_t)number};
    return record_share(emitter, SECTION_CONSTS, &made);
}

uint32_t const_atom(Emitter *emitter, const Const *value)
{
    if (type_kind(value->type) == KIND_STRING)
        return string_number(emitter, value->text);
    BundleConst made = make_const(emitter, value, type_number(emitter, value->type));
    return atom_of_number(made.high, made.low);
}

Const const_folded(Emitter *emitter, const Const *text)
{
    Const folded = *text;
    char *at = arena_alloc(emitter->arena, text->text.len + 1);
    for (size_t i = 0; i < text->text.len; i++) {
        char c = text->text.at[i];
        at[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    folded.text = (Str){at, text->text.len};
    return folded;
}
