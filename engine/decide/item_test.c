// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/item.h"

#include "engine/base/buf.h"
#include "engine/base/unit.h"

static CborItem uint_item(uint64_t number)
{
    return (CborItem){.kind = CBOR_UINT, .number = number};
}

static CborItem negative_item(uint64_t number)
{
    return (CborItem){.kind = CBOR_NEGATIVE, .number = number};
}

static CborItem decimal_item(int64_t mantissa, int64_t exponent)
{
    return (CborItem){.kind = CBOR_DECIMAL, .mantissa = mantissa, .exponent = exponent};
}

static CborItem float_item(double real)
{
    return (CborItem){.kind = CBOR_FLOAT, .real = real};
}

START_TEST(numbers_are_exact_or_beyond)
{
    const struct {
        CborItem item;
        const char *text; // NULL: beyond
        bool is_integral;
    } cases[] = {
        {uint_item(0), "0", true},
        {uint_item(INT64_MAX), "9223372036854775807", true},
        {uint_item(UINT64_C(1) << 63), "9223372036854775808", true},
        {uint_item(UINT64_MAX), "18446744073709551615", true},
        {negative_item(0), "-1", true},
        {negative_item(UINT64_MAX), "-18446744073709551616", true},
        {decimal_item(5000, -2), "50", true},
        {decimal_item(5050, -2), "50.5", false},
        {decimal_item(-1, -18), "-0.000000000000000001", false},
        {decimal_item(1, -19), NULL, false},
        {decimal_item(10, -19), "0.000000000000000001", false},
        {decimal_item(1, 20), "100000000000000000000", true},
        {decimal_item(2, 20), NULL, true},
        {decimal_item(1, 21), NULL, true},
        {decimal_item(17, 19), "170000000000000000000", true},
        {decimal_item(18, 19), NULL, true},
        {decimal_item(INT64_MIN, 0), "-9223372036854775808", true},
        {decimal_item(INT64_MIN, 1), "-92233720368547758080", true},
        {decimal_item(INT64_MAX, 2), NULL, true},
        {decimal_item(INT64_MAX, -18), "9.223372036854775807", false},
        {decimal_item(0, INT64_MAX), "0", true},
        {decimal_item(0, INT64_MIN), "0", true},
        {decimal_item(1, INT64_MAX), NULL, true},
        {decimal_item(1, INT64_MIN), NULL, false},
        {float_item(0.1), "0.1", false},
        {float_item(-0.0), "0", true},
        {float_item(5.0), "5", true},
        {float_item(1e20), "100000000000000000000", true},
        {float_item(1e300), NULL, true},
        {float_item(-1e300), NULL, true},
        {float_item(1e-300), NULL, false},
        {float_item(0x1p53 + 2), "9007199254740994", true},
        {float_item(0x1p51 + 0.5), "2251799813685248.5", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char memory[64];
        Buf text = buf_fixed(memory, sizeof memory);
        Decimal number = {0, 0};
        Fit fit = item_to_decimal(&cases[i].item, &number);
        ck_assert_int_eq(fit, cases[i].text != NULL ? FIT_EXACT : FIT_BEYOND);
        decimal_format(&text, number);
        if (cases[i].text != NULL)
            ck_assert_text(buf_view(&text), cases[i].text);
        ck_assert_int_eq(item_is_integral(&cases[i].item), cases[i].is_integral);
    }
}
END_TEST

START_TEST(whole_numbers)
{
    int64_t number = 0;
    CborItem item = uint_item(INT64_MAX);
    ck_assert(item_to_i64(&item, &number) && number == INT64_MAX);
    item = uint_item(UINT64_C(1) << 63);
    ck_assert(!item_to_i64(&item, &number));
    item = negative_item(INT64_MAX);
    ck_assert(item_to_i64(&item, &number) && number == INT64_MIN);
    item = negative_item(UINT64_C(1) << 63);
    ck_assert(!item_to_i64(&item, &number));
    item = decimal_item(70, -1);
    ck_assert(item_to_i64(&item, &number) && number == 7);
    item = decimal_item(71, -1);
    ck_assert(!item_to_i64(&item, &number));
    item = float_item(-7.0);
    ck_assert(item_to_i64(&item, &number) && number == -7);
    item = (CborItem){.kind = CBOR_BOOL, .number = 1};
    ck_assert(!item_to_i64(&item, &number));
    ck_assert(!item_is_integral(&item));
}
END_TEST

START_TEST(times_and_durations)
{
    int64_t ns = 0;
    CborItem item = uint_item(30);
    ck_assert(item_to_duration(&item, &ns) && ns == INT64_C(30000000000));
    item = uint_item(9223372036);
    ck_assert(item_to_time(&item, &ns) && ns == INT64_C(9223372036000000000));
    item = uint_item(9223372037);
    ck_assert(!item_to_time(&item, &ns));
    ck_assert(!item_to_duration(&item, &ns));
    item = (CborItem){.kind = CBOR_TEXT, .bytes = STR("1970-01-01T00:00:01Z")};
    ck_assert(item_to_time(&item, &ns) && ns == 1000000000);
    ck_assert(!item_to_duration(&item, &ns));
    item.bytes = STR("yesterday");
    ck_assert(!item_to_time(&item, &ns));
}
END_TEST

UNIT_MAIN("item", numbers_are_exact_or_beyond, whole_numbers, times_and_durations)
