// SPDX-License-Identifier: Apache-2.0
// array: growing arrays on an arena, for pairs of fields `T *items; uint32_t count`.
//
// No capacity is kept: the array has room up to the next power of two. What grew out of
// its place is left to the arena, so an element's address is good only until the next
// push.
#ifndef PROVISO_LANG_CHECK_ARRAY_H
#define PROVISO_LANG_CHECK_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/str.h"

typedef struct Arena Arena;

// The array with zeroed room for one more behind its `count` elements of `size` bytes.
// It must have grown from nothing by this function alone.
void *array_room(Arena *arena, void *items, uint32_t count, size_t size);

// A pointer to a new zeroed element at the end of items[count].
#define ARRAY_PUSH(arena, items, count)                                                \
    (((items) = array_room((arena), (items), (count), sizeof *(items))),               \
     &(items)[(count)++])

// Sorts ascending and drops what is there twice; the new count.
uint32_t array_sort_numbers(uint32_t *numbers, uint32_t count);
uint32_t array_sort_texts(Str *texts, uint32_t count);
// Whether an ascending array has the number or text.
bool array_has_number(const uint32_t *numbers, uint32_t count, uint32_t number);
bool array_has_text(const Str *texts, uint32_t count, Str text);

#endif
