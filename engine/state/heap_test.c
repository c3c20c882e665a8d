// SPDX-License-Identifier: Apache-2.0
#include "engine/state/heap.h"

#include <string.h>

#include "engine/base/unit.h"

enum { CHUNK = 1 << 20 };

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
    ck_assert(heap_init(&heap, CHUNK));
    ck_assert_uint_eq(heap_take(&heap, 1), 0);
    ck_assert(heap_prepare(&heap));
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
    ck_assert(heap_init(&heap, 2 * CHUNK + 5));
    size_t taken = 0;
    while (heap_prepare(&heap)) {
        size_t ready = 0;
        for (; ready + HEAP_BLOCK_MAX <= HEAP_READY; ready += HEAP_BLOCK_MAX)
            ck_assert_uint_ne(heap_take(&heap, HEAP_BLOCK_MAX), 0);
        taken += ready;
    }
    ck_assert_uint_le(taken, 2 * CHUNK);
    ck_assert_uint_ge(taken, 2 * CHUNK - HEAP_READY);
    ck_assert_uint_eq(heap.chunk_count, 2);
    heap_free(&heap);
    ck_assert(heap_init(&heap, CHUNK - 1));
    ck_assert(!heap_prepare(&heap));
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
        ck_assert(heap_prepare(&heap));
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
          blocks_are_their_own)
