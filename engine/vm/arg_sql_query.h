// SPDX-License-Identifier: Apache-2.0
// arg_sql_query: the grammar of queries and of statements that change rows, as far as
// it takes to find effects, tables and calls; arg_sql.h is what others use.
//
// Not a checker: what no database accepts may pass. But nothing passes in which a
// database could find a table, a call or a statement that the parser didn't.
#ifndef PROVISO_ENGINE_VM_ARG_SQL_QUERY_H
#define PROVISO_ENGINE_VM_ARG_SQL_QUERY_H

#include "engine/vm/arg_sql_scan.h"

// Whether a query, or a statement that changes rows, begins here.
bool sql_at_query(const Sql *sql);

// [with] (select | values | table | insert | update | delete | merge), up to the ")",
// ";" or end behind it.
bool sql_query(Sql *sql);

#endif
