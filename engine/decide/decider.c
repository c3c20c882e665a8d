// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/decider.h"

#include "engine/base/arena.h"
#include "engine/decide/delegation.h"
#include "engine/decide/law.h"

bool decide_needs_memory(const Bundle *bundle)
{
    bool needs = bundle->labels_count > 0 || bundle->patterns_count > 0 ||
                 bundle->budgets_count > 0 || bundle->delegates_count > 0;
    for (uint32_t i = 0; !needs && i < bundle->tables_count; i++)
        needs = bundle->tables[i].layout != NONE;
    for (uint32_t i = 0; !needs && i < bundle->requirements_count; i++)
        needs = bundle->requirements[i].kind == REQUIRE_APPROVAL ||
                bundle->requirements[i].kind == REQUIRE_CONSENT;
    return needs;
}

// Earlier calls of all tools lie together, so all are kept for as long as those that
// are kept longest.
static void find_pasts(Decider *decider)
{
    const Bundle *bundle = decider->bundle;
    decider->user_past = decider->agent_past = 0;
    for (uint32_t i = 0; i < bundle->tools_count; i++) {
        const BundleTool *tool = &bundle->tools[i];
        if (tool->user_past > decider->user_past)
            decider->user_past = tool->user_past;
        if (tool->agent_past > decider->agent_past)
            decider->agent_past = tool->agent_past;
    }
}

Decider *decider_new(Arena *arena, const Bundle *bundle)
{
    size_t rules = (size_t)bundle->rules_count + 1;
    Decider *decider = arena_try(arena, sizeof *decider);
    if (!decider)
        return NULL;
    decider->bundle = bundle;
    decider->vm = vm_new(arena, bundle);
    decider->found.seen = arena_try(arena, rules * sizeof *decider->found.seen);
    decider->found.merged = arena_try(arena, rules * sizeof *decider->found.merged);
    decider->covering = arena_try(arena, rules * sizeof *decider->covering);
    decider->limits = arena_try(arena, rules * sizeof *decider->limits);
    decider->needs_memory = decide_needs_memory(bundle);
    find_pasts(decider);
    if (!recall_init(&decider->recall, arena, bundle) || !decider->vm ||
        !decider->found.seen || !decider->found.merged || !decider->covering ||
        !decider->limits)
        return NULL;
    recall_show(&decider->recall, decider->vm);
    dispatch_call_init(&decider->call, bundle);
    return decider;
}

// ---- the call ----

static RARE void refuse_told_task(Refusal *refusal)
{
    Path path = {.name = STR("task")};
    refusal_set(refusal, CODE_TASK, &path,
                "must be one that was opened: this policy remembers what tasks do");
}

// A task that can't be joined is denied at stage 4, not before. Where something is
// remembered of tasks, one that the request only tells of is none.
static void join_task(Decider *decider, const State *state)
{
    Request *request = decider->request;
    decider->outside.is_set = false;
    if (request->refusal.is_set)
        return;
    recall_begin(&decider->recall, state, decider->now, request);
    if (request->has_task && !request->names_task && decider->needs_memory)
        refuse_told_task(&request->refusal);
    if (request->refusal.is_set) {
        decider->outside = request->refusal;
        request->refusal.is_set = false;
    }
}

void decider_begin(Decider *decider, Request *request, Moment now, const State *state,
                   Answer *answer, Trace *trace)
{
    decider->request = request;
    decider->now = now;
    decider->answer = answer;
    decider->trace = trace;
    decider->presented = 0;
    takings_start(&decider->takings);
    join_task(decider, state);
    decider->task =
        request->has_task && !decider->outside.is_set ? &request->task : NULL;
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
    if (!law_credential(decider->request, decider->now.wall, &answer->code,
                        &answer->detail))
        return false;
    if (!recall_is_revoked(&decider->recall, &answer->detail))
        return true;
    answer->code = CODE_REVOKED;
    return false;
}

bool decider_task(Decider *decider)
{
    Answer *answer = decider->answer;
    if (decider->task)
        return law_task(decider->request, decider->task, decider->now.wall,
                        &answer->code, &answer->detail);
    if (!decider->outside.is_set)
        return true;
    answer->code = decider->outside.code;
    answer->detail = refusal_detail(&decider->outside);
    return false;
}

bool decider_envelope(Decider *decider)
{
    Answer *answer = decider->answer;
    return decider_task(decider) &&
           (!decider->task || law_envelope(decider->request, decider->task,
                                           &answer->code, &answer->detail)) &&
           (!decider->request->has_grant || delegation_holds(decider));
}

// ---- the rules that match it ----

static void set_dims(Decider *decider)
{
    const Bundle *bundle = decider->bundle;
    const Request *request = decider->request;
    const BundleAgent *agent = &bundle->agents[request->agent];
    const BundleTool *tool = &bundle->tools[request->tool];
    const Value *resource = &request->slots[SLOT_RESOURCE_TYPE];
    DispatchCall *call = &decider->call;
    uint32_t *atom = call->singles;
    call->slots = request->slots;
    atom[DIM_GATEWAY] = request->gateway;
    atom[DIM_AGENT] = request->agent;
    atom[DIM_USER] = request->has_user ? request->user : ATOM_ABSENT;
    atom[DIM_INTENT] = decider->task ? decider->task->intent : ATOM_ABSENT;
    atom[DIM_TOOL] = request->tool;
    atom[DIM_AUDIENCE] = request->audience;
    atom[DIM_FAMILY] = tool->family;
    atom[DIM_TENANT] = law_tenant(request);
    atom[DIM_RESOURCE] = resource->state == VALUE_KNOWN ? resource->aux : ATOM_ABSENT;
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
    request->slots[SLOT_CONTEXT_NOW] = value_number(KIND_TIME, decider->now.wall);
    vm_begin(vm);
    vm->slots = request->slots;
    vm->tool = request->tool;
    vm->user_groups = request->groups;
    vm->user_group_count = request->group_count;
    vm->agent_groups = decider->bundle->agents[request->agent].groups;
    vm->is_careful = request->is_partial || request->has_unknown;
    recall_labels(&decider->recall);
    set_dims(decider);
}

void decider_find(Decider *decider, List groups)
{
    decider->found.count = 0;
    if (groups.count > 0)
        dispatch_find(&decider->call, groups, &decider->found);
}
