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
    uint32_t singles[DIM_EQUAL]; // by Dim: the atom of dimensions that have just one
    Atoms dims[DIM_EQUAL];       // of these `at` points there
} DispatchCall;

// The rules that were found, each once, in no order that means anything.
typedef struct Found {
    const uint32_t *rules;
    uint32_t count;
    // Private, for when two buckets have something: their rules together, and one word
    // a rule: the epoch in which it was found. Room for all of the bundle.
    uint32_t *merged;
    uint32_t *seen;
    uint32_t epoch;
} Found;

// A call of which nothing is said yet: every dimension has the one atom of `singles`.
void dispatch_call_init(DispatchCall *call, const Bundle *bundle);

// Finds the rules in the groups (a list of DISPATCH numbers, of a tool) whose head and
// indexed equalities fit the call.
void dispatch_find(const DispatchCall *call, List groups, Found *found);

#endif
