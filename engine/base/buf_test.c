// SPDX-License-Identifier: Apache-2.0
#include "engine/base/buf.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/unit.h"

START_TEST(fixed_buf_fails_past_its_end_and_stays_failed)
{
    char memory[8];
    Buf buf = buf_fixed(memory, sizeof memory);
    buf_c(&buf, "12345678");
    ck_assert_text(buf_view(&buf), "12345678");
    buf_char(&buf, '9');
    ck_assert(buf.failed);
    ck_assert_uint_eq(buf_view(&buf).len, 0);
    buf_clear(&buf);
    ck_assert(!buf.failed);
    buf_c(&buf, "again");
    ck_assert_text(buf_view(&buf), "again");
    volatile size_t huge =
        SIZE_MAX - 2; // unknown to the compiler, which would refuse it
    buf_bytes(&buf, memory, huge);
    ck_assert(buf.failed);
    buf_c(&buf, "");
    buf_char(&buf, 'x');
    ck_assert(buf.failed);
}
END_TEST

START_TEST(printf_needs_one_spare_byte)
{
    char memory[4];
    Buf buf = buf_fixed(memory, sizeof memory);
    buf_printf(&buf, "%d", 123);
    ck_assert_text(buf_view(&buf), "123");
    buf_clear(&buf);
    buf_printf(&buf, "%d", 1234);
    ck_assert(buf.failed);
}
END_TEST

START_TEST(growing_buf_keeps_its_contents)
{
    Arena arena;
    arena_init(&arena, 1 << 20);
    Buf buf = buf_on(&arena);
    for (int i = 0; i < 1000; i++)
        buf_printf(&buf, "%d,", i);
    Str text = buf_view(&buf);
    ck_assert(str_starts(text, STR("0,1,2,3,")));
    ck_assert(str_ends(text, STR(",998,999,")));
    buf_fill(&buf, ' ', 1 << 20);
    ck_assert(buf.failed);
    arena_free(&arena);
}
END_TEST

START_TEST(numbers)
{
    char memory[128];
    Buf buf = buf_fixed(memory, sizeof memory);
    buf_i64(&buf, INT64_MIN);
    buf_char(&buf, ' ');
    buf_i64(&buf, INT64_MAX);
    buf_char(&buf, ' ');
    buf_i64(&buf, 0);
    buf_char(&buf, ' ');
    buf_u64(&buf, UINT64_MAX);
    ck_assert_text(buf_view(&buf),
                   "-9223372036854775808 9223372036854775807 0 18446744073709551615");
    buf_clear(&buf);
    buf_u16le(&buf, 0x0102);
    buf_u32le(&buf, 0x03040506);
    buf_u64le(&buf, UINT64_C(0x0708090a0b0c0d0e));
    static const char expected[] =
        "\x02\x01\x06\x05\x04\x03\x0e\x0d\x0c\x0b\x0a\x09\x08\x07";
    ck_assert_uint_eq(buf.len, sizeof expected - 1);
    ck_assert_mem_eq(buf.at, expected, sizeof expected - 1);
    buf_align(&buf, 8);
    ck_assert_uint_eq(buf.len, 16);
    ck_assert_int_eq(buf.at[15], '\0');
    buf_align(&buf, 8);
    ck_assert_uint_eq(buf.len, 16);
}
END_TEST

START_TEST(hexadecimal)
{
    // RFC 4648 §10, without padding.
    static const struct {
        const char *bytes;
        const char *hex;
    } cases[] = {
        {"", ""},
        {"f", "66"},
        {"fo", "666f"},
        {"foo", "666f6f"},
        {"foob", "666f6f62"},
        {"fooba", "666f6f6261"},
        {"foobar", "666f6f626172"},
        {"\xfb\xff\xfe", "fbfffe"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char memory[32];
        Buf buf = buf_fixed(memory, sizeof memory);
        buf_hex(&buf, cases[i].bytes, strlen(cases[i].bytes));
        ck_assert_text(buf_view(&buf), cases[i].hex);
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t bytes[7];
        char memory[14], expected[15];
        memset(bytes, (int)byte, sizeof bytes);
        for (size_t i = 0; i < sizeof bytes; i++)
            (void)snprintf(expected + 2 * i, 3, "%02x", byte);
        Buf buf = buf_fixed(memory, sizeof memory);
        buf_hex(&buf, bytes, sizeof bytes);
        ck_assert_text(buf_view(&buf), expected);
    }
}
END_TEST

UNIT_MAIN("buf", fixed_buf_fails_past_its_end_and_stays_failed,
          printf_needs_one_spare_byte, growing_buf_keeps_its_contents, numbers,
          hexadecimal)
