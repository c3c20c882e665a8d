// SPDX-License-Identifier: Apache-2.0
#include "engine/log/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/os.h"

static const int64_t NS = 1000000000;

// Waits are measured on the clock that nobody sets.
static bool init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    bool is_made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                   pthread_cond_init(condition, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    return is_made;
}

Status gather_init(Gather *gather, size_t capacity, size_t margin)
{
    memset(gather, 0, sizeof *gather);
    gather->capacity = capacity;
    gather->margin = margin;
    for (int i = 0; i < 2; i++)
        gather->memory[i] = malloc(margin + capacity);
    bool is_whole = gather->memory[0] && gather->memory[1];
    if (is_whole && pthread_mutex_init(&gather->mutex, NULL) == 0) {
        if (init_condition(&gather->changed))
            return STATUS_OK;
        (void)pthread_mutex_destroy(&gather->mutex);
    }
    for (int i = 0; i < 2; i++)
        free(gather->memory[i]);
    return STATUS_MEMORY;
}

void gather_free(Gather *gather)
{
    CHECK(pthread_cond_destroy(&gather->changed) == 0);
    CHECK(pthread_mutex_destroy(&gather->mutex) == 0);
    for (int i = 0; i < 2; i++)
        free(gather->memory[i]);
}

static void lock(Gather *gather)
{
    CHECK(pthread_mutex_lock(&gather->mutex) == 0);
}

static void unlock(Gather *gather)
{
    CHECK(pthread_mutex_unlock(&gather->mutex) == 0);
}

// Locked until gather_end.
char *gather_begin(Gather *gather, size_t size)
{
    lock(gather);
    if (size > gather->capacity - gather->len) {
        unlock(gather);
        return NULL;
    }
    char *at = gather->memory[gather->filling] + gather->margin + gather->len;
    gather->len += size;
    gather->count++;
    return at;
}

void gather_end(Gather *gather)
{
    unlock(gather);
}

void gather_wake(Gather *gather)
{
    lock(gather);
    bool is_news = gather->count > 0 && !gather->is_awake;
    gather->is_awake |= is_news;
    unlock(gather);
    if (is_news)
        CHECK(pthread_cond_signal(&gather->changed) == 0);
}

void gather_close(Gather *gather)
{
    lock(gather);
    gather->is_closed = true;
    unlock(gather);
    CHECK(pthread_cond_signal(&gather->changed) == 0);
}

static Gathered take_locked(Gather *gather, Batch *out)
{
    if (gather->count == 0)
        return gather->is_closed ? GATHERED_END : GATHERED_NOTHING;
    *out = (Batch){gather->memory[gather->filling], gather->len, gather->count};
    gather->filling = 1 - gather->filling;
    gather->len = 0;
    gather->count = 0;
    gather->is_awake = false;
    return GATHERED_BATCH;
}

Gathered gather_take(Gather *gather, Batch *out)
{
    lock(gather);
    Gathered gathered = take_locked(gather, out);
    unlock(gather);
    return gathered;
}

bool gather_wait(Gather *gather, int64_t timeout)
{
    int64_t until = os_monotonic_clock() + timeout;
    struct timespec deadline = {.tv_sec = (time_t)(until / NS),
                                .tv_nsec = (long)(until % NS)};
    int error = 0;
    lock(gather);
    while (!gather->is_awake && !gather->is_closed && error == 0)
        error = pthread_cond_timedwait(&gather->changed, &gather->mutex, &deadline);
    CHECK(error == 0 || error == ETIMEDOUT);
    bool is_due = gather->is_awake || gather->is_closed;
    unlock(gather);
    return is_due;
}

size_t gather_len(Gather *gather)
{
    lock(gather);
    size_t len = gather->len;
    unlock(gather);
    return len;
}

bool gather_has_room(Gather *gather, size_t size)
{
    lock(gather);
    bool has_room = size <= gather->capacity - gather->len;
    unlock(gather);
    return has_room;
}
