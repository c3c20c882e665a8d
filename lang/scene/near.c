// SPDX-License-Identifier: Apache-2.0
#include "lang/scene/near.h"

#include "engine/base/arena.h"
#include "engine/base/bug.h"
#include "lang/check/array.h"

static const Agent *agent_of(const Program *program, const Asked *asked,
                             uint32_t *number)
{
    for (*number = 0; *number < program->agent_count; ++*number)
        if (str_eq(program->agents[*number].id, asked->agent))
            return &program->agents[*number];
    return NULL;
}

static bool is_agent_in(const Program *program, const Asked *asked,
                        const HeadAtom *atom)
{
    uint32_t number;
    const Agent *agent = agent_of(program, asked, &number);
    if (agent == NULL)
        return false;
    if (atom->dim == DIM_AGENT)
        return atom->number == number;
    if (atom->dim == DIM_AGENT_TAG)
        return array_has_text(agent->tags, agent->tag_count, atom->text);
    const Group *group = &program->groups[atom->number];
    for (uint32_t i = 0; i < group->agent_count; i++)
        if (group->agents[i] == number)
            return true;
    return false;
}

static bool is_tool(const Program *program, const Asked *asked, const HeadTerm *term)
{
    bool is_there = term->audience == NONE ||
                    str_eq(program->audiences[term->audience].uri, asked->uri);
    return asked->tool == term->atom.number && is_there;
}

// What can't be told from the test counts as fitting.
static bool fits_term(const Program *program, const Asked *asked, const HeadTerm *term)
{
    const HeadAtom *atom = &term->atom;
    const Tool *tool = &program->tools[asked->tool];
    bool is_none = atom->number == ATOM_ABSENT;
    switch (atom->dim) {
    case DIM_GATEWAY:
        return str_eq(program->gateways[atom->number].name, asked->gateway);
    case DIM_AGENT:
    case DIM_AGENT_TAG:
    case DIM_AGENT_GROUP:
        return is_agent_in(program, asked, atom);
    case DIM_USER:
        return is_none ? asked->user.len == 0 : str_eq(atom->text, asked->user);
    case DIM_USER_GROUP:
        return program->groups[atom->number].is_from_request ||
               array_has_text(program->groups[atom->number].users,
                              program->groups[atom->number].user_count, asked->user);
    case DIM_INTENT:
        return is_none ? asked->intent.len == 0
                       : str_eq(program->intents[atom->number].name, asked->intent);
    case DIM_TOOL:
        return is_tool(program, asked, term);
    case DIM_TOOL_TAG:
        return array_has_text(tool->tags, tool->tag_count, atom->text);
    case DIM_AUDIENCE:
        return str_eq(program->audiences[atom->number].uri, asked->uri);
    case DIM_FAMILY:
        return tool->family == atom->number;
    case DIM_TENANT:
    case DIM_RESOURCE:
    case DIM_EQUAL:
        return true;
    }
    unreachable_bug();
}

static bool fits(const Program *program, const Asked *asked, const Head *head)
{
    for (uint32_t i = 0; i < head->count; i++)
        if (fits_term(program, asked, &head->terms[i]))
            return true;
    return false;
}

static bool is_of_tool(const Head *head)
{
    Dim dim = head->count == 0 ? DIM_TOOL : head->terms[0].atom.dim;
    return dim == DIM_TOOL || dim == DIM_TOOL_TAG || dim == DIM_FAMILY ||
           dim == DIM_AUDIENCE;
}

// How many clauses keep the permit away; the first of them. UINT32_MAX: it is about
// another tool.
static uint32_t count_misses(const Program *program, const Asked *asked,
                             const Rule *permit, const Head **first)
{
    uint32_t misses = asked->intent.len == 0 && !permit->is_intent_none;
    *first = NULL;
    for (uint32_t i = 0; i < permit->head_count; i++) {
        const Head *head = &permit->heads[i];
        if (fits(program, asked, head))
            continue;
        if (is_of_tool(head))
            return UINT32_MAX;
        *first = *first == NULL ? head : *first;
        misses++;
    }
    return misses;
}

static Str describe(Arena *arena, const Asked *asked, const Head *head)
{
    Dim dim = head == NULL ? DIM_INTENT : head->terms[0].atom.dim;
    if (dim == DIM_GATEWAY)
        return arena_format(arena, "the gateway is `%.*s`", STR_ARG(asked->gateway));
    if (dim == DIM_INTENT && asked->intent.len == 0)
        return STR("the call is outside any task");
    if (dim == DIM_INTENT)
        return arena_format(arena, "the intent is `%.*s`", STR_ARG(asked->intent));
    if (dim != DIM_USER && dim != DIM_USER_GROUP)
        return arena_format(arena, "the agent is `%.*s`", STR_ARG(asked->agent));
    if (asked->user.len == 0)
        return STR("there is no user");
    return arena_format(arena, "the user is `%.*s`", STR_ARG(asked->user));
}

Near near_permit(Arena *arena, const Program *program, const Asked *asked)
{
    Near near = {0};
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < program->rule_count && asked->tool != NONE; i++) {
        const Rule *rule = &program->rules[i];
        const Head *head;
        if (rule->kind != RULE_PERMIT || rule->is_observe)
            continue;
        uint32_t misses = count_misses(program, asked, rule, &head);
        if (misses == 0 || misses >= least)
            continue;
        least = misses;
        near = (Near){rule, head == NULL ? rule->span : head->span,
                      describe(arena, asked, head)};
    }
    return near;
}
