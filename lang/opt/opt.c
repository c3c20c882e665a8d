// SPDX-License-Identifier: Apache-2.0
#include "lang/opt/opt.h"

#include "engine/base/bug.h"

typedef struct PassRow {
    const char *name;
    const char *what;
    void (*run)(Program *program, Arena *arena);
} PassRow;

static const PassRow PASSES[PASS_COUNT] = {
#define PASS(name, text, function, what) {text, what, function},
#include "lang/opt/pass.def"
#undef PASS
};

void opt_run(Program *program, Arena *arena, uint32_t passes, OptDump *dump,
             void *context)
{
    for (uint32_t i = 0; i < PASS_COUNT; i++) {
        if ((passes & 1u << i) == 0)
            continue;
        ir_normalize(program, arena);
        PASSES[i].run(program, arena);
        ir_check(program);
        if (dump != NULL)
            dump(context, PASSES[i].name, program);
    }
}

const char *opt_pass_name(Pass pass)
{
    return PASSES[pass].name;
}

const char *opt_pass_what(Pass pass)
{
    return PASSES[pass].what;
}

bool opt_pass_by_name(Str name, Pass *pass)
{
    for (uint32_t i = 0; i < PASS_COUNT; i++) {
        if (!str_eq(str_from_c(PASSES[i].name), name))
            continue;
        *pass = (Pass)i;
        return true;
    }
    return false;
}
