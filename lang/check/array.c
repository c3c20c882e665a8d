// SPDX-License-Identifier: Apache-2.0
#include "lang/check/array.h"

#include "engine/base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4 };

void *array_room(Arena *arena, void *items, uint32_t count, size_t size)
{
    if (count == 0)
        return arena_array(arena, FIRST_ROOM, size);
    bool is_full = count >= FIRST_ROOM && (count & (count - 1)) == 0;
    if (!is_full)
        return items;
    void *room = arena_array(arena, (size_t)count * 2, size);
    return memcpy(room, items, (size_t)count * size);
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint32_t array_sort_numbers(uint32_t *numbers, uint32_t count)
{
    if (count < 2)
        return count;
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < count; i++)
        if (numbers[i] != numbers[kept - 1])
            numbers[kept++] = numbers[i];
    return kept;
}

static int compare_texts(const void *a, const void *b)
{
    return str_compare(*(const Str *)a, *(const Str *)b);
}

uint32_t array_sort_texts(Str *texts, uint32_t count)
{
    if (count < 2)
        return count;
    qsort(texts, count, sizeof *texts, compare_texts);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < count; i++)
        if (!str_eq(texts[i], texts[kept - 1]))
            texts[kept++] = texts[i];
    return kept;
}

bool array_has_number(const uint32_t *numbers, uint32_t count, uint32_t number)
{
    return count > 0 &&
           bsearch(&number, numbers, count, sizeof number, compare_numbers) != NULL;
}

bool array_has_text(const Str *texts, uint32_t count, Str text)
{
    return count > 0 &&
           bsearch(&text, texts, count, sizeof text, compare_texts) != NULL;
}
