// SPDX-License-Identifier: Apache-2.0
#include "engine/base/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/os.h"

enum { PATH_SIZE = 4096, FILE_MODE = 0600, DIRECTORY_MODE = 0700 };
static const char LOCK[] = "lock";
static const char ASIDE[] = "aside.new";

static Status open_at(const Disk *disk, const char *name, int flags, int *out)
{
    int file = -1;
    do
        file = openat(disk->directory, name, flags | O_CLOEXEC, FILE_MODE);
    while (file < 0 && errno == EINTR);
    if (file < 0)
        return os_status(errno);
    *out = file;
    return STATUS_OK;
}

static void close_file(const Disk *disk, int file)
{
    (void)disk;
    (void)close(file);
}

static Status create_file(const Disk *disk, const char *name, uint64_t size, int *out)
{
    int file = -1;
    TRY(open_at(disk, name, O_RDWR | O_CREAT | O_TRUNC, &file));
    int error = size == 0 ? 0 : posix_fallocate(file, 0, (off_t)size);
    if (error != 0) {
        (void)close(file);
        return os_status(error);
    }
    *out = file;
    return STATUS_OK;
}

static Status open_file(const Disk *disk, const char *name, int *out, uint64_t *size)
{
    int file = -1;
    TRY(open_at(disk, name, O_RDWR, &file));
    struct stat facts;
    if (fstat(file, &facts) != 0) {
        Status status = os_status(errno);
        (void)close(file);
        return status;
    }
    *size = (uint64_t)facts.st_size;
    *out = file;
    return STATUS_OK;
}

static Status read_file(const Disk *disk, int file, uint64_t offset, void *into,
                        size_t len)
{
    (void)disk;
    char *to = into;
    while (len > 0) {
        ssize_t count = pread(file, to, len, (off_t)offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count < 0 ? os_status(errno) : STATUS_IO;
        to += count;
        offset += (uint64_t)count;
        len -= (size_t)count;
    }
    return STATUS_OK;
}

static Status write_file(const Disk *disk, int file, uint64_t offset, Str bytes)
{
    (void)disk;
    while (bytes.len > 0) {
        ssize_t count = pwrite(file, bytes.at, bytes.len, (off_t)offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return os_status(errno);
        offset += (uint64_t)count;
        bytes = str_slice(bytes, (size_t)count, bytes.len);
    }
    return STATUS_OK;
}

static Status sync_file(const Disk *disk, int file)
{
    (void)disk;
    return fdatasync(file) == 0 ? STATUS_OK : os_status(errno);
}

static Status cut_file(const Disk *disk, int file, uint64_t size)
{
    (void)disk;
    return ftruncate(file, (off_t)size) == 0 ? STATUS_OK : os_status(errno);
}

static Status rename_file(const Disk *disk, const char *from, const char *to)
{
    int result = renameat(disk->directory, from, disk->directory, to);
    return result == 0 ? STATUS_OK : os_status(errno);
}

static Status remove_file(const Disk *disk, const char *name)
{
    return unlinkat(disk->directory, name, 0) == 0 ? STATUS_OK : os_status(errno);
}

static Status sync_names(const Disk *disk)
{
    return fsync(disk->directory) == 0 ? STATUS_OK : os_status(errno);
}

// A stream closes its descriptor, so it gets one of its own.
static Status list_files(const Disk *disk, DiskVisit *visit, void *context)
{
    int directory = -1;
    TRY(open_at(disk, ".", O_RDONLY | O_DIRECTORY, &directory));
    DIR *stream = fdopendir(directory);
    if (!stream) {
        Status status = os_status(errno);
        (void)close(directory);
        return status;
    }
    errno = 0;
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream))
        visit(context, entry->d_name);
    Status status = errno == 0 ? STATUS_OK : os_status(errno);
    (void)closedir(stream);
    return status;
}

static const DiskCalls SYSTEM_CALLS = {
    .create = create_file,
    .open = open_file,
    .close = close_file,
    .read = read_file,
    .write = write_file,
    .sync = sync_file,
    .cut = cut_file,
    .rename = rename_file,
    .remove = remove_file,
    .sync_names = sync_names,
    .list = list_files,
};

// The lock goes with the process, however it ends.
static Status take_lock(Disk *disk)
{
    TRY(open_at(disk, LOCK, O_RDWR | O_CREAT, &disk->lock));
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(disk->lock, F_SETLK, &whole) == 0)
        return STATUS_OK;
    return errno == EACCES || errno == EAGAIN ? STATUS_IN_USE : os_status(errno);
}

Status disk_open(Str path, Disk *out)
{
    char name[PATH_SIZE];
    ENSURE(path.len > 0 && path.len < sizeof name, STATUS_LIMIT);
    ENSURE(memchr(path.at, '\0', path.len) == NULL, STATUS_MALFORMED);
    memcpy(name, path.at, path.len);
    name[path.len] = '\0';
    if (mkdir(name, DIRECTORY_MODE) != 0 && errno != EEXIST)
        return os_status(errno);
    Disk disk = {.calls = &SYSTEM_CALLS, .directory = -1, .lock = -1};
    disk.directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (disk.directory < 0)
        return os_status(errno);
    Status status = take_lock(&disk);
    if (status != STATUS_OK) {
        disk_close(&disk);
        return status;
    }
    *out = disk;
    return STATUS_OK;
}

void disk_close(Disk *disk)
{
    if (disk->lock >= 0)
        (void)close(disk->lock);
    if (disk->directory >= 0)
        (void)close(disk->directory);
    *disk = (Disk){.directory = -1, .lock = -1};
}

Status disk_write_whole(const Disk *disk, const char *name, Str bytes)
{
    int file = -1;
    TRY(disk->calls->create(disk, ASIDE, 0, &file));
    Status status = disk->calls->write(disk, file, 0, bytes);
    if (status == STATUS_OK)
        status = disk->calls->sync(disk, file);
    disk->calls->close(disk, file);
    TRY(status);
    TRY(disk->calls->rename(disk, ASIDE, name));
    return disk->calls->sync_names(disk);
}
