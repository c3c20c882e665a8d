// SPDX-License-Identifier: Apache-2.0
#include "engine/state/state.h"

#include <stddef.h>
#include <string.h>

#include "engine/base/le.h"
#include "engine/state/approval.h"
#include "engine/state/block.h"
#include "engine/state/budget.h"
#include "engine/state/call.h"
#include "engine/state/change.h"
#include "engine/state/facts.h"
#include "engine/state/labels.h"
#include "engine/state/revocation.h"
#include "engine/state/row.h"
#include "engine/state/task.h"
#include "engine/state/usage.h"

enum { EXPIRED_AT_ONCE = 64 };

// Names end in what tells them apart, but often all alike: by their last 16 bytes,
// which are multiplied into the top bits of a word.
static Ref *recent(State *state, Str name)
{
    static const uint64_t FACTOR = UINT64_C(0x9e3779b97f4a7c15); // 2^64 / golden ratio
    uint8_t end[16] = {0};
    size_t len = name.len < sizeof end ? name.len : sizeof end;
    if (len > 0)
        memcpy(end, name.at + (name.len - len), len);
    uint64_t hash = le_get_u64(end) * FACTOR + le_get_u64(end + 8) + name.len;
    return &state->recent[hash * FACTOR >> (64 - STATE_RECENT_BITS)];
}

static void forget_name(State *state, const Name *name)
{
    Ref *met = recent(state, (Str){name->text, name->len});
    if (*met != 0 && store_at(&state->store, *met) == (const void *)name)
        *met = 0;
}

static void drop_parts(State *state, RecordHead *record)
{
    Store *store = &state->store;
    switch ((KeptKind)record->kind) {
    case KEPT_TASK:
        task_drop(store, (Task *)record);
        return;
    case KEPT_PERSON:
        labels_drop(store, &((Person *)record)->labels);
        return;
    case KEPT_PAST:
        facts_drop(store, &((Past *)record)->facts);
        return;
    case KEPT_BUDGET:
        budget_drop(store, (Budget *)record);
        return;
    case KEPT_CALL:
        call_drop(store, (Call *)record);
        return;
    case KEPT_APPROVAL:
        approval_drop(store, (Approval *)record);
        return;
    case KEPT_ROW:
        row_drop(store, (Row *)record);
        return;
    case KEPT_NAME:
        forget_name(state, (const Name *)record);
        return;
    case KEPT_CONSENT:
    case KEPT_REVOKED:
    case KEPT_USAGE:
        return;
    }
    unreachable_bug();
}

static void drop(Store *store, RecordHead *record)
{
    State *state = (State *)(void *)store;
    size_t before = store->heap.used;
    drop_parts(state, record);
    usage_give_back(state, record, before - store->heap.used);
}

_Static_assert(offsetof(State, store) == 0, "what is dropped finds its state");

Status state_init(State *state, size_t limit, const uint8_t secret[16])
{
    memset(state, 0, sizeof *state);
    memcpy(state->secret, secret, sizeof state->secret);
    state->void_before = state->void_start = INT64_MIN;
    return store_init(&state->store, limit, drop) ? STATUS_OK : STATUS_MEMORY;
}

void state_free(State *state)
{
    store_free(&state->store);
}

static void expire(State *state, Moment now)
{
    (void)store_expire(&state->store, moment_second(now), EXPIRED_AT_ONCE);
    state->billed = state->store.heap.used;
}

bool state_prepare(State *state, Moment now)
{
    expire(state, now);
    return store_prepare(&state->store, false);
}

bool state_prepare_over(State *state, Moment now)
{
    expire(state, now);
    return store_prepare(&state->store, true);
}

// The step is taken with the first change that is applied, whatever it is.
static Status apply_stepped(State *state, Moment now, Reader *reader)
{
    (void)state, (void)now, (void)reader;
    return STATUS_OK;
}

static Status apply_one(State *state, Moment now, Reader *reader)
{
    uint8_t change;
    TRY(reader_u8(reader, &change));
    switch ((Change)change) {
#define CHANGE(name, number, apply)                                                    \
    case CHANGE_##name:                                                                \
        return apply(state, now, reader);
#include "engine/state/change.def"
#undef CHANGE
    }
    return STATUS_MALFORMED;
}

Moment state_moment(const State *state, int64_t wall, int64_t tick, Buf *changes)
{
    if (lapse_steps(&state->lapse, wall, tick))
        change_begin(changes, CHANGE_CLOCK_STEPPED);
    return lapse_moment(&state->lapse, wall, tick);
}

Status state_apply(State *state, Moment now, Str changes)
{
    Reader reader = reader_over(changes);
    lapse_see(&state->lapse, now.wall, now.tick);
    now = lapse_moment(&state->lapse, now.wall, now.tick);
    state->owner = 0;
    while (reader.left > 0)
        TRY(apply_one(state, now, &reader));
    usage_settle(state);
    return STATUS_OK;
}

// ---- names ----

static StateKey name_key(const State *state, Str name)
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_NAME, STR(""));
    key_text(&parts, name);
    return key_end(&parts);
}

Ref state_find_name(const State *state, Str name)
{
    Ref ref = store_find(&state->store, name_key(state, name), 0);
    return ref != 0 && ((const Name *)store_at(&state->store, ref))->is_lasting ? ref
                                                                                : 0;
}

Str state_name_text(const State *state, Ref name)
{
    const Name *record = store_at(&state->store, name);
    return (Str){record->text, record->len};
}

static Ref find_or_add(State *state, Str name)
{
    StateKey key = name_key(state, name);
    Ref ref = store_find(&state->store, key, 0);
    if (ref != 0 || name.len > STATE_NAME_MAX)
        return ref;
    size_t size = sizeof(Name) + name.len;
    ref = store_add(&state->store, key, KEPT_NAME, size,
                    state->store.second + STATE_UNUSED_STAYS);
    if (ref == 0)
        return 0;
    state->billed += heap_room(size);
    Name *record = store_at(&state->store, ref);
    record->len = (uint16_t)name.len;
    if (name.len > 0)
        memcpy(record->text, name.at, name.len);
    return ref;
}

Ref state_meet_name(State *state, Str name)
{
    Ref *met = recent(state, name);
    if (*met == 0 || !str_eq(state_name_text(state, *met), name))
        *met = find_or_add(state, name);
    return *met;
}

Ref state_name(State *state, Str name)
{
    Ref ref = state_meet_name(state, name);
    if (ref == 0)
        return 0;
    ((Name *)store_at(&state->store, ref))->is_lasting = true;
    store_set_due(&state->store, ref, 0);
    return ref;
}

Ref state_hold_name(State *state, Str name)
{
    Ref ref = state_meet_name(state, name);
    if (ref == 0)
        return 0;
    ((Name *)store_at(&state->store, ref))->uses++;
    store_set_due(&state->store, ref, 0);
    return ref;
}

void state_release_name(Store *store, Ref ref)
{
    Name *name = ref == 0 ? NULL : store_at(store, ref);
    if (name && --name->uses == 0 && !name->is_lasting)
        store_set_due(store, ref, store->second + STATE_UNUSED_STAYS);
}
