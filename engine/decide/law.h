// SPDX-License-Identifier: Apache-2.0
// law: what no rule can switch off: the credential stage, the envelope stage, and the
// one-tenant check. Each says in `detail` what an operator should look at, never a
// value of the request.
#ifndef PROVISO_ENGINE_DECIDE_LAW_H
#define PROVISO_ENGINE_DECIDE_LAW_H

#include "engine/decide/answer.h"
#include "engine/decide/request.h"
#include "engine/vm/vm.h"

// Stage 3. The presented credential must be issued by an issuer that the gateway
// accepts, for this gateway, unexpired, bound to the presenter's key, and be this
// user's and this agent's. True, or false with the code and the reason.
bool law_credential(const Request *request, int64_t now, Code *code, Str *detail);

// Stage 4, as far as it doesn't depend on the tool: the call's task must be open and
// within its intent's lifetime; this agent and user may pursue the intent.
bool law_task(const Request *request, const TaskRecord *task, int64_t now, Code *code,
              Str *detail);

// Stage 4, the rest: the task's intent and every intent above it allow the tool.
bool law_envelope(const Request *request, const TaskRecord *task, Code *code,
                  Str *detail);

// The tenant that a token for this call would carry: the audience's; for a shared
// audience the keyed row's, else the user's, else the agent's. A string, NONE, or
// TENANT_ALIEN.
uint32_t law_tenant(const Request *request);

// Whether all parties are of the tenants that a permit foresees: one and the same, or
// those that its `across` names. *token_tenant is the tenant that the token carries.
bool law_tenants_fit(Vm *vm, const Request *request, const BundleExtra *extra,
                     uint32_t *token_tenant);

// Which party has no tenant, for the operator, after law_tenants_fit has said no; empty
// if all have one.
Str law_tenant_lacking(const Request *request);

// Nanoseconds that a token may live at most: until the credential or the task ends.
int64_t law_time_left(const Request *request, const TaskRecord *task, int64_t now);

#endif
