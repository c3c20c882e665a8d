// SPDX-License-Identifier: Apache-2.0
// judge: the answer to a step beside what the test expects.
//
// What differs becomes a Diag: expected and got under the expectation, the rules and
// conditions that decided as labels, what would make it right as help or fix.
#ifndef PROVISO_LANG_SCENE_JUDGE_H
#define PROVISO_LANG_SCENE_JUDGE_H

#include "engine/base/json.h"
#include "lang/scene/stage.h"
#include "lang/source/diag.h"

typedef struct Judge {
    Arena *arena;
    const Program *program;
    const Step *step;
    SceneQuestion question; // that was answered
    const Expect *expect;   // what; the step's own, or what goes without saying
    Asked asked;            // what a call is about
    Diags *diags;
    // What the difference is explained by: the answer to an EXPLAIN of the same
    // request, or NULL. Called at most once for a call, and only if something differs.
    const JsonValue *(*explain)(void *context);
    void *context;
} Judge;

// True if the answer (docs/protocol.md, as JSON) is as expected. The decision on a call
// that expects `deliver` or `withhold` has to allow it, and the result of one that
// expects `allow` to be delivered; no more is asked of either.
bool judge_answer(const Judge *judge, const JsonValue *answer);

#endif
