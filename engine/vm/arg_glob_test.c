// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_glob.h"

#include <string.h>

#include "engine/base/unit.h"

static const struct {
    const char *pattern;
    const char *text;
    bool matches;
} ROWS[] = {
    {"", "", true},
    {"", "a", false},
    {"*", "", true},
    {"*", "abc", true},
    {"**", "", true},
    {"***", "abc", true},
    {"abc", "abc", true},
    {"abc", "abcd", false},
    {"abc", "ab", false},
    {"abc", "ABC", false},
    {"a*", "a", true},
    {"a*", "abc", true},
    {"a*", "ba", false},
    {"*a", "a", true},
    {"*a", "bca", true},
    {"*a", "ab", false},
    {"a*a", "a", false},
    {"a*a", "aa", true},
    {"a*a", "aba", true},
    {"ab*ba", "aba", false},
    {"ab*ba", "abba", true},
    {"*b*", "abc", true},
    {"*b*", "acc", false},
    {"a*b*c", "a-b-c", true},
    {"a*b*c", "a-c-b", false},
    {"a*b*c", "abc", true},
    {"*ab*ab*", "abab", true},
    {"*ab*ab*", "aab", false},
    {"*aab*", "aaab", true},
    {"*.csv", "x.csv.exe", false},
    {"*.csv", ".csv", true},
    {"a?c", "abc", false},
    {"a?c", "a?c", true},
    {"a[b]c", "abc", false},
    {"a\\*c", "a*c", false},
    {"a\\*c", "a\\xc", true},
    {"x*", "x\n/../y", true},
    {"*\303\244", "a\303\244", true},
};

START_TEST(a_star_is_any_run_and_all_else_is_itself)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        ck_assert_msg(glob_match(str_from_c(ROWS[i].pattern),
                                 str_from_c(ROWS[i].text)) == ROWS[i].matches,
                      "row %zu: %s like %s", i, ROWS[i].text, ROWS[i].pattern);
    ck_assert(glob_match(STR("a*c"), STR("a\0c")));
}
END_TEST

// Backtracking would need more than 10^20 steps here.
START_TEST(many_stars_are_no_trap)
{
    enum { STARS = 40, LENGTH = 4000 };
    char pattern[2 * STARS + 1];
    static char text[LENGTH];
    memset(text, 'a', LENGTH);
    for (size_t i = 0; i < STARS; i++)
        memcpy(pattern + 2 * i, "*a", 2);
    pattern[2 * STARS] = 'b';
    ck_assert(!glob_match((Str){pattern, sizeof pattern}, (Str){text, LENGTH}));
    ck_assert(glob_match((Str){pattern, 2 * STARS}, (Str){text, LENGTH}));
}
END_TEST

// Against the definition: every pattern and text of up to five of the letters "*ab".
static bool matches_by_definition(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern != '*')
        return *pattern == *text && matches_by_definition(pattern + 1, text + 1);
    return matches_by_definition(pattern + 1, text) ||
           (*text != '\0' && matches_by_definition(pattern, text + 1));
}

// The number'th text over `letters`, in order of length.
static const char *nth_text(size_t number, const char *letters, char *out)
{
    size_t base = strlen(letters);
    size_t len = 0;
    for (; number > 0; number = (number - 1) / base)
        out[len++] = letters[(number - 1) % base];
    out[len] = '\0';
    return out;
}

START_TEST(all_short_patterns_match_as_defined)
{
    char pattern[8];
    char text[8];
    for (size_t p = 0; p < 364; p++) {
        nth_text(p, "*ab", pattern);
        for (size_t t = 0; t < 63; t++) {
            nth_text(t, "ab", text);
            ck_assert_msg(glob_match(str_from_c(pattern), str_from_c(text)) ==
                              matches_by_definition(pattern, text),
                          "%s like %s", text, pattern);
        }
    }
}
END_TEST

UNIT_MAIN("arg_glob", a_star_is_any_run_and_all_else_is_itself, many_stars_are_no_trap,
          all_short_patterns_match_as_defined)
