// SPDX-License-Identifier: Apache-2.0
// recover: the state that a log stands for, and the log kept short.
//
// The state of the newest good snapshot, and every operation since, applied again.
// Snapshots are not made of the state that serves: recover_compact makes one of the
// snapshot before and the segments since, on a thread of its own, as recovery would.
// So the deciding thread never waits for one, and a log that could not be recovered is
// found out before it must be.
#ifndef PROVISO_ENGINE_LOG_RECOVER_H
#define PROVISO_ENGINE_LOG_RECOVER_H

#include "engine/log/log.h"

typedef struct Buf Buf;

enum { SECRET_SIZE = 16 };

// The secret of the log's state, from the file `secret`; of a log that has none yet, a
// new one.
MUST_USE Status recover_secret(const Disk *disk, uint8_t out[SECRET_SIZE]);

typedef struct Recovery {
    const Disk *disk;
    const uint8_t *secret; // SECRET_SIZE bytes
    size_t limit;          // of the state: as state_init
} Recovery;

// The state and where the log ends. Upon failure there is neither, and `why` has a line
// for the operator.
MUST_USE Status recover_state(const Recovery *recovery, State *state, LogEnd *end,
                              Buf *why);

// Makes the snapshot that stands for all segments before number `until`, all of which
// are complete (log_segment), and removes the segments that are older than the `keep`
// newest of those, and all but the two newest snapshots. Any thread, while another
// writes the log. It needs memory for a second state.
MUST_USE Status recover_compact(const Recovery *recovery, uint64_t until, uint64_t keep,
                                Buf *why);

#endif
