// SPDX-License-Identifier: Apache-2.0
// table: finding a row of a bundle's table by its key.
#ifndef PROVISO_ENGINE_VM_TABLE_H
#define PROVISO_ENGINE_VM_TABLE_H

#include "engine/bytecode/bundle.h"
#include "engine/vm/value.h"

// A text as a column without case keeps it: in ASCII lower case, in `folded`. False: it
// is longer than a key there can be.
bool table_fold_key(Str text, char folded[MAX_FOLDED_KEY], Str *out);

// The row of `table` under the key keys[0], keys[1] ..., which are known values of the
// key columns' kinds, one for each; or NONE. Columns without case find a text in any
// case.
uint32_t table_find(const Bundle *bundle, uint32_t table, const Value *keys);

#endif
