// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/recall.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/bytecode/need.h"
#include "engine/decide/live.h"
#include "engine/decide/request_fill.h"
#include "engine/state/facts.h"
#include "engine/state/revocation.h"
#include "engine/state/usage.h"
#include "engine/vm/pack.h"

_Static_assert((int)LABELS_MAX == (int)MAX_POLICY_LABELS,
               "a bit for each label of a bundle");
_Static_assert((int)STATE_NAME_MAX == (int)MAX_REMEMBERED_NAME, "the verifier's bound");

_Static_assert((int)NEED_FACTS == (int)FACTS_MAX && NEED_FACT == sizeof(Fact) &&
                   NEED_LABEL == sizeof(Label),
               "what need.h says of the state");

static uint32_t most_keeps(const Bundle *bundle)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < bundle->tools_count; i++)
        if (bundle->tools[i].keep_count > most)
            most = bundle->tools[i].keep_count;
    return most;
}

static uint32_t inherited_seconds(const BundleIntent *intent)
{
    uint32_t seconds = seconds_for(intent->inherits);
    return seconds > STICKY_SECONDS ? seconds : STICKY_SECONDS;
}

static uint32_t most_sticky(const Bundle *bundle)
{
    uint32_t most = STICKY_SECONDS;
    for (uint32_t i = 0; i < bundle->intents_count; i++)
        if (inherited_seconds(&bundle->intents[i]) > most)
            most = inherited_seconds(&bundle->intents[i]);
    return most;
}

// Whether calls of a user, or an agent, are kept or asked for.
static void note_pasts(Recall *recall, const Bundle *bundle)
{
    for (uint32_t i = 0; i < bundle->patterns_count; i++) {
        recall->has_user_past |= bundle->patterns[i].scope == PATTERN_USER;
        recall->has_agent_past |= bundle->patterns[i].scope == PATTERN_AGENT;
    }
    for (uint32_t i = 0; i < bundle->tools_count; i++) {
        recall->has_user_past |= bundle->tools[i].user_past > 0;
        recall->has_agent_past |= bundle->tools[i].agent_past > 0;
    }
}

bool recall_init(Recall *recall, Arena *arena, const Bundle *bundle)
{
    *recall = (Recall){.bundle = bundle,
                       .pool = {.capacity = RECALL_POOL},
                       .sticky_most = most_sticky(bundle)};
    note_pasts(recall, bundle);
    for (uint32_t i = 0; i < bundle->labels_count; i++)
        recall->has_sticky |= (bundle->labels[i].flags & LABEL_STICKY) != 0;
    recall->pool.at = arena_try(arena, RECALL_POOL * sizeof(Value));
    recall->kept = arena_try(arena, (most_keeps(bundle) + (size_t)1) * sizeof(Value));
    recall->label_names =
        arena_try(arena, (bundle->labels_count + (size_t)1) * sizeof(Ref));
    recall->layouts = arena_try(arena, (bundle->tools_count + (size_t)1) * sizeof(Ref));
    return recall->pool.at && recall->kept && recall->label_names && recall->layouts;
}

// ---- the task ----

Str recall_tenant(const Request *request)
{
    const Value *user = &request->slots[SLOT_USER_TENANT];
    const BundleAgent *agent = &request->bundle->agents[request->agent];
    if (request->has_user && user->state == VALUE_KNOWN)
        return value_str(*user);
    return agent->tenant == NONE ? STR("")
                                 : bundle_string(request->bundle, agent->tenant);
}

StateKey recall_usage(const Recall *recall)
{
    return usage_key(recall->state, recall->tenant);
}

static Str agent_id(const Request *request)
{
    const BundleAgent *agent = &request->bundle->agents[request->agent];
    return bundle_string(request->bundle, agent->id);
}

static Str user_id(const Request *request)
{
    return request->has_user ? request->user_id : STR("");
}

static bool refuse_task(Request *request, const char *rule)
{
    Path path = {.name = STR("task")};
    return request_refuse(request, CODE_TASK, &path, rule);
}

static void gather(const State *state, const Task *task, JoinedTask *joined)
{
    TaskTexts texts = task_texts(state, task);
    joined->intent = state_name_text(state, task->intent);
    joined->params = texts.params;
    joined->opened = task->opened;
    for (Ref at = task->parent; at != 0; at = task_at(state, at)->parent) {
        const Task *above = task_at(state, at);
        joined->above[joined->above_count] = state_name_text(state, above->intent);
        joined->actors[joined->above_count++] = state_name_text(state, above->agent);
    }
}

static RARE void join_task(Recall *recall, Request *request)
{
    const State *state = recall->state;
    if (!state) {
        refuse_task(request, "was never opened");
        return;
    }
    Ref ref = task_find(state, task_key(state, recall->tenant, request->task.id),
                        recall->now);
    if (ref == 0) {
        refuse_task(request, "was never opened, or is over");
        return;
    }
    task_expect(state, ref);
    const Task *task = task_at(state, ref);
    bool is_same = str_eq(state_name_text(state, task->agent), agent_id(request)) &&
                   str_eq(task_texts(state, task).user, user_id(request));
    bool is_open = recall->joins_over || task_is_open(state, ref, recall->now);
    if (!is_same || !is_open) {
        refuse_task(request, is_same ? "is over" : "is another agent's or user's");
        return;
    }
    JoinedTask joined = {.left = task->ends - recall->now.end};
    gather(state, task, &joined);
    request_join_task(request, &joined);
    recall->task = ref;
    recall->root = task_at(state, task->root)->head.key;
}

static RARE void make_past_keys(Recall *recall)
{
    if (recall->has_user_past)
        recall->user_past = past_key(recall->state, recall->tenant, PAST_USER,
                                     user_id(recall->request));
    if (recall->has_agent_past)
        recall->agent_past = past_key(recall->state, recall->tenant, PAST_AGENT,
                                      agent_id(recall->request));
}

void recall_begin(Recall *recall, const State *state, Moment now, Request *request)
{
    recall->state = state;
    recall->now = now;
    recall->request = request;
    recall->task = 0;
    if (request->refusal.is_set)
        return;
    recall->tenant = recall_tenant(request);
    if (request->names_task)
        join_task(recall, request);
    if (state && (recall->has_user_past || recall->has_agent_past))
        make_past_keys(recall);
}

// ---- labels ----

StateKey recall_person(const Recall *recall)
{
    return person_key(recall->state, recall->tenant, user_id(recall->request),
                      agent_id(recall->request));
}

// For how many seconds what sticks to the user and agent counts in this call.
static uint32_t sticky_seconds(const Recall *recall)
{
    const Bundle *bundle = recall->bundle;
    return recall->request->has_task
               ? inherited_seconds(&bundle->intents[recall->request->task.intent])
               : STICKY_SECONDS;
}

static uint32_t label_number(Recall *recall, Ref name)
{
    const Bundle *bundle = recall->bundle;
    for (uint32_t i = 0; i < bundle->labels_count; i++) {
        if (recall->label_names[i] == 0)
            recall->label_names[i] = state_find_name(
                recall->state, bundle_string(bundle, bundle->labels[i].name));
        if (recall->label_names[i] == name)
            return i;
    }
    return NONE;
}

// Those that were touched in `since` or later.
static void add_labels(Recall *recall, const Labels *labels, uint32_t since)
{
    for (uint32_t i = 0; labels && i < labels->count; i++) {
        const Label *label = labels_at(recall->state, labels, i);
        bool is_touched = label->is_certain || label->pending > 0;
        if (!is_touched || label_second(label) < since)
            continue;
        uint32_t number = label_number(recall, label->name);
        if (number != NONE)
            recall->labels[number / 64] |= UINT64_C(1) << number % 64;
    }
}

void recall_labels(Recall *recall)
{
    if (recall->bundle->labels_count == 0)
        return;
    memset(recall->labels, 0, sizeof recall->labels);
    if (!recall->state)
        return;
    if (recall->task != 0)
        add_labels(recall, labels_of_tree(recall->state, recall->task), 0);
    if (!recall->has_sticky)
        return;
    uint32_t second = moment_second(recall->now), keep = sticky_seconds(recall);
    add_labels(recall,
               labels_of_person(recall->state, recall_person(recall), recall->now),
               second > keep ? second - keep : 0);
}

// ---- earlier calls ----

static const Facts *facts_for(const Recall *recall, const BundlePattern *pattern)
{
    switch (pattern->scope) {
    case PATTERN_USER:
        return facts_of_past(recall->state, recall->user_past, recall->now);
    case PATTERN_AGENT:
        return facts_of_past(recall->state, recall->agent_past, recall->now);
    default: // the tree's; the verifier admits no other
        return recall->task == 0 ? NULL : facts_of_tree(recall->state, recall->task);
    }
}

static Ref layout_of(Recall *recall, uint32_t tool)
{
    const Bundle *bundle = recall->bundle;
    if (recall->layouts[tool] == 0)
        recall->layouts[tool] = state_find_name(
            recall->state, bundle_string(bundle, bundle->tools[tool].layout));
    return recall->layouts[tool];
}

// A call of the tool that was kept under another bundle, which kept something else of
// it: that it was made is known, and nothing else.
static bool is_of_tool(const Recall *recall, const Fact *fact, uint32_t tool)
{
    Str full = bundle_string(recall->bundle, recall->bundle->tools[tool].full);
    Str layout = state_name_text(recall->state, fact->layout);
    return str_starts(layout, full) && layout.len > full.len &&
           layout.at[full.len] == '(';
}

// How long ago it was is known to the second only: *is_at_edge says that it may have
// been just too long ago.
static bool looks_at(const Recall *recall, const BundlePattern *pattern,
                     const Fact *fact, bool *is_at_edge)
{
    int64_t most = recall->now.tick - fact->second * TICKS_PER_SECOND;
    *is_at_edge = pattern->within != 0 && most > pattern->within;
    if (*is_at_edge && most - TICKS_PER_SECOND >= pattern->within)
        return false;
    return pattern->scope != PATTERN_SUBTASK ||
           fact->task == task_ordinal(task_at(recall->state, recall->task));
}

// What is not known of a call is unknown: what it returned, until its outcome is in.
static void unpack(Recall *recall, uint32_t tool, bool is_same, Str packed)
{
    const Bundle *bundle = recall->bundle;
    const BundleTool *of = &bundle->tools[tool];
    recall->pool.count = 0;
    for (uint32_t i = 0; i < of->keep_count; i++) {
        const BundleKeep *keep = &bundle->keeps[of->keep + i];
        Kind kind = (Kind)bundle->types[keep->type].kind;
        if (!is_same || !value_unpack(bundle, keep->type, &packed, &recall->pool,
                                      &recall->kept[i])) {
            recall->kept[i] = value_unknown(kind, CAUSE_UNTOLD);
            is_same = false;
        }
    }
}

static bool next_call(void *past, const BundlePattern *pattern, VmCall *call)
{
    Recall *recall = past;
    Str packed;
    if (!recall->state)
        return false;
    const Facts *facts = facts_for(recall, pattern);
    const void *at = call->cursor;
    Fact fact;
    Ref layout = layout_of(recall, pattern->tool);
    bool is_at_edge;
    while ((at = facts_next(recall->state, facts, at, &fact, &packed)) != NULL) {
        bool is_same = fact.layout == layout;
        if ((!is_same && !is_of_tool(recall, &fact, pattern->tool)) ||
            !looks_at(recall, pattern, &fact, &is_at_edge))
            continue;
        unpack(recall, pattern->tool, is_same, packed);
        int64_t ago = recall->now.tick - fact.second * TICKS_PER_SECOND;
        *call = (VmCall){at, recall->kept, recall->now.wall - ago, is_at_edge};
        return true;
    }
    return false;
}

static bool find_live(const void *past, uint32_t table, const Value *keys,
                      ValuePool *pool, const Value **cells)
{
    const Recall *recall = past;
    return live_find(recall->state, recall->bundle, table, keys, pool, cells);
}

void recall_show(Recall *recall, Vm *vm)
{
    vm->labels = recall->labels;
    vm->past = recall;
    vm->next_call = next_call;
    vm->find_live = find_live;
}

// ---- revocations ----

// What a call can be revoked by: the words of the answer, the kind, the name.
typedef struct Revocable {
    Str what;
    RevokedKind kind;
    Str name;
} Revocable;

static bool is_any_revoked(const Recall *recall, const Revocable *rows, size_t count,
                           Str *what)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_revoked(recall->state, recall->tenant, rows[i].kind, rows[i].name))
            continue;
        *what = rows[i].what;
        return true;
    }
    return false;
}

static Str text_of(const Recall *recall, uint32_t string)
{
    return string == NONE ? STR("") : bundle_string(recall->bundle, string);
}

// The audience and what it serves; nothing where none is called.
static bool is_target_revoked(const Recall *recall, Str *what)
{
    const Bundle *bundle = recall->bundle;
    const Request *request = recall->request;
    if (request->audience == NONE)
        return false;
    const BundleAudience *audience = &bundle->audiences[request->audience];
    Str tool = request->tool == NONE
                   ? STR("")
                   : text_of(recall, bundle->tools[request->tool].full);
    const Revocable ROWS[] = {
        {STR("audience"), REVOKED_AUDIENCE, text_of(recall, audience->uri)},
        {STR("audience.tenant"), REVOKED_TENANT, text_of(recall, audience->tenant)},
        {STR("tool"), REVOKED_TOOL, tool},
    };
    return is_any_revoked(recall, ROWS, sizeof ROWS / sizeof ROWS[0], what);
}

// Who asks, for whom, and what for.
static bool is_caller_revoked(const Recall *recall, Str *what)
{
    const Bundle *bundle = recall->bundle;
    const Request *request = recall->request;
    const Revocable ROWS[] = {
        {STR("agent"), REVOKED_AGENT, agent_id(request)},
        {STR("agent.tenant"), REVOKED_TENANT,
         text_of(recall, bundle->agents[request->agent].tenant)},
        {STR("user"), REVOKED_USER, user_id(request)},
        {STR("presenter"), REVOKED_KEY, request->presenter},
        {STR("user.tenant"), REVOKED_TENANT, recall->tenant},
        {STR("credential.iss"), REVOKED_ISSUER,
         text_of(recall, bundle->issuers[request->issuer].uri)},
        {STR("task"), REVOKED_TASK, request->has_task ? request->task.id : STR("")},
    };
    if (is_any_revoked(recall, ROWS, sizeof ROWS / sizeof ROWS[0], what))
        return true;
    for (uint32_t i = 0; i < request->chain_count; i++) {
        Str actor = text_of(recall, bundle->agents[request->chain[i]].id);
        const Revocable row = {STR("chain"), REVOKED_AGENT, actor};
        if (is_any_revoked(recall, &row, 1, what))
            return true;
    }
    return false;
}

static RARE bool is_named_revoked(const Recall *recall, Str *what)
{
    if (is_caller_revoked(recall, what) || is_target_revoked(recall, what))
        return true;
    if (!task_is_revoked(recall->state, recall->task))
        return false;
    *what = STR("task");
    return true;
}

bool recall_is_revoked(const Recall *recall, Str *what)
{
    const State *state = recall->state;
    const Request *request = recall->request;
    if (!state)
        return false;
    if (state->revocations > 0 && is_named_revoked(recall, what))
        return true;
    if (state->void_before == INT64_MIN ||
        (request->has_iat && request->credential_iat >= state->void_before))
        return false;
    *what = STR("credential.iat");
    return true;
}
