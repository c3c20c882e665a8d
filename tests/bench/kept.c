// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/kept.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/log/recover.h"
#include "engine/log/snapshot.h"
#include "tests/bench/side.h"

static const size_t MEMORY = (size_t)4 << 30;
static const int64_t PASSES = 1000; // ns, so that the tasks are all of one hour
static const char *const FILES[] = {"secret", "00000000000000000001.snapshot"};
enum { FILE_COUNT = sizeof FILES / sizeof FILES[0] };

static void must(Status status)
{
    if (status != STATUS_OK)
        bench_die(status_text(status));
}

static const char *make_folder(Bench *bench, const char *name)
{
    const char *path = bench_path(bench, name);
    if (mkdir(path, 0700) != 0)
        bench_die(path);
    return path;
}

void kept_make(Bench *bench, const char *name, uint32_t tasks)
{
    Disk disk;
    uint8_t secret[SECRET_SIZE];
    char why[256];
    Buf problem = buf_fixed(why, sizeof why);
    Side side;
    LogEnd end;
    Hasher *hasher;
    ProvisoMemory *memory = calloc(1, sizeof *memory);
    if (memory == NULL)
        bench_die("no memory");
    must(disk_open(str_from_c(make_folder(bench, name)), &disk));
    must(recover_secret(&disk, secret));
    Recovery recovery = {.disk = &disk, .secret = secret, .limit = MEMORY};
    must(recover_state(&recovery, &memory->state, &end, &problem));
    side_start(bench, &side, "stateful.pvb", memory);
    side.start = os_wall_clock();
    side_open_tasks(bench, &side, tasks, TASKS_AGENTS, PASSES);
    LogHead head = {
        .number = 1,
        .id = end.id,
        .tree = end.tree,
        .last = {.wall = side.start + side.passed, .tick = side.passed},
    };
    must(hasher_new(&hasher));
    must(snapshot_write(&disk, &head, hasher, &memory->state));
    hasher_free(hasher);
    side_stop(&side);
    disk_close(&disk);
}

void kept_copy(Bench *bench, const char *from, const char *to)
{
    (void)make_folder(bench, to);
    for (int i = 0; i < FILE_COUNT; i++) {
        Arena *arena = &bench->arena;
        const char *old = arena_format(arena, "%s/%s", from, FILES[i]).at;
        const char *new = arena_format(arena, "%s/%s", to, FILES[i]).at;
        if (link(bench_path(bench, old), bench_path(bench, new)) != 0)
            bench_die(new);
    }
}
