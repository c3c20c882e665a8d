// SPDX-License-Identifier: Apache-2.0
// recall: what a decision knows of what was before: the call's task, the labels of its
// tree and of its user with its agent, and the earlier calls that patterns look at. It
// reads the state and changes nothing.
#ifndef PROVISO_ENGINE_DECIDE_RECALL_H
#define PROVISO_ENGINE_DECIDE_RECALL_H

#include "engine/decide/request.h"
#include "engine/state/labels.h"
#include "engine/state/task.h"
#include "engine/vm/vm.h"

typedef struct Arena Arena;

enum { RECALL_LABEL_WORDS = LABELS_MAX / 64, RECALL_POOL = 4096 };

typedef struct Recall {
    const Bundle *bundle;
    const State *state; // NULL: nothing is remembered
    Moment now;
    const Request *request;
    Str tenant; // under which the call's records are kept: the user's, else the agent's
    Ref task;   // 0: the call names none that was opened
    bool joins_over; // a task that is over is joined, too: for the outcome of its call
    StateKey root;   // key of the first task of its tree
    StateKey user_past, agent_past;
    uint64_t labels[RECALL_LABEL_WORDS]; // bit n: label n of the bundle was touched
    bool has_user_past, has_agent_past;  // some rule asks for them: the keys are made
    bool has_sticky;                     // some label sticks to a user with an agent
    // Private: what was kept of the earlier call that is looked at.
    ValuePool pool;
    Value *kept;
    Ref *label_names;     // by label of the bundle; 0: the state has not met it yet
    Ref *layouts;         // by tool
    uint32_t sticky_most; // seconds for which what sticks may count in some intent
} Recall;

// Memory for recalling under a bundle, on the arena. False when it is full.
MUST_USE bool recall_init(Recall *recall, Arena *arena, const Bundle *bundle);

// Takes over the call and, where the request names its task by id, joins the task to it
// (request_join_task), or sets the refusal.
void recall_begin(Recall *recall, const State *state, Moment now, Request *request);

// The tenant under which a call's records are kept.
Str recall_tenant(const Request *request);

// Whose share of the memory the call's records lie in.
StateKey recall_usage(const Recall *recall);
// The key of what sticks to the call's user with its agent.
StateKey recall_person(const Recall *recall);

// Says where rules find labels, earlier calls and the rows of live tables: once for a
// vm.
void recall_show(Recall *recall, Vm *vm);
// Looks up the labels.
void recall_labels(Recall *recall);

// Whether something of the call was revoked: *what, which is written only then.
bool recall_is_revoked(const Recall *recall, Str *what);

#endif
