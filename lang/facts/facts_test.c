// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/facts.h"

#include <string.h>

#include "lang/facts/facts_unit.h"

typedef struct Case {
    const char *text;
    const char *expected;
} Case;

static void expect_all(const char *path, const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bench_expect(path, cases[i].text, cases[i].expected);
}

#define EXPECT_ALL(path, cases) expect_all(path, cases, sizeof cases / sizeof cases[0])

START_TEST(yaml_becomes_a_tree)
{
    static const Case cases[] = {
        {"- id: u-1\n  tenant: acme\n- id: u-2\n", "[{id:u-1 tenant:acme} {id:u-2}]"},
        {"a: [x, 'y', \"z\"]\nb: {}\n", "{a:[x \"y\" \"z\"] b:{}}"},
        {"country: no\nfile: 010\nat: 12:30\nn: 1_000\n",
         "{country:no file:010 at:12:30 n:1_000}"},
        {"a: null\nb: ~\nc:\nd: 'null'\ne: Null\n", "{a:- b:- c:- d:\"null\" e:-}"},
        {"text: |\n  one\n  two\n", "{text:\"one\ntwo\n\"}"},
        {"%YAML 1.1\n---\na: b\n...\n", "{a:b}"},
        {"a: x # comment\n", "{a:x}"},
        {"[]", "[]"},
        {"'<<': x\n", "{<<:x}"},
        {"a: b\r\nc: d\r\n", "{a:b c:d}"},
        {"\"k\\u00e9y\": \"v\\tw\"", "{k\xc3\xa9y:\"v\tw\"}"},
    };
    EXPECT_ALL("f.yaml", cases);
    EXPECT_ALL("f.yml", cases);
}
END_TEST

START_TEST(yaml_that_can_be_misread_is_refused)
{
    static const Case cases[] = {
        {"a: &x 1\n", "1:4 facts can't hold anchors (`&`)"},
        {"a: &x [1]\n", "1:4 facts can't hold anchors (`&`)"},
        {"a: &x {b: 1}\n", "1:4 facts can't hold anchors (`&`)"},
        {"- *all\n", "1:3 facts can't hold aliases (`*`)"},
        {"a: !!str 5\n", "1:4 facts can't hold tags (`!`)"},
        {"a: ! 5\n", "1:4 facts can't hold tags (`!`)"},
        {"!!python/object:os.system\na: 1\n", "1:1 facts can't hold tags (`!`)"},
        {"- !!set {a}\n", "1:3 facts can't hold tags (`!`)"},
        {"a:\n  <<: {b: 1}\n", "2:3 facts can't hold merge keys (`<<`)"},
        {"a: 1\n---\nb: 2\n", "2:1 facts can't hold a second document (`---`)"},
        {"? [a, b]\n: c\n", "1:3 facts can't hold a list or map as a name"},
        {"{a: b}: c\n", "1:1 facts can't hold a list or map as a name"},
        {"a: \"x\\0y\"\n", "1:4 facts can't hold the NUL character (`\\0`)"},
        {"?\n: x\n",
         "1:2 this YAML can't be read: the name before the colon is missing"},
        {"a: 1\nb: 2\na: 3\n", "3:1 `a` is given twice (1)"},
        {"a: {b: 1, 'b': 2}\n", "1:11 `b` is given twice (1)"},
        {"a: [1\n", "2:1 this YAML can't be read: did not find expected ',' or ']'"},
        {"a: 1\n\tb: 2\n", "2:1 this YAML can't be read: found a tab character that "
                           "violates indentation"},
        {"", "1:1 `f.yaml` holds nothing"},
        {"# nothing\n", "1:1 `f.yaml` holds nothing"},
        {"---\n", "1:1 `f.yaml` holds nothing"},
        {"null\n", "1:1 `f.yaml` holds nothing"},
    };
    EXPECT_ALL("f.yaml", cases);
}
END_TEST

START_TEST(places_count_characters_of_any_width)
{
    static const Case cases[] = {
        {"\xc3\xa9: &x 1\n", "1:4 facts can't hold anchors (`&`)"},
        {"a: \xf0\x9f\x98\x80\r\nb: \xe2\x82\xac\r\nc: *x\r\n",
         "3:4 facts can't hold aliases (`*`)"},
        {"- \xc3\xa9\n- {\xc3\xa9: 1, \xc3\xa9: 2}\n",
         "2:10 `\xc3\xa9` is given twice (2)"},
    };
    EXPECT_ALL("f.yaml", cases);
}
END_TEST

START_TEST(json_becomes_a_tree)
{
    static const Case cases[] = {
        {"[{\"id\": \"u-1\", \"n\": 5, \"b\": true, \"x\": null}]",
         "[{id:\"u-1\" n:#5 b:#true x:-}]"},
        {"{\"a\": [1.50, 12345678901234567890123]}",
         "{a:[#1.50 #12345678901234567890123]}"},
        {"{\"a\": {}, \"b\": []}", "{a:{} b:[]}"},
        {"", "1:1 this JSON can't be read: the text ends too early"},
        {"null", "1:1 `f.json` holds nothing"},
    };
    EXPECT_ALL("f.json", cases);
}
END_TEST

START_TEST(csv_becomes_a_list_of_maps)
{
    static const Case cases[] = {
        {"id,tenant\nC1,acme\nC2,globex\n",
         "[{id:C1 tenant:acme} {id:C2 tenant:globex}]"},
        {"id,tenant\r\nC1,acme", "[{id:C1 tenant:acme}]"},
        {"id,note\n1,\n2,\"\"\n", "[{id:1 note:} {id:2 note:\"\"}]"},
        {"id,note\n1,\"a,b\"\n2,\"say \"\"x\"\"\"\n3,\"two\nlines\"\n",
         "[{id:1 note:a,b} {id:2 note:say \"x\"} {id:3 note:two\nlines}]"},
        {"id\n\nA\n\n", "[{id:A}]"},
        {"id,tenant\n", "[]"},
        {"\"id\",\"te\"\"nant\"\na,b\n", "[{id:a te\"nant:b}]"},
    };
    EXPECT_ALL("f.csv", cases);
}
END_TEST

START_TEST(csv_mistakes_have_their_line)
{
    static const Case cases[] = {
        {"a,b\n1\n2,3\n4,5,6\n", "2:1 the row has 1 cell, the header has 2; "
                                 "4:1 the row has 3 cells, the header has 2"},
        {"a,b\n1,\"x\n", "2:3 this CSV can't be read: this quote is never closed"},
        {"a\n\"x\"y\n", "2:4 this CSV can't be read: a comma must follow the closing "
                        "quote"},
        {"a\nx\"y\"\n", "2:2 this CSV can't be read: a cell with a quote in it must be "
                        "quoted, and the quote doubled"},
        {"a,b\n1, 2\n", "2:3 this CSV can't be read: white space stands around a cell "
                        "that isn't quoted"},
        {"a\nx\ry\n", "2:2 this CSV can't be read: a carriage return must be followed "
                      "by a line feed"},
        {"a,,b\n1,2,3\n", "1:3 this CSV can't be read: a column has no name"},
        {"a,b,a\n1,2,3\n", "1:5 `a` is given twice (1)"},
        {"", "1:1 `f.csv` holds nothing"},
        {"\n\n", "1:1 `f.csv` holds nothing"},
    };
    EXPECT_ALL("f.csv", cases);
}
END_TEST

START_TEST(files_are_utf8_without_mark_or_nul)
{
    static const char *const paths[] = {"f.yaml", "f.json", "f.csv"};
    for (size_t i = 0; i < 3; i++) {
        bench_expect(paths[i], "\xef\xbb\xbf[]",
                     "1:1 the file begins with a byte order mark");
        bench_expect(paths[i], "a\nb\xff\n", "2:2 the file is not valid UTF-8");
        bench_expect(paths[i], "a\n\xed\xa0\x80", "2:1 the file is not valid UTF-8");
        Bench *bench = bench_new();
        const Source *source = bench_add(bench, paths[i], (Str){"a\nb\0c", 5});
        ck_assert_ptr_null(facts_read(&bench->arena, &bench->diags, source));
        ck_assert_text(bench_messages(bench), "2:2 a NUL character stands in the file");
        bench_free(bench);
    }
    // UTF-16 is not UTF-8, whatever libyaml would make of it.
    bench_expect("f.yaml",
                 "\xff\xfe"
                 "a",
                 "1:1 the file is not valid UTF-8");
}
END_TEST

START_TEST(the_name_says_what_it_is)
{
    bench_expect("f.txt", "[]", "1:1 the name of `f.txt` doesn't say what it is");
    bench_expect("yaml", "[]", "1:1 the name of `yaml` doesn't say what it is");
}
END_TEST

// `depth` lists in each other.
static Str nested(Arena *arena, size_t depth)
{
    Buf text = buf_on(arena);
    buf_fill(&text, '[', depth);
    buf_fill(&text, ']', depth);
    return buf_view(&text);
}

START_TEST(depth_is_limited)
{
    static const char *const paths[] = {"f.yaml", "f.json"};
    for (size_t i = 0; i < 2; i++) {
        Bench *bench = bench_new();
        const Source *good = bench_add(bench, paths[i], nested(&bench->arena, 16));
        ck_assert_ptr_nonnull(facts_read(&bench->arena, &bench->diags, good));
        const Source *bad = bench_add(bench, paths[i], nested(&bench->arena, 17));
        ck_assert_ptr_null(facts_read(&bench->arena, &bench->diags, bad));
        ck_assert_text(bench_messages(bench),
                       "1:17 this is nested deeper than 16 levels");
        bench_free(bench);
    }
}
END_TEST

START_TEST(hostile_nesting_ends_at_once)
{
    Bench *bench = bench_new();
    Buf text = buf_on(&bench->arena);
    buf_fill(&text, '[', 1 << 20);
    const Source *source = bench_add(bench, "f.yaml", buf_view(&text));
    ck_assert_ptr_null(facts_read(&bench->arena, &bench->diags, source));
    ck_assert_text(bench_messages(bench), "1:17 this is nested deeper than 16 levels");
    bench_free(bench);
}
END_TEST

// A text of `len` letters in quotes, with `before` and `after` around it.
static Str letters(Arena *arena, const char *before, size_t len, const char *after)
{
    Buf text = buf_on(arena);
    buf_c(&text, before);
    buf_fill(&text, 'x', len);
    buf_c(&text, after);
    return buf_view(&text);
}

START_TEST(names_and_texts_are_limited)
{
    Bench *bench = bench_new();
    Arena *arena = &bench->arena;
    struct {
        const char *path;
        Str good;
        Str bad;
        const char *message;
    } cases[] = {
        {"f.yaml", letters(arena, "", 128, ": 1\n"), letters(arena, "", 129, ": 1\n"),
         "1:1 the name is longer than 128 bytes"},
        {"f.json", letters(arena, "{\"", 128, "\": 1}"),
         letters(arena, "{\"", 129, "\": 1}"), "1:2 the name is longer than 128 bytes"},
        {"f.yaml", letters(arena, "a: ", 65536, "\n"),
         letters(arena, "a: ", 65537, "\n"), "1:4 the text is longer than 64 KiB"},
        {"f.csv", letters(arena, "a\n", 65536, "\n"),
         letters(arena, "a\n", 65537, "\n"), "2:1 the text is longer than 64 KiB"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        diags_init(&bench->diags, arena, &bench->sources);
        const Source *good = bench_add(bench, cases[i].path, cases[i].good);
        ck_assert_ptr_nonnull(facts_read(arena, &bench->diags, good));
        const Source *bad = bench_add(bench, cases[i].path, cases[i].bad);
        ck_assert_ptr_null(facts_read(arena, &bench->diags, bad));
        ck_assert_text(bench_messages(bench), cases[i].message);
    }
    bench_free(bench);
}
END_TEST

START_TEST(columns_are_limited)
{
    Bench *bench = bench_new();
    for (int count = 256; count <= 257; count++) {
        Buf text = buf_on(&bench->arena);
        for (int i = 0; i < count; i++)
            buf_printf(&text, "%sc%d", i == 0 ? "" : ",", i);
        const Source *source = bench_add(bench, "f.csv", buf_view(&text));
        const Fact *root = facts_read(&bench->arena, &bench->diags, source);
        ck_assert_int_eq(root != NULL, count == 256);
    }
    ck_assert_text(bench_messages(bench), "1:1 the header is longer than 256 columns");
    bench_free(bench);
}
END_TEST

START_TEST(yaml_is_limited_to_16_mebibytes)
{
    Bench *bench = bench_new();
    for (size_t over = 0; over <= 1; over++) {
        Buf text = buf_on(&bench->arena);
        buf_c(&text, "[]\n#");
        buf_fill(&text, '-', ((size_t)16 << 20) + over - text.len);
        const Source *source = bench_add(bench, "f.yaml", buf_view(&text));
        const Fact *root = facts_read(&bench->arena, &bench->diags, source);
        ck_assert_int_eq(root != NULL, over == 0);
    }
    ck_assert_text(bench_messages(bench), "1:1 the file is longer than 16 MiB");
    bench_free(bench);
}
END_TEST

START_TEST(names_are_compared_in_large_maps_too)
{
    Bench *bench = bench_new();
    Buf text = buf_on(&bench->arena);
    for (int i = 0; i < 5000; i++)
        buf_printf(&text, "n%d: x\n", i);
    buf_c(&text, "n17: y\n");
    const Source *source = bench_add(bench, "f.yaml", buf_view(&text));
    ck_assert_ptr_null(facts_read(&bench->arena, &bench->diags, source));
    ck_assert_text(bench_messages(bench), "5001:1 `n17` is given twice (18)");
    bench_free(bench);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_reported_where_it_is_named)
{
    Bench *bench = bench_new();
    const Source *policy = bench_add(bench, "p.proviso", STR("table t from \"t.csv\""));
    Span span = span_make(policy->base + 13, policy->base + 20);
    ck_assert_ptr_null(
        facts_load(&bench->arena, &bench->diags, &bench->sources, STR("t.csv"), span));
    ck_assert_text(bench_messages(bench), "1:14 `t.csv` can't be read: not found");
    bench_free(bench);
}
END_TEST

UNIT_MAIN("facts", yaml_becomes_a_tree, yaml_that_can_be_misread_is_refused,
          places_count_characters_of_any_width, json_becomes_a_tree,
          csv_becomes_a_list_of_maps, csv_mistakes_have_their_line,
          files_are_utf8_without_mark_or_nul, the_name_says_what_it_is,
          depth_is_limited, hostile_nesting_ends_at_once, names_and_texts_are_limited,
          columns_are_limited, yaml_is_limited_to_16_mebibytes,
          names_are_compared_in_large_maps_too,
          a_file_that_is_not_there_is_reported_where_it_is_named)
