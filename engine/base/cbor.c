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
    uint64_t number;
    unsigned first; // the first byte
} Head;

static inline unsigned major_of(Head head)
{
    return head.first >> 5;
}

static inline unsigned info_of(Head head)
{
    return head.first & 31;
}

static const char TOO_MANY[] = "more items than are allowed";

// What is around the outermost item has no end.
static const CborLevel OUTSIDE = {.left = UINT64_MAX};

CborReader cbor_reader(Str bytes, uint32_t max_items)
{
    return (CborReader){
        .bytes = reader_over(bytes), .items_left = max_items, .level = OUTSIDE};
}

Str cbor_since(const CborReader *reader, const uint8_t *start)
{
    return (Str){(const char *)start, (size_t)(reader->bytes.at - start)};
}

// ---- what few items need ----
//
// These read at `at`, before `end`, and return where what they have read ends. After a
// failure that is NULL, and *why says what is wrong.

static const uint8_t *failed(const char **why, const char *text)
{
    *why = text;
    return NULL;
}

// The rest of a head whose number stands in bytes of its own, as few as hold it.
static const uint8_t *take_long_number(const uint8_t *at, const uint8_t *end,
                                       Head *head, const char **why)
{
    static const uint64_t least[] = {INFO_U8, 0x100, 0x10000, 0x100000000};
    if (info_of(*head) > INFO_U64)
        return failed(why, "an indefinite or reserved length");
    unsigned power = info_of(*head) - INFO_U8;
    size_t size = (size_t)1 << power;
    if ((size_t)(end - at) < size)
        return failed(why, "it ends early");
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | at[i];
    if (major_of(*head) != MAJOR_SIMPLE && number < least[power])
        return failed(why, "a number not in its shortest form");
    head->number = number;
    return at + size;
}

static ALWAYS_INLINE const uint8_t *take_head(const uint8_t *at, const uint8_t *end,
                                              Head *head, const char **why)
{
    if (at == end)
        return failed(why, "it ends early");
    unsigned first = at[0];
    *head = (Head){.number = first & 31, .first = first};
    at++;
    if (head->number < INFO_U8)
        return at;
    Head long_head = *head; // *head itself stays in registers
    at = take_long_number(at, end, &long_head, why);
    head->number = long_head.number;
    return at;
}

static const uint8_t *take_i64(const uint8_t *at, const uint8_t *end, int64_t *number,
                               const char **why)
{
    Head head;
    at = take_head(at, end, &head, why);
    if (at == NULL)
        return at;
    if (major_of(head) > MAJOR_NEGATIVE || head.number > INT64_MAX)
        return failed(why, "a decimal fraction of no 64-bit integers");
    int64_t magnitude = (int64_t)head.number;
    *number = major_of(head) == MAJOR_NEGATIVE ? -1 - magnitude : magnitude;
    return at;
}

// What follows tag 4: [exponent, mantissa].
static const uint8_t *take_decimal(const uint8_t *at, const uint8_t *end,
                                   CborItem *item, const char **why)
{
    Head head;
    item->kind = CBOR_DECIMAL;
    at = take_head(at, end, &head, why);
    if (at == NULL)
        return at;
    if (major_of(head) != MAJOR_ARRAY || head.number != 2)
        return failed(why, "a decimal fraction of no two integers");
    at = take_i64(at, end, &item->exponent, why);
    return at == NULL ? at : take_i64(at, end, &item->mantissa, why);
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

// What is wrong with a float, or NULL.
static const char *make_float(Head head, CborItem *item)
{
    item->kind = CBOR_FLOAT;
    if (info_of(head) == INFO_U16) {
        item->real = half_to_double(head.number);
    } else if (info_of(head) == INFO_U32) {
        float single = 0;
        uint32_t bits = (uint32_t)head.number;
        memcpy(&single, &bits, sizeof single);
        item->real = (double)single;
    } else {
        memcpy(&item->real, &head.number, sizeof item->real);
    }
    if (!isfinite(item->real))
        return "a number that is not finite";
    bool is_long = (info_of(head) > INFO_U16 && fits_half(item->real)) ||
                   (info_of(head) > INFO_U32 && fits_single(item->real));
    return is_long ? "a float not in its shortest form" : NULL;
}

static const char *make_simple(Head head, CborItem *item)
{
    switch (info_of(head)) {
    case SIMPLE_FALSE:
    case SIMPLE_TRUE:
        item->kind = CBOR_BOOL;
        item->number = info_of(head) - SIMPLE_FALSE;
        return NULL;
    case SIMPLE_NULL:
        item->kind = CBOR_NULL;
        return NULL;
    case INFO_U16:
    case INFO_U32:
    case INFO_U64:
        return make_float(head, item);
    }
    return "a simple value other than a bool or null";
}

// A tag, or what is no number, text or container. Its head is read.
static const uint8_t *take_rest(const uint8_t *at, const uint8_t *end, Head head,
                                CborItem *item, const char **why)
{
    if (major_of(head) == MAJOR_SIMPLE) {
        *why = make_simple(head, item);
        return *why == NULL ? at : NULL;
    }
    if (head.number != TAG_DECIMAL)
        return failed(why, "a tag other than 4");
    return take_decimal(at, end, item, why);
}

// ---- one item ----

// Whether the `len` bytes ahead are ASCII, as most are: word by word, of the last one
// only what is the text's. False also where a word would reach over the end.
static ALWAYS_INLINE bool is_ascii(const uint8_t *at, const uint8_t *end, uint64_t len)
{
    const uint64_t HIGH = UINT64_C(0x8080808080808080);
    size_t left = (size_t)(end - at);
    uint64_t seen = 0;
    if (left < sizeof seen || len > left - sizeof seen)
        return false;
    for (; len >= sizeof seen; len -= sizeof seen, at += sizeof seen)
        seen |= le_get_u64(at) & HIGH;
    return seen == 0 && (le_get_u64(at) & HIGH & ((UINT64_C(1) << 8 * len) - 1)) == 0;
}

static const uint8_t *check_bytes(const uint8_t *at, const uint8_t *end, Head head,
                                  const char **why)
{
    if (head.number > (size_t)(end - at))
        return failed(why, "it ends early");
    size_t len = (size_t)head.number;
    if (major_of(head) == MAJOR_TEXT && !utf8_is_valid((Str){(const char *)at, len}))
        return failed(why, "a text that is not UTF-8");
    return at;
}

static ALWAYS_INLINE const uint8_t *take_bytes(const uint8_t *at, const uint8_t *end,
                                               Head head, CborItem *item,
                                               const char **why)
{
    if (!is_ascii(at, end, head.number)) {
        at = check_bytes(at, end, head, why);
        if (at == NULL)
            return at;
    }
    item->bytes = (Str){(const char *)at, (size_t)head.number};
    return at + (size_t)head.number;
}

static ALWAYS_INLINE const uint8_t *take_item(const uint8_t *at, const uint8_t *end,
                                              CborItem *item, const char **why)
{
    Head head;
    at = take_head(at, end, &head, why);
    if (at == NULL)
        return at;
    item->kind = (CborKind)major_of(head);
    switch (major_of(head)) {
    case MAJOR_UINT:
    case MAJOR_NEGATIVE:
        item->number = head.number;
        return at;
    case MAJOR_BYTES:
    case MAJOR_TEXT:
        return take_bytes(at, end, head, item, why);
    case MAJOR_ARRAY:
    case MAJOR_MAP:
        // Each item takes a byte at least: a count that the bytes can't hold is refused
        // before anyone believes it.
        item->number = head.number;
        if (head.number > (size_t)(end - at) >> (major_of(head) - MAJOR_ARRAY))
            return failed(why, "it ends early");
        return at;
    }
    return take_rest(at, end, head, item, why);
}

// ---- items in arrays and maps ----

// Where a reader stands. Apart from the levels that wait, so that it can be in
// registers: in memory it took twice the time.
typedef struct Place {
    const uint8_t *at;
    const uint8_t *end;
    uint32_t depth;
    CborLevel level; // the innermost that is open
} Place;

static ALWAYS_INLINE Status fail(Status status, const char **why, const char *text)
{
    *why = text;
    return status;
}

// A key must sort behind the one before it. No encoding is the beginning of another, so
// that they differ within the shorter one if they do; most do in the first byte or the
// first letter.
static ALWAYS_INLINE Status take_key(CborLevel *level, CborKind kind,
                                     const uint8_t *key, size_t len, const char **why)
{
    const uint8_t *last = level->key;
    level->key = key;
    if (kind != CBOR_UINT && kind != CBOR_NEGATIVE && kind != CBOR_TEXT)
        return fail(STATUS_MALFORMED, why, "a key that is no integer or text");
    if (last == NULL)
        return STATUS_OK;
    int order = last[0] - key[0];
    if (order == 0 && len > 1)
        order = last[1] - key[1];
    if (order == 0)
        order = memcmp(last, key, len);
    return order < 0
               ? STATUS_OK
               : fail(STATUS_MALFORMED, why, "keys out of order, or one key twice");
}

static inline void set_span(CborNode *node, const CborNode *end)
{
    node->span = (uint32_t)(end - node);
}

// How many items come directly below an item.
static inline uint64_t children(const CborItem *item)
{
    if (item->kind == CBOR_MAP)
        return 2 * item->number;
    return item->kind == CBOR_ARRAY ? item->number : 0;
}

// Reads one item, which is that of `node` if a tree is read, else NULL. An array or map
// that holds something is open until its last item is read; meanwhile what is around it
// waits in `levels`.
static ALWAYS_INLINE Status next(Place *place, CborLevel *levels, CborItem *item,
                                 CborNode *node, const char **why)
{
    const uint8_t *start = place->at;
    const uint8_t *at = take_item(start, place->end, item, why);
    if (at == NULL)
        return STATUS_MALFORMED;
    place->at = at;
    uint64_t below = children(item);
    if (below > 0 && place->depth == CBOR_MAX_DEPTH)
        return fail(STATUS_LIMIT, why, "nested deeper than 16");
    if ((place->level.left & place->level.is_map) != 0) // odd before a key
        TRY(take_key(&place->level, item->kind, start, (size_t)(at - start), why));
    if (below > 0) {
        levels[place->depth++] = place->level;
        place->level = (CborLevel){
            .left = below - 1, .is_map = item->kind == CBOR_MAP, .node = node};
        return STATUS_OK;
    }
    for (; place->level.left == 0; place->level = levels[--place->depth])
        if (node != NULL)
            set_span(place->level.node, node + 1);
    place->level.left--;
    return STATUS_OK;
}

// Of no bytes, `at` may be NULL.
static inline const uint8_t *end_of(Reader bytes)
{
    return bytes.left > 0 ? bytes.at + bytes.left : bytes.at;
}

static inline Status end(size_t bytes_left, const char **why)
{
    return bytes_left == 0 ? STATUS_OK
                           : fail(STATUS_MALFORMED, why, "bytes behind its end");
}

Status cbor_next(CborReader *reader, CborItem *item)
{
    Place place = {reader->bytes.at, end_of(reader->bytes), reader->depth,
                   reader->level};
    if (reader->items_left == 0)
        return fail(STATUS_LIMIT, &reader->why, TOO_MANY);
    reader->items_left--;
    TRY(next(&place, reader->levels, item, NULL, &reader->why));
    reader->bytes = (Reader){place.at, (size_t)(place.end - place.at)};
    reader->depth = place.depth;
    reader->level = place.level;
    return STATUS_OK;
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
    return end(reader->bytes.left, &reader->why);
}

Status cbor_read_tree(CborTree *tree, Str bytes)
{
    Reader all = reader_over(bytes);
    Place place = {all.at, end_of(all), 0, OUTSIDE};
    CborLevel levels[CBOR_MAX_DEPTH];
    CborNode *node = tree->nodes;
    const CborNode *last = node + tree->max_nodes;
    const char *why = NULL;
    Status status = STATUS_OK;
    do {
        node->at = (const char *)place.at;
        node->span = 1;
        status = node == last ? fail(STATUS_LIMIT, &why, TOO_MANY)
                              : next(&place, levels, &node->item, node, &why);
        if (status != STATUS_OK)
            break;
        node++;
    } while (place.depth > 0);
    for (; place.depth > 0; place.level = levels[--place.depth])
        set_span(place.level.node, node); // what is cut ends here
    tree->count = (uint32_t)(node - tree->nodes);
    tree->is_whole = status == STATUS_OK;
    if (tree->is_whole) {
        node->at = (const char *)place.at;
        status = end((size_t)(place.end - place.at), &why);
    }
    tree->why = why;
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
    unsigned power = number <= UINT16_MAX ? 1 : number <= UINT32_MAX ? 2 : 3;
    unsigned size = 1U << power;
    char bytes[1 + sizeof number];
    bytes[0] = (char)(major << 5 | (INFO_U8 + power));
    for (unsigned i = size; i > 0; i--, number >>= 8)
        bytes[i] = (char)(number & 0xff);
    buf_bytes(out, bytes, 1 + size);
}

void cbor_write_long_text(Buf *out, Str text)
{
    cbor_write_head(out, MAJOR_TEXT, text.len);
    buf_str(out, text);
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
