// SPDX-License-Identifier: Apache-2.0
// tables: the facts that come with the policy, and the index over their keys.
#ifndef PROVISO_LANG_EMIT_TABLES_H
#define PROVISO_LANG_EMIT_TABLES_H

#include "lang/emit/emitter.h"

// Collects the texts by which rows of live tables are known.
void tables_collect(Emitter *emitter);

// Writes TABLES, COLUMNS, CELLS and TABLE_INDEX, in the order of the Program.
void tables_write(Emitter *emitter);

#endif
