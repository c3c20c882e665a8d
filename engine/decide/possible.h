// SPDX-License-Identifier: Apache-2.0
// possible: LIST: which calls could be allowed, before anyone has chosen arguments.
// What the rules still ask of arguments stays open; everything else is decided as for a
// call.
#ifndef PROVISO_ENGINE_DECIDE_POSSIBLE_H
#define PROVISO_ENGINE_DECIDE_POSSIBLE_H

#include "engine/decide/decide.h"

enum { MAX_POSSIBLE = 32, MAX_OPEN_CONDITIONS = 16 };

typedef struct OpenRule {
    uint32_t rule;
    uint32_t open_count;
    // that depend on arguments: positions in the shape
    uint32_t open[MAX_OPEN_CONDITIONS];
} OpenRule;

typedef struct Possible {
    bool is_possible;
    uint32_t permit_count;
    OpenRule permits[MAX_POSSIBLE];
    uint32_t forbid_count; // forbids that apply for some arguments only
    OpenRule forbids[MAX_POSSIBLE];
} Possible;

// Whether a call could be allowed as far as can be told without its tool; else false,
// with the code and the reason.
bool possible_admits(Decider *decider, Request *request, Moment now, const State *state,
                     Code *code, Str *detail);

// Whether a call of the request's tool (request_ask_about) could be allowed now for
// some arguments, with the permits that could do it and what they still ask of
// arguments.
void possible_find(Decider *decider, Request *request, Moment now, const State *state,
                   Possible *possible);

#endif
