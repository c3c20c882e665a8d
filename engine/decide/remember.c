// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/remember.h"

#include <string.h>

#include "engine/decide/delegation.h"
#include "engine/decide/retry.h"
#include "engine/state/call.h"
#include "engine/state/facts.h"
#include "engine/vm/pack.h"

enum {
    SPENT_MAX = 6 << 10,
    PENDING_MAX = 8 << 10,
    SCOPE_MAX = 8 << 10,
    PACKED_MAX = 16 << 10 // as the detail of the deny says
};

static Str text_of(const Decider *decider, uint32_t string)
{
    return bundle_string(decider->bundle, string);
}

static Value compute(Decider *decider, uint32_t number)
{
    const BundleCompute *of = &decider->bundle->computes[number];
    return *vm_run(decider->vm, of->function, decider->bundle->rows + of->row);
}

// ---- labels ----

enum { OF_TREE, OF_PERSON, LABEL_OWNERS };

// Whose labels: the tree's, and for what sticks those of the user with the agent.
static void touch(Decider *decider, const BundleLabel *label, bool is_certain,
                  uint32_t added[LABEL_OWNERS], Buf *pending, Buf *changes)
{
    const Recall *recall = &decider->recall;
    const State *state = recall->state;
    Str name = text_of(decider, label->name);
    const bool has[] = {recall->task != 0, (label->flags & LABEL_STICKY) != 0};
    for (int i = 0; i < LABEL_OWNERS; i++) {
        if (!has[i])
            continue;
        StateKey owner = i == OF_TREE ? recall->root : recall_person(recall);
        const Labels *labels = i == OF_TREE
                                   ? labels_of_tree(state, recall->task)
                                   : labels_of_person(state, owner, recall->now);
        changes->failed |= !labels_have_room(state, labels, name, &added[i]);
        labels_write_touched(changes, owner, name, is_certain,
                             i == OF_PERSON ? recall->sticky_most : 0);
        if (is_certain)
            continue;
        change_key(pending, owner);
        change_text(pending, name);
    }
}

// What a condition says of a label: 0 not touched, 1 touched, 2 the outcome will say.
// What is unknown for good counts as touched.
static unsigned yields(Decider *decider, const BundleYield *yield)
{
    if (yield->when == NONE)
        return 1;
    Value value = compute(decider, yield->when);
    unsigned truth = value_truth(&value);
    return truth == 2 && !(yield->flags & YIELD_AFTER) ? 1 : truth;
}

static void remember_labels(Decider *decider, Buf *pending, Buf *changes)
{
    const Bundle *bundle = decider->bundle;
    const BundleTool *tool = &bundle->tools[decider->request->tool];
    uint32_t added[LABEL_OWNERS] = {0};
    for (uint32_t i = 0; i < tool->yield_count; i++) {
        const BundleYield *yield = &bundle->yields[tool->yield + i];
        unsigned truth = yields(decider, yield);
        if (truth != 0)
            touch(decider, &bundle->labels[yield->label], truth == 1, added, pending,
                  changes);
    }
}

// ---- facts ----

static void pack_keeps(Decider *decider, const BundleTool *tool, Buf *packed)
{
    const Bundle *bundle = decider->bundle;
    for (uint32_t i = 0; i < tool->keep_count; i++) {
        const BundleKeep *keep = &bundle->keeps[tool->keep + i];
        Value value = compute(decider, keep->compute);
        value_pack_fields(bundle, keep->type, keep->fields, &value, packed);
    }
}

static bool refuse(Decider *decider, Code code, Str detail)
{
    *decider->answer = (Answer){.code = code, .detail = detail};
    return false;
}

// False: one call has too much, or there is no room for more of them.
static bool remember_facts(Decider *decider, Buf *owners, Buf *changes)
{
    const Recall *recall = &decider->recall;
    const BundleTool *tool = &decider->bundle->tools[decider->request->tool];
    if (tool->layout == NONE)
        return true;
    char memory[PACKED_MAX];
    Buf packed = buf_fixed(memory, sizeof memory);
    pack_keeps(decider, tool, &packed);
    if (packed.failed)
        return refuse(decider, CODE_TOO_LARGE,
                      STR("args: more than 16 KiB would have to be kept of the call"));
    const struct {
        StateKey owner;
        int64_t past; // ns; 0: the tree's
        bool is_kept;
    } ROWS[] = {
        {recall->root, 0, tool->flags & TOOL_KEPT_IN_TASK && recall->task != 0},
        {recall->user_past, decider->user_past, tool->user_past > 0},
        {recall->agent_past, decider->agent_past, tool->agent_past > 0},
    };
    NewFact fact = {.is_in_flight = true,
                    .layout = text_of(decider, tool->layout),
                    .packed = buf_view(&packed)};
    memcpy(&fact.call, decider->answer->grant.id, sizeof fact.call);
    if (recall->task != 0)
        fact.task = task_ordinal(task_at(recall->state, recall->task));
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (!ROWS[i].is_kept)
            continue;
        fact.owner = ROWS[i].owner;
        fact.keep = seconds_for(ROWS[i].past);
        if (!facts_have_room(recall->state, fact.owner, fact.keep, packed.len,
                             decider->now))
            return refuse(
                decider, CODE_BUDGET,
                STR("memory: no more calls of this task, user or agent can be kept"));
        facts_write_added(changes, &fact);
        change_key(owners, fact.owner);
    }
    return true;
}

// ---- the grant ----

static void write_names(const Decider *decider, const uint32_t *names, uint32_t count,
                        char end, Buf *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_char(out, end);
        buf_str(out, text_of(decider, names[i]));
    }
}

static void remember_takings(const Decider *decider, const Takings *takings, Buf *spent,
                             Buf *changes)
{
    uint64_t bundle = decider_bundle_mark(decider);
    for (uint32_t i = 0; i < takings->count; i++) {
        budget_write_spent(changes, &takings->at[i].use);
        call_spent_write(spent, bundle, takings->at[i].spend, &takings->at[i].use,
                         decider->now.tick);
    }
}

static void remember_grant(Decider *decider, StateKey key, CallTexts texts,
                           Buf *changes)
{
    const Recall *recall = &decider->recall;
    const Bundle *bundle = decider->bundle;
    const Request *request = decider->request;
    const Grant *of = &decider->answer->grant;
    CallGrant grant = {
        .key = key,
        .has_task = recall->task != 0,
        .agent = text_of(decider, bundle->agents[request->agent].id),
        .audience = text_of(decider, bundle->audiences[of->audience].uri),
        .tool = text_of(decider, bundle->tools[of->tool].full),
        .issuer = text_of(decider, bundle->issuers[request->issuer].uri),
        .uses = of->uses,
        .depth = (uint16_t)of->depth,
        .ttl = (uint32_t)(of->ttl < CALL_TTL_MAX ? of->ttl : CALL_TTL_MAX),
        .arguments = demand_arguments(decider, of->free, of->free_count),
        .texts = texts};
    if (recall->task != 0)
        grant.task = task_at(recall->state, recall->task)->head.key;
    if (request->key.len > 0)
        grant.request = retry_request(decider);
    grant.has_parent = decider->presented != 0;
    if (grant.has_parent)
        grant.parent = call_at(recall->state, decider->presented)->head.key;
    changes->failed |= call_find(recall->state, grant.key, decider->now) != 0;
    call_write_granted(changes, &grant);
    if (grant.has_parent)
        call_write_used(changes, grant.parent);
}

// The body of the request is kept where its outcome decides something.
static Str kept_request(const Decider *decider, const Takings *takings)
{
    const Bundle *bundle = decider->bundle;
    bool is_kept = bundle->tools[decider->request->tool].flags & TOOL_AFTER;
    for (uint32_t i = 0; !is_kept && i < takings->count; i++)
        is_kept = bundle->spends[takings->at[i].spend].settle != NONE;
    return is_kept ? decider->request->body : STR("");
}

// What of the grant is text, behind one another in `names`.
static void write_texts(const Decider *decider, Buf *names, CallTexts *texts)
{
    const Grant *of = &decider->answer->grant;
    write_names(decider, of->free, of->free_count, '\0', names);
    size_t free_end = names->len;
    write_names(decider, of->scope, of->scope_count, ' ', names);
    size_t scope_end = names->len;
    delegation_write_bounds(decider, names);
    Str all = buf_view(names);
    texts->free = str_slice(all, 0, free_end);
    texts->scope = str_slice(all, free_end, scope_end);
    texts->bounds = str_slice(all, scope_end, all.len);
}

bool remember_allow(Decider *decider, const Takings *takings, Buf *changes)
{
    char memory[4][PENDING_MAX], again[RETRY_ANSWER_MAX];
    Buf spent = buf_fixed(memory[0], SPENT_MAX);
    Buf pending = buf_fixed(memory[1], PENDING_MAX);
    Buf owners = buf_fixed(memory[2], PENDING_MAX);
    Buf names = buf_fixed(memory[3], SCOPE_MAX);
    Buf answer = buf_fixed(again, sizeof again);
    const Request *request = decider->request;
    const State *state = decider->recall.state;
    StateKey key = call_key(state, decider->answer->grant.id);
    store_expect_key(&state->store, key);
    size_t before = changes->len;
    remember_takings(decider, takings, &spent, changes);
    remember_labels(decider, &pending, changes);
    if (!remember_facts(decider, &owners, changes))
        return false;
    if (takings->needs_approval)
        approval_write_spent(changes, demand_approval_key(decider));
    Str kept = kept_request(decider, takings);
    decider->answer->is_plain = changes->len == before && kept.len == 0 &&
                                decider->recall.task == 0 && request->key.len == 0;
    if (request->key.len > 0)
        retry_write_answer(decider, &answer);
    CallTexts texts = {
        .tenant = decider->recall.tenant,
        .user = request->has_user ? request->user_id : STR(""),
        .gateway = text_of(decider, decider->bundle->gateways[request->gateway].name),
        .presenter = request->presenter,
        .spent = buf_view(&spent),
        .pending = buf_view(&pending),
        .facts = buf_view(&owners),
        .request = kept,
        .answer = buf_view(&answer)};
    write_texts(decider, &names, &texts);
    remember_grant(decider, key, texts, changes);
    changes->failed |= spent.failed || pending.failed || owners.failed ||
                       names.failed || answer.failed;
    return true;
}

// The groups of the approvals that stand in the way.
static void write_asked(const Decider *decider, Buf *out)
{
    const Answer *answer = decider->answer;
    bool is_first = true;
    for (uint32_t i = 0; i < answer->remedy_count; i++) {
        const Remedy *remedy = &answer->remedies[i];
        if (remedy->code != CODE_APPROVAL)
            continue;
        if (!is_first)
            buf_char(out, '\n');
        is_first = false;
        if (remedy->of != NONE)
            buf_str(out, text_of(decider, decider->bundle->groups[remedy->of].name));
    }
}

void remember_asked(Decider *decider, Buf *changes)
{
    ApprovalTexts texts = demand_approval_texts(decider);
    char memory[SCOPE_MAX];
    Buf asked = buf_fixed(memory, sizeof memory);
    write_asked(decider, &asked);
    texts.asked = buf_view(&asked);
    changes->failed |= asked.failed;
    StateKey key = demand_approval_key(decider);
    approval_write_asked(changes, key, &texts);
    decider->answer->has_approval = true;
    memcpy(decider->answer->approval, &key, sizeof key);
}
