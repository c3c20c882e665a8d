// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_path.h"

#include <string.h>

#include "engine/base/unit.h"

typedef enum Answer { NO, YES, UNKNOWN } Answer;

static const struct {
    const char *path;
    const char *folder;
    Answer answer;
} UNDER[] = {
    {"/reports/q1", "/reports/q1", YES},
    {"/reports/q1/", "/reports/q1", YES},
    {"/reports/q1", "/reports/q1/", YES},
    {"/reports/q1/sales.csv", "/reports/q1", YES},
    {"/reports/q1/a/b/c", "/reports/q1", YES},
    {"/reports/q10", "/reports/q1", NO},
    {"/reports/q10/plan.md", "/reports/q1", NO},
    {"/reports/Q1/a", "/reports/q1", NO},
    {"/reports", "/reports/q1", NO},
    {"/", "/reports/q1", NO},
    {"/", "/", YES},
    {"/etc/passwd", "/", YES},
    {"/reports/./q1//a", "/reports/q1", YES},
    {"/reports///q1/a", "/reports/q1", YES},
    {"/reports/q1/../q1/a", "/reports/q1", YES},
    {"/reports/q1/..", "/reports/q1", NO},
    {"/reports/q1/../q2", "/reports/q1", NO},
    {"/reports/q1/../../hr/salaries.csv", "/reports/q1", NO},
    {"/reports/q1/a/../b", "/reports/q1", YES},
    {"/hr/../reports/q1/a", "/reports/q1", YES},
    {"/x/reports/q1", "/reports/q1", NO},
    {"/reports/q1/a", "/reports/./x/../q1", YES},
    {"/reports/q1/..hidden", "/reports/q1", YES},
    {"/reports/q1/.env", "/reports/q1", YES},
    {"/reports/q1/a b.txt", "/reports/q1", YES},
    {"/reports/q1/50%", "/reports/q1", YES},
    {"/reports/q1/50%20off", "/reports/q1", YES},
    {"/reports/q1/\xc3\xa4.txt", "/reports/q1", YES},
    {"/reports/q1/10:30.log", "/reports/q1", YES},
    {"src/a.c", "src", YES},
    {"src/a.c", ".", YES},
    {"./src/a.c", "src/", YES},
    {"src2/a.c", "src", NO},
    {"src/../lib/a.c", "src", NO},
    {"../src/a.c", "src", UNKNOWN},
    {"src/a.c", "../src", UNKNOWN},
    {"src/../../src/a.c", "src", UNKNOWN},
    {"src/a.c", "/src", UNKNOWN},
    {"/src/a.c", "src", UNKNOWN},
    {"/../reports/q1/a", "/reports/q1", UNKNOWN},
    {"/a/../../reports/q1", "/reports/q1", UNKNOWN},
    {"", "/reports", UNKNOWN},
    {"/reports", "", UNKNOWN},
    {"//reports/q1/a", "/reports/q1", UNKNOWN},
    {"~/reports", "/reports", UNKNOWN},
    {"~root/.ssh/id", "/reports", UNKNOWN},
    {"C:/reports/q1", "/reports/q1", UNKNOWN},
    {"file:///reports/q1", "/reports/q1", UNKNOWN},
    {"/reports/q1\\..\\..\\hr", "/reports/q1", UNKNOWN},
    {"/reports/q1/%2e%2e/hr", "/reports/q1", UNKNOWN},
    {"/reports/q1/%2E./hr", "/reports/q1", UNKNOWN},
    {"/reports/q1/..%2fhr", "/reports/q1", UNKNOWN},
    {"/reports/q1/..%5Chr", "/reports/q1", UNKNOWN},
    {"/reports/q1/..%252fhr", "/reports/q1", UNKNOWN},
    {"/reports/q1/a%00.csv", "/reports/q1", UNKNOWN},
    {"/%68r/pay.csv", "/hr", UNKNOWN},
    {"/h%52/pay.csv", "/hr", UNKNOWN},
    {"/hr%5F1/pay.csv", "/hr", UNKNOWN},
    {"/h%7er/pay.csv", "/hr", UNKNOWN},
    {"/h%80r/pay.csv", "/hr", NO},
    {"/reports/q1/.. /hr", "/reports/q1", UNKNOWN},
    {"/reports/q1/.../hr", "/reports/q1", UNKNOWN},
    {"/reports/q1/a./b", "/reports/q1", UNKNOWN},
    {"/reports/q1 /a", "/reports/q1", UNKNOWN},
    {"/reports/q1/a\n", "/reports/q1", UNKNOWN},
    {"/reports/q1/\x7f", "/reports/q1", UNKNOWN},
    {"/reports/q1/\xc2\x85", "/reports/q1", UNKNOWN},
    {"/reports/q1/\xc0\xae\xc0\xae/hr", "/reports/q1", UNKNOWN},
    {"/reports/q1/..\xc0\xaf..\xc0\xafhr", "/reports/q1", UNKNOWN},
    {"/reports/q1/\xef\xbc\x8e\xef\xbc\x8e/hr", "/reports/q1", UNKNOWN},
    {"/reports/q1/..\xef\xbc\x8fhr", "/reports/q1", UNKNOWN},
    {"/reports/q1/..\xe2\x88\x95hr", "/reports/q1", UNKNOWN},
    {"/reports/q1/a", "/reports/%2e%2e", UNKNOWN},
};

START_TEST(under_is_decided_by_whole_segments)
{
    for (size_t i = 0; i < sizeof UNDER / sizeof UNDER[0]; i++) {
        bool is_under = false;
        Answer got = UNKNOWN;
        if (path_under(str_from_c(UNDER[i].path), str_from_c(UNDER[i].folder),
                       &is_under))
            got = is_under ? YES : NO;
        ck_assert_msg(got == UNDER[i].answer, "row %zu: %s in %s: %d", i, UNDER[i].path,
                      UNDER[i].folder, (int)got);
    }
}
END_TEST

START_TEST(a_nul_byte_is_unknown)
{
    bool is_under;
    ck_assert(!path_under(STR("/a/b\0/../c"), STR("/a"), &is_under));
    ck_assert(!path_under(STR("/a/b"), STR("/a\0"), &is_under));
}
END_TEST

// NULL: unknown.
static const struct {
    const char *path;
    const char *name;
    const char *extension;
} NAMES[] = {
    {"/a/b.txt", "b.txt", "txt"},
    {"/a/b.txt/", "b.txt", "txt"},
    {"b", "b", ""},
    {"/a.d/b", "b", ""},
    {"a.tar.GZ", "a.tar.GZ", "gz"},
    {"/home/x/.profile", ".profile", ""},
    {".config.json", ".config.json", "json"},
    {"/a/evil.PhP", "evil.PhP", "php"},
    {"/a/b/..", "a", ""},
    {"/a/x.sh/../y.txt/.", "y.txt", "txt"},
    {"..c", "..c", "c"},
    {"/", NULL, NULL},
    {".", NULL, NULL},
    {"a/..", NULL, NULL},
    {"", NULL, NULL},
    {"/a/b.txt.", NULL, NULL},
    {"/a/b.txt ", NULL, NULL},
    {"/a/b.php\x01.txt", NULL, NULL},
    {"/a/b.php%00.txt", NULL, NULL},
    {"/a/b.asp::$DATA", "b.asp::$DATA", NULL},
    {"/a/b:c.txt", "b:c.txt", NULL},
    {"..", NULL, NULL},
    {"~/b.txt", NULL, NULL},
    {"\\a\\b.txt", NULL, NULL},
};

static void check_text(size_t row, bool is_known, Str got, const char *expected)
{
    if (expected == NULL)
        ck_assert_msg(!is_known, "row %zu is known", row);
    else
        ck_assert_msg(is_known && str_eq(got, str_from_c(expected)), "row %zu: '%.*s'",
                      row, STR_ARG(got));
}

START_TEST(names_and_extensions_are_of_the_resolved_path)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        Str path = str_from_c(NAMES[i].path);
        Str out = STR("");
        char bytes[64];
        Buf memory = buf_fixed(bytes, sizeof bytes);
        bool is_known = path_name(path, &out);
        check_text(i, is_known, out, NAMES[i].name);
        is_known = path_extension(path, &memory, &out);
        check_text(i, is_known, out, NAMES[i].extension);
    }
}
END_TEST

START_TEST(a_long_path_takes_linear_time)
{
    enum { LENGTH = 3 * 400000 };
    static char bytes[LENGTH];
    for (size_t i = 0; i < LENGTH; i += 3)
        memcpy(bytes + i, i < LENGTH / 2 ? "/aa" : "/..", 3);
    bool is_under = false;
    ck_assert(path_under((Str){bytes, LENGTH}, STR("/"), &is_under));
    ck_assert(is_under);
    ck_assert(path_under((Str){bytes, LENGTH - 3}, STR("/ab"), &is_under));
    ck_assert(!is_under);
}
END_TEST

UNIT_MAIN("arg_path", under_is_decided_by_whole_segments, a_nul_byte_is_unknown,
          names_and_extensions_are_of_the_resolved_path, a_long_path_takes_linear_time)
