// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/refusal.h"

#include <string.h>

#include "engine/base/unit.h"

START_TEST(place_and_rule)
{
    Path args = {.name = STR("args")};
    Path items = {.above = &args, .name = STR("items")};
    Path third = {.above = &items, .index = 3};
    Path name = {.above = &third, .name = STR("name")};
    Refusal refusal = {0};
    ck_assert(!refusal_set(&refusal, CODE_ARGUMENT, &name, "must be at most %d", 50));
    ck_assert(refusal.is_set);
    ck_assert_int_eq(refusal.code, CODE_ARGUMENT);
    ck_assert_text(refusal_detail(&refusal), "args.items[3].name: must be at most 50");
}
END_TEST

START_TEST(without_a_place)
{
    Refusal refusal = {0};
    refusal_set(&refusal, CODE_MALFORMED, NULL, "is empty");
    ck_assert_text(refusal_detail(&refusal), "is empty");
}
END_TEST

START_TEST(the_first_stands)
{
    Refusal refusal = {0};
    refusal_set(&refusal, CODE_SECRET, NULL, "first");
    refusal_set(&refusal, CODE_UNKNOWN, NULL, "second");
    ck_assert_int_eq(refusal.code, CODE_SECRET);
    ck_assert_text(refusal_detail(&refusal), "first");
}
END_TEST

START_TEST(a_long_line_is_cut)
{
    char name[200];
    memset(name, 'n', sizeof name);
    for (size_t len = MAX_DETAIL - 8; len <= sizeof name; len++) {
        Refusal refusal = {0};
        Path path = {.name = {name, len}};
        refusal_set(&refusal, CODE_ARGUMENT, &path, "%s", "is");
        size_t whole = len + strlen(": is");
        size_t expected = whole < MAX_DETAIL ? whole : MAX_DETAIL - 1;
        ck_assert_uint_eq(refusal.detail_len, expected);
    }
}
END_TEST

UNIT_MAIN("refusal", place_and_rule, without_a_place, the_first_stands,
          a_long_line_is_cut)
