// SPDX-License-Identifier: Apache-2.0
#include "engine/base/str.h"

#include <string.h>

enum { DISTANCE_MAX = 64 }; // bytes of a text whose distance is computed

Str str_from_c(const char *text)
{
    return (Str){text, strlen(text)};
}

// memcmp that takes NULL for an empty text.
static int compare_bytes(const char *a, const char *b, size_t len)
{
    return len == 0 ? 0 : memcmp(a, b, len);
}

bool str_eq(Str a, Str b)
{
    return a.len == b.len && compare_bytes(a.at, b.at, a.len) == 0;
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

bool str_contains(Str text, Str part)
{
    if (part.len == 0)
        return true;
    while (text.len >= part.len) {
        const char *first = memchr(text.at, part.at[0], text.len - part.len + 1);
        if (first == NULL)
            return false;
        if (memcmp(first, part.at, part.len) == 0)
            return true;
        text = str_slice(text, (size_t)(first - text.at) + 1, text.len);
    }
    return false;
}

Str str_slice(Str text, size_t from, size_t to)
{
    if (to > text.len)
        to = text.len;
    if (from > to)
        from = to;
    return text.len == 0 ? text : (Str){text.at + from, to - from};
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

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[0] = rotate_left(v[0], 32);
    v[2] += v[3];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[2] = rotate_left(v[2], 32);
}

// Up to 8 bytes as a little-endian number.
static uint64_t load_le(const char *at, size_t len)
{
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)(uint8_t)at[i] << (8 * i);
    return word;
}

uint64_t str_hash(Str text, const uint64_t key[2])
{
    uint64_t v[4] = {
        key[0] ^ UINT64_C(0x736f6d6570736575),
        key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261),
        key[1] ^ UINT64_C(0x7465646279746573),
    };
    size_t whole = text.len / 8 * 8;
    for (size_t i = 0; i < whole; i += 8) {
        uint64_t word = load_le(text.at + i, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)text.len << 56;
    if (text.len > whole)
        last |= load_le(text.at + whole, text.len - whole);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
