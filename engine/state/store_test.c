// SPDX-License-Identifier: Apache-2.0
#include "engine/state/store.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/unit.h"

enum {
    LIMIT = 64 << 20,
    SMALL = 8 << 20,
    RESERVE = 6 << 20,
    KIND = 1,
    SIZE = sizeof(RecordHead) + 8,
    ALL = 1 << 30
};

static uint32_t dropped;

static void count_drop(Store *store, RecordHead *record)
{
    (void)store, (void)record;
    dropped++;
}

// A key whose low words are all alike would be the worst; hashes are not.
static StateKey key_of(uint64_t number)
{
    return (StateKey){{number * UINT64_C(0x9e3779b97f4a7c15), number}};
}

static Store *fresh(void)
{
    Store *store = malloc(sizeof *store);
    ck_assert_ptr_nonnull(store);
    ck_assert(store_init(store, LIMIT, count_drop));
    dropped = 0;
    return store;
}

static void done(Store *store)
{
    store_free(store);
    free(store);
}

static Ref add(Store *store, uint64_t number, uint32_t due)
{
    ck_assert(store_prepare(store, false));
    Ref ref = store_add(store, key_of(number), KIND, SIZE, due);
    ck_assert_uint_ne(ref, 0);
    return ref;
}

START_TEST(nothing_is_found_in_an_empty_store)
{
    Store *store = fresh();
    ck_assert_uint_eq(store_find(store, key_of(1), 0), 0);
    ck_assert(store_expire(store, 100, ALL));
    ck_assert(store_prepare(store, false));
    ck_assert_uint_eq(store_find(store, key_of(1), 0), 0);
    done(store);
}
END_TEST

START_TEST(many_are_found_until_they_are_dropped)
{
    enum { MANY = 50000 };
    Store *store = fresh();
    static Ref refs[MANY];
    for (uint64_t i = 0; i < MANY; i++)
        refs[i] = add(store, i, 0);
    for (uint64_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(store_find(store, key_of(i), UINT32_MAX), refs[i]);
    for (uint64_t i = 0; i < MANY; i += 2)
        store_drop(store, refs[i]);
    for (uint64_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(store_find(store, key_of(i), 5), i % 2 == 0 ? 0 : refs[i]);
    ck_assert_uint_eq(store->records, MANY / 2);
    ck_assert_uint_eq(dropped, MANY / 2);
    done(store);
}
END_TEST

// The second before, and the second itself; on every level of the wheel.
START_TEST(a_record_ends_in_its_second)
{
    static const uint32_t DUES[] = {1,        2,        255,      256,
                                    257,      65535,    65536,    65537,
                                    16777215, 16777216, 16777217, 20000000};
    enum { COUNT = sizeof DUES / sizeof DUES[0] };
    Store *store = fresh();
    for (uint32_t i = 0; i < COUNT; i++)
        add(store, i, DUES[i]);
    for (uint32_t i = 0; i < COUNT; i++) {
        ck_assert(store_expire(store, DUES[i] - 1, ALL));
        ck_assert_uint_eq(dropped, i);
        ck_assert_uint_ne(store_find(store, key_of(i), DUES[i] - 1), 0);
        ck_assert_uint_eq(store_find(store, key_of(i), DUES[i]), 0);
        ck_assert(store_expire(store, DUES[i], ALL));
        ck_assert_uint_eq(dropped, i + 1);
    }
    ck_assert_uint_eq(store->records, 0);
    ck_assert_uint_eq(store->heap.used, 0);
    done(store);
}
END_TEST

START_TEST(an_end_can_be_moved)
{
    Store *store = fresh();
    Ref longer = add(store, 1, 10), shorter = add(store, 2, 1000),
        never = add(store, 3, 10);
    Ref later = add(store, 4, 0);
    store_set_due(store, longer, 300);
    store_set_due(store, shorter, 20);
    store_set_due(store, never, 0);
    store_set_due(store, later, 30);
    ck_assert(store_expire(store, 20, ALL));
    ck_assert_uint_eq(store_find(store, key_of(1), 20), longer);
    ck_assert_uint_eq(store_find(store, key_of(2), 20), 0);
    ck_assert_uint_eq(store_find(store, key_of(4), 29), later);
    store_set_due(store, never, 40);
    ck_assert(store_expire(store, 50, ALL));
    ck_assert_uint_eq(store_find(store, key_of(3), 39), 0);
    ck_assert_uint_eq(store->records, 2);
    ck_assert(store_expire(store, 2000, ALL));
    ck_assert_uint_eq(store->records, 0);
    ck_assert_uint_eq(store->heap.used, 0);
    done(store);
}
END_TEST

START_TEST(a_key_can_be_used_again)
{
    Store *store = fresh();
    add(store, 1, 10);
    Ref second = store_add(store, key_of(1), KIND, SIZE, 50);
    ck_assert_uint_eq(store_find(store, key_of(1), 20), second);
    ck_assert_uint_eq(store->records, 1);
    store_drop(store, second);
    ck_assert_uint_eq(store_find(store, key_of(1), 20), 0);
    ck_assert(store_expire(store, 60, ALL));
    ck_assert_uint_eq(store->heap.used, 0);
    done(store);
}
END_TEST

START_TEST(expiry_goes_a_few_at_a_time)
{
    Store *store = fresh();
    for (uint64_t i = 0; i < 100; i++)
        add(store, i, 7);
    ck_assert(!store_expire(store, 7, 40));
    ck_assert_uint_eq(dropped, 40);
    ck_assert(!store_expire(store, 7, 40));
    ck_assert_uint_eq(store_find(store, key_of(99), 7), 0);
    ck_assert(store_expire(store, 7, 40));
    ck_assert_uint_eq(dropped, 100);
    done(store);
}
END_TEST

START_TEST(the_limit_holds)
{
    Store *store = malloc(sizeof *store);
    ck_assert_ptr_nonnull(store);
    ck_assert(store_init(store, SMALL, count_drop));
    uint64_t count = 0;
    while (store_prepare(store, false))
        ck_assert_uint_ne(store_add(store, key_of(count++), KIND, SIZE, 0), 0);
    ck_assert_uint_gt(count, (SMALL - RESERVE) / 64);
    ck_assert_uint_lt(count, SMALL / 48);
    for (uint64_t i = 0; i < count; i++)
        store_drop(store, store_find(store, key_of(i), 0));
    ck_assert(store_prepare(store, false));
    done(store);
}
END_TEST

UNIT_MAIN("store", nothing_is_found_in_an_empty_store,
          many_are_found_until_they_are_dropped, a_record_ends_in_its_second,
          an_end_can_be_moved, a_key_can_be_used_again, expiry_goes_a_few_at_a_time,
          the_limit_holds)
