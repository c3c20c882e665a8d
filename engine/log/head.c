// SPDX-License-Identifier: Apache-2.0
#include "engine/log/head.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/reader.h"

enum {
    HEAD_HASHED = LOG_HEAD_SIZE - DIGEST_SIZE,
    NUMBER_DIGITS = 20,
    MAGIC_SIZE = 8,
};
static const struct {
    const char *magic;
    const char *suffix;
} FILES[] = {
    [LOG_SEGMENT] = {"PVLOGSEG", "segment"},
    [LOG_SNAPSHOT] = {"PVLOGSNP", "snapshot"},
};

// ---- names ----

void log_name(LogFile file, uint64_t number, char out[LOG_NAME_SIZE])
{
    Buf name = buf_fixed(out, LOG_NAME_SIZE);
    buf_printf(&name, "%0*llu.%s", NUMBER_DIGITS, (unsigned long long)number,
               FILES[file].suffix);
    CHECK(!name.failed);
}

bool log_number(LogFile file, const char *name, uint64_t *out)
{
    char again[LOG_NAME_SIZE];
    uint64_t number = 0;
    for (int i = 0; i < NUMBER_DIGITS; i++) {
        if (name[i] < '0' || name[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(name[i] - '0');
    }
    log_name(file, number, again);
    if (strcmp(name, again) != 0)
        return false;
    *out = number;
    return true;
}

// ---- heads ----

Status log_write_head(LogFile file, const LogHead *head, Hasher *hasher,
                      char to[LOG_HEAD_SIZE])
{
    Buf out = buf_fixed(to, LOG_HEAD_SIZE);
    Digest digest;
    TRY(tree_root(&head->tree, hasher, &digest));
    buf_c(&out, FILES[file].magic);
    buf_u32le(&out, LOG_VERSION);
    buf_u32le(&out, LOG_HEAD_SIZE);
    buf_u64le(&out, head->number);
    buf_u64le(&out, head->tree.size);
    buf_u64le(&out, head->id.word[0]);
    buf_u64le(&out, head->id.word[1]);
    buf_bytes(&out, digest.bytes, DIGEST_SIZE);
    for (int i = 0; i < TREE_HEIGHT; i++)
        buf_bytes(&out, head->tree.frontier[i].bytes, DIGEST_SIZE);
    buf_u64le(&out, (uint64_t)head->last.wall);
    buf_u64le(&out, (uint64_t)head->last.tick);
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

static Status read_fields(LogFile file, Reader *reader, LogHead *out, Digest *root)
{
    Str magic;
    uint32_t version, size;
    TRY(reader_bytes(reader, MAGIC_SIZE, &magic));
    ENSURE(str_eq(magic, str_from_c(FILES[file].magic)), STATUS_MALFORMED);
    TRY(reader_u32le(reader, &version));
    ENSURE(version == LOG_VERSION, STATUS_UNSUPPORTED);
    TRY(reader_u32le(reader, &size));
    ENSURE(size == LOG_HEAD_SIZE, STATUS_MALFORMED);
    TRY(reader_u64le(reader, &out->number));
    TRY(reader_u64le(reader, &out->tree.size));
    TRY(reader_u64le(reader, &out->id.word[0]));
    TRY(reader_u64le(reader, &out->id.word[1]));
    TRY(read_digest(reader, root));
    for (int i = 0; i < TREE_HEIGHT; i++)
        TRY(read_digest(reader, &out->tree.frontier[i]));
    uint64_t wall, tick;
    TRY(reader_u64le(reader, &wall));
    TRY(reader_u64le(reader, &tick));
    out->last = (Moment){.wall = (int64_t)wall, .tick = (int64_t)tick};
    return STATUS_OK;
}

Status log_read_head(LogFile file, Str bytes, Hasher *hasher, LogHead *out)
{
    Reader reader = reader_over(bytes);
    LogHead head;
    Digest root, digest;
    ENSURE(bytes.len >= LOG_HEAD_SIZE, STATUS_MALFORMED);
    TRY(read_fields(file, &reader, &head, &root));
    TRY(hasher_add(hasher, str_slice(bytes, 0, HEAD_HASHED)));
    TRY(hasher_finish(hasher, &digest));
    ENSURE(memcmp(digest.bytes, bytes.at + HEAD_HASHED, DIGEST_SIZE) == 0,
           STATUS_MALFORMED);
    TRY(tree_root(&head.tree, hasher, &digest));
    ENSURE(memcmp(digest.bytes, root.bytes, DIGEST_SIZE) == 0, STATUS_MALFORMED);
    *out = head;
    return STATUS_OK;
}
