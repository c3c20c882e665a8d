// SPDX-License-Identifier: Apache-2.0
#include "lang/source/source.h"

#include "engine/base/unit.h"

enum { MEMORY = 1024 * 1024 };

static Arena arena;
static Sources sources;

static void start(SourceReader read)
{
    arena_free(&arena);
    arena_init(&arena, MEMORY);
    sources_init(&sources, &arena, read, NULL);
}

static Source *add(const char *path, const char *text)
{
    Source *source = NULL;
    Status status = sources_add(&sources, str_from_c(path), str_from_c(text), &source);
    ck_assert(status == STATUS_OK);
    return source;
}

START_TEST(offsets_belong_to_one_source)
{
    start(NULL);
    Source *a = add("a", "xy");
    Source *b = add("b", "");
    Source *c = add("c", "z");
    ck_assert_uint_eq(a->base, 1);
    ck_assert_ptr_null(sources_find(&sources, 0));
    ck_assert_ptr_eq(sources_find(&sources, 1), a);
    ck_assert_ptr_eq(sources_find(&sources, 3), a); // its end
    ck_assert_ptr_eq(sources_find(&sources, 4), b);
    ck_assert_ptr_eq(sources_find(&sources, 5), c);
    ck_assert_ptr_eq(sources_find(&sources, 6), c);
    ck_assert_ptr_null(sources_find(&sources, 7));
    ck_assert_text(sources_text(&sources, span_make(1, 3)), "xy");
    ck_assert_text(sources_text(&sources, span_make(0, 0)), "");
    ck_assert_int_eq(a->text.at[a->text.len], 0);
}
END_TEST

START_TEST(columns_count_code_points)
{
    start(NULL);
    Source *source = add("a", "ab\n\xC3\xA9\xE2\x82\xACx\r\nend");
    static const struct {
        uint32_t offset, line, column;
    } rows[] = {
        {0, 1, 1}, {1, 1, 2},  {2, 1, 3},  {3, 2, 1}, {5, 2, 2}, {8, 2, 3},
        {9, 2, 4}, {11, 3, 1}, {14, 3, 4}, {4, 2, 1}, {6, 2, 2}, // inside of a code
                                                                 // point
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Location at = sources_locate(&sources, source->base + rows[i].offset);
        ck_assert_uint_eq(at.line, rows[i].line);
        ck_assert_uint_eq(at.column, rows[i].column);
    }
    ck_assert_ptr_null(sources_locate(&sources, 0).source);
}
END_TEST

START_TEST(lines_have_no_ends)
{
    start(NULL);
    Source *source = add("a", "one\r\n\nthree\n");
    ck_assert_uint_eq(source_line_count(source, &arena), 3);
    ck_assert_text(source_line(source, &arena, 1), "one");
    ck_assert_text(source_line(source, &arena, 2), "");
    ck_assert_text(source_line(source, &arena, 3), "three");
    ck_assert_text(source_line(source, &arena, 5), "");
    ck_assert_uint_eq(source_line_start(source, &arena, 3), source->base + 6);
    ck_assert_uint_eq(source_line_count(add("b", "x"), &arena), 1);
    ck_assert_uint_eq(source_line_count(add("c", ""), &arena), 0);
}
END_TEST

static int reads;

static Status read_once(void *context, Arena *target, Str path, Str *text)
{
    (void)context;
    reads++;
    if (str_eq(path, STR("absent")))
        return STATUS_NOT_FOUND;
    *text = arena_str(target, path);
    return STATUS_OK;
}

START_TEST(a_file_is_read_once)
{
    start(read_once);
    Source *first = NULL;
    Source *again = NULL;
    reads = 0;
    ck_assert(sources_load(&sources, STR("x"), &first) == STATUS_OK);
    ck_assert(sources_load(&sources, STR("x"), &again) == STATUS_OK);
    ck_assert_ptr_eq(first, again);
    ck_assert_int_eq(reads, 1);
    ck_assert(sources_load(&sources, STR("absent"), &again) == STATUS_NOT_FOUND);
    start(NULL);
    ck_assert(sources_load(&sources, STR("x"), &again) == STATUS_NOT_FOUND);
}
END_TEST

START_TEST(all_texts_together_have_a_limit)
{
    start(NULL);
    Source *source = NULL;
    sources.end = SOURCES_MAX_BYTES - 4;
    ck_assert(sources_add(&sources, STR("a"), STR("1234"), &source) == STATUS_LIMIT);
    ck_assert(sources_add(&sources, STR("a"), STR("123"), &source) == STATUS_OK);
    ck_assert(sources_add(&sources, STR("a"), STR(""), &source) == STATUS_LIMIT);
}
END_TEST

START_TEST(many_sources_keep_their_numbers)
{
    start(NULL);
    for (uint32_t i = 0; i < 100; i++)
        ck_assert_uint_eq(add("n", "text")->number, i);
    ck_assert_uint_eq(sources_find(&sources, sources.items[57]->base + 2)->number, 57);
}
END_TEST

START_TEST(spans_join)
{
    Span none = {0, 0};
    Span a = {3, 5};
    Span b = {4, 9};
    ck_assert_uint_eq(span_join(a, b).start, 3);
    ck_assert_uint_eq(span_join(a, b).end, 9);
    ck_assert_uint_eq(span_join(none, b).start, 4);
    ck_assert_uint_eq(span_join(a, none).end, 5);
    ck_assert(span_is_nowhere(none) && !span_is_nowhere(a));
}
END_TEST

UNIT_MAIN("source", offsets_belong_to_one_source, columns_count_code_points,
          lines_have_no_ends, a_file_is_read_once, all_texts_together_have_a_limit,
          many_sources_keep_their_numbers, spans_join)
