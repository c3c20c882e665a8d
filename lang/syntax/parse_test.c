// SPDX-License-Identifier: Apache-2.0
// Whole files are in tests/language/syntax; here are expressions and limits.
#include "lang/syntax/parse.h"

#include "engine/base/buf.h"
#include "engine/base/unit.h"

enum { MEMORY = 16 * 1024 * 1024 };

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

// A tree as (KIND children) or its text, to see how an expression groups.
static void write_grouping(Buf *out, const Node *node)
{
    if (node->child == NULL && node->text.len > 0) {
        buf_str(out, node->text);
        return;
    }
    buf_printf(out, "(%s", node_kind_name((NodeKind)node->kind));
    if (node->text.len > 0)
        buf_printf(out, ":%.*s", STR_ARG(node->text));
    for (const Node *child = node->child; child != NULL; child = child->next) {
        buf_char(out, ' ');
        write_grouping(out, child);
    }
    buf_char(out, ')');
}

START_TEST(operators_bind_as_documented)
{
    static const struct {
        const char *text;
        const char *grouping;
    } rows[] = {
        {"a or b and c", "(OR a (AND b c))"},
        {"a or b or c", "(OR a b c)"},
        {"(a or b) or c", "(OR (OR a b) c)"},
        {"a or (b or c)", "(OR a (OR b c))"},
        {"a and b and c and d", "(AND a b c d)"},
        {"not a and b", "(AND (NOT a) b)"},
        {"not a == b", "(NOT (EQ a b))"},
        {"not has a.b or c", "(OR (NOT (HAS (FIELD:b a))) c)"},
        {"a else 1 <= 2", "(LE (ELSE a 1) 2)"},
        {"a else b else c", "(ELSE a (ELSE b c))"},
        {"a + b * c - d", "(SUB (ADD a (MUL b c)) d)"},
        {"-a.b + 1", "(ADD (NEG (FIELD:b a)) 1)"},
        {"- -1", "(NEG (NEG 1))"},
        {"a in b and c like \"x*\"", "(AND (IN a b) (LIKE c x*))"},
        {"any x in xs: x or y", "(ANY:x xs (OR x y))"},
        {"a and all x in xs: x and y", "(AND a (ALL:x xs (AND x y)))"},
        {"not any x in xs: x", "(NOT (ANY:x xs x))"},
        {"any x in a.b: any y in x.c: y", "(ANY:x (FIELD:b a) (ANY:y (FIELD:c x) y))"},
        {"task has a and task called b.c(d == 1, .at > e) last 1h or f",
         "(OR (AND (HAS_LABEL:a task) (CALLED task (FIELD:c b) (CONDITIONS (EQ d 1) "
         "(GT at e)) (LAST 1h))) f)"},
        {"t[a, b].c(d).e", "(FIELD:e (CALL (FIELD:c (INDEX t a b)) d))"},
        {"(a, b) in {(c, d)}", "(IN (TUPLE a b) (SET (TUPLE c d)))"},
        {"{a: 1, \"b\": [c, {}]}", "(RECORD (ENTRY:a 1) (ENTRY:b (LIST c (SET))))"},
        {"approved by user or approved by g",
         "(OR (APPROVED (FROM_USER)) (APPROVED g))"},
        {"approved == 1", "(EQ approved 1)"},
        {"args.when == user.in", "(EQ (FIELD:when args) (FIELD:in user))"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Node *root =
            parse_expression(&arena, &diags, source_of(str_from_c(rows[i].text)));
        ck_assert_msg(root != NULL, "%s", rows[i].text);
        Buf out = buf_on(&arena);
        write_grouping(&out, root);
        ck_assert_text(buf_view(&out), rows[i].grouping);
    }
}
END_TEST

START_TEST(an_expression_is_nothing_else)
{
    static const char *const texts[] = {
        "", "a b", "a ==", "(a", "permit x { }", "a, b"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        Node *root = parse_expression(&arena, &diags, source_of(str_from_c(texts[i])));
        ck_assert_msg(root == NULL && diags.errors == 1, "%s", texts[i]);
    }
}
END_TEST

// ---- nesting: N levels are fine, N + 1 are not ----

static uint32_t errors_of_nesting(const char *before, const char *open,
                                  const char *core, const char *close, unsigned levels)
{
    Arena scratch;
    arena_init(&scratch, MEMORY);
    Buf text = buf_on(&scratch);
    buf_c(&text, before);
    for (unsigned i = 0; i < levels; i++)
        buf_c(&text, open);
    buf_c(&text, core);
    for (unsigned i = 0; i < levels; i++)
        buf_c(&text, close);
    parse_file(&arena, &diags, source_of(buf_view(&text)));
    arena_free(&scratch);
    return diags.errors;
}

START_TEST(nesting_has_a_limit)
{
    static const struct {
        const char *before, *open, *core, *close;
    } rows[] = {
        {"const A = ", "(", "1", ")"},        {"const A = ", "not ", "b", ""},
        {"const A = ", "-", "1", ""},         {"const A = ", "[", "1", "]"},
        {"const A = ", "{a: ", "1", "}"},     {"const A = ", "f(1, ", "1", ")"},
        {"const A = ", "t[1, ", "1", "]"},    {"const A = ", "any x in xs: ", "1", ""},
        {"const A = ", "1 + (2, ", "1", ")"}, {"const A: ", "set<", "int", ">"},
        {"const A: ", "{a: ", "int", "}"},    {"const A = a", ".b", "", ""},
        {"const A = 1", " - 1", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool is_type = rows[i].before[7] == ':';
        // A type's const ends with its value; the innermost operand is a level too, and
        // the row with a sum in it takes two a time.
        const char *core = is_type ? "int" : rows[i].core;
        unsigned step = rows[i].open[0] == '1' ? 2 : 1;
        unsigned most = (AST_MAX_DEPTH - 1) / step;
        ck_assert_msg(errors_of_nesting(rows[i].before, rows[i].open, core,
                                        rows[i].close, most) == (is_type ? 1u : 0u),
                      "%s%s", rows[i].before, rows[i].open);
        ck_assert_msg(is_type || errors_of_nesting(rows[i].before, rows[i].open, core,
                                                   rows[i].close, most + 1) == 1,
                      "%s%s", rows[i].before, rows[i].open);
        ck_assert_uint_eq(diags.first->id,
                          is_type ? DIAG_SYNTAX_EXPECTED : DIAG_NESTING);
    }
}
END_TEST

START_TEST(hostile_nesting_ends)
{
    static const char *const opens[] = {"(", "[",  "{",  "{a: ",      "not ",
                                        "-", "f(", "a[", "any x in ", "a."};
    for (size_t i = 0; i < sizeof opens / sizeof opens[0]; i++) {
        ck_assert_uint_ge(errors_of_nesting("const A = ", opens[i], "1", "", 5000), 1);
        ck_assert_uint_le(diags.errors, 2);
    }
}
END_TEST

START_TEST(long_chains_are_flat)
{
    ck_assert_uint_eq(errors_of_nesting("const A = a", " or a", "", "", 20000), 0);
    ck_assert_uint_eq(errors_of_nesting("const A = a", " and a", "", "", 20000), 0);
}
END_TEST

START_TEST(a_broken_clause_leaves_the_rest)
{
    Source *source =
        source_of(STR("permit a {\n  tool crm.x\n  when ==\n  token { ttl 3s }\n}\n"
                      "permit b { tool crm.y }\n"));
    Node *file = parse_file(&arena, &diags, source);
    ck_assert_uint_eq(diags.errors, 1);
    Node *rule = node_find(file, NODE_PERMIT);
    ck_assert(node_has(rule, NODE_BROKEN) && !node_has(file, NODE_BROKEN));
    ck_assert_ptr_nonnull(node_find(rule, NODE_HEAD_TOOL));
    ck_assert_ptr_null(node_find(rule, NODE_WHEN));
    ck_assert_ptr_nonnull(node_find(rule, NODE_TOKEN));
    ck_assert(!node_has(node_find_next(rule, NODE_PERMIT), NODE_BROKEN));
}
END_TEST

START_TEST(a_lost_declaration_breaks_the_file)
{
    Node *file = parse_file(
        &arena, &diags, source_of(STR("table t key id\npermit b { tool crm.y }\n")));
    ck_assert_uint_eq(diags.errors, 1);
    ck_assert(node_has(file, NODE_BROKEN));
    ck_assert_uint_eq(node_count(file, NODE_PERMIT), 1);
}
END_TEST

START_TEST(names_are_where_they_stand)
{
    Source *source = source_of(STR("limit x { tool gh.\"get-issue\" }"));
    Node *file = parse_file(&arena, &diags, source);
    Node *tool = node_find(node_find(file, NODE_LIMIT), NODE_HEAD_TOOL)->child;
    ck_assert_text(tool->text, "get-issue");
    ck_assert_text(sources_text(&sources, node_name_span(tool)), "\"get-issue\"");
    ck_assert_text(sources_text(&sources, tool->span), "gh.\"get-issue\"");
    ck_assert_text(sources_text(&sources, node_name_span(file->child)), "x");
}
END_TEST

UNIT_MAIN("parse", operators_bind_as_documented, an_expression_is_nothing_else,
          nesting_has_a_limit, hostile_nesting_ends, long_chains_are_flat,
          a_broken_clause_leaves_the_rest, a_lost_declaration_breaks_the_file,
          names_are_where_they_stand)
