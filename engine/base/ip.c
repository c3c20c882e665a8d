// SPDX-License-Identifier: Apache-2.0
#include "engine/base/ip.h"

#include <stddef.h>

#include "engine/base/buf.h"

enum {
    V4_BITS = 32,
    V6_BITS = 128,
    GROUPS = 8,         // of 16 bits in an IPv6 address
    MAPPED_PREFIX = 96, // bits of ::ffff:0:0/96
};

static const uint64_t MAPPED = UINT64_C(0x0000ffff00000000); // lo of ::ffff:0:0

static uint8_t full_length(uint8_t family)
{
    return family == 4 ? V4_BITS : V6_BITS;
}

// A decimal number from 0 to `most` without leading zeros, at most three digits.
static bool take_decimal(Str *rest, unsigned most, unsigned *out)
{
    unsigned number = 0;
    size_t count = 0;
    for (; count < rest->len && count < 4; count++) {
        char c = rest->at[count];
        if (c < '0' || c > '9')
            break;
        number = number * 10 + (unsigned)(c - '0');
    }
    if (count == 0 || number > most || (count > 1 && rest->at[0] == '0'))
        return false;
    *rest = str_slice(*rest, count, rest->len);
    *out = number;
    return true;
}

// Four octets that are the whole text.
static bool parse_v4(Str text, uint32_t *out)
{
    uint32_t address = 0;
    for (int i = 0; i < 4; i++) {
        unsigned octet = 0;
        if (i > 0 && !str_take(&text, '.'))
            return false;
        if (!take_decimal(&text, 255, &octet))
            return false;
        address = address << 8 | octet;
    }
    *out = address;
    return text.len == 0;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// One to four hexadecimal digits that are the whole text.
static bool parse_group(Str text, uint16_t *out)
{
    unsigned group = 0;
    if (text.len == 0 || text.len > 4)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int value = hex_value(text.at[i]);
        if (value < 0)
            return false;
        group = group << 4 | (unsigned)value;
    }
    *out = (uint16_t)group;
    return true;
}

// Groups between colons, the last two perhaps as an IPv4 address if `may_end_in_v4`.
// The empty text has none.
static bool parse_groups(Str text, bool may_end_in_v4, uint16_t groups[GROUPS],
                         size_t *count)
{
    *count = 0;
    if (text.len == 0)
        return true;
    for (bool more = true; more;) {
        Cut cut = str_cut(text, ':');
        uint32_t v4 = 0;
        text = cut.tail;
        more = cut.found;
        if (*count == GROUPS)
            return false;
        if (parse_group(cut.head, &groups[*count])) {
            *count += 1;
        } else if (may_end_in_v4 && !more && *count <= GROUPS - 2 &&
                   parse_v4(cut.head, &v4)) {
            groups[*count] = (uint16_t)(v4 >> 16);
            groups[*count + 1] = (uint16_t)v4;
            *count += 2;
        } else {
            return false;
        }
    }
    return true;
}

// Where "::" begins, or the length of the text.
static size_t find_gap(Str text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.at[i] == ':' && text.at[i + 1] == ':')
            return i;
    }
    return text.len;
}

// RFC 4291 §2.2. "::" stands for at least one group of zeros.
static bool parse_v6(Str text, Ip *out)
{
    uint16_t groups[GROUPS] = {0};
    uint16_t tail[GROUPS] = {0};
    size_t count = 0;
    size_t tail_count = 0;
    size_t gap = find_gap(text);
    bool has_gap = gap < text.len;
    if (!parse_groups(str_slice(text, 0, gap), !has_gap, groups, &count) ||
        !parse_groups(str_slice(text, gap + 2, text.len), true, tail, &tail_count))
        return false;
    if (has_gap ? count + tail_count >= GROUPS : count != GROUPS)
        return false;
    for (size_t i = 0; i < tail_count; i++)
        groups[GROUPS - tail_count + i] = tail[i];
    *out = (Ip){.family = 6, .prefix = V6_BITS};
    for (size_t i = 0; i < GROUPS; i++) {
        uint64_t *half = i < GROUPS / 2 ? &out->hi : &out->lo;
        *half = *half << 16 | groups[i];
    }
    return true;
}

// An address as it stands, mapped ones still as IPv6.
static bool parse_address(Str text, Ip *out)
{
    uint32_t v4 = 0;
    if (parse_v4(text, &v4)) {
        *out = (Ip){.lo = v4, .family = 4, .prefix = V4_BITS};
        return true;
    }
    return parse_v6(text, out);
}

static Ip unmapped(Ip address)
{
    bool is_mapped = address.family == 6 && address.hi == 0 &&
                     (address.lo & ~(uint64_t)UINT32_MAX) == MAPPED &&
                     address.prefix >= MAPPED_PREFIX;
    if (!is_mapped)
        return address;
    return (Ip){.lo = address.lo & UINT32_MAX,
                .family = 4,
                .prefix = (uint8_t)(address.prefix - MAPPED_PREFIX)};
}

bool ip_parse(Str text, Ip *out)
{
    Ip address;
    if (!parse_address(text, &address))
        return false;
    *out = unmapped(address);
    return true;
}

// The address with all bits past the first `prefix` cleared.
static Ip masked(Ip address, uint8_t prefix)
{
    unsigned past = full_length(address.family) - prefix; // bits to clear at the end
    if (past >= 64)
        address.lo = 0;
    else
        address.lo &= ~(uint64_t)0 << past;
    if (past >= 128)
        address.hi = 0;
    else if (past > 64)
        address.hi &= ~(uint64_t)0 << (past - 64);
    address.prefix = prefix;
    return address;
}

static bool is_same_address(Ip a, Ip b)
{
    return a.family == b.family && a.hi == b.hi && a.lo == b.lo;
}

bool net_parse(Str text, Ip *out)
{
    Cut cut = str_cut(text, '/');
    Ip address;
    if (!parse_address(cut.head, &address))
        return false;
    if (cut.found) {
        unsigned prefix = 0;
        if (!take_decimal(&cut.tail, address.prefix, &prefix) || cut.tail.len > 0)
            return false;
        Ip net = masked(address, (uint8_t)prefix);
        if (!is_same_address(net, address))
            return false;
        address = net;
    }
    *out = unmapped(address);
    return true;
}

bool net_contains(Ip net, Ip inner)
{
    return inner.prefix >= net.prefix &&
           is_same_address(masked(inner, net.prefix), net);
}

// Finds the longest run of at least two zero groups, the first of equals (RFC 5952
// §4.2).
static size_t longest_zeros(const uint16_t groups[GROUPS], size_t *start)
{
    size_t longest = 1;
    *start = GROUPS;
    for (size_t i = 0; i < GROUPS; i++) {
        size_t end = i;
        while (end < GROUPS && groups[end] == 0)
            end++;
        if (end - i > longest) {
            longest = end - i;
            *start = i;
        }
    }
    return longest;
}

static void put_v6(Buf *buf, Ip address)
{
    uint16_t groups[GROUPS];
    for (size_t i = 0; i < GROUPS; i++) {
        uint64_t half = i < GROUPS / 2 ? address.hi : address.lo;
        groups[i] = (uint16_t)(half >> (48 - 16 * (i % (GROUPS / 2))));
    }
    size_t gap = 0;
    size_t gap_length = longest_zeros(groups, &gap);
    for (size_t i = 0; i < GROUPS; i++) {
        if (i == gap) {
            buf_c(buf, "::");
            i += gap_length - 1;
            continue;
        }
        if (i > 0 && i != gap + gap_length)
            buf_char(buf, ':');
        buf_printf(buf, "%x", groups[i]);
    }
}

void ip_format(Buf *buf, Ip address)
{
    if (address.family == 4) {
        unsigned v4 = (unsigned)address.lo;
        buf_printf(buf, "%u.%u.%u.%u", v4 >> 24, v4 >> 16 & 255, v4 >> 8 & 255,
                   v4 & 255);
    } else {
        put_v6(buf, address);
    }
    if (address.prefix < full_length(address.family))
        buf_printf(buf, "/%u", address.prefix);
}
