// SPDX-License-Identifier: Apache-2.0
#include "engine/log/writer.h"

static const char ASIDE[] = "segment.new";
enum { FILL_STEP = 64 << 10, FILL_AHEAD = 1 << 20 };

bool writer_has_room(const Writer *writer, size_t size)
{
    return writer->file >= 0 &&
           writer->offset + GROUP_HEAD + size <= writer->segment_size;
}

Status writer_sync(Writer *writer)
{
    TRY(writer->disk->calls->sync(writer->disk, writer->file));
    writer->durable = writer->next;
    return STATUS_OK;
}

static Status fill_new_file(const Writer *writer, int file, const char *head,
                            uint64_t number)
{
    const DiskCalls *calls = writer->disk->calls;
    char name[LOG_NAME_SIZE];
    log_name(LOG_SEGMENT, number, name);
    TRY(calls->write(writer->disk, file, 0, (Str){head, LOG_HEAD_SIZE}));
    TRY(calls->sync(writer->disk, file));
    TRY(calls->rename(writer->disk, ASIDE, name));
    return calls->sync_names(writer->disk);
}

Status writer_begin_segment(Writer *writer, uint64_t number, const Tree *tree,
                            Hasher *hasher)
{
    const Disk *disk = writer->disk;
    LogHead head = {.number = number, .id = writer->id, .tree = *tree};
    char bytes[LOG_HEAD_SIZE];
    int file = -1;
    if (writer->file >= 0)
        TRY(writer_sync(writer));
    TRY(log_write_head(LOG_SEGMENT, &head, hasher, bytes));
    TRY(disk->calls->create(disk, ASIDE, writer->segment_size, &file));
    Status status = fill_new_file(writer, file, bytes, number);
    if (status != STATUS_OK) {
        disk->calls->close(disk, file);
        return status;
    }
    if (writer->file >= 0)
        disk->calls->close(disk, writer->file);
    writer->file = file;
    writer->segment = number;
    writer->offset = writer->filled = LOG_HEAD_SIZE;
    writer->next = tree->size;
    return STATUS_OK;
}

static Status fill_ahead(Writer *writer)
{
    static const char ZEROS[FILL_STEP] = {0};
    uint64_t end = writer->offset + FILL_AHEAD;
    if (end > writer->segment_size)
        end = writer->segment_size;
    writer->filled = writer->offset;
    while (writer->filled < end) {
        uint64_t left = end - writer->filled;
        Str zeros = {ZEROS, left < FILL_STEP ? (size_t)left : FILL_STEP};
        TRY(writer->disk->calls->write(writer->disk, writer->file, writer->filled,
                                       zeros));
        writer->filled += zeros.len;
    }
    return STATUS_OK;
}

Status writer_write(Writer *writer, char *group, size_t size, uint32_t count)
{
    GroupHead head = {.size = (uint32_t)size,
                      .count = count,
                      .first = writer->next,
                      .durable = writer->durable};
    Str bytes = {group, GROUP_HEAD + size};
    group_write(writer->id, &head, group);
    TRY(writer->disk->calls->write(writer->disk, writer->file, writer->offset, bytes));
    writer->offset += bytes.len;
    writer->next += count;
    if (writer->fills_ahead && writer->offset > writer->filled)
        return fill_ahead(writer);
    return STATUS_OK;
}
