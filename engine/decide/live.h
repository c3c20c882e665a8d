// SPDX-License-Identifier: Apache-2.0
// live: rows of tables that change while the policy serves (`table T live`), found in
// the state.
//
// A row is kept under the name of its table and its key, for all tenants, together with
// its table's layout: the columns, in order, with their types. A bundle whose table has
// another layout knows that there is such a row, and nothing in it.
#ifndef PROVISO_ENGINE_DECIDE_LIVE_H
#define PROVISO_ENGINE_DECIDE_LIVE_H

#include "engine/bytecode/bundle.h"
#include "engine/state/state.h"
#include "engine/vm/value.h"

static inline bool live_is(const Bundle *bundle, uint32_t table)
{
    return bundle->tables[table].layout != NONE;
}

// The key of the row under keys[0], keys[1] ...: known values of the key columns'
// kinds, one for each. False: a text without case is longer than any such key.
bool live_key(const State *state, const Bundle *bundle, uint32_t table,
              const Value *keys, StateKey *out);

// Whether there is a row under those keys; `state` may be NULL. With a pool, *cells are
// its values, one a column, views of the state as long as nothing is applied; NULL if
// they can't be read: the layout is another, or the pool is full.
bool live_find(const State *state, const Bundle *bundle, uint32_t table,
               const Value *keys, ValuePool *pool, const Value **cells);

#endif
