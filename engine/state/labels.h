// SPDX-License-Identifier: Apache-2.0
// labels: what a tree of tasks, or (sticky) a user with an agent, has touched.
//
// A label is touched for certain, or by a call whose outcome is still to say whether it
// was: until then it counts. What was touched for certain is never taken away. A level
// of an ordered label is a label of its own, named `author.guest`.
#ifndef PROVISO_ENGINE_STATE_LABELS_H
#define PROVISO_ENGINE_STATE_LABELS_H

#include "engine/state/change.h"
#include "engine/state/layout.h"

enum { LABELS_MAX = 256, STICKY_SECONDS = 3600 };

// The key of what sticks to a user (empty: none) with an agent.
StateKey person_key(const State *state, Str tenant, Str user, Str agent);

// Those of a tree, by any of its tasks, or of a person; NULL if there is no such
// record.
const Labels *labels_of_tree(const State *state, Ref task);
const Labels *labels_of_person(const State *state, StateKey key, Moment now);

// Label number i, i < labels->count.
const Label *labels_at(const State *state, const Labels *labels, uint32_t i);
// The second in which it was last touched, for certain or perhaps.
uint32_t label_second(const Label *label);

// Whether another one has room with them (NULL: there are none yet) if it isn't one of
// them. *added counts those that were not, for one operation.
bool labels_have_room(const State *state, const Labels *labels, Str name,
                      uint32_t *added);

// ---- changes. `owner` is the key of a tree's first task, or of a person ----

// Touches a label; `keep`: seconds for which a person's record lives from now on (0: a
// task's).
void labels_write_touched(Buf *changes, StateKey owner, Str name, bool is_certain,
                          uint32_t keep);
MUST_USE Status labels_apply_touched(State *state, Moment at, Reader *reader);

// The outcome of a call that may have touched it says that it did or did not.
void labels_write_settled(Buf *changes, StateKey owner, Str name, bool is_touched);
MUST_USE Status labels_apply_settled(State *state, Moment at, Reader *reader);

// Gives back what they own.
void labels_drop(Store *store, Labels *labels);

#endif
