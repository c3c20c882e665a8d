// SPDX-License-Identifier: Apache-2.0
#include "engine/log/gather.h"

#include <string.h>

#include "engine/base/unit.h"

enum { CAPACITY = 64, MARGIN = 4, ADDED = 200000 };
static const int64_t SOON = 1000000, LATE = 10000000000;

static Gather gather;

static bool add(const char *text)
{
    char *at = gather_begin(&gather, strlen(text));
    if (!at)
        return false;
    memcpy(at, text, strlen(text));
    gather_end(&gather);
    return true;
}

START_TEST(all_is_taken_at_once)
{
    Batch batch;
    ck_assert_int_eq(gather_init(&gather, CAPACITY, MARGIN), STATUS_OK);
    ck_assert_int_eq(gather_take(&gather, &batch), GATHERED_NOTHING);
    ck_assert(add("one") && add("two"));
    ck_assert(!gather_wait(&gather, SOON)); // not woken
    gather_wake(&gather);
    ck_assert(gather_wait(&gather, LATE));
    ck_assert_uint_eq(gather_len(&gather), 6);
    ck_assert_int_eq(gather_take(&gather, &batch), GATHERED_BATCH);
    ck_assert(!gather_wait(&gather, SOON)); // once is enough
    ck_assert_uint_eq(gather_len(&gather), 0);
    ck_assert_uint_eq(batch.count, 2);
    ck_assert_uint_eq(batch.len, 6);
    ck_assert_mem_eq(batch.at + MARGIN, "onetwo", 6);
    ck_assert(add("three"));
    ck_assert_mem_eq(batch.at + MARGIN, "onetwo", 6); // still the taker's
    gather_close(&gather);
    ck_assert(gather_wait(&gather, LATE));
    ck_assert_int_eq(gather_take(&gather, &batch), GATHERED_BATCH);
    ck_assert_mem_eq(batch.at + MARGIN, "three", 5);
    ck_assert(gather_wait(&gather, LATE));
    ck_assert_int_eq(gather_take(&gather, &batch), GATHERED_END);
    gather_free(&gather);
}
END_TEST

START_TEST(what_is_full_takes_no_more)
{
    Batch batch;
    ck_assert_int_eq(gather_init(&gather, CAPACITY, MARGIN), STATUS_OK);
    for (size_t i = 0; i < CAPACITY / 8; i++) {
        ck_assert(gather_has_room(&gather, 8));
        ck_assert(add("12345678"));
    }
    ck_assert(gather_has_room(&gather, 0) && !gather_has_room(&gather, 1));
    ck_assert(!add("9"));
    ck_assert_int_eq(gather_take(&gather, &batch), GATHERED_BATCH);
    ck_assert_uint_eq(batch.len, CAPACITY);
    ck_assert(add("9"));
    gather_free(&gather);
}
END_TEST

static void *take_all(void *context)
{
    uint64_t *taken = context;
    Gathered gathered = GATHERED_NOTHING;
    while (gathered != GATHERED_END) {
        Batch batch;
        (void)gather_wait(&gather, LATE);
        gathered = gather_take(&gather, &batch);
        if (gathered == GATHERED_BATCH)
            *taken += batch.count;
    }
    return NULL;
}

START_TEST(nothing_is_lost_between_two_threads)
{
    uint64_t taken = 0;
    pthread_t thread;
    ck_assert_int_eq(gather_init(&gather, CAPACITY, MARGIN), STATUS_OK);
    ck_assert_int_eq(pthread_create(&thread, NULL, take_all, &taken), 0);
    for (uint32_t i = 0; i < ADDED; i++) {
        while (!add("1234"))
            gather_wake(&gather);
        if (i % 7 == 0)
            gather_wake(&gather);
    }
    gather_close(&gather);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_eq(taken, ADDED);
    gather_free(&gather);
}
END_TEST

UNIT_MAIN("gather", all_is_taken_at_once, what_is_full_takes_no_more,
          nothing_is_lost_between_two_threads)
