// SPDX-License-Identifier: Apache-2.0
// listen: the daemon's socket: made at its path, or passed by the service manager.
#ifndef PROVISO_ENGINE_DAEMON_LISTEN_H
#define PROVISO_ENGINE_DAEMON_LISTEN_H

#include <stdbool.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/daemon/config.h"

typedef struct Buf Buf;

typedef struct Listener {
    int fd;         // -1: closed
    bool is_passed; // by the service manager, who also removes its path
    Str path;       // with one NUL behind it
} Listener;

// Takes the passed socket, or else makes the configured one with its mode. A socket
// file that nobody listens on is replaced; one that answers is STATUS_EXISTS. On
// failure `why` says what failed.
MUST_USE Status listen_open(const Config *config, Listener *out, Buf *why);

// Stops listening and removes the path, if we made it.
void listen_close(Listener *listener);

// The next connection, non-blocking. STATUS_AGAIN when there is none, STATUS_LIMIT when
// the process has no descriptor left.
MUST_USE Status listen_accept(const Listener *listener, int *out);

#endif
