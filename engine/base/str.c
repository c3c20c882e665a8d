// SPDX-License-Identifier: Apache-2.0
#include "engine/base/str.h"

#include <string.h>

#include "engine/base/le.h"

enum { DISTANCE_MAX = 64 }; // bytes of a text whose distance is computed

// memcmp that takes NULL for an empty text.
static int compare_bytes(const char *a, const char *b, size_t len)
{
    return len == 0 ? 0 : memcmp(a, b, len);
}

int str_compare(Str a, Str b)
{
    int order = compare_bytes(a.at, b.at, a.len < b.len ? a.len : b.len);
    if (order != 0 || a.len == b.len)
        return order;
    return a.len < b.len ? -1 : 1;
}

bool str_starts(Str text, Str prefix)
{
    return text.len >= prefix.len && compare_bytes(text.at, prefix.at, prefix.len) == 0;
}

bool str_ends(Str text, Str suffix)
{
    return text.len >= suffix.len &&
           str_eq(str_slice(text, text.len - suffix.len, text.len), suffix);
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_eq_nocase(Str a, Str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.at[i]) != ascii_lower(b.at[i]))
            return false;
    }
    return true;
}

// Where the largest suffix of the text starts, in the order of the bytes or the reverse
// one. *period is that suffix's period.
static size_t largest_suffix(Str text, bool is_reversed, size_t *period)
{
    size_t start = 0; // of the largest so far
    size_t other = 1; // of the one compared with it
    size_t same = 0;  // how many bytes agree
    *period = 1;
    while (other + same < text.len) {
        int order = compare_bytes(text.at + other + same, text.at + start + same, 1);
        if (order == 0) {
            same++;
            if (same == *period) {
                other += same;
                same = 0;
            }
        } else if ((order < 0) != is_reversed) {
            other += same + 1;
            same = 0;
            *period = other - start;
        } else {
            start = other++;
            same = 0;
            *period = 1;
        }
    }
    return start;
}

// How the two-way search cuts a part in halves.
typedef struct Halves {
    size_t split;  // where the right half starts
    size_t period; // how far to move on when the right half fits and the left does not
    bool is_periodic; // what fitted of the right half fits there again
} Halves;

static Halves halve(Str part)
{
    size_t period = 0;
    size_t reversed_period = 0;
    size_t split = largest_suffix(part, false, &period);
    size_t reversed_split = largest_suffix(part, true, &reversed_period);
    if (reversed_split > split) {
        split = reversed_split;
        period = reversed_period;
    }
    if (split + period <= part.len &&
        compare_bytes(part.at, part.at + period, split) == 0)
        return (Halves){split, period, true};
    size_t longer = split > part.len - split ? split : part.len - split;
    return (Halves){split, longer + 1, false};
}

// The two-way search of Crochemore and Perrin (1991): linear time and no memory, also
// when whoever sends a request chooses both texts. The right half is compared first,
// from left to right, then the left half from right to left.
static bool find_part(Str text, Str part)
{
    Halves halves = halve(part);
    size_t known = 0; // bytes at the part's start that are known to fit
    size_t at = 0;
    while (at <= text.len && part.len <= text.len - at) {
        size_t i = halves.split > known ? halves.split : known;
        while (i < part.len && part.at[i] == text.at[at + i])
            i++;
        if (i < part.len) {
            at += i - halves.split + 1;
            known = 0;
            continue;
        }
        i = halves.split;
        while (i > known && part.at[i - 1] == text.at[at + i - 1])
            i--;
        if (i <= known)
            return true;
        at += halves.period;
        known = halves.is_periodic ? part.len - halves.period : 0;
    }
    return false;
}

bool str_contains(Str text, Str part)
{
    if (part.len <= 1)
        return part.len == 0 ||
               (text.len > 0 && memchr(text.at, part.at[0], text.len) != NULL);
    return find_part(text, part);
}

bool str_take(Str *rest, char c)
{
    if (rest->len == 0 || rest->at[0] != c)
        return false;
    *rest = str_slice(*rest, 1, rest->len);
    return true;
}

static Cut cut_at(Str text, size_t i)
{
    return (Cut){str_slice(text, 0, i), str_slice(text, i + 1, text.len), true};
}

static Cut cut_nowhere(Str text)
{
    return (Cut){text, str_slice(text, text.len, text.len), false};
}

Cut str_cut(Str text, char separator)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == separator)
            return cut_at(text, i);
    }
    return cut_nowhere(text);
}

Cut str_cut_last(Str text, char separator)
{
    for (size_t i = text.len; i > 0; i--) {
        if (text.at[i - 1] == separator)
            return cut_at(text, i - 1);
    }
    return cut_nowhere(text);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

Str str_trim(Str text)
{
    size_t from = 0;
    size_t to = text.len;
    while (from < to && is_space(text.at[from]))
        from++;
    while (to > from && is_space(text.at[to - 1]))
        to--;
    return str_slice(text, from, to);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// The restricted Damerau-Levenshtein distance (optimal string alignment), a row at a
// time: row[k] is the row k steps back.
size_t str_distance(Str a, Str b, size_t limit)
{
    if (a.len > DISTANCE_MAX || b.len > DISTANCE_MAX)
        return limit + 1;
    size_t rows[3][DISTANCE_MAX + 1] = {{0}};
    size_t *row[3] = {rows[0], rows[1], rows[2]};
    for (size_t j = 0; j <= b.len; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *oldest = row[2];
        row[2] = row[1];
        row[1] = row[0];
        row[0] = oldest;
        row[0][0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool is_same = a.at[i - 1] == b.at[j - 1];
            size_t best = row[1][j - 1] + (is_same ? 0 : 1);
            best = least(best, least(row[0][j - 1], row[1][j]) + 1);
            bool is_swap = i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
                           a.at[i - 2] == b.at[j - 1];
            if (is_swap)
                best = least(best, row[2][j - 2] + 1);
            row[0][j] = best;
        }
    }
    return least(row[0][b.len], limit + 1);
}

static uint64_t rotate_left(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

// The four words of SipHash's state.
typedef struct Sip {
    uint64_t a;
    uint64_t b;
    uint64_t c;
    uint64_t d;
} Sip;

// By value, so that the state stays in registers: through a pointer gcc 12 takes twice
// as long.
static inline Sip sip_round(Sip v)
{
    v.a += v.b;
    v.b = rotate_left(v.b, 13) ^ v.a;
    v.a = rotate_left(v.a, 32);
    v.c += v.d;
    v.d = rotate_left(v.d, 16) ^ v.c;
    v.a += v.d;
    v.d = rotate_left(v.d, 21) ^ v.a;
    v.c += v.b;
    v.b = rotate_left(v.b, 17) ^ v.c;
    v.c = rotate_left(v.c, 32);
    return v;
}

static inline Sip sip_compress(Sip v, uint64_t word)
{
    v.d ^= word;
    v = sip_round(v);
    v.a ^= word;
    return v;
}

static uint64_t byte_at(const char *at, size_t place)
{
    return (uint64_t)(uint8_t)at[place] << (8 * place);
}

static uint64_t load_word(const char *at)
{
    return le_get_u64((const uint8_t *)at);
}

static Sip sip_start(const uint64_t key[2])
{
    return (Sip){
        .a = key[0] ^ UINT64_C(0x736f6d6570736575),
        .b = key[1] ^ UINT64_C(0x646f72616e646f6d),
        .c = key[0] ^ UINT64_C(0x6c7967656e657261),
        .d = key[1] ^ UINT64_C(0x7465646279746573),
    };
}

// The bytes of a text of 1 to 7, by loads that overlap.
static uint64_t load_few(Str text)
{
    const uint8_t *bytes = (const uint8_t *)text.at;
    if (text.len >= 4)
        return (uint64_t)le_get_u32(bytes) | (uint64_t)le_get_u32(bytes + text.len - 4)
                                                 << 8 * (text.len - 4);
    return byte_at(text.at, 0) | byte_at(text.at, text.len / 2) |
           byte_at(text.at, text.len - 1);
}

// What is left behind the whole words, filled up with zeros.
static uint64_t load_rest(Str text)
{
    size_t left = text.len % 8;
    if (left == 0)
        return 0;
    return text.len < 8 ? load_few(text)
                        : load_word(text.at + text.len - 8) >> 8 * (8 - left);
}

// The same with the length on top.
static uint64_t last_word(Str text)
{
    return (uint64_t)text.len << 56 | load_rest(text);
}

uint64_t str_hash(Str text, const uint64_t key[2])
{
    Sip v = sip_start(key);
    for (size_t i = 0; i + 8 <= text.len; i += 8)
        v = sip_compress(v, load_word(text.at + i));
    v = sip_compress(v, last_word(text));
    v.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        v = sip_round(v);
    return v.a ^ v.b ^ v.c ^ v.d;
}

// The word goes in with two rounds.
static inline Sip sip_compress_twice(Sip v, uint64_t word)
{
    v.d ^= word;
    v = sip_round(sip_round(v));
    v.a ^= word;
    return v;
}

static inline Sip sip_finish(Sip v)
{
    return sip_round(sip_round(sip_round(sip_round(v))));
}

void str_hash_128(Str text, const uint64_t key[2], uint64_t out[2])
{
    Sip v = sip_start(key);
    v.b ^= 0xee;
    for (size_t i = 0; i + 8 <= text.len; i += 8)
        v = sip_compress_twice(v, load_word(text.at + i));
    v = sip_compress_twice(v, last_word(text));
    v.c ^= 0xee;
    v = sip_finish(v);
    out[0] = v.a ^ v.b ^ v.c ^ v.d;
    v.b ^= 0xdd;
    v = sip_finish(v);
    out[1] = v.a ^ v.b ^ v.c ^ v.d;
}

__extension__ typedef unsigned __int128 Product;

// Both halves of the product count, so that no bit is lost.
static inline uint64_t multiply(uint64_t a, uint64_t b)
{
    Product product = (Product)a * b;
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

uint64_t str_hash_plain(Str text, const uint64_t key[2])
{
    uint64_t hash = key[0] + text.len;
    for (size_t i = 0; i + 8 <= text.len; i += 8)
        hash = multiply(hash ^ load_word(text.at + i), key[1]);
    return multiply(hash ^ load_rest(text), key[1]);
}
