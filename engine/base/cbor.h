// SPDX-License-Identifier: Apache-2.0
// cbor: the protocol's bodies: deterministic CBOR (RFC 8949 §4.2.1), as a sequence of
// items, without memory of its own and without recursion.
//
// One value has one encoding, and the reader refuses every other: heads that are not
// the shortest, indefinite lengths, map keys out of bytewise order or twice, text that
// is not UTF-8, floats that a shorter float holds, NaN and infinities, `undefined` and
// other simple values, bignums, and any tag but 4 (decimal fraction, RFC 8949 §3.4.4).
// A key is an integer or a text. So what is read and written again has the same bytes.
#ifndef PROVISO_ENGINE_BASE_CBOR_H
#define PROVISO_ENGINE_BASE_CBOR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/reader.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

enum { CBOR_MAX_DEPTH = 16 }; // open arrays and maps

typedef enum CborKind {
    CBOR_UINT,     // number
    CBOR_NEGATIVE, // -1 - number
    CBOR_BYTES,    // bytes
    CBOR_TEXT,     // bytes: UTF-8
    CBOR_ARRAY,    // number: of elements, which come next
    CBOR_MAP,      // number: of pairs; a key and its value come next, and so on
    CBOR_DECIMAL,  // mantissa * 10^exponent
    CBOR_FLOAT,    // real: finite
    CBOR_BOOL,     // number: 0 or 1
    CBOR_NULL,
} CborKind;

// Of the members behind `kind`, the one that it names is there.
typedef struct CborItem {
    CborKind kind;
    union {
        uint64_t number;
        Str bytes; // a view of what is read
        struct {
            int64_t mantissa, exponent;
        };
        double real;
    };
} CborItem;

// An open array or map.
typedef struct CborLevel {
    uint64_t left; // items behind the one that comes next; of a map, keys and values
    uint64_t is_map;
    const uint8_t *key;    // the encoding of the last key; NULL before the first
    struct CborNode *node; // of a tree: its own
} CborLevel;

typedef struct CborReader {
    Reader bytes;
    uint32_t items_left;
    uint32_t depth;                   // levels that are open
    CborLevel level;                  // private: the innermost, ...
    CborLevel levels[CBOR_MAX_DEPTH]; // ...and those around it
    const char *why; // after a failure: a constant, lower case, no full stop
} CborReader;

// A reader at the start of the bytes, which must outlive it and what it reads; it reads
// at most `max_items` items, heads of arrays and maps included.
CborReader cbor_reader(Str bytes, uint32_t max_items);

// The next item. STATUS_MALFORMED, or STATUS_LIMIT (too deep, too many): reader->why
// says what is wrong, and nothing more may be read.
MUST_USE Status cbor_next(CborReader *reader, CborItem *item);
// Reads past all that `item`, which was read last, holds.
MUST_USE Status cbor_skip(CborReader *reader, const CborItem *item);
// After a whole item: STATUS_MALFORMED if there are bytes behind it.
MUST_USE Status cbor_end(CborReader *reader);
// The bytes read since the reader stood at `start` (a former reader->bytes.at).
Str cbor_since(const CborReader *reader, const uint8_t *start);

// An item and all that it holds, read once, as an array in the order of the bytes: what
// an item holds stands behind it, in maps each key before its value. Whoever walks it
// checks nothing again and can skip and come back.
typedef struct CborNode {
    CborItem item;
    const char *at; // the first byte of its encoding
    uint32_t span;  // how many nodes it and all that it holds take up
} CborNode;

typedef struct CborTree {
    CborNode *nodes; // the caller's; room for max_nodes + 1
    uint32_t max_nodes;
    uint32_t count;  // of those read
    bool is_whole;   // the item was read to its end
    const char *why; // after a failure
} CborTree;

// Reads the bytes, which must be one item, into tree->nodes. After a failure, which is
// one of cbor_next or cbor_end, the nodes up to `count` were read before it and can be
// walked; unless it is whole, some hold less than they say.
MUST_USE Status cbor_read_tree(CborTree *tree, Str bytes);

// The node behind a node and all that it holds: its next sibling, if it has one.
static inline const CborNode *cbor_after(const CborNode *node)
{
    return node + node->span;
}

// The encoding of a node and all that it holds. The whole must have been read.
static inline Str cbor_raw(const CborNode *node)
{
    return (Str){node->at, (size_t)(node[node->span].at - node->at)};
}

// Negative, 0 or positive: the order of two texts as keys of one map.
int cbor_compare_texts(Str a, Str b);

// Writers: each appends one item, in its only encoding. The order of a map's keys is
// the caller's duty.
void cbor_write_u64(Buf *out, uint64_t number);
void cbor_write_i64(Buf *out, int64_t number);
void cbor_write_bytes(Buf *out, Str bytes);
// The head of a text whose `len` bytes the caller appends.
void cbor_write_text_head(Buf *out, uint64_t len);
void cbor_write_decimal(Buf *out, int64_t mantissa, int64_t exponent);
void cbor_write_bool(Buf *out, bool truth);
void cbor_write_null(Buf *out);
// The head of an item with a number of at least 256; `major` is one of RFC 8949 §3.1.
void cbor_write_long_head(Buf *out, unsigned major, uint64_t number);

static inline void cbor_write_head(Buf *out, unsigned major, uint64_t number)
{
    enum { FIRST_LONG = 24, IN_BYTE = 24 };
    if (number < FIRST_LONG)
        buf_char(out, (char)(major << 5 | number));
    else if (number <= UINT8_MAX)
        buf_u16le(out, (uint16_t)(major << 5 | IN_BYTE | number << 8));
    else
        cbor_write_long_head(out, major, number);
}

static inline void cbor_write_array(Buf *out, uint64_t count)
{
    cbor_write_head(out, 4, count);
}

static inline void cbor_write_map(Buf *out, uint64_t pairs)
{
    cbor_write_head(out, 5, pairs);
}

// A text of any length.
void cbor_write_long_text(Buf *out, Str text);

// A text, which is UTF-8. Inline: for a short literal it is two stores.
static inline void cbor_write_text(Buf *out, Str text)
{
    enum { SHORT = 24, HEAD = 0x60 };
    if (text.len >= SHORT || out->failed || text.len >= out->capacity - out->len) {
        cbor_write_long_text(out, text);
        return;
    }
    out->at[out->len] = (char)(HEAD | text.len);
    if (text.len > 0)
        memcpy(out->at + out->len + 1, text.at, text.len);
    out->len += 1 + text.len;
}

#endif
