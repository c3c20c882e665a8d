// SPDX-License-Identifier: Apache-2.0
#include "engine/state/heap.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_UNITS = 1 << HEAP_CHUNK_BITS,
    CHUNK_BYTES = CHUNK_UNITS * HEAP_UNIT,
    SMALL_UNITS = 32, // up to here there is a class for each number of units...
    STEPS = 4,        // ...then so many for each doubling
};

bool heap_init(Heap *heap, size_t limit)
{
    memset(heap, 0, sizeof *heap);
    size_t chunks = limit / CHUNK_BYTES;
    heap->chunk_limit = chunks > CHUNK_UNITS ? CHUNK_UNITS : (uint32_t)chunks;
    heap->chunks = calloc(chunks + 1, sizeof *heap->chunks);
    return heap->chunks != NULL;
}

void heap_free(Heap *heap)
{
    for (uint32_t i = 0; i < heap->chunk_count; i++)
        free(heap->chunks[i]);
    free(heap->chunks);
    memset(heap, 0, sizeof *heap);
}

// ---- sizes ----

// Units 1 to 32 are classes 0 to 31; then 40 48 56 64, 80 96 112 128, and so on.
static uint32_t class_of(size_t size)
{
    size_t units = (size + HEAP_UNIT - 1) / HEAP_UNIT;
    if (units <= SMALL_UNITS)
        return units == 0 ? 0 : (uint32_t)units - 1;
    uint32_t class = SMALL_UNITS;
    size_t step = SMALL_UNITS / STEPS;
    size_t room = SMALL_UNITS + step;
    while (room < units) {
        class ++;
        if ((class - SMALL_UNITS) % STEPS == 0)
            step *= 2;
        room += step;
    }
    return class;
}

static uint32_t class_units(uint32_t class)
{
    if (class < SMALL_UNITS)
        return class + 1;
    uint32_t doublings = (class - SMALL_UNITS) / STEPS;
    uint32_t within = (class - SMALL_UNITS) % STEPS + 1;
    uint32_t small = SMALL_UNITS;
    return (small << doublings) + within * ((small / STEPS) << doublings);
}

size_t heap_room(size_t size)
{
    return (size_t)class_units(class_of(size)) * HEAP_UNIT;
}

// ---- taking and giving ----

static void put_free(Heap *heap, Ref ref, uint32_t class)
{
    memcpy(heap_at(heap, ref), &heap->free[class], sizeof(Ref));
    heap->free[class] = ref;
}

// The chunk in use is the last but the spare ones.
static Ref unit_in_use(const Heap *heap, uint32_t unit)
{
    return (heap->chunk_count - heap->spare - 1) << HEAP_CHUNK_BITS | unit;
}

static uint32_t units_left(const Heap *heap)
{
    return heap->chunk_count == heap->spare ? 0 : CHUNK_UNITS - heap->next;
}

// What is left of the chunk in use becomes free blocks, then the next one is in use.
static void begin_chunk(Heap *heap)
{
    for (uint32_t left = units_left(heap); left > 0; left = units_left(heap)) {
        uint32_t class = class_of((size_t)left * HEAP_UNIT);
        if (class >= HEAP_CLASSES)
            class = HEAP_CLASSES - 1;
        if (class_units(class) > left)
            class --;
        put_free(heap, unit_in_use(heap, heap->next), class);
        heap->next += class_units(class);
    }
    CHECK(heap->spare > 0);
    heap->spare--;
    // The very first unit is never a block: 0 is no Ref.
    heap->next = heap->chunk_count - heap->spare == 1 ? 1 : 0;
}

bool heap_prepare(Heap *heap)
{
    if (heap->spare > 0)
        return true;
    if (heap->chunk_count == heap->chunk_limit)
        return (size_t)units_left(heap) * HEAP_UNIT >= HEAP_READY;
    char *chunk = malloc(CHUNK_BYTES);
    if (!chunk)
        return false;
    heap->chunks[heap->chunk_count++] = chunk;
    heap->spare++;
    return true;
}

Ref heap_take(Heap *heap, size_t size)
{
    CHECK(size <= HEAP_BLOCK_MAX);
    uint32_t class = class_of(size);
    uint32_t units = class_units(class);
    Ref ref = heap->free[class];
    if (ref != 0) {
        memcpy(&heap->free[class], heap_at(heap, ref), sizeof(Ref));
    } else {
        if (units > units_left(heap)) {
            if (heap->spare == 0)
                return 0;
            begin_chunk(heap);
        }
        ref = unit_in_use(heap, heap->next);
        heap->next += units;
    }
    memset(heap_at(heap, ref), 0, (size_t)units * HEAP_UNIT);
    heap->used += (size_t)units * HEAP_UNIT;
    return ref;
}

void heap_give(Heap *heap, Ref ref, size_t size)
{
    uint32_t class = class_of(size);
    heap->used -= (size_t)class_units(class) * HEAP_UNIT;
    put_free(heap, ref, class);
}
