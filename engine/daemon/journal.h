// SPDX-License-Identifier: Apache-2.0
// journal: the memory of the daemon, kept in a log (engine/log). What an operation
// changes is appended before it is applied; what it is answered with may leave when
// that is safe. Snapshots are made meanwhile, on a thread of their own.
//
// Without a log nothing is remembered, for who forgets what was revoked allows it
// again: there is no memory then, and a policy that needs one is refused.
#ifndef PROVISO_ENGINE_DAEMON_JOURNAL_H
#define PROVISO_ENGINE_DAEMON_JOURNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/disk.h"
#include "engine/base/status.h"
#include "engine/daemon/config.h"
#include "engine/engine.h"
#include "engine/log/recover.h"

typedef struct Buf Buf;

typedef struct Journal {
    const Config *config;
    ProvisoMemory *memory; // NULL: there is no log
    Disk disk;
    uint8_t secret[SECRET_SIZE];
    Log *log;
    int64_t tick; // at which the log ended that was found
    int ready; // readable when more is safe, the log has failed, or a snapshot is made
    uint64_t next; // index of the next record: how many there are
    uint64_t hold; // the answer that is being made rests on all records below this one
    bool is_failed;
    uint64_t snapshot_size; // bytes of the newest snapshot
    // The snapshot that is being made, and up to which segment.
    bool is_compacting;
    atomic_bool is_compacted;
    pthread_t thread;
    uint64_t until;
    Status status;
    char why[256];
    size_t why_len;
} Journal;

// Opens the log that the configuration names, if it does, and rebuilds what was
// remembered. Starts threads, for which signals must be blocked. On failure `why` has
// the message, and there is nothing to be closed.
MUST_USE Status journal_open(const Config *config, Journal *out, Buf *why);
// After the sessions that use the memory. Waits until all is on the disk.
void journal_close(Journal *journal);

// After the operations of one turn: they make a group.
void journal_commit(Journal *journal);

// The records that the answers since the last call rest on: how many there must be
// safe, or 0 if they are. In mode buffered they are written now.
uint64_t journal_take_hold(Journal *journal);

// How many records there must be safe before anybody is told of them; 0 if they are, or
// never will be.
uint64_t journal_unsafe(const Journal *journal);

// After `ready` became readable: how many records are safe. When the log has failed,
// which is reported and sets `is_failed`, it never becomes more.
uint64_t journal_on_ready(Journal *journal);

// "none", "durable", "buffered" or "failed".
const char *journal_mode(const Journal *journal);

#endif
