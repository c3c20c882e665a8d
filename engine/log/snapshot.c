// SPDX-License-Identifier: Apache-2.0
#include "engine/log/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/reader.h"
#include "engine/state/save.h"

enum { PIECE = 1 << 20, SYNC_EVERY = 8 << 20, LENGTH_SIZE = 4 };
_Static_assert(PIECE > SAVED_MAX + LENGTH_SIZE, "a piece holds any entry");
static const char ASIDE[] = "snapshot.new";

typedef struct Search {
    uint64_t most, found;
} Search;

static void match(void *context, const char *name)
{
    Search *search = context;
    uint64_t number;
    if (log_number(LOG_SNAPSHOT, name, &number) && number <= search->most &&
        number > search->found)
        search->found = number;
}

Status snapshot_find(const Disk *disk, uint64_t most, uint64_t *out)
{
    Search search = {most, 0};
    TRY(disk->calls->list(disk, match, &search));
    *out = search.found;
    return STATUS_OK;
}

uint64_t snapshot_size(const Disk *disk, uint64_t number)
{
    char name[LOG_NAME_SIZE];
    uint64_t size = 0;
    int file;
    log_name(LOG_SNAPSHOT, number, name);
    if (disk->calls->open(disk, name, &file, &size) != STATUS_OK)
        return 0;
    disk->calls->close(disk, file);
    return size;
}

// ---- writing ----

typedef struct SnapshotWriter {
    const Disk *disk;
    Hasher *hasher;
    int file;
    uint64_t offset, synced;
    Buf piece;
} SnapshotWriter;

// Little by little: one large sync would hold up those of the log.
static Status sync_some(SnapshotWriter *writer)
{
    if (writer->offset - writer->synced < SYNC_EVERY)
        return STATUS_OK;
    writer->synced = writer->offset;
    return writer->disk->calls->sync(writer->disk, writer->file);
}

static Status flush(SnapshotWriter *writer)
{
    Str bytes = buf_view(&writer->piece);
    TRY(hasher_add(writer->hasher, bytes));
    TRY(writer->disk->calls->write(writer->disk, writer->file, writer->offset, bytes));
    writer->offset += bytes.len;
    buf_clear(&writer->piece);
    return sync_some(writer);
}

static Status put_entry(void *context, Str entry)
{
    SnapshotWriter *writer = context;
    if (writer->piece.len + LENGTH_SIZE + entry.len > PIECE)
        TRY(flush(writer));
    buf_u32le(&writer->piece, (uint32_t)entry.len);
    buf_str(&writer->piece, entry);
    return STATUS_OK;
}

static Status write_file(SnapshotWriter *writer, const LogHead *head,
                         const State *state)
{
    char bytes[LOG_HEAD_SIZE];
    Digest digest;
    TRY(log_write_head(LOG_SNAPSHOT, head, writer->hasher, bytes));
    buf_bytes(&writer->piece, bytes, sizeof bytes);
    TRY(state_save(state, head->last, put_entry, writer));
    TRY(flush(writer));
    buf_u32le(&writer->piece, 0);
    TRY(flush(writer));
    TRY(hasher_finish(writer->hasher, &digest));
    Str end = {(const char *)digest.bytes, DIGEST_SIZE};
    TRY(writer->disk->calls->write(writer->disk, writer->file, writer->offset, end));
    return writer->disk->calls->sync(writer->disk, writer->file);
}

Status snapshot_write(const Disk *disk, const LogHead *head, Hasher *hasher,
                      const State *state)
{
    SnapshotWriter writer = {.disk = disk, .hasher = hasher};
    char *memory = malloc(PIECE);
    ENSURE(memory, STATUS_MEMORY);
    writer.piece = buf_fixed(memory, PIECE);
    Status status = disk->calls->create(disk, ASIDE, 0, &writer.file);
    if (status == STATUS_OK) {
        status = write_file(&writer, head, state);
        disk->calls->close(disk, writer.file);
    }
    free(memory);
    TRY(status);
    char name[LOG_NAME_SIZE];
    log_name(LOG_SNAPSHOT, head->number, name);
    TRY(disk->calls->rename(disk, ASIDE, name));
    return disk->calls->sync_names(disk);
}

// ---- reading ----

typedef struct SnapshotReader {
    const Disk *disk;
    Hasher *hasher;
    int file;
    uint64_t size; // of the file
    char *piece;
} SnapshotReader;

static Status read_piece(const SnapshotReader *reader, uint64_t offset, size_t len)
{
    return reader->disk->calls->read(reader->disk, reader->file, offset, reader->piece,
                                     len);
}

static Status check_hash(const SnapshotReader *reader)
{
    ENSURE(reader->size >= LOG_HEAD_SIZE + LENGTH_SIZE + DIGEST_SIZE, STATUS_MALFORMED);
    uint64_t hashed = reader->size - DIGEST_SIZE;
    for (uint64_t at = 0; at < hashed;) {
        size_t len = hashed - at < PIECE ? (size_t)(hashed - at) : PIECE;
        TRY(read_piece(reader, at, len));
        TRY(hasher_add(reader->hasher, (Str){reader->piece, len}));
        at += len;
    }
    Digest digest;
    TRY(hasher_finish(reader->hasher, &digest));
    TRY(read_piece(reader, hashed, DIGEST_SIZE));
    ENSURE(memcmp(digest.bytes, reader->piece, DIGEST_SIZE) == 0, STATUS_MALFORMED);
    return STATUS_OK;
}

static Status take_entry(Reader *piece, Str *out)
{
    uint32_t len;
    TRY(reader_u32le(piece, &len));
    return reader_bytes(piece, len, out);
}

// Gives every entry, in order, to state_load or state_link.
static Status each_entry(const SnapshotReader *reader, State *state,
                         Status (*take)(State *state, Str entry))
{
    uint64_t at = LOG_HEAD_SIZE, end = reader->size - DIGEST_SIZE;
    for (;;) {
        size_t len = end - at < PIECE ? (size_t)(end - at) : PIECE;
        TRY(read_piece(reader, at, len));
        Reader piece = reader_over((Str){reader->piece, len});
        Str entry;
        TRY(take_entry(&piece, &entry));
        do {
            if (entry.len == 0)
                return STATUS_OK;
            TRY(take(state, entry));
            at += LENGTH_SIZE + entry.len;
        } while (take_entry(&piece, &entry) == STATUS_OK);
    }
}

static Status read_file(const SnapshotReader *reader, State *state, LogHead *out)
{
    TRY(check_hash(reader));
    TRY(read_piece(reader, 0, LOG_HEAD_SIZE));
    Str bytes = {reader->piece, LOG_HEAD_SIZE};
    TRY(log_read_head(LOG_SNAPSHOT, bytes, reader->hasher, out));
    TRY(each_entry(reader, state, state_load));
    return each_entry(reader, state, state_link);
}

Status snapshot_read(const Disk *disk, uint64_t number, Hasher *hasher, State *state,
                     LogHead *out)
{
    SnapshotReader reader = {.disk = disk, .hasher = hasher};
    char name[LOG_NAME_SIZE];
    log_name(LOG_SNAPSHOT, number, name);
    TRY(disk->calls->open(disk, name, &reader.file, &reader.size));
    reader.piece = malloc(PIECE);
    Status status = reader.piece ? read_file(&reader, state, out) : STATUS_MEMORY;
    free(reader.piece);
    disk->calls->close(disk, reader.file);
    return status;
}
