// SPDX-License-Identifier: Apache-2.0
// decide: THE pure function. A bundle, a request, the time, random bytes and the state
// go in; the answer and the changes of the state come out. It reads no clock, does no
// I/O and allocates nothing; the same input gives the same output, bit for bit.
//
// The eight stages are one function each in decide.c, in the order of docs/language.md.
#ifndef PROVISO_ENGINE_DECIDE_DECIDE_H
#define PROVISO_ENGINE_DECIDE_DECIDE_H

#include "engine/decide/answer.h"
#include "engine/decide/request.h"
#include "engine/state/state.h"

typedef struct Arena Arena;
typedef struct Buf Buf;
typedef struct Decider Decider;

// What a rule came to, for explanations. Three-valued: 0 false, 1 true, 2 unknown.
typedef struct TraceEntry {
    uint32_t rule;
    uint32_t condition; // the first that is not true: its position in the shape; NONE:
                        // all true
    uint8_t truth;      // of that condition, after `unless`
    uint8_t is_unknown_missing; // unknown only because a fact is missing
    uint16_t cause;
    uint8_t is_tenant_bad;       // the one-tenant check failed (permits)
    uint8_t is_requirement_open; // a requirement is unmet
    uint8_t is_token_empty;      // nothing is left after limits and ask
} TraceEntry;

enum { MAX_TRACE = 256 };
typedef struct Trace {
    uint32_t count; // of `at`
    uint32_t total; // rules that were looked at
    TraceEntry at[MAX_TRACE];
} Trace;

// Whether the bundle's rules ask for what only a memory between calls can tell.
bool decide_needs_memory(const Bundle *bundle);

// Working memory for decisions under one bundle, for one thread. NULL when the arena is
// full.
Decider *decider_new(Arena *arena, const Bundle *bundle);

// Decides. `random` becomes the id of the grant, unless the request has an idempotency
// key (retry.h). `state` is what is remembered; `changes` receives what the decision
// wants remembered (state_apply), and is to be left alone where nothing is issued; NULL
// where nothing can be. With `trace` (or NULL) it also says what each rule came to, and
// looks for no earlier answer under a key.
void decide(Decider *decider, Request *request, Moment now, const uint8_t random[16],
            const State *state, Answer *answer, Buf *changes, Trace *trace);

#endif
