// SPDX-License-Identifier: Apache-2.0
#include "engine/log/replay.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/reader.h"
#include "engine/log/segment.h"

// ---- which there are ----

typedef struct Range {
    uint64_t first, last;
} Range;

static void widen(void *context, const char *name)
{
    Range *range = context;
    uint64_t number;
    if (!log_number(LOG_SEGMENT, name, &number))
        return;
    if (range->last == 0 || number < range->first)
        range->first = number;
    if (number > range->last)
        range->last = number;
}

Status replay_find(const Disk *disk, uint64_t *first, uint64_t *last)
{
    Range range = {0, 0};
    TRY(disk->calls->list(disk, widen, &range));
    *first = range.first;
    *last = range.last;
    return STATUS_OK;
}

// ---- one segment ----

typedef struct Opened {
    const Disk *disk;
    uint64_t number;
    int file;
    Str bytes;
} Opened;

static Status read_whole(Opened *opened, uint64_t size)
{
    char *bytes = malloc(size + 1);
    ENSURE(bytes, STATUS_MEMORY);
    Status status =
        opened->disk->calls->read(opened->disk, opened->file, 0, bytes, size);
    if (status == STATUS_OK)
        opened->bytes = (Str){bytes, size};
    else
        free(bytes);
    return status;
}

static void close_segment(Opened *opened)
{
    opened->disk->calls->close(opened->disk, opened->file);
    free((void *)(uintptr_t)opened->bytes.at);
}

static Status open_segment(const Disk *disk, uint64_t number, Opened *out)
{
    char name[LOG_NAME_SIZE];
    uint64_t size;
    Opened opened = {.disk = disk, .number = number};
    log_name(LOG_SEGMENT, number, name);
    TRY(disk->calls->open(disk, name, &opened.file, &size));
    Status status = read_whole(&opened, size);
    if (status != STATUS_OK) {
        disk->calls->close(disk, opened.file);
        return status;
    }
    *out = opened;
    return STATUS_OK;
}

static Status refuse(Buf *why, uint64_t segment, size_t offset, uint64_t index,
                     Status status, const char *what)
{
    char name[LOG_NAME_SIZE];
    log_name(LOG_SEGMENT, segment, name);
    buf_printf(why, "%s, offset %zu, record %llu: %s", name, offset,
               (unsigned long long)index, what);
    return status;
}

static bool is_same_tree(const Tree *a, const Tree *b)
{
    return a->size == b->size &&
           memcmp(a->frontier, b->frontier, sizeof a->frontier) == 0;
}

// The head must continue what was read so far.
static Status check_head(const Replay *replay, const Opened *opened, const LogEnd *end,
                         LogHead *out, Buf *why)
{
    uint64_t next = end->tree.size;
    Status status = log_read_head(LOG_SEGMENT, opened->bytes, replay->hasher, out);
    if (status != STATUS_OK)
        return refuse(why, opened->number, 0, next, status, status_text(status));
    const char *what = NULL;
    if (out->number != opened->number)
        what = "is another segment";
    else if (memcmp(&out->id, &end->id, sizeof out->id) != 0)
        what = "is of another log";
    else if (out->tree.size > next)
        what = "begins later than what was read before it ends: records are lost";
    else if (!is_same_tree(&out->tree, &end->tree))
        what = "does not continue the records before it";
    return what ? refuse(why, opened->number, 0, next, STATUS_MALFORMED, what)
                : STATUS_OK;
}

// The next checkpoint of the segment, and the root that it must have. The tree can't go
// back, so which size it is about is known before that is reached.
typedef struct Ahead {
    SegmentReader reader; // behind it
    uint64_t from;        // size of the tree when it was looked for
    uint64_t size;        // that it is about
    Digest root;
} Ahead;

static bool read_checkpoint(const LogRecord *record, uint64_t *size, Digest *root)
{
    Reader reader = reader_over(record->payload);
    Str bytes;
    if (record->payload.len != LOG_CHECKPOINT_SIZE ||
        reader_u64le(&reader, size) != STATUS_OK ||
        reader_bytes(&reader, DIGEST_SIZE, &bytes) != STATUS_OK)
        return false;
    memcpy(root->bytes, bytes.at, DIGEST_SIZE);
    return *size <= record->index;
}

static Status note_root(const Replay *replay, const Tree *tree, Ahead *ahead)
{
    return tree->size == ahead->size ? tree_root(tree, replay->hasher, &ahead->root)
                                     : STATUS_OK;
}

static Status look_ahead(const Replay *replay, const Tree *tree, Ahead *ahead)
{
    LogRecord record;
    Digest claimed;
    ahead->from = tree->size;
    ahead->size = UINT64_MAX;
    while (segment_next(&ahead->reader, &record) == SEGMENT_RECORD)
        if (record.kind == LOG_CHECKPOINT) {
            (void)read_checkpoint(&record, &ahead->size, &claimed);
            break;
        }
    return note_root(replay, tree, ahead);
}

// One that is about what was before the segment, or the last checkpoint, isn't
// compared: that much was already.
static const char *check_checkpoint(const LogRecord *record, const Ahead *ahead)
{
    uint64_t size;
    Digest root;
    if (!read_checkpoint(record, &size, &root))
        return "is no checkpoint";
    if (size < ahead->from || memcmp(root.bytes, ahead->root.bytes, DIGEST_SIZE) == 0)
        return NULL;
    return "is a checkpoint of other records";
}

static const char *check_kind(const LogRecord *record, const Ahead *ahead)
{
    switch (record->kind) {
    case LOG_CHECKPOINT:
        return check_checkpoint(record, ahead);
    case LOG_CHANGES:
        return NULL;
    }
    return "is of a kind that isn't known";
}

static Status take_record(const Replay *replay, const LogRecord *record, Ahead *ahead,
                          LogEnd *end)
{
    TRY(tree_add(&end->tree, replay->hasher, record->leaf));
    TRY(note_root(replay, &end->tree, ahead));
    if (record->kind == LOG_CHECKPOINT)
        TRY(look_ahead(replay, &end->tree, ahead));
    end->last = record->at;
    return replay->visit(replay->context, record);
}

static Status take_records(const Replay *replay, SegmentReader *reader,
                           const Opened *opened, LogEnd *end, SegmentFound *found,
                           Buf *why)
{
    LogRecord record;
    Ahead ahead = {.reader = *reader};
    size_t at = reader->at;
    TRY(look_ahead(replay, &end->tree, &ahead));
    while ((*found = segment_next(reader, &record)) == SEGMENT_RECORD) {
        const char *wrong = check_kind(&record, &ahead);
        if (wrong)
            return refuse(why, opened->number, at, record.index, STATUS_MALFORMED,
                          wrong);
        Status status = take_record(replay, &record, &ahead, end);
        if (status != STATUS_OK)
            return refuse(why, opened->number, at, record.index, status,
                          status_text(status));
        at = reader->at;
    }
    return STATUS_OK;
}

// Where the records begin of which no mark says that they were on the disk.
static size_t find_unsynced(const LogHead *head, Str bytes, uint64_t durable)
{
    SegmentReader reader = segment_reader(head, bytes);
    LogRecord record;
    while (reader.next < durable && segment_next(&reader, &record) == SEGMENT_RECORD) {
    }
    return reader.at;
}

// What was read is on the disk afterwards. After a sync that failed, the system may
// hold for synced what isn't, unless it is written again. What is behind the last group
// goes: nothing may stand there when it is read again.
static Status secure(const Opened *opened, const LogHead *head,
                     const SegmentReader *reader)
{
    const Disk *disk = opened->disk;
    size_t from = find_unsynced(head, opened->bytes, reader->durable);
    Str unsynced = str_slice(opened->bytes, from, reader->at);
    TRY(disk->calls->write(disk, opened->file, from, unsynced));
    if (reader->at < opened->bytes.len)
        TRY(disk->calls->cut(disk, opened->file, reader->at));
    return disk->calls->sync(disk, opened->file);
}

static Status replay_segment(const Replay *replay, const Opened *opened, bool is_last,
                             LogEnd *end, Buf *why)
{
    LogHead head;
    SegmentFound found;
    TRY(check_head(replay, opened, end, &head, why));
    SegmentReader reader = segment_reader(&head, opened->bytes);
    TRY(take_records(replay, &reader, opened, end, &found, why));
    bool is_torn = is_last && segment_durable(&reader) <= reader.next;
    if (found == SEGMENT_BAD && !is_torn)
        return refuse(why, opened->number, reader.at, reader.next, STATUS_MALFORMED,
                      "is not what was written, and was on the disk");
    return is_last ? secure(opened, &head, &reader) : STATUS_OK;
}

// ---- all of them ----

Status replay_run(const Replay *replay, LogEnd *end, Buf *why)
{
    uint64_t first, last;
    TRY(replay_find(replay->disk, &first, &last));
    if (replay->until != 0 && last >= replay->until)
        last = replay->until - 1;
    for (; end->segment <= last; end->segment++) {
        bool is_last = replay->until == 0 && end->segment == last;
        Opened opened;
        Status status = open_segment(replay->disk, end->segment, &opened);
        if (status != STATUS_OK)
            return refuse(why, end->segment, 0, end->tree.size, status,
                          status_text(status));
        status = replay_segment(replay, &opened, is_last, end, why);
        close_segment(&opened);
        TRY(status);
    }
    return STATUS_OK;
}
