// SPDX-License-Identifier: Apache-2.0
// arena: memory by lifetime. Things that die together are allocated together and freed
// at once; nothing is freed singly.
//
// An arena grows by blocks up to a limit that its owner states. Running out is handled
// in one of two ways: arena_try gives NULL, which the engine turns into STATUS_LIMIT;
// arena_alloc unwinds to the jump buffer that the owner set (only the compiler's facade
// sets one). An arena belongs to one thread at a time.
#ifndef PROVISO_ENGINE_BASE_ARENA_H
#define PROVISO_ENGINE_BASE_ARENA_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/str.h"

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
    ArenaBlock *block;  // the newest block, which is filled
    char *next;         // its first free byte
    size_t left;        // its free bytes
    size_t used;        // bytes taken from the system so far
    size_t limit;       // the most that may be taken
    jmp_buf *exhausted; // where arena_alloc goes when memory is out; NULL: abort
} Arena;

// A position in an arena to which it can be reset.
typedef struct ArenaMark {
    ArenaBlock *block;
    char *next;
    size_t left;
} ArenaMark;

// Makes an empty arena that will take at most `limit` bytes from the system.
void arena_init(Arena *arena, size_t limit);
// Gives everything back. The arena is empty and usable afterwards.
void arena_free(Arena *arena);

// Makes sure that the next `size` bytes, taken as one object or after arena_reset to a
// mark made here, need no call to the system. False when the limit is reached.
bool arena_reserve(Arena *arena, size_t size);
// `size` zeroed bytes, aligned for any type, or NULL when the limit is reached.
void *arena_try(Arena *arena, size_t size);
// As arena_try, but not zeroed: for bytes that are about to be written.
void *arena_try_raw(Arena *arena, size_t size);
// As arena_try, but never NULL: unwinds to `exhausted`.
void *arena_alloc(Arena *arena, size_t size);
// `count` elements of `size` bytes, zeroed; overflow counts as exhaustion.
void *arena_array(Arena *arena, size_t count, size_t size);
// A copy of the text in the arena, with one NUL behind it that is not counted.
Str arena_str(Arena *arena, Str text);
// printf into the arena, with one NUL behind it, too.
Str arena_format(Arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Remembers a position, and drops all that was allocated since (for scratch memory).
ArenaMark arena_mark(const Arena *arena);
void arena_reset(Arena *arena, ArenaMark mark);

// One object, or `count` objects, of a type.
#define ARENA_NEW(arena, Type) ((Type *)arena_alloc((arena), sizeof(Type)))
#define ARENA_ARRAY(arena, count, Type)                                                \
    ((Type *)arena_array((arena), (count), sizeof(Type)))

#endif
