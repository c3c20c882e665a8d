// SPDX-License-Identifier: Apache-2.0
// heap: the memory of the state: blocks of many sizes under a stated limit, found by
// number.
//
// A Ref is half as long as a pointer. Blocks come in sizes of at most a fifth more than
// asked, those of one size on pages of their own (slabs; Bonwick 1994), so a page whose
// blocks were all given back serves any size again. Taking and giving cost the same
// whatever there is. Memory comes from the system in chunks, and only in heap_prepare,
// so that what changes the state can't fail half-way: heap_take never asks the system
// for anything.
#ifndef PROVISO_ENGINE_STATE_HEAP_H
#define PROVISO_ENGINE_STATE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bug.h"

enum {
    HEAP_UNIT = 16,            // bytes; every block is aligned to it
    HEAP_PAGE_BITS = 12,       // 2^12 units: 64 KiB
    HEAP_CHUNK_BITS = 17,      // 2^17 units: 2 MiB, a huge page
    HEAP_BLOCK_MAX = 64 << 10, // bytes of the largest block
    HEAP_READY = 512 << 10,    // bytes of blocks that can be taken after heap_prepare
    HEAP_CLASSES = 61,
    // Pages that they can need: one begun for each size, and as many as blocks of just
    // over half a page need, each of which has a page to itself.
    HEAP_PAGES_READY = HEAP_CLASSES + HEAP_READY / (HEAP_BLOCK_MAX / 2),
};

// A block: chunk, counted from 1, and unit. 0 is none.
typedef uint32_t Ref;

typedef struct HeapPage HeapPage;

typedef struct Heap {
    char **chunks;   // room for all that the limit allows
    HeapPage *pages; // of all chunks
    uint32_t chunk_count;
    uint32_t chunk_limit;
    uint32_t chunk_most;         // with what heap_prepare may take over the limit
    uint32_t free_page;          // the first of those that no size has
    uint32_t free_pages;         // how many they are
    uint32_t open[HEAP_CLASSES]; // the first of a size's pages that are not full
    size_t used;                 // bytes of the blocks that are taken
} Heap;

// An empty heap that will take at most `limit` bytes, in whole chunks, from the system,
// and an eighth more, in whole chunks too, where heap_prepare is told so. False when
// memory is out.
MUST_USE bool heap_init(Heap *heap, size_t limit);
void heap_free(Heap *heap);

// Makes sure that blocks of HEAP_READY bytes together can be taken, over the limit if
// `may_exceed`. False when the limit, or an eighth over it, is reached or memory is
// out.
MUST_USE bool heap_prepare(Heap *heap, bool may_exceed);

// Bytes of the pages that can still be begun under the limit, those that heap_prepare
// needs left out.
size_t heap_left(const Heap *heap);
// Bytes that may be taken from the system.
size_t heap_limit(const Heap *heap);
// Bytes that the system has given: they are never given back, but used again.
size_t heap_taken(const Heap *heap);

// A block of `size` bytes, at most HEAP_BLOCK_MAX, zeroed. After heap_prepare, until
// HEAP_READY bytes are taken, never none.
Ref heap_take(Heap *heap, size_t size);
// Gives a block of `size` bytes, as it was taken, back.
void heap_give(Heap *heap, Ref ref, size_t size);
// How many bytes a block of `size` bytes really has.
size_t heap_room(size_t size);

// All blocks have numbers below this one.
static inline size_t heap_ref_end(const Heap *heap)
{
    return ((size_t)heap->chunk_count + 1) << HEAP_CHUNK_BITS;
}

static inline void *heap_at(const Heap *heap, Ref ref)
{
    char *chunk = heap->chunks[ref >> HEAP_CHUNK_BITS];
    return chunk + (size_t)(ref & ((1u << HEAP_CHUNK_BITS) - 1)) * HEAP_UNIT;
}

#endif
