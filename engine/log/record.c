// SPDX-License-Identifier: Apache-2.0
#include "engine/log/record.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/reader.h"

enum { CHECK_SIZE = 8 };

size_t record_size(size_t payload)
{
    size_t padding = (0 - payload) % RECORD_ALIGNMENT;
    return RECORD_HEAD + payload + padding;
}

static uint64_t check_of(LogId id, const char *at, size_t len)
{
    return str_hash((Str){at + CHECK_SIZE, len - CHECK_SIZE}, id.word);
}

static void put_check(LogId id, char *at, size_t len)
{
    Buf out = buf_fixed(at, CHECK_SIZE);
    buf_u64le(&out, check_of(id, at, len));
}

void record_write(LogId id, const LogRecord *record, char *to)
{
    size_t size = record_size(record->payload.len);
    Buf out = buf_fixed(to + CHECK_SIZE, size - CHECK_SIZE);
    CHECK(record->payload.len <= PAYLOAD_MAX);
    buf_u32le(&out, (uint32_t)record->payload.len);
    buf_u16le(&out, (uint16_t)record->kind);
    buf_u16le(&out, 0);
    buf_u64le(&out, record->index);
    buf_u64le(&out, (uint64_t)record->at.wall);
    buf_u64le(&out, (uint64_t)record->at.tick);
    buf_str(&out, record->payload);
    buf_fill(&out, '\0', size - CHECK_SIZE - out.len);
    CHECK(!out.failed);
    put_check(id, to, size);
}

static Status read_fields(Reader *reader, uint64_t *check, LogRecord *out)
{
    uint16_t kind, zero;
    uint32_t len;
    uint64_t wall, tick;
    TRY(reader_u64le(reader, check));
    TRY(reader_u32le(reader, &len));
    TRY(reader_u16le(reader, &kind));
    TRY(reader_u16le(reader, &zero));
    TRY(reader_u64le(reader, &out->index));
    TRY(reader_u64le(reader, &wall));
    TRY(reader_u64le(reader, &tick));
    ENSURE(len <= PAYLOAD_MAX, STATUS_MALFORMED);
    out->kind = (LogKind)kind;
    out->at = (Moment){.wall = (int64_t)wall, .tick = (int64_t)tick};
    TRY(reader_bytes(reader, len, &out->payload));
    return reader_skip(reader, record_size(len) - RECORD_HEAD - len);
}

bool record_read(LogId id, Str bytes, LogRecord *out, size_t *size)
{
    Reader reader = reader_over(bytes);
    uint64_t check;
    LogRecord record;
    if (read_fields(&reader, &check, &record) != STATUS_OK)
        return false;
    *size = bytes.len - reader.left;
    if (check != check_of(id, bytes.at, *size))
        return false;
    record.leaf = str_slice(bytes, CHECK_SIZE, RECORD_HEAD + record.payload.len);
    *out = record;
    return true;
}

Str record_leaf(Str bytes, size_t *size)
{
    Reader reader = reader_over(str_slice(bytes, CHECK_SIZE, bytes.len));
    uint32_t len;
    CHECK(reader_u32le(&reader, &len) == STATUS_OK && len <= PAYLOAD_MAX);
    *size = record_size(len);
    CHECK(*size <= bytes.len);
    return str_slice(bytes, CHECK_SIZE, RECORD_HEAD + len);
}

void group_write(LogId id, const GroupHead *head, char to[GROUP_HEAD])
{
    Buf out = buf_fixed(to + CHECK_SIZE, GROUP_HEAD - CHECK_SIZE);
    buf_u32le(&out, head->size);
    buf_u32le(&out, head->count);
    buf_u64le(&out, head->first);
    buf_u64le(&out, head->durable);
    put_check(id, to, GROUP_HEAD);
}

bool group_read(LogId id, Str bytes, GroupHead *out)
{
    Reader reader = reader_over(bytes);
    uint64_t check;
    GroupHead head;
    if (bytes.len < GROUP_HEAD || reader_u64le(&reader, &check) != STATUS_OK ||
        reader_u32le(&reader, &head.size) != STATUS_OK ||
        reader_u32le(&reader, &head.count) != STATUS_OK ||
        reader_u64le(&reader, &head.first) != STATUS_OK ||
        reader_u64le(&reader, &head.durable) != STATUS_OK ||
        check != check_of(id, bytes.at, GROUP_HEAD))
        return false;
    *out = head;
    return true;
}
