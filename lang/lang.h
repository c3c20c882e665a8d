// SPDX-License-Identifier: Apache-2.0
// lang: the compiler as one call: policy files in, diagnostics or a bundle out.
#ifndef PROVISO_LANG_LANG_H
#define PROVISO_LANG_LANG_H

#include "lang/check/check.h"
#include "lang/emit/emit.h"
#include "lang/source/diag.h"

typedef struct LangInput {
    const Str *paths; // of the policy files
    uint32_t count;
    SourceReader read;   // reads policies and the files that they name
    SourceLister list;   // looks for names that were meant; NULL: none
    void *context;       // of both
    Str compiler;        // version, for the bundle
    bool is_build;       // false: check only, and say nothing of what needs state
    uint32_t passes_off; // bit 1 << PASS_...: passes that a build leaves out
    Str dump;            // the stage to show (lang_stage); empty: none
} LangInput;

typedef struct LangOutput {
    Sources sources;
    Diags diags;
    Program *program; // NULL unless all files could be read
    uint32_t failed;  // which file can't be read, with the status that says why
    Buf bundle;       // what was built; empty after an error
    Buf dump;         // the stage that was asked for, if it was reached
} LangOutput;

// The name of stage `index`, in their order: tokens, ast, ir, each pass (the ir after
// it), bytecode. Empty past the last.
Str lang_stage(size_t index);

// Compiles on an arena whose `exhausted` is free. STATUS_OK: look into diags. Another
// status: paths[output->failed] can't be read, or (STATUS_MEMORY) the arena is full.
MUST_USE Status lang_compile(Arena *arena, const LangInput *input, LangOutput *output);

#endif
