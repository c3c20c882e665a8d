// SPDX-License-Identifier: Apache-2.0
#include "engine/wire/transcode.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/unit.h"

// A request as JSON, through CBOR and back.
static void check_request(const char *json, const char *back)
{
    Arena arena;
    arena_init(&arena, 1 << 20);
    TranscodeError error = {0};
    Buf body = buf_on(&arena), text = buf_on(&arena);
    ck_assert_int_eq(transcode_request(&arena, str_from_c(json), &body, &error),
                     STATUS_OK);
    ck_assert_int_eq(transcode_to_json(buf_view(&body), 0, &text), STATUS_OK);
    ck_assert_text(buf_view(&text), back);
    arena_free(&arena);
}

START_TEST(requests_go_both_ways)
{
    check_request("{}", "{}");
    check_request("{\"args\":{\"bb\":1,\"a\":[true,null,\"x\"]},\"gateway\":\"edge\"}",
                  "{\"gateway\":\"edge\",\"args\":{\"a\":[true,null,\"x\"],\"bb\":1}}");
    check_request("{\"args\":{\"n\":[1.50,-0.001,1e3,12e-1,0.0,-9223372036854775808]}}",
                  "{\"args\":{\"n\":[1.5,-0.001,1000,1.2,0,-9223372036854775808]}}");
}
END_TEST

START_TEST(requests_are_refused_where_they_are_wrong)
{
    static const struct {
        const char *json;
        uint32_t offset;
        const char *text;
    } CASES[] = {
        {"[]", 0, "a request is an object"},
        {"{\"gateway\":\"e\", \"colour\":1}", 16, "a request has no member `colour`"},
        {"{\"args\":{\"n\":0.12345678901234567890123456789}}", 13,
         "the number has too many digits"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        Arena arena;
        arena_init(&arena, 1 << 16);
        TranscodeError error = {0};
        Buf body = buf_on(&arena);
        ck_assert_int_eq(
            transcode_request(&arena, str_from_c(CASES[i].json), &body, &error),
            STATUS_MALFORMED);
        ck_assert_uint_eq(error.offset, CASES[i].offset);
        ck_assert_text(error.text, CASES[i].text);
        arena_free(&arena);
    }
}
END_TEST

START_TEST(memory_that_runs_out_is_said)
{
    Arena arena;
    arena_init(&arena, 64);
    TranscodeError error = {0};
    Buf body = buf_on(&arena);
    ck_assert_int_eq(transcode_request(&arena, STR("{\"args\":{}}"), &body, &error),
                     STATUS_LIMIT);
    arena_free(&arena);
}
END_TEST

START_TEST(bodies_as_json)
{
    static const struct {
        Str body;
        const char *json; // NULL: malformed
    } CASES[] = {
        {{"\xa1\x00\xa1\x00\x01", 5}, "{\"gateway\":{\"0\":1}}"},
        {{"\xa1\x18\xff\x01", 4}, "{\"255\":1}"},
        {{"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", 9}, "18446744073709551615"},
        {{"\x3b\x7f\xff\xff\xff\xff\xff\xff\xff", 9}, "-9223372036854775808"},
        {{"\x3b\x80\x00\x00\x00\x00\x00\x00\x00", 9}, "-9223372036854775809"},
        {{"\x3b\xff\xff\xff\xff\xff\xff\xff\xff", 9}, "-18446744073709551616"},
        {{"\x43\x00\xab\xff", 4}, "\"00abff\""},
        {{"\xf6", 1}, "null"},
        {{"\xa1\x20\x01", 3}, NULL},
        {{"\x01\x01", 2}, NULL},
        {{"", 0}, NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char memory[256];
        Buf text = buf_fixed(memory, sizeof memory);
        Status status = transcode_to_json(CASES[i].body, 0, &text);
        ck_assert_int_eq(status, CASES[i].json ? STATUS_OK : STATUS_MALFORMED);
        if (CASES[i].json)
            ck_assert_text(buf_view(&text), CASES[i].json);
    }
}
END_TEST

START_TEST(long_bytes_are_written_whole)
{
    char body[3 + 1000] = "\x59\x03\xe8";
    char memory[2100];
    Buf text = buf_fixed(memory, sizeof memory);
    ck_assert_int_eq(transcode_to_json((Str){body, sizeof body}, 0, &text), STATUS_OK);
    ck_assert_uint_eq(buf_view(&text).len, 2002);
}
END_TEST

UNIT_MAIN("transcode", requests_go_both_ways, requests_are_refused_where_they_are_wrong,
          memory_that_runs_out_is_said, bodies_as_json, long_bytes_are_written_whole)
