// SPDX-License-Identifier: Apache-2.0
// policy: a bundle made ready to serve: loaded, trusted, verified, with the working
// memory of the deciding thread and the numbers of the gateways that peers are bound
// to.
#ifndef PROVISO_ENGINE_DAEMON_POLICY_H
#define PROVISO_ENGINE_DAEMON_POLICY_H

#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/daemon/config.h"
#include "engine/engine.h"

typedef struct Buf Buf;

typedef struct Policy {
    ProvisoEngine *engine;
    ProvisoSession *session;
    ProvisoMemory *memory; // outlives it
    int64_t loaded;        // ns since 1970
    // Number in the bundle of gateway i of the configuration.
    uint32_t gateways[MAX_BOUND_GATEWAYS];
} Policy;

// Opens the configured bundle, for decisions on the memory (NULL: none). It is refused,
// too, if it lacks a gateway that a peer is bound to, or needs a memory and
// there is no log. On failure `why` says why, and
// *out is untouched.
MUST_USE Status policy_open(const Config *config, ProvisoMemory *memory, Policy *out,
                            Buf *why);
void policy_close(Policy *policy);

#endif
