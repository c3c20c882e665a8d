// SPDX-License-Identifier: Apache-2.0
// outbox: answers to one peer that its socket had no room for. It takes memory only
// while something waits.
#ifndef PROVISO_ENGINE_DAEMON_OUTBOX_H
#define PROVISO_ENGINE_DAEMON_OUTBOX_H

#include <stddef.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"
#include "engine/daemon/budget.h"

// Bytes that may not leave before `until` records are safe.
typedef struct Held {
    size_t len;
    uint64_t until;
} Held;

typedef struct Outbox {
    char *memory;
    size_t capacity;
    size_t start; // first byte that waits
    size_t len;   // how many wait, and...
    size_t ready; // ...how many of them for nothing but the socket
    // The others, in order. What comes while both are in use waits with the second, so
    // the first is never put off.
    Held held[2];
} Outbox;

// Sends the bytes behind those that wait, as far as the socket takes them; the rest
// waits, and all of it until so many records are safe. STATUS_LIMIT when the budget is
// used up, STATUS_CLOSED when the peer is gone: then nothing more can be sent.
MUST_USE Status outbox_send(Outbox *outbox, Budget *budget, int fd, Str bytes,
                            uint64_t until);

// So many records are safe: what was held for them is ready to be sent.
void outbox_release(Outbox *outbox, uint64_t safe);

// Sends what is ready, as far as the socket takes it.
MUST_USE Status outbox_flush(Outbox *outbox, Budget *budget, int fd);

// Drops what waits.
void outbox_free(Outbox *outbox, Budget *budget);

#endif
