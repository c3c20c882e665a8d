// SPDX-License-Identifier: Apache-2.0
// segment: one file of the log read again: a head, then groups of records, then zeros
// or nothing.
//
// A segment begins when all before it is on the disk. A group counts whole or not at
// all. Where there is neither a group nor zeros, either the last write was torn, which
// nobody has had an answer for, or what was on the disk is lost: the mark `durable` of
// what was written later tells which. A log that was closed ends with a group of no
// records, whose mark stands for all.
#ifndef PROVISO_ENGINE_LOG_SEGMENT_H
#define PROVISO_ENGINE_LOG_SEGMENT_H

#include "engine/log/head.h"
#include "engine/log/record.h"

typedef struct SegmentReader {
    LogId id;
    Str bytes;
    size_t at;        // of the next record or, at `group_end`, group
    size_t group_end; // of the group at hand
    uint64_t next;    // index of the next record
    uint64_t durable; // the highest mark `durable` so far
} SegmentReader;

// At the first group of a segment's bytes.
SegmentReader segment_reader(const LogHead *head, Str bytes);

typedef enum SegmentFound {
    SEGMENT_RECORD,
    SEGMENT_END, // nothing more was written
    SEGMENT_BAD, // bytes that are no group; `at` and `next` say where
} SegmentFound;
SegmentFound segment_next(SegmentReader *reader, LogRecord *out);

// The highest mark `durable` of the groups at and after the reader's place, wherever
// they begin; 0 if there is none.
uint64_t segment_durable(const SegmentReader *reader);

#endif
