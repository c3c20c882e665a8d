// SPDX-License-Identifier: Apache-2.0
// oracle: a decision as docs/language.md tells it, by looking at every rule in turn.
//
// It walks the checked Program before any pass has touched it, and shares nothing with
// engine/vm and engine/decide but the readings of scalar values and the argument
// parsers (engine/vm/arg_*), which have tables of their own.
#ifndef PROVISO_TESTS_ORACLE_ORACLE_H
#define PROVISO_TESTS_ORACLE_ORACLE_H

#include "lang/ir/ir.h"
#include "tests/oracle/verdict.h"

// `now` is ns since 1970. The verdict is on the arena.
Verdict oracle_decide(Arena *arena, const Program *program, const JsonValue *request,
                      int64_t now);

#endif
