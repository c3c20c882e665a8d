// SPDX-License-Identifier: Apache-2.0
// core: who decides the steps of a test. The caller of scene_run lends it, so that
// nothing in scene/ depends on the engine.
#ifndef PROVISO_LANG_SCENE_CORE_H
#define PROVISO_LANG_SCENE_CORE_H

#include <stdint.h>

#include "engine/base/status.h"
#include "engine/base/str.h"

typedef struct Arena Arena;

typedef enum SceneQuestion {
    SCENE_DECIDE,
    SCENE_EXPLAIN,
    SCENE_TASK_OPEN,
    SCENE_TASK_CLOSE,
    SCENE_OUTCOME,
    SCENE_APPROVE,
    SCENE_CONSENT,
    SCENE_REVOKE,
    SCENE_CHECK,
} SceneQuestion;

// What the clocks say: ns since 1970, and ns that have passed since the test began.
typedef struct SceneTime {
    int64_t wall;
    int64_t tick;
} SceneTime;

// Where a function has another status than OK, there is no answer, and the run ends.
typedef struct SceneCore {
    // Forgets all that was: a test begins.
    Status (*begin)(void *context);
    // Puts the body of a message (docs/protocol.md, as JSON) at a time; the answer is
    // JSON on the arena.
    Status (*ask)(void *context, Arena *arena, SceneQuestion question, Str body,
                  SceneTime time, Str *answer);
    void *context;
} SceneCore;

#endif
