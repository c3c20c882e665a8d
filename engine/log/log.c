// SPDX-License-Identifier: Apache-2.0
#include "engine/log/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/log/gather.h"
#include "engine/log/writer.h"

// For how long the threads wait for work, and how old what is with the system may get
// before it is brought to the disk.
static const int64_t PATIENCE = 1000000000;
// Hashing is in no hurry: it waits for so many bytes, or until it is needed.
enum { HASHED_AT_ONCE = 64 << 10 };

struct Log {
    LogOptions options;
    LogId id;
    // The appending thread's.
    uint64_t next;
    // From it to the writing thread, and from that to the hashing thread.
    Gather pending;
    Gather unhashed;
    // Of the one that holds `writing`: the writing thread, or in mode buffered the
    // appending thread. The file is also the hashing thread's while it `is_syncing`.
    pthread_mutex_t writing;
    Writer writer;
    Hasher *writer_hasher;
    // The hashing thread's.
    Hasher *hasher;
    Tree growing;
    int64_t synced_at;
    // Under the mutex.
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    Tree tree; // of all that was hashed
    bool is_syncing;
    char checkpoint[LOG_CHECKPOINT_SIZE];
    uint64_t checkpointed; // size of the tree at the last one
    // Anyone's.
    atomic_bool has_checkpoint;
    _Atomic uint64_t written, safe, durable, segment;
    _Atomic uint32_t failure; // Status
    pthread_t threads[2];
    int thread_count;
};

static void lock(Log *log)
{
    CHECK(pthread_mutex_lock(&log->mutex) == 0);
}

static void unlock(Log *log)
{
    CHECK(pthread_mutex_unlock(&log->mutex) == 0);
}

static void unlock_changed(Log *log)
{
    CHECK(pthread_cond_broadcast(&log->changed) == 0);
    unlock(log);
}

static bool has_failed(const Log *log)
{
    return atomic_load(&log->failure) != STATUS_OK;
}

// The first failure is the one that is told.
static void fail(Log *log, Status status)
{
    uint32_t none = STATUS_OK;
    lock(log);
    (void)atomic_compare_exchange_strong(&log->failure, &none, status);
    unlock_changed(log);
}

static void tell(const Log *log)
{
    if (log->options.on_safe)
        log->options.on_safe(log->options.context);
}

// ---- hashing ----

static Status hash_batch(Log *log, const Batch *batch)
{
    Str rest = {batch->at, batch->len};
    while (rest.len > 0) {
        size_t size;
        TRY(tree_add(&log->growing, log->hasher, record_leaf(rest, &size)));
        rest = str_slice(rest, size, rest.len);
    }
    Digest root = {{0}};
    bool is_checkpoint = log->growing.size - log->checkpointed >= LOG_CHECKPOINT_EVERY;
    if (is_checkpoint)
        TRY(tree_root(&log->growing, log->hasher, &root));
    lock(log);
    log->tree = log->growing;
    if (is_checkpoint) {
        Buf out = buf_fixed(log->checkpoint, sizeof log->checkpoint);
        buf_u64le(&out, log->tree.size);
        buf_bytes(&out, root.bytes, DIGEST_SIZE);
        log->checkpointed = log->tree.size;
        atomic_store(&log->has_checkpoint, true);
    }
    unlock_changed(log);
    return STATUS_OK;
}

// Brings to the disk what is only with the system, beside the writing.
static Status sync_behind(Log *log)
{
    const Disk *disk = &log->options.disk;
    int64_t now = os_monotonic_clock();
    if (now - log->synced_at < PATIENCE)
        return STATUS_OK;
    log->synced_at = now;
    lock(log);
    int file = log->writer.file;
    uint64_t written = atomic_load(&log->written);
    bool is_due = written > atomic_load(&log->durable);
    log->is_syncing = is_due;
    unlock(log);
    Status status = is_due ? disk->calls->sync(disk, file) : STATUS_OK;
    lock(log);
    log->is_syncing = false;
    if (is_due && status == STATUS_OK)
        atomic_store(&log->durable, written);
    unlock_changed(log);
    return status;
}

static void *hash_all(void *context)
{
    Log *log = context;
    bool is_behind = log->options.mode == LOG_BUFFERED;
    Gathered gathered = GATHERED_NOTHING;
    os_give_way();
    while (gathered != GATHERED_END && !has_failed(log)) {
        Batch batch;
        (void)gather_wait(&log->unhashed, PATIENCE);
        gathered = gather_take(&log->unhashed, &batch);
        Status status =
            gathered == GATHERED_BATCH ? hash_batch(log, &batch) : STATUS_OK;
        if (status == STATUS_OK && is_behind)
            status = sync_behind(log);
        if (status != STATUS_OK) {
            fail(log, status);
            tell(log);
        }
    }
    return NULL;
}

// ---- writing ----

static Status begin_segment(Log *log, uint64_t number, const Tree *tree)
{
    TRY(writer_begin_segment(&log->writer, number, tree, log->writer_hasher));
    atomic_store(&log->durable, log->writer.durable);
    atomic_store(&log->segment, number);
    return STATUS_OK;
}

// The next segment begins with the tree of all records before it.
static Status rotate(Log *log)
{
    Status status = STATUS_IO;
    gather_wake(&log->unhashed);
    lock(log);
    while ((log->tree.size < log->writer.next || log->is_syncing) && !has_failed(log))
        CHECK(pthread_cond_wait(&log->changed, &log->mutex) == 0);
    if (!has_failed(log))
        status = begin_segment(log, log->writer.segment + 1, &log->tree);
    unlock(log);
    return status;
}

// Gives what was written to the hashing thread; waits if it is far behind.
static void pass_on(Log *log, const Batch *batch)
{
    char *to = gather_begin(&log->unhashed, batch->len);
    while (!to && !has_failed(log)) {
        gather_wake(&log->unhashed);
        lock(log);
        if (log->tree.size < log->writer.next - batch->count)
            CHECK(pthread_cond_wait(&log->changed, &log->mutex) == 0);
        unlock(log);
        to = gather_begin(&log->unhashed, batch->len);
    }
    if (!to)
        return;
    memcpy(to, batch->at, batch->len);
    gather_end(&log->unhashed);
    if (gather_len(&log->unhashed) >= HASHED_AT_ONCE)
        gather_wake(&log->unhashed);
}

static Status write_batch(Log *log, const Batch *batch)
{
    Writer *writer = &log->writer;
    if (!writer_has_room(writer, batch->len))
        TRY(rotate(log));
    writer->durable = atomic_load(&log->durable);
    TRY(writer_write(writer, batch->at, batch->len, batch->count));
    atomic_store(&log->written, writer->next);
    if (log->options.mode == LOG_DURABLE) {
        TRY(writer_sync(writer));
        atomic_store(&log->durable, writer->durable);
    }
    lock(log);
    atomic_store(&log->safe, writer->next);
    unlock_changed(log);
    return STATUS_OK;
}

static void write_or_fail(Log *log, const Batch *batch)
{
    Status status = write_batch(log, batch);
    if (status != STATUS_OK)
        fail(log, status);
    tell(log);
}

static void *write_all(void *context)
{
    Log *log = context;
    Gathered gathered = GATHERED_NOTHING;
    while (gathered != GATHERED_END && !has_failed(log)) {
        Batch batch;
        if (!gather_wait(&log->pending, PATIENCE))
            continue;
        CHECK(pthread_mutex_lock(&log->writing) == 0);
        gathered = gather_take(&log->pending, &batch);
        if (gathered == GATHERED_BATCH) {
            write_or_fail(log, &batch);
            batch.at += GROUP_HEAD;
            pass_on(log, &batch);
        }
        CHECK(pthread_mutex_unlock(&log->writing) == 0);
    }
    return NULL;
}

// A write to the system takes less time than waking a thread. But a segment is begun,
// and the hashing thread waited for, by the writing thread: false if that is due, or it
// is writing.
static bool write_here(Log *log)
{
    Batch batch;
    if (pthread_mutex_trylock(&log->writing) != 0)
        return false;
    size_t len = gather_len(&log->pending);
    bool is_short =
        writer_has_room(&log->writer, len) && gather_has_room(&log->unhashed, len);
    if (is_short && gather_take(&log->pending, &batch) == GATHERED_BATCH) {
        Status status = write_batch(log, &batch);
        batch.at += GROUP_HEAD;
        if (status == STATUS_OK) {
            pass_on(log, &batch);
        } else {
            fail(log, status);
            tell(log);
        }
    }
    CHECK(pthread_mutex_unlock(&log->writing) == 0);
    return is_short;
}

// What the threads would do.
static void write_inline(Log *log)
{
    Batch batch;
    if (has_failed(log) || gather_take(&log->pending, &batch) != GATHERED_BATCH)
        return;
    write_or_fail(log, &batch);
    batch.at += GROUP_HEAD;
    Status status = has_failed(log) ? STATUS_OK : hash_batch(log, &batch);
    if (status != STATUS_OK)
        fail(log, status);
}

// ---- open and close ----

static Status init_parts(Log *log)
{
    TRY(hasher_new(&log->hasher));
    TRY(hasher_new(&log->writer_hasher));
    uint64_t room = log->options.segment_size - LOG_HEAD_SIZE - GROUP_HEAD;
    size_t size = room < LOG_GATHERED_MAX ? (size_t)room : LOG_GATHERED_MAX;
    TRY(gather_init(&log->pending, size, GROUP_HEAD));
    Status status = gather_init(&log->unhashed, (size_t)2 * LOG_GATHERED_MAX, 0);
    if (status != STATUS_OK)
        gather_free(&log->pending);
    return status;
}

static void free_parts(Log *log)
{
    hasher_free(log->hasher);
    hasher_free(log->writer_hasher);
    free(log);
}

static void stop_threads(Log *log)
{
    gather_close(&log->pending);
    if (log->thread_count > 0)
        CHECK(pthread_join(log->threads[0], NULL) == 0);
    gather_close(&log->unhashed);
    if (log->thread_count > 1)
        CHECK(pthread_join(log->threads[1], NULL) == 0);
}

static Status start_threads(Log *log)
{
    static void *(*const MAINS[])(void *) = {write_all, hash_all};
    while (!log->options.is_inline && log->thread_count < 2) {
        int i = log->thread_count;
        int error = pthread_create(&log->threads[i], NULL, MAINS[i], log);
        if (error != 0) {
            stop_threads(log);
            return os_status(error);
        }
        log->thread_count++;
    }
    return STATUS_OK;
}

static Status start(Log *log, const LogEnd *end)
{
    CHECK(pthread_mutex_init(&log->mutex, NULL) == 0);
    CHECK(pthread_mutex_init(&log->writing, NULL) == 0);
    CHECK(pthread_cond_init(&log->changed, NULL) == 0);
    TRY(begin_segment(log, end->segment, &end->tree));
    Status status = start_threads(log);
    if (status != STATUS_OK)
        log->options.disk.calls->close(&log->options.disk, log->writer.file);
    return status;
}

static void free_started(Log *log)
{
    CHECK(pthread_cond_destroy(&log->changed) == 0);
    CHECK(pthread_mutex_destroy(&log->writing) == 0);
    CHECK(pthread_mutex_destroy(&log->mutex) == 0);
    gather_free(&log->pending);
    gather_free(&log->unhashed);
    free_parts(log);
}

Status log_open(const LogOptions *options, const LogEnd *end, Log **out)
{
    CHECK(options->segment_size >= LOG_SEGMENT_MIN);
    Log *log = calloc(1, sizeof *log);
    ENSURE(log, STATUS_MEMORY);
    log->options = *options;
    log->id = end->id;
    log->next = end->tree.size;
    log->tree = log->growing = end->tree;
    log->checkpointed = end->tree.size;
    log->writer = (Writer){.disk = &log->options.disk,
                           .id = end->id,
                           .segment_size = options->segment_size,
                           .fills_ahead = options->mode == LOG_DURABLE,
                           .file = -1,
                           .durable = end->tree.size};
    atomic_store(&log->written, end->tree.size);
    atomic_store(&log->safe, end->tree.size);
    Status status = init_parts(log);
    if (status != STATUS_OK) {
        free_parts(log);
        return status;
    }
    status = start(log, end);
    if (status != STATUS_OK) {
        free_started(log);
        return status;
    }
    *out = log;
    return STATUS_OK;
}

// A group of no records says that all before it are on the disk.
static Status write_end(Log *log)
{
    char group[GROUP_HEAD];
    TRY(writer_sync(&log->writer));
    TRY(writer_write(&log->writer, group, 0, 0));
    return writer_sync(&log->writer);
}

void log_close(Log *log)
{
    if (log->options.is_inline)
        write_inline(log);
    stop_threads(log);
    if (!has_failed(log))
        (void)write_end(log); // nothing that was promised depends on it
    log->options.disk.calls->close(&log->options.disk, log->writer.file);
    free_started(log);
}

// ---- appending ----

static bool append(Log *log, const LogRecord *record)
{
    char *to = gather_begin(&log->pending, record_size(record->payload.len));
    if (!to)
        return false;
    record_write(log->id, record, to);
    gather_end(&log->pending);
    log->next++;
    return true;
}

// The mutex may be held while a segment begins: then it is for later.
static void append_checkpoint(Log *log, Moment at)
{
    char payload[LOG_CHECKPOINT_SIZE];
    if (!atomic_load(&log->has_checkpoint) || pthread_mutex_trylock(&log->mutex) != 0)
        return;
    memcpy(payload, log->checkpoint, sizeof payload);
    atomic_store(&log->has_checkpoint, false);
    unlock(log);
    LogRecord record = {.index = log->next,
                        .at = at,
                        .kind = LOG_CHECKPOINT,
                        .payload = {payload, sizeof payload}};
    (void)append(log, &record);
}

bool log_append(Log *log, Moment at, LogKind kind, Str payload, uint64_t *index)
{
    if (has_failed(log))
        return false;
    append_checkpoint(log, at);
    LogRecord record = {.index = log->next, .at = at, .kind = kind, .payload = payload};
    if (!append(log, &record))
        return false;
    *index = record.index;
    return true;
}

void log_commit(Log *log)
{
    bool is_brief = log->options.mode == LOG_BUFFERED && log->thread_count > 0;
    if (!is_brief || has_failed(log) || !write_here(log))
        gather_wake(&log->pending);
}

Status log_sync(Log *log)
{
    if (log->options.is_inline)
        write_inline(log);
    log_commit(log);
    lock(log);
    while (atomic_load(&log->safe) < log->next && !has_failed(log))
        CHECK(pthread_cond_wait(&log->changed, &log->mutex) == 0);
    unlock(log);
    return has_failed(log) ? STATUS_IO : STATUS_OK;
}

// ---- how it stands ----

uint64_t log_safe(const Log *log)
{
    return atomic_load(&log->safe);
}

Status log_failure(const Log *log)
{
    return (Status)atomic_load(&log->failure);
}

uint64_t log_segment(const Log *log)
{
    return atomic_load(&log->segment);
}
