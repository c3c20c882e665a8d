// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/outcome.h"

#include <string.h>

#include "engine/decide/decider.h"
#include "engine/decide/delegation.h"
#include "engine/state/call.h"
#include "engine/state/facts.h"
#include "engine/state/usage.h"
#include "engine/vm/pack.h"

enum { PACKED_MAX = 16 << 10 };
static const Decimal ZERO = {0, 0};

typedef struct Outcome {
    Decider *decider;
    Request *request;
    Moment now;
    const State *state;
    const OutcomeReport *report;
    Answer *answer;
    Buf *changes;
    const Call *call;
    CallTexts texts;
    bool is_told; // the request was kept, fits this bundle, and rules can be asked
} Outcome;

static Str text_of(const Outcome *outcome, uint32_t string)
{
    return bundle_string(outcome->decider->bundle, string);
}

static Value compute(const Outcome *outcome, uint32_t number)
{
    const Bundle *bundle = outcome->decider->bundle;
    const BundleCompute *of = &bundle->computes[number];
    return *vm_run(outcome->decider->vm, of->function, bundle->rows + of->row);
}

static void withhold(Outcome *outcome, Code code, Str detail)
{
    outcome->answer->allow = false;
    outcome->answer->code = code;
    outcome->answer->detail = detail;
}

// ---- the call, told again ----

// Sets the stage as it was for the decision, with what was returned; its task may be
// over by now. A call that this bundle no longer understands can't be told: then all
// that the outcome could have said is unknown.
static void tell(Outcome *outcome)
{
    Decider *decider = outcome->decider;
    uint32_t gateway = bundle_find_gateway(decider->bundle, outcome->texts.gateway);
    if (outcome->texts.request.len == 0 || gateway == NONE)
        return;
    request_decode(outcome->request, outcome->texts.request, gateway);
    if (outcome->request->refusal.is_set)
        return;
    decider->recall.joins_over = true;
    decider_begin(decider, outcome->request, outcome->now, outcome->state,
                  outcome->answer, NULL);
    decider->recall.joins_over = false;
    if (decider->outside.is_set)
        return;
    if (outcome->call->parent != 0)
        delegation_show(decider, call_at(outcome->state, outcome->call->parent));
    decider_begin_rules(decider);
    outcome->is_told = true;
}

static bool fits(Outcome *outcome)
{
    const OutcomeReport *report = outcome->report;
    const BundleTool *tool = &outcome->decider->bundle->tools[outcome->request->tool];
    return !report->has_result || tool->result == NONE ||
           request_take_result(outcome->request, report->result);
}

// ---- rules on results ----

// Whether some rule forbids, or may forbid, to deliver it.
static bool is_forbidden(Outcome *outcome)
{
    Decider *decider = outcome->decider;
    const Bundle *bundle = decider->bundle;
    Answer *answer = outcome->answer;
    decider_find(decider, bundle->tools[outcome->request->tool].results);
    for (uint32_t i = 0; i < decider->found.count; i++) {
        uint32_t rule = decider->found.rules[i];
        const BundleShape *shape = decider_shape(decider, rule);
        unsigned truth = 1;
        for (uint32_t k = 0; k < shape->condition_count && truth != 0; k++) {
            uint16_t cause;
            unsigned one =
                decider_condition(decider, &bundle->rules[rule],
                                  &bundle->conditions[shape->condition + k], &cause);
            truth = one == 1 ? truth : one;
        }
        if (truth == 0 || shape->flags & RULE_OBSERVE)
            continue;
        answer->rule_total++;
        if (answer->rule_count < MAX_NAMED_RULES)
            answer->rules[answer->rule_count++] = rule;
    }
    return answer->rule_total > 0;
}

// A tool whose results no rule looks at delivers whatever fits. One that rules look at
// by now can't be judged: its request was not kept.
static bool may_deliver_any(Outcome *outcome)
{
    const Bundle *bundle = outcome->decider->bundle;
    uint32_t tool = bundle_find_full_tool(
        bundle, state_name_text(outcome->state, outcome->call->audience),
        state_name_text(outcome->state, outcome->call->tool));
    if (!outcome->report->has_result)
        return true;
    if (tool == NONE || bundle->tools[tool].results.count > 0) {
        withhold(outcome, CODE_UNDETERMINED,
                 STR("result: its call was decided by another policy"));
        return false;
    }
    if (bundle->tools[tool].result == NONE ||
        request_take_result_of(outcome->request, tool, outcome->report->result))
        return true;
    withhold(outcome, CODE_ARGUMENT, refusal_detail(&outcome->request->refusal));
    return false;
}

static bool may_deliver(Outcome *outcome)
{
    bool is_guarded = outcome->texts.request.len > 0;
    if (!is_guarded)
        return may_deliver_any(outcome);
    if (!outcome->is_told) {
        withhold(outcome, CODE_UNDETERMINED,
                 STR("result: the policy no longer knows the call"));
        return false;
    }
    if (!fits(outcome)) {
        withhold(outcome, CODE_ARGUMENT, refusal_detail(&outcome->request->refusal));
        return false;
    }
    if (!is_forbidden(outcome))
        return true;
    withhold(outcome, CODE_FORBIDDEN, STR(""));
    return false;
}

// ---- what is known of it now ----

// What has no room in the place of what was kept leaves it as it is.
static void settle_facts(const Outcome *outcome, FactOutcome how, Str packed)
{
    Reader owners = reader_over(outcome->texts.facts);
    StateKey owner;
    uint32_t call;
    memcpy(&call, outcome->report->grant, sizeof call);
    while (change_read_key(&owners, &owner) == STATUS_OK) {
        bool has_room =
            facts_can_replace(outcome->state, owner, call, packed.len, outcome->now);
        FactOutcome one = how == FACT_REPLACED && !has_room ? FACT_STANDS : how;
        facts_write_settled(outcome->changes, owner, call, one,
                            one == FACT_REPLACED ? packed : STR(""));
    }
}

static void replace_facts(const Outcome *outcome)
{
    const Bundle *bundle = outcome->decider->bundle;
    const BundleTool *tool = &bundle->tools[outcome->request->tool];
    char memory[PACKED_MAX];
    Buf packed = buf_fixed(memory, sizeof memory);
    for (uint32_t i = 0; i < tool->keep_count; i++) {
        const BundleKeep *keep = &bundle->keeps[tool->keep + i];
        Value value = compute(outcome, keep->compute);
        value_pack_fields(bundle, keep->type, keep->fields, &value, &packed);
    }
    bool has_room =
        usage_full(outcome->state, usage_key(outcome->state, outcome->texts.tenant))
            .len == 0;
    if (packed.failed || !has_room) // what it returned stays unknown
        settle_facts(outcome, FACT_STANDS, STR(""));
    else
        settle_facts(outcome, FACT_REPLACED, buf_view(&packed));
}

// Whether the call has touched a label after all. What still can't be told counts as
// touched.
static bool has_touched(const Outcome *outcome, Str label)
{
    const Bundle *bundle = outcome->decider->bundle;
    if (!outcome->is_told)
        return true;
    const BundleTool *tool = &bundle->tools[outcome->request->tool];
    for (uint32_t i = tool->yield; i < tool->yield + tool->yield_count; i++) {
        const BundleYield *yield = &bundle->yields[i];
        if (!str_eq(text_of(outcome, bundle->labels[yield->label].name), label))
            continue;
        if (yield->when == NONE)
            return true;
        Value value = compute(outcome, yield->when);
        if (value_truth(&value) != 0)
            return true;
    }
    return false;
}

static void settle_labels(const Outcome *outcome, bool is_delivered)
{
    Reader pending = reader_over(outcome->texts.pending);
    StateKey owner;
    Str name;
    while (change_read_key(&pending, &owner) == STATUS_OK &&
           change_read_text(&pending, &name) == STATUS_OK)
        labels_write_settled(outcome->changes, owner, name,
                             is_delivered && has_touched(outcome, name));
}

// ---- budgets ----

static void give_back(const Outcome *outcome)
{
    Str spent = outcome->texts.spent;
    CallSpent one;
    while (call_spent_next(&spent, &one))
        buf_str(outcome->changes, one.returned);
}

// Puts what the call really cost in the place of what was taken. What can't be told
// stays taken.
static void settle_budgets(const Outcome *outcome)
{
    Str spent = outcome->texts.spent;
    CallSpent one;
    while (outcome->is_told && call_spent_next(&spent, &one)) {
        if (one.bundle != decider_bundle_mark(outcome->decider))
            return;
        uint32_t settle = outcome->decider->bundle->spends[one.spend].settle;
        if (settle == NONE)
            continue;
        Value cost = compute(outcome, settle);
        BudgetUse use;
        if (cost.state != VALUE_KNOWN || decimal_compare(cost.as.decimal, ZERO) < 0 ||
            !budget_read_returned(one.returned, &use))
            continue;
        buf_str(outcome->changes, one.returned);
        use.amount = cost.as.decimal;
        budget_write_spent(outcome->changes, &use);
    }
}

// ---- labels that the broker reports ----

static const BundleLabel *find_label(const Outcome *outcome, Str name)
{
    const Bundle *bundle = outcome->decider->bundle;
    for (uint32_t i = 0; i < bundle->labels_count; i++)
        if (str_eq(text_of(outcome, bundle->labels[i].name), name))
            return &bundle->labels[i];
    return NULL;
}

static void add_label(const Outcome *outcome, const BundleLabel *label,
                      uint32_t *to_tree, uint32_t *to_person)
{
    const State *state = outcome->state;
    Str name = text_of(outcome, label->name);
    Ref task = outcome->call->task;
    if (task != 0) {
        outcome->changes->failed |=
            !labels_have_room(state, labels_of_tree(state, task), name, to_tree);
        StateKey root = task_at(state, task_at(state, task)->root)->head.key;
        labels_write_touched(outcome->changes, root, name, true, 0);
    }
    if (label->flags & LABEL_STICKY) {
        StateKey person = person_key(state, outcome->texts.tenant, outcome->texts.user,
                                     state_name_text(state, outcome->call->agent));
        outcome->changes->failed |= !labels_have_room(
            state, labels_of_person(state, person, outcome->now), name, to_person);
        labels_write_touched(outcome->changes, person, name, true,
                             outcome->decider->recall.sticky_most);
    }
}

static bool add_labels(Outcome *outcome)
{
    const OutcomeReport *report = outcome->report;
    uint32_t to_tree = 0, to_person = 0;
    for (uint32_t i = 0; i < report->label_count; i++) {
        const BundleLabel *label = find_label(outcome, report->labels[i]);
        if (!label) {
            withhold(outcome, CODE_ARGUMENT,
                     STR("labels: not one that the policy declares"));
            return false;
        }
        add_label(outcome, label, &to_tree, &to_person);
    }
    return true;
}

// ---- the whole ----

// What tells the report from another one of the same call.
static StateKey report_key(const Outcome *outcome)
{
    const OutcomeReport *report = outcome->report;
    KeyParts parts;
    key_begin(&parts, outcome->state->secret, KEPT_CALL, outcome->texts.tenant);
    key_u64(&parts, (uint64_t)report->is_ok << 1 | report->has_result);
    key_text(&parts, report->result);
    for (uint32_t i = 0; i < report->label_count; i++)
        key_text(&parts, report->labels[i]);
    return key_end(&parts);
}

static void settle(Outcome *outcome)
{
    bool is_ok = outcome->report->is_ok;
    bool is_delivered = is_ok && may_deliver(outcome);
    bool is_known = outcome->is_told && !outcome->request->refusal.is_set;
    if (!is_ok)
        settle_facts(outcome, FACT_FAILED, STR(""));
    else if (is_delivered && is_known)
        replace_facts(outcome);
    else
        settle_facts(outcome, FACT_STANDS, STR(""));
    settle_labels(outcome, is_delivered);
    if (!is_ok)
        give_back(outcome);
    else if (is_known)
        settle_budgets(outcome);
    CallStatus status = is_delivered ? CALL_SUCCEEDED
                        : is_ok      ? CALL_WITHHELD
                                     : CALL_FAILED;
    call_write_settled(outcome->changes, outcome->call->head.key, status,
                       report_key(outcome));
}

// The call at a gateway that whoever reports speaks for.
static bool find_call(Outcome *outcome)
{
    const OutcomeReport *report = outcome->report;
    const Bundle *bundle = outcome->decider->bundle;
    Ref ref = call_find(outcome->state, call_key(outcome->state, report->grant),
                        outcome->now);
    bool is_theirs = ref != 0 && report->gateway_count == 0;
    if (ref != 0) {
        outcome->call = call_at(outcome->state, ref);
        outcome->texts = call_texts(outcome->state, outcome->call);
    }
    uint32_t gateway =
        ref == 0 ? NONE : bundle_find_gateway(bundle, outcome->texts.gateway);
    for (size_t i = 0; i < report->gateway_count && gateway != NONE; i++)
        is_theirs |= report->gateways[i] == gateway;
    if (!is_theirs)
        withhold(outcome, CODE_UNKNOWN,
                 STR("grant: is not known, or its time is over"));
    return is_theirs;
}

// The answer to what was reported before.
static void answer_again(Outcome *outcome)
{
    StateKey key = report_key(outcome);
    if (!str_eq(outcome->texts.request, (Str){(const char *)&key, sizeof key}))
        withhold(outcome, CODE_MALFORMED, STR("grant: another outcome was reported"));
    else if (outcome->call->status == CALL_WITHHELD)
        withhold(outcome, CODE_FORBIDDEN, STR("result: was withheld before"));
}

void report_outcome(Decider *decider, Request *request, Moment now, const State *state,
                    const OutcomeReport *report, Answer *answer, Buf *changes)
{
    Outcome outcome = {.decider = decider,
                       .request = request,
                       .now = now,
                       .state = state,
                       .report = report,
                       .answer = answer,
                       .changes = changes};
    *answer = (Answer){.allow = true};
    buf_clear(changes);
    if (!find_call(&outcome))
        return;
    if (outcome.call->status != CALL_IN_FLIGHT) {
        answer_again(&outcome);
        return;
    }
    tell(&outcome);
    *answer = (Answer){.allow = true};
    usage_write_charged(changes, usage_key(state, outcome.texts.tenant));
    if (add_labels(&outcome))
        settle(&outcome);
    else
        buf_clear(changes);
    if (changes->failed)
        withhold(&outcome, CODE_UNAVAILABLE,
                 STR("memory: more than an outcome may change"));
}
