// SPDX-License-Identifier: Apache-2.0
// number: the language's int and decimal, and the text of a double.
//
// Everything is exact. A text that the value can't hold exactly is refused, never
// rounded; an operation whose result doesn't fit says so. What returns false leaves
// *out as it was.
#ifndef PROVISO_ENGINE_BASE_NUMBER_H
#define PROVISO_ENGINE_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

typedef struct Buf Buf;

// Digits with an optional '-'. "007" and "-0" are fine; "+1", "" and " 1" are not.
bool i64_parse(Str text, int64_t *out);

enum { DECIMAL_PLACES = 18 };

// value = coefficient / 10^18; the coefficient is hi * 2^64 + lo in two's complement.
typedef struct Decimal {
    int64_t hi;
    uint64_t lo;
} Decimal;

// The number grammar of JSON (RFC 8259 §6), exponent included.
bool decimal_parse(Str text, Decimal *out);
Decimal decimal_from_i64(int64_t number);
// The shortest text that reads back as the same double is taken at its word: 0.1 is
// 0.1. False for what is not finite or doesn't fit.
bool decimal_from_double(double number, Decimal *out);
// False unless the value is integral and in range.
bool decimal_to_i64(Decimal number, int64_t *out);
bool decimal_add(Decimal a, Decimal b, Decimal *out);
bool decimal_sub(Decimal a, Decimal b, Decimal *out);
// False also when the product needs more than 18 places.
bool decimal_mul(Decimal a, Decimal b, Decimal *out);
// Negative, 0 or positive.
static inline int decimal_compare(Decimal a, Decimal b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return a.lo == b.lo ? 0 : a.lo < b.lo ? -1 : 1;
}
// Without exponent, with as many places as it takes: "50", "-0.5". Reads back as the
// same.
void decimal_format(Buf *buf, Decimal number);

// As ECMAScript writes numbers (RFC 8785 §3.2.2.3). False, and nothing is written, for
// what is not finite. Needs the C locale.
bool double_format(Buf *buf, double number);

#endif
