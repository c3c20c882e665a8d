// SPDX-License-Identifier: Apache-2.0
#include "engine/log/record.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/unit.h"

static const LogId ID = {{1, 2}}, OTHER = {{1, 3}};

// Memory of exactly that size, so that a sanitizer sees any byte that is read past it.
static Str exact(const char *bytes, size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);
    if (len > 0)
        memcpy(copy, bytes, len);
    return (Str){copy, len};
}

static bool reads(LogId id, const char *bytes, size_t len)
{
    LogRecord record;
    size_t size;
    Str copy = exact(bytes, len);
    bool is_read = record_read(id, copy, &record, &size);
    free((void *)(uintptr_t)copy.at);
    return is_read;
}

START_TEST(a_record_is_read_as_it_was_written)
{
    static const size_t SIZES[] = {0, 1, 7, 8, 9, 100, PAYLOAD_MAX};
    static char payload[PAYLOAD_MAX], bytes[PAYLOAD_MAX + RECORD_HEAD];
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        LogRecord record = {.index = UINT64_MAX - i,
                            .at = {.wall = -5, .tick = 7},
                            .kind = LOG_CHANGES,
                            .payload = {payload, SIZES[i]}};
        LogRecord read;
        size_t size = record_size(SIZES[i]), found;
        memset(payload, (int)i, SIZES[i]);
        ck_assert_uint_eq(size % RECORD_ALIGNMENT, 0);
        record_write(ID, &record, bytes);
        ck_assert(record_read(ID, (Str){bytes, sizeof bytes}, &read, &found));
        ck_assert_uint_eq(found, size);
        ck_assert_uint_eq(read.index, record.index);
        ck_assert_int_eq(read.at.wall, -5);
        ck_assert_int_eq(read.at.tick, 7);
        ck_assert_uint_eq(read.kind, LOG_CHANGES);
        ck_assert(str_eq(read.payload, record.payload));
        ck_assert_uint_eq(read.leaf.len, RECORD_HEAD - 8 + SIZES[i]);
        Str leaf = record_leaf((Str){bytes, sizeof bytes}, &found);
        ck_assert(leaf.at == read.leaf.at && leaf.len == read.leaf.len);
        ck_assert_uint_eq(found, size);
        ck_assert(!reads(OTHER, bytes, size));
    }
}
END_TEST

START_TEST(one_bit_or_byte_less_is_none)
{
    char bytes[64];
    LogRecord record = {.index = 3, .kind = LOG_CHANGES, .payload = STR("what it did")};
    size_t size = record_size(record.payload.len);
    ck_assert_uint_le(size, sizeof bytes);
    record_write(ID, &record, bytes);
    for (size_t len = 0; len < size; len++)
        ck_assert(!reads(ID, bytes, len));
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        ck_assert(!reads(ID, bytes, size));
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    ck_assert(reads(ID, bytes, size));
}
END_TEST

START_TEST(heads_of_groups_likewise)
{
    char bytes[GROUP_HEAD];
    GroupHead head = {.size = 1, .count = 2, .first = 3, .durable = 4}, read;
    group_write(ID, &head, bytes);
    ck_assert(group_read(ID, (Str){bytes, sizeof bytes}, &read));
    ck_assert_mem_eq(&head, &read, sizeof head);
    ck_assert(!group_read(OTHER, (Str){bytes, sizeof bytes}, &read));
    for (size_t len = 0; len < sizeof bytes; len++)
        ck_assert(!group_read(ID, (Str){bytes, len}, &read));
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        ck_assert(!group_read(ID, (Str){bytes, sizeof bytes}, &read));
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
}
END_TEST

UNIT_MAIN("record", a_record_is_read_as_it_was_written, one_bit_or_byte_less_is_none,
          heads_of_groups_likewise)
