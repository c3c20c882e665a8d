// SPDX-License-Identifier: Apache-2.0
// arg_sql_scan: what the SQL parser knows while it reads: tokens around the current
// one, what was found so far, the names of common table expressions in scope. arg_sql.h
// is what others use.
//
// Functions that return bool return false for "unknown", and the parser gives up.
#ifndef PROVISO_ENGINE_VM_ARG_SQL_SCAN_H
#define PROVISO_ENGINE_VM_ARG_SQL_SCAN_H

#include "engine/vm/arg_list.h"
#include "engine/vm/arg_sql_lex.h"

enum {
    SQL_DEPTH_MAX = 48, // parentheses in parentheses; bounds the parser's recursion
    // different tables, different functions; each is compared with all
    SQL_NAMES_MAX = 64,
    SQL_SCOPE_MAX = 32,   // common table expressions visible at one place
    SQL_NAME_PARTS = 3,   // catalog.schema.name
    SQL_NAME_LENGTH = 63, // bytes of a part; PostgreSQL cuts off the rest
};

// What a query can do, from the weakest to the strongest.
typedef enum SqlEffect {
    EFFECT_SELECT,
    EFFECT_INSERT,
    EFFECT_UPDATE,
    EFFECT_DELETE,
    EFFECT_MERGE,
    EFFECT_CREATE,
} SqlEffect;

typedef struct SqlName {
    SqlToken parts[SQL_NAME_PARTS];
    size_t count;
} SqlName;

typedef struct Sql {
    Str rest; // what follows `next`
    SqlToken earlier, before, now, next;
    unsigned depth;
    bool in_upsert; // in an INSERT's ON CONFLICT or ON DUPLICATE KEY
    bool in_merge;  // in a MERGE's WHEN clauses
    Str scope[SQL_SCOPE_MAX];
    size_t scope_count;
    SqlEffect effect;
    bool tables_known;
    bool functions_known;
    Buf *memory;        // for the names
    ArgList *tables;    // NULL: not wanted
    ArgList *functions; // NULL: not wanted
} Sql;

// Begins at the first token.
bool sql_start(Sql *sql, Str statement);

// Makes the next token the current one.
bool sql_advance(Sql *sql);

bool sql_at_word(const Sql *sql, SqlWord word);
bool sql_at_symbol(const Sql *sql, char symbol);
// At the end, a ")" or a ";".
bool sql_at_close(const Sql *sql);

// Advances past the symbol or word; false, too, if another token is there.
bool sql_take_symbol(Sql *sql, char symbol);
bool sql_take_word(Sql *sql, SqlWord word);
// Advances if the word is there.
bool sql_skip_word(Sql *sql, SqlWord word);

// Advances past "(" and goes one level down, past ")" and goes one level up.
bool sql_open(Sql *sql);
bool sql_close(Sql *sql);

// Takes name { "." name }; the caller has seen that a word or a quoted name is there.
bool sql_take_name(Sql *sql, SqlName *out);

// Whether the name stands for a common table expression in scope.
bool sql_name_in_scope(const Sql *sql, const SqlName *name);
// Puts a common table expression in scope.
bool sql_scope_add(Sql *sql, SqlToken name);

void sql_raise(Sql *sql, SqlEffect effect);
bool sql_record_table(Sql *sql, const SqlName *name);
bool sql_record_function(Sql *sql, const SqlName *name);

#endif
