// SPDX-License-Identifier: Apache-2.0
// demand: what a rule asks for besides its conditions: requirements that someone can
// fulfil, and budgets. What is lacking goes into an Open; what an allow would take is
// noted in Takings. For decide.c and possible.c.
//
// A budget `per approver` belongs to an approval that its rule requires: it is spent
// for those who count for it, and one whose own is spent doesn't count. What is lacking
// then is no `budget` but an `approval`: another person can give it.
#ifndef PROVISO_ENGINE_DECIDE_DEMAND_H
#define PROVISO_ENGINE_DECIDE_DEMAND_H

#include "engine/decide/answer.h"
#include "engine/state/approval.h"
#include "engine/state/budget.h"

typedef struct Decider Decider;

// What a call still lacks.
typedef struct Open {
    uint32_t count; // how many remedies it takes
    Code first;     // the code that goes before the others
    uint32_t remedy_count;
    Remedy remedies[MAX_REMEDIES]; // by code, then rule
} Open;

enum { MAX_TAKINGS = 64 };

// What an allow takes from budgets, and whether it needs the call's approval.
typedef struct Takings {
    uint32_t count;
    bool needs_approval;
    struct {
        uint32_t spend; // SPENDS
        BudgetUse use;
    } at[MAX_TAKINGS];
} Takings;

// Lacks nothing, takes nothing.
static inline void open_start(Open *open)
{
    open->count = open->remedy_count = 0;
}
static inline void takings_start(Takings *takings)
{
    takings->count = 0;
    takings->needs_approval = false;
}
// Lacks what `from` lacks.
void open_copy(Open *open, const Open *from);

// Adds what the rule demands.
void demand_rule(Decider *decider, uint32_t rule, Open *open, Takings *takings);

// The key of the consent that a requirement asks for.
StateKey demand_consent_key(const Decider *decider,
                            const BundleRequirement *requirement);
// The key of the approval for the call, and what it is for.
StateKey demand_approval_key(const Decider *decider);
ApprovalTexts demand_approval_texts(const Decider *decider);
// The hash of the call's arguments, with those left out whose names are in `free`
// (strings, ascending).
StateKey demand_arguments(const Decider *decider, const uint32_t *free,
                          uint32_t free_count);

#endif
