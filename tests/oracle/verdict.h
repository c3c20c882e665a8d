// SPDX-License-Identifier: Apache-2.0
// verdict: what a decision says, in texts: the form in which the oracle and the engine
// are compared.
#ifndef PROVISO_TESTS_ORACLE_VERDICT_H
#define PROVISO_TESTS_ORACLE_VERDICT_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"

// A set of texts.
typedef struct Names {
    Str *at;
    uint32_t count;
} Names;

typedef struct Verdict {
    bool allow;
    Str code; // of a deny
    Names rules, missing, observed;
    Names remedies; // "step_up mfa 300"
    // Of an allow.
    Str audience, tool, tenant, acr, sender;
    int64_t ttl, expires, uses, depth, revalidate;
    Names scope, free;
    Names bound; // "amount = 10.5"
} Verdict;

// Adds a text, unless it is there.
void names_add(Arena *arena, Names *names, Str text);
bool names_have(const Names *names, Str text);
bool names_same(const Names *a, const Names *b);
// What both have.
Names names_meet(Arena *arena, const Names *a, const Names *b);

// The number; false also if there is none.
bool verdict_int(const JsonValue *value, int64_t *out);

// "amount = 10.5", or with NULL "amount = *": how an argument is bound.
Str verdict_bound(Arena *arena, Str name, const JsonValue *value);

// The body of an answer.
Verdict verdict_from_answer(Arena *arena, Str cbor);
// Whether the body of the answer to a LIST has the tool.
bool verdict_lists(Arena *arena, Str cbor, Str tool);
// The first thing in which they differ, or NULL.
const char *verdict_difference(const Verdict *a, const Verdict *b);
void verdict_print(Buf *out, const Verdict *verdict);

#endif
