// SPDX-License-Identifier: Apache-2.0
// grant: the oracle's tokens: what a permit grants, met with what limits leave of it
// and with what was asked for.
#ifndef PROVISO_TESTS_ORACLE_GRANT_H
#define PROVISO_TESTS_ORACLE_GRANT_H

#include "tests/oracle/call.h"
#include "tests/oracle/verdict.h"

typedef struct Candidate {
    const Rule *permit;
    int64_t ttl, revocable; // ns; revocable 0: not said
    uint32_t uses, depth, sender;
    uint32_t acr; // rank + 1; 0: none
    Names scope, free;
    Str tenant;
    bool is_empty; // limits or the ask have left nothing of it
    bool is_full;  // it reaches all that was asked for
} Candidate;

// What the permit grants for this call, before limits. `tenant` is what a token of this
// audience carries (empty: none).
Candidate grant_of_permit(const Call *call, const Rule *permit, Str tenant);
void grant_meet(const Call *call, Candidate *candidate, const Token *limit);
// Cuts it to the ask and to the ends of task and credential. Last of all.
void grant_cut(const Call *call, Candidate *candidate);
// The one of two that is granted.
const Candidate *grant_least(const Candidate *a, const Candidate *b);
void grant_say(const Call *call, const Candidate *candidate, Verdict *out);

#endif
