// SPDX-License-Identifier: Apache-2.0
// answer: what a decision says, in numbers of its bundle. wire/answer_encode turns it
// into the protocol's bytes; the member names there are those of the standards.
#ifndef PROVISO_ENGINE_DECIDE_ANSWER_H
#define PROVISO_ENGINE_DECIDE_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"
#include "engine/bytecode/bytecode.h"

typedef enum Code {
#define CODE(name, text, stage, next, what) CODE_##name,
#include "engine/bytecode/code.def"
#undef CODE
} Code;
#define CODE(name, text, stage, next, what) +1
enum {
    CODE_COUNT = 0
#include "engine/bytecode/code.def"
};
#undef CODE

typedef enum NextAction { NEXT_NONE, NEXT_REQUEST, NEXT_RETRY } NextAction;

// The row of a code.
const char *code_text(Code code); // "no_permit"
const char *code_what(Code code); // what the agent is told
NextAction code_next_action(Code code);
const char *next_action_text(NextAction action); // "none" "request" "retry"

enum {
    MAX_NAMED_RULES = 16,
    MAX_REMEDIES = 8,
    MAX_MISSING = 8,
    MAX_SCOPES = 64,
    MAX_FREE = 64
};

// Something that a person or an identity provider can still do, or time.
typedef struct Remedy {
    Code code;   // STEP_UP: at least acr `of`, not older than `within`; ATTESTATION;
                 // CONSENT: to `of`; APPROVAL: of `count` people of group `of`; BUDGET
    uint32_t of; // as BundleRequirement
    uint32_t count;
    int64_t within; // ns; 0: any time. BUDGET: until enough is back; INT64_MAX: never
    uint32_t rule;  // which asks for it
} Remedy;

// The narrowest token that the broker may mint for this one call.
typedef struct Grant {
    uint8_t id[16];
    uint32_t rule;     // the permit whose grant it is
    uint32_t audience; // number; its uri is `aud`
    uint32_t tool;
    int64_t ttl;     // whole seconds
    int64_t expires; // ns since 1970
    uint32_t uses;
    uint32_t depth;
    uint32_t sender;          // SENDER_...
    uint32_t tenant;          // string or NONE
    uint32_t acr;             // rank or NONE
    int64_t revalidate_after; // seconds; 0: not stated
    uint32_t scope_count;
    uint32_t scope[MAX_SCOPES]; // strings, ascending
    uint32_t free_count;
    uint32_t free[MAX_FREE]; // strings: argument names, ascending
} Grant;

typedef struct Answer {
    bool allow;
    Code code;  // of a deny
    Str detail; // which field, and what is wrong with it; empty where the rules say
                // all. Lives as long as the request.
    uint32_t rule_count; // how many stand in `rules`
    uint32_t rule_total; // how many there were
    uint32_t missing_count;
    uint32_t remedy_count;
    uint32_t observed_count; // rules under `observe` that would have applied
    bool is_plain;           // of an allow: nothing is remembered of it but its grant
    bool has_approval;       // an approval was asked for, under this id:
    uint8_t approval[16];
    // Only as much of what follows is written as the counts say.
    uint32_t rules[MAX_NAMED_RULES]; // allow: the permit, then the limits that narrowed
                                     // it; deny: those that denied, ascending
    uint32_t missing[MAX_MISSING];   // slots: CODE_MISSING
    Remedy remedies[MAX_REMEDIES];
    uint32_t observed[MAX_NAMED_RULES];
    Grant grant; // of an allow
} Answer;

#endif
