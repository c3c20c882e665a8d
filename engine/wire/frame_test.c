// SPDX-License-Identifier: Apache-2.0
#include "engine/wire/frame.h"

#include <string.h>

#include "engine/base/unit.h"

// DECIDE, id 0x0102030405060708, 300 bytes of body.
static const uint8_t GOOD[FRAME_HEADER_SIZE] = {0x2c, 1, 0, 0, 1, 3, 0, 0,
                                                8,    7, 6, 5, 4, 3, 2, 1};

START_TEST(header_goes_both_ways)
{
    FrameHeader header = {0};
    ck_assert_int_eq(frame_decode(GOOD, false, 300, &header), WIRE_OK);
    ck_assert_uint_eq(header.length, 300);
    ck_assert_int_eq(header.type, MESSAGE_DECIDE);
    ck_assert_uint_eq(header.id, 0x0102030405060708u);
    uint8_t bytes[FRAME_HEADER_SIZE];
    frame_encode(&header, false, bytes);
    ck_assert_mem_eq(bytes, GOOD, sizeof bytes);
    frame_encode(&header, true, bytes);
    ck_assert_int_eq(frame_decode(bytes, true, 300, &header), WIRE_OK);
}
END_TEST

START_TEST(length_up_to_the_limit)
{
    FrameHeader header = {0};
    ck_assert_int_eq(frame_decode(GOOD, false, 300, &header), WIRE_OK);
    ck_assert_int_eq(frame_decode(GOOD, false, 299, &header), WIRE_ERROR_FRAME_SIZE);
    ck_assert_uint_eq(header.id, 0x0102030405060708u);
}
END_TEST

// One byte of a good header changed.
static const struct {
    size_t at;
    uint8_t byte;
    bool is_answer;
    WireError expected;
} CHANGES[] = {
    {3, 0xff, false, WIRE_ERROR_FRAME_SIZE}, // length
    {4, 0, false, WIRE_ERROR_VERSION},
    {4, 2, false, WIRE_ERROR_VERSION},
    {5, 0, false, WIRE_ERROR_MESSAGE},
    {5, 19, false, WIRE_ERROR_MESSAGE},
    {5, MESSAGE_ERROR, false, WIRE_ERROR_MESSAGE}, // only the daemon sends it
    {5, MESSAGE_EVENT, false, WIRE_ERROR_MESSAGE},
    {6, FRAME_ANSWER, false, WIRE_ERROR_FRAME},
    {6, 2, false, WIRE_ERROR_FRAME},
    {7, 0x80, false, WIRE_ERROR_FRAME},
    {6, 0, true, WIRE_ERROR_FRAME}, // a request where an answer should be
    {6, FRAME_ANSWER, true, WIRE_OK},
    {6, FRAME_ANSWER | 2, true, WIRE_ERROR_FRAME},
};

START_TEST(strict_in_every_field)
{
    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        uint8_t bytes[FRAME_HEADER_SIZE];
        memcpy(bytes, GOOD, sizeof bytes);
        bytes[CHANGES[i].at] = CHANGES[i].byte;
        FrameHeader header = {0};
        WireError got = frame_decode(bytes, CHANGES[i].is_answer, 4096, &header);
        ck_assert_msg(got == CHANGES[i].expected, "row %zu: %s", i,
                      wire_error_code(got));
    }
}
END_TEST

START_TEST(id_zero_only_for_errors_and_events)
{
    FrameHeader header = {.type = MESSAGE_EVENT};
    uint8_t bytes[FRAME_HEADER_SIZE];
    frame_encode(&header, true, bytes);
    ck_assert_int_eq(frame_decode(bytes, true, 0, &header), WIRE_OK);
    header = (FrameHeader){.type = MESSAGE_ERROR};
    frame_encode(&header, true, bytes);
    ck_assert_int_eq(frame_decode(bytes, true, 0, &header), WIRE_OK);
    header = (FrameHeader){.type = MESSAGE_PING};
    frame_encode(&header, true, bytes);
    ck_assert_int_eq(frame_decode(bytes, true, 0, &header), WIRE_ERROR_FRAME);
    frame_encode(&header, false, bytes);
    ck_assert_int_eq(frame_decode(bytes, false, 0, &header), WIRE_ERROR_FRAME);
}
END_TEST

START_TEST(rows_are_complete)
{
    ck_assert_int_eq(message_role(MESSAGE_PING), ROLE_ANY);
    ck_assert_int_eq(message_role(MESSAGE_DECIDE), ROLE_BROKER);
    ck_assert_int_eq(message_role(MESSAGE_RELOAD), ROLE_ADMIN);
    for (int i = 1; i < WIRE_ERROR_COUNT; i++) {
        ck_assert(wire_error_code((WireError)i)[0] != '\0');
        ck_assert(wire_error_what((WireError)i)[0] != '\0');
        ck_assert(wire_error_todo((WireError)i)[0] != '\0');
    }
    ck_assert(wire_error_closes(WIRE_ERROR_VERSION));
    ck_assert(!wire_error_closes(WIRE_ERROR_BODY));
}
END_TEST

UNIT_MAIN("frame", header_goes_both_ways, length_up_to_the_limit, strict_in_every_field,
          id_zero_only_for_errors_and_events, rows_are_complete)
