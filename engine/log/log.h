// SPDX-License-Identifier: Apache-2.0
// log: the end of the log, where records are added.
//
// One thread appends; it never waits for the disk. A thread of the log's writes what
// was gathered meanwhile as one group, and says up to where all is safe; another adds
// the records to the tree. An answer that rests on a record leaves when the record is
// safe: on the disk (durable) or with the system (buffered; then it is on the disk
// about a second later). What only the system must have is written by the appending
// thread itself, unless a segment is about to begin.
//
// After a write or sync that failed nobody knows what is on the disk. The log has
// failed then and stays so until the process opens it again: nothing more becomes safe.
#ifndef PROVISO_ENGINE_LOG_LOG_H
#define PROVISO_ENGINE_LOG_LOG_H

#include "engine/base/disk.h"
#include "engine/log/record.h"
#include "engine/log/tree.h"

enum {
    LOG_SEGMENT_MIN = 1 << 20,             // bytes of a segment
    LOG_GATHERED_MAX = 8 << 20,            // bytes that may wait to be written
    LOG_CHECKPOINT_EVERY = 4096,           // records
    LOG_CHECKPOINT_SIZE = 8 + DIGEST_SIZE, // bytes of a checkpoint's payload
};

typedef enum LogMode { LOG_DURABLE, LOG_BUFFERED } LogMode;

typedef struct LogOptions {
    Disk disk; // must outlive the log
    LogMode mode;
    uint64_t segment_size; // at least LOG_SEGMENT_MIN
    // Without threads: all is done in log_sync, by the one that calls it.
    bool is_inline;
    // Told from any thread, when more is safe or the log has failed. NULL: no one.
    void (*on_safe)(void *context);
    void *context;
} LogOptions;

// Where a log ends: what recovery has found. Zero for a new one, but for the id.
typedef struct LogEnd {
    LogId id;
    uint64_t segment; // number of the next one
    Tree tree;        // of all records
    Moment last;      // of the newest record
} LogEnd;

typedef struct Log Log;

// Begins a segment after `end`.
MUST_USE Status log_open(const LogOptions *options, const LogEnd *end, Log **out);
// Writes and syncs what was gathered, and marks the log as whole.
void log_close(Log *log);

// Adds a record; its index goes to *index. False when the log has failed or too much is
// waiting: then the operation must not be applied, either.
MUST_USE bool log_append(Log *log, Moment at, LogKind kind, Str payload,
                         uint64_t *index);
// What was appended may be written: the end of a group, if nothing is being written
// now. In mode buffered all is safe afterwards, as a rule; on_safe is not told then.
void log_commit(Log *log);
// Waits until all that was appended is safe. STATUS_IO if the log has failed.
MUST_USE Status log_sync(Log *log);

// All records below this index are safe. Any thread.
uint64_t log_safe(const Log *log);
// What went wrong, or STATUS_OK. Any thread.
Status log_failure(const Log *log);
// The number of the segment that is being written; those before are complete. Any
// thread.
uint64_t log_segment(const Log *log);

#endif
