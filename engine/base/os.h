// SPDX-License-Identifier: Apache-2.0
// os: the seam to the system: clocks and files. All that the program wants of the
// system goes through here, so that a simulation can stand in.
//
// A failed system call becomes a Status, whose status_text is fit for the user behind
// the path: "policy.proviso: not found". Paths are Str without NUL inside, at most 4095
// bytes.
#ifndef PROVISO_ENGINE_BASE_OS_H
#define PROVISO_ENGINE_BASE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

typedef struct Arena Arena;

// The Status for an errno value of a call that failed.
Status os_status(int error_number);

// ---- clocks, in nanoseconds ----

// Since 1970-01-01T00:00:00Z.
int64_t os_wall_clock(void);
// Since some fixed moment; never goes back.
int64_t os_monotonic_clock(void);

// ---- threads ----

// From now on the calling thread gives way to others that have work.
void os_give_way(void);

// ---- files ----

// The whole file, with one NUL past its end that is not counted. STATUS_LIMIT if it has
// more than `limit` bytes or the arena is full. Pipes and devices are read to their
// end.
MUST_USE Status os_read_file(Arena *arena, Str path, size_t limit, Str *out);
// As os_read_file, for a secret: STATUS_PERMISSION if anyone but its owner may read it.
MUST_USE Status os_read_secret_file(Arena *arena, Str path, size_t limit, Str *out);
// Replaces a file, or makes it with `mode`: after a crash it is the old one or the new
// one whole. The bytes are on the disk when this returns. A device or pipe is written
// to as it is.
MUST_USE Status os_write_file(Str path, Str contents, unsigned mode);
// A read-only view of a regular file, to be given back by os_unmap_file. If the file is
// cut short meanwhile, reading the lost part kills the process: replace files, don't
// edit them.
MUST_USE Status os_map_file(Str path, size_t limit, Str *out);
void os_unmap_file(Str mapped);
// True if something is there that this process can see.
bool os_file_exists(Str path);
MUST_USE Status os_remove_file(Str path);
// The names of all that a directory holds, in the arena, in no order, each followed by
// one NUL. STATUS_LIMIT if the arena is full.
MUST_USE Status os_list_directory(Arena *arena, Str path, Str *names);

// ---- paths ----

// directory/name in the arena; `name` alone if it is absolute or the directory empty.
Str os_path_join(Arena *arena, Str directory, Str name);
// What stands before the last '/': "." for a bare name, "/" for the root. A view.
Str os_path_directory(Str path);
// What stands after the last '/'. A view.
Str os_path_name(Str path);

#endif
