// SPDX-License-Identifier: Apache-2.0
// clock: the time at which decisions are made. It is the system's, unless the daemon
// was started with --test-clock FILE: then it is the time that the file holds (RFC
// 3339), which a test moves by replacing the file. The time of reports, of deadlines
// and of the connection's limits is always the system's.
#ifndef PROVISO_ENGINE_DAEMON_CLOCK_H
#define PROVISO_ENGINE_DAEMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

typedef struct Buf Buf;

typedef struct Clock {
    Str file;    // empty: the system's clock
    int64_t now; // what the file said last
    bool is_lost;
} Clock;

// `file` lives as long as the clock. On failure `why` has the message: STATUS_MALFORMED
// if the file holds no time, another status when it can't be read.
MUST_USE Status clock_open(Clock *clock, Str file, Buf *why);

// Nanoseconds since 1970. A file that can no longer be read leaves the time where it
// was, and is reported.
int64_t clock_now(Clock *clock);

#endif
