// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json_read.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/unit.h"

#define LENGTH(table) (sizeof(table) / sizeof(table)[0])

// Reads to the end or the first error.
static Status read_all(JsonReader *reader)
{
    JsonEvent event = JSON_EVENT_NULL;
    while (event != JSON_EVENT_END)
        TRY(json_next(reader, &event));
    return STATUS_OK;
}

START_TEST(events_tokens_and_offsets)
{
    static const struct {
        JsonEvent event;
        size_t offset;
        const char *token;
    } expected[] = {
        {JSON_EVENT_OBJECT, 1, "{"},          {JSON_EVENT_NAME, 2, "a"},
        {JSON_EVENT_ARRAY, 7, "["},           {JSON_EVENT_NUMBER, 8, "1"},
        {JSON_EVENT_NUMBER, 11, "-50.00e+1"}, {JSON_EVENT_ARRAY_END, 20, "]"},
        {JSON_EVENT_NAME, 23, "b\\n"},        {JSON_EVENT_OBJECT, 29, "{"},
        {JSON_EVENT_OBJECT_END, 31, "}"},     {JSON_EVENT_NAME, 33, "c"},
        {JSON_EVENT_STRING, 37, "x\\\"y"},    {JSON_EVENT_NAME, 44, ""},
        {JSON_EVENT_TRUE, 47, "true"},        {JSON_EVENT_NAME, 52, "d"},
        {JSON_EVENT_FALSE, 56, "false"},      {JSON_EVENT_NAME, 62, "e"},
        {JSON_EVENT_NULL, 66, "null"},        {JSON_EVENT_OBJECT_END, 70, "}"},
    };
    JsonReader reader = json_reader(STR(
        " {\"a\" :[1, -50.00e+1], \"b\\n\":{ },\"c\":\"x\\\"y\",\"\":true,\"d\":false,"
        "\"e\":null}\r\n"));
    JsonEvent event;
    for (size_t i = 0; i < LENGTH(expected); i++) {
        ck_assert_int_eq(json_next(&reader, &event), STATUS_OK);
        ck_assert_msg(event == expected[i].event, "event %zu", i);
        ck_assert_text(reader.token, expected[i].token);
        ck_assert_msg(reader.offset == expected[i].offset, "event %zu at %zu", i,
                      reader.offset);
    }
    ck_assert_int_eq(json_next(&reader, &event), STATUS_OK);
    ck_assert_int_eq(event, JSON_EVENT_END);
}
END_TEST

START_TEST(malformed_texts_are_refused_where_they_break)
{
    static const struct {
        Str text;
        size_t offset;
    } cases[] = {
        {{"", 0}, 0},
        {{NULL, 0}, 0},
        {{"  ", 2}, 2},
        {{"\xef\xbb\xbf{}", 5}, 0}, // byte order mark
        {{"{", 1}, 1},
        {{"[", 1}, 1},
        {{"}", 1}, 0},
        {{"{]", 2}, 1},
        {{"[}", 2}, 1},
        {{"[1}", 3}, 2},
        {{"{\"a\":1]", 7}, 6},
        {{"[1,]", 4}, 3},
        {{"[,1]", 4}, 1},
        {{"[1 2]", 5}, 3},
        {{"{\"a\":1,}", 8}, 7},
        {{"{\"a\"}", 5}, 4},
        {{"{\"a\" 1}", 7}, 5},
        {{"{a:1}", 5}, 1},
        {{"{1:1}", 5}, 1},
        {{"{'a':1}", 7}, 1},
        {{"{\"a\":}", 6}, 5},
        {{"1 1", 3}, 2},
        {{"{}{}", 4}, 2},
        {{"[1]//", 5}, 3},
        {{"[1\0]", 4}, 2},
        {{"1\0", 2}, 1},
        {{"[1\f]", 4}, 2},
        {{"01", 2}, 1},
        {{"-01", 3}, 2},
        {{"-", 1}, 1},
        {{"+1", 2}, 0},
        {{".5", 2}, 0},
        {{"1.", 2}, 2},
        {{"1.e1", 4}, 2},
        {{"1e", 2}, 2},
        {{"1e+", 3}, 3},
        {{"1e+-1", 5}, 3},
        {{"0x1", 3}, 1},
        {{"1_0", 3}, 1},
        {{"NaN", 3}, 0},
        {{"-Infinity", 9}, 1},
        {{"tru", 3}, 0},
        {{"True", 4}, 0},
        {{"nulll", 5}, 4},
        {{"\"", 1}, 1},
        {{"\"a", 2}, 2},
        {{"\"a\\\"", 4}, 4},
        {{"\"\\", 2}, 1},
        {{"\"\\x41\"", 6}, 1},
        {{"\"\\u12g4\"", 8}, 1},
        {{"\"\\u123\"", 7}, 1},
        {{"\"\\u", 3}, 1},
        {{"\"a\\u0000\"", 9}, 2},
        {{"\"a\0\"", 4}, 2},
        {{"\"a\nb\"", 5}, 2},
        {{"\"a\tb\"", 5}, 2},
        {{"\"\\ud800\"", 8}, 1},
        {{"\"\\udc00\"", 8}, 1},
        {{"\"\\ud800x\"", 9}, 1},
        {{"\"\\ud800\\n\"", 10}, 1},
        {{"\"\\ud800\\ud800\"", 14}, 1},
        {{"\"\\ud800\\u0041\"", 14}, 1},
        {{"\"\\udbff\\ue000\"", 14}, 1},
        {{"\"a\xc0\xaf\"", 5}, 2},        // overlong
        {{"\"\xed\xa0\x80\"", 5}, 1},     // surrogate
        {{"\"\xf4\x90\x80\x80\"", 6}, 1}, // past U+10FFFF
        {{"\"\xff\"", 3}, 1},
        {{"{\"\xc3\":1}", 7}, 2},
        {{"[\"a\xe2\x82", 5}, 3}, // cut off
        {{"\xc2\xa0\x31", 3}, 0}, // a space, but not JSON's
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        JsonReader reader = json_reader(cases[i].text);
        ck_assert_msg(read_all(&reader) == STATUS_MALFORMED, "case %zu", i);
        ck_assert_msg(reader.error.offset == cases[i].offset, "case %zu: %s at %zu", i,
                      reader.error.message, reader.error.offset);
        ck_assert_ptr_nonnull(reader.error.message);
    }
}
END_TEST

START_TEST(well_formed_texts)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "-0.0e-0",
        "\"\"",
        "null",
        " true ",
        "[]",
        "[[]]",
        "{}",
        "[{},{}]",
        "{\"a\":{\"a\":1}}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\"",
        "\"\\uD83D\\uDE00\"",
        "\"\xf4\x8f\xbf\xbf\"",
        "\"\x7f\"",
        "123456789012345678901234567890.5e99999",
    };
    for (size_t i = 0; i < LENGTH(texts); i++) {
        JsonReader reader = json_reader(str_from_c(texts[i]));
        ck_assert_msg(read_all(&reader) == STATUS_OK, "%s", texts[i]);
    }
}
END_TEST

START_TEST(depth_at_its_limit)
{
    for (int is_object = 0; is_object < 2; is_object++) {
        char memory[1024];
        Buf text = buf_fixed(memory, sizeof memory);
        for (int i = 0; i < JSON_DEPTH_MAX; i++)
            buf_c(&text, is_object ? "{\"\":" : "[");
        size_t prefix = text.len;
        buf_c(&text, "0");
        for (int i = 0; i < JSON_DEPTH_MAX; i++)
            buf_c(&text, is_object ? "}" : "]");
        JsonReader reader = json_reader(buf_view(&text));
        ck_assert_int_eq(read_all(&reader), STATUS_OK);
        memory[prefix] = '[';
        reader = json_reader(buf_view(&text));
        ck_assert_int_eq(read_all(&reader), STATUS_LIMIT);
        ck_assert_uint_eq(reader.error.offset, prefix);
    }
}
END_TEST

START_TEST(unescaping)
{
    static const struct {
        const char *token;
        const char *text;
    } cases[] = {
        {"", ""},
        {"plain \xc3\xb6", "plain \xc3\xb6"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"a\\u0041\\u00f6\\u20ac\\ud83d\\uDE00z",
         "aA\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80z"},
    };
    Arena arena;
    arena_init(&arena, 1 << 16);
    Str text;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        ck_assert_int_eq(json_unescape(&arena, str_from_c(cases[i].token), &text),
                         STATUS_OK);
        ck_assert_text(text, cases[i].text);
    }
    ck_assert_int_eq(json_unescape(&arena, STR("\\ud800"), &text), STATUS_MALFORMED);
    arena_free(&arena);
    arena_init(&arena, 0);
    ck_assert_int_eq(json_unescape(&arena, STR("no escape"), &text), STATUS_OK);
    ck_assert_int_eq(json_unescape(&arena, STR("\\n"), &text), STATUS_LIMIT);
}
END_TEST

UNIT_MAIN("json_read", events_tokens_and_offsets,
          malformed_texts_are_refused_where_they_break, well_formed_texts,
          depth_at_its_limit, unescaping)
