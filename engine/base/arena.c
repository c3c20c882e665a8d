// SPDX-License-Identifier: Apache-2.0
#include "engine/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/bug.h"
#include "engine/base/checked.h"

enum {
    ALIGNMENT = alignof(max_align_t),
    FIRST_BLOCK = 4 * 1024,
    LARGEST_BLOCK = 1024 * 1024, // unless one object needs more
};

struct ArenaBlock {
    ArenaBlock *previous;
    size_t size; // with this header
    alignas(max_align_t) char bytes[];
};

static bool round_up(size_t size, size_t *out)
{
    size_t padded = 0;
    if (!checked_add_size(size, ALIGNMENT - 1, &padded))
        return false;
    *out = padded / ALIGNMENT * ALIGNMENT;
    return true;
}

// Blocks double as the arena grows, so that many small arenas are cheap and a large one
// makes few calls to the system.
static size_t next_block_size(const Arena *arena)
{
    if (arena->used < FIRST_BLOCK)
        return FIRST_BLOCK;
    return arena->used < LARGEST_BLOCK ? arena->used : LARGEST_BLOCK;
}

// Puts a new block in front that holds at least `size` bytes.
static bool add_block(Arena *arena, size_t size)
{
    size_t needed = 0;
    size_t available = arena->limit - arena->used;
    if (!checked_add_size(size, sizeof(ArenaBlock), &needed) || needed > available)
        return false;
    size_t wanted = next_block_size(arena);
    if (wanted < needed)
        wanted = needed;
    if (wanted > available)
        wanted = available / ALIGNMENT * ALIGNMENT;
    if (wanted < needed)
        return false;
    ArenaBlock *block = malloc(wanted);
    if (block == NULL)
        return false;
    block->previous = arena->block;
    block->size = wanted;
    arena->block = block;
    arena->next = block->bytes;
    arena->left = wanted - sizeof(ArenaBlock);
    arena->used += wanted;
    return true;
}

// Frees the blocks that are newer than `oldest`.
static void drop_blocks(Arena *arena, const ArenaBlock *oldest)
{
    while (arena->block != oldest) {
        ArenaBlock *block = arena->block;
        arena->block = block->previous;
        arena->used -= block->size;
        free(block);
    }
}

void arena_init(Arena *arena, size_t limit)
{
    *arena = (Arena){.limit = limit};
}

void arena_free(Arena *arena)
{
    drop_blocks(arena, NULL);
    arena->next = NULL;
    arena->left = 0;
}

bool arena_reserve(Arena *arena, size_t size)
{
    size_t rounded = 0;
    if (!round_up(size, &rounded))
        return false;
    return rounded <= arena->left || add_block(arena, rounded);
}

void *arena_try_raw(Arena *arena, size_t size)
{
    size_t rounded = 0;
    if (!round_up(size == 0 ? 1 : size, &rounded))
        return NULL;
    if (rounded > arena->left && !add_block(arena, rounded))
        return NULL;
    char *object = arena->next;
    arena->next += rounded;
    arena->left -= rounded;
    return object;
}

void *arena_try(Arena *arena, size_t size)
{
    void *object = arena_try_raw(arena, size);
    return object == NULL ? NULL : memset(object, 0, size);
}

static _Noreturn void run_out(Arena *arena)
{
    CHECK(arena->exhausted != NULL);
    longjmp(*arena->exhausted, 1);
}

void *arena_alloc(Arena *arena, size_t size)
{
    void *object = arena_try(arena, size);
    if (object == NULL)
        run_out(arena);
    return object;
}

void *arena_array(Arena *arena, size_t count, size_t size)
{
    size_t total = 0;
    if (!checked_mul_size(count, size, &total))
        run_out(arena);
    return arena_alloc(arena, total);
}

Str arena_str(Arena *arena, Str text)
{
    size_t size = 0;
    if (!checked_add_size(text.len, 1, &size))
        run_out(arena);
    char *copy = arena_alloc(arena, size);
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    return (Str){copy, text.len};
}

Str arena_format(Arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(len >= 0);
    size_t size = (size_t)len + 1;
    char *text = arena_try(arena, size);
    if (text != NULL)
        (void)vsnprintf(text, size, format, again);
    va_end(again);
    if (text == NULL)
        run_out(arena);
    return (Str){text, (size_t)len};
}

ArenaMark arena_mark(const Arena *arena)
{
    return (ArenaMark){arena->block, arena->next, arena->left};
}

void arena_reset(Arena *arena, ArenaMark mark)
{
    drop_blocks(arena, mark.block);
    arena->next = mark.next;
    arena->left = mark.left;
}
