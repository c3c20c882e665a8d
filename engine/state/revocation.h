// SPDX-License-Identifier: Apache-2.0
// revocation: what is good no longer, from the moment that it was said.
//
// Consents end in approval.h, tasks in task.h. What is revoked stays so: an agent that
// is to work again gets another identity, or the operator another state.
#ifndef PROVISO_ENGINE_STATE_REVOCATION_H
#define PROVISO_ENGINE_STATE_REVOCATION_H

#include "engine/state/change.h"
#include "engine/state/layout.h"

typedef enum RevokedKind {
    REVOKED_AGENT = 1,
    REVOKED_USER,
    REVOKED_TASK,
    REVOKED_GRANT, // and all that was delegated from it
    REVOKED_KEY,   // the thumbprint of a presenter's key
    REVOKED_TENANT,
    REVOKED_ISSUER,
    REVOKED_AUDIENCE,
    REVOKED_TOOL,
    REVOKED_BEFORE, // whatever was issued before a moment: credentials, tasks, grants
} RevokedKind;

// Users and tasks are a tenant's (empty: of every tenant, and of none); all else is
// named for every tenant, and `tenant` makes no difference.
StateKey revocation_key(const State *state, Str tenant, RevokedKind kind, Str name);

// That of a grant, by the key of its call.
StateKey revocation_grant_key(const State *state, StateKey call);

// Whether it is revoked. An empty name is nobody's.
bool is_revoked(const State *state, Str tenant, RevokedKind kind, Str name);

// Whether a task (0: none) or one above it is revoked, or who opened one of them.
bool task_is_revoked(const State *state, Ref task);

// `wall` matters for REVOKED_BEFORE only, whose name is empty.
void revocation_write(Buf *changes, StateKey key, RevokedKind kind, int64_t wall);
MUST_USE Status revocation_apply(State *state, Moment at, Reader *reader);

#endif
