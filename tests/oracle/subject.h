// SPDX-License-Identifier: Apache-2.0
// subject: the engine under test: a draft compiled one way or another, and what it
// decides.
#ifndef PROVISO_TESTS_ORACLE_SUBJECT_H
#define PROVISO_TESTS_ORACLE_SUBJECT_H

#include "engine/engine.h"
#include "lang/ir/ir.h"
#include "tests/oracle/draft.h"
#include "tests/oracle/verdict.h"

// How a bundle is made: bits for the passes, then for what emit may leave off, then one
// for rules and declarations in another order.
enum {
    VARIANT_PASSES = 7,
    VARIANT_FAMILIES = 8,
    VARIANT_EQUAL_DIMS = 16,
    VARIANT_TWO_VALUES = 32,
    VARIANT_SHUFFLED = 64,
    VARIANT_ALL_ON = 63,
    VARIANT_COUNT = 128,
};

typedef struct Subject {
    ProvisoEngine *engine;
    ProvisoSession *session;
} Subject;

// The checked policy, untouched by any pass; NULL if the draft doesn't compile. With
// `is_repaired` lines and blocks that don't compile are taken out of the draft first.
Program *subject_check(Draft *draft, Arena *arena, bool is_repaired);
typedef enum Built {
    BUILT,
    BUILT_TOO_LARGE /* past a limit of the format */,
    BUILT_BAD
} Built;

// Unless it is BUILT, `why` (may be NULL) says why, on the arena.
Built subject_build(Subject *subject, const Draft *draft, uint32_t variant,
                    Arena *arena, Str *why);
void subject_free(Subject *subject);
Verdict subject_decide(const Subject *subject, Arena *arena, Str cbor, int64_t now);
// The same by way of an explanation.
Verdict subject_explain(const Subject *subject, Arena *arena, Str cbor, int64_t now);
// Whether a LIST has the tool.
bool subject_lists(const Subject *subject, Arena *arena, Str cbor, int64_t now,
                   Str tool);

#endif
