// SPDX-License-Identifier: Apache-2.0
// events: what those who watch are told, as frames that wait to be pushed to all of
// them. Each has a number; the first since the daemon's start has 1, whether anybody
// watches or not, so a watcher sees what it has missed.
#ifndef PROVISO_ENGINE_DAEMON_EVENTS_H
#define PROVISO_ENGINE_DAEMON_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

enum {
    EVENT_MORE = 64,         // an event is so many bytes longer than what it tells
    EVENTS_WAITING = 8 << 10 // with so many bytes, they must be pushed
};

typedef struct Events {
    uint64_t last;  // number of the last event
    bool is_wanted; // somebody watches
    Buf frames;     // not pushed yet
} Events;

// Makes room for events that tell at most `longest` bytes. STATUS_MEMORY.
MUST_USE Status events_init(Events *events, size_t longest);
void events_free(Events *events);

// Adds an event that tells `what` (one item of CBOR) under `name`, which sorts behind
// "seq". There must be fewer than EVENTS_WAITING bytes.
void events_add(Events *events, Str name, Str what);

static inline bool events_are_many(const Events *events)
{
    return events->frames.len >= EVENTS_WAITING;
}

#endif
