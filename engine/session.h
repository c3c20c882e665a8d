// SPDX-License-Identifier: Apache-2.0
// session: what the files of the embedding interface share.
#ifndef PROVISO_ENGINE_SESSION_H
#define PROVISO_ENGINE_SESSION_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/bytecode/bundle.h"
#include "engine/decide/decide.h"
#include "engine/decide/possible.h"
#include "engine/engine.h"
#include "engine/state/change.h"

struct ProvisoMemory {
    State state;
    ProvisoKeep *keep; // sees the changes before they are applied; NULL
    void *keeper;
};

struct ProvisoSession {
    Arena arena;
    const Bundle *bundle;
    ProvisoMemory *memory; // NULL: nothing is remembered
    State nothing;
    Decider *decider;
    Request *request;
    Answer answer;
    char *changes; // of the operation at hand
    CborTree tree; // of its body
    Trace trace;
    Possible possible;
};

static inline State *session_state(ProvisoSession *session)
{
    return session->memory ? &session->memory->state : &session->nothing;
}

// The one gateway that the caller is bound to, or NONE.
uint32_t session_gateway(const ProvisoSession *session, const ProvisoCall *call);
// A caller with several gateways must name one of them.
void session_check_gateway(ProvisoSession *session, const ProvisoCall *call);
// The moment of a call. A step of the wall clock is kept, whatever becomes of the call.
Moment session_moment(ProvisoSession *session, const ProvisoCall *call);
// Memory for the changes of one operation.
Buf session_begin_changes(ProvisoSession *session);
// Whether they can be applied; `may_exceed` the limit of the memory
// (state_prepare_over).
bool session_prepare(ProvisoSession *session, Moment now, bool may_exceed);
// Why they were not applied.
Str session_not_kept(const ProvisoSession *session, bool is_ready);
// Applies them. False: they can't be kept, or `is_granted` rests on what wasn't, so
// what asked for them must not be granted.
bool session_keep(ProvisoSession *session, Moment now, bool is_ready, Str changes,
                  bool is_granted);

#endif
