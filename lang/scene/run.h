// SPDX-License-Identifier: Apache-2.0
// run: the tests of a policy, step by step, each by itself and with a fresh memory.
//
// A call that was allowed has succeeded, without a result, when the next step begins
// that is no `check`, unless the test says what became of it.
#ifndef PROVISO_LANG_SCENE_RUN_H
#define PROVISO_LANG_SCENE_RUN_H

#include "engine/base/status.h"
#include "lang/ir/ir.h"
#include "lang/scene/core.h"
#include "lang/source/diag.h"

typedef enum SceneState { SCENE_PASSED, SCENE_FAILED } SceneState;

typedef struct SceneResult {
    const Test *test;
    SceneState state;
    Diags failure; // FAILED: what differed, in the order of the steps
    int64_t took;  // ns
} SceneResult;

// Runs one test. The result lives on the arena.
MUST_USE Status scene_run(Arena *arena, const Program *program, const Sources *sources,
                          const SceneCore *core, const Test *test, SceneResult *result);

#endif
