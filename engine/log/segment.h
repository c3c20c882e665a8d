// SPDX-License-Identifier: Apache-2.0
// segment: one file of the log: a head, then groups of records, then zeros or nothing.
//
//        0  "PVLOGSEG"
//        8  u32 version of the format, u32 bytes of the head
//       16  u64 number of the segment
//       24  u64 index of its first record
//       32  id of the log, 16 bytes
//       48  root of the tree of all records before it, 32 bytes
//       80  frontier of that tree, 64 * 32 bytes
//     2128  zeros
//     4064  SHA-256 of all that stands before, 32 bytes
//
// Little-endian. A segment begins when all before it is on the disk. A group counts
// whole or not at all. Where there is neither a group nor zeros, either the last write
// was torn, which nobody has had an answer for, or what was on the disk is lost: the
// mark `durable` of what was written later tells which. A log that was closed ends with
// a group of no records, whose mark stands for all.
#ifndef PROVISO_ENGINE_LOG_SEGMENT_H
#define PROVISO_ENGINE_LOG_SEGMENT_H

#include "engine/log/record.h"
#include "engine/log/tree.h"

enum { SEGMENT_HEAD = 4096, SEGMENT_VERSION = 1, SEGMENT_NAME = 32 };

typedef struct SegmentHead {
    uint64_t number;
    LogId id;
    Tree tree; // of all records before: its size is the index of the first one here
} SegmentHead;

// The name of its file: "00000000000000000001.segment", ended by a NUL.
void segment_name(uint64_t number, char out[SEGMENT_NAME]);
// The number in such a name; false if it is none.
bool segment_number(const char *name, uint64_t *out);

MUST_USE Status segment_write_head(const SegmentHead *head, Hasher *hasher,
                                   char to[SEGMENT_HEAD]);
// STATUS_MALFORMED for what was never written so, STATUS_UNSUPPORTED for another
// version.
MUST_USE Status segment_read_head(Str bytes, Hasher *hasher, SegmentHead *out);

// ---- reading ----

typedef struct SegmentReader {
    LogId id;
    Str bytes;
    size_t at;        // of the next record or, at `group_end`, group
    size_t group_end; // of the group at hand
    uint64_t next;    // index of the next record
} SegmentReader;

// At the first group of a segment's bytes.
SegmentReader segment_reader(const SegmentHead *head, Str bytes);

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
