// SPDX-License-Identifier: Apache-2.0
// run: the tests of a policy, step by step, each by itself.
//
// Who decides is behind a SceneCore: the caller lends it, so that nothing here depends
// on the engine. A test that needs what the core can't remember is skipped whole, and
// says what that is; to run such a step, give it a row in the table of run.c.
#ifndef PROVISO_LANG_SCENE_RUN_H
#define PROVISO_LANG_SCENE_RUN_H

#include "engine/base/status.h"
#include "lang/ir/ir.h"
#include "lang/source/diag.h"

typedef enum SceneQuestion { SCENE_DECIDE, SCENE_EXPLAIN } SceneQuestion;

typedef struct SceneCore {
    // Puts a request (docs/protocol.md, as JSON) at a time (ns since 1970); the answer
    // is JSON on the arena. Another status than OK: there is no answer, and the run
    // ends.
    Status (*ask)(void *context, Arena *arena, SceneQuestion question, Str request,
                  int64_t now, Str *answer);
    void *context;
} SceneCore;

typedef enum SceneState { SCENE_PASSED, SCENE_FAILED, SCENE_SKIPPED } SceneState;

typedef struct SceneResult {
    const Test *test;
    SceneState state;
    Str needs;     // SKIPPED: "needs state: `approve`"
    Diags failure; // FAILED: what differed, in the order of the steps
    int64_t took;  // ns
} SceneResult;

// Runs one test. The result lives on the arena.
MUST_USE Status scene_run(Arena *arena, const Program *program, const Sources *sources,
                          const SceneCore *core, const Test *test, SceneResult *result);

#endif
