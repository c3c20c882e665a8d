// SPDX-License-Identifier: Apache-2.0
// approval: what people have said yes to: this very call (approval), or this user's use
// of something by this agent (consent).
//
// An approval's record is made by the deny that asks for it, so that whoever is asked
// can be held to what was asked for: a call of this agent for this user in this task,
// of this tool, with these arguments, under these rules. Its key is the hash of all
// that: with one argument or rule changed it is another key. An allow that needed it
// spends it, and then nobody can say yes again until it is asked for again.
#ifndef PROVISO_ENGINE_STATE_APPROVAL_H
#define PROVISO_ENGINE_STATE_APPROVAL_H

#include "engine/state/change.h"
#include "engine/state/layout.h"

enum { APPROVAL_KEPT = 86400 }; // seconds for which one may be asked for and given

typedef struct ApprovalFor {
    Str tenant, agent, user, task, audience, tool;
    int64_t opened; // when the task was, so that another of its id is another
    StateKey arguments;
    StateKey rules; // hash of the bundle's rules
} ApprovalFor;
StateKey approval_key(const State *state, const ApprovalFor *of);
Ref approval_find(const State *state, StateKey key, Moment now);

static inline const Approval *approval_at(const State *state, Ref ref)
{
    return store_at(&state->store, ref);
}

// Whether it was asked for since it was last spent.
static inline bool approval_is_asked(const Approval *approval)
{
    return approval->texts.at != 0;
}

// What was asked for, and of whom: names of groups, separated by line feeds; an empty
// one is the user.
typedef struct ApprovalTexts {
    Str tenant, agent, user, task, audience, tool, asked;
} ApprovalTexts;
ApprovalTexts approval_texts(const State *state, const Approval *approval);

void approval_write_asked(Buf *changes, StateKey key, const ApprovalTexts *texts);
MUST_USE Status approval_apply_asked(State *state, Moment at, Reader *reader);
void approval_write_given(Buf *changes, StateKey key, Str by);
MUST_USE Status approval_apply_given(State *state, Moment at, Reader *reader);
void approval_write_spent(Buf *changes, StateKey key);
MUST_USE Status approval_apply_spent(State *state, Moment at, Reader *reader);
void approval_drop(Store *store, Approval *approval);

// ---- consent ----

typedef enum ConsentTo {
    CONSENT_AUDIENCE,
    CONSENT_TOOL,
    CONSENT_INTENT,
    CONSENT_ARGS
} ConsentTo;
typedef struct ConsentFor {
    Str tenant, user, agent, client;
    ConsentTo to;
    Str name;           // of the audience (uri), tool or intent
    StateKey arguments; // CONSENT_ARGS
    Str task;           // empty: for every task
    int64_t opened;     // when that was
} ConsentFor;
StateKey consent_key(const State *state, const ConsentFor *of);
// When it was given, on the state's own clock, or INT64_MIN.
int64_t consent_time(const State *state, StateKey key, Moment now);

// `keep` seconds from now; 0: until it is withdrawn.
void consent_write_given(Buf *changes, StateKey key, uint32_t keep);
MUST_USE Status consent_apply_given(State *state, Moment at, Reader *reader);
void consent_write_ended(Buf *changes, StateKey key);
MUST_USE Status consent_apply_ended(State *state, Moment at, Reader *reader);

#endif
