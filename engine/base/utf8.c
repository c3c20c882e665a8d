// SPDX-License-Identifier: Apache-2.0
#include "engine/base/utf8.h"

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

bool utf8_is_valid(Str text)
{
    uint32_t point;
    while (text.len > 0) {
        if (!utf8_next(&text, &point))
            return false;
    }
    return true;
}
