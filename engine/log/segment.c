// SPDX-License-Identifier: Apache-2.0
#include "engine/log/segment.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/reader.h"

enum {
    HEAD_HASHED = SEGMENT_HEAD - DIGEST_SIZE,
    NUMBER_DIGITS = 20,
};
static const char MAGIC[] = "PVLOGSEG";
static const char SUFFIX[] = ".segment";

// ---- names ----

void segment_name(uint64_t number, char out[SEGMENT_NAME])
{
    Buf name = buf_fixed(out, SEGMENT_NAME);
    buf_printf(&name, "%0*llu%s", NUMBER_DIGITS, (unsigned long long)number, SUFFIX);
    CHECK(!name.failed);
}

bool segment_number(const char *name, uint64_t *out)
{
    char again[SEGMENT_NAME];
    uint64_t number = 0;
    for (int i = 0; i < NUMBER_DIGITS; i++) {
        if (name[i] < '0' || name[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(name[i] - '0');
    }
    segment_name(number, again);
    if (strcmp(name, again) != 0)
        return false;
    *out = number;
    return true;
}

// ---- heads ----

Status segment_write_head(const SegmentHead *head, Hasher *hasher,
                          char to[SEGMENT_HEAD])
{
    Buf out = buf_fixed(to, SEGMENT_HEAD);
    Digest digest;
    TRY(tree_root(&head->tree, hasher, &digest));
    buf_c(&out, MAGIC);
    buf_u32le(&out, SEGMENT_VERSION);
    buf_u32le(&out, SEGMENT_HEAD);
    buf_u64le(&out, head->number);
    buf_u64le(&out, head->tree.size);
    buf_u64le(&out, head->id.word[0]);
    buf_u64le(&out, head->id.word[1]);
    buf_bytes(&out, digest.bytes, DIGEST_SIZE);
    for (int i = 0; i < TREE_HEIGHT; i++)
        buf_bytes(&out, head->tree.frontier[i].bytes, DIGEST_SIZE);
    buf_fill(&out, '\0', HEAD_HASHED - out.len);
    TRY(hasher_add(hasher, buf_view(&out)));
    TRY(hasher_finish(hasher, &digest));
    buf_bytes(&out, digest.bytes, DIGEST_SIZE);
    return STATUS_OK;
}

static Status read_digest(Reader *reader, Digest *out)
{
    Str bytes;
    TRY(reader_bytes(reader, DIGEST_SIZE, &bytes));
    memcpy(out->bytes, bytes.at, DIGEST_SIZE);
    return STATUS_OK;
}

static Status read_fields(Reader *reader, SegmentHead *out, Digest *root)
{
    Str magic;
    uint32_t version, size;
    TRY(reader_bytes(reader, sizeof MAGIC - 1, &magic));
    ENSURE(str_eq(magic, STR("PVLOGSEG")), STATUS_MALFORMED);
    TRY(reader_u32le(reader, &version));
    ENSURE(version == SEGMENT_VERSION, STATUS_UNSUPPORTED);
    TRY(reader_u32le(reader, &size));
    ENSURE(size == SEGMENT_HEAD, STATUS_MALFORMED);
    TRY(reader_u64le(reader, &out->number));
    TRY(reader_u64le(reader, &out->tree.size));
    TRY(reader_u64le(reader, &out->id.word[0]));
    TRY(reader_u64le(reader, &out->id.word[1]));
    TRY(read_digest(reader, root));
    for (int i = 0; i < TREE_HEIGHT; i++)
        TRY(read_digest(reader, &out->tree.frontier[i]));
    return STATUS_OK;
}

Status segment_read_head(Str bytes, Hasher *hasher, SegmentHead *out)
{
    Reader reader = reader_over(bytes);
    SegmentHead head;
    Digest root, digest;
    ENSURE(bytes.len >= SEGMENT_HEAD, STATUS_MALFORMED);
    TRY(read_fields(&reader, &head, &root));
    TRY(hasher_add(hasher, str_slice(bytes, 0, HEAD_HASHED)));
    TRY(hasher_finish(hasher, &digest));
    ENSURE(memcmp(digest.bytes, bytes.at + HEAD_HASHED, DIGEST_SIZE) == 0,
           STATUS_MALFORMED);
    TRY(tree_root(&head.tree, hasher, &digest));
    ENSURE(memcmp(digest.bytes, root.bytes, DIGEST_SIZE) == 0, STATUS_MALFORMED);
    *out = head;
    return STATUS_OK;
}

// ---- reading ----

SegmentReader segment_reader(const SegmentHead *head, Str bytes)
{
    return (SegmentReader){.id = head->id,
                           .bytes = bytes,
                           .at = SEGMENT_HEAD,
                           .group_end = SEGMENT_HEAD,
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
