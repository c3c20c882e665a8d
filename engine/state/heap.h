// SPDX-License-Identifier: Apache-2.0
// heap: the memory of the state: blocks of many sizes under a stated limit, found by
// number.
//
// A Ref is half as long as a pointer, and stays what it is when the state is written to
// a file and read again. Blocks come in sizes of at most a fifth more than asked; what
// is given back is used again for blocks of its size. Memory comes from the system in
// chunks, and only in heap_prepare, so that what changes the state can't fail half-way:
// heap_take never asks the system for anything.
#ifndef PROVISO_ENGINE_STATE_HEAP_H
#define PROVISO_ENGINE_STATE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bug.h"

enum {
    HEAP_UNIT = 16,            // bytes; every block is aligned to it
    HEAP_CHUNK_BITS = 16,      // 2^16 units: 1 MiB
    HEAP_BLOCK_MAX = 64 << 10, // bytes of the largest block
    HEAP_READY = 512 << 10,    // bytes of blocks that can be taken after heap_prepare
    HEAP_CLASSES = 61,
};

// A block: chunk and unit. 0 is none.
typedef uint32_t Ref;

typedef struct Heap {
    char **chunks; // room for all that the limit allows
    uint32_t chunk_count;
    uint32_t chunk_limit;
    uint32_t spare; // chunks at the end that nothing was taken from yet
    uint32_t next;  // unit of the chunk in use from which all is free
    Ref free[HEAP_CLASSES];
    size_t used; // bytes of the blocks that are taken
} Heap;

// An empty heap that will take at most `limit` bytes, in whole chunks, from the system.
// False when memory is out.
MUST_USE bool heap_init(Heap *heap, size_t limit);
void heap_free(Heap *heap);

// Makes sure that blocks of HEAP_READY bytes together can be taken. False when the
// limit is reached or memory is out.
MUST_USE bool heap_prepare(Heap *heap);

// A block of `size` bytes, at most HEAP_BLOCK_MAX, zeroed. After heap_prepare, until
// HEAP_READY bytes are taken, never none.
Ref heap_take(Heap *heap, size_t size);
// Gives a block of `size` bytes, as it was taken, back.
void heap_give(Heap *heap, Ref ref, size_t size);
// How many bytes a block of `size` bytes really has.
size_t heap_room(size_t size);

static inline void *heap_at(const Heap *heap, Ref ref)
{
    char *chunk = heap->chunks[ref >> HEAP_CHUNK_BITS];
    return chunk + (size_t)(ref & ((1u << HEAP_CHUNK_BITS) - 1)) * HEAP_UNIT;
}

#endif
