// SPDX-License-Identifier: Apache-2.0
#include "engine/base/pages.h"

#include <stdint.h>
#include <string.h>

#include "engine/base/unit.h"

START_TEST(they_are_aligned_and_zeroed)
{
    enum { COUNT = 8 };
    char *taken[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = (i % 2 + 1) * PAGES_HUGE;
        taken[i] = pages_take(size);
        ck_assert_ptr_nonnull(taken[i]);
        ck_assert_uint_eq((uintptr_t)taken[i] % PAGES_HUGE, 0);
        for (size_t at = 0; at < size; at += 4096)
            ck_assert_int_eq(taken[i][at], 0);
        memset(taken[i], (int)i + 1, size);
    }
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = (i % 2 + 1) * PAGES_HUGE;
        ck_assert_int_eq(taken[i][0], (int)i + 1);
        ck_assert_int_eq(taken[i][size - 1], (int)i + 1);
        pages_give(taken[i], size);
    }
}
END_TEST

START_TEST(too_much_is_none)
{
    ck_assert_ptr_null(pages_take(SIZE_MAX / PAGES_HUGE / 2 * PAGES_HUGE));
    pages_give(NULL, PAGES_HUGE);
}
END_TEST

UNIT_MAIN("pages", they_are_aligned_and_zeroed, too_much_is_none)
