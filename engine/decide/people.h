// SPDX-License-Identifier: Apache-2.0
// people: what people say: an approval of a call, a consent, a revocation. As pure as a
// decision.
#ifndef PROVISO_ENGINE_DECIDE_PEOPLE_H
#define PROVISO_ENGINE_DECIDE_PEOPLE_H

#include "engine/decide/decide.h"

// `by` approves what was asked for under an id (Answer.approval). False, with the
// reason: nobody asked, or `by` is not one of those who may: the groups that were
// asked, but never the agent, nor the user unless it was the user who was asked.
bool approve(const Bundle *bundle, const State *state, Moment now, const uint8_t id[16],
             Str by, Code *code, Str *detail, Buf *changes);

// The user consents to what the rules for a call ask consent for (`request`: its body
// decoded), even where more is missing. False, with the reason: `by` is not the call's
// user, or no rule asks. With `withdraws` the consents end.
bool consent(Decider *decider, Request *request, Moment now, const State *state, Str by,
             bool withdraws, Code *code, Str *detail, Buf *changes);

// Revokes something of a kind by name (RevokedKind's, as "agent", "user" ... "grant",
// "before"). False: there is no such kind, or the name is none of it.
bool revoke(const State *state, Str tenant, Str kind, Str name, int64_t before,
            Buf *changes);

#endif
