// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/table.h"

#include <string.h>

#include "lang/facts/facts_unit.h"

enum { COLUMNS_HERE = 8 };

// A declaration in one line: `key a, b` as "a b", columns as "name:type" with the types
// that plain_types names, `?` behind the type for optional, `~` for nocase.
typedef struct Decl {
    Str keys[4];
    Column columns[COLUMNS_HERE];
    TableDecl table;
} Decl;

static const Type *type_named(Bench *bench, Str name)
{
    static const char *const enum_values[] = {"gold", "silver"};
    static const struct {
        const char *name;
        TypeForm form;
    } plain[] = {
        {"string", TYPE_STRING}, {"int", TYPE_INT},           {"decimal", TYPE_DECIMAL},
        {"bool", TYPE_BOOL},     {"duration", TYPE_DURATION}, {"time", TYPE_TIME},
        {"ip", TYPE_IP},         {"net", TYPE_NET},           {"email", TYPE_EMAIL},
        {"uri", TYPE_URI},
    };
    Types *types = bench->types;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (str_eq(name, str_from_c(plain[i].name)))
            return type_plain(types, plain[i].form);
    if (str_eq(name, STR("set")))
        return type_set(types, type_plain(types, TYPE_STRING), 3);
    if (str_eq(name, STR("ints")))
        return type_list(types, type_plain(types, TYPE_INT), MAX_LIST_DEFAULT);
    if (str_eq(name, STR("key")))
        return type_key(types, 0);
    ck_assert_text(name, "enum");
    Str values[] = {str_from_c(enum_values[0]), str_from_c(enum_values[1])};
    return type_enum(types, values, 2);
}

static Decl *declare(Bench *bench, TableUse use, const char *keys, const char *columns)
{
    Decl *decl = ARENA_NEW(&bench->arena, Decl);
    decl->table = (TableDecl){.name = STR("t"),
                              .use = use,
                              .keys = decl->keys,
                              .has_block = columns != NULL,
                              .columns = decl->columns};
    Cut cut = {.tail = str_from_c(keys), .found = keys[0] != '\0'};
    while (cut.found) {
        cut = str_cut(cut.tail, ' ');
        decl->keys[decl->table.key_count++] = cut.head;
    }
    cut = (Cut){.tail = str_from_c(columns == NULL ? "" : columns)};
    cut.found = cut.tail.len > 0;
    while (cut.found) {
        cut = str_cut(cut.tail, ' ');
        Cut column = str_cut(cut.head, ':');
        Column *made = &decl->columns[decl->table.column_count++];
        made->name = column.head;
        made->is_optional = str_ends(column.tail, STR("?"));
        made->is_nocase = str_ends(column.tail, STR("~"));
        bool has_mark = made->is_optional || made->is_nocase;
        made->type = type_named(
            bench, str_slice(column.tail, 0, column.tail.len - (has_mark ? 1 : 0)));
    }
    return decl;
}

static void write_value(Buf *out, const Const *value)
{
    if (value == NULL || value->type == NULL) {
        buf_c(out, "-");
        return;
    }
    switch (type_kind(value->type)) {
    case KIND_STRING:
        buf_str(out, value->text);
        return;
    case KIND_DECIMAL:
        decimal_format(out, value->decimal);
        return;
    case KIND_DURATION:
        duration_format(out, value->number);
        return;
    case KIND_TIME:
        time_format(out, value->number);
        return;
    case KIND_IP:
    case KIND_NET:
        ip_format(out, value->ip);
        return;
    case KIND_LIST:
    case KIND_RECORD:
        buf_c(out, "[");
        for (uint32_t i = 0; i < value->count; i++) {
            buf_c(out, i == 0 ? "" : " ");
            write_value(out, &value->items[i]);
        }
        buf_c(out, "]");
        return;
    case KIND_NONE:
    case KIND_BOOL:
    case KIND_INT:
    case KIND_ROW:
    case KIND_JSON:
        buf_i64(out, value->number);
        return;
    }
}

// "a:string b:int? | x 1 | y -"
static Str table_text(Bench *bench, const Table *table)
{
    Buf out = buf_on(&bench->arena);
    for (uint32_t i = 0; i < table->column_count; i++) {
        const Column *column = &table->columns[i];
        buf_printf(&out, "%s%.*s:", i == 0 ? "" : " ", STR_ARG(column->name));
        type_format(&out, column->type);
        buf_c(&out, column->is_optional ? "?" : "");
    }
    for (uint32_t i = 0; i < table->row_count * table->column_count; i++) {
        buf_c(&out, i % table->column_count == 0 ? " | " : " ");
        write_value(&out, table->cells[i]);
    }
    return buf_view(&out);
}

// The table as text, or what was said about it.
static void expect(const char *path, const char *text, TableUse use, const char *keys,
                   const char *columns, const char *expected)
{
    Bench *bench = bench_new();
    Decl *decl = declare(bench, use, keys, columns);
    const Fact *root = bench_read(bench, path, text);
    FactTable made = table_from_facts(&bench->arena, bench->types, &bench->diags,
                                      &decl->table, root);
    bool has_errors = diags_has_errors(&bench->diags);
    Str got = has_errors ? bench_messages(bench) : table_text(bench, &made.table);
    ck_assert_msg(str_eq(got, str_from_c(expected)),
                  "%s:\n%s\ngives    %.*s\nexpected %s", path, text, STR_ARG(got),
                  expected);
    ck_assert(made.is_whole || has_errors);
    bench_free(bench);
}

static void expect_free(const char *path, const char *text, const char *keys,
                        const char *columns, const char *expected)
{
    expect(path, text, TABLE_FREE, keys, columns, expected);
}

START_TEST(rows_come_in_several_shapes)
{
    const char *expected = "id:string tier:string | C1 gold | C2 silver";
    static const char *const yaml[] = {
        "- {id: C1, tier: gold}\n- {id: C2, tier: silver}\n",
        "C1: {tier: gold}\nC2: {tier: silver}\n",
        "rows:\n- {id: C1, tier: gold}\n- {id: C2, tier: silver}\n",
        "t:\n- {id: C1, tier: gold}\n- {id: C2, tier: silver}\n",
        "t:\n  C1: {tier: gold}\n  C2: {tier: silver}\n",
        "one: {id: C1, tier: gold}\ntwo: {id: C2, tier: silver}\n",
    };
    for (size_t i = 0; i < sizeof yaml / sizeof yaml[0]; i++)
        expect_free("t.yaml", yaml[i], "id", "tier:string", expected);
    expect_free("t.json",
                "{\"C1\": {\"tier\": \"gold\"}, \"C2\": {\"tier\": \"silver\"}}", "id",
                "tier:string", expected);
    expect_free("t.csv", "tier,id\ngold,C1\nsilver,C2\n", "id", "tier:string",
                expected);
}
END_TEST

START_TEST(what_is_no_table_is_reported)
{
    expect_free("t.yaml", "x\n", "id", "",
                "1:1 a table should be a list of rows, or a "
                "map of them, found `x`");
    expect_free("t.yaml", "- {id: A}\n- B\n- [C]\n", "id", "",
                "2:3 a row should be a map from column to value, found `B`; "
                "3:3 a row should be a map from column to value, found a list");
    expect_free("t.yaml", "A: x\n", "id", "",
                "1:4 a row should be a map from column to value, found `x`");
}
END_TEST

START_TEST(an_empty_table_is_fine)
{
    expect_free("t.yaml", "[]", "id", "n:int", "id:string n:int");
    expect_free("t.csv", "id,n\n", "id", "n:int", "id:string n:int");
    expect_free("t.yaml", "[]", "id", NULL, "id:string");
}
END_TEST

START_TEST(the_type_decides_and_never_the_look)
{
    expect_free("t.yaml", "- {id: 010, a: no, b: 5, c: true, d: 1.50, e: 15m}\n", "id",
                "a:string b:int c:bool d:decimal e:duration",
                "id:string a:string b:int c:bool d:decimal e:duration | 010 no 5 1 1.5 "
                "15m");
    expect_free(
        "t.yaml",
        "- {id: x, a: 2026-03-02, b: 10.0.0.1, c: 10.0.0.0/8, d: a@b.example, "
        "e: 'https://x.example', f: gold}\n",
        "id", "a:time b:ip c:net d:email e:uri f:enum",
        "id:string a:time b:ip c:net d:email e:uri f:enum{\"gold\", \"silver\"} "
        "| x 2026-03-02T00:00:00Z 10.0.0.1 10.0.0.0/8 a@b.example "
        "https://x.example gold");
    expect_free("t.csv", "id,a,b\nx,5,007\n", "id", "a:int b:string",
                "id:string a:int b:string | x 5 007");
    expect_free("t.json", "[{\"id\": \"x\", \"a\": 5, \"b\": 5.0, \"c\": 1e2}]", "id",
                "a:int b:int c:decimal", "id:string a:int b:int c:decimal | x 5 5 100");
}
END_TEST

START_TEST(a_wrong_value_says_what_was_expected)
{
    static const struct {
        const char *type;
        const char *value;
        const char *expected;
    } rows[] = {
        {"int", "x", "`int`, found `x`"},
        {"int", "'5'", "`int`, found the text `5`"},
        {"int", "1.0", "`int`, found `1.0`"},
        {"int", "9223372036854775808", "`int`, found `9223372036854775808`"},
        {"int", "[1]", "`int`, found a list"},
        {"bool", "yes", "`bool`, found `yes`"},
        {"bool", "True", "`bool`, found `True`"},
        {"decimal", "1_000", "`decimal`, found `1_000`"},
        {"decimal", ".inf", "`decimal`, found `.inf`"},
        {"string", "{x: 1}", "`string`, found a map"},
        {"duration", "15", "`duration`, found `15`"},
        {"time", "yesterday", "`time`, found `yesterday`"},
        {"ip", "10.0.0.0/8", "`ip`, found `10.0.0.0/8`"},
        {"net", "10.0.0.1/8", "`net`, found `10.0.0.1/8`"},
        {"email", "a.example", "`email`, found `a.example`"},
        {"email", "a@b@c", "`email`, found `a@b@c`"},
        {"uri", "x", "`uri`, found `x`"},
        {"uri", "'1x:y'", "`uri`, found the text `1x:y`"},
        {"enum", "glod", "one of `gold`, `silver`, found `glod`"},
        {"set", "x", "`set<string>`, found `x`"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Bench *bench = bench_new();
        Arena *arena = &bench->arena;
        Str text = arena_format(arena, "- {id: A, v: %s}\n", rows[i].value);
        Str columns = arena_format(arena, "v:%s", rows[i].type);
        Str expected = arena_format(arena, "1:14 `v` should be %s", rows[i].expected);
        expect_free("t.yaml", text.at, "id", columns.at, expected.at);
        bench_free(bench);
    }
    expect_free("t.json", "[{\"id\": 5, \"a\": \"5\", \"b\": 1}]", "id", "a:int b:bool",
                "1:9 `id` should be `string`, found the number `5`; "
                "1:17 `a` should be `int`, found the text `5`; "
                "1:27 `b` should be `bool`, found the number `1`");
}
END_TEST

START_TEST(what_may_be_absent_may_be_null)
{
    expect_free("t.yaml", "- {id: A, v: ~}\n- {id: B}\n- {id: C, v: }\n", "id",
                "v:string?", "id:string v:string? | A - | B - | C -");
    expect_free("t.csv", "id,v\nA,\nB,\"\"\n", "id", "v:string?",
                "id:string v:string? | A - | B ");
    expect_free("t.yaml", "- {id: A, v: ~}\n- {id: B, v: x}\n- {id: C}\n", "id",
                "v:string", "1:14 the row has no `v`; 3:3 the row has no `v`");
    expect_free("t.yaml", "- {id: A}\n- {id: B}\n", "id", "v:string",
                "1:1 no row has the column `v`");
    expect_free("t.csv", "id,teir\nA,1\nB,2\n", "id", "tier:string",
                "1:4 table `t` has no column `teir`");
    expect_free("t.csv", "id,other\nA,1\nB,2\n", "id", "v:string",
                "1:1 no row has the column `v`; 1:4 table `t` has no column `other`");
}
END_TEST

START_TEST(an_unknown_column_is_reported_once)
{
    expect_free("t.yaml", "- {id: A, teir: x}\n- {id: B, teir: y}\n", "id",
                "tier:string?", "1:11 table `t` has no column `teir`");
}
END_TEST

START_TEST(keys_are_unique)
{
    expect_free("t.yaml", "- {id: A}\n- {id: B}\n- {id: A}\n", "id", "",
                "3:8 the key `A` is there twice (1)");
    expect_free("t.yaml", "- {a: x, b: y}\n- {a: x, b: z}\n- {a: x, b: y}\n", "a b", "",
                "3:7 the key `x, y` is there twice (1)");
    // What differs only in where one key ends is different.
    expect_free("t.csv", "a,b\nx,yz\nxy,z\n", "a b", "",
                "a:string b:string | x yz | xy z");
    expect_free("t.csv", "a,b\nx,1\ny,01\n", "b", "a:string b:int",
                "3:3 the key `1` is there twice (2)");
    expect_free("t.yaml", "A: {id: B}\nB: {}\n", "id", "",
                "2:1 the key `B` is there twice (1)");
}
END_TEST

START_TEST(nocase_columns_are_kept_in_lower_case)
{
    expect_free("t.csv", "repo,v\nAcme,X\n", "repo", "repo:string~ v:string",
                "repo:string v:string | acme X");
    expect_free("t.csv", "repo\nAcme\nACME\n", "repo", "repo:string~",
                "3:1 the key `acme` is there twice (2)");
}
END_TEST

START_TEST(sets_and_lists)
{
    expect_free("t.yaml", "- {id: A, v: [b, a, b]}\n- {id: B, v: []}\n", "id", "v:set",
                "id:string v:set<string> | A [a b] | B []");
    expect_free("t.csv", "id,v\nA,b;a;b\nB,\nC,x\n", "id", "v:set",
                "id:string v:set<string> | A [a b] | B [] | C [x]");
    expect_free("t.csv", "id,v\nA,\n", "id", "v:set?",
                "id:string v:set<string>? | A -");
    expect_free("t.csv", "id,v\nA,3;1;3\n", "id", "v:ints",
                "id:string v:list<int> | A [3 1 3]");
    expect_free("t.yaml", "- {id: A, v: [a, b, c, d]}\n", "id", "v:set",
                "1:14 `v` is longer than 3 elements");
    expect_free("t.yaml", "- {id: A, v: [1, x]}\n", "id", "v:ints",
                "1:18 `v` should be `int`, found `x`");
    expect_free("t.yaml", "- {id: A, v: [1, ~]}\n", "id", "v:ints",
                "1:18 `v` should be `int`, found nothing");
}
END_TEST

START_TEST(without_a_block_the_file_says_the_columns)
{
    expect_free("t.yaml", "- {id: A, n: 5, roles: [x]}\n- {id: B, n: 6}\n", "id", NULL,
                "id:string n:string roles:set<string>? | A 5 [x] | B 6 -");
    expect_free("t.json",
                "[{\"id\": \"A\", \"n\": 5, \"d\": 1.5, \"b\": true, \"m\": 1},"
                " {\"id\": \"B\", \"n\": 6, \"d\": 2, \"b\": false, \"m\": 2}]",
                "id", NULL,
                "id:string n:int d:decimal b:bool m:int | A 5 1.5 1 1 | B 6 2 0 2");
    expect_free("t.json", "[{\"id\": \"A\", \"n\": 5}, {\"id\": \"B\", \"n\": \"x\"}]",
                "id", NULL, "1:19 `n` should be `string`, found the number `5`");
    expect_free("t.csv", "a,id\n1,A\n,B\n", "id", NULL,
                "id:string a:string? | A 1 | B -");
}
END_TEST

START_TEST(users_and_agents_have_columns_of_their_own)
{
    expect("users.yaml", "u-1: {tenant: acme, email: a@b.example}\n", TABLE_USERS, "id",
           "email:email",
           "id:string email:email tenant:string? | u-1 a@b.example acme");
    expect("agents.csv", "id,tenant,client,tags\na,acme,web,x;y\nb,acme,,\n",
           TABLE_AGENTS, "id", "",
           "id:string tenant:string? client:string? tags:set<string>? "
           "| a acme web [x y] | b acme - -");
    expect("crms.csv", "tenant,uri\nacme,https://a.example\n", TABLE_AUDIENCES,
           "tenant", NULL, "tenant:string uri:uri | acme https://a.example");
    expect("crms.csv", "tenant,uri\nacme,x\n", TABLE_AUDIENCES, "tenant", NULL,
           "2:6 `uri` should be `uri`, found `x`");
    expect("crms.csv", "tenant\nacme\nbeta\n", TABLE_AUDIENCES, "tenant", NULL,
           "1:1 no row has the column `uri`");
}
END_TEST

START_TEST(users_say_their_groups)
{
    Bench *bench = bench_new();
    Decl *decl = declare(bench, TABLE_USERS, "id", "tenant:string");
    const Fact *root = bench_read(bench, "users.yaml",
                                  "- {id: u-1, tenant: a, groups: [staff, admins]}\n"
                                  "- {id: u-2, tenant: a, groups: []}\n"
                                  "- {id: u-3, tenant: a}\n"
                                  "- {id: u-4, tenant: a, groups: x}\n");
    FactTable made = table_from_facts(&bench->arena, bench->types, &bench->diags,
                                      &decl->table, root);
    ck_assert_uint_eq(made.member_count, 2);
    ck_assert_text(made.members[0].group, "admins");
    ck_assert_text(made.members[1].group, "staff");
    ck_assert_text(made.members[1].member, "u-1");
    ck_assert_uint_eq(made.table.column_count, 2);
    ck_assert_text(bench_messages(bench),
                   "4:32 `groups` should be `set<string>`, found `x`");
    bench_free(bench);
}
END_TEST

START_TEST(the_tenant_column_is_known)
{
    Bench *bench = bench_new();
    Decl *decl = declare(bench, TABLE_FREE, "id", "tier:string tenant:string");
    const Fact *root = bench_read(bench, "t.csv", "id,tier,tenant\nA,x,acme\n");
    FactTable made = table_from_facts(&bench->arena, bench->types, &bench->diags,
                                      &decl->table, root);
    ck_assert_uint_eq(made.table.tenant, 2);
    decl = declare(bench, TABLE_FREE, "id", "");
    made = table_from_facts(&bench->arena, bench->types, &bench->diags, &decl->table,
                            bench_read(bench, "t.csv", "id\nA\n"));
    ck_assert_uint_eq(made.table.tenant, NONE);
    bench_free(bench);
}
END_TEST

START_TEST(a_file_that_was_refused_leaves_the_columns_unknown)
{
    Bench *bench = bench_new();
    Decl *decl = declare(bench, TABLE_FREE, "id", NULL);
    FactTable made = table_from_facts(&bench->arena, bench->types, &bench->diags,
                                      &decl->table, NULL);
    ck_assert(!made.is_known && !made.is_whole);
    decl = declare(bench, TABLE_FREE, "id", "n:int");
    made = table_from_facts(&bench->arena, bench->types, &bench->diags, &decl->table,
                            NULL);
    ck_assert(made.is_known && !made.is_whole);
    ck_assert_uint_eq(made.table.column_count, 2);
    ck_assert(!diags_has_errors(&bench->diags));
    bench_free(bench);
}
END_TEST

START_TEST(keys_of_other_tables_are_checked)
{
    Bench *bench = bench_new();
    FactTable tables[2];
    Decl *decl = declare(bench, TABLE_FREE, "id", "id:string~");
    decl->table.name = STR("owners");
    tables[0] =
        table_from_facts(&bench->arena, bench->types, &bench->diags, &decl->table,
                         bench_read(bench, "o.csv", "id\nAnn\nBob\n"));
    decl = declare(bench, TABLE_FREE, "id", "owner:key?");
    tables[1] =
        table_from_facts(&bench->arena, bench->types, &bench->diags, &decl->table,
                         bench_read(bench, "t.csv", "id,owner\n1,ann\n2,Eve\n3,\n"));
    ck_assert(!diags_has_errors(&bench->diags));
    table_check_keys(&bench->arena, &bench->diags, tables, 2);
    ck_assert_text(bench_messages(bench),
                   "3:3 `owner` should be a key of `owners`, which has no row `eve`");
    bench_free(bench);
}
END_TEST

UNIT_MAIN("table", rows_come_in_several_shapes, what_is_no_table_is_reported,
          an_empty_table_is_fine, the_type_decides_and_never_the_look,
          a_wrong_value_says_what_was_expected, what_may_be_absent_may_be_null,
          an_unknown_column_is_reported_once, keys_are_unique,
          nocase_columns_are_kept_in_lower_case, sets_and_lists,
          without_a_block_the_file_says_the_columns,
          users_and_agents_have_columns_of_their_own, users_say_their_groups,
          the_tenant_column_is_known,
          a_file_that_was_refused_leaves_the_columns_unknown,
          keys_of_other_tables_are_checked)
