// SPDX-License-Identifier: Apache-2.0
// arg_sql_lex: one SQL statement as tokens on which PostgreSQL, MySQL, MariaDB, SQLite,
// SQL Server and Oracle agree; arg_sql.h is what others use.
//
// Bad, since two of them would see different tokens:
// - a backslash anywhere but in a comment; ` # [ ] { } and dollar quotes;
// - "--" without white space after it; a carriage return alone in such a comment;
// - comments in comments, /*! and /*M! (MySQL runs them), hints /*+, "*/" outside, no
// end;
// - 'text' right after a word other than e, b, x and n; "name" right after a word; U&;
// - numbers that run into a word or a second dot; "." and a digit right after a name;
// - control characters but tab, newline, return, form feed; NUL anywhere; outside of
// quotes
//   and comments anything but ASCII.
#ifndef PROVISO_ENGINE_VM_ARG_SQL_LEX_H
#define PROVISO_ENGINE_VM_ARG_SQL_LEX_H

#include <stdbool.h>

#include "engine/base/str.h"

typedef enum SqlWord {
    SQL_OTHER, // a word without a row
#define WORD(name, text, flags) SQL_##name,
#include "engine/vm/arg_sql_word.def"
#undef WORD
} SqlWord;

typedef enum SqlWordFlag {
    RESERVED = 1,
    NOT_CALL = 2,
    CLAUSE = 4,
    STATEMENT = 8,
    CALLABLE = 16,
    CALL_FROM = 32,
    INDIRECT = 64,
    HINT = 128,
    MEMBER = 256,
} SqlWordFlag;

typedef enum SqlTokenKind {
    TOKEN_END,
    TOKEN_WORD,   // unquoted: a keyword or a name
    TOKEN_QUOTED, // "…": a name, or in MySQL a text
    TOKEN_TEXT,   // '…'
    TOKEN_NUMBER,
    TOKEN_PARAMETER, // $1 :name @name @@name
    TOKEN_CAST,      // ::
    TOKEN_SYMBOL,    // any other character
} SqlTokenKind;

typedef struct SqlToken {
    SqlTokenKind kind;
    SqlWord word; // SQL_OTHER but for keywords
    char symbol;  // 0 but for TOKEN_SYMBOL
    Str text;     // without the quotes
} SqlToken;

// Takes the next token off *rest; `before` is the one before it. False: bad.
bool sql_lex_next(Str *rest, SqlToken before, SqlToken *out);

// Whether the word has this SqlWordFlag; SQL_OTHER has none.
bool sql_word_has(SqlWord word, SqlWordFlag flag);

#endif
