// SPDX-License-Identifier: Apache-2.0
#include "engine/state/row.h"

#include "engine/state/block.h"
#include "engine/state/usage.h"

void row_key_begin(const State *state, KeyParts *parts, Str table)
{
    key_begin(parts, state->secret, KEPT_ROW, STR(""));
    key_text(parts, table);
}

bool row_find(const State *state, StateKey key, Str *layout, Str *cells)
{
    Ref ref = store_find(&state->store, key, 0);
    if (ref == 0)
        return false;
    const Row *row = store_at(&state->store, ref);
    texts_get(&state->store, row->cells, cells, 1);
    *layout = state_name_text(state, row->layout);
    return true;
}

void row_drop(Store *store, Row *row)
{
    state_release_name(store, row->layout);
    blob_drop(store, &row->cells);
}

void row_write_set(Buf *changes, StateKey key, Str layout, Str cells)
{
    change_begin(changes, CHANGE_ROW_SET);
    change_key(changes, key);
    change_name(changes, layout);
    change_texts(changes, &cells, 1);
}

Status row_apply_set(State *state, Moment at, Reader *reader)
{
    (void)at;
    StateKey key;
    Str layout, cells;
    TRY(change_read_key(reader, &key));
    TRY(change_read_text(reader, &layout));
    TRY(change_read_text(reader, &cells));
    ENSURE(texts_fit(&cells, 1), STATUS_MALFORMED);
    Ref name = state_hold_name(state, layout);
    Ref ref = store_find(&state->store, key, 0);
    if (ref == 0)
        ref = usage_add(state, key, KEPT_ROW, sizeof(Row), 0);
    ENSURE(ref != 0 && name != 0, STATUS_LIMIT);
    Row *row = store_at(&state->store, ref);
    row_drop(&state->store, row);
    row->layout = name;
    row->cells = texts_put(&state->store, &cells, 1);
    return STATUS_OK;
}

void row_write_removed(Buf *changes, StateKey key)
{
    change_begin(changes, CHANGE_ROW_REMOVED);
    change_key(changes, key);
}

Status row_apply_removed(State *state, Moment at, Reader *reader)
{
    (void)at;
    StateKey key;
    TRY(change_read_key(reader, &key));
    Ref ref = store_find(&state->store, key, 0);
    if (ref != 0)
        store_drop(&state->store, ref);
    return STATUS_OK;
}
