// SPDX-License-Identifier: Apache-2.0
// row: rows of tables that change while the policy serves (`table ... live`).
#ifndef PROVISO_ENGINE_STATE_ROW_H
#define PROVISO_ENGINE_STATE_ROW_H

#include "engine/state/change.h"
#include "engine/state/layout.h"

// Begins the key of a row; the values of the table's key columns follow.
void row_key_begin(const State *state, KeyParts *parts, Str table);
// The row's cells, packed as `layout` says (a text that its writer knows them by);
// false if there is no such row. Views, as long as nothing is applied.
bool row_find(const State *state, StateKey key, Str *layout, Str *cells);

void row_write_set(Buf *changes, StateKey key, Str layout, Str cells);
MUST_USE Status row_apply_set(State *state, Moment at, Reader *reader);
void row_write_removed(Buf *changes, StateKey key);
MUST_USE Status row_apply_removed(State *state, Moment at, Reader *reader);
void row_drop(Store *store, Row *row);

#endif
