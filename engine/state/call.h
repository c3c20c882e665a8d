// SPDX-License-Identifier: Apache-2.0
// call: what was granted for one call: for CHECK, for its outcome, for a retry, and as
// the parent of grants that are delegated from it.
//
// The id of a grant is random; under an idempotency key it is the hash of the tenant,
// the gateway and that key (call_retry_id), so that a retry finds its call.
#ifndef PROVISO_ENGINE_STATE_CALL_H
#define PROVISO_ENGINE_STATE_CALL_H

#include "engine/state/budget.h"
#include "engine/state/change.h"
#include "engine/state/layout.h"

enum {
    CALL_TTL_MAX = 1 << 30,     // seconds for which a grant is known, at most
    CALL_OUTCOME_SECONDS = 300, // after its expiry an outcome is still taken
};

StateKey call_key(const State *state, const uint8_t id[16]);

// The id of the grant for a call under an idempotency key.
void call_retry_id(const State *state, Str tenant, Str gateway, Str key,
                   uint8_t id[16]);

// Adds an argument, by name and CBOR encoding, to the hash of a call's arguments, which
// begins with zeros. Their order makes no difference.
void call_add_argument(const State *state, Str name, Str value, StateKey *sum);

Ref call_find(const State *state, StateKey key, Moment now);

static inline const Call *call_at(const State *state, Ref ref)
{
    return store_at(&state->store, ref);
}

// When it ends by the wall clock.
static inline int64_t call_expires(const Call *call)
{
    return call->granted + call->ttl * TICKS_PER_SECOND;
}

// Whether the grant is still good at `now`: not expired, uses left, not of a call that
// has failed (what it took was given back), its task open; and the same of the grant
// from which it was delegated. Revocations are revocation.h's.
bool call_is_good(const State *state, Ref ref, Moment now);

// Whether it was issued before a moment before which all is void.
bool call_is_void(const State *state, const Call *call);

// Whether it was revoked, itself.
bool call_is_revoked(const State *state, const Call *call);

// What must be undone or settled when the outcome comes, as changes of other modules
// that were written with it; and the request, if the outcome needs it.
typedef struct CallTexts {
    Str tenant, user, gateway; // the call's
    Str presenter; // thumbprint of the key that it is bound to; empty: of none
    Str free;      // names of the free arguments, each ended by a NUL
    Str scope;     // the scopes, separated by spaces
    Str spent;     // what was taken from budgets: see call_spent_next
    Str pending;   // labels to be settled: owner's key, name
    Str facts;     // keys of the owners of its facts
    Str bounds;    // what else bounds those delegated from it; empty: it can't be
    Str request;   // the body of the DECIDE; once its outcome is in, what was reported
    Str answer;    // to a call under an idempotency key, for retries
} CallTexts;
CallTexts call_texts(const State *state, const Call *call);

// What was taken from a budget: the change that gives it back, and what spent it, by
// its number in the bundle of the decision, whose hash begins with `bundle`.
typedef struct CallSpent {
    uint64_t bundle;
    uint32_t spend;
    Str returned;
} CallSpent;
void call_spent_write(Buf *spent, uint64_t bundle, uint32_t spend, const BudgetUse *use,
                      int64_t tick);
// Takes the next from the front of *spent. False: there is none.
bool call_spent_next(Str *spent, CallSpent *out);

// ---- changes ----

typedef struct CallGrant {
    StateKey key;
    bool has_task, has_parent;
    StateKey task, parent;
    Str agent, audience, tool, issuer;
    uint32_t uses;
    uint16_t depth;
    uint32_t ttl; // seconds from the decision
    StateKey arguments, request;
    CallTexts texts;
} CallGrant;
void call_write_granted(Buf *changes, const CallGrant *grant);
MUST_USE Status call_apply_granted(State *state, Moment at, Reader *reader);

// Its outcome is in; `report` tells it from others, and is kept in place of the
// request.
void call_write_settled(Buf *changes, StateKey key, CallStatus status, StateKey report);
MUST_USE Status call_apply_settled(State *state, Moment at, Reader *reader);

// One use of it is spent.
void call_write_used(Buf *changes, StateKey key);
MUST_USE Status call_apply_used(State *state, Moment at, Reader *reader);

void call_drop(Store *store, Call *call);

#endif
