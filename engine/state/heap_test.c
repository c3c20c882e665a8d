// SPDX-License-Identifier: Apache-2.0
#include "engine/state/heap.h"

#include <string.h>

#include "engine/base/unit.h"

enum { CHUNK = 2 << 20, LEAST = HEAP_PAGES_READY * HEAP_BLOCK_MAX, LIMIT = 8 * CHUNK };

START_TEST(rooms_are_close)
{
    size_t before = 0;
    for (size_t size = 1; size <= HEAP_BLOCK_MAX; size++) {
        size_t room = heap_room(size);
        ck_assert_uint_ge(room, size);
        ck_assert_uint_ge(room, before);
        ck_assert(room - size < HEAP_UNIT || (room - size) * 4 <= size);
        ck_assert_uint_eq(heap_room(room), room);
        before = room;
    }
    ck_assert_uint_eq(heap_room(HEAP_BLOCK_MAX), HEAP_BLOCK_MAX);
}
END_TEST

START_TEST(nothing_before_it_is_prepared)
{
    Heap heap;
    ck_assert(heap_init(&heap, LIMIT));
    ck_assert_uint_eq(heap_take(&heap, 1), 0);
    ck_assert(heap_prepare(&heap, false));
    Ref ref = heap_take(&heap, 1);
    ck_assert_uint_ne(ref, 0);
    ck_assert_uint_eq(heap.used, HEAP_UNIT);
    heap_give(&heap, ref, 1);
    ck_assert_uint_eq(heap.used, 0);
    ck_assert_uint_eq(heap_take(&heap, 16), ref);
    heap_free(&heap);
}
END_TEST

START_TEST(the_limit_holds)
{
    Heap heap;
    ck_assert(heap_init(&heap, LIMIT + 5));
    size_t taken = 0;
    while (heap_prepare(&heap, false)) {
        size_t ready = 0;
        for (; ready + HEAP_BLOCK_MAX <= HEAP_READY; ready += HEAP_BLOCK_MAX)
            ck_assert_uint_ne(heap_take(&heap, HEAP_BLOCK_MAX), 0);
        taken += ready;
    }
    ck_assert_uint_le(taken, LIMIT - LEAST + HEAP_READY);
    ck_assert_uint_ge(taken, LIMIT - LEAST);
    ck_assert_uint_eq(heap.chunk_count, 8);
    heap_free(&heap);
    ck_assert(heap_init(&heap, CHUNK - 1));
    ck_assert(!heap_prepare(&heap, false));
    heap_free(&heap);
}
END_TEST

// Full of blocks of one size and emptied, it takes those of another; while some of each
// page are left, only more of that size.
START_TEST(what_was_given_back_serves_any_size)
{
    enum { SIZES = 5 };
    static const size_t sizes[SIZES] = {16, 144, 1000, 33000, HEAP_BLOCK_MAX};
    static Ref refs[LIMIT / HEAP_UNIT];
    Heap heap;
    ck_assert(heap_init(&heap, LIMIT));
    for (size_t i = 0; i < (size_t)2 * SIZES; i++) {
        size_t size = sizes[i % SIZES], count = 0;
        while (heap_prepare(&heap, false))
            ck_assert_uint_ne(refs[count++] = heap_take(&heap, size), 0);
        ck_assert_uint_ge(count * heap_room(size), (LIMIT - LEAST) / 2);
        for (size_t k = 0; k < count; k++)
            heap_give(&heap, refs[(k * 7919) % count], size);
        ck_assert_uint_eq(heap.used, 0);
        ck_assert_uint_eq(heap.free_pages, LIMIT / HEAP_BLOCK_MAX);
    }
    heap_free(&heap);
}
END_TEST

// The most pages that blocks of HEAP_READY bytes can need: one of each size, then large
// ones.
START_TEST(what_was_prepared_can_be_taken)
{
    Heap heap;
    ck_assert(heap_init(&heap, LIMIT));
    ck_assert(heap_prepare(&heap, false));
    while (heap.free_pages > HEAP_PAGES_READY)
        ck_assert_uint_ne(heap_take(&heap, HEAP_BLOCK_MAX), 0);
    size_t before = heap.used;
    for (size_t size = 1; size <= HEAP_BLOCK_MAX && heap.used - before < HEAP_READY;
         size = heap_room(size) + 1)
        ck_assert_uint_ne(heap_take(&heap, size), 0);
    while (heap.used - before + 33000 < HEAP_READY)
        ck_assert_uint_ne(heap_take(&heap, 33000), 0);
    heap_free(&heap);
}
END_TEST

static bool is_all(const Heap *heap, Ref ref, size_t size, unsigned char byte)
{
    const unsigned char *bytes = heap_at(heap, ref);
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != byte)
            return false;
    return true;
}

// Blocks of all sizes, taken and given in a scrambled order, never overlap.
START_TEST(blocks_are_their_own)
{
    enum { BLOCKS = 512, ROUNDS = 20000, BRIEF = 700 };
    static struct {
        Ref ref;
        size_t size;
    } blocks[BLOCKS];
    Heap heap;
    uint64_t random = UINT64_C(88172645463325252);
    size_t used = 0;
    ck_assert(heap_init(&heap, (size_t)64 * CHUNK));
    for (int i = 0; i < ROUNDS; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        size_t at = random % BLOCKS;
        size_t most = (random >> 40) % 20 == 0 ? HEAP_BLOCK_MAX : BRIEF;
        size_t size = 1 + (random >> 16) % most;
        if (blocks[at].ref != 0) {
            ck_assert(
                is_all(&heap, blocks[at].ref, blocks[at].size, (unsigned char)at));
            heap_give(&heap, blocks[at].ref, blocks[at].size);
            used -= heap_room(blocks[at].size);
        }
        ck_assert(heap_prepare(&heap, false));
        blocks[at].ref = heap_take(&heap, size);
        blocks[at].size = size;
        used += heap_room(size);
        ck_assert(is_all(&heap, blocks[at].ref, size, 0));
        memset(heap_at(&heap, blocks[at].ref), (unsigned char)at, size);
    }
    ck_assert_uint_eq(heap.used, used);
    heap_free(&heap);
}
END_TEST

UNIT_MAIN("heap", rooms_are_close, nothing_before_it_is_prepared, the_limit_holds,
          what_was_given_back_serves_any_size, what_was_prepared_can_be_taken,
          blocks_are_their_own)
