// SPDX-License-Identifier: Apache-2.0
// disk: one directory of files, as a log needs them: written at an offset, brought to
// the disk when asked, renamed. A table of calls, so that a test can put a disk in its
// place that fails or loses what was not synced.
//
// Names are short, without '/', ended by a NUL. A failed call becomes a Status. All
// calls may come from any thread.
#ifndef PROVISO_ENGINE_BASE_DISK_H
#define PROVISO_ENGINE_BASE_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

typedef struct Disk Disk;
// Called with the name of each file of a directory.
typedef void DiskVisit(void *context, const char *name);

typedef struct DiskCalls {
    // A new file with room for `size` bytes, all zero; one of that name is emptied.
    Status (*create)(const Disk *disk, const char *name, uint64_t size, int *out);
    // A file to be read and written, and how long it is.
    Status (*open)(const Disk *disk, const char *name, int *out, uint64_t *size);
    void (*close)(const Disk *disk, int file);
    // Exactly so many bytes; STATUS_IO where the file ends.
    Status (*read)(const Disk *disk, int file, uint64_t offset, void *into, size_t len);
    // All of the bytes, or it is not known which.
    Status (*write)(const Disk *disk, int file, uint64_t offset, Str bytes);
    // What was written is on the disk when this returns. After a failure nobody knows
    // what is: a second try may say that all is well when it isn't.
    Status (*sync)(const Disk *disk, int file);
    Status (*cut)(const Disk *disk, int file, uint64_t size);
    Status (*rename)(const Disk *disk, const char *from, const char *to);
    Status (*remove)(const Disk *disk, const char *name);
    // Names as they are now are on the disk when this returns.
    Status (*sync_names)(const Disk *disk);
    // In no order.
    Status (*list)(const Disk *disk, DiskVisit *visit, void *context);
} DiskCalls;

struct Disk {
    const DiskCalls *calls;
    void *context; // of a test's disk
    int directory; // of the system's
    int lock;
};

// The directory at `path`, made if it isn't there, for this process alone:
// STATUS_IN_USE if another has it.
MUST_USE Status disk_open(Str path, Disk *out);
void disk_close(Disk *disk);

// Writes a small file so that after a crash it is there whole or not at all.
MUST_USE Status disk_write_whole(const Disk *disk, const char *name, Str bytes);

#endif
