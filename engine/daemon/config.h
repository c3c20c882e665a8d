// SPDX-License-Identifier: Apache-2.0
// config: provisod.yaml, read strictly. docs/operations.md describes it.
//
// Every key must be known, given once, and have a value of its type; a number or
// duration must lie within its limits. The first mistake is reported as "FILE:LINE:
// what is wrong; what to write". User and group names are resolved here. Paths that
// aren't absolute are taken from the directory of the file.
#ifndef PROVISO_ENGINE_DAEMON_CONFIG_H
#define PROVISO_ENGINE_DAEMON_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/crypto.h"
#include "engine/base/status.h"
#include "engine/base/str.h"
#include "engine/log/log.h"

typedef struct Arena Arena;
typedef struct Buf Buf;

enum {
    MAX_TRUSTED_KEYS = 16,
    MAX_PEERS = 256,
    MAX_BOUND_GATEWAYS = 64, // different ones; a peer's are the bits of a word
    MAX_SOCKET_PATH = 107,   // sun_path without its NUL
};

typedef struct Limits {
#define LIMIT(field, unit, lowest, usual, highest, what) int64_t field;
#include "engine/daemon/limit.def"
#undef LIMIT
} Limits;

// Who gets a role: processes of a user, or of a group.
typedef struct ConfigPeer {
    bool is_group;
    uint32_t id;  // uid or gid
    uint8_t role; // ROLE_...
    uint32_t line;
    uint64_t gateways; // ROLE_BROKER: bit i is gateway i of the configuration
} ConfigPeer;

typedef struct Config {
    Str file;
    Str socket_path; // with one NUL behind it; empty: only a socket passed by systemd
    uint32_t socket_mode;
    Str bundle; // path
    Str log;    // directory; empty: nothing is remembered
    LogMode log_mode;
    Str test_clock; // path; of the command line, never of the file; empty: none
    bool allow_unsigned;
    uint32_t signatures; // how many of the keys must have signed
    uint32_t key_count;
    const PublicKey *keys;
    uint32_t peer_count;
    const ConfigPeer *peers;
    uint32_t gateway_count;           // all that some peer is bound to
    Str gateways[MAX_BOUND_GATEWAYS]; // names in the policy
    Limits limits;
} Config;

// Reads the file and what it names, but not the bundle. On failure `why` has the
// message: STATUS_MALFORMED or STATUS_LIMIT for what the file says, another status when
// a file can't be read. Everything lives on the arena.
MUST_USE Status config_read(Arena *arena, Str path, Config *out, Buf *why);

#endif
