// SPDX-License-Identifier: Apache-2.0
// core: one request in, the body of its answer out. It knows no socket and no
// connection, only values: who asks, which message, its body, and the time. One thread
// at a time.
#ifndef PROVISO_ENGINE_DAEMON_CORE_H
#define PROVISO_ENGINE_DAEMON_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/str.h"
#include "engine/daemon/config.h"
#include "engine/daemon/events.h"
#include "engine/daemon/journal.h"
#include "engine/daemon/peer.h"
#include "engine/daemon/policy.h"
#include "engine/decide/answer.h"
#include "engine/wire/protocol.h"

typedef struct Buf Buf;

enum { RANDOM_POOL = 4096 };

// What STATUS tells, since the start.
typedef struct Counters {
    uint64_t allows;
    uint64_t denies[CODE_COUNT];
    uint64_t quotas; // denies for want of a share, other operations' included
    uint64_t errors[WIRE_ERROR_COUNT];
    uint64_t requests;
    uint64_t reloads;
    uint64_t connections; // accepted so far
    uint64_t open;        // connections now
} Counters;

// What HELLO has agreed on with a peer.
typedef struct Agreement {
    bool is_made;
    bool has_dictionary; // requests may hold positions in place of attributes' names...
    uint32_t dictionary; // ...in this edition
} Agreement;

typedef struct Core {
    const Config *config;
    const Journal *journal;
    Policy policy;
    // edition; a reload that changes the attributes makes a new one
    uint32_t dictionary;
    int64_t started; // ns since 1970
    Counters counters;
    Events events; // that were not pushed yet
    uint8_t random[RANDOM_POOL];
    size_t random_used;
} Core;

// Takes over the policy.
MUST_USE Status core_init(Core *core, const Config *config, const Journal *journal,
                          Policy policy, int64_t now);
void core_free(Core *core);

// Puts another policy in the place of the one that serves, between two requests.
void core_swap(Core *core, Policy policy);

// Whether the peer may send the message: HELLO first, in one of its roles, and not with
// a dictionary that a reload has changed.
MUST_USE WireError core_admit(const Core *core, const Peer *peer,
                              const Agreement *agreement, Message message);

// The time of a request: ns since 1970, and ns that have passed since the start.
typedef struct CoreTime {
    int64_t wall;
    int64_t tick;
} CoreTime;

// Serves any message that was admitted but RELOAD, which takes time and is the
// server's: appends the body of the answer to `out`, whose room is the limit for it.
// What is appended with an error is not an answer.
MUST_USE WireError core_serve(Core *core, const Peer *peer, Agreement *agreement,
                              Message message, Str body, CoreTime now, Buf *out);

// The body of the answer to a RELOAD: which bundle serves now.
void core_write_reloaded(const Core *core, Buf *out);

#endif
