// SPDX-License-Identifier: Apache-2.0
#include "engine/base/reader.h"

#include "engine/base/unit.h"

#define ck_assert_ok(expression) ck_assert_int_eq((expression), STATUS_OK)

START_TEST(numbers_in_both_orders)
{
    Reader reader =
        reader_over((Str){"\xff\x02\x01\x06\x05\x04\x83\x0e\x0d\x0c\x0b\x0a\x09"
                          "\x08\x87\x01\x02\x83\x04\x05\x06\x87\x08\x09\x0a\x0b"
                          "\x0c\x0d\x0e",
                          29});
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    ck_assert_ok(reader_u8(&reader, &u8));
    ck_assert_uint_eq(u8, 0xff);
    ck_assert_ok(reader_u16le(&reader, &u16));
    ck_assert_uint_eq(u16, 0x0102);
    ck_assert_ok(reader_u32le(&reader, &u32));
    ck_assert_uint_eq(u32, 0x83040506);
    ck_assert_ok(reader_u64le(&reader, &u64));
    ck_assert_uint_eq(u64, UINT64_C(0x8708090a0b0c0d0e));
    ck_assert_ok(reader_u16be(&reader, &u16));
    ck_assert_uint_eq(u16, 0x0102);
    ck_assert_ok(reader_u32be(&reader, &u32));
    ck_assert_uint_eq(u32, 0x83040506);
    ck_assert_ok(reader_u64be(&reader, &u64));
    ck_assert_uint_eq(u64, UINT64_C(0x8708090a0b0c0d0e));
    ck_assert_uint_eq(reader.left, 0);
}
END_TEST

// One read of `len` bytes by its number.
static Status read_one(Reader *reader, int which, size_t *len, uint64_t *out)
{
    static const size_t lengths[] = {1, 2, 4, 8, 2, 4, 8, 5, 5};
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    Str bytes = {0};
    *len = lengths[which];
    switch (which) {
    case 0:
        return reader_u8(reader, &u8);
    case 1:
        return reader_u16le(reader, &u16);
    case 2:
        return reader_u32le(reader, &u32);
    case 3:
        return reader_u64le(reader, out);
    case 4:
        return reader_u16be(reader, &u16);
    case 5:
        return reader_u32be(reader, &u32);
    case 6:
        return reader_u64be(reader, out);
    case 7:
        return reader_bytes(reader, 5, &bytes);
    default:
        return reader_skip(reader, 5);
    }
}

START_TEST(one_byte_too_few_changes_nothing)
{
    static const char bytes[8] = {0};
    for (int which = 0; which < 9; which++) {
        for (size_t left = 0; left <= sizeof bytes; left++) {
            Reader reader = reader_over((Str){bytes, left});
            const uint8_t *before = reader.at;
            size_t len = 0;
            uint64_t out = 77;
            Status status = read_one(&reader, which, &len, &out);
            ck_assert_int_eq(status, left < len ? STATUS_MALFORMED : STATUS_OK);
            ck_assert_uint_eq(reader.left, left < len ? left : left - len);
            ck_assert_ptr_eq(reader.at, left < len ? before : before + len);
            if (left < len)
                ck_assert_uint_eq(out, 77);
        }
    }
}
END_TEST

START_TEST(huge_lengths_and_empty_input)
{
    Reader reader = reader_over((Str){NULL, 0});
    Str out = STR("unchanged");
    ck_assert_int_eq(reader_bytes(&reader, SIZE_MAX, &out), STATUS_MALFORMED);
    ck_assert_int_eq(reader_skip(&reader, SIZE_MAX), STATUS_MALFORMED);
    ck_assert_text(out, "unchanged");
    ck_assert_ok(reader_bytes(&reader, 0, &out));
    ck_assert_uint_eq(out.len, 0);
    ck_assert_ok(reader_skip(&reader, 0));
}
END_TEST

UNIT_MAIN("reader", numbers_in_both_orders, one_byte_too_few_changes_nothing,
          huge_lengths_and_empty_input)
