// SPDX-License-Identifier: Apache-2.0
#include "engine/base/buf.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/bug.h"
#include "engine/base/checked.h"

enum { FIRST_CAPACITY = 64 };

Buf buf_on(Arena *arena)
{
    return (Buf){.arena = arena};
}

Buf buf_fixed(void *memory, size_t capacity)
{
    return (Buf){.at = memory, .capacity = capacity};
}

// Moves the contents to memory that holds at least `needed` bytes.
static bool grow(Buf *buf, size_t needed)
{
    if (buf->arena == NULL)
        return false;
    size_t capacity = FIRST_CAPACITY;
    if (buf->capacity > 0 && !checked_mul_size(buf->capacity, 2, &capacity))
        return false;
    if (capacity < needed)
        capacity = needed;
    char *memory = arena_try_raw(buf->arena, capacity);
    if (memory == NULL)
        return false;
    if (buf->len > 0)
        memcpy(memory, buf->at, buf->len);
    buf->at = memory;
    buf->capacity = capacity;
    return true;
}

bool buf_reserve(Buf *buf, size_t count)
{
    size_t needed = 0;
    if (buf->failed)
        return false;
    if (!checked_add_size(buf->len, count, &needed) ||
        (needed > buf->capacity && !grow(buf, needed))) {
        buf->failed = true;
        return false;
    }
    return true;
}

void buf_fill(Buf *buf, char c, size_t count)
{
    if (count == 0 || !buf_reserve(buf, count))
        return;
    memset(buf->at + buf->len, c, count);
    buf->len += count;
}

void buf_u64(Buf *buf, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buf_bytes(buf, digits + at, sizeof digits - at);
}

void buf_i64(Buf *buf, int64_t number)
{
    if (number < 0)
        buf_char(buf, '-');
    buf_u64(buf, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void buf_hex(Buf *buf, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *byte = bytes;
    size_t size = 0;
    if (!checked_mul_size(len, 2, &size) || !buf_reserve(buf, size)) {
        buf->failed = true;
        return;
    }
    char *to = buf->at + buf->len;
    for (size_t i = 0; i < len; i++) {
        to[2 * i] = digits[byte[i] >> 4];
        to[2 * i + 1] = digits[byte[i] & 15];
    }
    buf->len += size;
}

void buf_printf(Buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(len >= 0);
    size_t size = (size_t)len + 1;
    if (buf_reserve(buf, size)) {
        (void)vsnprintf(buf->at + buf->len, size, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void buf_align(Buf *buf, size_t alignment)
{
    CHECK(alignment > 0);
    buf_fill(buf, '\0', (alignment - buf->len % alignment) % alignment);
}

Str buf_view(const Buf *buf)
{
    return buf->failed ? (Str){"", 0} : (Str){buf->at, buf->len};
}

void buf_clear(Buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}
