// SPDX-License-Identifier: Apache-2.0
// token: the lattice of what may be granted. A TokenPoint is a point in it, meets only
// go down, and nothing here can widen one.
//
// docs/language.md, "The token lattice", is the table that this module implements: one
// field a dimension, in the same order.
#ifndef PROVISO_ENGINE_DECIDE_TOKEN_H
#define PROVISO_ENGINE_DECIDE_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/bytecode/bundle.h"
#include "engine/decide/answer.h"
#include "engine/decide/request.h"

// What a rule says nothing about is at its top in a limit, and at its default in a
// permit.
typedef struct TokenPoint {
    bool is_empty; // nothing is left of it
    // TOKEN_SCOPE, TOKEN_FREE, TOKEN_TENANT where they are below their top
    uint32_t says;
    int64_t ttl; // ns
    uint32_t uses;
    uint32_t depth;
    uint32_t sender;
    uint32_t tenant;   // string or NONE
    uint32_t acr;      // rank, or NONE: lowest
    int64_t revocable; // ns; 0: not said
    uint32_t scope_count;
    uint32_t scope[MAX_SCOPES]; // ascending
    uint32_t free_count;
    uint32_t free[MAX_FREE]; // ascending
} TokenPoint;

// The top: says nothing.
void token_top(TokenPoint *point);

// The default token for a call, before any rule: 60 s, one use, no delegation, the
// tool's scope, all arguments bound, the credential's own key binding, else DPoP.
void token_default(TokenPoint *point, const Request *request);

// What a permit states replaces the default in that dimension.
void token_state(TokenPoint *point, const Request *request, const BundleToken *token);

// Meets the point with what a limit states.
void token_meet(TokenPoint *point, const Request *request, const BundleToken *token);

// Meets two points.
void token_meet_point(TokenPoint *point, const TokenPoint *other);

// The token carries the tenant of the call (a string or NONE), or, where rules state
// another, nothing is left.
void token_bind_tenant(TokenPoint *point, uint32_t tenant);

// No longer than `left` ns: of the task, of the credential.
void token_cap(TokenPoint *point, int64_t left);

// Clips to what was asked for. False: a scope that was asked for lies outside.
// *is_full: the point reached all that was asked.
bool token_ask(TokenPoint *point, const Request *request, bool *is_full);

// Negative when a is the lesser grant, positive when b is; 0 when they are equal in all
// that counts.
int token_compare(const TokenPoint *a, const TokenPoint *b);

#endif
