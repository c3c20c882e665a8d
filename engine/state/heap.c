// SPDX-License-Identifier: Apache-2.0
#include "engine/state/heap.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/pages.h"

enum {
    CHUNK_UNITS = 1 << HEAP_CHUNK_BITS,
    CHUNK_BYTES = CHUNK_UNITS * HEAP_UNIT,
    CHUNKS_MAX = (1 << (32 - HEAP_CHUNK_BITS)) - 1,
    PAGE_UNITS = 1 << HEAP_PAGE_BITS,
    CHUNK_PAGES = CHUNK_UNITS / PAGE_UNITS,
    LIMIT_MAX = CHUNKS_MAX / 9 * 8,
    SMALL_UNITS = 32, // up to here there is a class for each number of units...
    STEPS = 4,        // ...then so many for each doubling
};

_Static_assert(CHUNK_BYTES % PAGES_HUGE == 0, "of pages_take");

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

// ---- pages ----

// Pages are numbered with their chunks; 0 is none.
struct HeapPage {
    Ref free;                // the first of the blocks that were given back
    uint32_t next, previous; // among the free ones, or those of its size not full
    uint16_t used;           // blocks that are taken
    uint16_t fresh;          // unit from which nothing was ever taken
};

static uint32_t page_of(Ref ref)
{
    return ref >> HEAP_PAGE_BITS;
}

static void link_page(Heap *heap, uint32_t *first, uint32_t page)
{
    heap->pages[page].next = *first;
    heap->pages[page].previous = 0;
    if (*first != 0)
        heap->pages[*first].previous = page;
    *first = page;
}

static void unlink_page(Heap *heap, uint32_t *first, uint32_t page)
{
    const HeapPage *of = &heap->pages[page];
    if (of->previous != 0)
        heap->pages[of->previous].next = of->next;
    else
        *first = of->next;
    if (of->next != 0)
        heap->pages[of->next].previous = of->previous;
}

static bool is_full(const HeapPage *page, uint32_t units)
{
    return page->free == 0 && page->fresh + units > PAGE_UNITS;
}

bool heap_init(Heap *heap, size_t limit)
{
    memset(heap, 0, sizeof *heap);
    size_t chunks = limit / CHUNK_BYTES;
    heap->chunk_limit = chunks < LIMIT_MAX ? (uint32_t)chunks : LIMIT_MAX;
    heap->chunk_most = heap->chunk_limit + (heap->chunk_limit + 7) / 8;
    heap->chunks = calloc((size_t)heap->chunk_most + 1, sizeof *heap->chunks);
    heap->pages =
        calloc(((size_t)heap->chunk_most + 1) * CHUNK_PAGES, sizeof *heap->pages);
    if (heap->chunks && heap->pages)
        return true;
    heap_free(heap);
    return false;
}

void heap_free(Heap *heap)
{
    for (uint32_t i = 1; i <= heap->chunk_count; i++)
        pages_give(heap->chunks[i], CHUNK_BYTES);
    free(heap->chunks);
    free(heap->pages);
    memset(heap, 0, sizeof *heap);
}

bool heap_prepare(Heap *heap, bool may_exceed)
{
    uint32_t most = may_exceed ? heap->chunk_most : heap->chunk_limit;
    while (heap->free_pages < HEAP_PAGES_READY) {
        char *chunk = NULL;
        if (heap->chunk_count < most)
            chunk = pages_take(CHUNK_BYTES);
        if (!chunk)
            return false;
        heap->chunks[++heap->chunk_count] = chunk;
        for (uint32_t i = CHUNK_PAGES; i-- > 0;)
            link_page(heap, &heap->free_page, heap->chunk_count * CHUNK_PAGES + i);
        heap->free_pages += CHUNK_PAGES;
    }
    return true;
}

size_t heap_left(const Heap *heap)
{
    size_t pages = heap->free_pages;
    if (heap->chunk_limit > heap->chunk_count)
        pages += (size_t)(heap->chunk_limit - heap->chunk_count) * CHUNK_PAGES;
    return pages > HEAP_PAGES_READY
               ? (pages - HEAP_PAGES_READY) * PAGE_UNITS * HEAP_UNIT
               : 0;
}

size_t heap_limit(const Heap *heap)
{
    return (size_t)heap->chunk_limit * CHUNK_BYTES;
}

size_t heap_taken(const Heap *heap)
{
    return (size_t)heap->chunk_count * CHUNK_BYTES;
}

// ---- blocks ----

// A page for blocks of the size, with at least one free.
static uint32_t open_page(Heap *heap, uint32_t class)
{
    uint32_t page = heap->open[class];
    if (page != 0 || heap->free_page == 0)
        return page;
    page = heap->free_page;
    unlink_page(heap, &heap->free_page, page);
    heap->free_pages--;
    heap->pages[page].free = 0;
    heap->pages[page].fresh = 0;
    link_page(heap, &heap->open[class], page);
    return page;
}

Ref heap_take(Heap *heap, size_t size)
{
    CHECK(size <= HEAP_BLOCK_MAX);
    uint32_t class = class_of(size);
    uint32_t units = class_units(class), number = open_page(heap, class);
    HeapPage *page = &heap->pages[number];
    Ref ref = page->free;
    if (number == 0)
        return 0;
    if (ref != 0) {
        memcpy(&page->free, heap_at(heap, ref), sizeof(Ref));
    } else {
        ref = number << HEAP_PAGE_BITS | page->fresh;
        page->fresh = (uint16_t)(page->fresh + units);
    }
    page->used++;
    if (is_full(page, units))
        unlink_page(heap, &heap->open[class], number);
    memset(heap_at(heap, ref), 0, (size_t)units * HEAP_UNIT);
    heap->used += (size_t)units * HEAP_UNIT;
    return ref;
}

void heap_give(Heap *heap, Ref ref, size_t size)
{
    uint32_t class = class_of(size);
    uint32_t units = class_units(class), number = page_of(ref);
    HeapPage *page = &heap->pages[number];
    if (is_full(page, units))
        link_page(heap, &heap->open[class], number);
    memcpy(heap_at(heap, ref), &page->free, sizeof(Ref));
    page->free = ref;
    heap->used -= (size_t)units * HEAP_UNIT;
    if (--page->used > 0)
        return;
    unlink_page(heap, &heap->open[class], number);
    link_page(heap, &heap->free_page, number);
    heap->free_pages++;
}
