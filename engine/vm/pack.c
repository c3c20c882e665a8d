// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/pack.h"

#include "engine/base/reader.h"
#include "engine/bytecode/need.h"
#include "engine/vm/vm.h"

enum { PACKED_KNOWN = 1, PACKED_ABSENT, PACKED_UNKNOWN, PACKED_UNTOLD };

// ---- packing ----

// Elements take as many bytes as if all were known, so that what is kept bounds what
// its readers cost (bytecode/cost.h).
static size_t least_of_elements(const Bundle *bundle, const BundleType *list,
                                uint64_t count)
{
    return (size_t)count * need_of_known(bundle, list->of);
}

static void pack_list(const Bundle *bundle, const BundleType *type, uint64_t fields,
                      const Value *value, Buf *out)
{
    uint64_t count = value->as.items.count;
    buf_u32le(out, (uint32_t)count);
    size_t end = out->len + least_of_elements(bundle, type, count);
    for (uint64_t i = 0; i < count; i++) {
        Value item = vm_element(bundle, value, i);
        value_pack_fields(bundle, type->of, fields, &item, out);
    }
    while (!out->failed && out->len < end)
        buf_char(out, 0);
}

static void pack_record(const Bundle *bundle, const BundleType *type, uint64_t fields,
                        const Value *value, Buf *out)
{
    for (uint32_t i = 0; i < type->count; i++) {
        Value field = vm_element(bundle, value, i);
        if (i < KEEP_FIELDS && !(fields >> i & 1))
            field.state = VALUE_ABSENT;
        value_pack(bundle, bundle->lists[type->of + i], &field, out);
    }
}

static void pack_known(const Bundle *bundle, const BundleType *type, uint64_t fields,
                       const Value *value, Buf *out)
{
    switch ((Kind)type->kind) {
    case KIND_BOOL:
        buf_char(out, (char)value->as.number);
        return;
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
        buf_u64le(out, (uint64_t)value->as.number);
        return;
    case KIND_DECIMAL:
        buf_u64le(out, value->as.decimal.lo);
        buf_u64le(out, (uint64_t)value->as.decimal.hi);
        return;
    case KIND_STRING:
        buf_u32le(out, (uint32_t)value->as.text.len);
        buf_str(out, value_str(*value));
        return;
    case KIND_IP:
    case KIND_NET:
        buf_u64le(out, value->as.ip.lo);
        buf_u64le(out, value->as.ip.hi);
        buf_u16le(out, (uint16_t)value->aux);
        return;
    case KIND_LIST:
        pack_list(bundle, type, fields, value, out);
        return;
    case KIND_RECORD:
        pack_record(bundle, type, fields, value, out);
        return;
    case KIND_JSON:
        return;
    case KIND_NONE:
    case KIND_ROW:
        break;
    }
    unreachable_bug();
}

void value_pack(const Bundle *bundle, uint32_t type, const Value *value, Buf *out)
{
    value_pack_fields(bundle, type, UINT64_MAX, value, out);
}

void value_pack_fields(const Bundle *bundle, uint32_t type, uint64_t fields,
                       const Value *value, Buf *out)
{
    static const char STATES[] = {[VALUE_KNOWN] = PACKED_KNOWN,
                                  [VALUE_UNKNOWN] = PACKED_UNKNOWN,
                                  [VALUE_ABSENT] = PACKED_ABSENT};
    bool is_untold = value->state == VALUE_UNKNOWN && value->cause == CAUSE_UNTOLD;
    buf_char(out, is_untold ? PACKED_UNTOLD : STATES[value->state]);
    if (value->state == VALUE_KNOWN)
        pack_known(bundle, &bundle->types[type], fields, value, out);
}

// ---- unpacking ----

typedef struct Unpacking {
    const Bundle *bundle;
    Reader reader;
    ValuePool *pool;
    uint32_t depth;
} Unpacking;

static Status unpack(Unpacking *from, uint32_t type, Value *out);

static Status unpack_text(Unpacking *from, Value *out)
{
    uint32_t len;
    Str text;
    TRY(reader_u32le(&from->reader, &len));
    TRY(reader_bytes(&from->reader, len, &text));
    *out = value_text(text, bundle_intern(from->bundle, text));
    return STATUS_OK;
}

static Status unpack_elements(Unpacking *from, const BundleType *type, uint32_t count,
                              Value **items)
{
    bool is_list = type->kind == KIND_LIST;
    ENSURE(from->depth < MAX_PACKED_DEPTH, STATUS_LIMIT);
    *items = value_pool_take(from->pool, count);
    ENSURE(*items, STATUS_LIMIT);
    from->depth++;
    for (uint32_t i = 0; i < count; i++)
        TRY(unpack(from, is_list ? type->of : from->bundle->lists[type->of + i],
                   &(*items)[i]));
    from->depth--;
    return STATUS_OK;
}

static Status unpack_list(Unpacking *from, const BundleType *type, Value *out)
{
    uint32_t count;
    Value *items;
    Str padding;
    TRY(reader_u32le(&from->reader, &count));
    size_t least = least_of_elements(from->bundle, type, count);
    ENSURE(count <= type->count && least <= from->reader.left, STATUS_MALFORMED);
    size_t end = from->reader.left - least;
    TRY(unpack_elements(from, type, count, &items));
    if (from->reader.left > end)
        TRY(reader_bytes(&from->reader, from->reader.left - end, &padding));
    *out = (Value){.as.items = {items, count}, .aux = NONE, .kind = KIND_LIST};
    return STATUS_OK;
}

static Status unpack_record(Unpacking *from, const BundleType *type, Value *out)
{
    Value *items;
    TRY(unpack_elements(from, type, type->count, &items));
    *out = (Value){.as.items = {items, type->count}, .aux = NONE, .kind = KIND_RECORD};
    return STATUS_OK;
}

static Status unpack_words(Unpacking *from, Kind kind, Value *out)
{
    uint64_t low = 0, high = 0;
    uint16_t aux = 0;
    *out = (Value){.kind = (uint8_t)kind};
    TRY(reader_u64le(&from->reader, &low));
    if (kind == KIND_INT || kind == KIND_DURATION || kind == KIND_TIME) {
        out->as.number = (int64_t)low;
        return STATUS_OK;
    }
    TRY(reader_u64le(&from->reader, &high));
    if (kind == KIND_DECIMAL) {
        out->as.decimal = (Decimal){(int64_t)high, low};
        return STATUS_OK;
    }
    TRY(reader_u16le(&from->reader, &aux));
    bool is_four = (aux & 0xff) == 4;
    ENSURE(is_four ? high == 0 && low <= UINT32_MAX && aux >> 8 <= 32
                   : (aux & 0xff) == 6 && aux >> 8 <= 128,
           STATUS_MALFORMED);
    out->as.ip.hi = high;
    out->as.ip.lo = low;
    out->aux = aux;
    return STATUS_OK;
}

static Status unpack_known(Unpacking *from, const BundleType *type, Value *out)
{
    uint8_t byte;
    switch ((Kind)type->kind) {
    case KIND_BOOL:
        TRY(reader_u8(&from->reader, &byte));
        *out = value_bool(byte != 0);
        return STATUS_OK;
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
    case KIND_DECIMAL:
    case KIND_IP:
    case KIND_NET:
        return unpack_words(from, (Kind)type->kind, out);
    case KIND_STRING:
        return unpack_text(from, out);
    case KIND_LIST:
        return unpack_list(from, type, out);
    case KIND_RECORD:
        return unpack_record(from, type, out);
    case KIND_JSON:
        *out = (Value){.kind = KIND_JSON};
        return STATUS_OK;
    case KIND_NONE:
    case KIND_ROW:
        break;
    }
    return STATUS_MALFORMED;
}

static Status unpack(Unpacking *from, uint32_t number, Value *out)
{
    const BundleType *type = &from->bundle->types[number];
    uint8_t state;
    TRY(reader_u8(&from->reader, &state));
    ENSURE(state >= PACKED_KNOWN && state <= PACKED_UNTOLD, STATUS_MALFORMED);
    if (state == PACKED_KNOWN)
        return unpack_known(from, type, out);
    uint16_t cause = state == PACKED_UNTOLD ? CAUSE_UNTOLD : CAUSE_OTHER;
    *out = state == PACKED_ABSENT ? value_absent((Kind)type->kind)
                                  : value_unknown((Kind)type->kind, cause);
    return STATUS_OK;
}

bool value_unpack(const Bundle *bundle, uint32_t type, Str *bytes, ValuePool *pool,
                  Value *out)
{
    Unpacking from = {.bundle = bundle, .reader = reader_over(*bytes), .pool = pool};
    if (unpack(&from, type, out) != STATUS_OK)
        return false;
    *bytes = (Str){(const char *)from.reader.at, from.reader.left};
    return true;
}
