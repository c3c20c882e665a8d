// SPDX-License-Identifier: Apache-2.0
#include "engine/base/utf8.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/bug.h"

// The length that a lead byte promises; 0 for a byte that can't lead.
static size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if ((lead & 0xf0) == 0xe0)
        return 3;
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

// What RFC 3629 §4 excludes although the bytes have the shape of a sequence of
// `length`.
static bool is_excluded(uint32_t point, size_t length)
{
    switch (length) {
    case 3:
        return point < 0x800 || (point >= 0xd800 && point <= 0xdfff);
    case 4:
        return point < 0x10000 || point > 0x10ffff;
    }
    return false;
}

bool utf8_next(Str *rest, uint32_t *point)
{
    if (rest->len == 0)
        return false;
    unsigned char lead = (unsigned char)rest->at[0];
    size_t length = sequence_length(lead);
    if (length == 0 || length > rest->len)
        return false;
    uint32_t value = length == 1 ? lead : lead & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        unsigned char next = (unsigned char)rest->at[i];
        if ((next & 0xc0) != 0x80)
            return false;
        value = value << 6 | (next & 0x3fU);
    }
    if (is_excluded(value, length))
        return false;
    *point = value;
    *rest = str_slice(*rest, length, rest->len);
    return true;
}

static bool has_high_bit(uint64_t word)
{
    return (word & UINT64_C(0x8080808080808080)) != 0;
}

// How many bytes from the start are plain ASCII: most text is. Eight at a time, then
// one; the last few, where there are eight before, once more with those.
static size_t ascii_prefix(Str text)
{
    size_t at = 0;
    uint64_t word;
    for (; text.len - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text.at + at, sizeof word);
        if (has_high_bit(word))
            break;
    }
    if (at > 0 && text.len - at < sizeof word) {
        memcpy(&word, text.at + text.len - sizeof word, sizeof word);
        if (!has_high_bit(word))
            return text.len;
    }
    while (at < text.len && (unsigned char)text.at[at] < 0x80)
        at++;
    return at;
}

size_t utf8_valid_prefix(Str text)
{
    Str rest = text;
    uint32_t point = 0;
    do {
        size_t plain = ascii_prefix(rest);
        rest = (Str){rest.at + plain, rest.len - plain};
    } while (utf8_next(&rest, &point));
    return text.len - rest.len;
}

bool utf8_is_valid(Str text)
{
    return ascii_prefix(text) == text.len || utf8_valid_prefix(text) == text.len;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t utf8_count(Str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_continuation(text.at[i]))
            count++;
    }
    return count;
}

void utf8_encode(Buf *buf, uint32_t point)
{
    size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    CHECK(point <= 0x10ffff && !is_excluded(point, length));
    if (length == 1) {
        buf_char(buf, (char)point);
        return;
    }
    char bytes[4];
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    bytes[0] = (char)(0xf00U >> length | point);
    buf_bytes(buf, bytes, length);
}

// The first UTF-16 code unit of a code point. It decides the order, for the second ones
// are in the order of the code points.
static uint32_t first_code_unit(uint32_t point)
{
    return point < 0x10000 ? point : 0xd800 + ((point - 0x10000) >> 10);
}

int utf8_compare_as_utf16(Str a, Str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    size_t same = 0;
    while (same < shorter && a.at[same] == b.at[same])
        same++;
    if (same == shorter)
        return str_compare(a, b);
    while (same > 0 && is_continuation(a.at[same]))
        same--;
    Str rest_a = str_slice(a, same, a.len);
    Str rest_b = str_slice(b, same, b.len);
    uint32_t point_a = 0;
    uint32_t point_b = 0;
    CHECK(utf8_next(&rest_a, &point_a) && utf8_next(&rest_b, &point_b));
    uint32_t unit_a = first_code_unit(point_a);
    uint32_t unit_b = first_code_unit(point_b);
    if (unit_a != unit_b)
        return unit_a < unit_b ? -1 : 1;
    return point_a < point_b ? -1 : 1;
}
