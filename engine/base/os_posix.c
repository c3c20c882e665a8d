// SPDX-License-Identifier: Apache-2.0
#include "engine/base/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"

enum {
    PATH_SIZE = 4096, // with the NUL
    FIRST_READ = 16 * 1024,
    ASIDE_NAMES = 100, // tried for a file that is written aside
};

Status os_status(int error_number)
{
    static const struct {
        int error_number;
        Status status;
    } rows[] = {
        {ENOENT, STATUS_NOT_FOUND},       {ENOTDIR, STATUS_NOT_DIRECTORY},
        {EISDIR, STATUS_IS_DIRECTORY},    {EEXIST, STATUS_EXISTS},
        {ENOTEMPTY, STATUS_EXISTS},       {EADDRINUSE, STATUS_IN_USE},
        {EBUSY, STATUS_IN_USE},           {EACCES, STATUS_PERMISSION},
        {EPERM, STATUS_PERMISSION},       {EROFS, STATUS_PERMISSION},
        {ENOSPC, STATUS_NO_SPACE},        {EDQUOT, STATUS_NO_SPACE},
        {EMFILE, STATUS_NO_DESCRIPTOR},   {ENFILE, STATUS_NO_DESCRIPTOR},
        {ENOMEM, STATUS_MEMORY},          {ENOBUFS, STATUS_MEMORY},
        {ENAMETOOLONG, STATUS_LIMIT},     {EFBIG, STATUS_LIMIT},
        {EPIPE, STATUS_CLOSED},           {ECONNRESET, STATUS_CLOSED},
        {ECONNREFUSED, STATUS_REFUSED},   {EAGAIN, STATUS_AGAIN},
        {EINPROGRESS, STATUS_AGAIN},      {ENOSYS, STATUS_UNSUPPORTED},
        {EOPNOTSUPP, STATUS_UNSUPPORTED}, {ENODEV, STATUS_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].error_number == error_number)
            return rows[i].status;
    }
    return STATUS_IO;
}

// ---- clocks ----

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    CHECK(clock_gettime(clock, &now) == 0);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t os_wall_clock(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t os_monotonic_clock(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

// ---- threads ----

// Linux keeps this for each thread, though POSIX would have it for the process.
void os_give_way(void)
{
    enum { NICE = 10 };
    (void)setpriority(PRIO_PROCESS, 0, NICE);
}

// ---- paths ----

// A path as the system wants it.
typedef struct Path {
    char text[PATH_SIZE];
} Path;

static Status to_path(Str path, Path *out)
{
    ENSURE(path.len < PATH_SIZE, STATUS_LIMIT);
    ENSURE(path.len > 0, STATUS_NOT_FOUND);
    ENSURE(memchr(path.at, '\0', path.len) == NULL, STATUS_MALFORMED);
    memcpy(out->text, path.at, path.len);
    out->text[path.len] = '\0';
    return STATUS_OK;
}

Str os_path_join(Arena *arena, Str directory, Str name)
{
    if (directory.len == 0 || str_starts(name, STR("/")))
        return arena_str(arena, name);
    const char *slash = str_ends(directory, STR("/")) ? "" : "/";
    return arena_format(arena, "%.*s%s%.*s", STR_ARG(directory), slash, STR_ARG(name));
}

Str os_path_directory(Str path)
{
    Cut cut = str_cut_last(path, '/');
    if (!cut.found)
        return STR(".");
    return cut.head.len == 0 ? str_slice(path, 0, 1) : cut.head;
}

Str os_path_name(Str path)
{
    Cut cut = str_cut_last(path, '/');
    return cut.found ? cut.tail : path;
}

// ---- reading ----

static Status open_file(Str path, int flags, unsigned mode, int *out)
{
    Path name;
    TRY(to_path(path, &name));
    int file = -1;
    do
        file = open(name.text, flags | O_CLOEXEC, (mode_t)mode);
    while (file < 0 && errno == EINTR);
    if (file < 0)
        return os_status(errno);
    *out = file;
    return STATUS_OK;
}

// Reads some bytes, none at the end.
static Status read_some(int file, char *at, size_t size, size_t *out)
{
    ssize_t count = -1;
    do
        count = read(file, at, size);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return os_status(errno);
    *out = (size_t)count;
    return STATUS_OK;
}

// Reads to the end. Room is always left for one byte more than was read, be it the NUL
// or the byte that is too many.
static Status read_to_end(Arena *arena, int file, size_t expected, size_t limit,
                          Str *out)
{
    size_t capacity = (expected < limit ? expected : limit) + 1;
    char *text = arena_try_raw(arena, capacity);
    ENSURE(text != NULL, STATUS_LIMIT);
    size_t len = 0;
    for (;;) {
        size_t count = 0;
        TRY(read_some(file, text + len, capacity - len, &count));
        if (count == 0)
            break;
        len += count;
        ENSURE(len <= limit, STATUS_LIMIT);
        if (len < capacity)
            continue;
        capacity = capacity <= limit / 2 ? capacity * 2 : limit + 1;
        char *larger = arena_try_raw(arena, capacity);
        ENSURE(larger != NULL, STATUS_LIMIT);
        text = memcpy(larger, text, len);
    }
    text[len] = '\0';
    *out = (Str){text, len};
    return STATUS_OK;
}

static Status read_file(Arena *arena, Str path, size_t limit, bool is_secret, Str *out)
{
    CHECK(limit < SIZE_MAX);
    int file = -1;
    TRY(open_file(path, O_RDONLY, 0, &file));
    struct stat facts;
    Status status = STATUS_OK;
    if (fstat(file, &facts) != 0)
        status = os_status(errno);
    else if (is_secret && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        status = STATUS_PERMISSION;
    else if (S_ISREG(facts.st_mode))
        status = read_to_end(arena, file, (size_t)facts.st_size, limit, out);
    else
        status = read_to_end(arena, file, FIRST_READ, limit, out);
    (void)close(file);
    return status;
}

Status os_read_file(Arena *arena, Str path, size_t limit, Str *out)
{
    return read_file(arena, path, limit, false, out);
}

Status os_read_secret_file(Arena *arena, Str path, size_t limit, Str *out)
{
    return read_file(arena, path, limit, true, out);
}

static Status map_descriptor(int file, size_t limit, Str *out)
{
    struct stat facts;
    if (fstat(file, &facts) != 0)
        return os_status(errno);
    ENSURE(!S_ISDIR(facts.st_mode), STATUS_IS_DIRECTORY);
    ENSURE(S_ISREG(facts.st_mode), STATUS_UNSUPPORTED);
    size_t len = (size_t)facts.st_size;
    ENSURE(len <= limit, STATUS_LIMIT);
    if (len == 0) {
        *out = STR("");
        return STATUS_OK;
    }
    void *mapped = mmap(NULL, len, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped == MAP_FAILED)
        return os_status(errno);
    *out = (Str){mapped, len};
    return STATUS_OK;
}

Status os_map_file(Str path, size_t limit, Str *out)
{
    int file = -1;
    TRY(open_file(path, O_RDONLY, 0, &file));
    Status status = map_descriptor(file, limit, out);
    (void)close(file);
    return status;
}

void os_unmap_file(Str mapped)
{
    if (mapped.len > 0)
        CHECK(munmap((void *)(uintptr_t)mapped.at, mapped.len) == 0);
}

// ---- writing ----

static Status write_all(int file, Str contents)
{
    while (contents.len > 0) {
        ssize_t count = write(file, contents.at, contents.len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return os_status(errno);
        contents = str_slice(contents, (size_t)count, contents.len);
    }
    return STATUS_OK;
}

// Brings a file or directory to the disk. Not every kind of file can be.
static Status flush(int file)
{
    if (fsync(file) != 0 && errno != EINVAL && errno != EROFS)
        return os_status(errno);
    return STATUS_OK;
}

static Status flush_directory(Str path)
{
    int directory = -1;
    TRY(open_file(os_path_directory(path), O_RDONLY | O_DIRECTORY, 0, &directory));
    Status status = flush(directory);
    (void)close(directory);
    return status;
}

// Writes, flushes and closes; what comes first of what goes wrong.
static Status finish_file(int file, Str contents)
{
    Status status = write_all(file, contents);
    if (status == STATUS_OK)
        status = flush(file);
    if (close(file) != 0 && status == STATUS_OK)
        status = os_status(errno);
    return status;
}

// Makes a new file beside the one at `path`; its name goes to *aside.
static Status create_aside(Str path, unsigned mode, Path *aside, int *out)
{
    for (unsigned n = 0; n < ASIDE_NAMES; n++) {
        Buf name = buf_fixed(aside->text, sizeof aside->text);
        buf_printf(&name, "%.*s.%ld-%u.new", STR_ARG(path), (long)getpid(), n);
        ENSURE(!name.failed, STATUS_LIMIT);
        Status status =
            open_file(buf_view(&name), O_WRONLY | O_CREAT | O_EXCL, mode, out);
        if (status != STATUS_EXISTS)
            return status;
    }
    return STATUS_EXISTS;
}

static Status replace_file(Str path, Str contents, unsigned mode)
{
    Path target;
    Path aside;
    int file = -1;
    TRY(to_path(path, &target));
    TRY(create_aside(path, mode, &aside, &file));
    Status status = finish_file(file, contents);
    if (status == STATUS_OK && rename(aside.text, target.text) != 0)
        status = os_status(errno);
    if (status != STATUS_OK) {
        (void)unlink(aside.text);
        return status;
    }
    return flush_directory(path);
}

// True for what can't be replaced but only written to: a terminal, a pipe, /dev/null.
static bool is_special_file(const Path *path)
{
    struct stat facts;
    return stat(path->text, &facts) == 0 && !S_ISREG(facts.st_mode) &&
           !S_ISDIR(facts.st_mode);
}

Status os_write_file(Str path, Str contents, unsigned mode)
{
    Path name;
    TRY(to_path(path, &name));
    if (!is_special_file(&name))
        return replace_file(path, contents, mode);
    int file = -1;
    TRY(open_file(path, O_WRONLY, 0, &file));
    return finish_file(file, contents);
}

bool os_file_exists(Str path)
{
    Path name;
    return to_path(path, &name) == STATUS_OK && access(name.text, F_OK) == 0;
}

Status os_remove_file(Str path)
{
    Path name;
    TRY(to_path(path, &name));
    return unlink(name.text) == 0 ? STATUS_OK : os_status(errno);
}

Status os_list_directory(Arena *arena, Str path, Str *names)
{
    Path name;
    TRY(to_path(path, &name));
    DIR *directory = opendir(name.text);
    ENSURE(directory != NULL, os_status(errno));
    Buf list = buf_on(arena);
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        Str found = str_from_c(entry->d_name);
        if (str_eq(found, STR(".")) || str_eq(found, STR("..")))
            continue;
        buf_str(&list, found);
        buf_char(&list, '\0');
    }
    closedir(directory);
    ENSURE(!list.failed, STATUS_LIMIT);
    *names = buf_view(&list);
    return STATUS_OK;
}
