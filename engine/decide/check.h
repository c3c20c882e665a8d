// SPDX-License-Identifier: Apache-2.0
// check: whether a grant is still good for a use, and one use of it spent where that is
// asked. RFC 7662's question, put to the decision point.
#ifndef PROVISO_ENGINE_DECIDE_CHECK_H
#define PROVISO_ENGINE_DECIDE_CHECK_H

#include "engine/base/cbor.h"
#include "engine/bytecode/bundle.h"
#include "engine/decide/answer.h"
#include "engine/state/state.h"

typedef struct Buf Buf;
typedef struct Call Call;

// The use that is to be made of a grant. What is left out (empty, NULL) is not
// compared.
typedef struct GrantUse {
    uint8_t grant[16];
    Str audience;         // uri
    Str tool;             // "crm.refund", or the bare name
    const CborNode *args; // a map: all that the tool gets
    Str presenter;        // thumbprint of the key of whoever presents it
    bool consumes;
} GrantUse;

// Whether a grant, or one that it was delegated from, was revoked, or who holds it or
// what it is for.
bool check_is_revoked(const Bundle *bundle, const State *state, const Call *call);

// True: it is good, and one use of it is spent if the use consumes. False: the code and
// the reason; TASK, REVOKED, ARGUMENT and so on as for a decision, UNKNOWN for no such
// grant.
bool check_grant(const Bundle *bundle, const State *state, Moment now,
                 const GrantUse *use, Code *code, Str *detail, Buf *changes);

#endif
