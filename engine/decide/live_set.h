// SPDX-License-Identifier: Apache-2.0
// live_set: the FACTS operation: rows of one live table are set and removed, all or none. As pure
// as a decision: what it wants remembered are changes of the state.
#ifndef PROVISO_ENGINE_DECIDE_LIVE_SET_H
#define PROVISO_ENGINE_DECIDE_LIVE_SET_H

#include "engine/base/buf.h"
#include "engine/base/cbor.h"
#include "engine/decide/live.h"
#include "engine/decide/refusal.h"

// What taking a body apart needs: its nodes and the elements of its values. A Request's will do.
typedef struct LiveMemory {
    CborTree *tree;
    ValuePool *pool;
} LiveMemory;

// Takes the body of a FACTS: a CBOR map of
//
//   table   the name of a live table
//   rows    a list of rows, each a map from column to value: one takes the place of the row with
//           its key
//   remove  a list of keys of rows, each a value or, where the key has several columns, a list of
//           values; that there is no such row is no mistake
//
// Rows are set before others are removed. False: nothing is to be changed, and the refusal says
// which row and column is wrong: `rows[3].limit: must be a number`.
bool live_set(const Bundle *bundle, const State *state, Str body, LiveMemory memory,
              Buf *changes, Refusal *refusal);

#endif
