// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/decide.h"

#include <string.h>

#include "engine/decide/decider.h"
#include "engine/decide/delegation.h"
#include "engine/decide/law.h"
#include "engine/decide/remember.h"
#include "engine/decide/retry.h"
#include "engine/state/usage.h"

static bool deny(Decider *decider, Code code)
{
    decider->answer->code = code;
    return false;
}

// ---- naming rules, in ascending order, whatever the order of evaluation ----

static void insert_ascending(uint32_t *list, uint32_t *count, uint32_t most,
                             uint32_t number)
{
    uint32_t at = *count;
    while (at > 0 && list[at - 1] > number)
        at--;
    if (at > 0 && list[at - 1] == number)
        return;
    if (at == most)
        return;
    if (*count < most)
        ++*count;
    for (uint32_t i = *count - 1; i > at; i--)
        list[i] = list[i - 1];
    list[at] = number;
}

static void name_rule(Answer *answer, uint32_t rule)
{
    answer->rule_total++;
    insert_ascending(answer->rules, &answer->rule_count, MAX_NAMED_RULES, rule);
}

static void name_missing(Answer *answer, uint32_t slot)
{
    insert_ascending(answer->missing, &answer->missing_count, MAX_MISSING, slot);
}

// A rule that is only observed counts, and has no effect.
static bool is_observed(Decider *decider, uint32_t rule)
{
    Answer *answer = decider->answer;
    if (!(decider_shape(decider, rule)->flags & RULE_OBSERVE))
        return false;
    insert_ascending(answer->observed, &answer->observed_count, MAX_NAMED_RULES, rule);
    return true;
}

// ---- evaluating rules ----

// The conjunction of a rule's conditions: what it came to, why when unknown, and the
// first condition that is not true.
typedef struct Outcome {
    unsigned truth; // 0, 1, 2 = unknown
    uint16_t cause;
    uint32_t condition;
} Outcome;

static Outcome evaluate(const Decider *decider, uint32_t number)
{
    const BundleRule *rule = &decider->bundle->rules[number];
    const BundleShape *shape = &decider->bundle->shapes[rule->shape];
    const BundleCondition *conditions = &decider->bundle->conditions[shape->condition];
    Outcome outcome = {.truth = 1, .condition = NONE};
    for (uint32_t i = 0; i < shape->condition_count; i++) {
        uint16_t cause;
        unsigned truth = decider_condition(decider, rule, &conditions[i], &cause);
        if (truth == 1)
            continue;
        if (truth == 0)
            return (Outcome){.truth = 0, .condition = i};
        outcome.cause = outcome.truth == 2 ? cause_merge(outcome.cause, cause) : cause;
        if (outcome.truth == 1)
            outcome.condition = i;
        outcome.truth = 2;
    }
    return outcome;
}

static bool is_missing(const Outcome *outcome)
{
    return outcome->truth == 2 && outcome->cause < CAUSE_OTHER;
}

// Where a trace is wanted, the entry for a rule; else, or past the last, one that
// nobody reads.
static TraceEntry *trace_rule(Decider *decider, TraceEntry *nowhere, uint32_t rule,
                              const Outcome *outcome)
{
    TraceEntry *entry = nowhere;
    if (!decider->trace)
        return nowhere;
    decider->trace->total++;
    if (decider->trace->count < MAX_TRACE)
        entry = &decider->trace->at[decider->trace->count++];
    *entry = (TraceEntry){.rule = rule,
                          .condition = outcome->condition,
                          .truth = (uint8_t)outcome->truth,
                          .is_unknown_missing = is_missing(outcome),
                          .cause = outcome->cause};
    return entry;
}

// ---- stage 5: forbids ----

static bool stage_forbids(Decider *decider)
{
    Answer *answer = decider->answer;
    bool is_forbidden = false, is_undetermined = false;
    decider_find(decider, decider->bundle->tools[decider->request->tool].forbids);
    for (uint32_t i = 0; i < decider->found.count; i++) {
        uint32_t rule = decider->found.rules[i];
        TraceEntry nowhere;
        Outcome outcome = evaluate(decider, rule);
        trace_rule(decider, &nowhere, rule, &outcome);
        if (outcome.truth == 0 || is_observed(decider, rule))
            continue;
        if (outcome.truth == 1 && !is_forbidden) { // those that may apply count no more
            answer->rule_count = answer->rule_total = answer->missing_count = 0;
            is_forbidden = true;
        }
        if (is_forbidden && outcome.truth == 2)
            continue;
        name_rule(answer, rule);
        if (is_missing(&outcome))
            name_missing(answer, outcome.cause);
        is_undetermined |= outcome.truth == 2 && !is_missing(&outcome);
    }
    if (is_forbidden)
        return deny(decider, CODE_FORBIDDEN);
    if (answer->rule_total == 0)
        return true;
    if (is_undetermined) {
        answer->missing_count = 0;
        return deny(decider, CODE_UNDETERMINED);
    }
    return deny(decider, CODE_MISSING);
}

// ---- stage 6: permits ----

static void cover(Decider *decider, uint32_t rule, bool *is_tenant_short)
{
    Answer *answer = decider->answer;
    uint8_t flags = decider_shape(decider, rule)->flags;
    if (!decider->task && !(flags & RULE_INTENT_NONE))
        return;
    TraceEntry nowhere;
    Outcome outcome = evaluate(decider, rule);
    TraceEntry *entry = trace_rule(decider, &nowhere, rule, &outcome);
    if (outcome.truth == 0)
        return;
    Covering covering = {.rule = rule};
    bool is_fit = law_tenants_fit(decider->vm, decider->request,
                                  decider_extra(decider, rule), &covering.tenant);
    entry->is_tenant_bad = !is_fit;
    if (flags & RULE_OBSERVE) {
        if (is_fit && outcome.truth == 1)
            is_observed(decider, rule);
        return;
    }
    if (outcome.truth == 1 && is_fit)
        decider->covering[decider->covering_count++] = covering;
    else if (outcome.truth == 1)
        *is_tenant_short = true;
    else if (is_fit && is_missing(&outcome))
        name_missing(answer, outcome.cause);
}

static bool stage_permits(Decider *decider)
{
    bool is_tenant_short = false;
    decider->covering_count = 0;
    decider_find(decider, decider->bundle->tools[decider->request->tool].permits);
    for (uint32_t i = 0; i < decider->found.count; i++)
        cover(decider, decider->found.rules[i], &is_tenant_short);
    if (decider->covering_count > 0) {
        decider->answer->missing_count = 0;
        return true;
    }
    if (is_tenant_short) {
        decider->answer->detail = law_tenant_lacking(decider->request);
        decider->answer->missing_count = 0;
        return deny(decider, CODE_TENANT);
    }
    return deny(decider,
                decider->answer->missing_count > 0 ? CODE_MISSING : CODE_NO_PERMIT);
}

// ---- stage 7: limits, requirements, and which token ----

// The limits that apply or may apply: what they leave of a token, and what they ask
// for.
static void collect_limits(Decider *decider, TokenPoint *ceiling, Open *open)
{
    const Bundle *bundle = decider->bundle;
    token_top(ceiling);
    decider->limit_count = 0;
    decider_find(decider, bundle->tools[decider->request->tool].limits);
    for (uint32_t i = 0; i < decider->found.count; i++) {
        uint32_t rule = decider->found.rules[i];
        TraceEntry nowhere;
        Outcome outcome = evaluate(decider, rule);
        TraceEntry *entry = trace_rule(decider, &nowhere, rule, &outcome);
        if (outcome.truth == 0 || is_observed(decider, rule))
            continue;
        decider->limits[decider->limit_count++] = rule;
        uint32_t before = open->count;
        demand_rule(decider, rule, open, &decider->takings);
        entry->is_requirement_open = open->count > before;
        if (decider_extra(decider, rule)->token != NONE)
            token_meet(ceiling, decider->request,
                       &bundle->tokens[decider_extra(decider, rule)->token]);
    }
}

// A permit's own grant: its token, met with the limits, the time left, and the ask.
// False if nothing is left.
static bool make_candidate(const Decider *decider, const Covering *covering,
                           const TokenPoint *ceiling, Candidate *candidate)
{
    const Bundle *bundle = decider->bundle;
    const BundleExtra *extra = decider_extra(decider, covering->rule);
    candidate->rule = covering->rule;
    token_default(&candidate->token, decider->request);
    if (extra->token != NONE)
        token_state(&candidate->token, decider->request, &bundle->tokens[extra->token]);
    if (decider->limit_count > 0)
        token_meet_point(&candidate->token, ceiling);
    token_bind_tenant(&candidate->token, covering->tenant);
    token_cap(&candidate->token,
              law_time_left(decider->request, decider->task, decider->now.wall));
    if (decider->presented != 0)
        delegation_meet(decider, &candidate->token);
    return token_ask(&candidate->token, decider->request, &candidate->is_full) &&
           !candidate->token.is_empty && candidate->token.uses > 0;
}

// Candidates that reach the ask go first, then the least, then the first by name.
static bool is_better(const Candidate *a, const Candidate *b)
{
    if (b->rule == NONE)
        return true;
    if (a->is_full != b->is_full)
        return a->is_full;
    int order = token_compare(&a->token, &b->token);
    return order != 0 ? order < 0 : a->rule < b->rule;
}

// Of candidates that lack something, the one that lacks least goes first.
static bool is_nearer(const Open *a, uint32_t rule, const Open *b, uint32_t best)
{
    if (best == NONE || a->count != b->count)
        return best == NONE || a->count < b->count;
    if (a->first != b->first)
        return a->first < b->first;
    return rule < best;
}

static void name_limits(Decider *decider)
{
    for (uint32_t i = 0; i < decider->limit_count; i++)
        name_rule(decider->answer, decider->limits[i]);
}

static void deny_open(Decider *decider, const Open *open)
{
    Answer *answer = decider->answer;
    bool is_hopeless = false; // a budget is spent that no waiting refills
    for (uint32_t i = 0; i < open->remedy_count; i++) {
        const Remedy *remedy = &open->remedies[i];
        name_rule(answer, remedy->rule);
        is_hopeless |= remedy->code == CODE_BUDGET && remedy->within == INT64_MAX;
    }
    if (!is_hopeless) {
        answer->remedy_count = open->remedy_count;
        memcpy(answer->remedies, open->remedies, open->remedy_count * sizeof(Remedy));
    }
    deny(decider, is_hopeless ? CODE_BUDGET : open->first);
}

// Of the permits that cover, the one whose grant is best, or NULL after a deny.
static const Candidate *choose(Decider *decider, const TokenPoint *ceiling,
                               const Open *of_limits, Open *nearest,
                               uint32_t *nearest_rule)
{
    Candidate *best = &decider->candidates[0], *next = &decider->candidates[1];
    uint32_t of_limits_count = decider->takings.count;
    bool do_limits_ask = decider->takings.needs_approval;
    best->rule = *nearest_rule = NONE;
    for (uint32_t i = 0; i < decider->covering_count; i++) {
        Open open;
        if (!make_candidate(decider, &decider->covering[i], ceiling, next))
            continue;
        open_copy(&open, of_limits);
        decider->takings.count = of_limits_count;
        decider->takings.needs_approval = do_limits_ask;
        demand_rule(decider, next->rule, &open, &decider->takings);
        if (open.count > 0 && is_nearer(&open, next->rule, nearest, *nearest_rule)) {
            open_copy(nearest, &open);
            *nearest_rule = next->rule;
        }
        if (open.count == 0 && is_better(next, best)) {
            Candidate *worse = best;
            best = next;
            next = worse;
        }
    }
    decider->takings.count = of_limits_count;
    decider->takings.needs_approval = do_limits_ask;
    return best->rule == NONE ? NULL : best;
}

static const Candidate *stage_limits(Decider *decider)
{
    TokenPoint ceiling;
    Open of_limits, nearest;
    uint32_t nearest_rule;
    open_start(&of_limits);
    collect_limits(decider, &ceiling, &of_limits);
    const Candidate *best =
        choose(decider, &ceiling, &of_limits, &nearest, &nearest_rule);
    if (best != NULL)
        return best;
    if (nearest_rule != NONE) {
        deny_open(decider, &nearest);
        return NULL;
    }
    name_limits(decider);
    deny(decider, CODE_LIMITED);
    return NULL;
}

// ---- stage 8: the answer, and what is to be remembered ----

static const int64_t SECOND = 1000000000;

static void grant(Decider *decider, const Candidate *best, const uint8_t id[16])
{
    Answer *answer = decider->answer;
    const TokenPoint *token = &best->token;
    Grant *to = &answer->grant;
    answer->allow = true;
    answer->rules[0] = best->rule;
    answer->rule_count = answer->rule_total = 1;
    for (uint32_t i = 0; i < decider->limit_count; i++) {
        answer->rule_total++;
        if (answer->rule_count < MAX_NAMED_RULES)
            answer->rules[answer->rule_count++] = decider->limits[i];
    }
    memcpy(to->id, id, sizeof to->id);
    to->rule = best->rule;
    to->audience = decider->request->audience;
    to->tool = decider->request->tool;
    to->ttl = token->ttl / SECOND;
    to->expires = decider->now.wall + to->ttl * SECOND;
    to->uses = token->uses;
    to->depth = token->depth;
    to->sender = token->sender;
    to->tenant = token->tenant;
    to->acr = token->acr;
    to->revalidate_after = token->revocable / SECOND;
    to->scope_count = token->scope_count;
    memcpy(to->scope, token->scope, token->scope_count * sizeof *to->scope);
    to->free_count = token->free_count;
    memcpy(to->free, token->free, token->free_count * sizeof *to->free);
}

// What the chosen permit takes is worked out again, behind what the limits take.
static void remember_best(Decider *decider, const Candidate *best, Buf *changes)
{
    Open none;
    open_start(&none);
    demand_rule(decider, best->rule, &none, &decider->takings);
    if (!remember_allow(decider, &decider->takings, changes))
        buf_clear(changes);
}

// What can't be remembered is not granted. Nothing but a grant is, where there is no
// room for more in the tenant's share: nobody knows it later.
static void check_remembered(Decider *decider, StateKey share, Buf *changes)
{
    if (changes->failed)
        *decider->answer =
            (Answer){.code = CODE_UNAVAILABLE,
                     .detail = STR("memory: more than a decision may change")};
    if (changes->failed || changes->len == 0)
        return;
    Str full = usage_full(decider->recall.state, share);
    if (full.len == 0)
        return;
    buf_clear(changes);
    if (!decider->answer->is_plain)
        *decider->answer = (Answer){.code = CODE_QUOTA, .detail = full};
}

static bool asks_approval(const Answer *answer)
{
    for (uint32_t i = 0; i < answer->remedy_count; i++)
        if (answer->remedies[i].code == CODE_APPROVAL)
            return true;
    return false;
}

static void remember(Decider *decider, const Candidate *best, Buf *changes)
{
    if (best == NULL && !asks_approval(decider->answer))
        return;
    StateKey share = recall_usage(&decider->recall);
    usage_write_charged(changes, share);
    if (best != NULL)
        remember_best(decider, best, changes);
    else
        remember_asked(decider, changes);
    check_remembered(decider, share, changes);
}

// ---- the decision ----

// The VM's scratch was not enough for what the arguments made builtins produce.
static bool is_exhausted(Decider *decider)
{
    Answer *answer = decider->answer;
    if (!decider->vm->is_exhausted)
        return false;
    *answer =
        (Answer){.code = CODE_TOO_LARGE,
                 .detail = STR("args: too large for the functions that read them")};
    return true;
}

void decide(Decider *decider, Request *request, Moment now, const uint8_t random[16],
            const State *state, Answer *answer, Buf *changes, Trace *trace)
{
    memset(answer, 0, offsetof(Answer, rules));
    if (changes)
        buf_clear(changes);
    if (trace)
        trace->count = trace->total = 0;
    decider_begin(decider, request, now, state, answer, trace);
    if (!decider_knows(decider) || !decider_credential(decider))
        return;
    uint8_t id[16];
    memcpy(id, random, sizeof id);
    if (request->key.len > 0 && !trace) { // who asks why wants no earlier answer
        retry_id(decider, id);
        if (decider_task(decider) && retry_find(decider, id))
            return;
    }
    if (!decider_envelope(decider))
        return;
    decider_begin_rules(decider);
    const Candidate *best = NULL;
    if (stage_forbids(decider) && stage_permits(decider))
        best = stage_limits(decider);
    if (is_exhausted(decider))
        return;
    if (best != NULL)
        grant(decider, best, id);
    if (changes)
        remember(decider, best, changes);
}
