// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_text.h"

#include "engine/base/utf8.h"

typedef struct PointRange {
    uint32_t first;
    uint32_t last;
} PointRange;

// In ascending order.
static const PointRange HIDDEN[] = {
    {0x0000, 0x0008},    // controls up to tab
    {0x000b, 0x001f},    // controls past newline
    {0x007f, 0x009f},    // DEL and C1
    {0x00ad, 0x00ad},    // soft hyphen
    {0x034f, 0x034f},    // combining grapheme joiner
    {0x061c, 0x061c},    // Arabic letter mark
    {0x115f, 0x1160},    // Hangul fillers
    {0x17b4, 0x17b5},    // Khmer inherent vowels
    {0x180b, 0x180f},    // Mongolian selectors and vowel separator
    {0x200b, 0x200f},    // zero-width spaces and joiners, direction marks
    {0x2028, 0x202e},    // separators, direction embeddings and overrides
    {0x2060, 0x206f},    // word joiner, invisible operators, direction isolates
    {0x2800, 0x2800},    // blank braille pattern
    {0x3164, 0x3164},    // Hangul filler
    {0xe000, 0xf8ff},    // private use
    {0xfdd0, 0xfdef},    // noncharacters
    {0xfe00, 0xfe0f},    // variation selectors
    {0xfeff, 0xfeff},    // byte order mark
    {0xffa0, 0xffa0},    // halfwidth Hangul filler
    {0xfff0, 0xfffb},    // annotations and what is unassigned before them
    {0xfffe, 0xffff},    // noncharacters
    {0x1bca0, 0x1bca3},  // shorthand format controls
    {0x1d159, 0x1d159},  // musical null notehead
    {0x1d173, 0x1d17a},  // musical format controls
    {0xe0000, 0x10ffff}, // tags, selectors, private use
};

static bool point_is_hidden(uint32_t point)
{
    size_t i = 0;
    while (i < sizeof HIDDEN / sizeof HIDDEN[0] && HIDDEN[i].last < point)
        i++;
    return i < sizeof HIDDEN / sizeof HIDDEN[0] && HIDDEN[i].first <= point;
}

static bool is_line_end(Str text)
{
    return str_starts(text, STR("\r\n"));
}

bool text_plain(Str text)
{
    while (text.len > 0) {
        uint32_t point;
        bool ends_line = is_line_end(text);
        if (!utf8_next(&text, &point) || (point_is_hidden(point) && !ends_line))
            return false;
    }
    return true;
}

bool text_fold(Str text, Buf *memory, Str *out)
{
    return arg_lower(text, memory, out);
}

bool text_contains(Str text, Str part)
{
    return str_contains(text, part);
}

bool text_starts(Str text, Str prefix)
{
    return str_starts(text, prefix);
}
