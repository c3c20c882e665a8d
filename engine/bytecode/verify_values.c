// SPDX-License-Identifier: Apache-2.0
// META, strings, types and constants.
#include "engine/bytecode/verify_parts.h"

#include "engine/base/utf8.h"

static bool is_power_of_two(uint32_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

static bool check_string_ends(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    uint32_t before = 0;
    for (uint32_t i = 0; i < bundle->string_ends_count; i++) {
        NEED(bundle->string_ends[i] >= before, STRING_ENDS, STRING_ENDS, i);
        before = bundle->string_ends[i];
    }
    NEED(before == bundle->string_bytes_count, STRING_ENDS, STRING_ENDS,
         bundle->string_ends_count);
    for (uint32_t i = 0; i < bundle->string_ends_count; i++)
        NEED(utf8_is_valid(bundle_string(bundle, i)), STRING_UTF8, STRING_ENDS, i);
    return true;
}

// That each interned string is found under its own number also shows that they differ.
static bool check_intern(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    uint32_t held = 0;
    NEED(is_power_of_two(bundle->intern_count), INTERN_SIZE, INTERN, 0);
    for (uint32_t i = 0; i < bundle->intern_count; i++) {
        if (bundle->intern[i] == NONE)
            continue;
        NEED(bundle->intern[i] < bundle->meta->interned, INTERN_ENTRY, INTERN, i);
        held++;
    }
    NEED(held < bundle->intern_count, INTERN_SIZE, INTERN, 0);
    NEED(held == bundle->meta->interned, INTERN_ENTRY, INTERN, 0);
    NEED(verify_is_sparse(bundle->intern, bundle->intern_count, 1, NONE), INTERN_ENTRY,
         INTERN, 0);
    for (uint32_t i = 0; i < bundle->meta->interned; i++)
        NEED(bundle_intern(bundle, bundle_string(bundle, i)) == i, INTERN_ENTRY,
             STRING_ENDS, i);
    return true;
}

static bool check_meta(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    NEED(bundle->meta_count == 1, META, META, 0);
    const BundleMeta *meta = bundle->meta;
    NEED(meta->reserved == 0 && meta->interned <= bundle->string_ends_count, META, META,
         0);
    NEED(meta->users_table == NONE || meta->users_table < bundle->tables_count, META,
         META, 0);
    ALSO(verify_string(verifier, meta->package, false, SECTION_META, 0));
    ALSO(verify_string(verifier, meta->compiler, false, SECTION_META, 0));
    List sources = {meta->sources, meta->source_count};
    ALSO(verify_list(verifier, sources, SECTION_META, 0));
    for (uint32_t i = 0; i < sources.count; i++)
        ALSO(verify_string(verifier, bundle->lists[sources.first + i], false,
                           SECTION_META, 0));
    return true;
}

// ---- types ----

static bool is_plain(Kind kind)
{
    return kind != KIND_NONE && kind != KIND_LIST && kind != KIND_RECORD &&
           kind != KIND_ROW;
}

static bool check_record_type(Verifier *verifier, uint32_t index)
{
    const BundleType *type = &verifier->bundle->types[index];
    List fields = {type->of, type->count};
    ALSO(verify_list(verifier, fields, SECTION_TYPES, index));
    for (uint32_t i = 0; i < fields.count; i++)
        NEED(verifier->bundle->lists[fields.first + i] < index, TYPE, TYPES, index);
    return true;
}

static bool check_type(Verifier *verifier, uint32_t index)
{
    const BundleType *type = &verifier->bundle->types[index];
    NEED(type->kind < KIND_COUNT && type->reserved == 0, TYPE, TYPES, index);
    switch ((Kind)type->kind) {
    case KIND_LIST:
        NEED(type->of < index, TYPE, TYPES, index);
        NEED(type->count <= MAX_DECISION_COST, TYPE, TYPES, index);
        return true;
    case KIND_RECORD:
        return check_record_type(verifier, index);
    case KIND_ROW:
        NEED(type->of < verifier->bundle->tables_count && type->count == 0, TYPE, TYPES,
             index);
        return true;
    case KIND_NONE:
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DECIMAL:
    case KIND_STRING:
    case KIND_DURATION:
    case KIND_TIME:
    case KIND_IP:
    case KIND_NET:
    case KIND_JSON:
        break;
    }
    NEED(type->of == 0 && type->count == 0, TYPE, TYPES, index);
    NEED(type->kind != KIND_NONE || index < KIND_COUNT, TYPE, TYPES, index);
    return true;
}

// The plain types by their kinds, then the three that fixed slots have.
static bool check_fixed_types(Verifier *verifier)
{
    const BundleType *types = verifier->bundle->types;
    const uint32_t *lists = verifier->bundle->lists;
    NEED(verifier->bundle->types_count >= TYPE_FIXED_COUNT, FIXED_TYPE, TYPES, 0);
    for (uint32_t i = 0; i < KIND_COUNT; i++)
        NEED(types[i].kind == (is_plain((Kind)i) ? i : KIND_NONE), FIXED_TYPE, TYPES,
             i);
    const BundleType *actor = &types[TYPE_ACTOR];
    NEED(types[TYPE_STRINGS].kind == KIND_LIST &&
             types[TYPE_STRINGS].of == KIND_STRING &&
             types[TYPE_STRINGS].count == MAX_LIST_DEFAULT,
         FIXED_TYPE, TYPES, TYPE_STRINGS);
    NEED(actor->kind == KIND_RECORD && actor->count == 2 &&
             lists[actor->of] == KIND_STRING && lists[actor->of + 1] == KIND_STRING,
         FIXED_TYPE, TYPES, TYPE_ACTOR);
    NEED(types[TYPE_CHAIN].kind == KIND_LIST && types[TYPE_CHAIN].of == TYPE_ACTOR &&
             types[TYPE_CHAIN].count == MAX_CHAIN,
         FIXED_TYPE, TYPES, TYPE_CHAIN);
    return true;
}

// ---- constants ----

static bool check_const_list(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleConst *list = &bundle->consts[index];
    uint32_t element = bundle->types[list->type].of;
    bool is_strings = bundle->types[element].kind == KIND_STRING;
    NEED(list->high == 0 && list->low <= UINT32_MAX, CONST_LIST, CONSTS, index);
    List items = {(uint32_t)list->low, list->aux};
    ALSO(verify_list(verifier, items, SECTION_CONSTS, index));
    NEED(items.count <= bundle->types[list->type].count, CONST_LIST, CONSTS, index);
    for (uint32_t i = 0; i < items.count; i++) {
        uint32_t item = bundle->lists[items.first + i];
        NEED(item < index && bundle->consts[item].type == element, CONST_LIST, CONSTS,
             index);
        NEED(!is_strings || i == 0 ||
                 bundle->consts[bundle->lists[items.first + i - 1]].low <
                     bundle->consts[item].low,
             CONST_LIST, CONSTS, index);
    }
    return true;
}

static bool is_ip(const BundleConst *value)
{
    uint32_t family = value->aux & 0xff, prefix = value->aux >> 8;
    if (family == 4)
        return prefix <= 32 && value->high == 0 && value->low <= UINT32_MAX;
    return family == 6 && prefix <= 128;
}

static bool check_const(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleConst *value = &bundle->consts[index];
    NEED(value->type < bundle->types_count, CONST_TYPE, CONSTS, index);
    switch ((Kind)bundle->types[value->type].kind) {
    case KIND_BOOL:
        NEED(value->aux == 0 && value->high == 0 && value->low <= 1, CONST_TYPE, CONSTS,
             index);
        return true;
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
        NEED(value->aux == 0 && value->high == 0, CONST_TYPE, CONSTS, index);
        return true;
    case KIND_DECIMAL:
        NEED(value->aux == 0, CONST_TYPE, CONSTS, index);
        return true;
    case KIND_STRING:
        NEED(value->aux == 0 && value->high == 0 && value->low < bundle->meta->interned,
             CONST_TYPE, CONSTS, index);
        return true;
    case KIND_IP:
    case KIND_NET:
        NEED(is_ip(value), CONST_TYPE, CONSTS, index);
        return true;
    case KIND_LIST:
        return check_const_list(verifier, index);
    case KIND_NONE:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    return verify_fail(verifier, VERIFY_CONST_TYPE, SECTION_CONSTS, index);
}

bool verify_values(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    ALSO(check_string_ends(verifier));
    ALSO(check_meta(verifier));
    ALSO(check_intern(verifier));
    for (uint32_t i = 0; i < bundle->types_count; i++)
        ALSO(check_type(verifier, i));
    ALSO(check_fixed_types(verifier));
    for (uint32_t i = 0; i < bundle->consts_count; i++)
        ALSO(check_const(verifier, i));
    return true;
}
