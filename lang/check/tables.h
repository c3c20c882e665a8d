// SPDX-License-Identifier: Apache-2.0
// tables: `table`, `users from`, `agents from`: facts files as tables of the Program.
#ifndef PROVISO_LANG_CHECK_TABLES_H
#define PROVISO_LANG_CHECK_TABLES_H

#include "lang/check/checker.h"
#include "lang/facts/table.h"

// Gives every table its number and name, before any type is made.
void tables_declare(Checker *checker);
// Reads the files.
void tables_load(Checker *checker);
// Reads the facts of a declaration with FROM? KEYS? COLUMNS?.
FactTable tables_read(Checker *checker, const Node *node, Str name, Span span,
                      TableUse use);
// The text in a column of a row; empty if there is none.
Str tables_text(const Table *table, uint32_t row, Str column);

#endif
