// SPDX-License-Identifier: Apache-2.0
// ip: the language's ip and net: an address, or the range of addresses with one prefix.
//
// An IPv4 address has one form only: IPv4-mapped IPv6 (::ffff:a.b.c.d, RFC 4291
// §2.5.5.2) becomes IPv4 when read, so that it can't step around a rule about IPv4.
// What returns false leaves *out as it was; what is written reads back as the same.
#ifndef PROVISO_ENGINE_BASE_IP_H
#define PROVISO_ENGINE_BASE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

typedef struct Buf Buf;

// The address is hi * 2^64 + lo; of IPv4 the low 32 bits of lo, the rest 0.
typedef struct Ip {
    uint64_t hi;
    uint64_t lo;
    uint8_t family; // 4 or 6
    uint8_t prefix; // how many bits count: 32 or 128 for a single address
} Ip;

// A single address. IPv4: four decimal octets without leading zeros. IPv6: as in RFC
// 4291 §2.2, without a zone.
bool ip_parse(Str text, Ip *out);
// An address, or ADDRESS/PREFIX in which every bit past the prefix is 0. A range of
// mapped addresses (prefix 96 and up) becomes the IPv4 range.
bool net_parse(Str text, Ip *out);
// True if every address of `inner` lies in `net`.
bool net_contains(Ip net, Ip inner);
// Dotted decimal or RFC 5952; with "/prefix" when it is a range.
void ip_format(Buf *buf, Ip address);

#endif
