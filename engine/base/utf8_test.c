// SPDX-License-Identifier: Apache-2.0
#include "engine/base/utf8.h"

#include "engine/base/buf.h"
#include "engine/base/unit.h"

static const struct {
    const char *bytes;
    uint32_t point;
} WELL_FORMED[] = {
    {"a", 'a'},
    {"\x7f", 0x7f},
    {"\xc2\x80", 0x80},
    {"\xdf\xbf", 0x7ff},
    {"\xe0\xa0\x80", 0x800},
    {"\xed\x9f\xbf", 0xd7ff},
    {"\xee\x80\x80", 0xe000},
    {"\xef\xbf\xbf", 0xffff},
    {"\xf0\x90\x80\x80", 0x10000},
    {"\xf4\x8f\xbf\xbf", 0x10ffff},
};

static const char *const MALFORMED[] = {
    "\x80",
    "\xbf",
    "\xc0\xaf",
    "\xc1\xbf",
    "\xc2",
    "\xc2z",
    "\xe0\x80\xaf",
    "\xe0\x9f\xbf",
    "\xe2\x82",
    "\xe2\x82z",
    "\xed\xa0\x80",
    "\xed\xbf\xbf",
    "\xf0\x80\x80\xaf",
    "\xf0\x8f\xbf\xbf",
    "\xf0\x9f\x98",
    "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80",
    "\xfe",
    "\xff",
};

START_TEST(every_length_is_decoded_at_its_edges)
{
    for (size_t i = 0; i < sizeof WELL_FORMED / sizeof WELL_FORMED[0]; i++) {
        Str rest = str_from_c(WELL_FORMED[i].bytes);
        uint32_t point;
        ck_assert_msg(utf8_next(&rest, &point), "row %zu", i);
        ck_assert_msg(point == WELL_FORMED[i].point && rest.len == 0, "row %zu", i);
        ck_assert(utf8_is_valid(str_from_c(WELL_FORMED[i].bytes)));
    }
}
END_TEST

START_TEST(malformed_sequences_are_refused_and_not_taken)
{
    for (size_t i = 0; i < sizeof MALFORMED / sizeof MALFORMED[0]; i++) {
        Str rest = str_from_c(MALFORMED[i]);
        size_t length = rest.len;
        uint32_t point;
        ck_assert_msg(!utf8_next(&rest, &point) && rest.len == length, "row %zu", i);
        ck_assert_msg(!utf8_is_valid(str_from_c(MALFORMED[i])), "row %zu", i);
    }
}
END_TEST

START_TEST(nul_is_a_code_point_and_nothing_is_none)
{
    Str rest = STR("\0");
    uint32_t point = 1;
    ck_assert(utf8_next(&rest, &point));
    ck_assert_uint_eq(point, 0);
    ck_assert(!utf8_next(&rest, &point));
    ck_assert(utf8_is_valid(rest));
    ck_assert(!utf8_is_valid(STR("fine\xff")));
}
END_TEST

START_TEST(every_scalar_value_survives)
{
    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        if (point >= 0xd800 && point <= 0xdfff)
            continue;
        char memory[4];
        uint32_t decoded = UINT32_MAX;
        Buf buf = buf_fixed(memory, sizeof memory);
        utf8_encode(&buf, point);
        Str text = buf_view(&buf);
        Str cut_off = str_slice(text, 0, text.len - 1);
        ck_assert(utf8_count(text) == 1);
        ck_assert(!utf8_next(&cut_off, &decoded) && decoded == UINT32_MAX);
        ck_assert(utf8_next(&text, &decoded) && decoded == point && text.len == 0);
    }
}
END_TEST

START_TEST(order_of_utf16_code_units)
{
    // RFC 8785 §3.2.3: the sorted order of its example.
    static const char *const sorted[] = {
        "",
        "\r",
        "1",
        "10",
        "\xc2\x80",
        "\xc3\xb6",
        "\xe2\x82\xac",
        "\xf0\x9f\x98\x80",
        "\xf0\x9f\x98\x80z",
        "\xf0\x9f\x98\x82",
        "\xf4\x8f\xbf\xbf",
        "\xee\x80\x80", // U+E000, less than the two above as bytes
        "\xef\xac\xb3",
    };
    const size_t count = sizeof sorted / sizeof sorted[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int order =
                utf8_compare_as_utf16(str_from_c(sorted[i]), str_from_c(sorted[j]));
            ck_assert_msg((order < 0) == (i < j) && (order > 0) == (i > j), "%zu, %zu",
                          i, j);
        }
    }
}
END_TEST

START_TEST(valid_prefix_ends_before_the_malformed_sequence)
{
    ck_assert_uint_eq(utf8_valid_prefix(STR("")), 0);
    ck_assert_uint_eq(utf8_valid_prefix(STR("a\xc3\xb6z")), 4);
    ck_assert_uint_eq(utf8_valid_prefix(STR("a\xc3\xb6\xe2\x82")), 3);
    ck_assert_uint_eq(utf8_valid_prefix(STR("ab\xffz")), 2);
}
END_TEST

UNIT_MAIN("utf8", every_length_is_decoded_at_its_edges,
          malformed_sequences_are_refused_and_not_taken,
          nul_is_a_code_point_and_nothing_is_none, every_scalar_value_survives,
          order_of_utf16_code_units, valid_prefix_ends_before_the_malformed_sequence)
