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

_Static_assert((int)MAJOR_UINT == CBOR_UINT && (int)MAJOR_NEGATIVE == CBOR_NEGATIVE &&
                   (int)MAJOR_BYTES == CBOR_BYTES && (int)MAJOR_TEXT == CBOR_TEXT &&
                   (int)MAJOR_ARRAY == CBOR_ARRAY && (int)MAJOR_MAP == CBOR_MAP,
               "the first kinds are major types");

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

// Reading a request is the larger part of deciding it, and an item takes a dozen
// instructions once nothing is called for it: gcc 12 must be told.
#define ALWAYS_INLINE inline __attribute__((always_inline))

typedef struct Head {
    uint8_t major;
    uint8_t info;
    uint64_t number;
} Head;

// The levels are left as they are: one is written when it opens, and clearing all
// sixteen took a tenth of the time of decoding a request.
static inline CborReader reader_at(Str bytes, uint32_t max_items)
{
    CborReader reader;
    reader.bytes = reader_over(bytes);
    reader.items_left = max_items;
    reader.depth = 0;
    reader.why = NULL;
    return reader;
}

CborReader cbor_reader(Str bytes, uint32_t max_items)
{
    return reader_at(bytes, max_items);
}

Str cbor_since(const CborReader *reader, const uint8_t *start)
{
    return (Str){(const char *)start, (size_t)(reader->bytes.at - start)};
}

static inline Status fail(CborReader *reader, Status status, const char *why)
{
    reader->why = why;
    return status;
}

// ---- what few items need ----
//
// These take a CborReader by parts: its cursor by value, so that whoever reads item
// after item has it in registers. They return the cursor behind what they have read, or
// after a failure one whose `at` is NULL; then *why says what is wrong.

static Reader failed(const char **why, const char *text)
{
    *why = text;
    return (Reader){NULL, 0};
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
static bool is_shortest(const Head *head)
{
    static const uint64_t least[] = {INFO_U8, 0x100, 0x10000, 0x100000000};
    return head->number >= least[head->info - INFO_U8];
}

// The rest of a head whose number stands in bytes of its own.
static Reader take_long_head(Reader bytes, Head *head, const char **why)
{
    if (head->info > INFO_U64)
        return failed(why, "an indefinite or reserved length");
    if (take_number(&bytes, head->info, &head->number) != STATUS_OK)
        return failed(why, "it ends early");
    if (head->major != MAJOR_SIMPLE && !is_shortest(head))
        return failed(why, "a number not in its shortest form");
    return bytes;
}

static ALWAYS_INLINE Reader take_head(Reader bytes, Head *head, const char **why)
{
    if (bytes.left == 0)
        return failed(why, "it ends early");
    uint8_t first = bytes.at[0];
    bytes = (Reader){bytes.at + 1, bytes.left - 1};
    *head = (Head){.major = first >> 5, .info = first & 31, .number = first & 31};
    if (head->info < INFO_U8)
        return bytes;
    Head long_head = *head;
    bytes = take_long_head(bytes, &long_head, why);
    head->number = long_head.number;
    return bytes;
}

static Reader take_i64(Reader bytes, int64_t *number, const char **why)
{
    Head head;
    bytes = take_head(bytes, &head, why);
    if (bytes.at == NULL)
        return bytes;
    if (head.major > MAJOR_NEGATIVE || head.number > INT64_MAX)
        return failed(why, "a decimal fraction of no 64-bit integers");
    int64_t magnitude = (int64_t)head.number;
    *number = head.major == MAJOR_NEGATIVE ? -1 - magnitude : magnitude;
    return bytes;
}

// What follows tag 4: [exponent, mantissa].
static Reader take_decimal(Reader bytes, CborItem *item, const char **why)
{
    Head head;
    item->kind = CBOR_DECIMAL;
    bytes = take_head(bytes, &head, why);
    if (bytes.at == NULL)
        return bytes;
    if (head.major != MAJOR_ARRAY || head.number != 2)
        return failed(why, "a decimal fraction of no two integers");
    bytes = take_i64(bytes, &item->exponent, why);
    return bytes.at == NULL ? bytes : take_i64(bytes, &item->mantissa, why);
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

static Reader take_float(Reader bytes, const Head *head, CborItem *item,
                         const char **why)
{
    item->kind = CBOR_FLOAT;
    if (head->info == INFO_U16) {
        item->real = half_to_double(head->number);
    } else if (head->info == INFO_U32) {
        float single = 0;
        uint32_t bits = (uint32_t)head->number;
        memcpy(&single, &bits, sizeof single);
        item->real = (double)single;
    } else {
        memcpy(&item->real, &head->number, sizeof item->real);
    }
    if (!isfinite(item->real))
        return failed(why, "a number that is not finite");
    if ((head->info > INFO_U16 && fits_half(item->real)) ||
        (head->info > INFO_U32 && fits_single(item->real)))
        return failed(why, "a float not in its shortest form");
    return bytes;
}

static Reader take_simple(Reader bytes, const Head *head, CborItem *item,
                          const char **why)
{
    switch (head->info) {
    case SIMPLE_FALSE:
    case SIMPLE_TRUE:
        item->kind = CBOR_BOOL;
        item->number = head->info - SIMPLE_FALSE;
        return bytes;
    case SIMPLE_NULL:
        item->kind = CBOR_NULL;
        return bytes;
    case INFO_U16:
    case INFO_U32:
    case INFO_U64:
        return take_float(bytes, head, item, why);
    }
    return failed(why, "a simple value other than a bool or null");
}

// A tag, or what is no number, text or container. Its head is read.
static Reader take_rest(Reader bytes, Head head, CborItem *item, const char **why)
{
    if (head.major == MAJOR_SIMPLE)
        return take_simple(bytes, &head, item, why);
    if (head.number != TAG_DECIMAL)
        return failed(why, "a tag other than 4");
    return take_decimal(bytes, item, why);
}

// ---- one item ----

// Whether the `len` bytes ahead, of which there are so many, are ASCII. Most texts in a
// request are names of a few letters: they are looked at as one word.
static ALWAYS_INLINE bool is_short_ascii(Reader bytes, size_t len)
{
    uint64_t word;
    if (len == 0 || len > sizeof word || bytes.left < sizeof word)
        return false;
    memcpy(&word, bytes.at, sizeof word);
    uint64_t text =
        word << 8 * (sizeof word - len); // little-endian: without what follows
    return (text & UINT64_C(0x8080808080808080)) == 0;
}

static ALWAYS_INLINE Reader take_bytes(Reader bytes, const Head *head, CborItem *item,
                                       const char **why)
{
    size_t len = (size_t)head->number;
    if (head->number > bytes.left)
        return failed(why, "it ends early");
    item->bytes = (Str){(const char *)bytes.at, len};
    if (head->major == MAJOR_TEXT && !is_short_ascii(bytes, len) &&
        !utf8_is_valid(item->bytes))
        return failed(why, "a text that is not UTF-8");
    return (Reader){bytes.at + len, bytes.left - len};
}

static ALWAYS_INLINE Reader take_item(Reader bytes, CborItem *item, const char **why)
{
    Head head;
    bytes = take_head(bytes, &head, why);
    if (bytes.at == NULL)
        return bytes;
    item->kind = (CborKind)head.major;
    switch (head.major) {
    case MAJOR_UINT:
    case MAJOR_NEGATIVE:
        item->number = head.number;
        return bytes;
    case MAJOR_BYTES:
    case MAJOR_TEXT:
        return take_bytes(bytes, &head, item, why);
    case MAJOR_ARRAY:
    case MAJOR_MAP:
        // Each item takes a byte at least: a count that the bytes can't hold is refused
        // before anyone believes it.
        item->number = head.number;
        if (head.number > bytes.left >> (head.major - MAJOR_ARRAY))
            return failed(why, "it ends early");
        return bytes;
    }
    return take_rest(bytes, head, item, why);
}

// ---- items in arrays and maps ----

// Whether two encodings, neither of them empty, ascend. Most keys differ in their first
// byte, which tells their lengths apart.
static inline bool is_ascending(Str a, Str b)
{
    if (a.at[0] != b.at[0])
        return (uint8_t)a.at[0] < (uint8_t)b.at[0];
    return str_compare(a, b) < 0;
}

// A key must sort behind the one before it.
static ALWAYS_INLINE Status check_key(CborReader *reader, CborLevel *level,
                                      CborKind kind, Str key)
{
    if (kind != CBOR_UINT && kind != CBOR_NEGATIVE && kind != CBOR_TEXT)
        return fail(reader, STATUS_MALFORMED, "a key that is no integer or text");
    if (level->key.len > 0 && !is_ascending(level->key, key))
        return fail(reader, STATUS_MALFORMED, "keys out of order, or one key twice");
    level->key = key;
    return STATUS_OK;
}

// A container that holds something is open until its last item is read.
static ALWAYS_INLINE Status open_level(CborReader *reader, const CborItem *item)
{
    bool is_map = item->kind == CBOR_MAP;
    if ((!is_map && item->kind != CBOR_ARRAY) || item->number == 0)
        return STATUS_OK;
    if (reader->depth == CBOR_MAX_DEPTH)
        return fail(reader, STATUS_LIMIT, "nested deeper than 16");
    reader->levels[reader->depth++] =
        (CborLevel){.left = is_map ? 2 * item->number : item->number, .is_map = is_map};
    return STATUS_OK;
}

static ALWAYS_INLINE Status next(CborReader *reader, CborItem *item)
{
    const char *why = NULL;
    if (reader->items_left == 0)
        return fail(reader, STATUS_LIMIT, "more items than are allowed");
    reader->items_left--;
    Reader rest = take_item(reader->bytes, item, &why);
    if (rest.at == NULL)
        return fail(reader, STATUS_MALFORMED, why);
    Str encoding = {(const char *)reader->bytes.at,
                    (size_t)(rest.at - reader->bytes.at)};
    uint32_t depth = reader->depth;
    reader->bytes = rest;
    TRY(open_level(reader, item));
    if (depth == 0)
        return STATUS_OK;
    CborLevel *level = &reader->levels[depth - 1];
    if (level->is_map && level->left % 2 == 0)
        TRY(check_key(reader, level, item->kind, encoding));
    level->left--;
    while (reader->depth > 0 && reader->levels[reader->depth - 1].left == 0)
        reader->depth--;
    return STATUS_OK;
}

static inline Status end(CborReader *reader)
{
    if (reader->bytes.left > 0)
        return fail(reader, STATUS_MALFORMED, "bytes behind its end");
    return STATUS_OK;
}

Status cbor_next(CborReader *reader, CborItem *item)
{
    return next(reader, item);
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
    CborItem below;
    for (uint64_t left = children(item); left > 0; left += children(&below) - 1)
        TRY(cbor_next(reader, &below));
    return STATUS_OK;
}

Status cbor_end(CborReader *reader)
{
    CHECK(reader->depth == 0);
    return end(reader);
}

// ---- trees ----

// Arrays and maps whose last item is read, or never will be, know their span: they end
// before `end`.
static inline uint32_t close_nodes(CborNode *const *open, uint32_t from, uint32_t to,
                                   const CborNode *end)
{
    while (from > to) {
        from--;
        open[from]->span = (uint32_t)(end - open[from]);
    }
    return to;
}

Status cbor_read_tree(CborTree *tree, Str bytes)
{
    CborReader reader = reader_at(bytes, tree->max_nodes);
    CborNode *open[CBOR_MAX_DEPTH]; // arrays and maps
    CborNode *node = tree->nodes;
    uint32_t depth = 0;
    Status status = STATUS_OK;
    do {
        node->at = (const char *)reader.bytes.at;
        node->span = 1;
        status = next(&reader, &node->item);
        if (status != STATUS_OK)
            break;
        if (reader.depth > depth)
            open[depth++] = node;
        node++;
        depth = close_nodes(open, depth, reader.depth, node);
    } while (depth > 0);
    close_nodes(open, depth, 0, node);
    tree->count = (uint32_t)(node - tree->nodes);
    tree->is_whole = status == STATUS_OK;
    if (tree->is_whole) {
        node->at = (const char *)reader.bytes.at;
        status = end(&reader);
    }
    tree->why = reader.why;
    return status;
}

int cbor_compare_texts(Str a, Str b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return str_compare(a, b);
}

void cbor_write_long_head(Buf *out, unsigned major, uint64_t number)
{
    unsigned power = number <= UINT8_MAX    ? 0
                     : number <= UINT16_MAX ? 1
                     : number <= UINT32_MAX ? 2
                                            : 3;
    unsigned size = 1U << power;
    char bytes[1 + sizeof number];
    bytes[0] = (char)(major << 5 | (INFO_U8 + power));
    for (unsigned i = size; i > 0; i--, number >>= 8)
        bytes[i] = (char)(number & 0xff);
    buf_bytes(out, bytes, 1 + size);
}

void cbor_write_u64(Buf *out, uint64_t number)
{
    cbor_write_head(out, MAJOR_UINT, number);
}

void cbor_write_i64(Buf *out, int64_t number)
{
    if (number < 0)
        cbor_write_head(out, MAJOR_NEGATIVE, (uint64_t)(-1 - number));
    else
        cbor_write_head(out, MAJOR_UINT, (uint64_t)number);
}

void cbor_write_bytes(Buf *out, Str bytes)
{
    cbor_write_head(out, MAJOR_BYTES, bytes.len);
    buf_str(out, bytes);
}

void cbor_write_text_head(Buf *out, uint64_t len)
{
    cbor_write_head(out, MAJOR_TEXT, len);
}

void cbor_write_decimal(Buf *out, int64_t mantissa, int64_t exponent)
{
    cbor_write_head(out, MAJOR_TAG, TAG_DECIMAL);
    cbor_write_head(out, MAJOR_ARRAY, 2);
    cbor_write_i64(out, exponent);
    cbor_write_i64(out, mantissa);
}

void cbor_write_bool(Buf *out, bool truth)
{
    cbor_write_head(out, MAJOR_SIMPLE, truth ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void cbor_write_null(Buf *out)
{
    cbor_write_head(out, MAJOR_SIMPLE, SIMPLE_NULL);
}
