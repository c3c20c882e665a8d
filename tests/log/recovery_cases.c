// SPDX-License-Identifier: Apache-2.0
// recovery_cases: whatever happens to the process or the disk, recovery gives the state
// of the operations that were acknowledged, and of none that wasn't appended: a prefix
// of those that were.
#include "engine/log/recover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/unit.h"
#include "engine/log/head.h"
#include "engine/log/snapshot.h"
#include "engine/state/row.h"
#include "tests/log/fake_disk.h"
#include "tests/log/stream.h"

enum {
    OPERATIONS_MAX = 20000,
    SEGMENT = LOG_SEGMENT_MIN,
    LIMIT = 64 << 20,
    BALLAST = 60000, // bytes of a record that only fills segments
};

typedef struct Operation {
    Moment at;
    uint64_t index; // of its record
    Str changes;
} Operation;

// One life after another of a process with a log, and what it must not forget.
typedef struct World {
    FakeDisk fake;
    Disk disk;
    LogMode mode;
    Stream stream;
    Operation operations[OPERATIONS_MAX];
    size_t applied, acknowledged;
    // Of the process that runs now.
    State state;
    Log *log;
} World;

static World world;
static char memory[CHANGES_MAX];
static char why[300];

static void begin(uint64_t seed, LogMode mode)
{
    memset(&world, 0, sizeof world);
    world.disk = fake_disk_begin(&world.fake, seed);
    world.mode = mode;
    world.stream = stream_from(seed);
    Str secret = {(const char *)stream_secret(), SECRET_SIZE};
    ck_assert_int_eq(disk_write_whole(&world.disk, "secret", secret), STATUS_OK);
}

static void forget_operations(size_t left)
{
    while (world.applied > left)
        free((void *)(uintptr_t)world.operations[--world.applied].changes.at);
}

static void finish(void)
{
    forget_operations(0);
    fake_disk_free(&world.fake);
}

static Recovery recovery(void)
{
    return (Recovery){.disk = &world.disk, .secret = stream_secret(), .limit = LIMIT};
}

static Status recover(State *state, LogEnd *end)
{
    Recovery how = recovery();
    Buf text = buf_fixed(why, sizeof why - 1);
    memset(why, 0, sizeof why);
    return recover_state(&how, state, end, &text);
}

// The state after the first operations must be this one.
static void assert_state(const State *state, size_t count)
{
    State model;
    Moment last = count == 0 ? (Moment){0} : world.operations[count - 1].at;
    stream_begin(&model);
    for (size_t i = 0; i < count; i++) {
        const Operation *operation = &world.operations[i];
        ck_assert(state_prepare(&model, operation->at));
        ck_assert_int_eq(state_apply(&model, operation->at, operation->changes),
                         STATUS_OK);
    }
    Str expected = stream_image(&model, last), got = stream_image(state, last);
    ck_assert(str_eq(expected, got));
    free((void *)(uintptr_t)expected.at);
    free((void *)(uintptr_t)got.at);
    state_free(&model);
}

// Starts the process. False if the disk doesn't let it.
static bool start(bool has_lost_power)
{
    LogEnd end;
    if (recover(&world.state, &end) != STATUS_OK) {
        bool is_faulty = world.fake.dies_at > 0 || world.fake.fails_at > 0;
        ck_assert_msg(is_faulty, "recovery: %s", why);
        return false;
    }
    size_t count = 0;
    while (count < world.applied && world.operations[count].index < end.tree.size)
        count++;
    if (world.mode == LOG_DURABLE || !has_lost_power)
        ck_assert_uint_ge(count, world.acknowledged);
    assert_state(&world.state, count);
    forget_operations(count);
    world.acknowledged = count;
    if (count > 0)
        world.stream.now = world.operations[count - 1].at;
    LogOptions options = {.disk = world.disk,
                          .mode = world.mode,
                          .segment_size = SEGMENT,
                          .is_inline = true};
    if (log_open(&options, &end, &world.log) == STATUS_OK)
        return true;
    state_free(&world.state);
    return false;
}

// One operation, which isn't acknowledged yet. False if the log doesn't take it.
static bool operate(void)
{
    Buf changes = buf_fixed(memory, sizeof memory);
    stream_next(&world.stream, &world.state, &changes);
    Moment now = world.stream.now;
    uint64_t index;
    ck_assert(world.applied < OPERATIONS_MAX && state_prepare(&world.state, now));
    if (!log_append(world.log, now, LOG_CHANGES, buf_view(&changes), &index))
        return false;
    ck_assert_int_eq(state_apply(&world.state, now, buf_view(&changes)), STATUS_OK);
    char *copy = malloc(changes.len + 1);
    memcpy(copy, changes.at, changes.len);
    world.operations[world.applied++] = (Operation){now, index, {copy, changes.len}};
    return true;
}

// Changes that change nothing: rows that aren't there are removed.
static Str ballast(void)
{
    static char text[BALLAST];
    Buf changes = buf_fixed(text, sizeof text);
    while (changes.len + 100 < sizeof text)
        row_write_removed(&changes, (StateKey){{1, 1}});
    return buf_view(&changes);
}

// Groups of operations, with something that fills segments now and then. False when the
// log has failed.
static bool work(uint32_t groups)
{
    for (uint32_t i = 0; i < groups; i++) {
        uint64_t index;
        for (uint64_t k = stream_number(&world.stream, 6); k > 0; k--)
            if (!operate())
                return false;
        bool is_filling = stream_number(&world.stream, 3) == 0;
        if (is_filling &&
            !log_append(world.log, world.stream.now, LOG_CHANGES, ballast(), &index))
            return false;
        if (log_sync(world.log) != STATUS_OK)
            return false;
        world.acknowledged = world.applied;
    }
    return true;
}

static Status compact(void)
{
    Recovery how = recovery();
    Buf text = buf_fixed(why, sizeof why - 1);
    memset(why, 0, sizeof why);
    uint64_t until = log_segment(world.log);
    Status status = recover_compact(&how, until, 1, &text);
    bool is_there = snapshot_size(&world.disk, until) > LOG_HEAD_SIZE;
    bool is_faulty = world.fake.dies_at > 0 || world.fake.fails_at > 0;
    ck_assert(status != STATUS_OK || is_there || is_faulty);
    ck_assert_uint_eq(snapshot_size(&world.disk, until + 1), 0);
    return status;
}

static void stop(void)
{
    log_close(world.log);
    state_free(&world.state);
}

// A life that ends at a random call of the disk.
static void live_and_die(bool *has_lost_power)
{
    world.fake.dies_at = 1 + stream_number(&world.stream, 300);
    if (start(*has_lost_power)) {
        *has_lost_power = false;
        bool goes_on = true;
        while (goes_on && world.fake.calls < world.fake.dies_at) {
            goes_on = work(10);
            if (goes_on)
                (void)compact();
        }
        stop();
    }
    if (stream_number(&world.stream, 2) == 0) {
        fake_disk_kill(&world.fake);
    } else {
        fake_disk_cut_power(&world.fake);
        *has_lost_power = true;
    }
}

static void many_lives(LogMode mode)
{
    enum { SEEDS = 4, LIVES = 20 };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        bool has_lost_power = false;
        begin(seed, mode);
        for (int i = 0; i < LIVES; i++)
            live_and_die(&has_lost_power);
        ck_assert(start(has_lost_power) && work(3));
        stop();
        finish();
    }
}

START_TEST(durable_is_durable)
{
    many_lives(LOG_DURABLE);
}
END_TEST

START_TEST(buffered_outlives_the_process)
{
    many_lives(LOG_BUFFERED);
}
END_TEST

// A log that has failed stays so.
static void assert_failed(void)
{
    uint64_t index, safe = log_safe(world.log);
    ck_assert(!log_append(world.log, world.stream.now, LOG_CHANGES, STR(""), &index));
    ck_assert_int_eq(log_sync(world.log), STATUS_IO);
    ck_assert_uint_eq(log_safe(world.log), safe);
}

// One call fails, and the next ones don't: the log must not go on as if nothing had
// been. True if the call was one that was made.
static bool fail_call(uint64_t number, LogMode mode)
{
    begin(7, mode);
    world.fake.calls = 0;
    world.fake.fails_at = number;
    if (start(false)) {
        bool goes_on =
            work(40) && compact() == STATUS_OK && work(40) && compact() == STATUS_OK;
        if (!goes_on && log_failure(world.log) != STATUS_OK)
            assert_failed();
        stop();
    }
    bool is_made = world.fake.calls >= number;
    world.fake.fails_at = 0;
    // What a failed sync has lost was acknowledged, if only written is enough.
    ck_assert(start(mode == LOG_BUFFERED) && work(2));
    stop();
    fake_disk_cut_power(&world.fake);
    ck_assert(start(false) && work(2)); // all that was found is on the disk
    stop();
    finish();
    return is_made;
}

START_TEST(any_call_fails_once_durable)
{
    uint64_t number = 1;
    while (fail_call(number, LOG_DURABLE))
        number++;
    ck_assert_uint_gt(number, 100);
}
END_TEST

START_TEST(any_call_fails_once_buffered)
{
    uint64_t number = 1;
    while (fail_call(number, LOG_BUFFERED))
        number++;
    ck_assert_uint_gt(number, 60);
}
END_TEST

// ---- one file, byte by byte ----

static void write_file(int file, Str bytes)
{
    ck_assert_int_eq(world.disk.calls->write(&world.disk, file, 0, bytes), STATUS_OK);
    ck_assert_int_eq(world.disk.calls->cut(&world.disk, file, bytes.len), STATUS_OK);
}

// Recovers, and gives how many operations there are; the state must be theirs.
static size_t recovered(void)
{
    State state;
    LogEnd end;
    size_t count = 0;
    ck_assert_msg(recover(&state, &end) == STATUS_OK, "%s", why);
    while (count < world.applied && world.operations[count].index < end.tree.size)
        count++;
    assert_state(&state, count);
    state_free(&state);
    return count;
}

enum { BEFORE = 300, LAST = 5 };

// Two groups of operations and a crash; the file, its bytes, and where its zeros begin.
static uint64_t write_two_groups(char bytes[SEGMENT], int *file)
{
    ck_assert(start(false));
    for (uint32_t i = 1; i <= BEFORE + LAST; i++) {
        ck_assert(operate());
        if (i == BEFORE || i == BEFORE + LAST)
            ck_assert_int_eq(log_sync(world.log), STATUS_OK);
    }
    world.fake.dies_at = world.fake.calls; // without an end that is marked
    stop();
    fake_disk_kill(&world.fake);
    char name[LOG_NAME_SIZE];
    uint64_t size;
    log_name(LOG_SEGMENT, 1, name);
    ck_assert_int_eq(world.disk.calls->open(&world.disk, name, file, &size), STATUS_OK);
    ck_assert_int_eq(world.disk.calls->read(&world.disk, *file, 0, bytes, size),
                     STATUS_OK);
    while (bytes[size - 1] == 0)
        size--;
    return size;
}

START_TEST(the_last_group_is_torn_at_every_byte)
{
    static char bytes[SEGMENT];
    int file;
    begin(5, LOG_DURABLE);
    uint64_t size = write_two_groups(bytes, &file), at = size;
    for (;; at--) { // down to where damage is no torn tail, but refused
        State state;
        LogEnd end;
        bytes[at - 1] ^= 0x10;
        write_file(file, (Str){bytes, size + 64});
        bytes[at - 1] ^= 0x10;
        if (recover(&state, &end) != STATUS_OK)
            break;
        ck_assert_uint_eq(end.tree.size, BEFORE);
        state_free(&state);
    }
    ck_assert_uint_gt(size - at, LAST * RECORD_HEAD);
    for (; at < size; at++) {
        write_file(file, (Str){bytes, at});
        ck_assert_uint_eq(recovered(), BEFORE);
    }
    write_file(file, (Str){bytes, size + 64});
    ck_assert_uint_eq(recovered(), BEFORE + LAST);
    finish();
}
END_TEST

// A snapshot that is damaged isn't taken; the one before it is.
START_TEST(damaged_snapshots_are_passed_over)
{
    begin(9, LOG_DURABLE);
    ck_assert(start(false));
    uint64_t number[3];
    for (int i = 0; i < 3; i++) {
        ck_assert(work(60));
        ck_assert_int_eq(compact(), STATUS_OK);
        number[i] = log_segment(world.log);
    }
    ck_assert_uint_gt(number[2], number[1]);
    ck_assert(work(5));
    stop();
    char names[3][LOG_NAME_SIZE], segment[LOG_NAME_SIZE];
    for (int i = 0; i < 3; i++)
        log_name(LOG_SNAPSHOT, number[i], names[i]);
    log_name(LOG_SEGMENT, number[1] - 1, segment);
    ck_assert(!fake_disk_has(&world.fake, names[0])); // it was old
    ck_assert(!fake_disk_has(&world.fake, segment));
    for (uint64_t offset = 0; offset < 12000; offset += 41) {
        fake_disk_flip(&world.fake, names[2], offset);
        State state;
        LogEnd end;
        ck_assert_int_eq(recover(&state, &end), STATUS_OK);
        assert_state(&state, world.applied);
        state_free(&state);
        fake_disk_flip(&world.fake, names[2], offset);
    }
    fake_disk_flip(&world.fake, names[1], 100);
    fake_disk_flip(&world.fake, names[2], 100);
    State state;
    LogEnd end; // with none, the first segments are missed
    ck_assert_int_eq(recover(&state, &end), STATUS_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(why, "00000000000000000001.segment"));
    finish();
}
END_TEST

START_TEST(a_full_disk_is_said)
{
    begin(11, LOG_DURABLE);
    ck_assert(start(false));
    ck_assert(work(4));
    world.fake.failure = STATUS_NO_SPACE;
    world.fake.dies_at = world.fake.calls + 1;
    ck_assert(!work(4));
    ck_assert_int_eq(log_failure(world.log), STATUS_NO_SPACE);
    stop();
    fake_disk_kill(&world.fake);
    ck_assert(start(false));
    stop();
    finish();
}
END_TEST

START_TEST(a_secret_is_made_once)
{
    uint8_t first[SECRET_SIZE], second[SECRET_SIZE];
    begin(13, LOG_DURABLE);
    ck_assert_int_eq(world.disk.calls->remove(&world.disk, "secret"), STATUS_OK);
    ck_assert_int_eq(recover_secret(&world.disk, first), STATUS_OK);
    ck_assert_int_eq(recover_secret(&world.disk, second), STATUS_OK);
    ck_assert_mem_eq(first, second, SECRET_SIZE);
    ck_assert(start(false));
    stop();
    ck_assert_int_eq(world.disk.calls->remove(&world.disk, "secret"), STATUS_OK);
    ck_assert_int_eq(recover_secret(&world.disk, second), STATUS_NOT_FOUND);
    finish();
}
END_TEST

UNIT_MAIN("recovery", durable_is_durable, buffered_outlives_the_process,
          any_call_fails_once_durable, any_call_fails_once_buffered,
          the_last_group_is_torn_at_every_byte, damaged_snapshots_are_passed_over,
          a_full_disk_is_said, a_secret_is_made_once)
