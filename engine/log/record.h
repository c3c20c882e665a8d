// SPDX-License-Identifier: Apache-2.0
// record: one entry of the log as bytes, and the head of a group of them that was
// written at once.
//
//     record                                   group
//      0  check, of all that follows            0  check, of all that follows
//      8  u32 bytes of the payload              8  u32 bytes of its records
//     12  u16 kind, u16 0                      12  u32 how many records
//     16  u64 index in the log                 16  u64 index of the first
//     24  i64 wall                             24  u64 durable: all records below this
//     32  i64 tick                                 one were on the disk when the group
//     40  payload, then zeros to 8                 was written
//
// Little-endian. A check is SipHash-1-3 under the id of the log: it tells what was
// written from what was not, not from what somebody forged; that is the tree's. The
// leaf of a record are its bytes from the length to the end of its payload.
#ifndef PROVISO_ENGINE_LOG_RECORD_H
#define PROVISO_ENGINE_LOG_RECORD_H

#include <stdbool.h>

#include "engine/base/str.h"
#include "engine/state/state.h"

enum {
    RECORD_HEAD = 40,
    GROUP_HEAD = 32,
    RECORD_ALIGNMENT = 8,
    PAYLOAD_MAX = 512 << 10,
};

// Numbers are in logs: they are never used again for something else.
typedef enum LogKind {
    LOG_CHECKPOINT = 1, // of the tree: size, root
    LOG_CHANGES = 2,    // of the state, as state_apply takes them
} LogKind;

// Which log it is: a hash under the secret of its state.
typedef struct LogId {
    uint64_t word[2];
} LogId;

typedef struct LogRecord {
    uint64_t index;
    Moment at;
    LogKind kind;
    Str payload;
    Str leaf; // of one that was read
} LogRecord;

// How many bytes a record with such a payload takes.
size_t record_size(size_t payload);
// Writes it into as many bytes.
void record_write(LogId id, const LogRecord *record, char *to);
// Reads the record with which the bytes begin, and how many bytes it takes. False if
// they begin with none.
MUST_USE bool record_read(LogId id, Str bytes, LogRecord *out, size_t *size);

// The leaf of the record with which the bytes begin, which record_write has just
// written, and how many bytes the record takes.
Str record_leaf(Str bytes, size_t *size);

typedef struct GroupHead {
    uint32_t size; // bytes of its records
    uint32_t count;
    uint64_t first;
    uint64_t durable;
} GroupHead;

void group_write(LogId id, const GroupHead *head, char to[GROUP_HEAD]);
MUST_USE bool group_read(LogId id, Str bytes, GroupHead *out);

#endif
