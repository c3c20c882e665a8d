// SPDX-License-Identifier: Apache-2.0
#include "engine/state/approval.h"

#include "engine/state/block.h"
#include "engine/state/usage.h"

enum { TEXT_COUNT = 7 };

StateKey approval_key(const State *state, const ApprovalFor *of)
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_APPROVAL, of->tenant);
    key_text(&parts, of->agent);
    key_text(&parts, of->user);
    key_text(&parts, of->task);
    key_u64(&parts, (uint64_t)of->opened);
    key_text(&parts, of->audience);
    key_text(&parts, of->tool);
    key_key(&parts, of->arguments);
    key_key(&parts, of->rules);
    return key_end(&parts);
}

Ref approval_find(const State *state, StateKey key, Moment now)
{
    return store_find(&state->store, key, moment_second(now));
}

ApprovalTexts approval_texts(const State *state, const Approval *approval)
{
    Str texts[TEXT_COUNT];
    texts_get(&state->store, approval->texts, texts, TEXT_COUNT);
    return (ApprovalTexts){texts[0], texts[1], texts[2], texts[3],
                           texts[4], texts[5], texts[6]};
}

void approval_drop(Store *store, Approval *approval)
{
    for (; approval->count > 0; approval->count--) {
        Ref *by = &approval->given[approval->count - 1].by;
        state_release_name(store, *by);
        *by = 0;
    }
    blob_drop(store, &approval->texts);
}

// ---- asked ----

void approval_write_asked(Buf *changes, StateKey key, const ApprovalTexts *texts)
{
    change_begin(changes, CHANGE_APPROVAL_ASKED);
    change_key(changes, key);
    const Str all[TEXT_COUNT] = {texts->tenant, texts->agent,    texts->user,
                                 texts->task,   texts->audience, texts->tool,
                                 texts->asked};
    change_texts(changes, all, TEXT_COUNT);
}

// Asking again makes no new record, but keeps the old one for longer, and whom it asks
// now.
Status approval_apply_asked(State *state, Moment at, Reader *reader)
{
    StateKey key;
    Str texts[TEXT_COUNT];
    TRY(change_read_key(reader, &key));
    for (int i = 0; i < TEXT_COUNT; i++)
        TRY(change_read_text(reader, &texts[i]));
    uint32_t due = moment_second(at) + APPROVAL_KEPT;
    Ref ref = approval_find(state, key, at);
    ENSURE(texts_fit(texts, TEXT_COUNT), STATUS_MALFORMED);
    if (ref != 0)
        store_set_due(&state->store, ref, due);
    else
        ref = usage_add(state, key, KEPT_APPROVAL, sizeof(Approval), due);
    ENSURE(ref != 0, STATUS_LIMIT);
    Approval *approval = store_at(&state->store, ref);
    blob_drop(&state->store, &approval->texts); // others may be asked than before
    approval->texts = texts_put(&state->store, texts, TEXT_COUNT);
    return STATUS_OK;
}

// ---- given, spent ----

void approval_write_given(Buf *changes, StateKey key, Str by)
{
    change_begin(changes, CHANGE_APPROVAL_GIVEN);
    change_key(changes, key);
    change_name(changes, by);
}

// One who says yes again has said it later; of too many, the oldest goes.
static uint32_t place_for(Approval *approval, Ref by)
{
    uint32_t oldest = 0;
    for (uint32_t i = 0; i < approval->count; i++) {
        if (approval->given[i].by == by)
            return i;
        if (approval->given[i].at < approval->given[oldest].at)
            oldest = i;
    }
    return approval->count < APPROVERS_MAX ? approval->count++ : oldest;
}

Status approval_apply_given(State *state, Moment at, Reader *reader)
{
    StateKey key;
    Str text;
    TRY(change_read_key(reader, &key));
    TRY(change_read_text(reader, &text));
    Ref ref = approval_find(state, key, at), by = state_hold_name(state, text);
    ENSURE(ref != 0, STATUS_MALFORMED);
    ENSURE(by != 0, STATUS_LIMIT);
    Approval *approval = store_at(&state->store, ref);
    uint32_t place = place_for(approval, by);
    state_release_name(&state->store, approval->given[place].by);
    approval->given[place].by = by;
    approval->given[place].at = at.start;
    return STATUS_OK;
}

void approval_write_spent(Buf *changes, StateKey key)
{
    change_begin(changes, CHANGE_APPROVAL_SPENT);
    change_key(changes, key);
}

Status approval_apply_spent(State *state, Moment at, Reader *reader)
{
    StateKey key;
    TRY(change_read_key(reader, &key));
    Ref ref = approval_find(state, key, at);
    ENSURE(ref != 0, STATUS_MALFORMED);
    approval_drop(&state->store, store_at(&state->store, ref));
    return STATUS_OK;
}

// ---- consent ----

StateKey consent_key(const State *state, const ConsentFor *of)
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_CONSENT, of->tenant);
    key_text(&parts, of->user);
    key_text(&parts, of->agent);
    key_text(&parts, of->client);
    key_u64(&parts, of->to);
    key_text(&parts, of->name);
    key_key(&parts, of->arguments);
    key_text(&parts, of->task);
    key_u64(&parts, (uint64_t)of->opened);
    return key_end(&parts);
}

int64_t consent_time(const State *state, StateKey key, Moment now)
{
    Ref ref = store_find(&state->store, key, moment_second(now));
    if (ref == 0)
        return INT64_MIN;
    const Consent *consent = store_at(&state->store, ref);
    return consent->at;
}

void consent_write_given(Buf *changes, StateKey key, uint32_t keep)
{
    change_begin(changes, CHANGE_CONSENT_GIVEN);
    change_key(changes, key);
    buf_u32le(changes, keep);
}

Status consent_apply_given(State *state, Moment at, Reader *reader)
{
    StateKey key;
    uint32_t keep;
    TRY(change_read_key(reader, &key));
    TRY(reader_u32le(reader, &keep));
    uint32_t second = moment_second(at), due = keep == 0 ? 0 : second + keep + 1;
    Ref ref = store_find(&state->store, key, second);
    if (ref == 0)
        ref = usage_add(state, key, KEPT_CONSENT, sizeof(Consent), due);
    else
        store_set_due(&state->store, ref, due);
    ENSURE(ref != 0, STATUS_LIMIT);
    Consent *consent = store_at(&state->store, ref);
    consent->at = at.start;
    return STATUS_OK;
}

void consent_write_ended(Buf *changes, StateKey key)
{
    change_begin(changes, CHANGE_CONSENT_ENDED);
    change_key(changes, key);
}

// One that would end in time is kept till then, so that it has one place in the wheel
// however often it is given and withdrawn.
Status consent_apply_ended(State *state, Moment at, Reader *reader)
{
    StateKey key;
    TRY(change_read_key(reader, &key));
    Ref ref = store_find(&state->store, key, moment_second(at));
    Consent *consent = ref == 0 ? NULL : store_at(&state->store, ref);
    if (consent && consent->head.due == 0)
        store_drop(&state->store, ref);
    else if (consent)
        consent->at = INT64_MIN;
    return STATUS_OK;
}
