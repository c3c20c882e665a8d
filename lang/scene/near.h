// SPDX-License-Identifier: Apache-2.0
// near: of the permits that don't speak of a call, the one that comes nearest, and what
// keeps it away.
#ifndef PROVISO_LANG_SCENE_NEAR_H
#define PROVISO_LANG_SCENE_NEAR_H

#include "lang/scene/stage.h"

typedef struct Near {
    const Rule *permit; // NULL: none speaks of the tool
    Span span;          // the clause that keeps it away, or the permit's name
    Str text;           // what the call is instead: "the agent is `other`"
} Near;

// Heads are looked at, conditions are not; of equals, the first by name.
Near near_permit(Arena *arena, const Program *program, const Asked *asked);

#endif
