// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/decider.h"

#include "engine/base/arena.h"
#include "engine/decide/law.h"

Decider *decider_new(Arena *arena, const Bundle *bundle)
{
    size_t rules = (size_t)bundle->rules_count + 1;
    Decider *decider = arena_try(arena, sizeof *decider);
    if (!decider)
        return NULL;
    decider->bundle = bundle;
    decider->vm = vm_new(arena, bundle);
    decider->found.seen = arena_try(arena, rules * sizeof *decider->found.seen);
    decider->found.rules = arena_try(arena, rules * sizeof *decider->found.rules);
    decider->covering = arena_try(arena, rules * sizeof *decider->covering);
    decider->limits = arena_try(arena, rules * sizeof *decider->limits);
    if (!decider->vm || !decider->found.seen || !decider->found.rules ||
        !decider->covering || !decider->limits)
        return NULL;
    return decider;
}

// ---- the call ----

void decider_begin(Decider *decider, Request *request, int64_t now, const Records *read,
                   Answer *answer, Trace *trace)
{
    const Record *record = records_find(read, RECORD_TASK);
    decider->request = request;
    decider->now = now;
    decider->answer = answer;
    decider->trace = trace;
    decider->task = record ? &record->as.task : NULL;
}

bool decider_knows(Decider *decider)
{
    const Refusal *refusal = &decider->request->refusal;
    if (!refusal->is_set)
        return true;
    decider->answer->detail = refusal_detail(refusal);
    decider->answer->code = refusal->code;
    return false;
}

bool decider_credential(Decider *decider)
{
    Answer *answer = decider->answer;
    return law_credential(decider->request, decider->now, &answer->code,
                          &answer->detail);
}

bool decider_envelope(Decider *decider)
{
    Answer *answer = decider->answer;
    return law_envelope(decider->request, decider->task, decider->now, &answer->code,
                        &answer->detail);
}

// ---- the rules that match it ----

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
    call->dims[DIM_AGENT_TAG] =
        (Atoms){bundle->lists + agent->tags.first, agent->tags.count};
    call->dims[DIM_AGENT_GROUP] =
        (Atoms){bundle->lists + agent->groups.first, agent->groups.count};
    call->dims[DIM_USER_GROUP] = (Atoms){request->groups, request->group_count};
    call->dims[DIM_TOOL_TAG] =
        (Atoms){bundle->lists + tool->tags.first, tool->tags.count};
}

void decider_begin_rules(Decider *decider)
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

void decider_find(Decider *decider, List groups)
{
    dispatch_find(&decider->call, groups, &decider->found);
}

Value decider_condition(Decider *decider, uint32_t rule,
                        const BundleCondition *condition)
{
    const Bundle *bundle = decider->bundle;
    const uint32_t *row = bundle->rows + bundle->rules[rule].row + condition->row;
    Value value = vm_run(decider->vm, condition->function, row);
    if (condition->flags & CONDITION_UNLESS && value.state == VALUE_KNOWN)
        value.as.number = !value.as.number;
    return value;
}

// ---- requirements ----

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
    if (rank == bundle->acrs_count || rank < requirement->of)
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

void decider_requirements(const Decider *decider, uint32_t rule, Open *open)
{
    const BundleExtra *extra = decider_extra(decider, rule);
    for (uint32_t i = 0; i < extra->requirement_count; i++) {
        const BundleRequirement *requirement =
            &decider->bundle->requirements[extra->requirement + i];
        if (is_met(decider, requirement))
            continue;
        bool is_acr = requirement->kind == REQUIRE_ACR;
        add_open(open, (Remedy){.code = is_acr ? CODE_STEP_UP : CODE_ATTESTATION,
                                .acr = is_acr ? requirement->of : NONE,
                                .within = requirement->within,
                                .rule = rule});
    }
}
