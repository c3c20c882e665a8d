// SPDX-License-Identifier: Apache-2.0
#include "engine/base/cbor.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/utf8.h"

// The upper three bits of an item's first byte (RFC 8949 §3.1).
enum {
    MAJOR_UINT,
    MAJOR_NEGATIVE,
    MAJOR_BYTES,
    MAJOR_TEXT,
    MAJOR_ARRAY,
    MAJOR_MAP,
    MAJOR_TAG,
    MAJOR_SIMPLE,
};

enum {
    INFO_U8 = 24, // the lower five bits: the number stands in the next 1, 2, 4, 8 bytes
    INFO_U16,
    INFO_U32,
    INFO_U64,
    SIMPLE_FALSE = 20,
    SIMPLE_TRUE,
    SIMPLE_NULL,
    TAG_DECIMAL = 4,
};

typedef struct Head {
    uint8_t major;
    uint8_t info;
    uint64_t number;
} Head;

// The levels are left as they are: one is written when it opens, and clearing all
// sixteen took a tenth of the time of decoding a request.
CborReader cbor_reader(Str bytes, uint32_t max_items)
{
    CborReader reader;
    reader.bytes = reader_over(bytes);
    reader.items_left = max_items;
    reader.depth = 0;
    reader.why = NULL;
    return reader;
}

Str cbor_since(const CborReader *reader, const uint8_t *start)
{
    return (Str){(const char *)start, (size_t)(reader->bytes.at - start)};
}

static Status fail(CborReader *reader, Status status, const char *why)
{
    reader->why = why;
    return status;
}

static Status take_number(Reader *bytes, uint8_t info, uint64_t *number)
{
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    switch (info) {
    case INFO_U16:
        TRY(reader_u16be(bytes, &u16));
        *number = u16;
        return STATUS_OK;
    case INFO_U32:
        TRY(reader_u32be(bytes, &u32));
        *number = u32;
        return STATUS_OK;
    case INFO_U64:
        return reader_u64be(bytes, number);
    case INFO_U8:
        TRY(reader_u8(bytes, &u8));
    }
    *number = u8;
    return STATUS_OK;
}

// A number behind its head is in its shortest form if a form of half the size could not
// hold it.
static bool is_shortest(Head head)
{
    static const uint64_t least[] = {INFO_U8, 0x100, 0x10000, 0x100000000};
    return head.number >= least[head.info - INFO_U8];
}

static Status take_head(CborReader *reader, Head *head)
{
    uint8_t first = 0;
    if (reader_u8(&reader->bytes, &first) != STATUS_OK)
        return fail(reader, STATUS_MALFORMED, "it ends early");
    *head = (Head){.major = first >> 5, .info = first & 31, .number = first & 31};
    if (head->info < INFO_U8)
        return STATUS_OK;
    if (head->info > INFO_U64)
        return fail(reader, STATUS_MALFORMED, "an indefinite or reserved length");
    if (take_number(&reader->bytes, head->info, &head->number) != STATUS_OK)
        return fail(reader, STATUS_MALFORMED, "it ends early");
    if (head->major != MAJOR_SIMPLE && !is_shortest(*head))
        return fail(reader, STATUS_MALFORMED, "a number not in its shortest form");
    return STATUS_OK;
}

static Status take_bytes(CborReader *reader, Head head, CborItem *item)
{
    if (head.number > reader->bytes.left)
        return fail(reader, STATUS_MALFORMED, "it ends early");
    TRY(reader_bytes(&reader->bytes, (size_t)head.number, &item->bytes));
    item->kind = head.major == MAJOR_TEXT ? CBOR_TEXT : CBOR_BYTES;
    if (head.major == MAJOR_TEXT && !utf8_is_valid(item->bytes))
        return fail(reader, STATUS_MALFORMED, "a text that is not UTF-8");
    return STATUS_OK;
}

// The head of an array or map. Each item takes a byte at least, so that a count which
// the bytes can't hold is refused before anyone believes it.
static Status take_container(CborReader *reader, Head head, CborItem *item)
{
    bool is_map = head.major == MAJOR_MAP;
    item->kind = is_map ? CBOR_MAP : CBOR_ARRAY;
    item->number = head.number;
    if (head.number > reader->bytes.left / (is_map ? 2 : 1))
        return fail(reader, STATUS_MALFORMED, "it ends early");
    if (head.number == 0)
        return STATUS_OK;
    if (reader->depth == CBOR_MAX_DEPTH)
        return fail(reader, STATUS_LIMIT, "nested deeper than 16");
    reader->levels[reader->depth++] =
        (CborLevel){.left = is_map ? 2 * head.number : head.number, .is_map = is_map};
    return STATUS_OK;
}

static Status take_i64(CborReader *reader, int64_t *number)
{
    Head head;
    TRY(take_head(reader, &head));
    if (head.major > MAJOR_NEGATIVE || head.number > INT64_MAX)
        return fail(reader, STATUS_MALFORMED,
                    "a decimal fraction of no 64-bit integers");
    int64_t magnitude = (int64_t)head.number;
    *number = head.major == MAJOR_NEGATIVE ? -1 - magnitude : magnitude;
    return STATUS_OK;
}

// What follows tag 4: [exponent, mantissa].
static Status take_decimal(CborReader *reader, CborItem *item)
{
    Head head;
    item->kind = CBOR_DECIMAL;
    TRY(take_head(reader, &head));
    if (head.major != MAJOR_ARRAY || head.number != 2)
        return fail(reader, STATUS_MALFORMED, "a decimal fraction of no two integers");
    TRY(take_i64(reader, &item->exponent));
    return take_i64(reader, &item->mantissa);
}

// The value of a 16-bit float (RFC 8949, appendix D).
static double half_to_double(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 0x1f);
    double mantissa = (double)(bits & 0x3ff);
    double value =
        exponent == 0 ? ldexp(mantissa, -24) : ldexp(mantissa + 1024, exponent - 25);
    if (exponent == 0x1f)
        value = HUGE_VAL;
    return bits & 0x8000 ? -value : value;
}

// Whether a 16-bit float holds the value: 11 bits of mantissa from 2^-24 up.
static bool fits_half(double value)
{
    double magnitude = fabs(value);
    int exponent = 0;
    (void)frexp(magnitude, &exponent);
    int unit = exponent - 11 < -24 ? -24 : exponent - 11;
    double units = ldexp(magnitude, -unit);
    return magnitude <= 65504 && units == (double)(uint64_t)units;
}

static bool fits_single(double value)
{
    return fabs(value) <= (double)FLT_MAX && (double)(float)value == value;
}

static Status take_float(CborReader *reader, Head head, CborItem *item)
{
    item->kind = CBOR_FLOAT;
    if (head.info == INFO_U16) {
        item->real = half_to_double(head.number);
    } else if (head.info == INFO_U32) {
        float single = 0;
        uint32_t bits = (uint32_t)head.number;
        memcpy(&single, &bits, sizeof single);
        item->real = (double)single;
    } else {
        memcpy(&item->real, &head.number, sizeof item->real);
    }
    if (!isfinite(item->real))
        return fail(reader, STATUS_MALFORMED, "a number that is not finite");
    if ((head.info > INFO_U16 && fits_half(item->real)) ||
        (head.info > INFO_U32 && fits_single(item->real)))
        return fail(reader, STATUS_MALFORMED, "a float not in its shortest form");
    return STATUS_OK;
}

static Status take_simple(CborReader *reader, Head head, CborItem *item)
{
    switch (head.info) {
    case SIMPLE_FALSE:
    case SIMPLE_TRUE:
        item->kind = CBOR_BOOL;
        item->number = head.info - SIMPLE_FALSE;
        return STATUS_OK;
    case SIMPLE_NULL:
        item->kind = CBOR_NULL;
        return STATUS_OK;
    case INFO_U16:
    case INFO_U32:
    case INFO_U64:
        return take_float(reader, head, item);
    }
    return fail(reader, STATUS_MALFORMED, "a simple value other than a bool or null");
}

static Status take_item(CborReader *reader, CborItem *item)
{
    Head head;
    *item = (CborItem){0};
    TRY(take_head(reader, &head));
    switch (head.major) {
    case MAJOR_UINT:
    case MAJOR_NEGATIVE:
        item->kind = head.major == MAJOR_UINT ? CBOR_UINT : CBOR_NEGATIVE;
        item->number = head.number;
        return STATUS_OK;
    case MAJOR_BYTES:
    case MAJOR_TEXT:
        return take_bytes(reader, head, item);
    case MAJOR_ARRAY:
    case MAJOR_MAP:
        return take_container(reader, head, item);
    case MAJOR_TAG:
        if (head.number != TAG_DECIMAL)
            return fail(reader, STATUS_MALFORMED, "a tag other than 4");
        return take_decimal(reader, item);
    }
    return take_simple(reader, head, item);
}

// A key must sort behind the one before it.
static Status check_key(CborReader *reader, CborLevel *level, CborKind kind, Str key)
{
    if (kind != CBOR_UINT && kind != CBOR_NEGATIVE && kind != CBOR_TEXT)
        return fail(reader, STATUS_MALFORMED, "a key that is no integer or text");
    if (level->key.len > 0 && str_compare(level->key, key) >= 0)
        return fail(reader, STATUS_MALFORMED, "keys out of order, or one key twice");
    level->key = key;
    return STATUS_OK;
}

Status cbor_next(CborReader *reader, CborItem *item)
{
    if (reader->items_left == 0)
        return fail(reader, STATUS_LIMIT, "more items than are allowed");
    reader->items_left--;
    CborLevel *level = reader->depth > 0 ? &reader->levels[reader->depth - 1] : NULL;
    const uint8_t *start = reader->bytes.at;
    TRY(take_item(reader, item));
    if (level != NULL) {
        if (level->is_map && level->left % 2 == 0)
            TRY(check_key(reader, level, item->kind, cbor_since(reader, start)));
        level->left--;
    }
    while (reader->depth > 0 && reader->levels[reader->depth - 1].left == 0)
        reader->depth--;
    return STATUS_OK;
}

// How many items come directly below an item.
static uint64_t children(const CborItem *item)
{
    if (item->kind == CBOR_MAP)
        return 2 * item->number;
    return item->kind == CBOR_ARRAY ? item->number : 0;
}

Status cbor_skip(CborReader *reader, const CborItem *item)
{
    CborItem next;
    for (uint64_t left = children(item); left > 0; left += children(&next) - 1)
        TRY(cbor_next(reader, &next));
    return STATUS_OK;
}

Status cbor_end(CborReader *reader)
{
    CHECK(reader->depth == 0);
    if (reader->bytes.left > 0)
        return fail(reader, STATUS_MALFORMED, "bytes behind its end");
    return STATUS_OK;
}

int cbor_compare_texts(Str a, Str b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return str_compare(a, b);
}

static void write_head(Buf *out, unsigned major, uint64_t number)
{
    unsigned size = number < INFO_U8       ? 0
                    : number <= UINT8_MAX  ? 1
                    : number <= UINT16_MAX ? 2
                    : number <= UINT32_MAX ? 4
                                           : 8;
    static const uint8_t infos[] = {
        [1] = INFO_U8, [2] = INFO_U16, [4] = INFO_U32, [8] = INFO_U64};
    buf_char(out, (char)(major << 5 | (size == 0 ? (unsigned)number : infos[size])));
    while (size-- > 0)
        buf_char(out, (char)(number >> 8 * size & 0xff));
}

void cbor_write_u64(Buf *out, uint64_t number)
{
    write_head(out, MAJOR_UINT, number);
}

void cbor_write_i64(Buf *out, int64_t number)
{
    if (number < 0)
        write_head(out, MAJOR_NEGATIVE, (uint64_t)(-1 - number));
    else
        write_head(out, MAJOR_UINT, (uint64_t)number);
}

void cbor_write_bytes(Buf *out, Str bytes)
{
    write_head(out, MAJOR_BYTES, bytes.len);
    buf_str(out, bytes);
}

void cbor_write_text_head(Buf *out, uint64_t len)
{
    write_head(out, MAJOR_TEXT, len);
}

void cbor_write_text(Buf *out, Str text)
{
    cbor_write_text_head(out, text.len);
    buf_str(out, text);
}

void cbor_write_array(Buf *out, uint64_t count)
{
    write_head(out, MAJOR_ARRAY, count);
}

void cbor_write_map(Buf *out, uint64_t pairs)
{
    write_head(out, MAJOR_MAP, pairs);
}

void cbor_write_decimal(Buf *out, int64_t mantissa, int64_t exponent)
{
    write_head(out, MAJOR_TAG, TAG_DECIMAL);
    write_head(out, MAJOR_ARRAY, 2);
    cbor_write_i64(out, exponent);
    cbor_write_i64(out, mantissa);
}

void cbor_write_bool(Buf *out, bool truth)
{
    write_head(out, MAJOR_SIMPLE, truth ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void cbor_write_null(Buf *out)
{
    write_head(out, MAJOR_SIMPLE, SIMPLE_NULL);
}
