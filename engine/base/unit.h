// SPDX-License-Identifier: Apache-2.0
// unit: the main function of a unit test, on libcheck. For *_test.c only.
//
//     START_TEST(sum_of_nothing_is_zero) { ck_assert_int_eq(sum(NULL, 0), 0); }
//     END_TEST
//     UNIT_MAIN("sum", sum_of_nothing_is_zero)
#ifndef PROVISO_ENGINE_BASE_UNIT_H
#define PROVISO_ENGINE_BASE_UNIT_H

#include <check.h>
#include <stddef.h>

#include "engine/base/str.h"

// Runs the tests as one suite, each in a process of its own. The exit status.
static inline int unit_run(const char *module, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(module);
    TCase *unit = tcase_create(module);
    tcase_set_timeout(unit, 300); // a test that hangs, not one that is slow
    for (size_t i = 0; i < count; i++)
        tcase_add_test(unit, tests[i]);
    suite_add_tcase(suite, unit);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#define UNIT_MAIN(module, ...)                                                         \
    int main(void)                                                                     \
    {                                                                                  \
        const TTest *const unit_tests[] = {__VA_ARGS__};                               \
        return unit_run(module, unit_tests, sizeof unit_tests / sizeof unit_tests[0]); \
    }

// Asserts that a Str has exactly this text.
#define ck_assert_text(str, expected)                                                  \
    do {                                                                               \
        Str unit_got = (str);                                                          \
        Str unit_expected = str_from_c(expected);                                      \
        ck_assert_msg(str_eq(unit_got, unit_expected), "got '%.*s', expected '%.*s'",  \
                      STR_ARG(unit_got), STR_ARG(unit_expected));                      \
    } while (0)

#endif
