// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/head.h"

#include "engine/base/bug.h"

typedef struct Walk {
    const Program *program;
    const Rule *rule;
    HeadVisit *visit;
    void *context;
} Walk;

// False if the dimension has another atom already: both can't hold.
static bool set_term(Combination *combination, Dim dim, const HeadTerm *term)
{
    Combination other = {{0}};
    other.terms[dim] = term;
    const HeadTerm *held = combination->terms[dim];
    if (held == NULL) {
        combination->terms[dim] = term;
        return true;
    }
    bool is_text = dim == DIM_USER || dim == DIM_TENANT || dim == DIM_RESOURCE ||
                   dim == DIM_AGENT_TAG || dim == DIM_TOOL_TAG;
    return combination_number(combination, dim) == combination_number(&other, dim) &&
           (!is_text || str_eq(held->atom.text, term->atom.text));
}

static bool take_term(Combination *combination, const HeadTerm *term)
{
    return set_term(combination, term->atom.dim, term) &&
           (term->audience == NONE || set_term(combination, DIM_AUDIENCE, term));
}

static uint32_t audiences_of(const Program *program, uint32_t family)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < program->audience_count; i++)
        count += program->audiences[i].family == family;
    return count;
}

// Leaves out what follows. False if tool, audience and family don't fit each other.
static bool settle_family(const Program *program, Combination *combination)
{
    const HeadTerm **terms = combination->terms;
    if (terms[DIM_AUDIENCE] == NULL && terms[DIM_FAMILY] == NULL)
        return true;
    uint32_t family =
        terms[DIM_FAMILY] == NULL ? NONE : combination_number(combination, DIM_FAMILY);
    if (terms[DIM_AUDIENCE] != NULL) {
        uint32_t audience = combination_number(combination, DIM_AUDIENCE);
        uint32_t of_audience = program->audiences[audience].family;
        if (family != NONE && family != of_audience)
            return false;
        terms[DIM_FAMILY] = NULL;
        family = of_audience;
    }
    if (terms[DIM_TOOL] == NULL)
        return true;
    terms[DIM_FAMILY] = NULL;
    if (audiences_of(program, family) == 1)
        terms[DIM_AUDIENCE] = NULL;
    return program->tools[combination_number(combination, DIM_TOOL)].family == family;
}

static void walk_heads(const Walk *walk, uint32_t head, Combination combination)
{
    if (head == walk->rule->head_count) {
        if (settle_family(walk->program, &combination))
            walk->visit(walk->context, &combination);
        return;
    }
    for (uint32_t i = 0; i < walk->rule->heads[head].count; i++) {
        Combination more = combination;
        if (take_term(&more, &walk->rule->heads[head].terms[i]))
            walk_heads(walk, head + 1, more);
    }
}

void head_combinations(const Program *program, const Rule *rule, HeadVisit *visit,
                       void *context)
{
    Walk walk = {program, rule, visit, context};
    walk_heads(&walk, 0, (Combination){{0}});
}

static void note_match(void *context, const Combination *combination)
{
    (void)combination;
    *(bool *)context = true;
}

bool head_can_match(const Program *program, const Rule *rule)
{
    bool can_match = false;
    head_combinations(program, rule, note_match, &can_match);
    return can_match;
}
