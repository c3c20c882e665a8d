// SPDX-License-Identifier: Apache-2.0
// prune: drops conditions that always hold, terms of heads that no call can meet, and
// with them the rules that never apply. Best after fold, which makes the constants.
#include "lang/opt/opt.h"

#include "engine/base/arena.h"

static bool has_text(const Str *texts, uint32_t count, Str text)
{
    for (uint32_t i = 0; i < count; i++)
        if (str_eq(texts[i], text))
            return true;
    return false;
}

// ---- heads ----

static bool audience_fits(const Program *program, const HeadAtom *atom, uint32_t family)
{
    if (atom->dim == DIM_FAMILY)
        return atom->number == family;
    if (atom->dim == DIM_AUDIENCE)
        return program->audiences[atom->number].family == family;
    return true;
}

// Whether the tools of `family` can meet the head, if it is about audiences.
static bool head_fits_family(const Program *program, const Head *head, uint32_t family)
{
    for (uint32_t i = 0; i < head->count; i++)
        if (audience_fits(program, &head->terms[i].atom, family))
            return true;
    return false;
}

static bool tool_fits(const Program *program, const Rule *rule, const HeadTerm *term,
                      uint32_t number)
{
    const Tool *tool = &program->tools[number];
    if (term->atom.dim == DIM_TOOL && term->atom.number != number)
        return false;
    if (term->atom.dim == DIM_TOOL_TAG &&
        !has_text(tool->tags, tool->tag_count, term->atom.text))
        return false;
    if (term->audience != NONE &&
        program->audiences[term->audience].family != tool->family)
        return false;
    for (uint32_t i = 0; i < rule->head_count; i++)
        if (!head_fits_family(program, &rule->heads[i], tool->family))
            return false;
    return true;
}

static bool is_tool_met(const Program *program, const Rule *rule, const HeadTerm *term)
{
    if (term->atom.dim == DIM_TOOL)
        return tool_fits(program, rule, term, term->atom.number);
    for (uint32_t i = 0; i < program->tool_count; i++)
        if (tool_fits(program, rule, term, i))
            return true;
    return false;
}

static bool is_agent_tag_met(const Program *program, Str tag)
{
    for (uint32_t i = 0; i < program->agent_count; i++)
        if (has_text(program->agents[i].tags, program->agents[i].tag_count, tag))
            return true;
    return false;
}

// Whether any call can meet the term.
static bool is_term_met(const Program *program, const Rule *rule, const HeadTerm *term)
{
    const HeadAtom *atom = &term->atom;
    if (atom->number == ATOM_ABSENT)
        return true;
    switch (atom->dim) {
    case DIM_TOOL:
    case DIM_TOOL_TAG:
        return is_tool_met(program, rule, term);
    case DIM_AGENT_TAG:
        return is_agent_tag_met(program, atom->text);
    case DIM_AGENT_GROUP:
        return program->groups[atom->number].agent_count > 0;
    case DIM_USER_GROUP:
        return program->groups[atom->number].is_from_request ||
               program->groups[atom->number].user_count > 0;
    case DIM_GATEWAY:
    case DIM_AGENT:
    case DIM_USER:
    case DIM_INTENT:
    case DIM_AUDIENCE:
    case DIM_FAMILY:
    case DIM_TENANT:
    case DIM_RESOURCE:
    case DIM_EQUAL:
        return true;
    }
    return true;
}

// Drops terms that no call can meet. False if none is left.
static bool prune_head(const Program *program, const Rule *rule, Arena *arena,
                       Head *head)
{
    uint32_t met = 0;
    for (uint32_t i = 0; i < head->count; i++)
        met += is_term_met(program, rule, &head->terms[i]);
    if (met == head->count)
        return met > 0;
    HeadTerm *kept = ARENA_ARRAY(arena, met, HeadTerm);
    uint32_t count = 0;
    for (uint32_t i = 0; i < head->count; i++)
        if (is_term_met(program, rule, &head->terms[i]))
            kept[count++] = head->terms[i];
    head->terms = kept;
    head->count = met;
    return met > 0;
}

// ---- conditions ----

// Drops conditions that always hold. False if one never does.
static bool prune_conditions(Rule *rule)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < rule->condition_count; i++) {
        const Condition *condition = &rule->conditions[i];
        if (condition->expr->op != IR_CONST)
            rule->conditions[kept++] = *condition;
        else if ((condition->expr->value->number != 0) == condition->is_unless)
            return false;
    }
    rule->condition_count = kept;
    return true;
}

static bool prune_rule(const Program *program, Arena *arena, Rule *rule)
{
    if (!prune_conditions(rule))
        return false;
    for (uint32_t i = 0; i < rule->head_count; i++)
        if (!prune_head(program, rule, arena, &rule->heads[i]))
            return false;
    return true;
}

void pass_prune(Program *program, Arena *arena)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < program->rule_count; i++) {
        Rule rule = program->rules[i];
        if (prune_rule(program, arena, &rule))
            program->rules[kept++] = rule;
    }
    program->rule_count = kept;
}
