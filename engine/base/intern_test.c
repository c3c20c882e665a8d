// SPDX-License-Identifier: Apache-2.0
#include "engine/base/intern.h"

#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/unit.h"

START_TEST(numbers_are_dense_and_texts_are_copied)
{
    static const uint64_t hash_key[2] = {3, 4};
    Arena arena;
    arena_init(&arena, 1 << 20);
    Intern intern = intern_on(&arena, hash_key);
    char name[] = "crm";
    uint32_t number = 99;
    ck_assert(!intern_find(&intern, STR("crm"), &number));
    ck_assert_uint_eq(number, 99);
    ck_assert_uint_eq(intern_add(&intern, (Str){name, 3}), 0);
    name[0] = 'x';
    ck_assert_uint_eq(intern_add(&intern, STR("mail")), 1);
    ck_assert_uint_eq(intern_add(&intern, STR("crm")), 0);
    ck_assert_uint_eq(intern_add(&intern, STR("")), 2);
    ck_assert_uint_eq(intern_count(&intern), 3);
    ck_assert_text(intern_text(&intern, 0), "crm");
    ck_assert_text(intern_text(&intern, 1), "mail");
    ck_assert(intern_find(&intern, STR("mail"), &number));
    ck_assert_uint_eq(number, 1);
    arena_free(&arena);
}
END_TEST

UNIT_MAIN("intern", numbers_are_dense_and_texts_are_copied)
