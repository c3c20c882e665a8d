// SPDX-License-Identifier: Apache-2.0
// reader: a bounded cursor over bytes that nobody has vouched for.
//
// Each read checks that the bytes are there, else it is STATUS_MALFORMED and neither
// the cursor nor *out has changed. Numbers are put together byte by byte, so alignment
// and the machine's byte order don't matter.
#ifndef PROVISO_ENGINE_BASE_READER_H
#define PROVISO_ENGINE_BASE_READER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/le.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

typedef struct Reader {
    const uint8_t *at;
    size_t left;
} Reader;

// A cursor at the start of the bytes, which must outlive it.
static inline Reader reader_over(Str bytes)
{
    return (Reader){(const uint8_t *)bytes.at, bytes.len};
}

// The one place where the cursor moves: a view of the next `len` bytes.
MUST_USE static inline Status reader_take(Reader *reader, size_t len,
                                          const uint8_t **out)
{
    ENSURE(len <= reader->left, STATUS_MALFORMED);
    *out = reader->at;
    if (len > 0)
        reader->at += len;
    reader->left -= len;
    return STATUS_OK;
}

MUST_USE static inline Status reader_u8(Reader *reader, uint8_t *out)
{
    const uint8_t *bytes = NULL;
    TRY(reader_take(reader, 1, &bytes));
    *out = bytes[0];
    return STATUS_OK;
}

// Little-endian.
MUST_USE static inline Status reader_u16le(Reader *reader, uint16_t *out)
{
    const uint8_t *bytes = NULL;
    TRY(reader_take(reader, sizeof *out, &bytes));
    *out = le_get_u16(bytes);
    return STATUS_OK;
}

MUST_USE static inline Status reader_u32le(Reader *reader, uint32_t *out)
{
    const uint8_t *bytes = NULL;
    TRY(reader_take(reader, sizeof *out, &bytes));
    *out = le_get_u32(bytes);
    return STATUS_OK;
}

MUST_USE static inline Status reader_u64le(Reader *reader, uint64_t *out)
{
    const uint8_t *bytes = NULL;
    TRY(reader_take(reader, sizeof *out, &bytes));
    *out = le_get_u64(bytes);
    return STATUS_OK;
}

// Big-endian.
MUST_USE Status reader_u16be(Reader *reader, uint16_t *out);
MUST_USE Status reader_u32be(Reader *reader, uint32_t *out);
MUST_USE Status reader_u64be(Reader *reader, uint64_t *out);
// A view of the next `len` bytes.
MUST_USE static inline Status reader_bytes(Reader *reader, size_t len, Str *out)
{
    const uint8_t *bytes = NULL;
    TRY(reader_take(reader, len, &bytes));
    *out = (Str){(const char *)bytes, len};
    return STATUS_OK;
}
MUST_USE Status reader_skip(Reader *reader, size_t len);

#endif
