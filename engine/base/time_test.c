// SPDX-License-Identifier: Apache-2.0
#include "engine/base/time.h"

#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/base/unit.h"

#define LENGTH(table) (sizeof(table) / sizeof(table)[0])

typedef bool Parse(Str text, int64_t *out);
typedef void Format(Buf *buf, int64_t nanoseconds);

typedef struct Row {
    const char *text;
    int64_t nanoseconds;
    const char *canonical; // NULL: the same
} Row;

static void assert_rows(const Row *rows, size_t count, Parse *parse, Format *format)
{
    for (size_t i = 0; i < count; i++) {
        char memory[64];
        int64_t number = 77;
        Buf text = buf_fixed(memory, sizeof memory);
        ck_assert_msg(parse(str_from_c(rows[i].text), &number), "'%s'", rows[i].text);
        ck_assert_msg(number == rows[i].nanoseconds, "'%s' gives %lld", rows[i].text,
                      (long long)number);
        format(&text, number);
        ck_assert_text(buf_view(&text),
                       rows[i].canonical != NULL ? rows[i].canonical : rows[i].text);
    }
}

static void assert_refused(const char *const *texts, size_t count, Parse *parse)
{
    for (size_t i = 0; i < count; i++) {
        int64_t number = 77;
        ck_assert_msg(!parse(str_from_c(texts[i]), &number), "'%s'", texts[i]);
        ck_assert_int_eq(number, 77);
    }
}

START_TEST(durations)
{
    static const Row rows[] = {
        {"0s", 0, NULL},
        {"-0d", 0, "0s"},
        {"30s", INT64_C(30000000000), NULL},
        {"90s", INT64_C(90000000000), "1m30s"},
        {"15m", INT64_C(900000000000), NULL},
        {"24h", INT64_C(86400000000000), "1d"},
        {"14d", INT64_C(1209600000000000), NULL},
        {"250ms", 250000000, NULL},
        {"1h30m", INT64_C(5400000000000), NULL},
        {"1m1ms", INT64_C(60001000000), NULL},
        {"-1h30m", INT64_C(-5400000000000), NULL},
        {"1us", 1000, NULL},
        {"1ns", 1, NULL},
        {"106751d23h47m16s854ms775us807ns", INT64_MAX, NULL},
        {"-106751d23h47m16s854ms775us808ns", INT64_MIN, NULL},
        {"9223372036854775807ns", INT64_MAX, "106751d23h47m16s854ms775us807ns"},
    };
    static const char *const bad[] = {
        "",
        "-",
        "s",
        "1",
        "15",
        "1 m",
        " 1m",
        "1m ",
        "1.5h",
        "1w",
        "1y",
        "1M",
        "1H",
        "+1m",
        "1m1h",
        "1m1m",
        "1h-1m",
        "--1m",
        "1_0s",
        "1mm",
        "1\xc2\xb5s",
        "0",
        "1e3s",
        "106752d",
        "9223372036854775808ns",
        "106751d23h47m16s854ms775us808ns",
        "99999999999999999999s",
    };
    assert_rows(rows, LENGTH(rows), duration_parse, duration_format);
    assert_refused(bad, LENGTH(bad), duration_parse);
}
END_TEST

START_TEST(times)
{
    static const Row rows[] = {
        {"1970-01-01T00:00:00Z", 0, NULL},
        {"2026-03-02", INT64_C(1772409600000000000), "2026-03-02T00:00:00Z"},
        {"2026-03-02T09:30:00Z", INT64_C(1772443800000000000), NULL},
        {"2026-03-02t09:30:00z", INT64_C(1772443800000000000), "2026-03-02T09:30:00Z"},
        {"2026-03-02T09:30:00+02:00", INT64_C(1772436600000000000),
         "2026-03-02T07:30:00Z"},
        {"2026-03-01T23:30:00-10:00", INT64_C(1772443800000000000),
         "2026-03-02T09:30:00Z"},
        {"2026-03-02T09:30:00-00:00", INT64_C(1772443800000000000),
         "2026-03-02T09:30:00Z"},
        {"2026-03-02T09:30:00.5Z", INT64_C(1772443800500000000), NULL},
        {"2026-03-02T09:30:00.120Z", INT64_C(1772443800120000000),
         "2026-03-02T09:30:00.12Z"},
        {"2026-03-02T09:30:00.000000001Z", INT64_C(1772443800000000001), NULL},
        {"2026-03-02T09:30:00.000Z", INT64_C(1772443800000000000),
         "2026-03-02T09:30:00Z"},
        {"2024-02-29T23:59:59Z", INT64_C(1709251199000000000), NULL},
        {"2000-02-29T00:00:00Z", INT64_C(951782400000000000), NULL},
        {"1969-12-31T23:59:59.999999999Z", -1, NULL},
        {"1900-03-01T00:00:00Z", INT64_C(-2203891200000000000), NULL},
        {"2262-04-11T23:47:16.854775807Z", INT64_MAX, NULL},
        {"1677-09-21T00:12:43.145224192Z", INT64_MIN, NULL},
    };
    static const char *const bad[] = {
        "",
        "2026",
        "2026-3-2",
        "2026-03-02T",
        "2026-03-02Z",
        "2026-03-02T09:30Z",
        "2026-03-02T09:30:00",
        "2026-03-02 09:30:00Z",
        "2026-03-02T09:30:00.Z",
        "2026-03-02T09:30:00,5Z",
        "2026-03-02T09:30:00.1234567890Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T09:60:00Z",
        "2026-03-02T09:30:60Z",
        "2026-03-02T09:30:00+2:00",
        "2026-03-02T09:30:00+0200",
        "2026-03-02T09:30:00+24:00",
        "2026-03-02T09:30:00+02:60",
        "2026-03-02T09:30:00Z ",
        " 2026-03-02",
        "2026-03-02T09:30:00ZZ",
        "2026-00-02",
        "2026-13-02",
        "2026-03-00",
        "2026-03-32",
        "2026-02-29",
        "1900-02-29",
        "2100-02-29",
        "2026-04-31",
        "+2026-03-02",
        "-026-03-02",
        "2026-+3-02",
        "12026-03-02",
        "0000-01-01",
        "9999-12-31",
        "2262-04-11T23:47:16.854775808Z",
        "1677-09-21T00:12:43.145224191Z",
        "2026/03/02",
        "20260302",
        "2026-03-02T09:30:00.5",
        "2026-03-02T-9:30:00Z",
    };
    assert_rows(rows, LENGTH(rows), time_parse, time_format);
    assert_refused(bad, LENGTH(bad), time_parse);
}
END_TEST

// Each day from 1678 to 2261 comes back, and follows the one before.
START_TEST(every_day_survives)
{
    int64_t previous = 0;
    for (int year = 1678; year < 2262; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= 31; day++) {
                char memory[32];
                int64_t number = 0;
                Buf text = buf_fixed(memory, sizeof memory);
                buf_printf(&text, "%04d-%02d-%02dT00:00:00Z", year, month, day);
                if (!time_parse(buf_view(&text), &number))
                    continue;
                if (previous != 0)
                    ck_assert(number - previous == INT64_C(86400000000000));
                previous = number;
                char again[32];
                Buf formatted = buf_fixed(again, sizeof again);
                time_format(&formatted, number);
                ck_assert(str_eq(buf_view(&formatted), buf_view(&text)));
            }
        }
    }
    ck_assert_int_eq(previous, INT64_C(9214560000000000000)); // 2261-12-31
}
END_TEST

UNIT_MAIN("time", durations, times, every_day_survives)
