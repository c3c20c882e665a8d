// SPDX-License-Identifier: Apache-2.0
// bench_log: what remembering costs: records a second, by how many share a sync, beside
// a bare loop of writes and fdatasyncs of the same sizes on the same disk, into a file
// that has been written before. Usage:
// bench_log [DIRECTORY], an empty one
//
// The two take turns, so that a disk that is now fast, now slow, is so for both. As in
// the daemon, the next group is gathered while one is on its way. The last lines, which
// begin with "=", hold goals against results.
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/log/log.h"
#include "tests/bench/bench.h"

enum {
    PAYLOAD = 160, // bytes of an ordinary decision's changes
    TURNS = 20,
    SEGMENT = 64 << 20,
    BUFFERED_RECORDS = 2000000,
    BUFFERED_GROUP = 64,
    MOST_SECONDS = 300,
};
static const int64_t TURN = 50000000; // ns
static const char BARE[] = "bare";

static void must(Status status)
{
    if (status != STATUS_OK)
        bench_die(status_text(status));
}

typedef struct Both {
    Disk disk;
    Log *log;
    sem_t told; // that more of it is safe
    int bare;
    uint64_t offset; // in the bare file
} Both;

typedef struct Rate {
    uint64_t groups;
    int64_t time;
} Rate;

static char bytes[1 << 20];

// ---- the bare loop ----

static void write_bare(Both *both, size_t size)
{
    if (both->offset + size > SEGMENT)
        both->offset = 0;
    must(both->disk.calls->write(&both->disk, both->bare, both->offset,
                                 (Str){bytes, size}));
    must(both->disk.calls->sync(&both->disk, both->bare));
    both->offset += size;
}

static void turn_bare(Both *both, uint32_t group, Rate *rate)
{
    size_t size = GROUP_HEAD + group * record_size(PAYLOAD);
    int64_t start = os_monotonic_clock();
    while (os_monotonic_clock() - start < TURN) {
        write_bare(both, size);
        rate->groups++;
    }
    rate->time += os_monotonic_clock() - start;
}

// ---- the log ----

static void on_safe(void *context)
{
    Both *both = context;
    (void)sem_post(&both->told);
}

// How many records there are afterwards.
static uint64_t append_group(Log *log, uint32_t group)
{
    uint64_t index = 0;
    Moment now = {.wall = os_wall_clock(), .tick = os_monotonic_clock()};
    for (uint32_t i = 0; i < group; i++)
        while (!log_append(log, now, LOG_CHANGES, (Str){bytes, PAYLOAD}, &index))
            must(log_sync(log));
    log_commit(log);
    return index + 1;
}

static void wait_for(Both *both, uint64_t count)
{
    while (log_safe(both->log) < count) {
        must(log_failure(both->log));
        (void)sem_wait(&both->told);
    }
}

static void turn_log(Both *both, uint32_t group, Rate *rate)
{
    int64_t start = os_monotonic_clock();
    uint64_t under_way = append_group(both->log, group);
    while (os_monotonic_clock() - start < TURN) {
        uint64_t next = append_group(both->log, group);
        wait_for(both, under_way);
        under_way = next;
        rate->groups++;
    }
    wait_for(both, under_way);
    rate->groups++;
    rate->time += os_monotonic_clock() - start;
}

static double microseconds(Rate rate)
{
    return (double)rate.time / 1e3 / (double)rate.groups;
}

static void open_log(Both *both, LogMode mode, uint64_t number)
{
    LogOptions options = {.disk = both->disk,
                          .mode = mode,
                          .segment_size = SEGMENT,
                          .on_safe = on_safe,
                          .context = both};
    LogEnd end = {.id = {{1, 2}}, .segment = number};
    must(log_open(&options, &end, &both->log));
}

static void bench_durable(Both *both)
{
    static const uint32_t GROUPS[] = {1, 32, 256};
    double worst = 0;
    must(both->disk.calls->create(&both->disk, BARE, SEGMENT, &both->bare));
    for (uint64_t at = 0; at < SEGMENT; at += sizeof bytes)
        must(both->disk.calls->write(&both->disk, both->bare, at,
                                     (Str){bytes, sizeof bytes}));
    must(both->disk.calls->sync(&both->disk, both->bare));
    open_log(both, LOG_DURABLE, 1);
    printf("durable, records of %d bytes   group    bare us     log us   ratio   "
           "records/s\n",
           (int)record_size(PAYLOAD));
    for (size_t i = 0; i < sizeof GROUPS / sizeof GROUPS[0]; i++) {
        Rate bare = {0}, log = {0};
        for (int turn = 0; turn < TURNS; turn++) {
            turn_bare(both, GROUPS[i], &bare);
            turn_log(both, GROUPS[i], &log);
        }
        double ratio = microseconds(log) / microseconds(bare);
        if (ratio > worst)
            worst = ratio;
        printf("%36u %10.1f %10.1f %7.2f %11.0f\n", GROUPS[i], microseconds(bare),
               microseconds(log), ratio, GROUPS[i] * 1e6 / microseconds(log));
    }
    log_close(both->log);
    both->disk.calls->close(&both->disk, both->bare);
    bench_goal("log: durable, to a bare loop, most", worst, false, 1.2, "times");
}

// What the deciding thread pays, and how fast all of it goes.
static void bench_buffered(Both *both)
{
    open_log(both, LOG_BUFFERED, 100);
    int64_t start = os_monotonic_clock(), appending = 0;
    for (uint64_t i = 0; i < BUFFERED_RECORDS; i += BUFFERED_GROUP) {
        int64_t before = os_monotonic_clock();
        (void)append_group(both->log, BUFFERED_GROUP);
        appending += os_monotonic_clock() - before;
    }
    must(log_sync(both->log));
    double seconds = (double)(os_monotonic_clock() - start) / 1e9;
    log_close(both->log);
    printf("buffered: %.0f records/s written; appending takes %.2f us, with waiting\n",
           BUFFERED_RECORDS / seconds, (double)appending / 1e3 / BUFFERED_RECORDS);
    bench_goal("log: records a second, buffered", BUFFERED_RECORDS / seconds / 1000,
               true, 300, "1000/s");
}

int main(int argc, char **argv)
{
    static Bench bench;
    static Both both;
    bench_start(&bench, argv[0], MOST_SECONDS);
    Str folder = argc > 1 ? str_from_c(argv[1]) : bench.folder;
    memset(bytes, 'x', sizeof bytes);
    if (sem_init(&both.told, 0, 0) != 0)
        bench_die("no semaphore");
    must(disk_open(folder, &both.disk));
    bench_durable(&both);
    bench_buffered(&both);
    disk_close(&both.disk);
    return bench_end(&bench);
}
