// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_sql_query.h"

// Where a run of expressions ends, besides at a close or a set operation.
typedef enum RunMode {
    RUN_REST,    // the clauses after FROM, a group: nowhere else
    RUN_LIST,    // the select list, SET: at FROM and INTO
    RUN_JOIN,    // a join condition: at a comma, SET and words of CLAUSE
    RUN_BY_FROM, // arguments that FROM separates: nowhere else
    RUN_BY_IN,   // arguments that IN separates: nowhere else
} RunMode;

static bool parse_query(Sql *sql, bool may_change);
static bool parse_run(Sql *sql, RunMode mode);
static bool parse_set_operations(Sql *sql);
static bool parse_from(Sql *sql);

static bool next_is_symbol(const Sql *sql, char symbol)
{
    return sql->next.kind == TOKEN_SYMBOL && sql->next.symbol == symbol;
}

static bool next_is_word(const Sql *sql, SqlWord word)
{
    return sql->next.kind == TOKEN_WORD && sql->next.word == word;
}

static bool at_name(const Sql *sql)
{
    return sql->now.kind == TOKEN_WORD || sql->now.kind == TOKEN_QUOTED;
}

static bool now_has(const Sql *sql, SqlWordFlag flag)
{
    return sql->now.kind == TOKEN_WORD && sql_word_has(sql->now.word, flag);
}

// A name that is no keyword of ours.
static bool at_free_name(const Sql *sql)
{
    return at_name(sql) && !now_has(sql, RESERVED) && !now_has(sql, STATEMENT);
}

static bool at_set_operation(const Sql *sql)
{
    return sql_at_word(sql, SQL_UNION) || sql_at_word(sql, SQL_INTERSECT) ||
           sql_at_word(sql, SQL_EXCEPT) || sql_at_word(sql, SQL_MINUS);
}

// A query that only reads, where one may stand in parentheses. "table(" and "values("
// with a name before them are something else.
static bool at_subquery(const Sql *sql)
{
    return sql_at_word(sql, SQL_SELECT) || sql_at_word(sql, SQL_WITH) ||
           sql_at_word(sql, SQL_VALUES) || sql_at_word(sql, SQL_TABLE);
}

// "(" [query | run] ")", and what PostgreSQL lets follow a query in parentheses before
// the ")".
static bool parse_group(Sql *sql, RunMode mode)
{
    if (!sql_open(sql))
        return false;
    bool is_read = at_subquery(sql) ? parse_query(sql, false) : parse_run(sql, mode);
    return is_read && parse_set_operations(sql) && sql_close(sql);
}

// "(" numbers ")": the precision of a type.
static bool parse_precision(Sql *sql)
{
    if (!sql_open(sql))
        return false;
    while (sql->now.kind == TOKEN_NUMBER || sql_at_symbol(sql, ',')) {
        if (!sql_advance(sql))
            return false;
    }
    return sql_close(sql);
}

// The type after "::" and the type or name after AS: name [VARYING | PRECISION]
// [precision].
static bool parse_type(Sql *sql)
{
    SqlName name;
    if (!at_name(sql) || !sql_take_name(sql, &name) ||
        !sql_skip_word(sql, SQL_VARYING) || !sql_skip_word(sql, SQL_PRECISION))
        return false;
    return !sql_at_symbol(sql, '(') || parse_precision(sql);
}

static bool parse_as(Sql *sql)
{
    if (!sql_take_word(sql, SQL_AS))
        return false;
    if (sql_at_symbol(sql, '('))
        return true; // WINDOW w AS (…)
    return sql->now.kind == TOKEN_TEXT ? sql_advance(sql) : parse_type(sql);
}

// A keyword behind which "(" opens no call. Those that may also be a function's name
// are keywords only where the grammar has them.
static bool is_keyword_before_group(const Sql *sql)
{
    SqlWord word = sql->now.word;
    SqlWord before = sql->before.word;
    if (word == SQL_BY)
        return before == SQL_GROUP || before == SQL_ORDER || before == SQL_PARTITION;
    if (word == SQL_OVER || word == SQL_FILTER)
        return sql->before.symbol == ')';
    if (word == SQL_CONFLICT)
        return before == SQL_ON;
    if (word == SQL_INSERT)
        return sql->in_merge && before == SQL_THEN;
    return sql_word_has(word, NOT_CALL);
}

// How the arguments of the function here are separated, besides by commas.
static RunMode argument_mode(const Sql *sql)
{
    if (sql_at_word(sql, SQL_POSITION))
        return RUN_BY_IN;
    return now_has(sql, CALL_FROM) ? RUN_BY_FROM : RUN_REST;
}

// name [ "(" arguments ")" ]
static bool parse_name_or_call(Sql *sql)
{
    RunMode mode = argument_mode(sql);
    SqlName name;
    if (is_keyword_before_group(sql))
        return sql_advance(sql);
    if (!sql_take_name(sql, &name))
        return false;
    if (!sql_at_symbol(sql, '('))
        return true;
    return sql_record_function(sql, &name) &&
           parse_group(sql, name.count == 1 ? mode : RUN_REST);
}

// IS [NOT] DISTINCT FROM
static bool is_distinct_from(const Sql *sql)
{
    return sql->before.word == SQL_DISTINCT &&
           (sql->earlier.word == SQL_IS || sql->earlier.word == SQL_NOT);
}

// SELECT … INTO makes a table, a file or a variable; which one is not said.
static bool parse_into(Sql *sql)
{
    sql_raise(sql, EFFECT_CREATE);
    sql->tables_known = false;
    return sql_take_word(sql, SQL_INTO);
}

// UPDATE where it is part of FOR UPDATE, of an upsert or of a MERGE.
static bool parse_update_word(Sql *sql)
{
    SqlWord before = sql->before.word;
    SqlWord earlier = sql->earlier.word;
    bool is_lock = before == SQL_FOR || (before == SQL_KEY && earlier == SQL_NO);
    bool is_duplicate = before == SQL_KEY && earlier == SQL_DUPLICATE;
    bool is_conflict = before == SQL_DO && next_is_word(sql, SQL_SET);
    bool is_matched = before == SQL_THEN && next_is_word(sql, SQL_SET);
    bool is_upsert = sql->in_upsert && (is_duplicate || is_conflict);
    if (is_upsert)
        sql_raise(sql, EFFECT_UPDATE);
    return (is_upsert || is_lock || (sql->in_merge && is_matched)) && sql_advance(sql);
}

// A word that could begin another statement, where the grammar here has it.
static bool parse_statement_word(Sql *sql)
{
    SqlWord word = sql->now.word;
    SqlWord before = sql->before.word;
    if (sql_word_has(word, CALLABLE) && next_is_symbol(sql, '('))
        return parse_name_or_call(sql);
    if (word == SQL_UPDATE)
        return parse_update_word(sql);
    bool is_matched = sql->in_merge && before == SQL_THEN;
    if (word == SQL_DELETE || word == SQL_INSERT)
        return is_matched && sql_advance(sql);
    bool may_set = sql->in_upsert || sql->in_merge;
    return word == SQL_SET && before == SQL_UPDATE && may_set && sql_advance(sql);
}

// In SQLite the name of a table may follow IN. LOCK IN SHARE MODE is MySQL's.
static bool parse_in(Sql *sql, RunMode mode)
{
    bool is_lock = sql->before.word == SQL_LOCK;
    if (!sql_take_word(sql, SQL_IN))
        return false;
    return is_lock || mode == RUN_BY_IN || sql_at_symbol(sql, '(') ||
           sql->now.kind == TOKEN_PARAMETER;
}

// WITH [TIME zone | ORDINALITY | TIES | ROLLUP]; hints and options of tables are
// unknown.
static bool parse_with_in_run(Sql *sql)
{
    if (!next_is_word(sql, SQL_TIME) && !next_is_word(sql, SQL_ORDINALITY) &&
        !next_is_word(sql, SQL_TIES) && !next_is_word(sql, SQL_ROLLUP))
        return false;
    return sql_advance(sql) && sql_advance(sql);
}

static bool parse_word(Sql *sql, RunMode mode)
{
    SqlWord word = sql->now.word;
    if (word == SQL_AS)
        return parse_as(sql);
    if (word == SQL_IN)
        return parse_in(sql, mode);
    if (word == SQL_WITH)
        return parse_with_in_run(sql);
    if (word == SQL_FROM)
        return (mode == RUN_BY_FROM || is_distinct_from(sql)) && sql_advance(sql);
    if (word == SQL_INTO)
        return mode == RUN_REST && sql->depth == 0 && parse_into(sql);
    if (word == SQL_SELECT || word == SQL_TABLE || word == SQL_JOIN ||
        word == SQL_STRAIGHT_JOIN || word == SQL_APPLY)
        return false;
    return now_has(sql, STATEMENT) ? parse_statement_word(sql)
                                   : parse_name_or_call(sql);
}

static bool parse_item(Sql *sql, RunMode mode)
{
    switch (sql->now.kind) {
    case TOKEN_WORD:
        return parse_word(sql, mode);
    case TOKEN_QUOTED:
        return parse_name_or_call(sql);
    case TOKEN_CAST:
        return sql_advance(sql) && parse_type(sql);
    case TOKEN_SYMBOL:
        return sql_at_symbol(sql, '(') ? parse_group(sql, RUN_REST) : sql_advance(sql);
    case TOKEN_TEXT:
    case TOKEN_NUMBER:
    case TOKEN_PARAMETER:
    case TOKEN_END:
        break;
    }
    return !next_is_symbol(sql, '(') && sql_advance(sql);
}

// left(x, 1) and its kind are calls, not joins.
static bool at_clause_end(const Sql *sql)
{
    bool may_be_call =
        !sql_word_has(sql->now.word, NOT_CALL) && next_is_symbol(sql, '(');
    bool is_join = sql->now.word == SQL_JOIN || sql->now.word == SQL_APPLY;
    return now_has(sql, CLAUSE) && !is_distinct_from(sql) && (is_join || !may_be_call);
}

static bool at_run_end(const Sql *sql, RunMode mode)
{
    if (sql_at_close(sql) || at_set_operation(sql))
        return true;
    switch (mode) {
    case RUN_LIST:
        return sql_at_word(sql, SQL_INTO) ||
               (sql_at_word(sql, SQL_FROM) && !is_distinct_from(sql));
    case RUN_JOIN:
        return sql_at_symbol(sql, ',') || sql_at_word(sql, SQL_SET) ||
               at_clause_end(sql);
    case RUN_REST:
    case RUN_BY_FROM:
    case RUN_BY_IN:
        break;
    }
    return false;
}

// Expressions and the noise between them, up to where the mode ends.
static bool parse_run(Sql *sql, RunMode mode)
{
    while (!at_run_end(sql, mode)) {
        if (!parse_item(sql, mode))
            return false;
    }
    return true;
}

// "(" { name | "," | "." | number | precision } ")": columns of an alias or of an
// INSERT, with or without types.
static bool parse_columns(Sql *sql)
{
    if (!sql_open(sql))
        return false;
    while (!sql_at_close(sql)) {
        bool is_precision = sql_at_symbol(sql, '(');
        bool is_column = at_free_name(sql) || sql_at_symbol(sql, ',') ||
                         sql_at_symbol(sql, '.') || sql_at_word(sql, SQL_PRECISION);
        if (is_precision ? !parse_precision(sql) : !is_column || !sql_advance(sql))
            return false;
    }
    return sql_close(sql);
}

// [[AS] name] [columns]
static bool parse_alias(Sql *sql)
{
    bool has_as = sql_at_word(sql, SQL_AS);
    if (!sql_skip_word(sql, SQL_AS))
        return false;
    bool has_columns = has_as && sql_at_symbol(sql, '(');
    if (at_free_name(sql)) {
        if (!sql_advance(sql))
            return false;
        has_columns = sql_at_symbol(sql, '(');
    } else if (has_as && !has_columns) {
        return false;
    }
    return !has_columns || parse_columns(sql);
}

// [ONLY] name ["*"] [alias]: a table that a statement changes.
static bool parse_target(Sql *sql)
{
    SqlName name;
    if (!sql_skip_word(sql, SQL_ONLY) || !at_free_name(sql) ||
        !sql_take_name(sql, &name) || !sql_record_table(sql, &name))
        return false;
    if (sql_at_symbol(sql, '*') && !sql_advance(sql))
        return false;
    bool has_alias = sql_at_word(sql, SQL_AS);
    if (!sql_skip_word(sql, SQL_AS))
        return false;
    return at_free_name(sql) ? sql_advance(sql) : !has_alias;
}

// "(" arguments ")" [WITH ORDINALITY], past the name. In T-SQL a table's hints stand
// there.
static bool parse_source_call(Sql *sql, const SqlName *name)
{
    bool is_hint = sql->next.kind == TOKEN_WORD && sql_word_has(sql->next.word, HINT);
    return !is_hint && sql_record_function(sql, name) && parse_group(sql, RUN_REST) &&
           (!sql_at_word(sql, SQL_WITH) || parse_with_in_run(sql));
}

// name ["*"] | name call
static bool parse_source_name(Sql *sql)
{
    SqlName name;
    if (!at_name(sql) || now_has(sql, RESERVED) || !sql_take_name(sql, &name))
        return false;
    if (sql_at_symbol(sql, '('))
        return parse_source_call(sql, &name);
    if (sql_at_symbol(sql, '*') && !sql_advance(sql))
        return false;
    return sql_name_in_scope(sql, &name) || sql_record_table(sql, &name);
}

// "(" (query | sources) ")"
static bool parse_source_group(Sql *sql)
{
    if (!sql_open(sql))
        return false;
    bool is_read = at_subquery(sql) ? parse_query(sql, false) : parse_from(sql);
    return is_read && parse_set_operations(sql) && sql_close(sql);
}

// [LATERAL] [ONLY] (name | call | group) [alias]
static bool parse_source(Sql *sql)
{
    if (!sql_skip_word(sql, SQL_LATERAL) || !sql_skip_word(sql, SQL_ONLY))
        return false;
    bool is_read =
        sql_at_symbol(sql, '(') ? parse_source_group(sql) : parse_source_name(sql);
    return is_read && parse_alias(sql);
}

// "," | [NATURAL] [INNER | CROSS | (LEFT | RIGHT | FULL) [OUTER]] (JOIN | APPLY):
// *is_joined says whether it was there.
static bool parse_join(Sql *sql, bool *is_joined)
{
    *is_joined = true;
    if (sql_at_symbol(sql, ',') || sql_at_word(sql, SQL_STRAIGHT_JOIN))
        return sql_advance(sql);
    bool has_words = false;
    while (sql_at_word(sql, SQL_NATURAL) || sql_at_word(sql, SQL_INNER) ||
           sql_at_word(sql, SQL_CROSS) || sql_at_word(sql, SQL_LEFT) ||
           sql_at_word(sql, SQL_RIGHT) || sql_at_word(sql, SQL_FULL) ||
           sql_at_word(sql, SQL_OUTER)) {
        has_words = true;
        if (!sql_advance(sql))
            return false;
    }
    if (sql_at_word(sql, SQL_JOIN) || sql_at_word(sql, SQL_APPLY))
        return sql_advance(sql);
    *is_joined = false;
    return !has_words;
}

// The condition of a join ends behind an operand; "= join(x)" would be a call of
// "join".
static bool parse_join_condition(Sql *sql)
{
    if (!sql_take_word(sql, SQL_ON) || !parse_run(sql, RUN_JOIN))
        return false;
    bool ends_in_operator =
        sql->before.kind == TOKEN_SYMBOL && sql->before.symbol != ')';
    return !ends_in_operator && !sql_word_has(sql->before.word, NOT_CALL);
}

// { ON condition | USING columns [AS name] }, but no ON of an upsert and no USING of a
// DELETE.
static bool parse_join_conditions(Sql *sql)
{
    for (;;) {
        bool is_upsert =
            next_is_word(sql, SQL_CONFLICT) || next_is_word(sql, SQL_DUPLICATE);
        if (sql_at_word(sql, SQL_ON) && !is_upsert) {
            if (!parse_join_condition(sql))
                return false;
        } else if (sql_at_word(sql, SQL_USING) && next_is_symbol(sql, '(')) {
            if (!sql_advance(sql) || !parse_columns(sql) || !parse_alias(sql))
                return false;
        } else {
            return true;
        }
    }
}

// source { join source [conditions] }
static bool parse_from(Sql *sql)
{
    bool is_joined = true;
    while (is_joined) {
        if (!parse_source(sql) || !parse_join_conditions(sql) ||
            !parse_join(sql, &is_joined))
            return false;
    }
    return true;
}

// What may stand behind the sources of a FROM; no alias that wasn't taken for one.
static bool at_end_of_from(const Sql *sql)
{
    return sql_at_close(sql) || now_has(sql, CLAUSE) || sql_at_word(sql, SQL_SET);
}

// FROM sources, if it is there.
static bool parse_from_clause(Sql *sql)
{
    if (!sql_at_word(sql, SQL_FROM))
        return true;
    return sql_advance(sql) && parse_from(sql) && at_end_of_from(sql);
}

// SELECT list [INTO …] [FROM sources] clauses
static bool parse_select(Sql *sql)
{
    if (!sql_take_word(sql, SQL_SELECT) || !parse_run(sql, RUN_LIST))
        return false;
    if (sql_at_word(sql, SQL_INTO) && (!parse_into(sql) || !parse_run(sql, RUN_LIST)))
        return false;
    return parse_from_clause(sql) && parse_run(sql, RUN_REST);
}

// VALUES [ROW] group { "," [ROW] group } clauses
static bool parse_values(Sql *sql)
{
    if (!sql_take_word(sql, SQL_VALUES))
        return false;
    for (;;) {
        if (!sql_skip_word(sql, SQL_ROW) || !parse_group(sql, RUN_REST))
            return false;
        if (!sql_at_symbol(sql, ','))
            return parse_run(sql, RUN_REST);
        if (!sql_advance(sql))
            return false;
    }
}

// TABLE name clauses
static bool parse_table(Sql *sql)
{
    SqlName name;
    if (!sql_take_word(sql, SQL_TABLE) || !sql_skip_word(sql, SQL_ONLY) ||
        !at_free_name(sql) || !sql_take_name(sql, &name))
        return false;
    bool is_recorded = sql_name_in_scope(sql, &name) || sql_record_table(sql, &name);
    bool may_end = sql_at_close(sql) || now_has(sql, CLAUSE) || sql_at_symbol(sql, '*');
    return is_recorded && may_end && parse_run(sql, RUN_REST);
}

// [OR word | IGNORE]: SQLite's and MySQL's ways to treat a row that is there already.
static bool parse_insert_option(Sql *sql)
{
    if (sql_at_word(sql, SQL_IGNORE))
        return sql_advance(sql);
    if (!sql_at_word(sql, SQL_OR))
        return true;
    if (!sql_advance(sql))
        return false;
    if (sql_at_word(sql, SQL_REPLACE))
        sql_raise(sql, EFFECT_DELETE);
    return sql->now.kind == TOKEN_WORD && sql_advance(sql);
}

// What an INSERT puts in: DEFAULT VALUES | SET assignments | query.
static bool parse_insert_source(Sql *sql)
{
    if (sql_at_word(sql, SQL_DEFAULT))
        return sql_advance(sql) && sql_take_word(sql, SQL_VALUES) &&
               parse_run(sql, RUN_REST);
    if (sql_at_word(sql, SQL_SET))
        return sql_advance(sql) && parse_run(sql, RUN_REST);
    return parse_query(sql, false);
}

// (INSERT | REPLACE) [option] INTO target [columns] [OVERRIDING word VALUE] source
static bool parse_insert(Sql *sql)
{
    sql_raise(sql, sql_at_word(sql, SQL_REPLACE) ? EFFECT_DELETE : EFFECT_INSERT);
    if (!sql_advance(sql) || !parse_insert_option(sql) ||
        !sql_take_word(sql, SQL_INTO) || !parse_target(sql))
        return false;
    bool has_query = next_is_symbol(sql, '(') || next_is_word(sql, SQL_SELECT) ||
                     next_is_word(sql, SQL_WITH) || next_is_word(sql, SQL_VALUES) ||
                     next_is_word(sql, SQL_TABLE);
    if (sql_at_symbol(sql, '(') && !has_query && !parse_columns(sql))
        return false;
    if (sql_at_word(sql, SQL_OVERRIDING) &&
        (!sql_advance(sql) || !sql_advance(sql) || !sql_advance(sql)))
        return false;
    bool was_in_upsert = sql->in_upsert;
    sql->in_upsert = true;
    bool is_read = parse_insert_source(sql);
    sql->in_upsert = was_in_upsert;
    return is_read;
}

// UPDATE [OR word | IGNORE] sources SET assignments [FROM sources] clauses
static bool parse_update(Sql *sql)
{
    sql_raise(sql, EFFECT_UPDATE);
    if (!sql_take_word(sql, SQL_UPDATE) || !parse_insert_option(sql))
        return false;
    size_t scope_count = sql->scope_count;
    sql->scope_count = 0; // SQLite changes the table, whatever the WITH before it names
    bool is_read = parse_from(sql);
    sql->scope_count = scope_count;
    return is_read && sql_take_word(sql, SQL_SET) && parse_run(sql, RUN_LIST) &&
           parse_from_clause(sql) && parse_run(sql, RUN_REST);
}

// DELETE FROM target [(USING | FROM) sources] clauses
static bool parse_delete(Sql *sql)
{
    sql_raise(sql, EFFECT_DELETE);
    if (!sql_take_word(sql, SQL_DELETE) || !sql_take_word(sql, SQL_FROM) ||
        !parse_target(sql) || !at_end_of_from(sql))
        return false;
    if (sql_at_word(sql, SQL_USING) || sql_at_word(sql, SQL_FROM)) {
        if (!sql_advance(sql) || !parse_from(sql) || !at_end_of_from(sql))
            return false;
    }
    return parse_run(sql, RUN_REST);
}

// MERGE INTO target USING source ON condition { WHEN … THEN … }
static bool parse_merge(Sql *sql)
{
    sql_raise(sql, EFFECT_MERGE);
    if (!sql_take_word(sql, SQL_MERGE) || !sql_take_word(sql, SQL_INTO) ||
        !parse_target(sql) || !sql_take_word(sql, SQL_USING) || !parse_source(sql))
        return false;
    bool was_in_merge = sql->in_merge;
    sql->in_merge = true;
    bool is_read = sql_at_word(sql, SQL_ON) && parse_run(sql, RUN_REST);
    sql->in_merge = was_in_merge;
    return is_read;
}

// select | values | table | "(" query ")" clauses
static bool parse_operand(Sql *sql)
{
    if (sql_at_word(sql, SQL_SELECT))
        return parse_select(sql);
    if (sql_at_word(sql, SQL_VALUES))
        return parse_values(sql);
    if (sql_at_word(sql, SQL_TABLE))
        return parse_table(sql);
    return sql_open(sql) && parse_query(sql, false) && sql_close(sql) &&
           parse_run(sql, RUN_REST);
}

// { (UNION | INTERSECT | EXCEPT | MINUS) [ALL | DISTINCT] operand }
static bool parse_set_operations(Sql *sql)
{
    while (at_set_operation(sql)) {
        if (!sql_advance(sql) || !sql_skip_word(sql, SQL_ALL) ||
            !sql_skip_word(sql, SQL_DISTINCT) || !parse_operand(sql))
            return false;
    }
    return true;
}

// name [columns] AS [[NOT] MATERIALIZED] "(" query ")"
static bool parse_common_table(Sql *sql, bool is_recursive)
{
    SqlToken name = sql->now;
    if (!at_free_name(sql) || !sql_advance(sql))
        return false;
    if (is_recursive && !sql_scope_add(sql, name))
        return false;
    if (sql_at_symbol(sql, '(') && !parse_columns(sql))
        return false;
    if (!sql_take_word(sql, SQL_AS) || !sql_skip_word(sql, SQL_NOT) ||
        !sql_skip_word(sql, SQL_MATERIALIZED) || !sql_open(sql) ||
        !parse_query(sql, true) || !sql_close(sql))
        return false;
    return is_recursive || sql_scope_add(sql, name);
}

// WITH [RECURSIVE] common_table { "," common_table }. A name is in scope for what
// follows it, and with RECURSIVE for its own query.
static bool parse_with(Sql *sql)
{
    if (!sql_take_word(sql, SQL_WITH))
        return false;
    bool is_recursive = sql_at_word(sql, SQL_RECURSIVE);
    if (!sql_skip_word(sql, SQL_RECURSIVE) || !parse_common_table(sql, is_recursive))
        return false;
    while (sql_at_symbol(sql, ',')) {
        if (!sql_advance(sql) || !parse_common_table(sql, is_recursive))
            return false;
    }
    return true;
}

static bool parse_change(Sql *sql)
{
    if (sql_at_word(sql, SQL_UPDATE))
        return parse_update(sql);
    if (sql_at_word(sql, SQL_DELETE))
        return parse_delete(sql);
    return sql_at_word(sql, SQL_MERGE) ? parse_merge(sql) : parse_insert(sql);
}

static bool at_change(const Sql *sql)
{
    return sql_at_word(sql, SQL_INSERT) || sql_at_word(sql, SQL_REPLACE) ||
           sql_at_word(sql, SQL_UPDATE) || sql_at_word(sql, SQL_DELETE) ||
           sql_at_word(sql, SQL_MERGE);
}

// [with] (change | operand { set operation })
static bool parse_query(Sql *sql, bool may_change)
{
    size_t scope_count = sql->scope_count;
    if (sql_at_word(sql, SQL_WITH) && !parse_with(sql))
        return false;
    bool is_read = at_change(sql) ? may_change && parse_change(sql)
                                  : parse_operand(sql) && parse_set_operations(sql);
    sql->scope_count = scope_count;
    return is_read && sql_at_close(sql);
}

bool sql_at_query(const Sql *sql)
{
    return at_subquery(sql) || at_change(sql) || sql_at_symbol(sql, '(');
}

bool sql_query(Sql *sql)
{
    return parse_query(sql, true);
}
