// SPDX-License-Identifier: Apache-2.0
// writer: the file that the log is being written to. Belongs to one thread.
#ifndef PROVISO_ENGINE_LOG_WRITER_H
#define PROVISO_ENGINE_LOG_WRITER_H

#include "engine/base/disk.h"
#include "engine/log/head.h"

typedef struct Writer {
    const Disk *disk;
    LogId id;
    uint64_t segment_size;
    bool fills_ahead; // every group is synced
    int file;         // -1: none
    uint64_t segment;
    uint64_t offset;  // of the next group
    uint64_t filled;  // up to here something was written, be it zeros
    uint64_t next;    // index of the next record
    uint64_t durable; // records below are on the disk
} Writer;

// Whether a group of records of `size` bytes has room in the segment.
bool writer_has_room(const Writer *writer, size_t size);

// Begins a segment, whose first record is number tree->size, after all that was written
// to the one at hand is on the disk.
MUST_USE Status writer_begin_segment(Writer *writer, uint64_t number, const Tree *tree,
                                     Hasher *hasher);

// Writes a group, and now and then zeros ahead of it: what overwrites something needs
// no change of the file's map to be synced, so most syncs take half as long. `size`
// bytes of `count` records, before which GROUP_HEAD bytes are free.
MUST_USE Status writer_write(Writer *writer, char *group, size_t size, uint32_t count);

// Brings all that was written to the file to the disk.
MUST_USE Status writer_sync(Writer *writer);

#endif
