// SPDX-License-Identifier: Apache-2.0
// delegation: a grant that is presented with a call: whether it holds for the call, and
// what it leaves of a token. Part of the law: no rule can switch it off.
//
// A grant that can be delegated (its depth is above 0) keeps what bounds it; what is
// made of it is met with that, has one use, which is spent of it, and one level of
// depth less. So a grant is never more than the one above it in any dimension, nor are
// those below one together more than its uses.
#ifndef PROVISO_ENGINE_DECIDE_DELEGATION_H
#define PROVISO_ENGINE_DECIDE_DELEGATION_H

#include "engine/base/buf.h"
#include "engine/decide/decider.h"

typedef struct Call Call;

// The presented grant is good, was made in this task or one above it, for this user,
// tool, audience and bound arguments, and can be delegated. It is then
// decider->presented, and `grant.` can be read. False: the answer says `delegation`,
// and why.
bool delegation_holds(Decider *decider);

// Makes `grant.` what it was for a call that presented this one, when that is told
// again.
void delegation_show(Decider *decider, const Call *grant);

// Meets a token with the presented grant.
void delegation_meet(const Decider *decider, TokenPoint *token);

// What of the answer's grant would bound those that are made of it, beside what a Call
// holds: nothing if it can't be delegated.
void delegation_write_bounds(const Decider *decider, Buf *bounds);

#endif
