// SPDX-License-Identifier: Apache-2.0
// fake_disk: a disk in memory that fails when told to, and loses in a crash what a real
// one may lose: of what was written and not synced, any sectors; of names that changed
// and were not synced, all or none. What a sync that failed has not brought to the disk
// is not brought there by a later one, unless it is written again.
#ifndef PROVISO_TESTS_LOG_FAKE_DISK_H
#define PROVISO_TESTS_LOG_FAKE_DISK_H

#include <stdbool.h>

#include "engine/base/disk.h"

enum { FAKE_FILES_MAX = 256, FAKE_NAME_MAX = 40 };

typedef struct FakeImage {
    char *bytes;
    uint64_t size;
} FakeImage;

typedef struct FakeFile {
    FakeImage now, synced;
    FakeImage forgotten; // a byte for each sector: not synced, and held for synced
} FakeFile;

typedef struct FakeName {
    char text[FAKE_NAME_MAX]; // empty: none
    int file;
} FakeName;

typedef struct FakeDisk {
    FakeFile files[FAKE_FILES_MAX];
    FakeName names[FAKE_FILES_MAX], synced_names[FAKE_FILES_MAX];
    int file_count;
    uint64_t seed;
    uint64_t calls;    // so far
    uint64_t fails_at; // that call, once; 0: none
    uint64_t dies_at;  // that call and all after it; 0: never
    Status failure;    // what fails with
} FakeDisk;

Disk fake_disk_begin(FakeDisk *fake, uint64_t seed);
void fake_disk_free(FakeDisk *fake);

// What another process finds after this one was killed, or after the power was cut.
void fake_disk_kill(FakeDisk *fake);
void fake_disk_cut_power(FakeDisk *fake);

// Changes a bit of a file.
void fake_disk_flip(FakeDisk *fake, const char *name, uint64_t offset);
bool fake_disk_has(const FakeDisk *fake, const char *name);

#endif
