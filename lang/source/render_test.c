// SPDX-License-Identifier: Apache-2.0
// What one file's messages look like is in tests/language/syntax; here is the rest.
#include "lang/source/render.h"

#include "engine/base/json.h"
#include "engine/base/unit.h"

enum { MEMORY = 1024 * 1024 };

static Arena arena;
static Sources sources;
static Diags diags;

static void start(void)
{
    arena_free(&arena);
    arena_init(&arena, MEMORY);
    sources_init(&sources, &arena, NULL, NULL);
    diags_init(&diags, &arena, &sources);
}

static Source *add(const char *path, const char *text)
{
    Source *source = NULL;
    Status status = sources_add(&sources, str_from_c(path), str_from_c(text), &source);
    ck_assert(status == STATUS_OK);
    return source;
}

static Str shown(const Diag *diag, bool is_coloured)
{
    Buf out = buf_on(&arena);
    render_text(&out, diag, (RenderStyle){is_coloured});
    return buf_view(&out);
}

START_TEST(a_label_in_another_file_names_it)
{
    start();
    Source *a = add("a.proviso", "one\n\ttwo three\n");
    Source *b = add("b.proviso", "first\nsecond\n");
    Span span = span_make(a->base + 9, a->base + 14);
    Diag *diag = diag_report1(&diags, DIAG_SYNTAX_WORD, span, STR("three"));
    diag_label(diag, span_make(b->base + 6, b->base + 12), STR("declared here"));
    ck_assert_text(shown(diag, false), "error[PV0102]: `three` can't stand here\n"
                                       "  --> a.proviso:2:6\n"
                                       "   |\n"
                                       " 2 | \ttwo three\n"
                                       "   | \t    ^^^^^\n"
                                       "  ::: b.proviso:2:1\n"
                                       " 2 | second\n"
                                       "   | ------ declared here\n\n");
}
END_TEST

START_TEST(a_message_may_be_nowhere)
{
    start();
    Diag *diag = diag_report(&diags, DIAG_SYNTAX_CHAIN, span_make(0, 0));
    ck_assert_text(shown(diag, false),
                   "error[PV0107]: comparisons can't be chained\n"
                   "   = help: join two comparisons with `and`\n\n");
}
END_TEST

START_TEST(colour_is_a_flag)
{
    start();
    Source *a = add("a", "x");
    Diag *diag =
        diag_report(&diags, DIAG_SYNTAX_CHAIN, span_make(a->base, a->base + 1));
    ck_assert(!str_contains(shown(diag, false), STR("\x1b")));
    ck_assert(str_contains(shown(diag, true), STR("\x1b[1;31merror[PV0107]\x1b[0m")));
    diag_severity(diag, SEVERITY_WARNING);
    ck_assert(str_contains(shown(diag, true), STR("\x1b[1;33mwarning[PV0107]\x1b[0m")));
}
END_TEST

START_TEST(a_span_over_lines_is_underlined_to_the_first_end)
{
    start();
    Source *a = add("a", "ab\ncd\n");
    Diag *diag =
        diag_report(&diags, DIAG_SYNTAX_CHAIN, span_make(a->base + 1, a->base + 5));
    ck_assert(str_contains(shown(diag, false), STR(" 1 | ab\n   |  ^\n")));
}
END_TEST

START_TEST(json_carries_everything)
{
    start();
    Source *a = add("a \"b\".proviso", "x\ny = z\n");
    Span span = span_make(a->base + 4, a->base + 5);
    Diag *diag = diag_report(&diags, DIAG_SYNTAX_ASSIGN, span);
    diag_label(diag, span_make(a->base, a->base + 1), STR("here"));
    diag_fix(diag, span, STR("=="), STR("write `==`"));
    Buf out = buf_on(&arena);
    render_json(&out, diag);
    const JsonValue *root = NULL;
    JsonError error;
    ck_assert(json_parse(&arena, buf_view(&out), &root, &error) == STATUS_OK);
    ck_assert_text(json_member(root, STR("id"))->text, "PV0106");
    ck_assert_text(json_member(root, STR("severity"))->text, "error");
    ck_assert_text(json_member(root, STR("file"))->text, "a \"b\".proviso");
    const JsonValue *range = json_member(root, STR("range"));
    ck_assert_text(json_member(json_member(range, STR("start")), STR("line"))->text,
                   "2");
    ck_assert_text(json_member(json_member(range, STR("end")), STR("column"))->text,
                   "4");
    const JsonValue *fix = json_member(root, STR("fixes"))->first;
    ck_assert_text(json_member(fix, STR("replacement"))->text, "==");
    const JsonValue *label = json_member(root, STR("labels"))->first;
    ck_assert_text(json_member(label, STR("text"))->text, "here");
    ck_assert_ptr_nonnull(json_member(root, STR("help")));
}
END_TEST

static Str summary(void)
{
    Buf out = buf_on(&arena);
    render_summary(&out, &diags);
    return buf_view(&out);
}

START_TEST(the_summary_counts)
{
    start();
    ck_assert_text(summary(), "");
    Diag *diag = diag_report(&diags, DIAG_SYNTAX_CHAIN, span_make(0, 0));
    ck_assert_text(summary(), "1 error\n");
    diag_report(&diags, DIAG_SYNTAX_CHAIN, span_make(0, 0));
    ck_assert_text(summary(), "2 errors\n");
    diag_severity(diag, SEVERITY_WARNING);
    ck_assert_text(summary(), "1 error, 1 warning\n");
}
END_TEST

UNIT_MAIN("render", a_label_in_another_file_names_it, a_message_may_be_nowhere,
          colour_is_a_flag, a_span_over_lines_is_underlined_to_the_first_end,
          json_carries_everything, the_summary_counts)
