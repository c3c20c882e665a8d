// SPDX-License-Identifier: Apache-2.0
// item: numbers and times out of CBOR items.
//
// A number may be sent as an integer, a float or a decimal fraction; which of them
// makes no difference to what it is. A float stands for the shortest decimal that reads
// back as the same float, so 0.1 is 0.1. Nothing is rounded.
#ifndef PROVISO_ENGINE_DECIDE_ITEM_H
#define PROVISO_ENGINE_DECIDE_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/number.h"
#include "engine/base/cbor.h"

typedef enum Fit {
    FIT_NONE,   // no number
    FIT_EXACT,  // held exactly
    FIT_BEYOND, // a number, but too large or too fine
} Fit;

Fit item_to_decimal(const CborItem *item, Decimal *out);
// Whether it is a whole number, also one that fits nothing we have.
bool item_is_integral(const CborItem *item);
// The number, if it is whole and fits.
bool item_to_i64(const CborItem *item, int64_t *out);
// Whole seconds, in nanoseconds.
bool item_to_duration(const CborItem *item, int64_t *out);
// Whole seconds since 1970 or a text of RFC 3339, in nanoseconds since 1970.
bool item_to_time(const CborItem *item, int64_t *out);

#endif
