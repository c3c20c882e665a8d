// SPDX-License-Identifier: Apache-2.0
// dispatch: which rules can match a call, by tuple-space search over the bundle's
// tables (bytecode.h, "dispatch"). The cost follows the groups that can hold a rule for
// the called tool and the rules found, not the rules that exist.
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
    const Value *slots;          // for DIM_EQUAL
    Atoms dims[DIM_EQUAL];       // by Dim
    uint32_t singles[DIM_EQUAL]; // what the one-atom dimensions point to
} DispatchCall;

// The rules that were found, each once, in no order that means anything.
typedef struct Found {
    uint32_t *rules; // room for all of the bundle
    uint32_t count;
    // Private: one word a rule: the epoch in which it was found, once two buckets had
    // something.
    uint32_t *seen;
    uint32_t epoch;
    bool is_marked;
} Found;

// Finds the rules in the groups (a list of DISPATCH numbers, of a tool) whose head and
// indexed equalities fit the call.
void dispatch_find(const DispatchCall *call, List groups, Found *found);

#endif
