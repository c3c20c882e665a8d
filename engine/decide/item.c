// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/item.h"

#include <math.h>

#include "engine/base/checked.h"
#include "engine/base/time.h"

static const int64_t SECOND = 1000000000;

static int64_t power_of_ten(int64_t exponent)
{
    int64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

// mantissa * 10^exponent. Nothing is rounded: what has more than 18 places, or more
// digits than fit, is beyond.
static Fit scaled_to_decimal(int64_t mantissa, int64_t exponent, Decimal *out)
{
    enum { MAX_EXPONENT = 20 }; // 10^21 fits no decimal
    if (mantissa == 0)
        exponent = 0;
    for (; exponent < 0 && mantissa % 10 == 0; exponent++)
        mantissa /= 10;
    if (exponent < -DECIMAL_PLACES || exponent > MAX_EXPONENT)
        return FIT_BEYOND;
    for (; exponent > DECIMAL_PLACES; exponent--)
        if (!checked_mul_i64(mantissa, 10, &mantissa))
            return FIT_BEYOND;
    Decimal unit = exponent < 0
                       ? (Decimal){0, (uint64_t)power_of_ten(DECIMAL_PLACES + exponent)}
                       : decimal_from_i64(power_of_ten(exponent));
    return decimal_mul(decimal_from_i64(mantissa), unit, out) ? FIT_EXACT : FIT_BEYOND;
}

// A number above INT64_MAX still fits a decimal: twice its half, and its last bit.
static Decimal decimal_from_u64(uint64_t number)
{
    if (number <= INT64_MAX)
        return decimal_from_i64((int64_t)number);
    Decimal half = decimal_from_i64((int64_t)(number / 2));
    Decimal sum = half;
    CHECK(decimal_add(half, half, &sum) &&
          decimal_add(sum, decimal_from_i64((int64_t)(number % 2)), &sum));
    return sum;
}

Fit item_to_decimal(const CborItem *item, Decimal *out)
{
    switch (item->kind) {
    case CBOR_UINT:
        *out = decimal_from_u64(item->number);
        return FIT_EXACT;
    case CBOR_NEGATIVE:
        CHECK(decimal_sub(decimal_from_i64(-1), decimal_from_u64(item->number), out));
        return FIT_EXACT;
    case CBOR_DECIMAL:
        return scaled_to_decimal(item->mantissa, item->exponent, out);
    case CBOR_FLOAT:
        return decimal_from_double(item->real, out) ? FIT_EXACT : FIT_BEYOND;
    case CBOR_BYTES:
    case CBOR_TEXT:
    case CBOR_ARRAY:
    case CBOR_MAP:
    case CBOR_BOOL:
    case CBOR_NULL:
        break;
    }
    return FIT_NONE;
}

bool item_is_integral(const CborItem *item)
{
    const double always = 0x1p53; // from here on a double has no fraction
    int64_t mantissa = item->mantissa;
    int64_t exponent = item->exponent;
    switch (item->kind) {
    case CBOR_UINT:
    case CBOR_NEGATIVE:
        return true;
    case CBOR_FLOAT:
        return fabs(item->real) >= always || (double)(int64_t)item->real == item->real;
    case CBOR_DECIMAL:
        for (; exponent < 0 && mantissa != 0 && mantissa % 10 == 0; exponent++)
            mantissa /= 10;
        return exponent >= 0 || mantissa == 0;
    case CBOR_BYTES:
    case CBOR_TEXT:
    case CBOR_ARRAY:
    case CBOR_MAP:
    case CBOR_BOOL:
    case CBOR_NULL:
        break;
    }
    return false;
}

bool item_to_i64(const CborItem *item, int64_t *number)
{
    Decimal decimal;
    if (item->kind == CBOR_UINT && item->number <= INT64_MAX) {
        *number = (int64_t)item->number;
        return true;
    }
    return item_to_decimal(item, &decimal) == FIT_EXACT &&
           decimal_to_i64(decimal, number);
}

bool item_to_duration(const CborItem *item, int64_t *ns)
{
    int64_t seconds;
    return item_to_i64(item, &seconds) && checked_mul_i64(seconds, SECOND, ns);
}

bool item_to_time(const CborItem *item, int64_t *ns)
{
    if (item->kind == CBOR_TEXT)
        return time_parse(item->bytes, ns);
    return item_to_duration(item, ns);
}
