// SPDX-License-Identifier: Apache-2.0
// head: the combinations of terms under which a rule applies: one term of each clause.
#ifndef PROVISO_LANG_EMIT_HEAD_H
#define PROVISO_LANG_EMIT_HEAD_H

#include "lang/ir/ir.h"

// The term that sets each dimension, or NULL. What follows from others is left out: the
// family of a tool or audience, and the audience of a tool whose family has just one.
typedef struct Combination {
    const HeadTerm *terms[DIM_COUNT]; // by Dim
} Combination;

// The number that the term has in a dimension that is set (a tool's term may name an
// audience, too).
static inline uint32_t combination_number(const Combination *combination, Dim dim)
{
    const HeadTerm *term = combination->terms[dim];
    bool is_second = dim == DIM_AUDIENCE && term->atom.dim != DIM_AUDIENCE;
    return is_second ? term->audience : term->atom.number;
}

typedef void HeadVisit(void *context, const Combination *combination);

// Calls `visit` for each combination whose terms can hold together.
void head_combinations(const Program *program, const Rule *rule, HeadVisit *visit,
                       void *context);
// Whether there is one.
bool head_can_match(const Program *program, const Rule *rule);

#endif
