// SPDX-License-Identifier: Apache-2.0
#include "engine/base/cbor.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/unit.h"

enum { ITEMS = 64, BYTES = 4096 };

// The bytes of pairs of hexadecimal digits; spaces are skipped.
static Str from_hex(const char *hex, char memory[BYTES])
{
    size_t len = 0;
    for (; *hex != '\0'; hex += *hex == ' ' ? 1 : 2) {
        unsigned byte = 0;
        if (*hex != ' ' && sscanf(hex, "%2x", &byte) == 1)
            memory[len++] = (char)byte;
    }
    return (Str){memory, len};
}

// A tree has the same items as the reader gives one after the other, and each node the
// encoding that the reader passes over when it skips.
static void check_nodes(CborReader reader, const CborTree *tree)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        const CborNode *node = &tree->nodes[i];
        const uint8_t *start = reader.bytes.at;
        CborItem item;
        ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
        ck_assert_int_eq(item.kind, node->item.kind);
        ck_assert_ptr_eq(node->at, start);
        CborReader ahead = reader;
        if (cbor_skip(&ahead, &item) == STATUS_OK)
            ck_assert(str_eq(cbor_raw(node), cbor_since(&ahead, start)));
        else
            ck_assert_ptr_eq(cbor_after(node), tree->nodes + tree->count);
    }
}

// Reads what is ahead in both ways, which must agree.
static Status read_all(CborReader *reader)
{
    CborNode nodes[ITEMS + 1];
    CborTree tree = {.nodes = nodes, .max_nodes = reader->items_left};
    Str bytes = {(const char *)reader->bytes.at, reader->bytes.left};
    Status of_tree = cbor_read_tree(&tree, bytes);
    check_nodes(*reader, &tree);
    CborItem item;
    Status status = cbor_next(reader, &item);
    if (status == STATUS_OK)
        status = cbor_skip(reader, &item);
    ck_assert_int_eq(tree.is_whole, status == STATUS_OK);
    if (status == STATUS_OK)
        status = cbor_end(reader);
    ck_assert_int_eq(of_tree, status);
    ck_assert_ptr_eq(tree.why, reader->why);
    return status;
}

static const char *const well_formed[] = {
    "00",
    "17",
    "1818",
    "18ff",
    "190100",
    "1a00010000",
    "1b0000000100000000",
    "1bffffffffffffffff",
    "20",
    "37",
    "3818",
    "3bffffffffffffffff",
    "40",
    "43010203",
    "60",
    "6161",
    "62c3bc",
    "64f0908591",
    "80",
    "83010203",
    "a0",
    "a10102",
    // The order of RFC 8949 §4.2.1, as far as keys may be integers and texts.
    "a5 0a00 186400 2000 617a00 62616100",
    "a2 0180 18180a",
    "c48221196ab3",
    "c4820000",
    "c4821b7fffffffffffffff3b7fffffffffffffff",
    "f4",
    "f5",
    "f6",
    "f90000",
    "f98000",
    "f90001",
    "f903ff",
    "f90400",
    "f93c00",
    "f97bff",
    "fa47c35000",
    "fa00800000",
    "fa33000000",
    "fa00000001",
    "fb3ff199999999999a",
    "fb7fefffffffffffff",
    "fb0000000000000001",
    "fb36a0000000000001",
    "83 8080 a161618101",
    // Short texts before other bytes, which are none of theirs.
    "82 60 48ffffffffffffffff",
    "82 6161 48ffffffffffffffff",
    "82 6761616161616161 48ffffffffffffffff",
    "82 686161616161616161 48ffffffffffffffff",
    "82 62c3bc 48ffffffffffffffff",
};

START_TEST(accepts)
{
    char memory[BYTES];
    for (size_t i = 0; i < sizeof well_formed / sizeof well_formed[0]; i++) {
        CborReader reader = cbor_reader(from_hex(well_formed[i], memory), ITEMS);
        ck_assert_msg(read_all(&reader) == STATUS_OK, "%s: %s", well_formed[i],
                      reader.why);
    }
}
END_TEST

// A text of `len` letters, then `behind` bytes that are no part of it; with the byte at
// `bad` made one that no text has. Bytes at odd places, as they are read by words.
static Status read_text(size_t len, size_t behind, size_t bad)
{
    char memory[BYTES] = {0};
    size_t head = len < 24 ? 1 : 2;
    char *at = memory + len % 8;
    at[0] = (char)0x82;
    at[1] = (char)(len < 24 ? 0x60 + len : 0x78);
    at[head] = (char)(len < 24 ? at[1] : (char)len);
    memset(at + head + 1, 'a', len);
    if (bad < len)
        at[head + 1 + bad] = (char)0xff;
    at[head + 1 + len] = (char)(0x40 + behind);
    memset(at + head + 2 + len, 0xff, behind);
    CborReader reader = cbor_reader((Str){at, head + 2 + len + behind}, ITEMS);
    return read_all(&reader);
}

START_TEST(looks_at_every_byte_of_a_text)
{
    for (size_t len = 0; len < 64; len++)
        for (size_t behind = 0; behind < 10; behind++) {
            ck_assert_int_eq(read_text(len, behind, len), STATUS_OK);
            for (size_t bad = 0; bad < len; bad++)
                ck_assert_int_eq(read_text(len, behind, bad), STATUS_MALFORMED);
        }
}
END_TEST

// Whatever stands in front of the end of a well-formed text is no well-formed text.
START_TEST(refuses_every_start_of_a_text)
{
    char memory[BYTES];
    for (size_t i = 0; i < sizeof well_formed / sizeof well_formed[0]; i++) {
        Str whole = from_hex(well_formed[i], memory);
        for (size_t len = 0; len < whole.len; len++) {
            CborReader reader = cbor_reader((Str){memory, len}, ITEMS);
            ck_assert_int_eq(read_all(&reader), STATUS_MALFORMED);
            ck_assert_str_eq(reader.why, "it ends early");
        }
    }
}
END_TEST

START_TEST(refuses)
{
    static const struct {
        const char *hex;
        const char *why;
    } cases[] = {
        {"", "it ends early"},
        {"0000", "bytes behind its end"},
        {"1817", "a number not in its shortest form"},
        {"1900ff", "a number not in its shortest form"},
        {"1a0000ffff", "a number not in its shortest form"},
        {"1b00000000ffffffff", "a number not in its shortest form"},
        {"3817", "a number not in its shortest form"},
        {"5800", "a number not in its shortest form"},
        {"7801 61", "a number not in its shortest form"},
        {"9801 00", "a number not in its shortest form"},
        {"b801 0000", "a number not in its shortest form"},
        {"d804 820000", "a number not in its shortest form"},
        {"1c", "an indefinite or reserved length"},
        {"1d", "an indefinite or reserved length"},
        {"1e", "an indefinite or reserved length"},
        {"1f", "an indefinite or reserved length"},
        {"5f4100ff", "an indefinite or reserved length"},
        {"7f6161ff", "an indefinite or reserved length"},
        {"9fff", "an indefinite or reserved length"},
        {"bfff", "an indefinite or reserved length"},
        {"ff", "an indefinite or reserved length"},
        {"9a0fffffff", "it ends early"},
        {"9bffffffffffffffff", "it ends early"},
        {"bb8000000000000000", "it ends early"},
        {"a2 0000", "it ends early"},
        {"5bffffffffffffffff", "it ends early"},
        {"7bffffffffffffffff", "it ends early"},
        {"61ff", "a text that is not UTF-8"},
        {"62c328", "a text that is not UTF-8"},
        {"82 61ff 480000000000000000", "a text that is not UTF-8"},
        {"82 67616161616161ff 480000000000000000", "a text that is not UTF-8"},
        {"82 6861616161616161ff 480000000000000000", "a text that is not UTF-8"},
        {"69616161616161616180", "a text that is not UTF-8"},
        {"70616161616161616161616161616161ff", "a text that is not UTF-8"},
        {"62c080", "a text that is not UTF-8"},
        {"63eda080", "a text that is not UTF-8"},
        {"64f4908080", "a text that is not UTF-8"},
        {"a2 00f6 00f6", "keys out of order, or one key twice"},
        {"a2 01f6 00f6", "keys out of order, or one key twice"},
        {"a2 6161f6 6161f6", "keys out of order, or one key twice"},
        {"a2 626161f6 617af6", "keys out of order, or one key twice"},
        {"a2 20f6 1864f6", "keys out of order, or one key twice"},
        {"81 a2 00 80 00 80", "keys out of order, or one key twice"},
        {"a1 80f6", "a key that is no integer or text"},
        {"a1 810000", "a key that is no integer or text"},
        {"a1 4100f6", "a key that is no integer or text"},
        {"a1 f4f6", "a key that is no integer or text"},
        {"a1 c4820000f6", "a key that is no integer or text"},
        {"a1 a0f6", "a key that is no integer or text"},
        {"c0 60", "a tag other than 4"},
        {"c1 00", "a tag other than 4"},
        {"c2 4100", "a tag other than 4"},
        {"c5 820000", "a tag other than 4"},
        {"c4 00", "a decimal fraction of no two integers"},
        {"c4 8100", "a decimal fraction of no two integers"},
        {"c4 83000000", "a decimal fraction of no two integers"},
        {"c4 a10000", "a decimal fraction of no two integers"},
        {"c4 820060", "a decimal fraction of no 64-bit integers"},
        {"c4 82f90000 00", "a decimal fraction of no 64-bit integers"},
        {"c4 8200c24100", "a decimal fraction of no 64-bit integers"},
        {"c4 82001b8000000000000000", "a decimal fraction of no 64-bit integers"},
        {"c4 82003b8000000000000000", "a decimal fraction of no 64-bit integers"},
        {"c4 c4 820000", "a decimal fraction of no two integers"},
        {"e0", "a simple value other than a bool or null"},
        {"f3", "a simple value other than a bool or null"},
        {"f7", "a simple value other than a bool or null"},
        {"f814", "a simple value other than a bool or null"},
        {"f8ff", "a simple value other than a bool or null"},
        {"f97c00", "a number that is not finite"},
        {"f9fc00", "a number that is not finite"},
        {"f97e00", "a number that is not finite"},
        {"fa7f800000", "a number that is not finite"},
        {"fb7ff8000000000000", "a number that is not finite"},
        {"fbfff0000000000000", "a number that is not finite"},
        {"fa00000000", "a float not in its shortest form"},
        {"fa80000000", "a float not in its shortest form"},
        {"fa3f800000", "a float not in its shortest form"},
        {"fa477fe000", "a float not in its shortest form"},
        {"fa33800000", "a float not in its shortest form"},
        {"fb8000000000000000", "a float not in its shortest form"},
        {"fb3ff8000000000000", "a float not in its shortest form"},
        {"fb3ff0000020000000", "a float not in its shortest form"},
        {"fb47efffffe0000000", "a float not in its shortest form"},
        {"fb36a0000000000000", "a float not in its shortest form"},
    };
    char memory[BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CborReader reader = cbor_reader(from_hex(cases[i].hex, memory), ITEMS);
        ck_assert_msg(read_all(&reader) == STATUS_MALFORMED, "%s", cases[i].hex);
        ck_assert_msg(strcmp(reader.why, cases[i].why) == 0, "%s: %s", cases[i].hex,
                      reader.why);
    }
}
END_TEST

START_TEST(depth_and_items_end_at_their_limits)
{
    char bytes[CBOR_MAX_DEPTH + 2];
    memset(bytes, '\x81', sizeof bytes);
    bytes[CBOR_MAX_DEPTH] = 0;
    CborReader reader = cbor_reader((Str){bytes, CBOR_MAX_DEPTH + 1}, ITEMS);
    ck_assert_int_eq(read_all(&reader), STATUS_OK);
    bytes[CBOR_MAX_DEPTH] = '\x81';
    bytes[CBOR_MAX_DEPTH + 1] = 0;
    reader = cbor_reader((Str){bytes, sizeof bytes}, ITEMS);
    ck_assert_int_eq(read_all(&reader), STATUS_LIMIT);
    ck_assert_str_eq(reader.why, "nested deeper than 16");
    // An empty array opens nothing.
    bytes[CBOR_MAX_DEPTH] = '\x80';
    reader = cbor_reader((Str){bytes, CBOR_MAX_DEPTH + 1}, ITEMS);
    ck_assert_int_eq(read_all(&reader), STATUS_OK);

    reader = cbor_reader(STR("\x83\x01\x02\x03"), 4);
    ck_assert_int_eq(read_all(&reader), STATUS_OK);
    reader = cbor_reader(STR("\x83\x01\x02\x03"), 3);
    ck_assert_int_eq(read_all(&reader), STATUS_LIMIT);
}
END_TEST

START_TEST(items_are_what_was_sent)
{
    char memory[BYTES];
    Str bytes = from_hex("8a 3903e7 42beef 63e282ac c48221196ab3 fa47c35000"
                         "f98001 f5 f6 a1 01 81 f4 1bffffffffffffffff",
                         memory);
    CborReader reader = cbor_reader(bytes, ITEMS);
    CborItem item;
    ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
    ck_assert(item.kind == CBOR_ARRAY && item.number == 10);
    ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
    ck_assert(item.kind == CBOR_NEGATIVE && item.number == 999);
    ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
    ck_assert(item.kind == CBOR_BYTES && str_eq(item.bytes, STR("\xbe\xef")));
    ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
    ck_assert(item.kind == CBOR_TEXT && str_eq(item.bytes, STR("\xe2\x82\xac")));
    ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
    ck_assert(item.kind == CBOR_DECIMAL && item.mantissa == 27315 &&
              item.exponent == -2);
    ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
    ck_assert(item.kind == CBOR_FLOAT && item.real == 100000.0);
    ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
    ck_assert(item.kind == CBOR_FLOAT && item.real == -0x1p-24);
    ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
    ck_assert(item.kind == CBOR_BOOL && item.number == 1);
    ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
    ck_assert(item.kind == CBOR_NULL);
    const uint8_t *start = reader.bytes.at;
    ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
    ck_assert(item.kind == CBOR_MAP && item.number == 1);
    ck_assert_int_eq(cbor_skip(&reader, &item), STATUS_OK);
    ck_assert(str_eq(cbor_since(&reader, start), STR("\xa1\x01\x81\xf4")));
    ck_assert_int_eq(cbor_next(&reader, &item), STATUS_OK);
    ck_assert(item.kind == CBOR_UINT && item.number == UINT64_MAX);
    ck_assert_int_eq(cbor_end(&reader), STATUS_OK);
}
END_TEST

START_TEST(writes_the_one_encoding)
{
    char written[BYTES];
    char expected[BYTES];
    Buf out = buf_fixed(written, sizeof written);
    cbor_write_array(&out, 24);
    cbor_write_map(&out, 2);
    cbor_write_u64(&out, 23);
    cbor_write_u64(&out, 24);
    cbor_write_u64(&out, 255);
    cbor_write_u64(&out, 256);
    cbor_write_u64(&out, 65535);
    cbor_write_u64(&out, 65536);
    cbor_write_u64(&out, UINT32_MAX);
    cbor_write_u64(&out, UINT64_C(1) << 32);
    cbor_write_u64(&out, UINT64_MAX);
    cbor_write_i64(&out, -1);
    cbor_write_i64(&out, -25);
    cbor_write_i64(&out, INT64_MIN);
    cbor_write_i64(&out, 7);
    cbor_write_bytes(&out, STR("\xff"));
    cbor_write_text(&out, STR("abcdefghijklmnopqrstuvwx"));
    cbor_write_decimal(&out, -27315, -2);
    cbor_write_bool(&out, false);
    cbor_write_bool(&out, true);
    cbor_write_null(&out);
    Str right = from_hex(
        "9818 a2 17 1818 18ff 190100 19ffff 1a00010000 1affffffff 1b0000000100000000"
        "1bffffffffffffffff 20 3818 3b7fffffffffffffff 07 41ff"
        "7818 6162636465666768696a6b6c6d6e6f707172737475767778 c48221396ab2 f4 f5 f6",
        expected);
    ck_assert(str_eq(buf_view(&out), right));
}
END_TEST

START_TEST(keys_sort_by_length_first)
{
    ck_assert_int_lt(cbor_compare_texts(STR("z"), STR("aa")), 0);
    ck_assert_int_gt(cbor_compare_texts(STR("ab"), STR("aa")), 0);
    ck_assert_int_eq(cbor_compare_texts(STR("aa"), STR("aa")), 0);
    ck_assert_int_gt(cbor_compare_texts(STR("a"), STR("")), 0);
}
END_TEST

UNIT_MAIN("cbor", accepts, looks_at_every_byte_of_a_text, refuses_every_start_of_a_text,
          refuses, depth_and_items_end_at_their_limits, items_are_what_was_sent,
          writes_the_one_encoding, keys_sort_by_length_first)
