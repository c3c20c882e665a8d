// SPDX-License-Identifier: Apache-2.0
// dispatch: which rules can match a call, by tuple-space search over the bundle's tables
// (bytecode.h, "dispatch"). The cost follows the groups that can hold a rule for the called
// tool and the rules found, not the rules that exist.
#ifndef PROVISO_ENGINE_DECIDE_DISPATCH_H
#define PROVISO_ENGINE_DECIDE_DISPATCH_H

#include "engine/bytecode/bundle.h"
#include "engine/vm/value.h"

// What a call is in one dimension: any of these.
typedef struct Atoms {
    const uint32_t *at;
    uint32_t count;
} Atoms;

typedef struct DispatchCall {
    const Bundle *bundle;
    const Value *slots;      // for DIM_EQUAL
    Atoms dims[DIM_EQUAL];   // by Dim
    uint32_t singles[DIM_EQUAL]; // what the one-atom dimensions point to
} DispatchCall;

// Receives a rule whose head matches; the same rule may come more than once.
typedef void DispatchVisit(void *context, uint32_t rule);

// Calls `visit` for each rule in the groups (a list of DISPATCH numbers, of a tool) whose
// head and indexed equalities fit the call.
void dispatch_find(const DispatchCall *call, List groups, DispatchVisit *visit,
                   void *context);

#endif
