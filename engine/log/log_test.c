// SPDX-License-Identifier: Apache-2.0
#include "engine/log/log.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/unit.h"
#include "engine/log/replay.h"
#include "engine/log/segment.h"

#define ck_assert_ok(expression) ck_assert_int_eq((expression), STATUS_OK)
enum { RECORDS_MAX = 1 << 16, PAYLOAD_ROOM = 100000 };
static const LogId ID = {{0x0123456789abcdef, 0xfedcba9876543210}};

static char directory[] = "/tmp/proviso-log-test-XXXXXX";
static Disk disk;
static Hasher *hasher;
static uint64_t appended, replayed;
static char why[200];

static Status skip_sync(const Disk *unused, int file)
{
    (void)unused;
    (void)file;
    return STATUS_OK;
}

// Nothing here loses what isn't synced, so no test waits for the disk.
static void begin(void)
{
    static DiskCalls calls;
    appended = 0;
    memcpy(directory + sizeof directory - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_ok(disk_open(str_from_c(directory), &disk));
    calls = *disk.calls;
    calls.sync = skip_sync;
    disk.calls = &calls;
    ck_assert_ok(hasher_new(&hasher));
}

static void remove_one(void *context, const char *name)
{
    (void)context;
    if (name[0] != '.')
        ck_assert_ok(disk.calls->remove(&disk, name));
}

static void finish(void)
{
    ck_assert_ok(disk.calls->list(&disk, remove_one, NULL));
    disk_close(&disk);
    hasher_free(hasher);
    ck_assert_int_eq(rmdir(directory), 0);
}

// What record number i says: a length and bytes that differ from record to record.
static Str payload_of(uint64_t i, uint64_t largest)
{
    static char bytes[PAYLOAD_ROOM];
    size_t len = (size_t)(i * 7919 % (largest + 1));
    for (size_t k = 0; k < len; k++)
        bytes[k] = (char)(i + k);
    return (Str){bytes, len};
}

static Moment moment_of(uint64_t i)
{
    return (Moment){.wall = (int64_t)i * 3, .tick = (int64_t)i};
}

static LogEnd nothing(void)
{
    return (LogEnd){.id = ID, .segment = 1};
}

static Log *open_log(LogMode mode, bool is_inline, const LogEnd *end)
{
    LogOptions options = {.disk = disk,
                          .mode = mode,
                          .segment_size = LOG_SEGMENT_MIN,
                          .is_inline = is_inline};
    Log *log;
    ck_assert_ok(log_open(&options, end, &log));
    return log;
}

// Appends so many more records, `group` at a time.
static void append(Log *log, uint64_t count, uint64_t group, uint64_t largest)
{
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t index;
        Str payload = payload_of(appended, largest);
        while (!log_append(log, moment_of(appended), LOG_CHANGES, payload, &index))
            ck_assert_ok(log_sync(log));
        appended++;
        if (i % group == 0 || i == count)
            ck_assert_ok(log_sync(log));
    }
}

static uint64_t largest_payload, checkpoints;

// Records come back in order; checkpoints stand between them.
static Status expect_record(void *context, const LogRecord *record)
{
    const LogEnd *end = context;
    if (record->kind == LOG_CHECKPOINT) {
        ck_assert_uint_eq(record->payload.len, 8 + DIGEST_SIZE);
        checkpoints++;
        return STATUS_OK;
    }
    ck_assert_uint_eq(record->kind, LOG_CHANGES);
    ck_assert(str_eq(record->payload, payload_of(replayed, largest_payload)));
    ck_assert_int_eq(record->at.tick, moment_of(replayed).tick);
    ck_assert_int_eq(record->at.wall, moment_of(replayed).wall);
    ck_assert_uint_eq(record->index + 1, end->tree.size);
    replayed++;
    return STATUS_OK;
}

static Status replay(LogEnd *end, uint64_t largest)
{
    Buf text = buf_fixed(why, sizeof why - 1);
    Replay all = {
        .disk = &disk, .hasher = hasher, .visit = expect_record, .context = end};
    memset(why, 0, sizeof why);
    replayed = checkpoints = 0;
    largest_payload = largest;
    *end = nothing();
    return replay_run(&all, end, &text);
}

START_TEST(what_was_appended_comes_back)
{
    begin();
    LogEnd end = nothing();
    for (int round = 0; round < 4; round++) {
        LogMode mode = round % 2 == 0 ? LOG_DURABLE : LOG_BUFFERED;
        Log *log = open_log(mode, round < 2, &end);
        append(log, 300, 7, 20000);
        ck_assert_uint_ge(log_safe(log), appended);
        ck_assert_uint_gt(log_segment(log), 1);
        log_close(log);
        ck_assert_ok(replay(&end, 20000));
        ck_assert_uint_eq(replayed, appended);
        ck_assert_int_eq(end.last.tick, moment_of(appended - 1).tick);
    }
    ck_assert_ok(replay(&end, 20000)); // again, all segments cut by now
    ck_assert_uint_eq(replayed, appended);
    finish();
}
END_TEST

START_TEST(threads_keep_up)
{
    begin();
    LogEnd end = nothing();
    Log *log = open_log(LOG_BUFFERED, false, &end);
    append(log, 50000, 512, 100);
    log_close(log);
    ck_assert_ok(replay(&end, 100));
    ck_assert_uint_eq(replayed, appended);
    ck_assert_uint_gt(checkpoints, 0);
    ck_assert_uint_eq(end.tree.size, appended + checkpoints);
    finish();
}
END_TEST

// ---- checkpoints ----

enum { BEFORE = 100 };

// The root of the tree of the first `size` of the records that append makes.
static Digest root_of(uint64_t size)
{
    LogEnd end = nothing();
    Digest root;
    appended = 0;
    Log *log = open_log(LOG_DURABLE, true, &end);
    append(log, size, 7, 100);
    log_close(log);
    ck_assert_ok(replay(&end, 100));
    ck_assert_ok(tree_root(&end.tree, hasher, &root));
    ck_assert_ok(disk.calls->list(&disk, remove_one, NULL));
    return root;
}

// BEFORE records, a checkpoint of the first `size` of them, of which `len` bytes are
// written, and some more records; in a file of its own if `is_apart`.
static Status replay_checkpoint(uint64_t size, Digest root, size_t len, bool is_apart)
{
    LogEnd end = nothing();
    char payload[LOG_CHECKPOINT_SIZE + 8] = {0};
    Buf out = buf_fixed(payload, sizeof payload);
    uint64_t index = 0;
    appended = 0;
    Log *log = open_log(LOG_DURABLE, true, &end);
    append(log, BEFORE, 7, 100);
    if (is_apart) {
        log_close(log);
        ck_assert_ok(replay(&end, 100));
        log = open_log(LOG_DURABLE, true, &end);
    }
    buf_u64le(&out, size);
    buf_bytes(&out, root.bytes, DIGEST_SIZE);
    ck_assert(
        log_append(log, moment_of(0), LOG_CHECKPOINT, (Str){payload, len}, &index));
    ck_assert_uint_eq(index, BEFORE);
    ck_assert_ok(log_sync(log));
    append(log, 3, 1, 100);
    log_close(log);
    Status status = replay(&end, 100);
    ck_assert(status == STATUS_OK || strstr(why, ", record 100: is ") != NULL);
    ck_assert_ok(disk.calls->list(&disk, remove_one, NULL));
    return status;
}

START_TEST(checkpoints_must_be_right)
{
    begin();
    const size_t whole = LOG_CHECKPOINT_SIZE;
    for (uint64_t size = 0; size <= BEFORE; size += 20) {
        Digest root = root_of(size), other = root_of(size + 1);
        ck_assert_ok(replay_checkpoint(size, root, whole, false));
        ck_assert_int_eq(replay_checkpoint(size, other, whole, false),
                         STATUS_MALFORMED);
        // What is before a segment is compared with the head of that.
        ck_assert_ok(replay_checkpoint(size, root, whole, true));
        ck_assert(replay_checkpoint(size, other, whole, true) ==
                  (size < BEFORE ? STATUS_OK : STATUS_MALFORMED));
    }
    Digest root = root_of(BEFORE);
    const size_t lengths[] = {0, 8, whole - 1, whole + 1};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        ck_assert_int_eq(replay_checkpoint(BEFORE, root, lengths[i], false),
                         STATUS_MALFORMED);
    ck_assert_int_eq(replay_checkpoint(BEFORE + 1, root, whole, false),
                     STATUS_MALFORMED);
    ck_assert_int_eq(replay_checkpoint(UINT64_MAX, root, whole, false),
                     STATUS_MALFORMED);
    finish();
}
END_TEST

START_TEST(a_kind_that_is_unknown_is_refused)
{
    begin();
    LogEnd end = nothing();
    uint64_t index;
    Log *log = open_log(LOG_DURABLE, true, &end);
    append(log, 2, 1, 100);
    ck_assert(log_append(log, moment_of(0), (LogKind)3, STR("x"), &index));
    log_close(log);
    ck_assert_int_eq(replay(&end, 100), STATUS_MALFORMED);
    ck_assert_ptr_nonnull(strstr(why, ", record 2: is of a kind that isn't known"));
    finish();
}
END_TEST

START_TEST(what_is_too_much_is_refused)
{
    begin();
    LogEnd end = nothing();
    Log *log = open_log(LOG_DURABLE, true, &end);
    uint64_t index = 0, count = 0;
    static char bytes[PAYLOAD_ROOM];
    while (
        log_append(log, moment_of(0), LOG_CHANGES, (Str){bytes, sizeof bytes}, &index))
        count++;
    ck_assert_uint_eq(count, LOG_SEGMENT_MIN / sizeof bytes);
    ck_assert_uint_eq(index, count - 1);
    ck_assert_uint_eq(log_safe(log), 0);
    ck_assert_ok(log_sync(log));
    ck_assert_uint_eq(log_safe(log), count);
    ck_assert(
        log_append(log, moment_of(0), LOG_CHANGES, (Str){bytes, sizeof bytes}, &index));
    ck_assert_uint_eq(index, count);
    log_close(log);
    finish();
}
END_TEST

// ---- damage ----

static char *image; // the file of the first segment, as it was written
static uint64_t image_size;

static void with_file(char *bytes, uint64_t size, bool is_write)
{
    char name[LOG_NAME_SIZE];
    int file;
    uint64_t found;
    log_name(LOG_SEGMENT, 1, name);
    ck_assert_ok(disk.calls->open(&disk, name, &file, &found));
    if (is_write) {
        ck_assert_ok(disk.calls->write(&disk, file, 0, (Str){bytes, size}));
        ck_assert_ok(disk.calls->cut(&disk, file, size));
    } else {
        ck_assert_uint_le(found, size);
        ck_assert_ok(disk.calls->read(&disk, file, 0, bytes, found));
        image_size = found;
    }
    disk.calls->close(&disk, file);
}

// One segment of three groups, of 3, 3 and 2 records, as a crash leaves it or a log
// that was closed. *ends: where groups end.
static void write_three_groups(LogMode mode, uint64_t ends[3], bool is_closed)
{
    LogEnd end = nothing();
    Log *log = open_log(mode, true, &end);
    image = calloc(1, LOG_SEGMENT_MIN);
    append(log, 8, 3, 100);
    if (!is_closed)
        with_file(image, LOG_SEGMENT_MIN, false);
    log_close(log);
    if (is_closed)
        with_file(image, LOG_SEGMENT_MIN, false);
    uint64_t at = LOG_HEAD_SIZE;
    for (int i = 0; i < 3; i++) {
        GroupHead head;
        ck_assert(group_read(ID, (Str){image + at, GROUP_HEAD}, &head));
        at += GROUP_HEAD + head.size;
        ends[i] = at;
    }
    image_size = at + GROUP_HEAD;
}

START_TEST(a_torn_tail_is_cut_at_every_byte)
{
    uint64_t ends[3];
    LogEnd end;
    begin();
    write_three_groups(LOG_DURABLE, ends, false);
    for (uint64_t size = LOG_HEAD_SIZE; size <= ends[2]; size++) {
        uint64_t whole = size >= ends[2]   ? 8
                         : size >= ends[1] ? 6
                         : size >= ends[0] ? 3
                                           : 0;
        with_file(image, size, true); // the file ends there...
        ck_assert_ok(replay(&end, 100));
        ck_assert_uint_eq(replayed, whole);
        ck_assert_uint_eq(end.segment, 2);
        ck_assert_ok(replay(&end, 100));
        ck_assert_uint_eq(replayed, whole);
        if (size < ends[1])
            continue;
        char *zeroed = calloc(1, image_size); // ...or what follows never came there
        memcpy(zeroed, image, size);
        with_file(zeroed, image_size, true);
        ck_assert_ok(replay(&end, 100));
        bool is_same = memcmp(zeroed, image, ends[2]) == 0; // only zeros were missing
        ck_assert_uint_eq(replayed, is_same ? 8 : whole);
        free(zeroed);
    }
    free(image);
    finish();
}
END_TEST

START_TEST(damage_that_is_no_torn_tail_is_refused)
{
    uint64_t ends[3];
    LogEnd end;
    begin();
    write_three_groups(LOG_DURABLE, ends, false);
    for (uint64_t at = 0; at < ends[2]; at++) {
        image[at] ^= 0x10;
        with_file(image, image_size, true);
        Status status = replay(&end, 100);
        if (at < ends[1]) {
            ck_assert_int_ne(status, STATUS_OK);
            ck_assert_ptr_nonnull(strstr(why, at < LOG_HEAD_SIZE ? "record 0:"
                                              : at < ends[0] ? "offset 4096, record 0:"
                                                             : "record 3:"));
        } else { // nothing tells this from a write that was torn
            ck_assert_ok(status);
            ck_assert_uint_eq(replayed, 6);
        }
        image[at] ^= 0x10;
    }
    free(image);
    finish();
}
END_TEST

// A log that was closed has no torn tail.
static void damage_closed_log(LogMode mode)
{
    uint64_t ends[3];
    LogEnd end;
    begin();
    write_three_groups(mode, ends, true);
    for (uint64_t at = LOG_HEAD_SIZE; at < ends[2]; at++) {
        image[at] ^= 0x10;
        with_file(image, image_size, true);
        ck_assert_int_eq(replay(&end, 100), STATUS_MALFORMED);
        image[at] ^= 0x10;
    }
    free(image);
    finish();
}

START_TEST(the_end_of_a_closed_log_is_known)
{
    damage_closed_log(LOG_DURABLE);
    damage_closed_log(LOG_BUFFERED);
}
END_TEST

// ---- failure ----

static atomic_int calls_left, told; // writes and syncs until one fails

static Status failing_write(const Disk *unused, int file, uint64_t offset, Str bytes)
{
    (void)unused;
    if (atomic_fetch_sub(&calls_left, 1) == 1)
        return STATUS_NO_SPACE;
    ssize_t count = pwrite(file, bytes.at, bytes.len, (off_t)offset);
    return count == (ssize_t)bytes.len ? STATUS_OK : STATUS_IO;
}

static Status failing_sync(const Disk *unused, int file)
{
    (void)unused;
    (void)file;
    return atomic_fetch_sub(&calls_left, 1) == 1 ? STATUS_NO_SPACE : STATUS_OK;
}

static void count_told(void *context)
{
    (void)context;
    atomic_fetch_add(&told, 1);
}

// Appends until the log fails; what was said to be safe must be there.
static void fail_after(int calls_before, LogMode mode)
{
    DiskCalls failing = *disk.calls;
    failing.write = failing_write;
    failing.sync = failing_sync;
    LogOptions options = {.disk = {&failing, NULL, disk.directory, disk.lock},
                          .mode = mode,
                          .segment_size = LOG_SEGMENT_MIN,
                          .on_safe = count_told};
    LogEnd end = nothing();
    Log *log;
    uint64_t index = 0, next = 0;
    atomic_store(&calls_left, calls_before);
    atomic_store(&told, 0);
    if (log_open(&options, &end, &log) == STATUS_OK) {
        Str payload = payload_of(PAYLOAD_ROOM - 1, PAYLOAD_ROOM);
        while (log_append(log, moment_of(0), LOG_CHANGES, payload, &index)) {
            next = index + 1;
            log_commit(log);
            if (next % 3 == 0 && log_sync(log) != STATUS_OK)
                break;
        }
        ck_assert_int_eq(log_sync(log), STATUS_IO);
        ck_assert_int_eq(log_failure(log), STATUS_NO_SPACE);
        ck_assert(!log_append(log, moment_of(0), LOG_CHANGES, payload, &index));
        ck_assert_uint_le(log_safe(log), next);
        log_close(log);
        ck_assert_int_gt(atomic_load(&told), 0);
    }
}

// Nobody has to be waited for, or told.
START_TEST(what_is_buffered_is_safe_at_once)
{
    begin();
    LogOptions options = {.disk = disk,
                          .mode = LOG_BUFFERED,
                          .segment_size = LOG_SEGMENT_MIN,
                          .on_safe = count_told};
    LogEnd end = nothing();
    Log *log;
    uint64_t index;
    atomic_store(&told, 0);
    ck_assert_ok(log_open(&options, &end, &log));
    for (uint64_t i = 0; i < 100; i++) {
        ck_assert(log_append(log, moment_of(i), LOG_CHANGES, STR("brief"), &index));
        ck_assert_uint_eq(log_safe(log), i);
        log_commit(log);
        ck_assert_uint_eq(log_safe(log), i + 1);
    }
    ck_assert_int_eq(atomic_load(&told), 0);
    log_close(log);
    finish();
}
END_TEST

// The highest mark `durable` of the first segment.
static uint64_t marked(void)
{
    static char bytes[LOG_SEGMENT_MIN];
    char name[LOG_NAME_SIZE];
    int file;
    uint64_t size;
    LogHead head;
    LogRecord record;
    Str whole = {bytes, sizeof bytes};
    log_name(LOG_SEGMENT, 1, name);
    ck_assert_ok(disk.calls->open(&disk, name, &file, &size));
    ck_assert_ok(disk.calls->read(&disk, file, 0, bytes, sizeof bytes));
    disk.calls->close(&disk, file);
    ck_assert_ok(log_read_head(LOG_SEGMENT, whole, hasher, &head));
    SegmentReader reader = segment_reader(&head, whole);
    while (segment_next(&reader, &record) == SEGMENT_RECORD) {
    }
    return reader.durable;
}

START_TEST(what_was_synced_behind_is_marked)
{
    const struct timespec pause = {.tv_nsec = 50000000};
    begin();
    LogEnd end = nothing();
    Log *log = open_log(LOG_BUFFERED, false, &end);
    for (int i = 0; i < 400 && marked() == 0; i++) {
        append(log, 1, 1, 100);
        (void)nanosleep(&pause, NULL);
    }
    ck_assert_uint_gt(marked(), 0);
    ck_assert_uint_lt(marked(), appended);
    log_close(log);
    finish();
}
END_TEST

START_TEST(a_log_that_has_failed_stays_so)
{
    begin();
    for (int i = 1; i < 60; i++) {
        fail_after(i, LOG_DURABLE);
        fail_after(i, LOG_BUFFERED);
    }
    finish();
}
END_TEST

START_TEST(segments_belong_together)
{
    begin();
    LogEnd end = nothing(), other = nothing();
    char names[3][LOG_NAME_SIZE];
    for (uint64_t i = 0; i < 3; i++)
        log_name(LOG_SEGMENT, i + 1, names[i]);
    for (int i = 0; i < 3; i++) {
        Log *log = open_log(LOG_DURABLE, true, &end);
        append(log, 2, 2, 100);
        log_close(log);
        ck_assert_ok(replay(&end, 100));
    }
    ck_assert_ok(disk.calls->rename(&disk, names[1], "hidden"));
    ck_assert_int_eq(replay(&end, 100), STATUS_NOT_FOUND);
    ck_assert_str_eq(why,
                     "00000000000000000002.segment, offset 0, record 2: not found");
    ck_assert_ok(disk.calls->rename(&disk, names[2], names[1]));
    ck_assert_int_eq(replay(&end, 100), STATUS_MALFORMED);
    ck_assert_ptr_nonnull(strstr(why, "is another segment"));
    other.id.word[0]++;
    Log *log = open_log(LOG_DURABLE, true, &other);
    log_close(log);
    ck_assert_int_eq(replay(&end, 100), STATUS_MALFORMED);
    ck_assert_ptr_nonnull(strstr(why, "is of another log"));
    finish();
}
END_TEST

START_TEST(one_process_at_a_time)
{
    begin();
    pid_t pid = fork();
    if (pid == 0) {
        Disk second;
        _exit(disk_open(str_from_c(directory), &second) == STATUS_IN_USE ? 0 : 1);
    }
    int status = 1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    finish();
}
END_TEST

UNIT_MAIN("log", what_was_appended_comes_back, threads_keep_up,
          checkpoints_must_be_right, a_kind_that_is_unknown_is_refused,
          what_is_too_much_is_refused, a_torn_tail_is_cut_at_every_byte,
          damage_that_is_no_torn_tail_is_refused, the_end_of_a_closed_log_is_known,
          what_is_buffered_is_safe_at_once, what_was_synced_behind_is_marked,
          a_log_that_has_failed_stays_so, segments_belong_together,
          one_process_at_a_time)
