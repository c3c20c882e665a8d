// SPDX-License-Identifier: Apache-2.0
#include "engine/state/usage.h"

static const char LIVE[] = "live";

StateKey usage_key(const State *state, Str tenant)
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_USAGE, tenant);
    return key_end(&parts);
}

StateKey usage_live_key(const State *state)
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_USAGE, STR(""));
    key_text(&parts, str_from_c(LIVE));
    return key_end(&parts);
}

static Usage *usage_at(const Store *store, Ref ref)
{
    return store_at(store, ref);
}

static const Usage *find(const State *state, StateKey key)
{
    Ref ref = store_find(&state->store, key, 0);
    return ref == 0 ? NULL : usage_at(&state->store, ref);
}

static Str full_of(const State *state, const Usage *usage)
{
    uint64_t most = state->limits.tenant_bytes;
    if (!usage || most == 0)
        return STR("");
    if (usage->bytes >= most)
        return STR("tenant_memory: the tenant has as much as it may");
    if (usage->bytes > heap_left(&state->store.heap) * USAGE_FAIR)
        return STR("memory: little is left, and the tenant has more than its part");
    return STR("");
}

Str usage_full(const State *state, StateKey key)
{
    return full_of(state, find(state, key));
}

Str usage_live_full(const State *state)
{
    uint64_t most = state->limits.live_bytes;
    const Usage *usage = most == 0 ? NULL : find(state, usage_live_key(state));
    if (usage && usage->bytes >= most)
        return STR("live_memory: live tables have as much as they may");
    return STR("");
}

Str usage_full_of_tasks(const State *state, StateKey key)
{
    const Usage *usage = find(state, key);
    uint32_t most = state->limits.tenant_tasks;
    if (usage && most != 0 && usage->tasks >= most)
        return STR("tenant_tasks: the tenant has as many as it may");
    return full_of(state, usage);
}

// ---- what is applied ----

Status usage_charge(State *state, StateKey key)
{
    Store *store = &state->store;
    Ref ref = store_find(store, key, 0);
    if (ref == 0) {
        ref = store_add(store, key, KEPT_USAGE, sizeof(Usage),
                        store->second + STATE_UNUSED_STAYS);
        ENSURE(ref != 0, STATUS_LIMIT);
        state->billed += heap_room(sizeof(Usage));
    }
    ENSURE(usage_at(store, ref)->head.kind == KEPT_USAGE, STATUS_MALFORMED);
    state->owner = ref;
    return STATUS_OK;
}

void usage_write_charged(Buf *changes, StateKey key)
{
    change_begin(changes, CHANGE_CHARGED);
    change_key(changes, key);
}

Status usage_apply_charged(State *state, Moment at, Reader *reader)
{
    (void)at;
    StateKey key;
    TRY(change_read_key(reader, &key));
    return usage_charge(state, key);
}

Ref usage_add(State *state, StateKey key, KeptKind kind, size_t size, uint32_t due)
{
    Ref ref = store_add(&state->store, key, (uint8_t)kind, size, due);
    if (ref != 0)
        ((Owned *)store_at(&state->store, ref))->owner = state->owner;
    return ref;
}

Ref usage_keep(State *state, StateKey key, KeptKind kind, size_t size, uint32_t keep,
               Moment at)
{
    uint32_t second = moment_second(at), due = second + keep + 1;
    Ref ref = store_find(&state->store, key, second);
    if (keep == 0)
        return ref;
    if (ref == 0)
        return usage_add(state, key, kind, size, due);
    const RecordHead *record = store_at(&state->store, ref);
    if (record->due < due)
        store_set_due(&state->store, ref, due);
    return ref;
}

// A share of which nothing is used is forgotten after a while.
static void set_bytes(Store *store, Ref ref, uint64_t bytes)
{
    Usage *usage = usage_at(store, ref);
    bool was_used = usage->bytes > 0;
    usage->bytes = bytes;
    if (was_used != (bytes > 0))
        store_set_due(store, ref, bytes > 0 ? 0 : store->second + STATE_UNUSED_STAYS);
}

static void take_off(Store *store, Ref ref, size_t bytes)
{
    uint64_t had = usage_at(store, ref)->bytes;
    set_bytes(store, ref, had > bytes ? had - bytes : 0);
}

void usage_settle(State *state)
{
    Store *store = &state->store;
    size_t used = store->heap.used, billed = state->billed;
    if (state->owner != 0 && used >= billed)
        set_bytes(store, state->owner,
                  usage_at(store, state->owner)->bytes + (used - billed));
    else if (state->owner != 0)
        take_off(store, state->owner, billed - used);
    state->billed = used;
    state->owner = 0;
}

static Ref owner_of(const RecordHead *record)
{
    switch ((KeptKind)record->kind) {
    case KEPT_TASK:
    case KEPT_PERSON:
    case KEPT_PAST:
    case KEPT_BUDGET:
    case KEPT_CALL:
    case KEPT_APPROVAL:
    case KEPT_CONSENT:
    case KEPT_ROW:
        return ((const Owned *)record)->owner;
    case KEPT_NAME:
    case KEPT_REVOKED:
    case KEPT_USAGE:
        return 0;
    }
    unreachable_bug();
}

// One that is in the wheel stays in memory until it turns up; it is nobody's till then.
void usage_give_back(State *state, const RecordHead *record, size_t parts)
{
    Ref owner = owner_of(record);
    size_t itself = heap_room((size_t)record->size * HEAP_UNIT);
    if (owner != 0)
        take_off(&state->store, owner, parts + itself);
    state->billed -= parts + (record->is_in_wheel ? 0 : itself);
}

void usage_add_task(State *state, Ref owner)
{
    if (owner != 0)
        usage_at(&state->store, owner)->tasks++;
}

void usage_end_task(Store *store, Ref owner)
{
    if (owner != 0 && usage_at(store, owner)->tasks > 0)
        usage_at(store, owner)->tasks--;
}
