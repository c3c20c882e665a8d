// SPDX-License-Identifier: Apache-2.0
#include "engine/base/number.h"

#include <math.h>
#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/base/unit.h"

#define LENGTH(table) (sizeof(table) / sizeof(table)[0])

// 2^127 - 1 and -2^127 at 18 places.
#define LARGEST "170141183460469231731.687303715884105727"
#define SMALLEST "-170141183460469231731.687303715884105728"

static Decimal decimal(const char *text)
{
    Decimal number = {0};
    ck_assert_msg(decimal_parse(str_from_c(text), &number), "'%s' does not parse",
                  text);
    return number;
}

static void assert_decimal(Decimal number, const char *expected)
{
    char memory[64];
    Buf text = buf_fixed(memory, sizeof memory);
    decimal_format(&text, number);
    ck_assert_text(buf_view(&text), expected);
}

START_TEST(integers)
{
    static const struct {
        const char *text;
        int64_t number;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"007", 7},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    static const char *const bad[] = {
        "",
        "-",
        "+1",
        "--1",
        " 1",
        "1 ",
        "1_0",
        "1.",
        "0x10",
        "1e3",
        "\xd9\xa1",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999",
    };
    for (size_t i = 0; i < LENGTH(good); i++) {
        int64_t number = 77;
        ck_assert(i64_parse(str_from_c(good[i].text), &number));
        ck_assert_int_eq(number, good[i].number);
    }
    for (size_t i = 0; i < LENGTH(bad); i++) {
        int64_t number = 77;
        ck_assert_msg(!i64_parse(str_from_c(bad[i]), &number), "'%s'", bad[i]);
        ck_assert_int_eq(number, 77);
    }
}
END_TEST

START_TEST(decimals_from_text)
{
    static const struct {
        const char *text;
        const char *canonical;
    } good[] = {
        {"0", "0"},
        {"-0", "0"},
        {"-0.0e5", "0"},
        {"50", "50"},
        {"50.00", "50"},
        {"50.5", "50.5"},
        {"-0.05", "-0.05"},
        {"12345678901234567.1234", "12345678901234567.1234"},
        {"9223372036854775808", "9223372036854775808"},
        {"0.000000000000000001", "0.000000000000000001"},
        {"0.0000000000000000010", "0.000000000000000001"},
        {"1e3", "1000"},
        {"1E+3", "1000"},
        {"1.5e-3", "0.0015"},
        {"1e-18", "0.000000000000000001"},
        {"1000e-21", "0.000000000000000001"},
        {"0e99999999999999999999", "0"},
        {"0.00000000000000000000000000001e29", "1"},
        {"100000000000000000000000000000000000000000000e-44", "1"},
        {"1e20", "100000000000000000000"},
        {LARGEST, LARGEST},
        {SMALLEST, SMALLEST},
        {"170141183460469231731687303715884105727e-18", LARGEST},
    };
    static const char *const bad[] = {
        "",
        "-",
        "+1",
        ".5",
        "5.",
        "01",
        "-01",
        "1_000",
        "1e",
        "1e+",
        "1e+-1",
        "1e-+1",
        "e5",
        "1.5.2",
        " 1",
        "1 ",
        "1,5",
        "0x1",
        "NaN",
        "Infinity",
        "1e5 ",
        "--1",
        "0.0000000000000000001", // 19 places
        "1e-19",
        "1.0000000000000000001",
        "170141183460469231731.687303715884105728", // one more than the largest
        "-170141183460469231731.687303715884105729",
        "171e18",
        "1e21",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "999999999999999999999999999999999999999999999999",
    };
    for (size_t i = 0; i < LENGTH(good); i++)
        assert_decimal(decimal(good[i].text), good[i].canonical);
    for (size_t i = 0; i < LENGTH(bad); i++) {
        Decimal number = {.hi = 7, .lo = 7};
        ck_assert_msg(!decimal_parse(str_from_c(bad[i]), &number), "'%s'", bad[i]);
        ck_assert(number.hi == 7 && number.lo == 7);
    }
}
END_TEST

START_TEST(decimals_and_int64)
{
    static const int64_t numbers[] = {0, 1, -1, 1000000007, INT64_MAX, INT64_MIN};
    int64_t back = 77;
    for (size_t i = 0; i < LENGTH(numbers); i++) {
        ck_assert(decimal_to_i64(decimal_from_i64(numbers[i]), &back));
        ck_assert_int_eq(back, numbers[i]);
    }
    assert_decimal(decimal_from_i64(INT64_MIN), "-9223372036854775808");
    static const char *const bad[] = {"0.5", "-0.000000000000000001",
                                      "9223372036854775808", "-9223372036854775809",
                                      SMALLEST};
    back = 77;
    for (size_t i = 0; i < LENGTH(bad); i++)
        ck_assert(!decimal_to_i64(decimal(bad[i]), &back));
    ck_assert_int_eq(back, 77);
}
END_TEST

typedef bool DecimalOperation(Decimal a, Decimal b, Decimal *out);

START_TEST(arithmetic_is_exact_or_refused)
{
    static const struct {
        DecimalOperation *operation;
        const char *a;
        const char *b;
        const char *result; // NULL: does not fit
    } cases[] = {
        {decimal_add, "0.1", "0.2", "0.3"},
        {decimal_add, "-1", "1", "0"},
        {decimal_add, LARGEST, "0.000000000000000001", NULL},
        {decimal_add, LARGEST, SMALLEST, "-0.000000000000000001"},
        {decimal_add, SMALLEST, "-0.000000000000000001", NULL},
        {decimal_sub, "0.3", "0.1", "0.2"},
        {decimal_sub, "0", SMALLEST, NULL},
        {decimal_sub, "-0.000000000000000001", SMALLEST, LARGEST},
        {decimal_sub, SMALLEST, "0.000000000000000001", NULL},
        {decimal_sub, LARGEST, LARGEST, "0"},
        {decimal_mul, "0", SMALLEST, "0"},
        {decimal_mul, SMALLEST, "0", "0"},
        {decimal_mul, "-1.5", "2", "-3"},
        {decimal_mul, "-1.5", "-1.5", "2.25"},
        {decimal_mul, "0.000000001", "0.000000001", "0.000000000000000001"},
        {decimal_mul, "0.0000000001", "0.000000001", NULL},
        {decimal_mul, "0.000000000000000005", "0.2", "0.000000000000000001"},
        {decimal_mul, "0.000000000000000005", "0.3", NULL},
        {decimal_mul, LARGEST, "1", LARGEST},
        {decimal_mul, SMALLEST, "1", SMALLEST},
        {decimal_mul, SMALLEST, "-1", NULL},
        {decimal_mul, LARGEST, "-1", "-" LARGEST},
        {decimal_mul, "10000000000", "10000000000", "100000000000000000000"},
        {decimal_mul, "100000000000", "10000000000", NULL},
        {decimal_mul, "85070591730234615865.843651857942052864", "-2", SMALLEST},
        {decimal_mul, "85070591730234615865.843651857942052864", "2", NULL},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        Decimal result = {.hi = 7, .lo = 7};
        bool fits =
            cases[i].operation(decimal(cases[i].a), decimal(cases[i].b), &result);
        ck_assert_msg(fits == (cases[i].result != NULL), "case %zu", i);
        if (fits)
            assert_decimal(result, cases[i].result);
        else
            ck_assert(result.hi == 7 && result.lo == 7);
    }
}
END_TEST

START_TEST(order_of_decimals)
{
    static const char *const sorted[] = {
        SMALLEST, "-20", "-1", "-0.000000000000000001", "0",     "0.000000000000000001",
        "1",      "1.5", "20", "18446744073709551616",  LARGEST,
    };
    for (size_t i = 0; i < LENGTH(sorted); i++) {
        for (size_t j = 0; j < LENGTH(sorted); j++) {
            int order = decimal_compare(decimal(sorted[i]), decimal(sorted[j]));
            ck_assert((order < 0) == (i < j) && (order > 0) == (i > j));
        }
    }
}
END_TEST

START_TEST(doubles_as_ecmascript_writes_them)
{
    // RFC 8785 appendix B, and the edges of the forms.
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "0"},
        {5e-324, "5e-324"},
        {-5e-324, "-5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {9007199254740992.0, "9007199254740992"},
        {-9007199254740992.0, "-9007199254740992"},
        {295147905179352830000.0, "295147905179352830000"},
        {9.999999999999997e22, "9.999999999999997e+22"},
        {1e23, "1e+23"},
        {1.0000000000000001e23, "1.0000000000000001e+23"},
        {999999999999999700000.0, "999999999999999700000"},
        {1e20, "100000000000000000000"},
        {1e21, "1e+21"},
        {9.999999999999997e-7, "9.999999999999997e-7"},
        {0.000001, "0.000001"},
        {1e-7, "1e-7"},
        {333333333.3333332, "333333333.3333332"},
        {333333333.33333325, "333333333.33333325"},
        {-0.0000033333333333333333, "-0.0000033333333333333333"},
        {1424953923781206.2, "1424953923781206.2"},
        {0.1, "0.1"},
        {123.456, "123.456"},
        {100.0, "100"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char memory[32];
        Buf text = buf_fixed(memory, sizeof memory);
        ck_assert(double_format(&text, cases[i].number));
        ck_assert_text(buf_view(&text), cases[i].text);
    }
    char memory[8];
    Buf text = buf_fixed(memory, sizeof memory);
    ck_assert(!double_format(&text, (double)NAN));
    ck_assert(!double_format(&text, (double)INFINITY));
    ck_assert(!double_format(&text, -(double)INFINITY));
    ck_assert_uint_eq(text.len, 0);
}
END_TEST

START_TEST(doubles_to_decimals)
{
    Decimal number = {.hi = 7};
    ck_assert(decimal_from_double(0.1, &number));
    assert_decimal(number, "0.1");
    ck_assert(decimal_from_double(-1e20, &number));
    assert_decimal(number, "-100000000000000000000");
    ck_assert(decimal_from_double(1.5e-17, &number));
    assert_decimal(number, "0.000000000000000015");
    ck_assert(!decimal_from_double(1.5e-18, &number));
    ck_assert(!decimal_from_double(1e21, &number));
    ck_assert(!decimal_from_double((double)NAN, &number));
    assert_decimal(number, "0.000000000000000015");
}
END_TEST

UNIT_MAIN("number", integers, decimals_from_text, decimals_and_int64,
          arithmetic_is_exact_or_refused, order_of_decimals,
          doubles_as_ecmascript_writes_them, doubles_to_decimals)
