// SPDX-License-Identifier: Apache-2.0
// head: what a file of the log begins with, and its name: a segment, or a snapshot of
// the state in which segments end.
//
//        0  "PVLOGSEG" or "PVLOGSNP"
//        8  u32 version of the format, u32 bytes of the head
//       16  u64 number of the segment; of a snapshot, of the first that it doesn't
//       stand
//           for
//       24  u64 index of that segment's first record
//       32  id of the log, 16 bytes
//       48  root of the tree of all records before it, 32 bytes
//       80  frontier of that tree, 64 * 32 bytes
//     2128  i64 wall, i64 tick of the newest record in a snapshot
//     2144  zeros
//     4064  SHA-256 of all that stands before, 32 bytes
//
// Little-endian.
#ifndef PROVISO_ENGINE_LOG_HEAD_H
#define PROVISO_ENGINE_LOG_HEAD_H

#include "engine/log/record.h"
#include "engine/log/tree.h"

enum { LOG_HEAD_SIZE = 4096, LOG_VERSION = 2, LOG_NAME_SIZE = 32 };

typedef enum LogFile { LOG_SEGMENT, LOG_SNAPSHOT } LogFile;

typedef struct LogHead {
    uint64_t number;
    LogId id;
    Tree tree; // of all records before
    Moment last;
} LogHead;

// The name of a file: "00000000000000000001.segment", ended by a NUL.
void log_name(LogFile file, uint64_t number, char out[LOG_NAME_SIZE]);
// The number in such a name; false if it is none.
bool log_number(LogFile file, const char *name, uint64_t *out);

MUST_USE Status log_write_head(LogFile file, const LogHead *head, Hasher *hasher,
                               char to[LOG_HEAD_SIZE]);
// Reads what the bytes begin with. STATUS_MALFORMED for what was never written so,
// STATUS_UNSUPPORTED for another version.
MUST_USE Status log_read_head(LogFile file, Str bytes, Hasher *hasher, LogHead *out);

#endif
