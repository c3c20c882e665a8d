// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_sql.h"

#include "engine/vm/arg_sql_query.h"

static const Str EFFECTS[] = {
    [EFFECT_SELECT] = {"select", 6}, [EFFECT_INSERT] = {"insert", 6},
    [EFFECT_UPDATE] = {"update", 6}, [EFFECT_DELETE] = {"delete", 6},
    [EFFECT_MERGE] = {"merge", 5},   [EFFECT_CREATE] = {"create", 6},
};

static const struct {
    Str word;
    Str verb;
} STATEMENTS[] = {
#define VERB(word, verb) {{word, sizeof word - 1}, {verb, sizeof verb - 1}},
#include "engine/vm/arg_sql_verb.def"
#undef VERB
};

static bool find_verb(SqlToken first, Str *verb)
{
    if (first.kind != TOKEN_WORD)
        return false;
    for (size_t i = 0; i < sizeof STATEMENTS / sizeof STATEMENTS[0]; i++) {
        if (str_eq_nocase(first.text, STATEMENTS[i].word)) {
            *verb = STATEMENTS[i].verb;
            return true;
        }
    }
    return false;
}

static bool next_is_one_of(const Sql *sql, const SqlWord *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sql->next.word == words[i])
            return true;
    }
    return sql->next.kind == TOKEN_END;
}

// A change of rows that is only spoken of: ON DELETE CASCADE, BEFORE INSERT OR UPDATE
// OF. What follows can't be a table, which a statement would have there.
static bool is_event(const Sql *sql)
{
    static const SqlWord AFTER_EVENT[] = {
        SQL_ON,      SQL_OR,       SQL_OF,  SQL_TO,
        SQL_CASCADE, SQL_RESTRICT, SQL_SET, SQL_CURRENT_TIMESTAMP};
    return next_is_one_of(sql, AFTER_EVENT, sizeof AFTER_EVENT / sizeof AFTER_EVENT[0]);
}

// A word that could begin another statement, but is part of this one.
static bool is_part_of(const Sql *sql, SqlWord verb)
{
    SqlWord word = sql->now.word;
    SqlWord next = sql->next.word;
    bool defines = verb == SQL_CREATE || verb == SQL_ALTER;
    if (word == SQL_INSERT || word == SQL_UPDATE || word == SQL_DELETE ||
        word == SQL_TRUNCATE)
        return defines && is_event(sql);
    if (word == SQL_REPLACE)
        return verb == SQL_CREATE && sql->before.word == SQL_OR;
    if (word == SQL_DROP || word == SQL_ALTER)
        return verb == SQL_ALTER && sql_word_has(next, MEMBER);
    if (word == SQL_SET)
        return defines;
    if (word == SQL_EXECUTE)
        return verb == SQL_CREATE && (next == SQL_FUNCTION || next == SQL_PROCEDURE);
    return word == SQL_IF && (next == SQL_EXISTS || next == SQL_NOT);
}

// The rest of a statement, of which nothing is asked but that no other begins in it.
// GRANT and REVOKE list privileges before ON, TO or FROM.
static bool parse_tail(Sql *sql, SqlWord verb)
{
    bool in_privileges = verb == SQL_GRANT || verb == SQL_REVOKE;
    while (sql->now.kind != TOKEN_END && !sql_at_symbol(sql, ';')) {
        if (sql_at_word(sql, SQL_ON) || sql_at_word(sql, SQL_TO) ||
            sql_at_word(sql, SQL_FROM))
            in_privileges = false;
        if (sql_word_has(sql->now.word, STATEMENT) && !in_privileges &&
            !is_part_of(sql, verb))
            return false;
        if (!sql_advance(sql))
            return false;
    }
    return true;
}

// CASCADE, RESTART IDENTITY, PURGE and their kind, up to the end.
static bool parse_options(Sql *sql)
{
    while (sql->now.kind == TOKEN_WORD) {
        bool is_option = sql->now.word == SQL_OTHER || sql_at_word(sql, SQL_CASCADE) ||
                         sql_at_word(sql, SQL_RESTRICT) ||
                         sql_at_word(sql, SQL_IDENTITY);
        if (!is_option || !sql_advance(sql))
            return false;
    }
    return sql_at_close(sql);
}

// [IF EXISTS] [ONLY] name { "," [ONLY] name } options
static bool parse_tables(Sql *sql)
{
    if (sql_at_word(sql, SQL_IF) &&
        (!sql_advance(sql) || !sql_take_word(sql, SQL_EXISTS)))
        return false;
    for (;;) {
        SqlName name;
        if (!sql_skip_word(sql, SQL_ONLY) || sql_word_has(sql->now.word, RESERVED) ||
            !sql_take_name(sql, &name) || !sql_record_table(sql, &name))
            return false;
        if (!sql_at_symbol(sql, ','))
            return parse_options(sql);
        if (!sql_advance(sql))
            return false;
    }
}

// DROP [TEMPORARY] TABLE tables | TRUNCATE [TABLE] tables | word tail
static bool parse_other(Sql *sql, Str *verb)
{
    SqlWord word = sql->now.word;
    if (!find_verb(sql->now, verb) || !sql_advance(sql))
        return false;
    if (word == SQL_DROP && !sql_skip_word(sql, SQL_TEMPORARY))
        return false;
    if ((word == SQL_DROP && sql_at_word(sql, SQL_TABLE)) || word == SQL_TRUNCATE)
        return sql_skip_word(sql, SQL_TABLE) && parse_tables(sql);
    sql->tables_known = false;
    sql->functions_known = false;
    return parse_tail(sql, word);
}

// "(" { word | number | "," } ")": EXPLAIN's options; not the query in parentheses.
static bool parse_explain_group(Sql *sql)
{
    if (!sql_open(sql))
        return false;
    while (!sql_at_close(sql)) {
        bool is_option = sql->now.kind == TOKEN_WORD || sql->now.kind == TOKEN_NUMBER ||
                         sql_at_symbol(sql, ',');
        if (!is_option || !sql_advance(sql))
            return false;
    }
    return sql_close(sql);
}

static bool at_query_group(const Sql *sql)
{
    SqlWord word = sql->next.word;
    bool is_group = sql->next.kind == TOKEN_SYMBOL && sql->next.symbol == '(';
    return is_group || word == SQL_SELECT || word == SQL_WITH || word == SQL_VALUES ||
           word == SQL_TABLE;
}

// EXPLAIN [QUERY PLAN | options | FORMAT "=" word] [ANALYZE] [VERBOSE]
static bool parse_explain(Sql *sql)
{
    if (!sql_take_word(sql, SQL_EXPLAIN))
        return false;
    if (sql_at_symbol(sql, '(') && !at_query_group(sql) && !parse_explain_group(sql))
        return false;
    while (!sql_at_query(sql)) {
        bool is_option = sql->now.kind == TOKEN_WORD || sql_at_symbol(sql, '=');
        bool is_other = sql_word_has(sql->now.word, STATEMENT);
        if (!is_option || is_other || !sql_advance(sql))
            return false;
    }
    return true;
}

static bool at_end(Sql *sql)
{
    if (sql_at_symbol(sql, ';') && !sql_advance(sql))
        return false;
    return sql->now.kind == TOKEN_END;
}

// statement [";"]
static bool parse_statement(Sql *sql, Str statement, Str *verb)
{
    sql->tables_known = true;
    sql->functions_known = true;
    if (!sql_start(sql, statement))
        return false;
    bool is_explain = sql_at_word(sql, SQL_EXPLAIN);
    if (is_explain && !parse_explain(sql))
        return false;
    if (!sql_at_query(sql))
        return !is_explain && parse_other(sql, verb) && at_end(sql);
    if (!sql_query(sql) || !at_end(sql))
        return false;
    *verb = EFFECTS[sql->effect];
    return true;
}

bool sql_verb(Str statement, Str *out)
{
    Sql sql = {.depth = 0};
    Str verb;
    if (!parse_statement(&sql, statement, &verb))
        return false;
    *out = verb;
    return true;
}

bool sql_tables(Str statement, Buf *memory, ArgList *out)
{
    Sql sql = {.memory = memory, .tables = out};
    Str verb;
    return parse_statement(&sql, statement, &verb) && sql.tables_known;
}

bool sql_functions(Str statement, Buf *memory, ArgList *out)
{
    Sql sql = {.memory = memory, .functions = out};
    Str verb;
    return parse_statement(&sql, statement, &verb) && sql.functions_known;
}
