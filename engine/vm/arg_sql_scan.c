// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_sql_scan.h"

#include <string.h>

#include "engine/vm/arg_char.h"

bool sql_advance(Sql *sql)
{
    sql->earlier = sql->before;
    sql->before = sql->now;
    sql->now = sql->next;
    return sql_lex_next(&sql->rest, sql->now, &sql->next);
}

bool sql_start(Sql *sql, Str statement)
{
    if (statement.len > 0 && memchr(statement.at, 0, statement.len) != NULL)
        return false;
    sql->rest = statement;
    return sql_lex_next(&sql->rest, sql->now, &sql->next) && sql_advance(sql);
}

bool sql_at_word(const Sql *sql, SqlWord word)
{
    return sql->now.kind == TOKEN_WORD && sql->now.word == word;
}

bool sql_at_symbol(const Sql *sql, char symbol)
{
    return sql->now.kind == TOKEN_SYMBOL && sql->now.symbol == symbol;
}

bool sql_at_close(const Sql *sql)
{
    return sql->now.kind == TOKEN_END || sql_at_symbol(sql, ')') ||
           sql_at_symbol(sql, ';');
}

bool sql_take_symbol(Sql *sql, char symbol)
{
    return sql_at_symbol(sql, symbol) && sql_advance(sql);
}

bool sql_take_word(Sql *sql, SqlWord word)
{
    return sql_at_word(sql, word) && sql_advance(sql);
}

bool sql_skip_word(Sql *sql, SqlWord word)
{
    return !sql_at_word(sql, word) || sql_advance(sql);
}

bool sql_open(Sql *sql)
{
    if (sql->depth == SQL_DEPTH_MAX || !sql_take_symbol(sql, '('))
        return false;
    sql->depth++;
    return true;
}

bool sql_close(Sql *sql)
{
    if (!sql_take_symbol(sql, ')'))
        return false;
    sql->depth--;
    return true;
}

bool sql_take_name(Sql *sql, SqlName *out)
{
    out->count = 0;
    for (;;) {
        bool is_name = sql->now.kind == TOKEN_WORD || sql->now.kind == TOKEN_QUOTED;
        if (!is_name || out->count == SQL_NAME_PARTS)
            return false;
        out->parts[out->count++] = sql->now;
        if (!sql_advance(sql))
            return false;
        if (!sql_at_symbol(sql, '.'))
            return true;
        if (sql->next.kind == TOKEN_SYMBOL && sql->next.symbol == '*')
            return true;
        if (!sql_advance(sql))
            return false;
    }
}

bool sql_name_in_scope(const Sql *sql, const SqlName *name)
{
    if (name->count != 1)
        return false;
    for (size_t i = 0; i < sql->scope_count; i++) {
        if (str_eq_nocase(sql->scope[i], name->parts[0].text))
            return true;
    }
    return false;
}

// A quoted name that reads the same without its quotes. Of others it depends on the
// database which table they are ("Faq" is faq here and not there), or how they print (a
// dot in them).
static bool quoted_is_plain(Str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!char_is_word(name.at[i]) || char_is_upper(name.at[i]))
            return false;
    }
    return name.len > 0 && !char_is_digit(name.at[0]);
}

static bool part_is_plain(SqlToken part)
{
    return part.text.len <= SQL_NAME_LENGTH &&
           (part.kind == TOKEN_WORD || quoted_is_plain(part.text));
}

static bool name_is_plain(const SqlName *name)
{
    for (size_t i = 0; i < name->count; i++) {
        if (!part_is_plain(name->parts[i]))
            return false;
    }
    return true;
}

bool sql_scope_add(Sql *sql, SqlToken name)
{
    if (sql->scope_count == SQL_SCOPE_MAX || !part_is_plain(name))
        return false;
    sql->scope[sql->scope_count++] = name.text;
    return true;
}

void sql_raise(Sql *sql, SqlEffect effect)
{
    if (effect > sql->effect)
        sql->effect = effect;
}

// Adds the name, in lower case and with its dots, to the list if it isn't there.
static bool record(Sql *sql, const SqlName *name, ArgList *list)
{
    Buf *memory = sql->memory;
    size_t start = memory->len;
    for (size_t i = 0; i < name->count; i++) {
        if (i > 0)
            buf_char(memory, '.');
        for (size_t k = 0; k < name->parts[i].text.len; k++)
            buf_char(memory, char_lower(name->parts[i].text.at[k]));
    }
    if (memory->failed)
        return false;
    Str text = {memory->at + start, memory->len - start};
    if (arg_list_has(list, text)) {
        memory->len = start;
        return true;
    }
    return list->count < SQL_NAMES_MAX && arg_list_add(list, text);
}

bool sql_record_table(Sql *sql, const SqlName *name)
{
    if (!name_is_plain(name))
        sql->tables_known = false;
    return sql->tables == NULL || !sql->tables_known || record(sql, name, sql->tables);
}

bool sql_record_function(Sql *sql, const SqlName *name)
{
    if (!name_is_plain(name))
        sql->functions_known = false;
    if (sql_word_has(name->parts[name->count - 1].word, INDIRECT))
        sql->tables_known = false;
    return sql->functions == NULL || !sql->functions_known ||
           record(sql, name, sql->functions);
}
