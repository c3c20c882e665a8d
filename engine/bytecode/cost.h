// SPDX-License-Identifier: Apache-2.0
// cost: how many steps code and decisions take at worst. The emitter writes these
// numbers and the verifier computes them again, both from here. A step is one simple
// instruction, two or three nanoseconds.
//
// A function takes the sum of its instructions, each as often as the loops around it
// can turn; jumps are not taken into account, and a memo counts as one step.
//
// A decision takes, for the tool that is worst, the sum over the dispatch groups that
// it lists: as many lookups as there can be combinations of atoms, each with the
// costliest bucket of the group, but no more than all its buckets together; where the
// group's entries name a tool, those of other tools don't count. Memos count
// either in each rule that reads them or once each, whichever is less. What is asked
// when the call's outcome is in, what it touches and what is kept of it count, too.
//
// The memo of a pattern runs its function for each earlier call: as many as there is
// room for (need.h), each with the least that is kept of it or with lists as long as
// they can be, whichever takes more in all; and it unpacks what is kept.
#ifndef PROVISO_ENGINE_BYTECODE_COST_H
#define PROVISO_ENGINE_BYTECODE_COST_H

#include <stdbool.h>

#include "engine/bytecode/bundle.h"

typedef struct Arena Arena;

// Where adding up ends.
#define COST_MOST 0xffffffffu

enum {
    COST_GLOB = 20,    // LIKE, on a string of 256 bytes
    COST_ROW = 10,     // finding a row
    COST_RULE = 4,     // visiting a rule, and a condition, before its code runs
    COST_ATOM = 1,     // one dimension of one lookup
    COST_LOOKUP = 4,   // the rest of it
    COST_CALL = 4,     // going on to an earlier call
    COST_UNPACKED = 4, // bytes of what is kept that a step unpacks
    COST_BUDGET = 64,  // looking a budget up
    // groups that a request can name (engine/decide: MAX_REQUEST_GROUPS)
    COST_GROUPS = 256,
};

static inline uint32_t cost_add(uint32_t a, uint32_t b)
{
    return a > COST_MOST - b ? COST_MOST : a + b;
}

static inline uint32_t cost_times(uint32_t a, uint32_t b)
{
    uint64_t product = (uint64_t)a * b;
    return product > COST_MOST ? COST_MOST : (uint32_t)product;
}

// One execution of an instruction. `list_most`: of IN_LIST, the most elements that its
// list can have.
uint32_t cost_of_instruction(uint32_t ins, uint32_t list_most);

// The worst case of a decision, and which tool it is about (0 if there are no tools).
typedef struct DecisionCost {
    uint32_t steps;
    uint32_t tool;
} DecisionCost;

// The bundle must be sound, but for META. False when the scratch arena is full; scratch
// is given back.
bool cost_of_decision(const Bundle *bundle, Arena *scratch, DecisionCost *cost);

#endif
