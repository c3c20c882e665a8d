// SPDX-License-Identifier: Apache-2.0
#include "engine/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/unit.h"

START_TEST(objects_are_zeroed_aligned_and_apart)
{
    Arena arena;
    arena_init(&arena, 1 << 20);
    unsigned char *before = NULL;
    size_t size_before = 0;
    for (size_t size = 0; size < 500; size++) {
        unsigned char *object = arena_try(&arena, size);
        ck_assert_ptr_nonnull(object);
        ck_assert_uint_eq((uintptr_t)object % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            ck_assert_uint_eq(object[i], 0);
        memset(object, 0xff, size);
        if (before != NULL && before < object)
            ck_assert(before + size_before <= object);
        before = object;
        size_before = size;
    }
    arena_free(&arena);
    ck_assert_uint_eq(arena.used, 0);
}
END_TEST

START_TEST(limit_holds_at_the_edge)
{
    Arena arena;
    arena_init(&arena, 10000);
    size_t taken = 0;
    while (arena_try(&arena, 16) != NULL)
        taken += 16;
    ck_assert_uint_le(arena.used, 10000);
    ck_assert_uint_ge(taken, 9000);
    arena_free(&arena);
    ck_assert_ptr_nonnull(arena_try(&arena, 9000));
    ck_assert_ptr_null(arena_try(&arena, 9000));
    arena_free(&arena);

    arena_init(&arena, 0);
    ck_assert_ptr_null(arena_try(&arena, 0));
    arena_init(&arena, SIZE_MAX);
    ck_assert_ptr_null(arena_try(&arena, SIZE_MAX));
    ck_assert_ptr_null(arena_try(&arena, SIZE_MAX - 16));
    ck_assert(!arena_reserve(&arena, SIZE_MAX));
    arena_free(&arena);
}
END_TEST

START_TEST(alloc_unwinds_when_memory_is_out)
{
    Arena arena;
    jmp_buf exhausted;
    volatile int unwound = 0;
    arena_init(&arena, 8192);
    arena.exhausted = &exhausted;
    if (setjmp(exhausted) == 0)
        arena_alloc(&arena, 8193);
    else
        unwound++;
    if (setjmp(exhausted) == 0)
        arena_array(&arena, SIZE_MAX / 2, 4);
    else
        unwound++;
    if (setjmp(exhausted) == 0)
        arena_format(&arena, "%9000d", 1);
    else
        unwound++;
    ck_assert_int_eq(unwound, 3);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 4000));
    arena_free(&arena);
}
END_TEST

START_TEST(reset_drops_what_came_after)
{
    Arena arena;
    arena_init(&arena, 1 << 20);
    ArenaMark empty = arena_mark(&arena);
    char *first = arena_try(&arena, 100);
    memset(first, 'x', 100);
    size_t used = arena.used;
    ArenaMark mark = arena_mark(&arena);
    for (int i = 0; i < 100; i++)
        memset(arena_try(&arena, 1000), 0xff, 1000);
    ck_assert_uint_gt(arena.used, used);
    arena_reset(&arena, mark);
    ck_assert_uint_eq(arena.used, used);
    ck_assert_int_eq(first[99], 'x');
    const char *again = arena_try(&arena, 1000);
    for (size_t i = 0; i < 1000; i++)
        ck_assert_int_eq(again[i], 0);
    arena_reset(&arena, empty);
    ck_assert_uint_eq(arena.used, 0);
    ck_assert_ptr_nonnull(arena_try(&arena, 10));
    arena_free(&arena);
}
END_TEST

START_TEST(reserved_memory_needs_no_new_block)
{
    Arena arena;
    arena_init(&arena, 1 << 20);
    ck_assert(arena_reserve(&arena, 100000));
    size_t used = arena.used;
    ArenaMark mark = arena_mark(&arena);
    for (int round = 0; round < 3; round++) {
        ck_assert_ptr_nonnull(arena_try(&arena, 60000));
        ck_assert_ptr_nonnull(arena_try(&arena, 40000));
        ck_assert_uint_eq(arena.used, used);
        arena_reset(&arena, mark);
    }
    arena_free(&arena);
}
END_TEST

START_TEST(text_is_copied_with_a_nul_behind)
{
    Arena arena;
    arena_init(&arena, 1 << 20);
    char source[] = "tool";
    Str copy = arena_str(&arena, (Str){source, 4});
    source[0] = 'x';
    ck_assert_text(copy, "tool");
    ck_assert_int_eq(copy.at[4], '\0');
    ck_assert_text(arena_str(&arena, (Str){NULL, 0}), "");
    ck_assert_text(arena_format(&arena, "%s-%d", "a", 12), "a-12");
    arena_free(&arena);
}
END_TEST

UNIT_MAIN("arena", objects_are_zeroed_aligned_and_apart, limit_holds_at_the_edge,
          alloc_unwinds_when_memory_is_out, reset_drops_what_came_after,
          reserved_memory_needs_no_new_block, text_is_copied_with_a_nul_behind)
