// SPDX-License-Identifier: Apache-2.0
// inbox: what a peer has sent and can't be served yet: the beginning of a frame, or
// frames that wait until the peer reads its answers.
//
// Whole frames never come here: they are served from the buffer that they were read
// into. The beginning of a short frame stays in the inbox itself. A long one gets
// memory for all of it at once, into which the rest is read: no byte is copied twice,
// however slowly they drip.
#ifndef PROVISO_ENGINE_DAEMON_INBOX_H
#define PROVISO_ENGINE_DAEMON_INBOX_H

#include <stddef.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"
#include "engine/daemon/budget.h"

enum { INBOX_SHORT = 4096 };

typedef struct Inbox {
    char *memory;    // NULL: `brief` is used
    size_t capacity; // of `memory`
    size_t len;
    char brief[INBOX_SHORT];
} Inbox;

// Keeps the bytes, which may lie in the inbox itself, in place of what it holds;
// `size`, at least their number, is what they will grow to. STATUS_LIMIT when the
// budget is used up.
MUST_USE Status inbox_keep(Inbox *inbox, Budget *budget, Str bytes, size_t size);

// What it holds.
Str inbox_view(const Inbox *inbox);

// The bytes of a long frame that are still to come, where they go; none if it holds
// none.
size_t inbox_missing(const Inbox *inbox, char **at);

// Forgets what it holds.
void inbox_clear(Inbox *inbox, Budget *budget);

#endif
