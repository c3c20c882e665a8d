// SPDX-License-Identifier: Apache-2.0
// rules: memos, and what the plan has found: functions, shapes, conditions, and the
// rules with their rows of constants and their extras.
#ifndef PROVISO_LANG_EMIT_RULES_H
#define PROVISO_LANG_EMIT_RULES_H

#include "lang/emit/emitter.h"

// An expression that stands alone: the number of its function, and the row of its
// constants.
uint32_t function_write(Emitter *emitter, const Expr *expr, uint32_t *row);
// Gives memos their numbers: each uses only memos of lower ones.
void memos_number(Emitter *emitter);
// Writes MEMOS and their functions; slots, parties and tables must be there.
void memos_write(Emitter *emitter);
// Writes all that belongs to rules, in the order of the Program.
void rules_write(Emitter *emitter);

#endif
