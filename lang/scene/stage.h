// SPDX-License-Identifier: Apache-2.0
// stage: what the steps of a test have set so far, and the request that a call makes of
// it.
//
// The request is JSON of docs/protocol.md. What a test leaves unsaid is such that it
// denies nothing by itself: the credential is the user's (without one the agent's),
// issued now for ten minutes by an issuer that the gateway accepts, for this gateway,
// client and key.
#ifndef PROVISO_LANG_SCENE_STAGE_H
#define PROVISO_LANG_SCENE_STAGE_H

#include "lang/ir/ir.h"

typedef struct StageTask {
    Str intent; // empty: not opened
    const Sample *params;
    int64_t opened;
} StageTask;

typedef struct Stage {
    const Program *program;
    Arena *arena;
    int64_t now;
    Str agent;   // id
    Str user;    // id; empty: the agent works for itself
    Str gateway; // name
    Sample context;
    StageTask *tasks; // by number
    uint32_t task;    // that calls belong to; NONE: none
} Stage;

// The stage before the first step.
Stage stage_new(Arena *arena, const Program *program, const Test *test);
// Who and what a call is about.
typedef struct Asked {
    Str agent;     // id
    Str user;      // id, or empty
    Str gateway;   // name
    Str intent;    // name; empty: outside any task
    Str uri;       // of the audience
    uint32_t tool; // or NONE
} Asked;

// Adds members to the context; those that have a name already are replaced.
void stage_context(Stage *stage, const Sample *record);
// What a CALL is about.
Asked stage_asked(const Stage *stage, const Step *call);
// Appends the request of a CALL.
void stage_request(Buf *out, const Stage *stage, const Step *call);

#endif
