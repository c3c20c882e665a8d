// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/possible.h"

#include "engine/decide/decider.h"
#include "engine/decide/law.h"

// What a rule came to with its arguments open. False if it cannot be decided by
// arguments: then `is_true` says whether it holds, and an unknown counts as what harms
// the caller.
static bool open_rule(Decider *decider, uint32_t rule, OpenRule *open, bool *is_true,
                      bool *is_false)
{
    const Bundle *bundle = decider->bundle;
    const BundleShape *shape = decider_shape(decider, rule);
    bool is_unknown = false;
    *is_true = *is_false = false;
    open->rule = rule;
    open->open_count = 0;
    for (uint32_t i = 0; i < shape->condition_count; i++) {
        uint16_t cause;
        unsigned truth =
            decider_condition(decider, &bundle->rules[rule],
                              &bundle->conditions[shape->condition + i], &cause);
        if (truth == 0) {
            *is_false = true;
            return false;
        }
        if (truth == 2 && cause != CAUSE_ARGUMENT)
            is_unknown = true;
        else if (truth == 2 && open->open_count < MAX_OPEN_CONDITIONS)
            open->open[open->open_count++] = i;
    }
    *is_true = open->open_count == 0 && !is_unknown;
    // An unknown that no argument can settle: a permit never covers; a forbid applies
    // wherever its open conditions hold.
    if (is_unknown && shape->kind == RULE_PERMIT)
        *is_false = true;
    if (is_unknown && shape->kind != RULE_PERMIT)
        *is_true = open->open_count == 0;
    return open->open_count > 0 && !*is_false;
}

static void add_possible(OpenRule *list, uint32_t *count, const OpenRule *rule)
{
    if (*count < MAX_POSSIBLE)
        list[(*count)++] = *rule;
}

// Forbids and limits with open requirements: false if one stands in the way whatever
// the arguments are.
static bool possible_despite(Decider *decider, List groups, bool is_limit,
                             Possible *possible)
{
    decider_find(decider, groups);
    for (uint32_t i = 0; i < decider->found.count; i++) {
        OpenRule open;
        bool is_true, is_false;
        uint32_t rule = decider->found.rules[i];
        if (decider_shape(decider, rule)->flags & RULE_OBSERVE)
            continue;
        if (is_limit) {
            Open unmet;
            open_start(&unmet);
            demand_rule(decider, rule, &unmet, &decider->takings);
            if (unmet.count == 0)
                continue;
        }
        bool is_open = open_rule(decider, rule, &open, &is_true, &is_false);
        if (is_true)
            return false;
        if (is_open)
            add_possible(possible->forbids, &possible->forbid_count, &open);
    }
    return true;
}

static void possible_permits(Decider *decider, Possible *possible)
{
    decider_find(decider, decider->bundle->tools[decider->request->tool].permits);
    for (uint32_t i = 0; i < decider->found.count; i++) {
        OpenRule open;
        bool is_true, is_false;
        uint32_t tenant;
        Open unmet;
        uint32_t rule = decider->found.rules[i];
        uint8_t flags = decider_shape(decider, rule)->flags;
        if (flags & RULE_OBSERVE || (!decider->task && !(flags & RULE_INTENT_NONE)))
            continue;
        open_rule(decider, rule, &open, &is_true, &is_false);
        open_start(&unmet);
        demand_rule(decider, rule, &unmet, &decider->takings);
        if (is_false || unmet.count > 0 ||
            !law_tenants_fit(decider->vm, decider->request,
                             decider_extra(decider, rule), &tenant))
            continue;
        possible->is_possible = true;
        add_possible(possible->permits, &possible->permit_count, &open);
    }
}

bool possible_admits(Decider *decider, Request *request, Moment now, const State *state,
                     Code *code, Str *detail)
{
    Answer answer = {0};
    decider_begin(decider, request, now, state, &answer, NULL);
    bool admits =
        decider_knows(decider) && decider_credential(decider) && decider_task(decider);
    *code = answer.code;
    *detail = answer.detail;
    return admits;
}

void possible_find(Decider *decider, Request *request, Moment now, const State *state,
                   Possible *possible)
{
    Answer answer = {0};
    *possible = (Possible){0};
    decider_begin(decider, request, now, state, &answer, NULL);
    if (!decider_knows(decider) || !decider_credential(decider) ||
        !decider_envelope(decider))
        return;
    decider_begin_rules(decider);
    const BundleTool *tool = &decider->bundle->tools[request->tool];
    if (possible_despite(decider, tool->forbids, false, possible) &&
        possible_despite(decider, tool->limits, true, possible))
        possible_permits(decider, possible);
}
