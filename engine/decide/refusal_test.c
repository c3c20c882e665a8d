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
    char rule[200];
    memset(rule, 'n', sizeof rule);
    for (size_t len = MAX_DETAIL - 8; len <= sizeof rule; len++) {
        Refusal refusal = {0};
        refusal_set(&refusal, CODE_ARGUMENT, NULL, "%.*s", (int)len, rule);
        ck_assert_uint_eq(refusal.detail_len, len < MAX_DETAIL ? len : MAX_DETAIL - 1);
    }
}
END_TEST

START_TEST(a_cut_leaves_whole_characters)
{
    char rule[200];
    for (size_t i = 0; i + 1 < sizeof rule; i += 2)
        memcpy(rule + i, "\xc3\xbc", 2);
    Refusal refusal = {0};
    refusal_set(&refusal, CODE_ARGUMENT, NULL, "%.*s", (int)sizeof rule, rule);
    ck_assert_uint_eq(refusal.detail_len, MAX_DETAIL - 2);
}
END_TEST

START_TEST(names_that_could_mislead_are_not_shown)
{
    static const struct {
        const char *name;
        const char *line;
    } cases[] = {
        {"gr\xc3\xb6\xc3\x9f"
         "e",
         "gr\xc3\xb6\xc3\x9f"
         "e: is required"},
        {"a\nb", "(a name): is required"},
        {"\x1b[2J", "(a name): is required"},
        {"a\x7f", "(a name): is required"},
        {"0123456789012345678901234567890123456789012345678901234567890123",
         "0123456789012345678901234567890123456789012345678901234567890123: is "
         "required"},
        {"01234567890123456789012345678901234567890123456789012345678901234",
         "(a name): is required"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Refusal refusal = {0};
        Path path = {.name = str_from_c(cases[i].name)};
        refusal_set(&refusal, CODE_ARGUMENT, &path, "is required");
        ck_assert_text(refusal_detail(&refusal), cases[i].line);
    }
}
END_TEST

UNIT_MAIN("refusal", place_and_rule, without_a_place, the_first_stands,
          a_long_line_is_cut, a_cut_leaves_whole_characters,
          names_that_could_mislead_are_not_shown)
