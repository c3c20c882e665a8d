// SPDX-License-Identifier: Apache-2.0
// buf: growing output on an arena, or bounded output in memory that the caller owns.
//
// A Buf that can't grow any more becomes `failed` and ignores what is added; the caller
// asks once at the end. A fixed Buf never allocates.
#ifndef PROVISO_ENGINE_BASE_BUF_H
#define PROVISO_ENGINE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/le.h"
#include "engine/base/str.h"

typedef struct Arena Arena;

typedef struct Buf {
    char *at;
    size_t len;
    size_t capacity;
    Arena *arena; // NULL: fixed
    bool failed;
} Buf;

// A Buf that grows on the arena (by arena_try).
Buf buf_on(Arena *arena);
// A Buf over `capacity` bytes of the caller's.
Buf buf_fixed(void *memory, size_t capacity);

// Makes room for `count` more bytes, or marks the Buf as failed: then false.
bool buf_reserve(Buf *buf, size_t count);

// Inline: with room, adding is a copy.
static inline void buf_bytes(Buf *buf, const void *bytes, size_t len)
{
    bool has_room = !buf->failed && len <= buf->capacity - buf->len;
    if (len == 0 || (!has_room && !buf_reserve(buf, len)))
        return;
    memcpy(buf->at + buf->len, bytes, len);
    buf->len += len;
}

static inline void buf_str(Buf *buf, Str text)
{
    buf_bytes(buf, text.at, text.len);
}

static inline void buf_c(Buf *buf, const char *text)
{
    buf_bytes(buf, text, strlen(text));
}

static inline void buf_char(Buf *buf, char c)
{
    buf_bytes(buf, &c, 1);
}

void buf_fill(Buf *buf, char c, size_t count);
void buf_i64(Buf *buf, int64_t number);
void buf_u64(Buf *buf, uint64_t number);
// Lower-case hexadecimal, two digits a byte.
void buf_hex(Buf *buf, const void *bytes, size_t len);
// printf; it needs room for one byte more than it adds.
void buf_printf(Buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Little-endian numbers.
static inline void buf_u16le(Buf *buf, uint16_t number)
{
    uint8_t bytes[sizeof number];
    le_put_u16(bytes, number);
    buf_bytes(buf, bytes, sizeof bytes);
}

static inline void buf_u32le(Buf *buf, uint32_t number)
{
    uint8_t bytes[sizeof number];
    le_put_u32(bytes, number);
    buf_bytes(buf, bytes, sizeof bytes);
}

static inline void buf_u64le(Buf *buf, uint64_t number)
{
    uint8_t bytes[sizeof number];
    le_put_u64(bytes, number);
    buf_bytes(buf, bytes, sizeof bytes);
}

// Zero bytes up to the next multiple of `alignment`.
void buf_align(Buf *buf, size_t alignment);

// What was written, as a view; empty if the Buf failed.
Str buf_view(const Buf *buf);
// Forgets the contents, keeps the memory.
void buf_clear(Buf *buf);

#endif
