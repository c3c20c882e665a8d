// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/demand.h"

#include <string.h>

#include "engine/decide/decider.h"
#include "engine/state/call.h"
#include "engine/state/revocation.h"
#include "engine/vm/pack.h"

enum { PACKED_KEY = 1024 };
static const Decimal ZERO = {0, 0};

// ---- what is lacking ----

void open_copy(Open *open, const Open *from)
{
    open->count = from->count;
    open->first = from->first;
    open->remedy_count = from->remedy_count;
    memcpy(open->remedies, from->remedies, from->remedy_count * sizeof(Remedy));
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

// ---- who and what the call is about ----

static Str text_of(const Decider *decider, uint32_t string)
{
    return bundle_string(decider->bundle, string);
}

static Str agent_of(const Decider *decider)
{
    return text_of(decider, decider->bundle->agents[decider->request->agent].id);
}

static Str user_of(const Decider *decider)
{
    return decider->request->has_user ? decider->request->user_id : STR("");
}

static Str task_of(const Decider *decider)
{
    return decider->request->has_task ? decider->request->task.id : STR("");
}

// When its task was opened, which tells it from others of the same id.
static int64_t opened_of(const Decider *decider)
{
    const Recall *recall = &decider->recall;
    return recall->task == 0 ? 0 : task_at(recall->state, recall->task)->opened_at;
}

static Str audience_of(const Decider *decider)
{
    return text_of(decider, decider->bundle->audiences[decider->request->audience].uri);
}

static Str tool_of(const Decider *decider)
{
    return text_of(decider, decider->bundle->tools[decider->request->tool].full);
}

// The sum over the arguments, so that their order, which is the bundle's, doesn't
// matter.
StateKey demand_arguments(const Decider *decider, const uint32_t *free,
                          uint32_t free_count)
{
    const Request *request = decider->request;
    StateKey sum = {{0, 0}};
    for (uint32_t i = 0; i < request->argument_count; i++) {
        uint32_t name = decider->bundle->fields[request->arguments[i].field].name;
        bool is_free = false;
        for (uint32_t k = 0; k < free_count; k++)
            is_free |= free[k] == name;
        if (!is_free)
            call_add_argument(decider->recall.state, text_of(decider, name),
                              request->arguments[i].raw, &sum);
    }
    return sum;
}

ApprovalTexts demand_approval_texts(const Decider *decider)
{
    return (ApprovalTexts){
        decider->recall.tenant, agent_of(decider), user_of(decider), task_of(decider),
        audience_of(decider),   tool_of(decider),  STR("")};
}

StateKey demand_approval_key(const Decider *decider)
{
    ApprovalTexts texts = demand_approval_texts(decider);
    ApprovalFor of = {texts.tenant,
                      texts.agent,
                      texts.user,
                      texts.task,
                      texts.audience,
                      texts.tool,
                      opened_of(decider),
                      demand_arguments(decider, NULL, 0),
                      {{0, 0}}};
    memcpy(&of.rules, decider->bundle->hash.bytes, sizeof of.rules);
    return approval_key(decider->recall.state, &of);
}

// ---- budgets ----

static Value compute(Decider *decider, uint32_t number)
{
    const BundleCompute *of = &decider->bundle->computes[number];
    return *vm_run(decider->vm, of->function, decider->bundle->rows + of->row);
}

// Adds a value to a key. False: it is not known, or too long.
static bool add_value(Decider *decider, KeyParts *parts, uint32_t number)
{
    char memory[PACKED_KEY];
    Buf packed = buf_fixed(memory, sizeof memory);
    Value value = compute(decider, number);
    uint32_t function = decider->bundle->computes[number].function;
    if (value.state != VALUE_KNOWN)
        return false;
    value_pack(decider->bundle, decider->bundle->functions[function].type, &value,
               &packed);
    key_text(parts, buf_view(&packed));
    return !packed.failed;
}

static bool add_values(Decider *decider, KeyParts *parts, List computes)
{
    for (uint32_t i = 0; i < computes.count; i++)
        if (!add_value(decider, parts, decider->bundle->lists[computes.first + i]))
            return false;
    return true;
}

// A call outside any task is of the task of its user and agent that is none.
static void add_parties(const Decider *decider, KeyParts *parts, uint32_t per,
                        Str approver)
{
    const Recall *recall = &decider->recall;
    if (per & (PER_TASK | PER_SUBTASK) && recall->task == 0)
        key_key(parts, recall_person(recall));
    else if (per & PER_TASK)
        key_key(parts, recall->root);
    if (per & PER_SUBTASK && recall->task != 0)
        key_key(parts, task_at(recall->state, recall->task)->head.key);
    if (per & PER_USER)
        key_text(parts, user_of(decider));
    if (per & PER_AGENT)
        key_text(parts, agent_of(decider));
    if (per & PER_AUDIENCE)
        key_text(parts, audience_of(decider));
    if (per & PER_APPROVER)
        key_text(parts, approver);
}

// Without a window, a task's budget is remembered as long as the task.
static uint32_t due_of(const Decider *decider, const BundleBudget *budget)
{
    const Recall *recall = &decider->recall;
    if (!(budget->per & (PER_TASK | PER_SUBTASK)) || recall->task == 0)
        return 0;
    const Task *root =
        task_at(recall->state, task_at(recall->state, recall->task)->root);
    return root->head.due;
}

// What the spend would take; `approver` is of a budget for each. False: it can't be
// told.
static bool make_use(Decider *decider, const BundleSpend *spend, Str approver,
                     BudgetUse *use)
{
    const BundleBudget *budget = &decider->bundle->budgets[spend->budget];
    const State *state = decider->recall.state;
    KeyParts parts;
    Value amount = {.as.decimal = decimal_from_i64(1), .kind = KIND_DECIMAL};
    if (spend->amount != NONE)
        amount = compute(decider, spend->amount);
    if (amount.state != VALUE_KNOWN || decimal_compare(amount.as.decimal, ZERO) < 0)
        return false;
    *use = (BudgetUse){.kind =
                           budget->kind == BUDGET_OF_SUM ? BUDGET_SUM : BUDGET_DISTINCT,
                       .window = budget->window,
                       .amount = amount.as.decimal,
                       .due = due_of(decider, budget)};
    if (budget->kind == BUDGET_OF_DISTINCT) {
        key_begin(&parts, state->secret, 0, STR(""));
        if (!add_values(decider, &parts, budget->distinct))
            return false;
        use->value = key_end(&parts);
    }
    budget_key_begin(state, &parts, decider->recall.tenant,
                     text_of(decider, budget->name));
    key_u64(&parts,
            (uint64_t)use->kind << 1 | (budget->window != 0)); // else another one
    add_parties(decider, &parts, budget->per, approver);
    if (!add_values(decider, &parts, budget->keys))
        return false;
    use->key = key_end(&parts);
    return true;
}

static bool is_same_key(StateKey a, StateKey b)
{
    return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

// What would be spent with what this decision takes already.
static bool after_all(const Decider *decider, const Takings *takings, BudgetUse use,
                      Decimal *after)
{
    for (uint32_t i = 0; i < takings->count; i++)
        if (is_same_key(takings->at[i].use.key, use.key) && use.kind == BUDGET_SUM &&
            !decimal_add(use.amount, takings->at[i].use.amount, &use.amount))
            return false;
    return budget_after(decider->recall.state, &use, decider->now, after);
}

static bool is_per_approver(const Bundle *bundle, const BundleSpend *spend)
{
    return bundle->budgets[spend->budget].per & PER_APPROVER;
}

// An approver who counts for two requirements of a rule is charged once.
static bool is_taken(const Takings *takings, uint32_t number, StateKey key)
{
    for (uint32_t i = 0; i < takings->count; i++)
        if (takings->at[i].spend == number && is_same_key(takings->at[i].use.key, key))
            return true;
    return false;
}

// Takes what the spend needs. False: there isn't enough; *within is when there will be,
// ns from now, or INT64_MAX.
static bool take_budget(Decider *decider, uint32_t number, Str approver,
                        Takings *takings, int64_t *within)
{
    const BundleSpend *spend = &decider->bundle->spends[number];
    Value most = compute(decider, decider->bundle->budgets[spend->budget].most);
    BudgetUse use;
    Decimal after;
    *within = INT64_MAX;
    if (most.state != VALUE_KNOWN || !make_use(decider, spend, approver, &use))
        return false;
    if (is_per_approver(decider->bundle, spend) && is_taken(takings, number, use.key))
        return true;
    if (takings->count == MAX_TAKINGS || !after_all(decider, takings, use, &after))
        return false;
    if (decimal_compare(after, most.as.decimal) > 0) {
        int64_t tick =
            budget_retry(decider->recall.state, &use, most.as.decimal, decider->now);
        if (tick != INT64_MAX)
            *within = tick - decider->now.tick;
        return false;
    }
    takings->at[takings->count].spend = number;
    takings->at[takings->count++].use = use;
    return true;
}

static void add_budget(Decider *decider, uint32_t rule, uint32_t number, Open *open,
                       Takings *takings)
{
    int64_t within;
    if (!is_per_approver(decider->bundle, &decider->bundle->spends[number]) &&
        !take_budget(decider, number, STR(""), takings, &within))
        add_open(open, (Remedy){.code = CODE_BUDGET, .within = within, .rule = rule});
}

// Takes what the rule's budgets `per approver` need of one who approved. False: theirs
// are spent.
static bool take_approver(Decider *decider, uint32_t rule, Str approver,
                          Takings *takings)
{
    const BundleExtra *extra = decider_extra(decider, rule);
    uint32_t before = takings->count;
    for (uint32_t i = extra->spend; i < extra->spend + extra->spend_count; i++) {
        int64_t within;
        if (is_per_approver(decider->bundle, &decider->bundle->spends[i]) &&
            !take_budget(decider, i, approver, takings, &within)) {
            takings->count = before;
            return false;
        }
    }
    return true;
}

// ---- requirements ----

static bool is_acr_enough(const Decider *decider, const BundleRequirement *requirement)
{
    const Bundle *bundle = decider->bundle;
    const Value *acr = &decider->request->slots[SLOT_USER_ACR];
    const Value *since = &decider->request->slots[SLOT_USER_AUTH_TIME];
    int64_t now = decider->now.wall;
    uint32_t rank = 0;
    if (acr->state != VALUE_KNOWN || acr->aux == NONE)
        return false;
    while (rank < bundle->acrs_count && bundle->acrs[rank] != acr->aux)
        rank++;
    if (rank == bundle->acrs_count || rank < requirement->of)
        return false;
    if (requirement->within == 0)
        return true;
    return since->state == VALUE_KNOWN && since->as.number <= now &&
           since->as.number >= now - requirement->within;
}

static bool is_member(const Bundle *bundle, uint32_t group, Str user)
{
    uint32_t id = bundle_intern(bundle, user);
    uint32_t member = id == NONE ? NONE : bundle_find_member(bundle, id);
    return member != NONE &&
           bundle_list_has(bundle, bundle->members[member].groups, group);
}

// Someone who may approve this call, and is not revoked. `from user`: the user
// themselves.
static bool may_approve(const Decider *decider, const BundleRequirement *requirement,
                        Str by)
{
    bool is_user = str_eq(by, user_of(decider));
    if (is_revoked(decider->recall.state, decider->recall.tenant, REVOKED_USER, by))
        return false;
    if (requirement->of == NONE)
        return is_user && by.len > 0;
    return !is_user && !str_eq(by, agent_of(decider)) &&
           is_member(decider->bundle, requirement->of, by);
}

// Of those who approved and may, the first whose own budgets are not spent are taken.
// Where there are too few, another person can still approve.
static bool is_approved(Decider *decider, uint32_t rule,
                        const BundleRequirement *requirement, Takings *takings)
{
    const State *state = decider->recall.state;
    Ref ref = approval_find(state, demand_approval_key(decider), decider->now);
    if (ref == 0)
        return false;
    const Approval *approval = approval_at(state, ref);
    uint32_t count = 0, before = takings->count;
    for (uint32_t i = 0; i < approval->count && count < requirement->count; i++) {
        Str by = state_name_text(state, approval->given[i].by);
        count += decider->now.end - approval->given[i].at <= requirement->within &&
                 may_approve(decider, requirement, by) &&
                 take_approver(decider, rule, by, takings);
    }
    if (count < requirement->count)
        takings->count = before;
    return count >= requirement->count;
}

static bool is_consented(const Decider *decider, const BundleRequirement *requirement)
{
    const State *state = decider->recall.state;
    StateKey key = demand_consent_key(decider, requirement);
    int64_t given = consent_time(state, key, decider->now);
    return given != INT64_MIN && (requirement->within == 0 ||
                                  decider->now.end - given <= requirement->within);
}

StateKey demand_consent_key(const Decider *decider,
                            const BundleRequirement *requirement)
{
    const Bundle *bundle = decider->bundle;
    const Request *request = decider->request;
    const BundleAgent *agent = &bundle->agents[request->agent];
    ConsentFor of = {.tenant = decider->recall.tenant,
                     .user = user_of(decider),
                     .agent = agent_of(decider),
                     .client = agent->client == NONE ? STR("")
                                                     : text_of(decider, agent->client),
                     .to = (ConsentTo)requirement->of,
                     .task = requirement->within == 0 ? task_of(decider) : STR(""),
                     .opened = requirement->within == 0 ? opened_of(decider) : 0};
    if (requirement->of == CONSENT_TO_AUDIENCE)
        of.name = audience_of(decider);
    else if (requirement->of == CONSENT_TO_INTENT)
        of.name = decider->task
                      ? text_of(decider, bundle->intents[decider->task->intent].name)
                      : STR("");
    else
        of.name = tool_of(decider);
    if (requirement->of == CONSENT_TO_ARGS)
        of.arguments = demand_arguments(decider, NULL, 0);
    return consent_key(decider->recall.state, &of);
}

static bool is_met(Decider *decider, uint32_t rule,
                   const BundleRequirement *requirement, Takings *takings)
{
    const Value *attested = &decider->request->slots[SLOT_AGENT_ATTESTED];
    switch (requirement->kind) {
    case REQUIRE_ACR:
        return is_acr_enough(decider, requirement);
    case REQUIRE_APPROVAL:
        return is_approved(decider, rule, requirement, takings);
    case REQUIRE_CONSENT:
        return is_consented(decider, requirement);
    default: // attested; the verifier admits no other
        return attested->state == VALUE_KNOWN && attested->as.number;
    }
}

static void add_requirements(Decider *decider, uint32_t rule, Open *open,
                             Takings *takings)
{
    static const Code CODES[] = {[REQUIRE_ACR] = CODE_STEP_UP,
                                 [REQUIRE_ATTESTED] = CODE_ATTESTATION,
                                 [REQUIRE_APPROVAL] = CODE_APPROVAL,
                                 [REQUIRE_CONSENT] = CODE_CONSENT};
    const BundleExtra *extra = decider_extra(decider, rule);
    for (uint32_t i = 0; i < extra->requirement_count; i++) {
        const BundleRequirement *requirement =
            &decider->bundle->requirements[extra->requirement + i];
        takings->needs_approval |= requirement->kind == REQUIRE_APPROVAL;
        if (!is_met(decider, rule, requirement, takings))
            add_open(open, (Remedy){.code = CODES[requirement->kind],
                                    .of = requirement->of,
                                    .count = requirement->count,
                                    .within = requirement->within,
                                    .rule = rule});
    }
}

// ---- the whole ----

static RARE void add_demands(Decider *decider, uint32_t rule, Open *open,
                             Takings *takings)
{
    const BundleExtra *extra = decider_extra(decider, rule);
    add_requirements(decider, rule, open, takings);
    for (uint32_t i = 0; i < extra->spend_count; i++)
        add_budget(decider, rule, extra->spend + i, open, takings);
}

void demand_rule(Decider *decider, uint32_t rule, Open *open, Takings *takings)
{
    const BundleExtra *extra = decider_extra(decider, rule);
    if (extra->requirement_count > 0 || extra->spend_count > 0)
        add_demands(decider, rule, open, takings);
}
