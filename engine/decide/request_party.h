// SPDX-License-Identifier: Apache-2.0
// request_party: who and what a request names, looked up in the policy, and the
// attributes of each. For the files of request alone.
//
// Each fills its slots. False: it is not known, or an attribute doesn't fit; the
// refusal is set.
#ifndef PROVISO_ENGINE_DECIDE_REQUEST_PARTY_H
#define PROVISO_ENGINE_DECIDE_REQUEST_PARTY_H

#include "engine/decide/request.h"
#include "engine/decide/request_read.h"

// `bound` is the gateway that the peer is bound to, or NONE.
bool party_gateway(Request *request, const RawRequest *raw, uint32_t bound);
bool party_agent(Request *request, const RawRequest *raw);
// Its row, tenant and groups too. True without a user.
bool party_user(Request *request, const RawRequest *raw);
bool party_audience(Request *request, const RawRequest *raw);
bool party_chain(Request *request, const Str *agents, uint32_t count);
// The resource and the context.
bool party_surroundings(Request *request, const RawRequest *raw);

#endif
