// SPDX-License-Identifier: Apache-2.0
// replay: the log read again, from a place on, record by record.
//
// The records are those that were written: heads, indexes, checkpoints and the tree fit
// each other. A write that was torn at the end is not there, and is cut off. Anything
// else that is not as it was written is refused, and said: segment, offset, record.
#ifndef PROVISO_ENGINE_LOG_REPLAY_H
#define PROVISO_ENGINE_LOG_REPLAY_H

#include "engine/log/log.h"

typedef struct Buf Buf;

// What is done with a record; what isn't STATUS_OK ends the replay.
typedef Status ReplayVisit(void *context, const LogRecord *record);

typedef struct Replay {
    const Disk *disk;
    Hasher *hasher;
    // Segments from this number on are left out, and nothing is cut; 0: all are read.
    uint64_t until;
    ReplayVisit *visit;
    void *context;
} Replay;

// Which segments there are: the first and last number, 0 if there is none.
MUST_USE Status replay_find(const Disk *disk, uint64_t *first, uint64_t *last);

// Reads what is after *end, and moves *end behind it. Upon failure *end is anywhere and
// `why` has a line for the operator.
MUST_USE Status replay_run(const Replay *replay, LogEnd *end, Buf *why);

#endif
