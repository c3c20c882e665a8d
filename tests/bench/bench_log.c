// SPDX-License-Identifier: Apache-2.0
// bench_log: what remembering costs: records a second, by how many share a sync, beside
// a bare loop of writes and fdatasyncs of the same sizes on the same disk. Usage:
// bench_log [DIRECTORY]
//
// The two take turns, so that a disk that is now fast, now slow, is so for both. The
// last lines, which begin with "=", hold goals against results.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/log/log.h"

enum {
    PAYLOAD = 160, // bytes of an ordinary decision's changes
    TURNS = 20,
    SEGMENT = 64 << 20,
    BUFFERED_RECORDS = 2000000,
    BUFFERED_GROUP = 64,
};
static const int64_t TURN = 50000000; // ns
static const char BARE[] = "bare";

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench_log: %s\n", what);
    exit(1);
}

static void must(Status status)
{
    if (status != STATUS_OK)
        die(status_text(status));
}

typedef struct Bench {
    Disk disk;
    Log *log;
    int bare;
    uint64_t offset; // in the bare file
} Bench;

typedef struct Rate {
    uint64_t groups;
    int64_t time;
} Rate;

static char bytes[1 << 20];

// ---- the bare loop ----

static void write_bare(Bench *bench, size_t size)
{
    if (bench->offset + size > SEGMENT)
        bench->offset = 0;
    must(bench->disk.calls->write(&bench->disk, bench->bare, bench->offset,
                                  (Str){bytes, size}));
    must(bench->disk.calls->sync(&bench->disk, bench->bare));
    bench->offset += size;
}

static void turn_bare(Bench *bench, uint32_t group, Rate *rate)
{
    size_t size = GROUP_HEAD + group * record_size(PAYLOAD);
    int64_t start = os_monotonic_clock();
    while (os_monotonic_clock() - start < TURN) {
        write_bare(bench, size);
        rate->groups++;
    }
    rate->time += os_monotonic_clock() - start;
}

// ---- the log ----

// As the daemon does it: the next group is gathered while one is on its way.
static uint64_t append_group(Log *log, uint32_t group)
{
    uint64_t index = 0;
    Moment now = {.wall = os_wall_clock(), .tick = os_monotonic_clock()};
    for (uint32_t i = 0; i < group; i++)
        while (!log_append(log, now, LOG_CHANGES, (Str){bytes, PAYLOAD}, &index))
            must(log_sync(log));
    log_commit(log);
    return index;
}

static void turn_log(Bench *bench, uint32_t group, Rate *rate)
{
    int64_t start = os_monotonic_clock();
    while (os_monotonic_clock() - start < TURN) {
        (void)append_group(bench->log, group);
        must(log_sync(bench->log));
        rate->groups++;
    }
    rate->time += os_monotonic_clock() - start;
}

static double microseconds(Rate rate)
{
    return (double)rate.time / 1e3 / (double)rate.groups;
}

static void open_log(Bench *bench, LogMode mode, uint64_t number)
{
    LogOptions options = {.disk = bench->disk, .mode = mode, .segment_size = SEGMENT};
    LogEnd end = {.id = {{1, 2}}, .segment = number};
    must(log_open(&options, &end, &bench->log));
}

static void bench_durable(Bench *bench)
{
    static const uint32_t GROUPS[] = {1, 32, 256};
    double worst = 0;
    must(bench->disk.calls->create(&bench->disk, BARE, SEGMENT, &bench->bare));
    must(bench->disk.calls->sync(&bench->disk, bench->bare));
    open_log(bench, LOG_DURABLE, 1);
    printf("durable, records of %d bytes   group    bare us     log us   ratio   "
           "records/s\n",
           (int)record_size(PAYLOAD));
    for (size_t i = 0; i < sizeof GROUPS / sizeof GROUPS[0]; i++) {
        Rate bare = {0}, log = {0};
        for (int turn = 0; turn < TURNS; turn++) {
            turn_bare(bench, GROUPS[i], &bare);
            turn_log(bench, GROUPS[i], &log);
        }
        double ratio = microseconds(log) / microseconds(bare);
        if (ratio > worst)
            worst = ratio;
        printf("%36u %10.1f %10.1f %7.2f %11.0f\n", GROUPS[i], microseconds(bare),
               microseconds(log), ratio, GROUPS[i] * 1e6 / microseconds(log));
    }
    log_close(bench->log);
    bench->disk.calls->close(&bench->disk, bench->bare);
    printf("= log: durable within 1.2 times a bare loop: %.2f: %s\n", worst,
           worst <= 1.2 ? "met" : "missed");
}

// What the deciding thread pays, and how fast all of it goes.
static void bench_buffered(Bench *bench)
{
    open_log(bench, LOG_BUFFERED, 100);
    int64_t start = os_monotonic_clock(), appending = 0;
    for (uint64_t i = 0; i < BUFFERED_RECORDS; i += BUFFERED_GROUP) {
        int64_t before = os_monotonic_clock();
        (void)append_group(bench->log, BUFFERED_GROUP);
        appending += os_monotonic_clock() - before;
    }
    must(log_sync(bench->log));
    double seconds = (double)(os_monotonic_clock() - start) / 1e9;
    log_close(bench->log);
    printf("buffered: %.0f records/s written; appending takes %.2f us, with waiting\n",
           BUFFERED_RECORDS / seconds, (double)appending / 1e3 / BUFFERED_RECORDS);
    printf("= log: 300000 records/s buffered: %.0f: %s\n", BUFFERED_RECORDS / seconds,
           BUFFERED_RECORDS / seconds >= 300000 ? "met" : "missed");
}

static void remove_one(void *context, const char *name)
{
    Bench *bench = context;
    if (name[0] != '.')
        must(bench->disk.calls->remove(&bench->disk, name));
}

int main(int argc, char **argv)
{
    char directory[4096];
    Bench bench;
    int len = snprintf(directory, sizeof directory, "%s/proviso-bench-log-XXXXXX",
                       argc > 1 ? argv[1] : "/tmp");
    if (len < 0 || (size_t)len >= sizeof directory || !mkdtemp(directory))
        die("no directory");
    memset(bytes, 'x', sizeof bytes);
    must(disk_open(str_from_c(directory), &bench.disk));
    bench_durable(&bench);
    bench_buffered(&bench);
    must(bench.disk.calls->list(&bench.disk, remove_one, &bench));
    disk_close(&bench.disk);
    return rmdir(directory) == 0 ? 0 : 1;
}
