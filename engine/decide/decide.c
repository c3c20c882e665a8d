// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/decide.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/decide/dispatch.h"
#include "engine/decide/law.h"
#include "engine/decide/token.h"
#include "engine/vm/vm.h"

// A permit whose conditions and tenants hold.
typedef struct Covering {
    uint32_t rule;
    uint32_t tenant; // of its token
} Covering;

struct Decider {
    const Bundle *bundle;
    Vm *vm;
    uint32_t epoch;
    uint32_t *seen; // one a rule: the epoch in which dispatch last gave it
    uint32_t *found; // rules that dispatch gave in the stage at hand
    uint32_t found_count;
    Covering *covering;
    uint32_t covering_count;
    uint32_t *limits; // that apply
    uint32_t limit_count;
    DispatchCall call;
    // Of the decision at hand.
    Request *request;
    const TaskRecord *task;
    int64_t now;
    Answer *answer;
    Trace *trace;
};

Decider *decider_new(Arena *arena, const Bundle *bundle)
{
    size_t rules = (size_t)bundle->rules_count + 1;
    Decider *decider = arena_try(arena, sizeof *decider);
    if (!decider)
        return NULL;
    decider->bundle = bundle;
    decider->vm = vm_new(arena, bundle);
    decider->seen = arena_try(arena, rules * sizeof *decider->seen);
    decider->found = arena_try(arena, rules * sizeof *decider->found);
    decider->covering = arena_try(arena, rules * sizeof *decider->covering);
    decider->limits = arena_try(arena, rules * sizeof *decider->limits);
    if (!decider->vm || !decider->seen || !decider->found || !decider->covering ||
        !decider->limits)
        return NULL;
    return decider;
}

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

static const BundleShape *shape_of(const Bundle *bundle, uint32_t rule)
{
    return &bundle->shapes[bundle->rules[rule].shape];
}

static const BundleExtra *extra_of(const Bundle *bundle, uint32_t rule)
{
    return &bundle->extras[bundle->rules[rule].extra];
}

// A rule that is only observed counts, and has no effect.
static bool is_observed(Decider *decider, uint32_t rule)
{
    Answer *answer = decider->answer;
    if (!(shape_of(decider->bundle, rule)->flags & RULE_OBSERVE))
        return false;
    insert_ascending(answer->observed, &answer->observed_count, MAX_NAMED_RULES, rule);
    return true;
}

// ---- finding and evaluating rules ----

static void found(void *context, uint32_t rule)
{
    Decider *decider = context;
    if (decider->seen[rule] == decider->epoch)
        return;
    decider->seen[rule] = decider->epoch;
    decider->found[decider->found_count++] = rule;
}

static void find_rules(Decider *decider, List groups)
{
    decider->found_count = 0;
    if (++decider->epoch == 0) {
        memset(decider->seen, 0, decider->bundle->rules_count * sizeof *decider->seen);
        decider->epoch = 1;
    }
    dispatch_find(&decider->call, groups, found, decider);
}

// The conjunction of a rule's conditions: what it came to, why when unknown, and the first
// condition that is not true.
typedef struct Outcome {
    unsigned truth; // 0, 1, 2 = unknown
    uint16_t cause;
    uint32_t condition;
} Outcome;

static Value evaluate_condition(Decider *decider, uint32_t rule,
                                const BundleCondition *condition)
{
    const Bundle *bundle = decider->bundle;
    const uint32_t *row = bundle->rows + bundle->rules[rule].row + condition->row;
    Value value = vm_run(decider->vm, condition->function, row);
    if (condition->flags & CONDITION_UNLESS && value.state == VALUE_KNOWN)
        value.as.number = !value.as.number;
    return value;
}

static uint16_t cause_of(const Value *value)
{
    return value->state == VALUE_UNKNOWN ? value->cause : CAUSE_OTHER;
}

static Outcome evaluate(Decider *decider, uint32_t rule)
{
    const BundleShape *shape = shape_of(decider->bundle, rule);
    Outcome outcome = {.truth = 1, .condition = NONE};
    for (uint32_t i = 0; i < shape->condition_count; i++) {
        const BundleCondition *condition =
            &decider->bundle->conditions[shape->condition + i];
        Value value = evaluate_condition(decider, rule, condition);
        unsigned truth = value_truth(&value);
        if (truth == 1)
            continue;
        if (truth == 0)
            return (Outcome){.truth = 0, .condition = i};
        uint16_t cause = cause_of(&value);
        outcome.cause = outcome.truth == 2 ? cause_merge(outcome.cause, cause) : cause;
        if (outcome.truth == 1)
            outcome.condition = i;
        outcome.truth = 2;
    }
    return outcome;
}

static bool is_missing(const Outcome *outcome)
{
    return outcome->truth == 2 && outcome->cause < CAUSE_ARGUMENT;
}

// Where a trace is wanted, the entry for a rule; else, or past the last, one that nobody
// reads.
static TraceEntry *trace_rule(Decider *decider, TraceEntry *nowhere, uint32_t rule,
                              const Outcome *outcome)
{
    TraceEntry *entry = nowhere;
    if (decider->trace) {
        decider->trace->total++;
        if (decider->trace->count < MAX_TRACE)
            entry = &decider->trace->at[decider->trace->count++];
    }
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
    find_rules(decider, decider->bundle->tools[decider->request->tool].forbids);
    for (uint32_t i = 0; i < decider->found_count; i++) {
        uint32_t rule = decider->found[i];
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
    uint8_t flags = shape_of(decider->bundle, rule)->flags;
    if (!decider->task && !(flags & RULE_INTENT_NONE))
        return;
    TraceEntry nowhere;
    Outcome outcome = evaluate(decider, rule);
    TraceEntry *entry = trace_rule(decider, &nowhere, rule, &outcome);
    if (outcome.truth == 0)
        return;
    Covering covering = {.rule = rule};
    bool is_fit = law_tenants_fit(decider->vm, decider->request,
                                  extra_of(decider->bundle, rule), &covering.tenant);
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
    find_rules(decider, decider->bundle->tools[decider->request->tool].permits);
    for (uint32_t i = 0; i < decider->found_count; i++)
        cover(decider, decider->found[i], &is_tenant_short);
    if (decider->covering_count > 0) {
        decider->answer->missing_count = 0;
        return true;
    }
    if (is_tenant_short) {
        decider->answer->missing_count = 0;
        return deny(decider, CODE_TENANT);
    }
    return deny(decider,
                decider->answer->missing_count > 0 ? CODE_MISSING : CODE_NO_PERMIT);
}

// ---- stage 7: limits, requirements, and which token ----

static bool is_acr_enough(const Decider *decider, const BundleRequirement *requirement)
{
    const Bundle *bundle = decider->bundle;
    const Value *acr = &decider->request->slots[SLOT_USER_ACR];
    const Value *since = &decider->request->slots[SLOT_USER_AUTH_TIME];
    uint32_t rank = 0;
    if (acr->state != VALUE_KNOWN || acr->aux == NONE)
        return false;
    while (rank < bundle->acrs_count && bundle->acrs[rank] != acr->aux)
        rank++;
    if (rank == bundle->acrs_count || rank < requirement->acr)
        return false;
    if (requirement->within == 0)
        return true;
    return since->state == VALUE_KNOWN && since->as.number <= decider->now &&
           since->as.number >= decider->now - requirement->within;
}

static bool is_met(const Decider *decider, const BundleRequirement *requirement)
{
    const Value *attested = &decider->request->slots[SLOT_AGENT_ATTESTED];
    if (requirement->kind == REQUIRE_ACR)
        return is_acr_enough(decider, requirement);
    return attested->state == VALUE_KNOWN && attested->as.number;
}

// What one candidate still lacks.
typedef struct Open {
    uint32_t count; // how many remedies it takes
    Code first;     // the code that goes before the others
    uint32_t remedy_count;
    Remedy remedies[MAX_REMEDIES];
} Open;

static void add_open(Open *open, Remedy remedy)
{
    open->count++;
    if (open->count == 1 || remedy.code < open->first)
        open->first = remedy.code;
    uint32_t at = open->remedy_count;
    while (at > 0 && (open->remedies[at - 1].code > remedy.code ||
                      (open->remedies[at - 1].code == remedy.code &&
                       open->remedies[at - 1].rule > remedy.rule)))
        at--;
    if (at == MAX_REMEDIES)
        return;
    if (open->remedy_count < MAX_REMEDIES)
        open->remedy_count++;
    for (uint32_t i = open->remedy_count - 1; i > at; i--)
        open->remedies[i] = open->remedies[i - 1];
    open->remedies[at] = remedy;
}

static void add_requirements(const Decider *decider, uint32_t rule, Open *open)
{
    const BundleExtra *extra = extra_of(decider->bundle, rule);
    for (uint32_t i = 0; i < extra->requirement_count; i++) {
        const BundleRequirement *requirement =
            &decider->bundle->requirements[extra->requirement + i];
        if (is_met(decider, requirement))
            continue;
        bool is_acr = requirement->kind == REQUIRE_ACR;
        add_open(open, (Remedy){.code = is_acr ? CODE_STEP_UP : CODE_ATTESTATION,
                                .acr = is_acr ? requirement->acr : NONE,
                                .within = requirement->within,
                                .rule = rule});
    }
}

// The limits that apply or may apply: what they leave of a token, and what they ask for.
static void collect_limits(Decider *decider, TokenPoint *ceiling, Open *open)
{
    const Bundle *bundle = decider->bundle;
    token_top(ceiling);
    decider->limit_count = 0;
    find_rules(decider, bundle->tools[decider->request->tool].limits);
    for (uint32_t i = 0; i < decider->found_count; i++) {
        uint32_t rule = decider->found[i];
        TraceEntry nowhere;
        Outcome outcome = evaluate(decider, rule);
        TraceEntry *entry = trace_rule(decider, &nowhere, rule, &outcome);
        if (outcome.truth == 0 || is_observed(decider, rule))
            continue;
        decider->limits[decider->limit_count++] = rule;
        uint32_t before = open->count;
        add_requirements(decider, rule, open);
        entry->is_requirement_open = open->count > before;
        if (extra_of(bundle, rule)->token != NONE)
            token_meet(ceiling, decider->request,
                       &bundle->tokens[extra_of(bundle, rule)->token]);
    }
}

typedef struct Candidate {
    uint32_t rule; // NONE: there is none yet
    bool is_full;  // it reaches all that was asked
    TokenPoint token;
} Candidate;

// A permit's own grant: its token, met with the limits, the time left, and the ask. False if
// nothing is left.
static bool make_candidate(const Decider *decider, const Covering *covering,
                           const TokenPoint *ceiling, Candidate *candidate)
{
    const Bundle *bundle = decider->bundle;
    const BundleExtra *extra = extra_of(bundle, covering->rule);
    candidate->rule = covering->rule;
    token_default(&candidate->token, decider->request);
    if (extra->token != NONE)
        token_state(&candidate->token, decider->request, &bundle->tokens[extra->token]);
    token_meet_point(&candidate->token, ceiling);
    token_bind_tenant(&candidate->token, covering->tenant);
    token_cap(&candidate->token,
              law_time_left(decider->request, decider->task, decider->now));
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

static bool deny_open(Decider *decider, const Open *open)
{
    Answer *answer = decider->answer;
    answer->remedy_count = open->remedy_count;
    memcpy(answer->remedies, open->remedies, open->remedy_count * sizeof(Remedy));
    for (uint32_t i = 0; i < open->remedy_count; i++)
        name_rule(answer, open->remedies[i].rule);
    return deny(decider, open->first);
}

static bool stage_limits(Decider *decider, Candidate *best)
{
    TokenPoint ceiling;
    Open of_limits = {0}, nearest = {0};
    uint32_t nearest_rule = NONE;
    collect_limits(decider, &ceiling, &of_limits);
    best->rule = NONE;
    for (uint32_t i = 0; i < decider->covering_count; i++) {
        Candidate candidate;
        if (!make_candidate(decider, &decider->covering[i], &ceiling, &candidate))
            continue;
        Open open = of_limits;
        add_requirements(decider, candidate.rule, &open);
        if (open.count == 0 && is_better(&candidate, best))
            *best = candidate;
        if (open.count > 0 && is_nearer(&open, candidate.rule, &nearest, nearest_rule)) {
            nearest = open;
            nearest_rule = candidate.rule;
        }
    }
    if (best->rule != NONE)
        return true;
    if (nearest_rule != NONE)
        return deny_open(decider, &nearest);
    name_limits(decider);
    return deny(decider, CODE_LIMITED);
}

// ---- stage 8: the answer, and what is to be remembered ----

static const int64_t SECOND = 1000000000;

static void grant(Decider *decider, const Candidate *best, const uint8_t random[16],
                  Records *write)
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
    memcpy(to->id, random, sizeof to->id);
    to->rule = best->rule;
    to->audience = decider->request->audience;
    to->tool = decider->request->tool;
    to->ttl = token->ttl / SECOND;
    to->expires = decider->now + to->ttl * SECOND;
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
    Record *record = &write->at[write->count++];
    *record = (Record){.kind = RECORD_GRANT,
                       .as.grant = {.rule = best->rule,
                                    .audience = to->audience,
                                    .tool = to->tool,
                                    .expires = to->expires,
                                    .uses = to->uses,
                                    .depth = to->depth}};
    memcpy(record->as.grant.id, random, sizeof record->as.grant.id);
}

// ---- the decision ----

static void set_dim(Decider *decider, Dim dim, uint32_t atom)
{
    decider->call.singles[dim] = atom;
    decider->call.dims[dim] = (Atoms){&decider->call.singles[dim], 1};
}

static void set_dims(Decider *decider)
{
    const Bundle *bundle = decider->bundle;
    const Request *request = decider->request;
    const BundleAgent *agent = &bundle->agents[request->agent];
    const BundleTool *tool = &bundle->tools[request->tool];
    const Value *resource = &request->slots[SLOT_RESOURCE_TYPE];
    DispatchCall *call = &decider->call;
    call->bundle = bundle;
    call->slots = request->slots;
    set_dim(decider, DIM_GATEWAY, request->gateway);
    set_dim(decider, DIM_AGENT, request->agent);
    set_dim(decider, DIM_USER, request->has_user ? request->user : ATOM_ABSENT);
    set_dim(decider, DIM_INTENT, decider->task ? decider->task->intent : ATOM_ABSENT);
    set_dim(decider, DIM_TOOL, request->tool);
    set_dim(decider, DIM_AUDIENCE, request->audience);
    set_dim(decider, DIM_FAMILY, tool->family);
    set_dim(decider, DIM_TENANT, law_tenant(request));
    set_dim(decider, DIM_RESOURCE,
            resource->state == VALUE_KNOWN ? resource->aux : ATOM_ABSENT);
    call->dims[DIM_AGENT_TAG] = (Atoms){bundle->lists + agent->tags.first, agent->tags.count};
    call->dims[DIM_AGENT_GROUP] =
        (Atoms){bundle->lists + agent->groups.first, agent->groups.count};
    call->dims[DIM_USER_GROUP] = (Atoms){request->groups, request->group_count};
    call->dims[DIM_TOOL_TAG] = (Atoms){bundle->lists + tool->tags.first, tool->tags.count};
}

// Sets the stage for the rules of one call.
static void begin(Decider *decider, Request *request, int64_t now, const Records *read,
                  Answer *answer, Trace *trace)
{
    const Record *record = records_find(read, RECORD_TASK);
    decider->request = request;
    decider->now = now;
    decider->answer = answer;
    decider->trace = trace;
    decider->task = record ? &record->as.task : NULL;
}

static void begin_rules(Decider *decider)
{
    Request *request = decider->request;
    Vm *vm = decider->vm;
    request->slots[SLOT_CONTEXT_NOW] = value_number(KIND_TIME, decider->now);
    vm_begin(vm);
    vm->slots = request->slots;
    vm->tool = request->tool;
    vm->user_groups = request->groups;
    vm->user_group_count = request->group_count;
    vm->agent_groups = decider->bundle->agents[request->agent].groups;
    vm->is_careful = request->is_partial || request->has_unknown;
    set_dims(decider);
}

static bool stage_known(Decider *decider)
{
    const Refusal *refusal = &decider->request->refusal;
    if (!refusal->is_set)
        return true;
    decider->answer->detail = refusal_detail(refusal);
    return deny(decider, refusal->code);
}

static bool stage_credential(Decider *decider)
{
    Answer *answer = decider->answer;
    return law_credential(decider->request, decider->now, &answer->code, &answer->detail);
}

static bool stage_envelope(Decider *decider)
{
    Answer *answer = decider->answer;
    return law_envelope(decider->request, decider->task, decider->now, &answer->code,
                        &answer->detail);
}

// The VM's scratch was not enough for what the arguments made builtins produce.
static bool is_exhausted(Decider *decider)
{
    Answer *answer = decider->answer;
    if (!decider->vm->is_exhausted)
        return false;
    *answer = (Answer){.code = CODE_TOO_LARGE,
                       .detail = STR("args: too large for the functions that read them")};
    return true;
}

void decide(Decider *decider, Request *request, int64_t now, const uint8_t random[16],
            const Records *read, Answer *answer, Records *write, Trace *trace)
{
    memset(answer, 0, offsetof(Answer, grant));
    write->count = 0;
    if (trace)
        trace->count = trace->total = 0;
    begin(decider, request, now, read, answer, trace);
    if (!stage_known(decider) || !stage_credential(decider) || !stage_envelope(decider))
        return;
    begin_rules(decider);
    Candidate best;
    bool is_allowed = stage_forbids(decider) && stage_permits(decider) &&
                      stage_limits(decider, &best);
    if (!is_exhausted(decider) && is_allowed)
        grant(decider, &best, random, write);
}

// ---- LIST ----

// What a rule came to with its arguments open. False if it cannot be decided by arguments:
// then `is_true` says whether it holds, and an unknown counts as what harms the caller.
static bool open_rule(Decider *decider, uint32_t rule, OpenRule *open, bool *is_true,
                      bool *is_false)
{
    const BundleShape *shape = shape_of(decider->bundle, rule);
    bool is_unknown = false;
    *is_true = *is_false = false;
    open->rule = rule;
    open->open_count = 0;
    for (uint32_t i = 0; i < shape->condition_count; i++) {
        Value value = evaluate_condition(
            decider, rule, &decider->bundle->conditions[shape->condition + i]);
        unsigned truth = value_truth(&value);
        if (truth == 0) {
            *is_false = true;
            return false;
        }
        if (truth == 2 && cause_of(&value) != CAUSE_ARGUMENT)
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

// Forbids and limits with open requirements: false if one stands in the way whatever the
// arguments are.
static bool possible_despite(Decider *decider, List groups, bool is_limit,
                             Possible *possible)
{
    find_rules(decider, groups);
    for (uint32_t i = 0; i < decider->found_count; i++) {
        OpenRule open;
        bool is_true, is_false;
        uint32_t rule = decider->found[i];
        if (shape_of(decider->bundle, rule)->flags & RULE_OBSERVE)
            continue;
        if (is_limit) {
            Open unmet = {0};
            add_requirements(decider, rule, &unmet);
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
    find_rules(decider, decider->bundle->tools[decider->request->tool].permits);
    for (uint32_t i = 0; i < decider->found_count; i++) {
        OpenRule open;
        bool is_true, is_false;
        uint32_t tenant;
        Open unmet = {0};
        uint32_t rule = decider->found[i];
        uint8_t flags = shape_of(decider->bundle, rule)->flags;
        if (flags & RULE_OBSERVE || (!decider->task && !(flags & RULE_INTENT_NONE)))
            continue;
        open_rule(decider, rule, &open, &is_true, &is_false);
        add_requirements(decider, rule, &unmet);
        if (is_false || unmet.count > 0 ||
            !law_tenants_fit(decider->vm, decider->request,
                             extra_of(decider->bundle, rule), &tenant))
            continue;
        possible->is_possible = true;
        add_possible(possible->permits, &possible->permit_count, &open);
    }
}

bool decide_admits(Decider *decider, Request *request, int64_t now, const Records *read,
                   Code *code, Str *detail)
{
    Answer answer = {0};
    begin(decider, request, now, read, &answer, NULL);
    bool admits =
        stage_known(decider) && stage_credential(decider) &&
        law_task(request, decider->task, now, &answer.code, &answer.detail);
    *code = answer.code;
    *detail = answer.detail;
    return admits;
}

void decide_possible(Decider *decider, Request *request, int64_t now, const Records *read,
                     Possible *possible)
{
    Answer answer = {0};
    *possible = (Possible){0};
    begin(decider, request, now, read, &answer, NULL);
    if (!stage_known(decider) || !stage_credential(decider) || !stage_envelope(decider))
        return;
    begin_rules(decider);
    const BundleTool *tool = &decider->bundle->tools[request->tool];
    if (possible_despite(decider, tool->forbids, false, possible) &&
        possible_despite(decider, tool->limits, true, possible))
        possible_permits(decider, possible);
}
