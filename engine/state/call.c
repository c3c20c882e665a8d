// SPDX-License-Identifier: Apache-2.0
#include "engine/state/call.h"

#include <string.h>

#include "engine/state/block.h"
#include "engine/state/revocation.h"
#include "engine/state/task.h"
#include "engine/state/usage.h"

enum { TEXT_COUNT = 12, REQUEST_TEXT = 10 };
_Static_assert(sizeof(CallTexts) == TEXT_COUNT * sizeof(Str), "texts and nothing else");

StateKey call_key(const State *state, const uint8_t id[16])
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_CALL, STR(""));
    key_text(&parts, (Str){(const char *)id, 16});
    return key_end(&parts);
}

void call_retry_id(const State *state, Str tenant, Str gateway, Str key, uint8_t id[16])
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_CALL, tenant);
    key_text(&parts, gateway);
    key_text(&parts, key);
    StateKey hash = key_end(&parts);
    memcpy(id, &hash, sizeof hash);
}

void call_add_argument(const State *state, Str name, Str value, StateKey *sum)
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_CALL, name);
    key_text(&parts, value);
    StateKey one = key_end(&parts);
    sum->word[0] += one.word[0];
    sum->word[1] += one.word[1];
}

Ref call_find(const State *state, StateKey key, Moment now)
{
    return store_find(&state->store, key, moment_second(now));
}

bool call_is_void(const State *state, const Call *call)
{
    return call->granted < state->void_before ||
           call->ends - call->ttl * TICKS_PER_SECOND < state->void_start;
}

// A grant that was delegated is as good as the one above it, whose uses were spent with
// it.
bool call_is_good(const State *state, Ref ref, Moment now)
{
    bool is_first = true;
    for (; ref != 0; ref = call_at(state, ref)->parent) {
        const Call *call = call_at(state, ref);
        if (now.end >= call->ends || call_is_void(state, call) ||
            (is_first && (call->uses == 0 || call->status == CALL_FAILED)))
            return false;
        if (call->task != 0 && !task_is_open(state, call->task, now))
            return false;
        is_first = false;
    }
    return true;
}

bool call_is_revoked(const State *state, const Call *call)
{
    StateKey key = revocation_grant_key(state, call->head.key);
    return state->revocations > 0 && store_find(&state->store, key, 0) != 0;
}

CallTexts call_texts(const State *state, const Call *call)
{
    Str texts[TEXT_COUNT];
    CallTexts out;
    texts_get(&state->store, call->texts, texts, TEXT_COUNT);
    memcpy(&out, texts, sizeof out);
    return out;
}

void call_spent_write(Buf *spent, uint64_t bundle, uint32_t spend, const BudgetUse *use,
                      int64_t tick)
{
    buf_u64le(spent, bundle);
    buf_u32le(spent, spend);
    budget_write_returned(spent, use, tick);
}

bool call_spent_next(Str *spent, CallSpent *out)
{
    Reader reader = reader_over(*spent);
    if (reader_u64le(&reader, &out->bundle) != STATUS_OK ||
        reader_u32le(&reader, &out->spend) != STATUS_OK ||
        reader_bytes(&reader, BUDGET_RETURNED_SIZE, &out->returned) != STATUS_OK)
        return false;
    *spent = (Str){(const char *)reader.at, reader.left};
    return true;
}

void call_drop(Store *store, Call *call)
{
    state_release_name(store, call->agent);
    state_release_name(store, call->audience);
    state_release_name(store, call->tool);
    state_release_name(store, call->issuer);
    blob_drop(store, &call->texts);
}

// ---- granted ----

void call_write_granted(Buf *changes, const CallGrant *grant)
{
    change_begin(changes, CHANGE_CALL_GRANTED);
    change_key(changes, grant->key);
    buf_char(changes, (char)(grant->has_task | grant->has_parent << 1));
    change_key(changes, grant->task);
    change_key(changes, grant->parent);
    change_name(changes, grant->agent);
    change_name(changes, grant->audience);
    change_name(changes, grant->tool);
    change_name(changes, grant->issuer);
    buf_u32le(changes, grant->uses);
    buf_u16le(changes, grant->depth);
    buf_u32le(changes, grant->ttl);
    change_key(changes, grant->arguments);
    change_key(changes, grant->request);
    Str texts[TEXT_COUNT];
    memcpy(texts, &grant->texts, sizeof texts);
    change_texts(changes, texts, TEXT_COUNT);
}

static Status read_granted(Reader *reader, CallGrant *out, Str *texts)
{
    uint8_t flags;
    TRY(change_read_key(reader, &out->key));
    TRY(reader_u8(reader, &flags));
    out->has_task = flags & 1;
    out->has_parent = flags & 2;
    TRY(change_read_key(reader, &out->task));
    TRY(change_read_key(reader, &out->parent));
    TRY(change_read_text(reader, &out->agent));
    TRY(change_read_text(reader, &out->audience));
    TRY(change_read_text(reader, &out->tool));
    TRY(change_read_text(reader, &out->issuer));
    TRY(reader_u32le(reader, &out->uses));
    TRY(reader_u16le(reader, &out->depth));
    TRY(reader_u32le(reader, &out->ttl));
    TRY(change_read_key(reader, &out->arguments));
    TRY(change_read_key(reader, &out->request));
    return change_read_texts(reader, TEXT_COUNT, texts);
}

// A task and those above it must be remembered for longer than what refers to them.
static void outlast(State *state, Ref ref, uint32_t due)
{
    for (; ref != 0; ref = task_at(state, ref)->parent)
        if (task_at(state, ref)->head.due <= due++)
            store_set_due(&state->store, ref, due);
}

// The same of a grant and those from which it was delegated, and of their tasks.
static void outlast_grants(State *state, Ref ref, uint32_t due)
{
    for (; ref != 0; ref = call_at(state, ref)->parent) {
        if (call_at(state, ref)->head.due <= due++)
            store_set_due(&state->store, ref, due);
        outlast(state, call_at(state, ref)->task, due);
    }
}

Status call_apply_granted(State *state, Moment at, Reader *reader)
{
    CallGrant grant;
    Str texts;
    TRY(read_granted(reader, &grant, &texts));
    Ref task = grant.has_task ? task_find(state, grant.task, at) : 0;
    Ref parent = grant.has_parent ? call_find(state, grant.parent, at) : 0;
    ENSURE((task != 0) == grant.has_task && (parent != 0) == grant.has_parent,
           STATUS_MALFORMED);
    ENSURE(texts.len <= HEAP_BLOCK_MAX && call_find(state, grant.key, at) == 0,
           STATUS_MALFORMED);
    int64_t ttl = grant.ttl * TICKS_PER_SECOND;
    uint32_t due = second_after(at.tick + ttl) + CALL_OUTCOME_SECONDS;
    Ref agent = state_hold_name(state, grant.agent);
    Ref audience = state_hold_name(state, grant.audience),
        tool = state_hold_name(state, grant.tool);
    Ref issuer = state_hold_name(state, grant.issuer);
    Blob blob = blob_put(&state->store, texts);
    Ref ref = usage_add(state, grant.key, KEPT_CALL, sizeof(Call), due);
    ENSURE(ref != 0 && agent != 0 && audience != 0 && tool != 0 && issuer != 0,
           STATUS_LIMIT);
    Call *call = store_at(&state->store, ref);
    call->task = task;
    call->parent = parent;
    call->agent = agent;
    call->audience = audience;
    call->tool = tool;
    call->uses = grant.uses;
    call->depth = grant.depth;
    call->ttl = grant.ttl;
    call->granted = at.wall;
    call->ends = at.start + ttl;
    call->arguments = grant.arguments;
    call->issuer = issuer;
    call->request = grant.request;
    call->texts = blob;
    outlast(state, task, due);
    outlast_grants(state, parent, due);
    return STATUS_OK;
}

// ---- settled, used ----

void call_write_settled(Buf *changes, StateKey key, CallStatus status, StateKey report)
{
    change_begin(changes, CHANGE_CALL_SETTLED);
    change_key(changes, key);
    buf_char(changes, (char)status);
    change_key(changes, report);
}

Status call_apply_settled(State *state, Moment at, Reader *reader)
{
    StateKey key, report;
    uint8_t status;
    TRY(change_read_key(reader, &key));
    TRY(reader_u8(reader, &status));
    TRY(change_read_key(reader, &report));
    Ref ref = call_find(state, key, at);
    ENSURE(ref != 0 && status <= CALL_WITHHELD, STATUS_MALFORMED);
    Call *call = store_at(&state->store, ref);
    Str texts[TEXT_COUNT];
    texts_get(&state->store, call->texts, texts, TEXT_COUNT);
    texts[REQUEST_TEXT] = (Str){(const char *)&report, sizeof report};
    Blob shorter = texts_put(&state->store, texts, TEXT_COUNT);
    blob_drop(&state->store, &call->texts);
    call->texts = shorter;
    call->status = status;
    return STATUS_OK;
}

void call_write_used(Buf *changes, StateKey key)
{
    change_begin(changes, CHANGE_CALL_USED);
    change_key(changes, key);
}

Status call_apply_used(State *state, Moment at, Reader *reader)
{
    StateKey key;
    TRY(change_read_key(reader, &key));
    Ref ref = call_find(state, key, at);
    ENSURE(ref != 0, STATUS_MALFORMED);
    Call *call = store_at(&state->store, ref);
    ENSURE(call->uses > 0, STATUS_MALFORMED);
    call->uses--;
    return STATUS_OK;
}
