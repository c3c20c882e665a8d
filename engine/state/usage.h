// SPDX-License-Identifier: Apache-2.0
// usage: how much of the memory is whose, so that no tenant can take all of it.
//
// Counted are the bytes that lie in memory for a tenant, and its tasks. An operation
// that adds to them says first whose they are; what it adds belongs to that tenant's
// Usage, until it is forgotten. What has no tenant is of the tenant without a name. The
// rows of live tables have a share of their own, as if they were another tenant's;
// revocations and names are nobody's.
//
// The limits (StateLimits) are asked by who decides: a tenant that has as much as it
// may gets nothing more. So its last operation may take it over the limit. Where little
// is left, it may have USAGE_FAIR times what is: many that take all they can come to
// equal shares (as buffers of a switch; Choudhury, Hahne 1998), and there is room for
// those that have little. What makes
// things safer is not asked. state_apply counts and asks for nothing, so another limit
// after a restart changes nothing that was remembered.
#ifndef PROVISO_ENGINE_STATE_USAGE_H
#define PROVISO_ENGINE_STATE_USAGE_H

#include "engine/state/change.h"
#include "engine/state/layout.h"

// Whose share: a tenant's, that of the rows of live tables.
StateKey usage_key(const State *state, Str tenant);
StateKey usage_live_key(const State *state);

enum { USAGE_FAIR = 4 };

// Why no more may be remembered in that share: the limit, and what is so of it; empty
// if more may.
Str usage_full(const State *state, StateKey key);
Str usage_live_full(const State *state);
// The same of another task, which needs memory, too.
Str usage_full_of_tasks(const State *state, StateKey key);

// ---- changes ----

enum { USAGE_CHARGED_SIZE = 1 + 16 }; // bytes of that change

// What follows it in the operation belongs there.
void usage_write_charged(Buf *changes, StateKey key);
MUST_USE Status usage_apply_charged(State *state, Moment at, Reader *reader);

// ---- for those that apply changes ----

// What follows belongs there (as the change says). STATUS_MALFORMED for a key of
// something else, STATUS_LIMIT where there is no memory.
MUST_USE Status usage_charge(State *state, StateKey key);
// store_add of a record that belongs to whoever the operation is charged to.
Ref usage_add(State *state, StateKey key, KeptKind kind, size_t size, uint32_t due);
// The record of a key, or 0. With `keep` it is added if there is none, and lives for so
// many seconds more at least: 0 only without memory.
Ref usage_keep(State *state, StateKey key, KeptKind kind, size_t size, uint32_t keep,
               Moment at);
// Charges what the operation has taken, which is then at its end.
void usage_settle(State *state);
// Takes a record that is dropped off its owner's share: itself, and `parts` bytes that
// it had beside.
void usage_give_back(State *state, const RecordHead *record, size_t parts);
// Another task of the owner (0: nobody), or one that is over.
void usage_add_task(State *state, Ref owner);
void usage_end_task(Store *store, Ref owner);

#endif
