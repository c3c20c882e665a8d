// SPDX-License-Identifier: Apache-2.0
// task: episodes of work under one intent, in trees. A child never outlives its parent,
// and is dead as soon as any task above it is.
#ifndef PROVISO_ENGINE_STATE_TASK_H
#define PROVISO_ENGINE_STATE_TASK_H

#include "engine/state/change.h"
#include "engine/state/layout.h"

enum {
    TASK_ID_MAX = 64,           // bytes
    TASK_USER_MAX = 255,        // bytes of a user's id
    TASK_PARAMS_MAX = 16 << 10, // bytes of an intent's parameters
    TASK_DEPTH_MAX = 8,         // tasks above a task
    TASK_TREE_MAX = 1 << 16,    // tasks of a tree, those that are over included
    TASK_LINGERS = 300, // seconds for which a task that is over is still known as such
};

// The key of a task: its id in its tenant.
StateKey task_key(const State *state, Str tenant, Str id);
// The task of a key, or 0. One that is over is found for TASK_LINGERS more.
Ref task_find(const State *state, StateKey key, Moment now);

static inline const Task *task_at(const State *state, Ref ref)
{
    return store_at(&state->store, ref);
}

// What it owns, and the first of its tree, will be read soon.
void task_expect(const State *state, Ref ref);

// Which of its tree it is: 0 for the first.
static inline uint32_t task_ordinal(const Task *task)
{
    return task->parent == 0 ? 0 : task->number;
}
// Whether its tree can have one more.
bool task_tree_has_room(const State *state, Ref ref);

// Whether it and all tasks above it are open and within their time.
bool task_is_open(const State *state, Ref ref, Moment now);

// What it was opened with. Views, as long as nothing is applied.
typedef struct TaskTexts {
    Str id;
    Str tenant;
    Str user;   // empty: nobody's
    Str params; // of the intent: CBOR, as the broker wrote them
} TaskTexts;
TaskTexts task_texts(const State *state, const Task *task);

// ---- changes ----

typedef struct TaskOpening {
    StateKey key;
    StateKey parent; // of the task above, if `has_parent`
    bool has_parent;
    int64_t ends; // on the state's own clock; cut to its parent's
    Str intent, agent;
    TaskTexts texts;
} TaskOpening;
void task_write_opened(Buf *changes, const TaskOpening *opening);
MUST_USE Status task_apply_opened(State *state, Moment at, Reader *reader);

// It and the tasks below it are over.
void task_write_closed(Buf *changes, StateKey key);
MUST_USE Status task_apply_closed(State *state, Moment at, Reader *reader);

// Gives back what it owns.
void task_drop(Store *store, Task *task);

#endif
