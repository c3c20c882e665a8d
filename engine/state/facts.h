// SPDX-License-Identifier: Apache-2.0
// facts: earlier calls of a tree of tasks, or of a user or agent across tasks, with
// what of them some rule may ask for.
//
// What is kept of a call of a tool is its layout: which values, and how they are packed
// (vm/pack.h). A layout is known by a text, so that facts written under one bundle are
// read under another that keeps the same.
#ifndef PROVISO_ENGINE_STATE_FACTS_H
#define PROVISO_ENGINE_STATE_FACTS_H

#include "engine/state/change.h"
#include "engine/state/layout.h"

enum {
    FACTS_MAX = HEAP_BLOCK_MAX, // bytes of all the facts of one tree, user or agent
    FACT_PACKED_MAX = 32767,    // bytes that are kept of one call
};

typedef enum PastKind { PAST_USER, PAST_AGENT } PastKind;
StateKey past_key(const State *state, Str tenant, PastKind kind, Str id);

// Those of a tree, by any of its tasks, or of a user or agent; NULL: none.
const Facts *facts_of_tree(const State *state, Ref task);
const Facts *facts_of_past(const State *state, StateKey key, Moment now);

// One after another: the first (at NULL) or the next; NULL: there is none. *packed is
// what was kept, as long as nothing is applied.
const void *facts_next(const State *state, const Facts *facts, const void *at,
                       Fact *fact, Str *packed);

// How many bytes a fact takes of which so many are kept.
size_t fact_size(size_t packed);

// Whether a fact of which so many bytes are kept can be added to the owner's; as
// NewFact.
bool facts_have_room(const State *state, StateKey owner, uint32_t keep, size_t packed,
                     Moment now);
// Whether so many can take the place of what is kept of a call whose outcome is not in.
bool facts_can_replace(const State *state, StateKey owner, uint32_t call, size_t packed,
                       Moment now);

// ---- changes. `owner` is the key of a tree's first task, or of a past ----

typedef struct NewFact {
    StateKey owner;
    uint32_t keep; // seconds, for a past; 0: a tree's
    uint32_t call; // first four bytes of the grant's id
    uint32_t task; // ordinal in the tree
    bool is_in_flight;
    Str layout;
    Str packed;
} NewFact;
void facts_write_added(Buf *changes, const NewFact *fact);
MUST_USE Status facts_apply_added(State *state, Moment at, Reader *reader);

// The outcome of a call: it failed, and the fact is gone; it stands as it is; or
// `packed` takes its place.
typedef enum FactOutcome { FACT_FAILED, FACT_STANDS, FACT_REPLACED } FactOutcome;
void facts_write_settled(Buf *changes, StateKey owner, uint32_t call,
                         FactOutcome outcome, Str packed);
MUST_USE Status facts_apply_settled(State *state, Moment at, Reader *reader);

// ---- their bytes ----

// Writes a fact and its bytes, at most FACT_PACKED_MAX.
void facts_put(char *to, Fact fact, Str packed);
// Gives back what they own.
void facts_drop(Store *store, Facts *facts);

#endif
