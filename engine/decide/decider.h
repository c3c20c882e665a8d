// SPDX-License-Identifier: Apache-2.0
// decider: what the stages of a decision (decide.c) and LIST (possible.c) share: the
// call at hand, the rules that dispatch finds for it, their conditions and
// requirements, and the stages before any rule is asked. For those two files alone.
#ifndef PROVISO_ENGINE_DECIDE_DECIDER_H
#define PROVISO_ENGINE_DECIDE_DECIDER_H

#include <string.h>

#include "engine/decide/decide.h"
#include "engine/decide/demand.h"
#include "engine/decide/dispatch.h"
#include "engine/decide/recall.h"
#include "engine/decide/token.h"
#include "engine/vm/vm.h"

// A permit whose conditions and tenants hold.
typedef struct Covering {
    uint32_t rule;
    uint32_t tenant; // of its token
} Covering;

// The grant that a permit would make.
typedef struct Candidate {
    uint32_t rule; // NONE: there is none yet
    bool is_full;  // it reaches all that was asked
    TokenPoint token;
} Candidate;

struct Decider {
    const Bundle *bundle;
    Vm *vm;
    Found found; // by dispatch in the stage at hand
    Covering *covering;
    uint32_t covering_count;
    uint32_t *limits; // that apply
    uint32_t limit_count;
    Candidate candidates[2]; // the best so far, and the one that is made
    DispatchCall call;
    // Of the decision at hand.
    Request *request;
    const TaskRecord *task;
    Moment now;
    Recall recall;
    Ref presented;                 // the grant that the call presents; 0: none
    Refusal outside;               // what is wrong with the task that the request names
    Takings takings;               // of the rules looked at
    bool needs_memory;             // the bundle asks for it somewhere
    int64_t user_past, agent_past; // how far back patterns look, of whichever tool; ns
    Answer *answer;
    Trace *trace;
};

static inline const BundleShape *decider_shape(const Decider *decider, uint32_t rule)
{
    return &decider->bundle->shapes[decider->bundle->rules[rule].shape];
}

static inline const BundleExtra *decider_extra(const Decider *decider, uint32_t rule)
{
    return &decider->bundle->extras[decider->bundle->rules[rule].extra];
}

// Takes over what a decision is about.
void decider_begin(Decider *decider, Request *request, Moment now, const State *state,
                   Answer *answer, Trace *trace);
// Stages 1 to 4; decider_task is 4 as far as it needs no tool. False: the answer says
// why.
bool decider_knows(Decider *decider);
bool decider_credential(Decider *decider);
bool decider_task(Decider *decider);
bool decider_envelope(Decider *decider);
// Sets the stage for rules, once those have passed.
void decider_begin_rules(Decider *decider);
// The rules in the groups (a list of a tool) whose heads match, each once, into
// decider->found.
void decider_find(Decider *decider, List groups);
// What a condition of the rule comes to, after `unless`: 0 false, 1 true, 2 unknown;
// then *cause says why.
static inline unsigned decider_condition(const Decider *decider, const BundleRule *rule,
                                         const BundleCondition *condition,
                                         uint16_t *cause)
{
    const uint32_t *row = decider->bundle->rows + rule->row + condition->row;
    const Value *value = vm_run(decider->vm, condition->function, row);
    unsigned truth = value_truth(value);
    *cause = value->state == VALUE_UNKNOWN ? value->cause : CAUSE_OTHER;
    return truth != 2 && condition->flags & CONDITION_UNLESS ? !truth : truth;
}

// What tells this bundle from another in what is remembered.
static inline uint64_t decider_bundle_mark(const Decider *decider)
{
    uint64_t mark;
    memcpy(&mark, decider->bundle->hash.bytes, sizeof mark);
    return mark;
}

#endif
