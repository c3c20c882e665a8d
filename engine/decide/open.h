// SPDX-License-Identifier: Apache-2.0
// open: whether a task may be opened, and its end. As pure as a decision: what it wants
// remembered are changes of the state.
#ifndef PROVISO_ENGINE_DECIDE_OPEN_H
#define PROVISO_ENGINE_DECIDE_OPEN_H

#include "engine/decide/decide.h"

// A task whose intent states no `within` lives for a day.
static const int64_t OPEN_LONGEST = INT64_C(86400) * 1000000000;

// Opens the task of a request (request_decode_open): its credential must be good, this
// agent and user may pursue the intent, and below another task that one's intent must
// delegate it. To open a task again with the same intent, parent and parameters is no
// mistake and changes nothing. The answer allows, without a grant, or denies; *ends is
// the task's end, ns since 1970.
void open_task(Decider *decider, Request *request, Moment now, const State *state,
               Answer *answer, Buf *changes, int64_t *ends);

// Closes a task of a tenant. False: there is none.
bool close_task(const State *state, Moment now, Str tenant, Str id, Buf *changes);

#endif
