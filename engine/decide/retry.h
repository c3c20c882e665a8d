// SPDX-License-Identifier: Apache-2.0
// retry: a call that was allowed before, asked for again under its idempotency key.
//
// Who got no answer asks again, under the same key, and gets the one that was given:
// the same grant, whatever has become of budgets, approvals and labels since, and
// nothing is taken again. Only the time that is left of the grant is less. The key
// stands for that one call until the call is forgotten.
#ifndef PROVISO_ENGINE_DECIDE_RETRY_H
#define PROVISO_ENGINE_DECIDE_RETRY_H

#include "engine/decide/decide.h"

enum { RETRY_ANSWER_MAX = 1 << 10 };

// The id of the grant under the request's key, once stages 1 to 3 have passed.
void retry_id(const Decider *decider, uint8_t id[16]);

// Whether a call under that key was allowed before. Then the answer is the one that was
// given, or a deny: MALFORMED where it was another call, or its grant is over; REVOKED.
bool retry_find(Decider *decider, const uint8_t id[16]);

// What tells the request from others under its key: who asks for what, with what. How
// it was proved who asks, and the context, may be others.
StateKey retry_request(const Decider *decider);

// Appends what must be remembered to give the decider's answer again.
void retry_write_answer(const Decider *decider, Buf *out);

#endif
