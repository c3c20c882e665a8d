// SPDX-License-Identifier: Apache-2.0
// outcome: what became of a call that was allowed: whether what it returned may be
// delivered, and what is then known of it. As pure as a decision.
//
// A call that failed gives its budgets back and leaves nothing behind. What doesn't fit
// the tool's schema, or what a rule on results forbids, is withheld, and teaches
// nothing: that the call was made stays known.
#ifndef PROVISO_ENGINE_DECIDE_OUTCOME_H
#define PROVISO_ENGINE_DECIDE_OUTCOME_H

#include "engine/decide/decide.h"

enum { OUTCOME_LABELS = 32 };

typedef struct OutcomeReport {
    uint8_t grant[16]; // its id
    bool is_ok;
    bool has_result;
    Str result; // structuredContent: CBOR
    uint32_t label_count;
    Str labels[OUTCOME_LABELS]; // that a detector has found
    const uint32_t *gateways;   // that whoever reports speaks for, by number
    size_t gateway_count;       // 0: for any
} OutcomeReport;

// The answer allows (deliver) or denies (withhold; CODE_UNKNOWN: there is no such call
// at those gateways). To report the same again gets the same answer and changes
// nothing; to report something else of the call is CODE_MALFORMED. `request` is working
// memory.
void report_outcome(Decider *decider, Request *request, Moment now, const State *state,
                    const OutcomeReport *report, Answer *answer, Buf *changes);

#endif
