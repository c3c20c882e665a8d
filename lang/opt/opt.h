// SPDX-License-Identifier: Apache-2.0
// opt: the passes that improve a checked Program before it is emitted.
//
// A pass rewrites the Program in place; expressions are never changed, since several
// rules may hold the same one, but replaced by new ones on the arena.
#ifndef PROVISO_LANG_OPT_OPT_H
#define PROVISO_LANG_OPT_OPT_H

#include "lang/ir/ir.h"

typedef struct Arena Arena;

typedef enum Pass {
#define PASS(name, text, function, what) PASS_##name,
#include "lang/opt/pass.def"
#undef PASS
} Pass;
#define PASS(name, text, function, what) +1
enum {
    PASS_COUNT = 0
#include "lang/opt/pass.def"
};
#undef PASS

#define OPT_NONE 0u
#define OPT_ALL ((1u << PASS_COUNT) - 1)

// Called after each pass that ran, with its name.
typedef void OptDump(void *context, const char *pass, const Program *program);

// Runs the passes in `passes` (bit 1 << PASS_...), each followed by ir_check. `dump`
// may be NULL.
void opt_run(Program *program, Arena *arena, uint32_t passes, OptDump *dump,
             void *context);

// The name of a pass, and what it does, for help.
const char *opt_pass_name(Pass pass);
const char *opt_pass_what(Pass pass);
// The pass of that name; false if there is none.
bool opt_pass_by_name(Str name, Pass *pass);

#define PASS(name, text, function, what) void function(Program *program, Arena *arena);
#include "lang/opt/pass.def"
#undef PASS

#endif
