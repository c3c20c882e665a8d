// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json_write.h"

#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/base/unit.h"

static void write_sample(JsonWriter *writer)
{
    json_begin_object(writer);
    json_name(writer, "name");
    json_c(writer, "refund");
    json_name_str(writer, STR("list"));
    json_begin_array(writer);
    json_i64(writer, -5);
    json_bool(writer, true);
    json_begin_object(writer);
    json_end_object(writer);
    json_end_array(writer);
    json_name(writer, "empty");
    json_begin_array(writer);
    json_end_array(writer);
    json_name(writer, "raw");
    json_raw(writer, STR("1.50"));
    json_name(writer, "null");
    json_null(writer);
    json_end_object(writer);
}

START_TEST(compact)
{
    char memory[256];
    Buf out = buf_fixed(memory, sizeof memory);
    JsonWriter writer = json_writer(&out, 0);
    write_sample(&writer);
    ck_assert_text(buf_view(&out),
                   "{\"name\":\"refund\",\"list\":[-5,true,{}],\"empty\":[],"
                   "\"raw\":1.50,\"null\":null}");
}
END_TEST

START_TEST(indented)
{
    char memory[256];
    Buf out = buf_fixed(memory, sizeof memory);
    JsonWriter writer = json_writer(&out, 2);
    write_sample(&writer);
    ck_assert_text(buf_view(&out), "{\n"
                                   "  \"name\": \"refund\",\n"
                                   "  \"list\": [\n"
                                   "    -5,\n"
                                   "    true,\n"
                                   "    {}\n"
                                   "  ],\n"
                                   "  \"empty\": [],\n"
                                   "  \"raw\": 1.50,\n"
                                   "  \"null\": null\n"
                                   "}");
}
END_TEST

START_TEST(strings_are_escaped_and_always_utf8)
{
    static const struct {
        Str text;
        const char *json;
    } cases[] = {
        {{"", 0}, "\"\""},
        {{"\"\\/\b\f\n\r\t\v", 9}, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u000b\""},
        {{"\0\x01\x1f\x7f", 4}, "\"\\u0000\\u0001\\u001f\x7f\""},
        {{"\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80", 9},
         "\"\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {{"a\xff\xc3z", 4}, "\"a\xef\xbf\xbd\xef\xbf\xbdz\""},
        {{"\xed\xa0\x80", 3}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char memory[64];
        Buf out = buf_fixed(memory, sizeof memory);
        json_escape(&out, cases[i].text);
        ck_assert_text(buf_view(&out), cases[i].json);
    }
}
END_TEST

UNIT_MAIN("json_write", compact, indented, strings_are_escaped_and_always_utf8)
