// SPDX-License-Identifier: Apache-2.0
// gather: bytes that one thread adds and another takes, all that there are at once. Two
// pieces of memory change places; nobody waits for longer than a copy.
#ifndef PROVISO_ENGINE_LOG_GATHER_H
#define PROVISO_ENGINE_LOG_GATHER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

// What was added, with `margin` bytes before it that are the taker's.
typedef struct Batch {
    char *at;       // the first of the margin
    size_t len;     // without it
    uint32_t count; // of additions
} Batch;

typedef struct Gather {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    char *memory[2];
    size_t capacity, margin;
    uint32_t filling; // which piece of memory is being filled
    size_t len;       // of it
    uint32_t count;
    bool is_awake; // the taker may have what is there
    bool is_closed;
} Gather;

MUST_USE Status gather_init(Gather *gather, size_t capacity, size_t margin);
void gather_free(Gather *gather);

// Room for `size` bytes to be filled until gather_end; NULL if it is full, and then
// nothing is to be ended.
char *gather_begin(Gather *gather, size_t size);
void gather_end(Gather *gather);
// Wakes who waits, if there is anything to take.
void gather_wake(Gather *gather);
// Wakes who waits; once all is taken, the end is.
void gather_close(Gather *gather);

typedef enum Gathered { GATHERED_BATCH, GATHERED_NOTHING, GATHERED_END } Gathered;

// All that was added since the last time, if anything was; the end comes after all was
// taken. It is the taker's until it takes again. Takers must take turns.
Gathered gather_take(Gather *gather, Batch *out);
// Waits to be woken, for at most so many ns. False when that was in vain.
bool gather_wait(Gather *gather, int64_t timeout);

// How many bytes there are to be taken, and whether so many more could be added.
size_t gather_len(Gather *gather);
bool gather_has_room(Gather *gather, size_t size);

#endif
