// SPDX-License-Identifier: Apache-2.0
#include "engine/base/utf8.h"

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

UNIT_MAIN("utf8", every_length_is_decoded_at_its_edges,
          malformed_sequences_are_refused_and_not_taken,
          nul_is_a_code_point_and_nothing_is_none)
