// SPDX-License-Identifier: Apache-2.0
// bad_disk: stands between provisod and the directory of its log. Each call is counted,
// and fails where it is told to; what would be left of all of it after a power cut is
// kept beside.
//
// The linker puts __wrap_disk_open in the place of disk_open (Makefile).
// PROVISO_BAD_DISK names a folder, in which
//   orders       is shared with whoever gives the orders, and read at every call;
//   platter/INO  has of file number INO what was synced, and nothing else;
//   platter/gone.INO  is a file that has lost its name;
//   platter/names     are the names that were synced, a line each, with their numbers.
// Without platter/, nothing is kept. Numbers of files aren't used twice, as none goes.
#include "engine/base/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 4096, PIECE = 1 << 16, NAME_SIZE = 64, FILE_MODE = 0600 };

// In the order of tests/fault/bad_disk.py.
typedef enum Call {
    CALL_CREATE,
    CALL_OPEN,
    CALL_READ,
    CALL_WRITE,
    CALL_SYNC,
    CALL_CUT,
    CALL_RENAME,
    CALL_REMOVE,
    CALL_SYNC_NAMES,
    CALL_LIST,
} Call;

typedef struct Orders {
    _Atomic uint64_t kind;        // Call that fails
    _Atomic uint64_t fails_at;    // the first, second ... of them; 0: none
    _Atomic uint64_t is_for_good; // and all calls of any kind after it
    _Atomic uint64_t is_full;     // no space, instead of an error
    _Atomic uint64_t calls;       // of that kind so far
    _Atomic uint64_t has_failed;
} Orders;

typedef struct Range {
    uint64_t from, to;
} Range;

static struct BadDisk {
    const DiskCalls *system;
    Orders *orders;
    int platter; // -1: none
    pthread_mutex_t mutex;
    Range unsynced[FILES_MAX]; // by descriptor
} bad = {.platter = -1, .mutex = PTHREAD_MUTEX_INITIALIZER};

Status __real_disk_open(Str path, Disk *out);
Status __wrap_disk_open(Str path, Disk *out);

// ---- failing ----

static bool goes_wrong(Call call)
{
    Orders *orders = bad.orders;
    if (atomic_load(&orders->has_failed) && atomic_load(&orders->is_for_good))
        return true;
    if (call != atomic_load(&orders->kind))
        return false;
    bool is_wrong =
        atomic_fetch_add(&orders->calls, 1) + 1 == atomic_load(&orders->fails_at);
    if (is_wrong)
        atomic_store(&orders->has_failed, true);
    return is_wrong;
}

static Status failure(void)
{
    return atomic_load(&bad.orders->is_full) ? STATUS_NO_SPACE : STATUS_IO;
}

// ---- what is on the platter ----

static void lock(void)
{
    CHECK(pthread_mutex_lock(&bad.mutex) == 0);
}

static void unlock(void)
{
    CHECK(pthread_mutex_unlock(&bad.mutex) == 0);
}

static Range *unsynced(int file)
{
    CHECK(file >= 0 && file < FILES_MAX);
    return &bad.unsynced[file];
}

static void note_write(int file, uint64_t offset, size_t len)
{
    lock();
    Range *range = unsynced(file);
    if (range->from == range->to)
        *range = (Range){offset, offset};
    if (offset < range->from)
        range->from = offset;
    if (offset + len > range->to)
        range->to = offset + len;
    unlock();
}

static Range take_unsynced(int file)
{
    lock();
    Range *range = unsynced(file), taken = *range;
    *range = (Range){0, 0};
    unlock();
    return taken;
}

static void copy_range(int from, int to, Range range)
{
    char piece[PIECE];
    while (range.from < range.to) {
        uint64_t left = range.to - range.from;
        ssize_t count =
            pread(from, piece, left < PIECE ? (size_t)left : PIECE, (off_t)range.from);
        CHECK(count >= 0);
        if (count == 0)
            return; // it was cut
        CHECK(pwrite(to, piece, (size_t)count, (off_t)range.from) == count);
        range.from += (uint64_t)count;
    }
}

static void keep_synced(int file, Range range)
{
    struct stat facts;
    char name[NAME_SIZE];
    if (bad.platter < 0)
        return;
    CHECK(fstat(file, &facts) == 0);
    (void)snprintf(name, sizeof name, "%llu", (unsigned long long)facts.st_ino);
    int copy = openat(bad.platter, name, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    CHECK(copy >= 0);
    copy_range(file, copy, range);
    CHECK(ftruncate(copy, facts.st_size) == 0 && close(copy) == 0);
}

// The file that is about to lose its name.
static void keep_gone(const Disk *disk, const char *name)
{
    struct stat facts;
    char gone[NAME_SIZE];
    if (bad.platter < 0 || fstatat(disk->directory, name, &facts, 0) != 0)
        return;
    (void)snprintf(gone, sizeof gone, "gone.%llu", (unsigned long long)facts.st_ino);
    CHECK(linkat(disk->directory, name, bad.platter, gone, 0) == 0 || errno == EEXIST);
}

typedef struct NameList {
    const Disk *disk;
    FILE *out;
} NameList;

static void write_name(void *context, const char *name)
{
    const NameList *list = context;
    struct stat facts;
    if (fstatat(list->disk->directory, name, &facts, 0) == 0 && S_ISREG(facts.st_mode))
        CHECK(fprintf(list->out, "%s %llu\n", name, (unsigned long long)facts.st_ino) >
              0);
}

static void keep_names(const Disk *disk)
{
    if (bad.platter < 0)
        return;
    lock();
    int file =
        openat(bad.platter, "names.new", O_WRONLY | O_CREAT | O_TRUNC, FILE_MODE);
    NameList list = {disk, fdopen(file, "w")};
    CHECK(list.out);
    CHECK(bad.system->list(disk, write_name, &list) == STATUS_OK);
    CHECK(fclose(list.out) == 0);
    CHECK(renameat(bad.platter, "names.new", bad.platter, "names") == 0);
    unlock();
}

// ---- the calls ----

static Status bad_create(const Disk *disk, const char *name, uint64_t size, int *out)
{
    if (goes_wrong(CALL_CREATE))
        return failure();
    if (bad.platter >= 0) {
        keep_gone(disk, name);
        (void)unlinkat(disk->directory, name, 0);
    }
    TRY(bad.system->create(disk, name, size, out));
    (void)take_unsynced(*out);
    return STATUS_OK;
}

static Status bad_open(const Disk *disk, const char *name, int *out, uint64_t *size)
{
    if (goes_wrong(CALL_OPEN))
        return failure();
    TRY(bad.system->open(disk, name, out, size));
    (void)take_unsynced(*out);
    return STATUS_OK;
}

static void bad_close(const Disk *disk, int file)
{
    bad.system->close(disk, file);
}

static Status bad_read(const Disk *disk, int file, uint64_t offset, void *into,
                       size_t len)
{
    return goes_wrong(CALL_READ) ? failure()
                                 : bad.system->read(disk, file, offset, into, len);
}

// One that goes wrong has written half of it.
static Status bad_write(const Disk *disk, int file, uint64_t offset, Str bytes)
{
    bool is_wrong = goes_wrong(CALL_WRITE);
    if (is_wrong)
        bytes = str_slice(bytes, 0, bytes.len / 2);
    note_write(file, offset, bytes.len);
    Status status = bad.system->write(disk, file, offset, bytes);
    return is_wrong ? failure() : status;
}

// One that goes wrong has done nothing, and what it was for is forgotten.
static Status bad_sync(const Disk *disk, int file)
{
    Range range = take_unsynced(file);
    if (goes_wrong(CALL_SYNC))
        return failure();
    TRY(bad.system->sync(disk, file));
    keep_synced(file, range);
    return STATUS_OK;
}

static Status bad_cut(const Disk *disk, int file, uint64_t size)
{
    return goes_wrong(CALL_CUT) ? failure() : bad.system->cut(disk, file, size);
}

static Status bad_rename(const Disk *disk, const char *from, const char *to)
{
    if (goes_wrong(CALL_RENAME))
        return failure();
    keep_gone(disk, to);
    return bad.system->rename(disk, from, to);
}

static Status bad_remove(const Disk *disk, const char *name)
{
    if (goes_wrong(CALL_REMOVE))
        return failure();
    keep_gone(disk, name);
    return bad.system->remove(disk, name);
}

static Status bad_sync_names(const Disk *disk)
{
    if (goes_wrong(CALL_SYNC_NAMES))
        return failure();
    TRY(bad.system->sync_names(disk));
    keep_names(disk);
    return STATUS_OK;
}

static Status bad_list(const Disk *disk, DiskVisit *visit, void *context)
{
    return goes_wrong(CALL_LIST) ? failure() : bad.system->list(disk, visit, context);
}

static const DiskCalls BAD_CALLS = {
    .create = bad_create,
    .open = bad_open,
    .close = bad_close,
    .read = bad_read,
    .write = bad_write,
    .sync = bad_sync,
    .cut = bad_cut,
    .rename = bad_rename,
    .remove = bad_remove,
    .sync_names = bad_sync_names,
    .list = bad_list,
};

// ---- open ----

static Orders *open_orders(const char *folder)
{
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(directory >= 0);
    int file = openat(directory, "orders", O_RDWR | O_CLOEXEC);
    CHECK(file >= 0);
    void *orders =
        mmap(NULL, sizeof(Orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(orders != MAP_FAILED && close(file) == 0);
    bad.platter = openat(directory, "platter", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(close(directory) == 0);
    return orders;
}

Status __wrap_disk_open(Str path, Disk *out)
{
    const char *folder = getenv("PROVISO_BAD_DISK");
    TRY(__real_disk_open(path, out));
    if (folder) {
        bad.orders = open_orders(folder);
        bad.system = out->calls;
        out->calls = &BAD_CALLS;
    }
    return STATUS_OK;
}
