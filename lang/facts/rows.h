// SPDX-License-Identifier: Apache-2.0
// rows: finds the rows of a table in the shapes in which a facts file may hold them.
#ifndef PROVISO_LANG_FACTS_ROWS_H
#define PROVISO_LANG_FACTS_ROWS_H

#include "lang/facts/fact.h"

typedef struct FactRows {
    const Fact **items; // maps
    uint32_t count;
    uint32_t left_out; // of what should have been rows
    bool are_named;    // the rows are members of a map: their names are keys, or labels
    bool is_good;      // false: the shape was wrong and has been reported
} FactRows;

// The rows under `root` for the table `name`, as table.h says; what is not a row is
// reported and left out. `root` may be NULL.
FactRows rows_of(Arena *arena, Diags *diags, Str name, const Fact *root);

#endif
