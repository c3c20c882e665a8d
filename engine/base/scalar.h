// SPDX-License-Identifier: Apache-2.0
// scalar: the language's scalar values, the same for the compiler and the engine: how
// they are read from text, written, compared and calculated with.
//
// Everything is exact. A text that the value can't hold exactly is refused, never
// rounded; an operation whose result does not fit says so. A reader that returns false
// leaves *out as it was. A text that a `*_format` function has written reads back as
// the same value.
#ifndef PROVISO_ENGINE_BASE_SCALAR_H
#define PROVISO_ENGINE_BASE_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

typedef struct Buf Buf;

// ---- int: 64 bit ----

// Digits with an optional sign '-'. "007" and "-0" are fine, "+1", "" and " 1" are not.
bool i64_parse(Str text, int64_t *out);

// ---- decimal: 128 bit, 18 places ----

enum { DECIMAL_PLACES = 18 };

// value = coefficient / 10^18; the coefficient is hi * 2^64 + lo, two's complement.
typedef struct Decimal {
    int64_t hi;
    uint64_t lo;
} Decimal;

// The number grammar of JSON (RFC 8259 §6), exponent included.
bool decimal_parse(Str text, Decimal *out);
Decimal decimal_from_i64(int64_t number);
// The shortest text that reads back as the same double is taken at its word, so 0.1 is
// 0.1. False for what is not finite or doesn't fit.
bool decimal_from_double(double number, Decimal *out);
// False unless the value is integral and in range.
bool decimal_to_i64(Decimal number, int64_t *out);
bool decimal_add(Decimal a, Decimal b, Decimal *out);
bool decimal_sub(Decimal a, Decimal b, Decimal *out);
// False also when the product needs more than 18 places.
bool decimal_mul(Decimal a, Decimal b, Decimal *out);
bool decimal_neg(Decimal a, Decimal *out);
// Negative, 0 or positive.
int decimal_compare(Decimal a, Decimal b);
// Without exponent, with as many places as it takes: "50", "-0.5".
void decimal_format(Buf *buf, Decimal number);

// As ECMAScript writes numbers (RFC 8785 §3.2.2.3). False, and nothing is written, for
// what is not finite. Needs the C locale.
bool double_format(Buf *buf, double number);

// ---- duration: nanoseconds ----

// One or more of INTEGER UNIT, units from d, h, m, s, ms, us, ns, each at most once and
// in this order: "15m", "1h30m", "250ms", "14d"; '-' in front negates. "0s" is zero.
bool duration_parse(Str text, int64_t *out);
// The form that duration_parse reads, largest units first, no part zero: "1h30m",
// "14d", "1d12h"; "0s" for nothing.
void duration_format(Buf *buf, int64_t nanoseconds);

// ---- time: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds ----

// A date-time of RFC 3339 §5.6 with 'Z' or an offset and up to 9 digits of fraction, or
// a date alone, which is its midnight UTC. Years that 64 bits can't hold are refused,
// and so is second 60.
bool time_parse(Str text, int64_t *out);
// RFC 3339 in UTC; the fraction only if there is one, without trailing zeros.
void time_format(Buf *buf, int64_t nanoseconds);

// ---- ip and net ----

// An address, or a range of them. An IPv4 address is the low 32 bits of lo.
typedef struct Ip {
    uint64_t hi;
    uint64_t lo;
    uint8_t family; // 4 or 6
    uint8_t prefix; // bits that count: 32 or 128 for one address
} Ip;

// One address. IPv4 in four decimal octets without leading zeros; IPv6 as in RFC 4291
// §2.2 without a zone. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) becomes the IPv4
// address, so that it can't step around a rule about IPv4.
bool ip_parse(Str text, Ip *out);
// An address, or address/prefix in which every bit past the prefix is 0. A range of
// mapped addresses (prefix 96 and up) becomes the IPv4 range.
bool net_parse(Str text, Ip *out);
// True if every address of `inner` lies in `net`.
bool net_contains(Ip net, Ip inner);
// RFC 5952 or dotted decimal; "/prefix" when it is a range.
void ip_format(Buf *buf, Ip address);

#endif
