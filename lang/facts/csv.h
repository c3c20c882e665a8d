// SPDX-License-Identifier: Apache-2.0
// csv: a CSV file (RFC 4180) as facts: a list of maps, named by the header row.
//
// Lines end with LF or CRLF; empty lines are skipped. An empty cell is not there, the
// quoted empty cell "" is the empty text. White space around a cell without quotes is a
// mistake.
#ifndef PROVISO_LANG_FACTS_CSV_H
#define PROVISO_LANG_FACTS_CSV_H

#include "lang/facts/fact.h"

// Reports every mistake it finds, one a row; then NULL.
Fact *csv_read(Arena *arena, Diags *diags, const Source *source);

#endif
