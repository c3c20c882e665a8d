// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/policy_text.h"

#include "engine/base/arena.h"
#include "engine/base/unit.h"
#include "lang/source/diag.h"
#include "lang/syntax/lex.h"
#include "lang/syntax/parse.h"

enum { MEMORY = 64 << 20 };

// True if an audience whose tool and argument have this name parses, with these names.
static bool parses(Str name)
{
    Arena arena;
    arena_init(&arena, MEMORY);
    Sources sources;
    sources_init(&sources, &arena, NULL, NULL);
    Diags diags;
    diags_init(&diags, &arena, &sources);
    Buf text = buf_on(&arena);
    buf_c(&text, "audience a { uri \"https://a.example\" tool ");
    policy_name(&text, name);
    buf_c(&text, "(");
    policy_name(&text, name);
    buf_c(&text, ": string) }");
    Source *source;
    ck_assert_int_eq(sources_add(&sources, STR("p"), buf_view(&text), &source),
                     STATUS_OK);
    const Node *file = parse_file(&arena, &diags, source);
    const Node *audience = node_find(file, NODE_AUDIENCE);
    const Node *tool = audience == NULL ? NULL : node_find(audience, NODE_TOOL);
    const Node *first = tool == NULL ? NULL : node_find(tool, NODE_NAME);
    const Node *params = tool == NULL ? NULL : node_find(tool, NODE_PARAMS);
    bool is_good = !diags_has_errors(&diags) && first != NULL && params != NULL &&
                   str_eq(first->text, name) && str_eq(params->child->text, name);
    arena_free(&arena);
    return is_good;
}

START_TEST(every_keyword_can_be_a_name)
{
    for (size_t i = 0; keyword_at(i) != NULL; i++) {
        const Keyword *keyword = keyword_at(i);
        ck_assert_msg(parses(str_from_c(keyword->text)), "%s", keyword->text);
    }
}
END_TEST

START_TEST(every_text_can_be_a_name)
{
    static const char *const names[] = {
        "",
        "a b",
        "get-issue",
        "1st",
        "a.b",
        "\"",
        "\\",
        "\\u{41}",
        "a\nb",
        "a\tb",
        "\x01",
        "\x7f",
        "$ref",
        "@type",
        "//",
        "caf\xc3\xa9",
        "\xe2\x80\xae",
        "\xe2\x80\xa8",
        "\xf0\x9f\x98\x80",
        "\xef\xbb\xbf",
        "'",
        "{x}",
        "a\r\nb",
        "_",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_msg(parses(str_from_c(names[i])), "%zu: %s", i, names[i]);
}
END_TEST

START_TEST(comments_show_what_they_say)
{
    char memory[64];
    Buf out = buf_fixed(memory, sizeof memory);
    policy_comment(&out, STR("a\xe2\x80\xae"
                             "b\x07\r\n\xc3\xa9"));
    ck_assert_text(buf_view(&out), "ab\xc3\xa9");
}
END_TEST

UNIT_MAIN("policy_text", every_keyword_can_be_a_name, every_text_can_be_a_name,
          comments_show_what_they_say)
