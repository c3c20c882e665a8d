// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/secret.h"

#include <stddef.h>
#include <string.h>

enum {
    RUN_MIN = SECRET_MIN, // no credential has fewer bytes of LINK in a row
    SCAN_MAX = 128,       // bytes of a body that are looked at
    JWT_PART_MIN = 16,    // 12 bytes, the shortest initialization vector in use
    PEM_LABEL_MAX = 64,
};

// Classes of bytes, as bits.
enum {
    LOWER = 1,
    UPPER = 2,
    DIGIT = 4,
    MARK = 8,   // "-" and "_"
    DOT = 16,   // "."
    OTHER = 32, // "~", "+" and "/": the rest of RFC 6750's token68

    CAPITAL = UPPER | DIGIT,
    ALNUM = LOWER | UPPER | DIGIT,
    TOKEN = ALNUM | MARK,
    DOTTED = TOKEN | DOT,
    LINK = DOTTED | OTHER, // what can be part of a credential
};

static const struct {
    Str prefix;
    unsigned alphabet;
    size_t min;
    size_t max; // 0: none
    unsigned classes;
} SHAPES[] = {
#define SECRET(prefix, alphabet, min, max, classes)                                    \
    {{prefix, sizeof prefix - 1}, alphabet, min, max, classes},
#include "engine/decide/secret.def"
#undef SECRET
};

static const unsigned char CLASSES[256] = {
    ['+'] = OTHER, ['-'] = MARK,  ['.'] = DOT,   ['/'] = OTHER, ['_'] = MARK,
    ['~'] = OTHER, ['0'] = DIGIT, DIGIT,         DIGIT,         DIGIT,
    DIGIT,         DIGIT,         DIGIT,         DIGIT,         DIGIT,
    DIGIT,         ['A'] = UPPER, UPPER,         UPPER,         UPPER,
    UPPER,         UPPER,         UPPER,         UPPER,         UPPER,
    UPPER,         UPPER,         UPPER,         UPPER,         UPPER,
    UPPER,         UPPER,         UPPER,         UPPER,         UPPER,
    UPPER,         UPPER,         UPPER,         UPPER,         UPPER,
    UPPER,         UPPER,         ['a'] = LOWER, LOWER,         LOWER,
    LOWER,         LOWER,         LOWER,         LOWER,         LOWER,
    LOWER,         LOWER,         LOWER,         LOWER,         LOWER,
    LOWER,         LOWER,         LOWER,         LOWER,         LOWER,
    LOWER,         LOWER,         LOWER,         LOWER,         LOWER,
    LOWER,         LOWER,         LOWER,
};

static unsigned class_of(char c)
{
    return CLASSES[(unsigned char)c];
}

static bool is_in(char c, unsigned alphabet)
{
    return (class_of(c) & alphabet) != 0;
}

// How many bytes of the alphabet the text begins with.
static size_t span(Str text, unsigned alphabet)
{
    size_t length = 0;
    while (length < text.len && is_in(text.at[length], alphabet))
        length++;
    return length;
}

// How many of lower case, upper case and digits the text shows.
static unsigned count_classes(Str text)
{
    unsigned seen = 0;
    for (size_t i = 0; i < text.len; i++)
        seen |= class_of(text.at[i]);
    return (seen & LOWER ? 1U : 0U) + (seen & UPPER ? 1U : 0U) +
           (seen & DIGIT ? 1U : 0U);
}

// Whether a credential can begin with that character: most words can't be one.
static bool can_start(char c)
{
    return c == 'e' // a JWT
#define SECRET(prefix, alphabet, min, max, classes) || c == (prefix)[0]
#include "engine/decide/secret.def"
#undef SECRET
        ;
}

// The text begins with one of secret.def.
static bool starts_with_shape(Str text)
{
    for (size_t i = 0; i < sizeof SHAPES / sizeof SHAPES[0]; i++) {
        if (text.at[0] != SHAPES[i].prefix.at[0] || !str_starts(text, SHAPES[i].prefix))
            continue;
        Str body =
            str_slice(text, SHAPES[i].prefix.len, SHAPES[i].prefix.len + SCAN_MAX);
        size_t length = span(body, SHAPES[i].alphabet);
        bool is_too_long = SHAPES[i].max != 0 && length > SHAPES[i].max;
        if (length >= SHAPES[i].min && !is_too_long &&
            count_classes(str_slice(body, 0, length)) >= SHAPES[i].classes)
            return true;
    }
    return false;
}

// header "." [payload] "." signature, the header being base64url of a text that begins
// with
// {" (RFC 7515 §3.1, appendix F; RFC 7516 §3.1).
static bool starts_with_jwt(Str text)
{
    if (!str_starts(text, STR("eyJ")))
        return false;
    size_t header = span(text, TOKEN);
    if (header < JWT_PART_MIN || header == text.len || text.at[header] != '.')
        return false;
    text = str_slice(text, header + 1, text.len);
    size_t payload = span(text, TOKEN);
    if ((payload > 0 && payload < JWT_PART_MIN) || payload == text.len ||
        text.at[payload] != '.')
        return false;
    return span(str_slice(text, payload + 1, text.len), TOKEN) >= JWT_PART_MIN;
}

// A run of LINK. A shape begins where no letter or digit stands before it, a JWT where
// no character of its own does, so that none of its parts is read more than three
// times.
static bool run_has_shape(Str run)
{
    for (size_t i = 0; i + RUN_MIN <= run.len; i++) {
        if (!can_start(run.at[i]) || (i > 0 && is_in(run.at[i - 1], ALNUM)))
            continue;
        Str rest = str_slice(run, i, run.len);
        if (starts_with_shape(rest))
            return true;
        if ((i == 0 || !is_in(run.at[i - 1], MARK)) && starts_with_jwt(rest))
            return true;
    }
    return false;
}

// The text ends in "Bearer" and at least one space.
static bool ends_with_bearer(Str text)
{
    size_t length = text.len;
    while (length > 0 && (text.at[length - 1] == ' ' || text.at[length - 1] == '\t'))
        length--;
    return length < text.len && length >= 6 &&
           str_eq_nocase(str_slice(text, length - 6, length), STR("bearer"));
}

// A word of prose is in one case, but for a capital in front, and has no digit.
static bool is_random(Str run)
{
    Str body = str_slice(run, 1, 1 + SCAN_MAX);
    unsigned classes = 0;
    for (size_t i = 0; i < body.len; i++)
        classes |= class_of(body.at[i]);
    return (classes & DIGIT) != 0 || (classes & (LOWER | UPPER)) == (LOWER | UPPER);
}

static const char *find_dash(Str text)
{
    return text.len == 0 ? NULL : memchr(text.at, '-', text.len);
}

// "-----BEGIN " label "-----", where the label names a private key (RFC 7468 §2).
static bool has_private_key(Str text)
{
    Str begin = STR("-----BEGIN ");
    const char *dash;
    for (Str rest = text; (dash = find_dash(rest)) != NULL;
         rest = str_slice(rest, 1, rest.len)) {
        rest = str_slice(rest, (size_t)(dash - rest.at), rest.len);
        if (!str_starts(rest, begin))
            continue;
        Str label = str_slice(rest, begin.len, begin.len + PEM_LABEL_MAX);
        label = str_cut(label, '-').head;
        if (str_contains(label, STR("PRIVATE KEY")))
            return true;
    }
    return false;
}

// Whether the run of LINK at [start, end) is or holds a credential.
static bool run_is_secret(Str text, size_t start, size_t end)
{
    Str run = str_slice(text, start, end);
    return run_has_shape(run) ||
           (ends_with_bearer(str_slice(text, 0, start)) && is_random(run));
}

// Goes RUN_MIN bytes ahead and from there back to where the run began; most of a text
// with shorter runs is never read. Not inline: its frame would cost the texts that need
// no such look a fifth.
static __attribute__((noinline)) bool has_secret(Str text)
{
    size_t at = 0; // no run reaches over it from before
    while (text.len - at >= RUN_MIN) {
        size_t start = at + RUN_MIN;
        while (start > at && is_in(text.at[start - 1], LINK))
            start--;
        if (start > at) {
            at = start;
            continue;
        }
        size_t end = at + RUN_MIN + span(str_slice(text, at + RUN_MIN, text.len), LINK);
        if (run_is_secret(text, at, end))
            return true;
        at = end;
    }
    return has_private_key(text);
}

// After which characters each can be the second of a credential, or the space behind
// "Bearer": a bit for each, by its five lower bits.
static const uint32_t SECOND[256] = {
#define AFTER(c) (UINT32_C(1) << (c) % 32)
    ['\t'] = AFTER('r'),
    [' '] = AFTER('r'),
    ['E'] = AFTER('B'), // "BEGIN"
    ['G'] = AFTER('S'),
    ['I'] = AFTER('A'),
    ['K'] = AFTER('A'),
    ['O'] = AFTER('G'),
    ['S'] = AFTER('A'),
    ['a'] = AFTER('x') | AFTER('y'),
    ['f'] = AFTER('h'),
    ['h'] = AFTER('g') | AFTER('s'),
    ['i'] = AFTER('g'),
    ['k'] = AFTER('r') | AFTER('s'),
    ['l'] = AFTER('g'),
    ['o'] = AFTER('d') | AFTER('x'),
    ['p'] = AFTER('n'),
    ['v'] = AFTER('h'),
    ['y'] = AFTER('e') | AFTER('p'), // a JWT
#undef AFTER
};

// Whether two neighbours, with room for the rest behind them, can begin a credential.
// Those of most names, addresses and paths can't: for them this takes a tenth of
// looking closer.
bool secret_shaped(Str text)
{
    for (size_t i = 0; i + RUN_MIN <= text.len; i++)
        if ((SECOND[(unsigned char)text.at[i + 1]] >> (text.at[i] & 31) & 1) != 0)
            return has_secret(text);
    return false;
}
