// SPDX-License-Identifier: Apache-2.0
// remember: what a decision wants remembered, as changes of the state: of an allow what
// was granted and taken, what the call touches and what is kept of it; of a deny that
// asks for an approval, that it was asked for. For decide.c.
#ifndef PROVISO_ENGINE_DECIDE_REMEMBER_H
#define PROVISO_ENGINE_DECIDE_REMEMBER_H

#include "engine/base/buf.h"
#include "engine/decide/decider.h"

// Of an allow whose grant stands in the answer; `takings` are those of its rules.
// False: what has to be kept of the call is too much, and the answer is a deny that
// says so.
bool remember_allow(Decider *decider, const Takings *takings, Buf *changes);
// Of a deny that only approvals stand in the way of; the answer gets their id.
void remember_asked(Decider *decider, Buf *changes);

#endif
