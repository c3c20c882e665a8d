// SPDX-License-Identifier: Apache-2.0
// peer: who is at the other end of a connection, as the kernel says, and what the
// configuration lets them do.
#ifndef PROVISO_ENGINE_DAEMON_PEER_H
#define PROVISO_ENGINE_DAEMON_PEER_H

#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/daemon/config.h"

typedef struct Peer {
    uint32_t uid;
    int32_t pid;       // for reports only: numbers are used again
    uint8_t roles;     // ROLE_... of all entries that match; 0: a stranger
    uint64_t gateways; // bit i: gateway i of the configuration
} Peer;

// The peer of a connected Unix socket: its user and groups at the time it connected
// (SO_PEERCRED, SO_PEERGROUPS).
MUST_USE Status peer_identify(const Config *config, int fd, Peer *out);

#endif
