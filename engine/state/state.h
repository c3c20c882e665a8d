// SPDX-License-Identifier: Apache-2.0
// state: what the law needs remembered between calls, in memory.
//
// Everything is a record (layout.h) in one store. Records are read by the functions of
// the modules beside this one, and changed in one way only: an operation (a decision,
// an outcome, a revocation ...) is a pure function that writes its changes as bytes,
// and state_apply applies them. The same bytes go into the log, and recovery applies
// them again, so a state that was recovered is the state that was.
//
// A State belongs to one thread at a time. Nothing in it has a number of a bundle:
// labels, tools, budgets and the like are remembered by name, so another bundle finds
// them.
#ifndef PROVISO_ENGINE_STATE_STATE_H
#define PROVISO_ENGINE_STATE_STATE_H

#include "engine/base/status.h"
#include "engine/base/str.h"
#include "engine/state/lapse.h"
#include "engine/state/key.h"
#include "engine/state/store.h"

typedef struct Buf Buf;

enum {
    STATE_NAME_MAX = 4096,   // bytes of a name
    STATE_RECENT_BITS = 14,  // 2^14 names that are found without their key
    STATE_UNUSED_STAYS = 60, // seconds for which what nothing refers to is kept
};
static const int64_t TICKS_PER_SECOND = 1000000000;

// The second in which a moment lies, and the first that lies wholly after a tick.
static inline uint32_t moment_second(Moment at)
{
    return (uint32_t)(at.tick / TICKS_PER_SECOND);
}
static inline uint32_t second_after(int64_t tick)
{
    return (uint32_t)(tick / TICKS_PER_SECOND) + 1;
}
// The whole seconds in which a time of so many ns fits.
static inline uint32_t seconds_for(int64_t time)
{
    return (uint32_t)((time + TICKS_PER_SECOND - 1) / TICKS_PER_SECOND);
}

// How much of the memory is whose, at most (usage.h). 0: as much as there is.
typedef struct StateLimits {
    uint64_t tenant_bytes; // of all that is remembered of one tenant
    uint32_t tenant_tasks; // of one tenant, neither closed nor forgotten
    uint64_t live_bytes;   // of the rows of live tables
} StateLimits;

typedef struct State {
    Store store;        // first: what the store drops finds its state
    uint64_t secret[2]; // of its keys
    Lapse lapse;
    int64_t void_before;  // wall; whatever was issued earlier is void
    int64_t void_start;   // the same on the state's own clock
    uint32_t revocations; // how many records say that something is revoked
    StateLimits limits;   // bind those who decide; what is applied is counted only
    Ref owner;            // Usage, of the operation that is being applied; 0: none
    size_t billed;        // of the bytes in use, those that are accounted for
    Ref recent[1 << STATE_RECENT_BITS]; // names met last, by their ends; for speed
                                        // alone
} State;

// An empty state of at most `limit` bytes. `secret` is 16 random bytes that nobody else
// knows. STATUS_MEMORY.
MUST_USE Status state_init(State *state, size_t limit, const uint8_t secret[16]);
void state_free(State *state);

// Makes sure that one operation's changes can be applied, and forgets a few records
// that are over. False when the limit is reached: then nothing that needs memory may be
// decided.
MUST_USE bool state_prepare(State *state, Moment now);
// The same for what makes things safer (a revocation, a closure, an outcome), which may
// go an eighth over the limit; and for what was applied before.
MUST_USE bool state_prepare_over(State *state, Moment now);

// The moment of an operation, and writes the change with which its step is remembered
// if the wall clock has stepped since the last one.
Moment state_moment(const State *state, int64_t wall, int64_t tick, Buf *changes);

// Applies the changes of one operation that took place at `now`, of which `wall` and
// `tick` matter. STATUS_MALFORMED for
// bytes that no operation has written: then some of them may have been applied.
MUST_USE Status state_apply(State *state, Moment now, Str changes);

// ---- names ----

// A name is known by a number. Names of the policy's own (labels, what is kept of
// calls) keep theirs, so it may be noted anywhere. Others are forgotten some time after
// the last record that holds them.

// The number of a lasting name; 0 if it is none.
Ref state_find_name(const State *state, Str name);
// The same; it is made one if it is not. 0: there is no memory, or it is longer than
// STATE_NAME_MAX.
Ref state_name(State *state, Str name);
// The number of a name that somebody will hold soon. 0: as above.
Ref state_meet_name(State *state, Str name);
// The number of a name, for a record that refers to it from now on. 0: as above.
Ref state_hold_name(State *state, Str name);
// The record refers to it (0: to none) no longer.
void state_release_name(Store *store, Ref name);
// The name of a number.
Str state_name_text(const State *state, Ref name);

#endif
