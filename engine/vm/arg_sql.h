// SPDX-License-Identifier: Apache-2.0
// arg_sql: what one SQL statement does, to which tables, with which functions.
//
// Read so that PostgreSQL, MySQL, MariaDB, SQLite, SQL Server and Oracle would find
// nothing that isn't found here; a text in which one of them could is unknown. So are
// two statements, with or without ";" between them (a last ";" is fine), what
// arg_sql_lex.h calls bad, and more than 48 parentheses in each other, 32 common table
// expressions in scope, 64 different tables or 64 different functions.
//
// Seen is what is written. Unseen stays what views, triggers, rules, operators, casts,
// column defaults and the functions themselves do. A function can read any table and
// change any row, so a rule over verbs or tables restricts functions as well.
#ifndef PROVISO_ENGINE_VM_ARG_SQL_H
#define PROVISO_ENGINE_VM_ARG_SQL_H

#include "engine/vm/arg_list.h"

// The strongest effect, from weak to strong: "select" (also VALUES, TABLE, locking
// reads), "insert", "update" (also an upsert), "delete" (also REPLACE), "merge",
// "create" (SELECT … INTO). Effects in WITH count; EXPLAIN has the effect of what it
// explains. For all other statements their first word: "alter" "analyze" "attach"
// "begin" "call" "cluster" "comment" "commit" "copy" "create" "declare" "deny" "detach"
// "discard" "do" "drop" "execute" (also EXEC) "grant" "listen" "load" "lock" "notify"
// "optimize" "pragma" "prepare" "refresh" "reindex" "rename" "reset" "revoke"
// "rollback" "savepoint" "set" "show" (also DESCRIBE) "truncate" "use" "vacuum".
// Unknown when such a statement holds a word that could begin another one.
bool sql_verb(Str statement, Str *out);

// The set of tables: in lower case, with schema and catalog where they are written,
// without common table expressions and table functions. Known for queries, for
// statements that change rows, and for DROP TABLE and TRUNCATE. Unknown, too, when a
// name is quoted and isn't plain lower case, or longer than 63 bytes; after INTO in a
// SELECT; when a function is called that reads tables which a text names (dblink,
// query_to_xml, openrowset, identifier, …).
bool sql_tables(Str statement, Buf *memory, ArgList *out);

// The set of functions called, in lower case, with the schema where it is written; *out
// comes empty.
// Known and unknown as for tables, but for the last two. CAST, "::" and names without
// parentheses (current_user) are no calls.
bool sql_functions(Str statement, Buf *memory, ArgList *out);

#endif
