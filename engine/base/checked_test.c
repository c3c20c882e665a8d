// SPDX-License-Identifier: Apache-2.0
#include "engine/base/checked.h"

#include "engine/base/unit.h"

START_TEST(sizes)
{
    size_t out = 77;
    ck_assert(checked_add_size(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX);
    ck_assert(checked_mul_size(SIZE_MAX / 3, 3, &out) && out == SIZE_MAX / 3 * 3);
    ck_assert(checked_mul_size(SIZE_MAX, 0, &out) && out == 0);
    ck_assert(checked_mul_size(0, SIZE_MAX, &out) && out == 0);
    out = 77;
    ck_assert(!checked_add_size(SIZE_MAX, 1, &out));
    ck_assert(!checked_mul_size(SIZE_MAX / 2 + 1, 2, &out));
    ck_assert(!checked_mul_size(2, SIZE_MAX / 2 + 1, &out));
    ck_assert_uint_eq(out, 77);
}
END_TEST

START_TEST(integers)
{
    int64_t out = 77;
    ck_assert(checked_add_i64(INT64_MAX, INT64_MIN, &out) && out == -1);
    ck_assert(checked_add_i64(INT64_MAX - 1, 1, &out) && out == INT64_MAX);
    ck_assert(checked_add_i64(INT64_MIN + 1, -1, &out) && out == INT64_MIN);
    ck_assert(checked_sub_i64(-1, INT64_MAX, &out) && out == INT64_MIN);
    ck_assert(checked_sub_i64(-1, INT64_MIN, &out) && out == INT64_MAX);
    ck_assert(checked_mul_i64(INT64_MIN, 1, &out) && out == INT64_MIN);
    ck_assert(checked_mul_i64(INT64_C(-4294967296), INT64_C(2147483648), &out));
    ck_assert_int_eq(out, INT64_MIN);
    out = 77;
    ck_assert(!checked_add_i64(INT64_MAX, 1, &out));
    ck_assert(!checked_add_i64(INT64_MIN, -1, &out));
    ck_assert(!checked_sub_i64(0, INT64_MIN, &out));
    ck_assert(!checked_sub_i64(-2, INT64_MAX, &out));
    ck_assert(!checked_mul_i64(INT64_MIN, -1, &out));
    ck_assert(!checked_mul_i64(-1, INT64_MIN, &out));
    ck_assert(!checked_mul_i64(INT64_C(4294967296), INT64_C(2147483648), &out));
    ck_assert_int_eq(out, 77);
}
END_TEST

UNIT_MAIN("checked", sizes, integers)
