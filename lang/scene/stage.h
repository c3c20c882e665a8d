// SPDX-License-Identifier: Apache-2.0
// stage: what the steps of a test have set so far, and the bodies of the messages that
// its steps make of it.
//
// Bodies are JSON of docs/protocol.md. What a test leaves unsaid is such that it
// denies nothing by itself: the credential is the user's (without one the agent's),
// issued now for ten minutes by an issuer that the gateway accepts, for this gateway,
// client and key.
#ifndef PROVISO_LANG_SCENE_STAGE_H
#define PROVISO_LANG_SCENE_STAGE_H

#include "lang/ir/ir.h"
#include "lang/scene/core.h"

typedef struct StageTask {
    Str id;     // empty: the step that opens it has not run
    Str intent; // name
    Str tenant; // under which it is remembered
} StageTask;

typedef struct Stage {
    const Program *program;
    Arena *arena;
    SceneTime now;
    Str agent;   // id
    Str user;    // id; empty: the agent works for itself
    Str gateway; // name
    Sample context;
    StageTask *tasks; // by number; those of a `repeat` are the last of their kind
    uint32_t task;    // that calls belong to; NONE: none
    uint32_t opened;  // how many tasks there were
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
// Appends the request of a CALL under an idempotency key. `grant` is the id of the
// grant that it presents, or empty.
void stage_request(Buf *out, const Stage *stage, const Step *call, Str key, Str grant);
// The call whose grant a CALL presents, or NONE.
uint32_t stage_presented(const Step *call);
// Makes the task of a TASK step the current one, and appends the body that opens it.
void stage_open(Buf *out, Stage *stage, const Step *step);
// Appends the body of a TASK_CLOSE.
void stage_close(Buf *out, const Stage *stage, const Step *step);
// Appends the body of an OUTCOME. `result` is NULL where none is reported.
void stage_outcome(Buf *out, Str grant, bool is_ok, const Sample *result);
// Appends the body of a REVOKE: of the thing that the step names, of a task, or of a
// grant.
void stage_revoke(Buf *out, const Stage *stage, const Step *step, Str grant);

#endif
