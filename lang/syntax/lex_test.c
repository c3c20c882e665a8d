// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/lex.h"

#include <string.h>

#include "engine/base/unit.h"
#include "lang/syntax/machine.h"

enum { MEMORY = 1024 * 1024 };

static Arena arena;
static Sources sources;
static Diags diags;

static Source *source_of(Str text)
{
    Source *source = NULL;
    arena_free(&arena);
    arena_init(&arena, MEMORY);
    sources_init(&sources, &arena, NULL, NULL);
    diags_init(&diags, &arena, &sources);
    ck_assert(sources_add(&sources, STR("a"), text, &source) == STATUS_OK);
    return source;
}

// The only token of a text.
static Token one(const char *text)
{
    Lexer lexer;
    ck_assert(lex_start(&lexer, source_of(str_from_c(text)), &diags));
    Token token = lex_next(&lexer);
    ck_assert_msg(lex_next(&lexer).kind == TK_EOF, "%s is more than one token", text);
    return token;
}

START_TEST(literals_are_told_apart)
{
    static const struct {
        const char *text;
        unsigned kind;
    } rows[] = {
        {"0", TK_INT},
        {"1_000", TK_INT},
        {"50.00", TK_DECIMAL},
        {"30s", TK_DURATION},
        {"250ms", TK_DURATION},
        {"1h30m", TK_DURATION},
        {"14d", TK_DURATION},
        {"10.0.0.1", TK_ADDRESS},
        {"10.0.0.0/8", TK_NETWORK},
        {"::", TK_ADDRESS},
        {"::1", TK_ADDRESS},
        {"2001:db8::", TK_ADDRESS},
        {"2001:db8::/32", TK_NETWORK},
        {"fe80::1:2", TK_ADDRESS},
        {"::ffff:10.0.0.1", TK_ADDRESS},
        {"1:2:3:4:5:6:7:8", TK_ADDRESS},
        {"1:2:3:4:5:6:10.0.0.1", TK_ADDRESS},
        {"\"a\"", TK_STRING},
        {"\"a // b\"", TK_STRING},
        {"@tag", TK_TAG},
        {"permit", TK_PERMIT},
        {"permits", TK_NAME},
        {"_x1", TK_NAME},
        {"approvals", TK_APPROVAL},
        {"// c", TK_COMMENT},
        {"/// c", TK_DOC},
        {"//// c", TK_COMMENT},
        {"<=", TK_LE},
        {"==", TK_EQ},
        {"?", TK_QUESTION},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_msg(one(rows[i].text).kind == rows[i].kind, "%s", rows[i].text);
    ck_assert_uint_eq(diags.errors, 0);
}
END_TEST

START_TEST(names_and_colons_are_no_addresses)
{
    static const unsigned kinds[] = {TK_NAME, TK_COLON, TK_INT,  TK_COMMA,
                                     TK_NAME, TK_COLON, TK_NAME, TK_EOF};
    Lexer lexer;
    ck_assert(lex_start(&lexer, source_of(STR("face:1,dad:beef")), &diags));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        ck_assert_uint_eq(lex_next(&lexer).kind, kinds[i]);
    ck_assert_uint_eq(lex_next(&lexer).kind, TK_EOF);
}
END_TEST

static Str value(const char *text)
{
    Token token = one(text);
    return token_string(&arena, sources.items[0], token);
}

START_TEST(strings_are_decoded)
{
    ck_assert_text(value("\"plain\""), "plain");
    ck_assert_text(value("\"\""), "");
    ck_assert_text(value("\"\\\"\\\\\\n\\t\""), "\"\\\n\t");
    ck_assert_text(value("\"\\u{41}\\u{e9}\\u{20AC}\\u{1F600}\""),
                   "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    ck_assert_text(value("\"\xC3\xA9\""), "\xC3\xA9");
    ck_assert_uint_eq(diags.errors, 0);
    ck_assert_text(value("'it'"), "it");
    ck_assert_text(value("\"open"), "open");
}
END_TEST

START_TEST(what_is_no_escape_is_reported)
{
    static const char *const texts[] = {
        "\"\\a\"",       "\"\\u\"",    "\"\\u{}\"",          "\"\\u{110000}\"",
        "\"\\u{D800}\"", "\"\\u{41\"", "\"\\u{0000000041}\""};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        one(texts[i]);
        ck_assert_msg(diags.errors == 1, "%s", texts[i]);
        ck_assert_uint_eq(diags.first->id, DIAG_STRING_ESCAPE);
    }
}
END_TEST

START_TEST(lines_are_noticed)
{
    Lexer lexer;
    ck_assert(lex_start(&lexer, source_of(STR("a b\n c\n \t\r\nd // x\n")), &diags));
    static const unsigned flags[] = {TOKEN_FIRST_ON_LINE | TOKEN_AT_MARGIN,
                                     0,
                                     TOKEN_FIRST_ON_LINE,
                                     TOKEN_FIRST_ON_LINE | TOKEN_AT_MARGIN |
                                         TOKEN_BLANK_BEFORE,
                                     0,
                                     TOKEN_FIRST_ON_LINE | TOKEN_AT_MARGIN};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        ck_assert_uint_eq(lex_next(&lexer).flags, flags[i]);
}
END_TEST

START_TEST(nul_is_an_ordinary_bad_character)
{
    Lexer lexer;
    Str text = {"a\0b", 3};
    ck_assert(lex_start(&lexer, source_of(text), &diags));
    ck_assert_uint_eq(diags.errors, 1);
    ck_assert_uint_eq(lex_next(&lexer).kind, TK_NAME);
    Token after = lex_next(&lexer);
    ck_assert_uint_eq(after.kind, TK_NAME);
    ck_assert_uint_eq(after.flags, TOKEN_AFTER_JUNK);
    ck_assert_uint_eq(diags.errors, 1);
    Str in_string = {"\"\0\"", 3};
    ck_assert(lex_start(&lexer, source_of(in_string), &diags));
    ck_assert_uint_eq(lex_next(&lexer).kind, TK_STRING);
    ck_assert_uint_eq(lex_next(&lexer).kind, TK_EOF);
}
END_TEST

START_TEST(keywords_are_sorted_and_found)
{
    size_t i = 0;
    for (; keyword_at(i) != NULL; i++) {
        const Keyword *row = keyword_at(i);
        if (i > 0)
            ck_assert_msg(strcmp(keyword_at(i - 1)->text, row->text) < 0, "%s",
                          row->text);
        ck_assert_ptr_eq(keyword_find(str_from_c(row->text)), row);
        ck_assert_ptr_nonnull(keyword_of_token(row->token));
        ck_assert_msg(row->where != 0 && row->says[0] != '\0', "%s", row->text);
    }
    ck_assert_uint_gt(i, 100);
    ck_assert_ptr_null(keyword_find(STR("")));
    ck_assert_ptr_null(keyword_find(STR("Permit")));
    ck_assert_ptr_null(keyword_find(STR("zzz")));
    ck_assert_ptr_null(keyword_of_token(TK_NAME));
}
END_TEST

UNIT_MAIN("lex", literals_are_told_apart, names_and_colons_are_no_addresses,
          strings_are_decoded, what_is_no_escape_is_reported, lines_are_noticed,
          nul_is_an_ordinary_bad_character, keywords_are_sorted_and_found)
