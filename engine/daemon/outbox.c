// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "engine/base/checked.h"

enum { FIRST_CAPACITY = 16 << 10 };

// Sends a part of the bytes that the socket has room for, possibly none.
static Status send_some(int fd, Str bytes, size_t *sent)
{
    *sent = 0;
    while (bytes.len > 0) {
        ssize_t count = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            *sent = (size_t)count;
            return STATUS_OK;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return STATUS_OK;
        if (errno != EINTR)
            return STATUS_CLOSED;
    }
    return STATUS_OK;
}

// Moves what waits to the front of memory that holds `needed` bytes.
static Status grow(Outbox *outbox, Budget *budget, size_t needed)
{
    size_t capacity =
        outbox->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : outbox->capacity;
    while (capacity < needed)
        ENSURE(checked_mul_size(capacity, 2, &capacity), STATUS_LIMIT);
    ENSURE(budget_take(budget, capacity), STATUS_LIMIT);
    char *memory = malloc(capacity);
    if (memory == NULL) {
        budget_give(budget, capacity);
        return STATUS_LIMIT;
    }
    if (outbox->len > 0)
        memcpy(memory, outbox->memory + outbox->start, outbox->len);
    free(outbox->memory);
    budget_give(budget, outbox->capacity);
    outbox->memory = memory;
    outbox->capacity = capacity;
    outbox->start = 0;
    return STATUS_OK;
}

static Status add(Outbox *outbox, Budget *budget, Str bytes)
{
    size_t needed = 0;
    ENSURE(checked_add_size(outbox->len, bytes.len, &needed), STATUS_LIMIT);
    if (needed > outbox->capacity)
        TRY(grow(outbox, budget, needed));
    if (bytes.len > outbox->capacity - outbox->start - outbox->len) {
        memmove(outbox->memory, outbox->memory + outbox->start, outbox->len);
        outbox->start = 0;
    }
    memcpy(outbox->memory + outbox->start + outbox->len, bytes.at, bytes.len);
    outbox->len += bytes.len;
    return STATUS_OK;
}

static void hold(Outbox *outbox, size_t len, uint64_t until)
{
    bool is_second = outbox->held[1].len > 0 || (outbox->held[0].len > 0 && until > 0);
    Held *held = &outbox->held[is_second];
    if (until > held->until)
        held->until = until;
    held->len += len;
}

Status outbox_send(Outbox *outbox, Budget *budget, int fd, Str bytes, uint64_t until)
{
    size_t sent = 0;
    bool is_held = until > 0 || outbox->held[0].len > 0;
    if (outbox->len == 0 && !is_held)
        TRY(send_some(fd, bytes, &sent));
    if (sent == bytes.len)
        return STATUS_OK;
    TRY(add(outbox, budget, str_slice(bytes, sent, bytes.len)));
    if (is_held)
        hold(outbox, bytes.len, until);
    else
        outbox->ready += bytes.len - sent;
    return STATUS_OK;
}

void outbox_release(Outbox *outbox, uint64_t safe)
{
    while (outbox->held[0].len > 0 && outbox->held[0].until <= safe) {
        outbox->ready += outbox->held[0].len;
        outbox->held[0] = outbox->held[1];
        outbox->held[1] = (Held){0};
    }
}

Status outbox_flush(Outbox *outbox, Budget *budget, int fd)
{
    size_t sent = 0;
    if (outbox->ready == 0)
        return STATUS_OK;
    TRY(send_some(fd, (Str){outbox->memory + outbox->start, outbox->ready}, &sent));
    outbox->start += sent;
    outbox->ready -= sent;
    outbox->len -= sent;
    if (outbox->len == 0)
        outbox_free(outbox, budget);
    return STATUS_OK;
}

void outbox_free(Outbox *outbox, Budget *budget)
{
    budget_give(budget, outbox->capacity);
    free(outbox->memory);
    *outbox = (Outbox){0};
}
