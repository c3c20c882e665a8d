// SPDX-License-Identifier: Apache-2.0
// live_set: the FACTS operation: rows of one live table are set and removed, all or
// none. As pure as a decision: what it wants remembered are changes of the state.
#ifndef PROVISO_ENGINE_DECIDE_LIVE_SET_H
#define PROVISO_ENGINE_DECIDE_LIVE_SET_H

#include "engine/base/buf.h"
#include "engine/base/cbor.h"
#include "engine/decide/live.h"
#include "engine/decide/refusal.h"

// What a FACTS says of one table.
typedef struct LiveRows {
    Str table;
    const CborNode *set; // a list of maps from column to value: each takes the place of
                         // the row with its key; NULL: none
    // a list of keys, each a value or, where the key has several columns, a list of
    // values; that there is no such row is no mistake; NULL: none
    const CborNode *remove;
} LiveRows;

// Sets rows, then removes others. The elements of their values go into the pool, which
// is emptied. A cell that is a key of a live table must be one before the operation.
// False: nothing is to be changed, and the refusal says which row and column is wrong:
// `rows[3].limit: must be a number`.
bool live_set(const Bundle *bundle, const State *state, const LiveRows *rows,
              ValuePool *pool, Buf *changes, Refusal *refusal);

#endif
