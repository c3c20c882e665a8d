// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_sql_lex.h"

#include <string.h>

#include "engine/vm/arg_char.h"

static const struct {
    Str text;
    unsigned flags;
} WORDS[] = {
    {{"", 0}, 0},
#define WORD(name, text, flags) {{text, sizeof text - 1}, flags},
#include "engine/vm/arg_sql_word.def"
#undef WORD
};

enum { WORD_COUNT = sizeof WORDS / sizeof WORDS[0] };

bool sql_word_has(SqlWord word, SqlWordFlag flag)
{
    return (WORDS[word].flags & (unsigned)flag) != 0;
}

// Order of a text in lower case and a text whose letters are taken without case.
static int compare_nocase(Str lower, Str text)
{
    for (size_t i = 0; i < lower.len && i < text.len; i++) {
        int difference = lower.at[i] - char_lower(text.at[i]);
        if (difference != 0)
            return difference;
    }
    return lower.len == text.len ? 0 : lower.len < text.len ? -1 : 1;
}

static SqlWord find_word(Str text)
{
    size_t low = 1;
    size_t high = WORD_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_nocase(WORDS[middle].text, text);
        if (order == 0)
            return (SqlWord)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SQL_OTHER;
}

// The byte at `i`; 0 past the end. The text has no NUL in it, see sql_lex_next.
static char byte_at(Str text, size_t i)
{
    return i < text.len ? text.at[i] : '\0';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void skip(Str *rest, size_t count)
{
    *rest = str_slice(*rest, count, rest->len);
}

// At "--".
static bool skip_line_comment(Str *rest)
{
    char after = byte_at(*rest, 2);
    if (rest->len > 2 && !is_space(after))
        return false;
    size_t i = 2;
    while (i < rest->len && rest->at[i] != '\n') {
        if (rest->at[i] == '\r' && byte_at(*rest, i + 1) != '\n')
            return false;
        i++;
    }
    skip(rest, i);
    return true;
}

// At "/*".
static bool skip_block_comment(Str *rest)
{
    char kind = byte_at(*rest, 2);
    if (kind == '!' || kind == '+' || (kind == 'M' && byte_at(*rest, 3) == '!'))
        return false;
    for (size_t i = 2; i + 1 < rest->len; i++) {
        if (rest->at[i] == '/' && rest->at[i + 1] == '*')
            return false;
        if (rest->at[i] == '*' && rest->at[i + 1] == '/') {
            skip(rest, i + 2);
            return true;
        }
    }
    return false;
}

static bool skip_blanks(Str *rest)
{
    for (;;) {
        while (rest->len > 0 && is_space(rest->at[0]))
            skip(rest, 1);
        if (str_starts(*rest, STR("--"))) {
            if (!skip_line_comment(rest))
                return false;
        } else if (str_starts(*rest, STR("/*"))) {
            if (!skip_block_comment(rest))
                return false;
        } else {
            return true;
        }
    }
}

// At a quote; one that is doubled stands for itself.
static bool take_quoted(Str *rest, SqlToken *out)
{
    char quote = rest->at[0];
    size_t i = 1;
    while (i < rest->len && (rest->at[i] != quote || byte_at(*rest, i + 1) == quote)) {
        if (rest->at[i] == '\\')
            return false;
        i += rest->at[i] == quote ? 2 : 1;
    }
    if (i >= rest->len)
        return false;
    out->kind = quote == '"' ? TOKEN_QUOTED : TOKEN_TEXT;
    out->text = str_slice(*rest, 1, i);
    skip(rest, i + 1);
    return true;
}

static size_t word_length(Str text)
{
    size_t i = 0;
    while (i < text.len && char_is_word(text.at[i]))
        i++;
    return i;
}

static bool is_literal_prefix(Str word)
{
    return word.len == 1 && memchr("eEbBxXnN", word.at[0], 8) != NULL;
}

// At a letter or "_".
static bool take_word(Str *rest, SqlToken *out)
{
    size_t length = word_length(*rest);
    Str word = str_slice(*rest, 0, length);
    skip(rest, length);
    char after = byte_at(*rest, 0);
    char second = byte_at(*rest, 1);
    if (after == '"' || after == '$' || (after == '\'' && !is_literal_prefix(word)))
        return false;
    if (after == '&' && (second == '\'' || second == '"'))
        return false;
    out->kind = TOKEN_WORD;
    out->word = find_word(word);
    out->text = word;
    return true;
}

static size_t digits_length(Str text, size_t from)
{
    size_t i = from;
    while (char_is_digit(byte_at(text, i)))
        i++;
    return i - from;
}

// At a digit, or at a dot before one.
static bool take_number(Str *rest, SqlToken *out)
{
    size_t length = digits_length(*rest, 0);
    if (byte_at(*rest, length) == '.')
        length += 1 + digits_length(*rest, length + 1);
    if (char_lower(byte_at(*rest, length)) == 'e') {
        size_t exponent = length + 1;
        if (byte_at(*rest, exponent) == '+' || byte_at(*rest, exponent) == '-')
            exponent++;
        size_t digits = digits_length(*rest, exponent);
        if (digits == 0)
            return false;
        length = exponent + digits;
    }
    out->kind = TOKEN_NUMBER;
    out->text = str_slice(*rest, 0, length);
    skip(rest, length);
    char after = byte_at(*rest, 0);
    return !char_is_word(after) && after != '.' && after != '$' && after != '\'' &&
           after != '"';
}

// At "$", ":" or "@", before a digit, a letter or "_": the name after `marks` such
// bytes.
static bool take_parameter(Str *rest, size_t marks, SqlToken *out)
{
    skip(rest, marks);
    size_t length = word_length(*rest);
    out->kind = TOKEN_PARAMETER;
    out->text = str_slice(*rest, 0, length);
    skip(rest, length);
    char after = byte_at(*rest, 0);
    return after != '$' && after != '\'' && after != '"';
}

static bool take_dollar(Str *rest, SqlToken *out)
{
    size_t digits = digits_length(*rest, 1);
    bool is_number = digits > 0 && !char_is_word(byte_at(*rest, 1 + digits));
    return is_number && take_parameter(rest, 1, out);
}

static bool take_symbol(Str *rest, SqlToken *out)
{
    char c = rest->at[0];
    if (memchr("(),.;*+-/<>=~!%^&|?:@", c, 21) == NULL || str_starts(*rest, STR("*/")))
        return false;
    out->kind = TOKEN_SYMBOL;
    out->symbol = c;
    out->text = str_slice(*rest, 0, 1);
    skip(rest, 1);
    return true;
}

// At ":" or "@".
static bool take_marked(Str *rest, SqlToken *out)
{
    char second = byte_at(*rest, 1);
    if (rest->at[0] == ':' && second == ':') {
        out->kind = TOKEN_CAST;
        skip(rest, 2);
        return true;
    }
    if (rest->at[0] == ':' && (second == '\'' || second == '"'))
        return false;
    if (char_is_letter(second) || second == '_')
        return take_parameter(rest, 1, out);
    if (str_starts(*rest, STR("@@")) && char_is_letter(byte_at(*rest, 2)))
        return take_parameter(rest, 2, out);
    return take_symbol(rest, out);
}

static bool ends_a_name(SqlToken token)
{
    return token.kind == TOKEN_WORD || token.kind == TOKEN_QUOTED ||
           token.symbol == ')';
}

static bool take_dot(Str *rest, SqlToken before, SqlToken *out)
{
    if (!char_is_digit(byte_at(*rest, 1)))
        return take_symbol(rest, out);
    return !ends_a_name(before) && take_number(rest, out);
}

bool sql_lex_next(Str *rest, SqlToken before, SqlToken *out)
{
    *out = (SqlToken){.kind = TOKEN_END};
    if (!skip_blanks(rest))
        return false;
    if (rest->len == 0)
        return true;
    char c = rest->at[0];
    if (char_is_letter(c) || c == '_')
        return take_word(rest, out);
    if (char_is_digit(c))
        return take_number(rest, out);
    switch (c) {
    case '\'':
    case '"':
        return take_quoted(rest, out);
    case '$':
        return take_dollar(rest, out);
    case ':':
    case '@':
        return take_marked(rest, out);
    case '.':
        return take_dot(rest, before, out);
    }
    return take_symbol(rest, out);
}
