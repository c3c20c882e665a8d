// SPDX-License-Identifier: Apache-2.0
#include "engine/log/segment.h"

SegmentReader segment_reader(const LogHead *head, Str bytes)
{
    return (SegmentReader){.id = head->id,
                           .bytes = bytes,
                           .at = LOG_HEAD_SIZE,
                           .group_end = LOG_HEAD_SIZE,
                           .next = head->tree.size};
}

static bool is_zero(Str bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.at[i] != 0)
            return false;
    return true;
}

// Whether all that the head of a group promises is there.
static bool holds(const SegmentReader *reader, const GroupHead *head)
{
    Str rest = str_slice(reader->bytes, reader->at + GROUP_HEAD, reader->bytes.len);
    if (head->first != reader->next || head->size > rest.len)
        return false;
    rest = str_slice(rest, 0, head->size);
    for (uint32_t i = 0; i < head->count; i++) {
        LogRecord record;
        size_t size;
        if (!record_read(reader->id, rest, &record, &size) ||
            record.index != head->first + i)
            return false;
        rest = str_slice(rest, size, rest.len);
    }
    return rest.len == 0;
}

static SegmentFound begin_group(SegmentReader *reader)
{
    GroupHead head;
    Str rest = str_slice(reader->bytes, reader->at, reader->bytes.len);
    if (is_zero(rest))
        return SEGMENT_END;
    if (!group_read(reader->id, rest, &head) || !holds(reader, &head))
        return SEGMENT_BAD;
    reader->at += GROUP_HEAD;
    reader->group_end = reader->at + head.size;
    if (head.durable > reader->durable)
        reader->durable = head.durable;
    return SEGMENT_RECORD;
}

SegmentFound segment_next(SegmentReader *reader, LogRecord *out)
{
    while (reader->at == reader->group_end) {
        SegmentFound found = begin_group(reader);
        if (found != SEGMENT_RECORD)
            return found;
    }
    size_t size;
    Str group = str_slice(reader->bytes, reader->at, reader->group_end);
    CHECK(record_read(reader->id, group, out, &size));
    reader->at += size;
    reader->next++;
    return SEGMENT_RECORD;
}

uint64_t segment_durable(const SegmentReader *reader)
{
    uint64_t durable = 0;
    for (size_t at = reader->at; at < reader->bytes.len; at += RECORD_ALIGNMENT) {
        GroupHead head;
        Str rest = str_slice(reader->bytes, at, reader->bytes.len);
        if (group_read(reader->id, rest, &head) && head.durable > durable)
            durable = head.durable;
    }
    return durable;
}
