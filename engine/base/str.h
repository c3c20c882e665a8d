// SPDX-License-Identifier: Apache-2.0
// str: text and bytes as (pointer, length) values, never NUL-terminated.
//
// A Str is a view: it owns nothing and lives as long as what it looks into. Passed by
// value.
#ifndef PROVISO_ENGINE_BASE_STR_H
#define PROVISO_ENGINE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Str {
    const char *at;
    size_t len;
} Str;

// A Str over a string literal.
#define STR(literal) ((Str){"" literal, sizeof(literal) - 1})
// The two arguments of printf's "%.*s".
#define STR_ARG(str) (int)(str).len, (str).at

// What str_cut makes: the text before the separator, the text after it, and whether it
// was there. Without it, head is the whole text and tail is empty.
typedef struct Cut {
    Str head;
    Str tail;
    bool found;
} Cut;

// A view of a NUL-terminated string.
static inline Str str_from_c(const char *text)
{
    return (Str){text, strlen(text)};
}

// Inline: compared with a literal it is a few instructions, and most texts of one
// length differ in their first byte.
static inline bool str_eq(Str a, Str b)
{
    if (a.len != b.len || b.len == 0)
        return a.len == b.len;
    return a.at[0] == b.at[0] && memcmp(a.at, b.at, b.len) == 0;
}
// As bytes: negative, 0 or positive as a sorts before, with or after b.
int str_compare(Str a, Str b);
bool str_starts(Str text, Str prefix);
bool str_ends(Str text, Str suffix);
// Equal when ASCII letters are taken without case.
bool str_eq_nocase(Str a, Str b);
// True if `part` occurs in `text`; the empty part always does.
bool str_contains(Str text, Str part);
// The part of text from byte `from` up to `to`; both are clipped to the text.
static inline Str str_slice(Str text, size_t from, size_t to)
{
    if (to > text.len)
        to = text.len;
    if (from > to)
        from = to;
    return text.len == 0 ? text : (Str){text.at + from, to - from};
}
// Takes `c` from the front of *rest; false, and nothing is taken, if it isn't there.
bool str_take(Str *rest, char c);
// Splits at the first `separator`.
Cut str_cut(Str text, char separator);
// Splits at the last `separator`: head before it, tail after it.
Cut str_cut_last(Str text, char separator);
// Without ASCII white space at both ends.
Str str_trim(Str text);

// The number of single-character edits (insert, delete, replace, swap of neighbours)
// that turn a into b, at most `limit` + 1. For suggestions; both must be at most 64
// bytes, else limit + 1.
size_t str_distance(Str a, Str b, size_t limit);

// SipHash-1-3 of the bytes under a 128-bit key. For tables that hold strings a caller
// can choose. (Aumasson, Bernstein 2012; one compression, three finalisation rounds.)
uint64_t str_hash(Str text, const uint64_t key[2]);

// A hash that takes a third of that time, docs/bundle.md says which, and no secret: who
// chooses the texts can make them meet. For tables that are checked when they are made.
uint64_t str_hash_plain(Str text, const uint64_t key[2]);

// SipHash-2-4 with 128 bits. Whoever doesn't know the key can't find two texts of one
// hash, so the hash may stand for the text.
void str_hash_128(Str text, const uint64_t key[2], uint64_t out[2]);

#endif
