// SPDX-License-Identifier: Apache-2.0
// snapshot: a state in a file, which stands for all segments before one.
//
// After the head (head.h): entries (state/save.h), each behind its length as u32, then
// the length 0, then the SHA-256 of all that stands before it in the file.
#ifndef PROVISO_ENGINE_LOG_SNAPSHOT_H
#define PROVISO_ENGINE_LOG_SNAPSHOT_H

#include "engine/base/disk.h"
#include "engine/log/head.h"

// The newest snapshot with a number of at most `most`; 0 if there is none.
MUST_USE Status snapshot_find(const Disk *disk, uint64_t most, uint64_t *out);

// How many bytes the snapshot of that number takes; 0 if there is none.
uint64_t snapshot_size(const Disk *disk, uint64_t number);

// Writes a state as it is behind all that `head` says. After a crash the file is there
// whole or not at all.
MUST_USE Status snapshot_write(const Disk *disk, const LogHead *head, Hasher *hasher,
                               const State *state);

// Reads one into an empty state that has the secret of its log. STATUS_MALFORMED for a
// file that is not as it was written: then nothing was loaded.
MUST_USE Status snapshot_read(const Disk *disk, uint64_t number, Hasher *hasher,
                              State *state, LogHead *out);

#endif
