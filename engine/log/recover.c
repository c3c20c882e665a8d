// SPDX-License-Identifier: Apache-2.0
#include "engine/log/recover.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/log/replay.h"
#include "engine/log/snapshot.h"

static const char SECRET[] = "secret";

// ---- which log it is ----

static Status make_secret(const Disk *disk, uint8_t out[SECRET_SIZE])
{
    uint64_t first, last, snapshot;
    TRY(replay_find(disk, &first, &last));
    TRY(snapshot_find(disk, UINT64_MAX, &snapshot));
    ENSURE(last == 0 && snapshot == 0, STATUS_NOT_FOUND);
    TRY(crypto_random(out, SECRET_SIZE));
    return disk_write_whole(disk, SECRET, (Str){(const char *)out, SECRET_SIZE});
}

Status recover_secret(const Disk *disk, uint8_t out[SECRET_SIZE])
{
    int file;
    uint64_t size;
    Status status = disk->calls->open(disk, SECRET, &file, &size);
    if (status == STATUS_NOT_FOUND)
        return make_secret(disk, out);
    TRY(status);
    status = size == SECRET_SIZE ? disk->calls->read(disk, file, 0, out, SECRET_SIZE)
                                 : STATUS_MALFORMED;
    disk->calls->close(disk, file);
    return status;
}

static LogId id_of(const uint8_t *secret)
{
    uint64_t key[2];
    LogId id;
    memcpy(key, secret, sizeof key);
    str_hash_128(STR("id of the log"), key, id.word);
    return id;
}

// ---- the state ----

// A state that lies in memory in another way than the one that served may be full
// sooner: then all that is over goes first.
static Status apply(void *context, const LogRecord *record)
{
    State *state = context;
    if (record->kind != LOG_CHANGES)
        return STATUS_OK;
    if (!state_prepare_over(state, record->at)) {
        (void)store_expire(&state->store, moment_second(record->at), UINT32_MAX);
        ENSURE(state_prepare_over(state, record->at), STATUS_LIMIT);
    }
    return state_apply(state, record->at, record->payload);
}

// The newest snapshot that is as it was written, of at most number `most`. A state that
// has none stays empty.
static Status load_newest(const Recovery *recovery, Hasher *hasher, uint64_t most,
                          State *state, LogEnd *end, Buf *why)
{
    uint64_t number;
    LogHead head;
    for (;; most = number - 1) {
        Status status = snapshot_find(recovery->disk, most, &number);
        if (status == STATUS_OK && number == 0)
            return STATUS_OK;
        if (status == STATUS_OK)
            status = snapshot_read(recovery->disk, number, hasher, state, &head);
        if (status == STATUS_OK)
            break;
        if (status != STATUS_MALFORMED || state->store.records > 0) {
            buf_printf(why, "snapshot %llu: %s", (unsigned long long)number,
                       status_text(status));
            return status;
        }
    }
    if (memcmp(&head.id, &end->id, sizeof head.id) != 0) {
        buf_printf(why, "snapshot %llu: is of another log", (unsigned long long)number);
        return STATUS_MALFORMED;
    }
    *end = (LogEnd){head.id, head.number, head.tree, head.last};
    return STATUS_OK;
}

static Status build(const Recovery *recovery, Hasher *hasher, uint64_t until,
                    State *state, LogEnd *end, Buf *why)
{
    uint64_t most = until == 0 ? UINT64_MAX : until, first, last;
    *end = (LogEnd){.id = id_of(recovery->secret), .segment = 1};
    TRY(load_newest(recovery, hasher, most, state, end, why));
    TRY(replay_find(recovery->disk, &first, &last));
    if (last < end->segment && end->segment > 1) {
        buf_printf(why, "segment %llu is missing, with which the snapshot goes on",
                   (unsigned long long)end->segment);
        return STATUS_NOT_FOUND;
    }
    Replay replay = {.disk = recovery->disk,
                     .hasher = hasher,
                     .until = until,
                     .visit = apply,
                     .context = state};
    return replay_run(&replay, end, why);
}

static Status recover(const Recovery *recovery, Hasher *hasher, uint64_t until,
                      State *state, LogEnd *end, Buf *why)
{
    Status status = state_init(state, recovery->limit, recovery->secret);
    if (status == STATUS_OK) {
        status = build(recovery, hasher, until, state, end, why);
        if (status == STATUS_OK)
            return STATUS_OK;
        state_free(state);
    }
    if (why->len == 0)
        buf_c(why, status_text(status));
    return status;
}

Status recover_state(const Recovery *recovery, State *state, LogEnd *end, Buf *why)
{
    Hasher *hasher;
    TRY(hasher_new(&hasher));
    Status status = recover(recovery, hasher, 0, state, end, why);
    hasher_free(hasher);
    return status;
}

// ---- compacting ----

typedef struct Old {
    const Disk *disk;
    LogFile file;
    uint64_t before; // files with smaller numbers go
    uint64_t lowest; // of them
} Old;

static void find_lowest(void *context, const char *name)
{
    Old *old = context;
    uint64_t number;
    if (log_number(old->file, name, &number) && number < old->lowest)
        old->lowest = number;
}

// Oldest first, so that what is left has no gap.
static Status remove_before(const Disk *disk, LogFile file, uint64_t before)
{
    for (;;) {
        Old old = {disk, file, before, before};
        char name[LOG_NAME_SIZE];
        TRY(disk->calls->list(disk, find_lowest, &old));
        if (old.lowest >= before)
            return STATUS_OK;
        log_name(file, old.lowest, name);
        TRY(disk->calls->remove(disk, name));
    }
}

// Segments since the older of the two snapshots that are kept stay, too: should the
// newer one be damaged, the older one is enough.
static Status remove_old(const Disk *disk, uint64_t until, uint64_t keep)
{
    uint64_t older;
    TRY(snapshot_find(disk, until - 1, &older));
    uint64_t before = until > keep ? until - keep : 1;
    TRY(remove_before(disk, LOG_SEGMENT, before < older ? before : older));
    TRY(remove_before(disk, LOG_SNAPSHOT, older));
    return disk->calls->sync_names(disk);
}

static Status compact(const Recovery *recovery, Hasher *hasher, uint64_t until,
                      uint64_t keep, Buf *why)
{
    State state;
    LogEnd end;
    TRY(recover(recovery, hasher, until, &state, &end, why));
    LogHead head = {.number = until, .id = end.id, .tree = end.tree, .last = end.last};
    // Segments up to there must have been read, or it would stand for what it lacks.
    Status status = end.segment == until
                        ? snapshot_write(recovery->disk, &head, hasher, &state)
                        : STATUS_NOT_FOUND;
    state_free(&state);
    if (status == STATUS_OK)
        status = remove_old(recovery->disk, until, keep);
    if (status != STATUS_OK)
        buf_printf(why, "snapshot %llu: %s", (unsigned long long)until,
                   status_text(status));
    return status;
}

Status recover_compact(const Recovery *recovery, uint64_t until, uint64_t keep,
                       Buf *why)
{
    Hasher *hasher;
    Status status = hasher_new(&hasher);
    if (status != STATUS_OK) {
        buf_c(why, status_text(status));
        return status;
    }
    status = compact(recovery, hasher, until, keep, why);
    hasher_free(hasher);
    return status;
}
