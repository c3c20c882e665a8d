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
#include "engine/base/status.h"
#include "engine/base/str.h"

typedef struct Reader {
    const uint8_t *at;
    size_t left;
} Reader;

// A cursor at the start of the bytes, which must outlive it.
Reader reader_over(Str bytes);

MUST_USE Status reader_u8(Reader *reader, uint8_t *out);
// Little-endian.
MUST_USE Status reader_u16le(Reader *reader, uint16_t *out);
MUST_USE Status reader_u32le(Reader *reader, uint32_t *out);
MUST_USE Status reader_u64le(Reader *reader, uint64_t *out);
// Big-endian.
MUST_USE Status reader_u16be(Reader *reader, uint16_t *out);
MUST_USE Status reader_u32be(Reader *reader, uint32_t *out);
MUST_USE Status reader_u64be(Reader *reader, uint64_t *out);
// A view of the next `len` bytes.
MUST_USE Status reader_bytes(Reader *reader, size_t len, Str *out);
MUST_USE Status reader_skip(Reader *reader, size_t len);

#endif
