// SPDX-License-Identifier: Apache-2.0
// memory: what a policy needs remembered: labels, what calls touch, what is kept of
// them, budgets, sub-tasks.
#ifndef PROVISO_LANG_EMIT_MEMORY_H
#define PROVISO_LANG_EMIT_MEMORY_H

#include "lang/emit/emitter.h"

// Collects the texts.
void memory_collect(Emitter *emitter);
// Gives KEEPS their numbers; tools must be there, memos not yet.
void memory_number_keeps(Emitter *emitter);
// Where the KEEPS of a tool (of the Program) begin.
uint32_t memory_keep_of(Emitter *emitter, uint32_t tool);
// Writes all but what belongs to rules; memos must be there.
void memory_write(Emitter *emitter);
// Writes a rule's spends; the first of them.
uint32_t memory_share_spends(Emitter *emitter, const Rule *rule);

#endif
