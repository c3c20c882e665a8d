// SPDX-License-Identifier: Apache-2.0
// arg_char: classes of ASCII bytes, independent of the locale, for the argument
// parsers.
#ifndef PROVISO_ENGINE_VM_ARG_CHAR_H
#define PROVISO_ENGINE_VM_ARG_CHAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/str.h"

static inline bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool char_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool char_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool char_is_letter(char c)
{
    return char_is_lower(c) || char_is_upper(c);
}

static inline bool char_is_word(char c)
{
    return char_is_letter(c) || char_is_digit(c) || c == '_';
}

static inline bool char_is_ascii(char c)
{
    return (unsigned char)c < 0x80;
}

// A C0 control or DEL.
static inline bool char_is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

// Visible ASCII: neither control nor space.
static inline bool char_is_visible(char c)
{
    return (unsigned char)c > 0x20 && (unsigned char)c < 0x7f;
}

static inline char char_lower(char c)
{
    return char_is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

// The value of a hexadecimal digit, or -1.
static inline int char_hex(char c)
{
    if (char_is_digit(c))
        return c - '0';
    char lower = char_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Reads `size` bytes of two hexadecimal digits each. False: the text is something else.
static inline bool char_read_hex(Str text, uint8_t *out, size_t size)
{
    if (text.len != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = char_hex(text.at[2 * i]), low = char_hex(text.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

#endif
