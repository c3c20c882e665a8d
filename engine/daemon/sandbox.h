// SPDX-License-Identifier: Apache-2.0
// sandbox: what the daemon gives up before it serves.
#ifndef PROVISO_ENGINE_DAEMON_SANDBOX_H
#define PROVISO_ENGINE_DAEMON_SANDBOX_H

#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"

// No new privileges, no core dumps, no reading of this process by others of its user;
// and descriptors for as many connections, as far as the hard limit allows.
// STATUS_LIMIT when it does not allow them, STATUS_PERMISSION when the system refuses
// the rest.
MUST_USE Status sandbox_enter(int64_t connections);

#endif
