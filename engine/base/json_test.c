// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json.h"

#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/unit.h"

#define LENGTH(table) (sizeof(table) / sizeof(table)[0])

START_TEST(tree_keeps_order_text_and_places)
{
    Arena arena;
    arena_init(&arena, 1 << 20);
    const JsonValue *root = NULL;
    JsonError error;
    Str text = STR("{\"z\":[1.50,true], \"\\u0061\":\"x\\ny\", \"n\":null}");
    ck_assert_int_eq(json_parse(&arena, text, &root, &error), STATUS_OK);
    ck_assert_int_eq(root->kind, JSON_OBJECT);
    ck_assert_uint_eq(root->count, 3);
    ck_assert(str_eq(root->raw, text));
    const JsonValue *list = root->first;
    ck_assert_text(list->name, "z");
    ck_assert_uint_eq(list->name_offset, 1);
    ck_assert_uint_eq(list->offset, 5);
    ck_assert_text(list->raw, "[1.50,true]");
    ck_assert_uint_eq(list->count, 2);
    ck_assert_int_eq(list->first->kind, JSON_NUMBER);
    ck_assert_text(list->first->text, "1.50");
    ck_assert(list->first->next->kind == JSON_BOOL && list->first->next->truth);
    ck_assert_ptr_null(list->first->next->next);
    ck_assert_text(list->next->name, "a");
    ck_assert_text(json_member(root, STR("a"))->text, "x\ny");
    ck_assert_int_eq(json_member(root, STR("n"))->kind, JSON_NULL);
    ck_assert_ptr_null(json_member(root, STR("A")));
    ck_assert_ptr_null(json_member(list, STR("a")));
    ck_assert_ptr_null(json_member(NULL, STR("a")));
    arena_free(&arena);
}
END_TEST

START_TEST(repeated_names_are_refused_at_the_repetition)
{
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        {"{\"a\":1,\"a\":1}", 7},
        {"{\"a\":1,\"\\u0061\":1}", 7},
        {"{\"\":1,\"\":1}", 6},
        {"{\"b\":1,\"a\":1,\"c\":1,\"b\":1,\"a\":1}", 19},
        {"[{\"a\":{\"x\":1,\"x\":2}}]", 13},
    };
    Arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const JsonValue *root = NULL;
        JsonError error = {0};
        Status status = json_parse(&arena, str_from_c(cases[i].text), &root, &error);
        ck_assert_int_eq(status, STATUS_MALFORMED);
        ck_assert_ptr_null(root);
        ck_assert_uint_eq(error.offset, cases[i].offset);
        ck_assert_str_eq(error.message, "the name stands twice in its object");
    }
    const JsonValue *root = NULL;
    JsonError error;
    ck_assert_int_eq(
        json_parse(&arena, STR("{\"a\":{\"a\":{\"A\":1}}}"), &root, &error), STATUS_OK);
    arena_free(&arena);
}
END_TEST

START_TEST(many_names_in_one_object)
{
    enum { COUNT = 20000 };
    Arena arena;
    arena_init(&arena, 1 << 24);
    Buf text = buf_on(&arena);
    buf_char(&text, '{');
    for (int i = 0; i < COUNT; i++)
        buf_printf(&text, "\"k%d\":%d,", i, i);
    size_t last = text.len;
    buf_c(&text, "\"k0\":1}");
    const JsonValue *root = NULL;
    JsonError error = {0};
    ck_assert_int_eq(json_parse(&arena, buf_view(&text), &root, &error),
                     STATUS_MALFORMED);
    ck_assert_uint_eq(error.offset, last);
    text.at[last + 1] = 'K';
    ck_assert_int_eq(json_parse(&arena, buf_view(&text), &root, &error), STATUS_OK);
    ck_assert_uint_eq(root->count, COUNT + 1);
    arena_free(&arena);
}
END_TEST

START_TEST(every_shortage_of_memory_is_a_limit)
{
    Str text = STR("{\"a\":[1,2,{\"\\n\":\"\\t\"}],\"b\":{\"c\":null},\"d\":true}");
    const JsonValue *root = NULL;
    JsonError error = {0};
    size_t limit = 0;
    for (;; limit += 16) {
        Arena arena;
        arena_init(&arena, limit);
        Status status = json_parse(&arena, text, &root, &error);
        arena_free(&arena);
        if (status == STATUS_OK)
            break;
        ck_assert_int_eq(status, STATUS_LIMIT);
        ck_assert_ptr_nonnull(error.message);
    }
    ck_assert_uint_gt(limit, 500);
}
END_TEST

START_TEST(one_value_at_a_time)
{
    Arena arena;
    arena_init(&arena, 1 << 16);
    JsonReader reader = json_reader(STR("[{\"id\":1},{\"id\":2},{\"id\":2,\"id\":3}]"));
    JsonEvent event;
    ck_assert_int_eq(json_next(&reader, &event), STATUS_OK);
    for (int64_t i = 1; i <= 3; i++) {
        ArenaMark mark = arena_mark(&arena);
        const JsonValue *row = NULL;
        int64_t id = 0;
        ck_assert_int_eq(json_next(&reader, &event), STATUS_OK);
        Status status = json_read_value(&arena, &reader, event, &row);
        ck_assert_int_eq(status, i < 3 ? STATUS_OK : STATUS_MALFORMED);
        if (i < 3) {
            ck_assert(json_to_i64(json_member(row, STR("id")), &id));
            ck_assert_int_eq(id, i);
        }
        arena_reset(&arena, mark);
    }
    ck_assert_uint_eq(reader.error.offset, 27);
    arena_free(&arena);
}
END_TEST

START_TEST(integers)
{
    static const struct {
        const char *text;
        bool fits;
        int64_t number;
    } cases[] = {
        {"0", true, 0},
        {"1e3", true, 1000},
        {"5.0", true, 5},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"0.5", false, 0},
        {"1e400", false, 0},
        {"\"1\"", false, 0},
        {"true", false, 0},
    };
    Arena arena;
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const JsonValue *value = NULL;
        JsonError error;
        int64_t number = 0;
        ck_assert_int_eq(json_parse(&arena, str_from_c(cases[i].text), &value, &error),
                         STATUS_OK);
        ck_assert_int_eq(json_to_i64(value, &number), cases[i].fits);
        ck_assert_int_eq(number, cases[i].number);
    }
    arena_free(&arena);
}
END_TEST

START_TEST(canonical_form)
{
    static const struct {
        const char *text;
        const char *canonical; // NULL: refused
    } cases[] = {
        // RFC 8785 §3.2.2 and §3.2.3.
        {"{\"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, "
         "0.000000000000000000000000001],\n\"string\": "
         "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
         "\"literals\": [null, true, false]}",
         "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0."
         "002,"
         "1e-27],\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"},
        {"{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage "
         "Return\",\"\\ufb33\":\"Hebrew\","
         "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji\",\"\\u0080\":\"Control\","
         "\"\\u00f6\":\"Latin\"}",
         "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
         "\"\xc3\xb6\":\"Latin\",\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":"
         "\"Emoji\",\"\xef\xac\xb3\":\"Hebrew\"}"},
        {" [ ] ", "[]"},
        {"{}", "{}"},
        {"{\"b\":{\"d\":1,\"c\":2},\"a\":[{\"z\":0,\"y\":0}]}",
         "{\"a\":[{\"y\":0,\"z\":0}],\"b\":{\"c\":2,\"d\":1}}"},
        {"-0", "0"},
        {"50.00", "50"},
        {"9007199254740993", "9007199254740992"},
        {"1e400", NULL},
        {"[1,-1e999]", NULL},
        {"{\"a\":1,\"a\":1}", NULL},
        {"1 2", NULL},
    };
    Arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        Buf out = buf_on(&arena);
        Status status = json_canonical(&arena, str_from_c(cases[i].text), &out);
        ck_assert_int_eq(status,
                         cases[i].canonical != NULL ? STATUS_OK : STATUS_MALFORMED);
        if (cases[i].canonical == NULL)
            continue;
        ck_assert_text(buf_view(&out), cases[i].canonical);
        Buf again = buf_on(&arena);
        ck_assert_int_eq(json_canonical(&arena, buf_view(&out), &again), STATUS_OK);
        ck_assert(str_eq(buf_view(&again), buf_view(&out)));
    }
    char memory[8];
    Buf small = buf_fixed(memory, sizeof memory);
    ck_assert_int_eq(json_canonical(&arena, STR("[1,2,3,4]"), &small), STATUS_LIMIT);
    arena_free(&arena);
}
END_TEST

UNIT_MAIN("json", tree_keeps_order_text_and_places,
          repeated_names_are_refused_at_the_repetition, many_names_in_one_object,
          every_shortage_of_memory_is_a_limit, one_value_at_a_time, integers,
          canonical_form)
