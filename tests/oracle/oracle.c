// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/oracle.h"

#include "engine/base/bug.h"
#include "lang/check/array.h"
#include "tests/oracle/eval.h"
#include "tests/oracle/grant.h"

static Verdict deny(const char *code)
{
    return (Verdict){.code = str_from_c(code)};
}

static const JsonValue *member(const JsonValue *object, const char *name)
{
    return json_member(object, str_from_c(name));
}

// ---- stage 3: the credential ----

static bool is_bound(const Call *call, const Issuer *issuer)
{
    Val key = call->slots[SLOT_CREDENTIAL_CNF];
    if (key.standing != IS_KNOWN)
        return issuer->is_bearer;
    return str_eq(key.text, call_text(call->request, "presenter"));
}

// `act` has the current actor first: the agent itself, then the chain back towards the
// user; earlier actors may be left out.
static bool is_act_right(const Call *call, Val act)
{
    if (act.standing != IS_KNOWN)
        return true;
    if (act.count == 0 || act.count > call->chain_count + 1)
        return false;
    for (uint32_t i = 0; i < act.count; i++) {
        uint32_t agent = i == 0 ? call->agent : call->chain[call->chain_count - i];
        if (!str_eq(act.items[i].text, call->program->agents[agent].id))
            return false;
    }
    return true;
}

static bool is_issued_here(const Call *call, const JsonValue *credential,
                           const Issuer **issuer)
{
    const Gateway *gateway = &call->program->gateways[call->gateway];
    Val aud = call->slots[SLOT_CREDENTIAL_AUD];
    bool is_for_gateway = false;
    *issuer = NULL;
    for (uint32_t i = 0; i < gateway->accept_count; i++) {
        const Issuer *one = &call->program->issuers[gateway->accepts[i]];
        if (str_eq(one->uri, call_text(credential, "iss")))
            *issuer = one;
    }
    for (uint32_t i = 0; i < aud.count; i++)
        is_for_gateway = is_for_gateway || str_eq(aud.items[i].text, gateway->uri);
    return *issuer && is_for_gateway;
}

static bool is_credential_good(const Call *call)
{
    const JsonValue *credential = member(call->request, "credential");
    Str sub = call_text(credential, "sub"), client = call_text(credential, "client_id");
    Val exp = call->slots[SLOT_CREDENTIAL_EXP];
    const Issuer *issuer = NULL;
    if (!credential || !is_issued_here(call, credential, &issuer))
        return false;
    if (exp.standing != IS_KNOWN || exp.number <= call->now)
        return false;
    if (!is_bound(call, issuer) || !is_there(sub))
        return false;
    const Agent *agent = &call->program->agents[call->agent];
    Str own = agent->client.len > 0 ? agent->client : agent->id;
    return str_eq(sub, is_there(call->user) ? call->user : agent->id) &&
           (!is_there(client) || str_eq(client, own)) &&
           is_act_right(call, call->slots[SLOT_CREDENTIAL_ACT]);
}

// ---- stage 4: the envelope ----

static bool is_one_of(const Call *call, const Who *who, uint32_t count)
{
    const Agent *agent = &call->program->agents[call->agent];
    for (uint32_t i = 0; i < count; i++) {
        bool is_it = false;
        if (who[i].kind == WHO_AGENT)
            is_it = who[i].number == call->agent;
        if (who[i].kind == WHO_AGENT_TAG)
            is_it = call_has_text(agent->tags, agent->tag_count, who[i].text);
        if (who[i].kind == WHO_AGENT_GROUP)
            is_it = call_agent_in(call->program, call->agent, who[i].number);
        if (who[i].kind == WHO_USER)
            is_it = is_there(call->user) && str_eq(who[i].text, call->user);
        if (who[i].kind == WHO_USER_GROUP)
            is_it = call_user_in(call, who[i].number);
        if (is_it)
            return true;
    }
    return count == 0;
}

static bool has_tool(const Call *call, const Intent *intent)
{
    for (uint32_t i = 0; i < intent->tool_count; i++)
        if (intent->tools[i].tool == call->tool &&
            (intent->tools[i].audience == NONE ||
             intent->tools[i].audience == call->audience))
            return true;
    return false;
}

static const char *check_envelope(const Call *call)
{
    if (call->intent == NONE)
        return NULL;
    const Program *program = call->program;
    const Intent *intent = &program->intents[call->intent];
    if (call->opened > call->now)
        return "task";
    if (intent->within > 0 && call->now - call->opened >= intent->within)
        return "task";
    if (!is_one_of(call, intent->agents, intent->agent_count) ||
        !is_one_of(call, intent->users, intent->user_count) || !has_tool(call, intent))
        return "intent";
    for (uint32_t i = 0; i < call->above_count; i++)
        if (!has_tool(call, &program->intents[call->above[i]]))
            return "intent";
    for (uint32_t i = 0; i < call->above_count; i++)
        if (program->intents[call->above[i]].depth < i + 1)
            return "delegation";
    return NULL;
}

// ---- which rules apply ----

// The tenant of a token for this audience, or nothing.
static Str token_tenant(const Call *call)
{
    const Audience *audience = &call->program->audiences[call->audience];
    if (!audience->is_shared)
        return audience->tenant;
    for (uint32_t i = 0; i < call->row_count; i++)
        if (is_there(call->row_tenants[i]))
            return call->row_tenants[i];
    if (is_there(call->user_tenant))
        return call->user_tenant;
    return is_there(call->user) ? STR("") : call->program->agents[call->agent].tenant;
}

static bool is_user_atom(const Call *call, const HeadAtom *atom)
{
    return atom->number == ATOM_ABSENT
               ? !is_there(call->user)
               : is_there(call->user) && str_eq(call->user, atom->text);
}

static bool is_atom(const Call *call, const HeadAtom *atom)
{
    const Program *program = call->program;
    const Agent *agent = &program->agents[call->agent];
    const Tool *tool = &program->tools[call->tool];
    const Val *type = &call->slots[SLOT_RESOURCE_TYPE];
    switch (atom->dim) {
    case DIM_GATEWAY:
        return atom->number == call->gateway;
    case DIM_AGENT:
        return atom->number == call->agent;
    case DIM_AGENT_TAG:
        return call_has_text(agent->tags, agent->tag_count, atom->text);
    case DIM_AGENT_GROUP:
        return call_agent_in(program, call->agent, atom->number);
    case DIM_USER:
        return is_user_atom(call, atom);
    case DIM_USER_GROUP:
        return call_user_in(call, atom->number);
    case DIM_INTENT:
        return atom->number == (call->intent == NONE ? ATOM_ABSENT : call->intent);
    case DIM_TOOL:
        return atom->number == call->tool;
    case DIM_TOOL_TAG:
        return call_has_text(tool->tags, tool->tag_count, atom->text);
    case DIM_AUDIENCE:
        return atom->number == call->audience;
    case DIM_FAMILY:
        return atom->number == program->audiences[call->audience].family;
    case DIM_TENANT:
        return str_eq(atom->text, token_tenant(call));
    case DIM_RESOURCE:
        return type->standing == IS_KNOWN && str_eq(atom->text, type->text);
    case DIM_EQUAL:
        break;
    }
    unreachable_bug();
}

static bool is_head(const Call *call, const Head *head)
{
    for (uint32_t i = 0; i < head->count; i++)
        if (is_atom(call, &head->terms[i].atom) &&
            (head->terms[i].audience == NONE ||
             head->terms[i].audience == call->audience))
            return true;
    return false;
}

// Whether the rule applies, before tenants and requirements: true, false or unknown.
static Val rule_applies(const Call *call, const Rule *rule)
{
    if (rule->kind == RULE_PERMIT && call->intent == NONE && !rule->is_intent_none)
        return val_bool(false);
    for (uint32_t i = 0; i < rule->head_count; i++)
        if (!is_head(call, &rule->heads[i]))
            return val_bool(false);
    Val all = val_bool(true);
    for (uint32_t i = 0; i < rule->condition_count; i++) {
        Val one = eval(call, rule->conditions[i].expr);
        CHECK(one.standing != IS_ABSENT);
        if (val_is(one, rule->conditions[i].is_unless))
            return val_bool(false);
        all = val_merge(all, one);
    }
    return all.standing == IS_UNKNOWN ? all : val_bool(true);
}

// ---- tenants ----

// What the tenants of a call must be. `text` not there: nobody has said yet.
typedef struct Tenancy {
    bool is_bad, is_any; // is_any: some party has a tenant
    bool is_lacking;     // some party has none
    Str common;          // of the parties that follow the user
} Tenancy;

static void add_party(Tenancy *tenancy, Str tenant, const Val *named)
{
    bool has = is_there(tenant) && tenant.len > 0;
    tenancy->is_any = tenancy->is_any || has || named;
    tenancy->is_lacking = tenancy->is_lacking || !has;
    if (!has)
        return;
    if (named) {
        if (named->standing != IS_KNOWN || !str_eq(named->text, tenant))
            tenancy->is_bad = true;
        return;
    }
    if (!is_there(tenancy->common))
        tenancy->common = tenant;
    else if (!str_eq(tenancy->common, tenant))
        tenancy->is_bad = true;
}

// `tenant` is what a token of this permit carries.
static bool are_tenants_good(const Call *call, const Rule *permit, Str *tenant)
{
    const Program *program = call->program;
    const Agent *agent = &program->agents[call->agent];
    const Audience *audience = &program->audiences[call->audience];
    Val of_agent, of_user, of_audience;
    const Val *named_agent = NULL, *named_user = NULL, *named_audience = NULL;
    Tenancy tenancy = {0};
    *tenant = token_tenant(call);
    if (permit->across_agent)
        of_agent = eval(call, permit->across_agent), named_agent = &of_agent;
    if (permit->across_user) {
        of_user = eval(call, permit->across_user), named_user = &of_user;
        tenancy.common = of_user.text;
    }
    if (permit->across_audience)
        of_audience = eval(call, permit->across_audience),
        named_audience = &of_audience;
    if (named_audience && audience->is_shared)
        *tenant = of_audience.text;
    if (is_there(call->user))
        add_party(&tenancy, call->user_tenant, named_user);
    if (!agent->is_shared)
        add_party(&tenancy, agent->tenant, named_agent);
    if (!audience->is_shared)
        add_party(&tenancy, audience->tenant, named_audience);
    for (uint32_t i = 0; i < call->chain_count; i++)
        if (!program->agents[call->chain[i]].is_shared)
            add_party(&tenancy, program->agents[call->chain[i]].tenant, NULL);
    for (uint32_t i = 0; i < call->row_count; i++)
        add_party(&tenancy, call->row_tenants[i], named_audience);
    if ((named_agent && of_agent.standing != IS_KNOWN) ||
        (named_user && of_user.standing != IS_KNOWN) ||
        (named_audience && of_audience.standing != IS_KNOWN))
        return false;
    return !tenancy.is_bad && !(tenancy.is_any && tenancy.is_lacking);
}

// ---- requirements ----

static uint32_t acr_rank(const Program *program, Str acr)
{
    for (uint32_t i = 0; i < program->acr_count; i++)
        if (str_eq(program->acrs[i], acr))
            return i;
    return NONE;
}

static bool is_met(const Call *call, const Requirement *requirement)
{
    Val attested = call->slots[SLOT_AGENT_ATTESTED], acr = call->slots[SLOT_USER_ACR];
    Val time = call->slots[SLOT_USER_AUTH_TIME];
    if (requirement->kind == REQUIRE_ATTESTED)
        return val_is(attested, true);
    if (acr.standing != IS_KNOWN)
        return false;
    uint32_t rank = acr_rank(call->program, acr.text);
    if (rank == NONE || rank < requirement->of)
        return false;
    return requirement->within == 0 ||
           (time.standing == IS_KNOWN && time.number <= call->now &&
            call->now - time.number <= requirement->within);
}

// What someone can still do for a candidate.
typedef struct Open {
    uint32_t count;
    bool is_step_up; // among them, and the first of the codes
    Names rules, remedies;
} Open;

static void add_open(const Call *call, const Rule *rule, Open *open)
{
    for (uint32_t i = 0; i < rule->requirement_count; i++) {
        const Requirement *one = &rule->requirements[i];
        if (is_met(call, one))
            continue;
        open->count++;
        names_add(call->arena, &open->rules, rule->name);
        if (one->kind == REQUIRE_ATTESTED) {
            names_add(call->arena, &open->remedies, STR("attestation  0"));
            continue;
        }
        open->is_step_up = true;
        names_add(call->arena, &open->remedies,
                  arena_format(call->arena, "step_up %.*s %lld",
                               STR_ARG(call->program->acrs[one->of]),
                               (long long)(one->within / 1000000000)));
    }
}

// ---- stages 5 to 7 ----

typedef struct Weighed {
    const Rule **limits; // that apply, or may
    uint32_t limit_count;
    Candidate *candidates; // of permits that cover the call
    uint32_t candidate_count;
    bool is_tenant_short; // some permit fails by tenants alone
    Names missing;        // facts for which alone some permit doesn't cover
    Names observed;       // rules that are only observed, but would have applied
} Weighed;

static Verdict judge_forbids(const Call *call, Names *observed)
{
    Verdict sure = deny("forbidden"), unsure = deny("missing");
    for (uint32_t i = 0; i < call->program->rule_count; i++) {
        const Rule *rule = &call->program->rules[i];
        if (rule->kind != RULE_FORBID)
            continue;
        Val applies = rule_applies(call, rule);
        if (val_is(applies, false))
            continue;
        if (rule->is_observe) {
            names_add(call->arena, observed, rule->name);
            continue;
        }
        names_add(call->arena, val_is(applies, true) ? &sure.rules : &unsure.rules,
                  rule->name);
        if (applies.standing != IS_UNKNOWN)
            continue;
        if (applies.reason == BY_OTHER)
            unsure.code = STR("undetermined");
        else
            names_add(call->arena, &unsure.missing,
                      call->program->slots[applies.slot].name);
    }
    if (!str_eq(unsure.code, STR("missing")))
        unsure.missing.count = 0;
    return sure.rules.count > 0 ? sure : unsure;
}

static void weigh_permit(const Call *call, const Rule *rule, Weighed *weighed)
{
    Val applies = rule_applies(call, rule);
    Str tenant;
    bool is_tenant_good = are_tenants_good(call, rule, &tenant);
    bool covers = val_is(applies, true) && is_tenant_good;
    if (rule->is_observe) {
        if (covers)
            names_add(call->arena, &weighed->observed, rule->name);
        return;
    }
    if (val_is(applies, true) && !is_tenant_good)
        weighed->is_tenant_short = true;
    if (applies.standing == IS_UNKNOWN && applies.reason == BY_MISSING &&
        is_tenant_good)
        names_add(call->arena, &weighed->missing,
                  call->program->slots[applies.slot].name);
    if (covers)
        *ARRAY_PUSH(call->arena, weighed->candidates, weighed->candidate_count) =
            grant_of_permit(call, rule, tenant);
}

static void weigh_limits(const Call *call, Weighed *weighed)
{
    for (uint32_t i = 0; i < call->program->rule_count; i++) {
        const Rule *rule = &call->program->rules[i];
        if (rule->kind != RULE_LIMIT || val_is(rule_applies(call, rule), false))
            continue;
        if (rule->is_observe)
            names_add(call->arena, &weighed->observed, rule->name);
        else
            *ARRAY_PUSH(call->arena, weighed->limits, weighed->limit_count) = rule;
    }
    for (uint32_t i = 0; i < weighed->candidate_count; i++) {
        for (uint32_t k = 0; k < weighed->limit_count; k++)
            grant_meet(call, &weighed->candidates[i], &weighed->limits[k]->token);
        grant_cut(call, &weighed->candidates[i]);
    }
}

static Verdict judge_uncovered(const Weighed *weighed)
{
    if (weighed->is_tenant_short)
        return deny("tenant");
    Verdict out = deny(weighed->missing.count > 0 ? "missing" : "no_permit");
    out.missing = weighed->missing;
    return out;
}

static void name_limits(const Call *call, const Weighed *weighed, Verdict *out)
{
    for (uint32_t i = 0; i < weighed->limit_count; i++)
        names_add(call->arena, &out->rules, weighed->limits[i]->name);
}

static Verdict allow(const Call *call, const Weighed *weighed, const Candidate *least)
{
    Verdict out = {.allow = true};
    names_add(call->arena, &out.rules, least->permit->name);
    name_limits(call, weighed, &out);
    grant_say(call, least, &out);
    return out;
}

static Verdict deny_open(const Open *open)
{
    Verdict out = deny(open->is_step_up ? "step_up" : "attestation");
    out.rules = open->rules;
    out.remedies = open->remedies;
    return out;
}

// Of what is open in two candidates, the fewer remedies; then the first code, then the
// first rule by name.
static bool is_nearer(const Open *a, const Rule *of_a, const Open *b, const Rule *of_b)
{
    if (!of_b || a->count != b->count)
        return !of_b || a->count < b->count;
    if (a->is_step_up != b->is_step_up)
        return a->is_step_up;
    return str_compare(of_a->name, of_b->name) < 0;
}

static Verdict judge_candidates(const Call *call, const Weighed *weighed)
{
    const Candidate *least = NULL;
    const Rule *nearest_rule = NULL;
    Open nearest = {0};
    for (uint32_t i = 0; i < weighed->candidate_count; i++) {
        const Candidate *one = &weighed->candidates[i];
        Open open = {0};
        if (one->is_empty)
            continue;
        add_open(call, one->permit, &open);
        for (uint32_t k = 0; k < weighed->limit_count; k++)
            add_open(call, weighed->limits[k], &open);
        if (open.count == 0)
            least = least ? grant_least(least, one) : one;
        else if (is_nearer(&open, one->permit, &nearest, nearest_rule)) {
            nearest = open;
            nearest_rule = one->permit;
        }
    }
    if (least)
        return allow(call, weighed, least);
    if (nearest_rule)
        return deny_open(&nearest);
    Verdict out = deny("limited");
    name_limits(call, weighed, &out);
    return out;
}

static Verdict judge_rules(const Call *call)
{
    Weighed weighed = {0};
    Verdict out = judge_forbids(call, &weighed.observed);
    if (out.rules.count == 0) {
        for (uint32_t i = 0; i < call->program->rule_count; i++)
            if (call->program->rules[i].kind == RULE_PERMIT)
                weigh_permit(call, &call->program->rules[i], &weighed);
        if (weighed.candidate_count == 0) {
            out = judge_uncovered(&weighed);
        } else {
            weigh_limits(call, &weighed);
            out = judge_candidates(call, &weighed);
        }
    }
    out.observed = weighed.observed;
    return out;
}

static Verdict judge(const Call *call)
{
    if (call->code)
        return deny(call->code);
    if (!is_credential_good(call))
        return deny("credential");
    const char *code = check_envelope(call);
    return code ? deny(code) : judge_rules(call);
}

Verdict oracle_decide(Arena *arena, const Program *program, const JsonValue *request,
                      int64_t now)
{
    Call call;
    call_read(&call, arena, program, request, now);
    return judge(&call);
}
