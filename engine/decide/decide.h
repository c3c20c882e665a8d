// SPDX-License-Identifier: Apache-2.0
// decide: THE pure function. A bundle, a request, the time, random bytes and the records read
// go in; the answer and the records to write come out. It reads no clock, does no I/O and
// allocates nothing; the same input gives the same output, bit for bit.
//
// The eight stages are one function each in decide.c, in the order of docs/language.md.
#ifndef PROVISO_ENGINE_DECIDE_DECIDE_H
#define PROVISO_ENGINE_DECIDE_DECIDE_H

#include "engine/decide/answer.h"
#include "engine/decide/request.h"
#include "engine/state/record.h"

typedef struct Arena Arena;
typedef struct Decider Decider;

// What a rule came to, for explanations. Three-valued: 0 false, 1 true, 2 unknown.
typedef struct TraceEntry {
    uint32_t rule;
    uint32_t condition; // the first that is not true: its position in the shape; NONE: all true
    uint8_t truth;      // of that condition, after `unless`
    uint8_t is_unknown_missing; // unknown only because a fact is missing
    uint16_t cause;
    uint8_t is_tenant_bad;      // the one-tenant check failed (permits)
    uint8_t is_requirement_open; // a requirement is unmet
    uint8_t is_token_empty;     // nothing is left after limits and ask
} TraceEntry;

enum { MAX_TRACE = 256 };
typedef struct Trace {
    uint32_t count; // of `at`
    uint32_t total; // rules that were looked at
    TraceEntry at[MAX_TRACE];
} Trace;

// Working memory for decisions under one bundle, for one thread. NULL when the arena is full.
Decider *decider_new(Arena *arena, const Bundle *bundle);

// Decides. `now` is ns since 1970, `random` becomes the id of the grant. `read` holds the
// records of the call's task; `write` receives what an allow wants remembered. With `trace`
// (or NULL) it also says what each rule came to; the answer is the same.
void decide(Decider *decider, Request *request, int64_t now, const uint8_t random[16],
            const Records *read, Answer *answer, Records *write, Trace *trace);

#endif
