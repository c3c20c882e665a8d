// SPDX-License-Identifier: Apache-2.0
#include "lang/source/diag.h"

#include <string.h>

#include "engine/base/unit.h"

enum { MEMORY = 8 * 1024 * 1024 };

static Arena arena;
static Sources sources;
static Diags diags;

static Source *start(const char *text)
{
    Source *source = NULL;
    arena_free(&arena);
    arena_init(&arena, MEMORY);
    sources_init(&sources, &arena, NULL, NULL);
    diags_init(&diags, &arena, &sources);
    ck_assert(sources_add(&sources, STR("a"), str_from_c(text), &source) == STATUS_OK);
    return source;
}

START_TEST(rows_are_in_order_and_written_alike)
{
    const char *before = "";
    for (size_t i = 0; i < diag_row_count(); i++) {
        const DiagRow *row = diag_row((DiagId)i);
        size_t len = strlen(row->message);
        ck_assert_msg(strlen(row->code) == 6 && memcmp(row->code, "PV", 2) == 0, "%s",
                      row->code);
        ck_assert_msg(strcmp(before, row->code) < 0, "%s after %s", row->code, before);
        ck_assert_msg(len > 0 && row->message[len - 1] != '.', "%s", row->message);
        ck_assert_msg(row->message[0] < 'A' || row->message[0] > 'Z', "%s",
                      row->message);
        DiagId id;
        ck_assert(diag_by_code(str_from_c(row->code), &id) && id == (DiagId)i);
        before = row->code;
    }
    DiagId id;
    ck_assert(!diag_by_code(STR("PV9999"), &id));
}
END_TEST

START_TEST(arguments_stand_in_their_places)
{
    Source *source = start("x");
    Span span = span_make(source->base, source->base + 1);
    Diag *diag = diag_report2(&diags, DIAG_SYNTAX_EXPECTED, span, STR("{1}"), STR("b"));
    ck_assert_text(diag_message(&arena, diag), "expected {1}, found b");
    ck_assert_uint_eq(diag_help_text(&arena, diag).len, 0);
    diag_help(diag, STR("do it"));
    ck_assert_text(diag_help_text(&arena, diag), "do it");
}
END_TEST

START_TEST(a_file_has_a_limit_of_messages)
{
    Source *a = start("x");
    Source *b = NULL;
    ck_assert(sources_add(&sources, STR("b"), STR("y"), &b) == STATUS_OK);
    for (int i = 0; i < DIAGS_PER_SOURCE; i++)
        diag_report(&diags, DIAG_SYNTAX_CHAIN, span_make(a->base, a->base));
    ck_assert_uint_eq(diags.dropped, 0);
    Diag *spare =
        diag_report1(&diags, DIAG_SYNTAX_WORD, span_make(a->base, a->base), STR("x"));
    diag_label(spare, spare->span, STR("kept nowhere, and harmless"));
    ck_assert_uint_eq(diags.dropped, 1);
    ck_assert_uint_eq(diags.errors, DIAGS_PER_SOURCE + 1);
    diag_report(&diags, DIAG_SYNTAX_CHAIN, span_make(b->base, b->base));
    ck_assert_uint_eq(diags.dropped, 1);
    size_t kept = 0;
    for (const Diag *diag = diags.first; diag != NULL; diag = diag->next)
        kept++;
    ck_assert_uint_eq(kept, DIAGS_PER_SOURCE + 1);
}
END_TEST

START_TEST(messages_are_sorted_by_place)
{
    Source *source = start("abcdef");
    static const uint32_t offsets[] = {4, 1, 3, 1, 0, 5};
    static const char *const names[] = {"e", "b1", "d", "b2", "a", "f"};
    for (size_t i = 0; i < 6; i++) {
        Span span = span_make(source->base + offsets[i], source->base + offsets[i]);
        diag_report1(&diags, DIAG_SYNTAX_WORD, span, str_from_c(names[i]));
    }
    diags_sort(&diags);
    static const char *const sorted[] = {"a", "b1", "b2", "d", "e", "f"};
    const Diag *diag = diags.first;
    for (size_t i = 0; i < 6; i++, diag = diag->next)
        ck_assert_text(diag->args[0], sorted[i]);
    ck_assert_ptr_null(diag);
    ck_assert_text(diags.last->args[0], "f");
}
END_TEST

START_TEST(what_is_said_twice_is_said_once)
{
    Source *source = start("abcdef");
    static const struct {
        uint32_t start, end;
        const char *name;
    } rows[] = {{2, 3, "b"}, {1, 2, "a"}, {2, 3, "b"}, {2, 3, "c"},
                {2, 4, "b"}, {1, 2, "a"}, {2, 3, "b"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        diag_report1(
            &diags, DIAG_SYNTAX_WORD,
            span_make(source->base + rows[i].start, source->base + rows[i].end),
            str_from_c(rows[i].name));
    diag_report1(&diags, DIAG_SYNTAX_EXTRA, diags.first->span, STR("b"));
    ck_assert_uint_eq(diags.errors, 8);
    diags_sort(&diags);
    ck_assert_uint_eq(diags.errors, 5);
    static const char *const kept[] = {"a", "b", "c", "b", "b"};
    const Diag *diag = diags.first;
    for (size_t i = 0; i < 5; i++, diag = diag->next)
        ck_assert_text(diag->args[0], kept[i]);
    ck_assert_ptr_null(diag);
    ck_assert_int_eq(diags.last->id, DIAG_SYNTAX_EXTRA);
}
END_TEST

START_TEST(severity_can_change)
{
    start("x");
    Diag *diag = diag_report(&diags, DIAG_SYNTAX_CHAIN, span_make(0, 0));
    ck_assert(diags_has_errors(&diags));
    diag_severity(diag, SEVERITY_WARNING);
    ck_assert(!diags_has_errors(&diags));
    ck_assert_uint_eq(diags.warnings, 1);
    diag_severity(diag, SEVERITY_NOTE);
    ck_assert_uint_eq(diags.warnings, 0);
}
END_TEST

static Str nearest(const char *name, const char *const *candidates, size_t count)
{
    Nearest found = nearest_start(str_from_c(name));
    for (size_t i = 0; i < count; i++)
        nearest_offer(&found, str_from_c(candidates[i]));
    return found.best;
}

START_TEST(the_nearest_name_is_suggested)
{
    static const char *const names[] = {"refund", "refunds", "get_customer", "id",
                                        "to"};
    ck_assert_text(nearest("refnud", names, 5), "refund");
    ck_assert_text(nearest("REFUND", names, 5), "refund");
    ck_assert_text(nearest("get_costumer", names, 5), "get_customer");
    ck_assert_text(nearest("ix", names, 5), "id");
    ck_assert_text(nearest("zz", names, 5), "");
    ck_assert_text(nearest("quite_another", names, 5), "");
    static const char *const equals[] = {"cat", "bat"};
    static const char *const swapped[] = {"bat", "cat"};
    ck_assert_text(nearest("rat", equals, 2), "bat");
    ck_assert_text(nearest("rat", swapped, 2), "bat");
}
END_TEST

START_TEST(a_suggestion_is_a_fix)
{
    Source *source = start("refnud");
    Span span = span_make(source->base, source->base + 6);
    Diag *diag = diag_report1(&diags, DIAG_SYNTAX_WORD, span, STR("refnud"));
    Nearest found = nearest_start(STR("refnud"));
    diag_suggest(diag, span, &found);
    ck_assert_ptr_null(diag->fixes);
    nearest_offer(&found, STR("refund"));
    diag_suggest(diag, span, &found);
    ck_assert_text(diag->fixes->replacement, "refund");
    ck_assert_text(diag_help_text(&arena, diag), "did you mean `refund`?");
}
END_TEST

UNIT_MAIN("diag", rows_are_in_order_and_written_alike, arguments_stand_in_their_places,
          a_file_has_a_limit_of_messages, messages_are_sorted_by_place,
          what_is_said_twice_is_said_once, severity_can_change,
          the_nearest_name_is_suggested, a_suggestion_is_a_fix)
