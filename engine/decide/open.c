// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/open.h"

#include <string.h>

#include "engine/base/checked.h"
#include "engine/decide/decider.h"
#include "engine/decide/law.h"
#include "engine/state/revocation.h"
#include "engine/state/usage.h"

typedef struct Opening {
    Decider *decider;
    Request *request;
    const State *state;
    Moment now;
    Answer *answer;
    Ref above; // the task above; 0: none
    StateKey key;
    int64_t ends; // on the state's own clock
} Opening;

static bool refuse(Opening *opening, Code code, Str detail)
{
    opening->answer->code = code;
    opening->answer->detail = detail;
    return false;
}

static const BundleIntent *intent_of(const Opening *opening)
{
    return &opening->decider->bundle->intents[opening->request->task.intent];
}

static Str agent_of(const Opening *opening)
{
    const Bundle *bundle = opening->decider->bundle;
    return bundle_string(bundle, bundle->agents[opening->request->agent].id);
}

static Str user_of(const Opening *opening)
{
    return opening->request->has_user ? opening->request->user_id : STR("");
}

// ---- below another task ----

static uint32_t intent_number(const Opening *opening, const Task *task)
{
    const Bundle *bundle = opening->decider->bundle;
    uint32_t name =
        bundle_intern(bundle, state_name_text(opening->state, task->intent));
    return name == NONE ? NONE : bundle_find_intent(bundle, name);
}

// Every intent above allows a task so far below it.
static bool is_deep_enough(const Opening *opening)
{
    uint32_t levels = 1;
    for (Ref at = opening->above; at != 0; at = task_at(opening->state, at)->parent) {
        uint32_t intent = intent_number(opening, task_at(opening->state, at));
        if (intent == NONE ||
            opening->decider->bundle->intents[intent].depth < levels++)
            return false;
    }
    return levels <= TASK_DEPTH_MAX + 1;
}

// The intent above delegates this one, and its condition on the child's parameters
// holds.
static bool is_delegated(Opening *opening, uint32_t above)
{
    const Bundle *bundle = opening->decider->bundle;
    const BundleIntent *of = &bundle->intents[above];
    Vm *vm = opening->decider->vm;
    vm_begin(vm);
    vm->slots = opening->request->slots;
    for (uint32_t i = of->delegate; i < of->delegate + of->delegate_count; i++) {
        const BundleDelegate *delegate = &bundle->delegates[i];
        if (delegate->intent != opening->request->task.intent)
            continue;
        if (delegate->when == NONE)
            return true;
        const BundleCompute *when = &bundle->computes[delegate->when];
        if (value_truth(vm_run(vm, when->function, bundle->rows + when->row)) == 1)
            return true;
    }
    return false;
}

static bool check_above(Opening *opening)
{
    const State *state = opening->state;
    const Task *task = task_at(state, opening->above);
    TaskTexts texts = task_texts(state, task);
    uint32_t above = intent_number(opening, task);
    List under = intent_of(opening)->under;
    if (!str_eq(texts.user, user_of(opening)))
        return refuse(opening, CODE_DELEGATION,
                      STR("user: not that of the task above"));
    if (above == NONE || !is_deep_enough(opening))
        return refuse(opening, CODE_DELEGATION,
                      STR("task: deeper than an intent allows"));
    if (under.count > 0 && !bundle_list_has(opening->decider->bundle, under, above))
        return refuse(opening, CODE_DELEGATION,
                      STR("task.under: the intent can't be a sub-task of that"));
    if (!request_take_params(opening->request, above, texts.params))
        return refuse(opening, CODE_TASK,
                      STR("task.under: its parameters no longer fit"));
    if (!is_delegated(opening, above))
        return refuse(opening, CODE_DELEGATION,
                      STR("task.under: its intent does not delegate this"));
    return task_tree_has_room(state, opening->above) ||
           refuse(opening, CODE_DELEGATION,
                  STR("task.under: its tree has had 65536 tasks"));
}

static bool find_above(Opening *opening)
{
    const Request *request = opening->request;
    if (request->under.len == 0)
        return intent_of(opening)->under.count == 0 ||
               refuse(opening, CODE_DELEGATION, STR("task: can only be a sub-task"));
    StateKey key =
        task_key(opening->state, opening->decider->recall.tenant, request->under);
    opening->above = task_find(opening->state, key, opening->now);
    if (opening->above == 0 ||
        !task_is_open(opening->state, opening->above, opening->now))
        return refuse(opening, CODE_TASK, STR("task.under: is not open"));
    if (task_is_revoked(opening->state, opening->above))
        return refuse(opening, CODE_REVOKED, STR("task.under: was revoked"));
    return check_above(opening);
}

// ---- the task itself ----

static bool check_size(Opening *opening)
{
    const Request *request = opening->request;
    if (request->task.id.len <= TASK_ID_MAX && user_of(opening).len <= TASK_USER_MAX &&
        request->params.len <= TASK_PARAMS_MAX)
        return true;
    return refuse(opening, CODE_TOO_LARGE,
                  STR("task: its id, user or parameters are too long"));
}

// Opened before with the same: nothing is to be done. *is_there says so.
static bool check_again(Opening *opening, bool *is_there)
{
    const State *state = opening->state;
    Ref ref = task_find(state, opening->key, opening->now);
    *is_there = ref != 0;
    if (ref == 0)
        return true;
    const Task *task = task_at(state, ref);
    TaskTexts texts = task_texts(state, task);
    Str intent = bundle_string(opening->decider->bundle, intent_of(opening)->name);
    bool is_same = str_eq(state_name_text(state, task->intent), intent) &&
                   str_eq(state_name_text(state, task->agent), agent_of(opening)) &&
                   str_eq(texts.user, user_of(opening)) &&
                   str_eq(texts.params, opening->request->params) &&
                   task->parent == opening->above &&
                   task_is_open(state, ref, opening->now);
    opening->ends = task->ends;
    return is_same || refuse(opening, CODE_TASK, STR("task.id: was used before"));
}

static bool check_share(Opening *opening, StateKey share)
{
    Str full = usage_full_of_tasks(opening->state, share);
    return full.len == 0 || refuse(opening, CODE_QUOTA, full);
}

static void set_end(Opening *opening)
{
    int64_t within = intent_of(opening)->within;
    if (within == 0)
        within = OPEN_LONGEST;
    if (!checked_add_i64(opening->now.start, within, &opening->ends))
        opening->ends = INT64_MAX / 2;
    if (opening->above != 0 &&
        task_at(opening->state, opening->above)->ends < opening->ends)
        opening->ends = task_at(opening->state, opening->above)->ends;
}

static void write_opened(const Opening *opening, Buf *changes)
{
    const Request *request = opening->request;
    TaskOpening to = {
        .key = opening->key,
        .has_parent = opening->above != 0,
        .ends = opening->ends,
        .intent = bundle_string(opening->decider->bundle, intent_of(opening)->name),
        .agent = agent_of(opening),
        .texts = {request->task.id, opening->decider->recall.tenant, user_of(opening),
                  request->params}};
    if (to.has_parent)
        to.parent = task_at(opening->state, opening->above)->head.key;
    task_write_opened(changes, &to);
}

// Who asks, before anything of the task is looked at.
static bool check_caller(Opening *opening)
{
    Request *request = opening->request;
    Decider *decider = opening->decider;
    bool has_task = request->has_task;
    request->has_task = false; // it is not one yet
    decider_begin(decider, request, opening->now, opening->state, opening->answer,
                  NULL);
    bool is_good = decider_knows(decider) && decider_credential(decider);
    request->has_task = has_task;
    if (!is_good)
        return false;
    request->task.is_remembered = true; // its end is still to be set
    request->task.left = 1;
    return law_task(request, &request->task, opening->now.wall, &opening->answer->code,
                    &opening->answer->detail);
}

void open_task(Decider *decider, Request *request, Moment now, const State *state,
               Answer *answer, Buf *changes, int64_t *ends)
{
    Opening opening = {.decider = decider,
                       .request = request,
                       .state = state,
                       .now = now,
                       .answer = answer};
    bool is_there;
    *answer = (Answer){.code = CODE_TASK};
    buf_clear(changes);
    if (!check_caller(&opening) || !check_size(&opening))
        return;
    opening.key = task_key(state, decider->recall.tenant, request->task.id);
    if (!find_above(&opening) || !check_again(&opening, &is_there))
        return;
    if (!is_there) {
        StateKey share = recall_usage(&decider->recall);
        if (!check_share(&opening, share))
            return;
        set_end(&opening);
        usage_write_charged(changes, share);
        write_opened(&opening, changes);
    }
    *ends = now.wall + (opening.ends - now.end);
    answer->allow = true;
}

bool close_task(const State *state, Moment now, Str tenant, Str id, Buf *changes)
{
    StateKey key = task_key(state, tenant, id);
    buf_clear(changes);
    if (task_find(state, key, now) == 0)
        return false;
    task_write_closed(changes, key);
    return true;
}
