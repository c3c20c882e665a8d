// SPDX-License-Identifier: Apache-2.0
#include "engine/base/map.h"

#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/unit.h"

static const uint64_t hash_key[2] = {1, 2};

START_TEST(empty_map)
{
    Arena arena;
    arena_init(&arena, 0);
    Map map = map_on(&arena, hash_key);
    ck_assert_ptr_null(map_find(&map, STR("")));
    ck_assert_uint_eq(map.count, 0);
}
END_TEST

START_TEST(first_value_stays_and_can_be_changed)
{
    Arena arena;
    arena_init(&arena, 1 << 20);
    Map map = map_on(&arena, hash_key);
    bool is_new = false;
    uint32_t *value = map_insert(&map, STR("get"), 7, &is_new);
    ck_assert(is_new);
    ck_assert_uint_eq(*map_insert(&map, STR("get"), 8, &is_new), 7);
    ck_assert(!is_new);
    *value = 9;
    ck_assert_uint_eq(*map_find(&map, STR("get")), 9);
    ck_assert_ptr_null(map_find(&map, STR("ge")));
    map_insert(&map, STR(""), 3, NULL);
    ck_assert_uint_eq(*map_find(&map, (Str){NULL, 0}), 3);
    ck_assert_uint_eq(map.count, 2);
    arena_free(&arena);
}
END_TEST

START_TEST(a_million_entries_in_order_at_rest)
{
    enum { COUNT = 1000000 };
    Arena arena;
    arena_init(&arena, (size_t)1 << 28);
    Map map = map_on(&arena, hash_key);
    const uint32_t *first = NULL;
    for (uint32_t i = 0; i < COUNT; i++) {
        bool is_new = false;
        uint32_t *value =
            map_insert(&map, arena_format(&arena, "name%u", i), i, &is_new);
        ck_assert(is_new);
        if (i == 0)
            first = value;
    }
    ck_assert_uint_eq(map.count, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        const MapEntry *entry = map_at(&map, i);
        const uint32_t *value = map_find(&map, entry->key);
        if (entry->value != i || value != &entry->value)
            ck_abort_msg("entry %u", i);
    }
    ck_assert_ptr_eq(map_find(&map, STR("name0")), first);
    ck_assert_ptr_null(map_find(&map, STR("name1000000")));
    arena_free(&arena);
}
END_TEST

UNIT_MAIN("map", empty_map, first_value_stays_and_can_be_changed,
          a_million_entries_in_order_at_rest)
