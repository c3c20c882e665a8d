// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/law.h"

#include "engine/base/checked.h"

// How far ahead of ours an issuer's clock may be.
static const int64_t CLOCK_LEEWAY = 30000000000;

static bool refuse(Code *code, Str *detail, Code why, Str text)
{
    *code = why;
    *detail = text;
    return false;
}

// ---- stage 3: the credential ----

// `sub` is the user, or for autonomous work the agent.
static bool is_subject(const Request *request, Str sub)
{
    Str agent =
        bundle_string(request->bundle, request->bundle->agents[request->agent].id);
    return str_eq(sub, request->has_user ? request->user_id : agent);
}

// `client_id` is the client that the policy names for the agent, else the agent's own
// id.
static bool is_client(const Request *request, Str client)
{
    const BundleAgent *agent = &request->bundle->agents[request->agent];
    uint32_t expected = agent->client != NONE ? agent->client : agent->id;
    return str_eq(client, bundle_string(request->bundle, expected));
}

// `act` (RFC 8693 §4.1): the current actor, then those before it.
static bool are_actors(const Request *request)
{
    const Bundle *bundle = request->bundle;
    if (request->act_count == 0 || request->act_count > request->chain_count + 1)
        return false;
    for (uint32_t i = 0; i < request->act_count; i++) {
        uint32_t actor =
            i == 0 ? request->agent : request->chain[request->chain_count - i];
        if (!str_eq(request->act[i], bundle_string(bundle, bundle->agents[actor].id)))
            return false;
    }
    return true;
}

static bool is_bound(const Request *request)
{
    const BundleIssuer *issuer = &request->bundle->issuers[request->issuer];
    if (request->credential_sender == SENDER_NONE)
        return (issuer->flags & ISSUER_BEARER) != 0;
    return request->presenter.len > 0 &&
           str_eq(request->presenter, request->credential_cnf);
}

bool law_credential(const Request *request, int64_t now, Code *code, Str *detail)
{
    const BundleGateway *gateway = &request->bundle->gateways[request->gateway];
    const Code why = CODE_CREDENTIAL;
    if (!request->has_credential)
        return refuse(code, detail, why,
                      STR("credential: no facts about it were given"));
    if (request->issuer == NONE)
        return refuse(code, detail, why, STR("credential.iss: not a known issuer"));
    if (!bundle_list_has(request->bundle, gateway->accepts, request->issuer))
        return refuse(code, detail, why,
                      STR("credential.iss: the gateway does not accept this issuer"));
    if (!request->is_for_gateway)
        return refuse(code, detail, why,
                      STR("credential.aud: not meant for this gateway"));
    if (!request->has_exp || request->credential_exp <= now)
        return refuse(code, detail, why, STR("credential.exp: expired, or not given"));
    if (request->has_iat && request->credential_iat > now &&
        request->credential_iat - now > CLOCK_LEEWAY)
        return refuse(code, detail, why, STR("credential.iat: issued in the future"));
    if (!is_bound(request))
        return refuse(code, detail, why,
                      STR("credential.cnf: not bound to the presenter's key"));
    if (!is_subject(request, request->credential_sub))
        return refuse(code, detail, why, STR("credential.sub: another subject's"));
    if (request->credential_client.len > 0 &&
        !is_client(request, request->credential_client))
        return refuse(code, detail, why, STR("credential.client_id: another client's"));
    if (request->has_act && !are_actors(request))
        return refuse(code, detail, why,
                      STR("credential.act: other actors than agent and chain"));
    return true;
}

// ---- stage 4: the envelope ----

static bool is_tool_in(const Bundle *bundle, uint32_t intent, uint32_t tool,
                       uint32_t audience)
{
    const BundleIntent *of = &bundle->intents[intent];
    const BundleEnvelope *envelopes = bundle->envelopes + of->envelope;
    uint32_t low = 0, high = of->envelope_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (envelopes[middle].tool < tool)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < of->envelope_count && envelopes[low].tool == tool; low++)
        if (envelopes[low].audience == NONE || envelopes[low].audience == audience)
            return true;
    return false;
}

static bool is_group_of(const Request *request, uint32_t group)
{
    for (uint32_t i = 0; i < request->group_count; i++)
        if (request->groups[i] == group)
            return true;
    return false;
}

static bool is_who(const Request *request, uint32_t kind, uint32_t number)
{
    const BundleAgent *agent = &request->bundle->agents[request->agent];
    switch (kind) {
    case WHO_AGENT:
        return request->agent == number;
    case WHO_AGENT_TAG:
        return bundle_list_has(request->bundle, agent->tags, number);
    case WHO_AGENT_GROUP:
        return bundle_list_has(request->bundle, agent->groups, number);
    case WHO_USER:
        return request->has_user && request->user == number;
    case WHO_USER_GROUP:
        return request->has_user && is_group_of(request, number);
    default: // WHO_NO_USER; the verifier admits no other
        return !request->has_user;
    }
}

static bool is_any_of(const Request *request, List pairs)
{
    const uint32_t *words = request->bundle->lists + pairs.first;
    for (uint32_t i = 0; i < pairs.count; i += 2)
        if (is_who(request, words[i], words[i + 1]))
            return true;
    return pairs.count == 0;
}

static bool is_expired(const Bundle *bundle, const TaskRecord *task, int64_t now)
{
    int64_t end;
    int64_t within = bundle->intents[task->intent].within;
    if (task->is_remembered)
        return task->left <= 0;
    if (task->opened > now)
        return true;
    return within != 0 && checked_add_i64(task->opened, within, &end) && end <= now;
}

bool law_task(const Request *request, const TaskRecord *task, int64_t now, Code *code,
              Str *detail)
{
    const BundleIntent *intent = &request->bundle->intents[task->intent];
    if (is_expired(request->bundle, task, now))
        return refuse(code, detail, CODE_TASK, STR("task: its time is over"));
    if (!is_any_of(request, intent->agents))
        return refuse(code, detail, CODE_INTENT,
                      STR("agent: may not pursue this intent"));
    if (!is_any_of(request, intent->users))
        return refuse(code, detail, CODE_INTENT,
                      STR("user: may not pursue this intent"));
    return true;
}

bool law_envelope(const Request *request, const TaskRecord *task, Code *code,
                  Str *detail)
{
    const Bundle *bundle = request->bundle;
    if (!is_tool_in(bundle, task->intent, request->tool, request->audience))
        return refuse(code, detail, CODE_INTENT, STR("tool: not one of the intent's"));
    for (uint32_t i = 0; i < task->above_count; i++)
        if (!is_tool_in(bundle, task->above[i], request->tool, request->audience))
            return refuse(code, detail, CODE_INTENT,
                          STR("tool: not one of the intent's above the task"));
    for (uint32_t i = 0; i < task->above_count; i++)
        if (bundle->intents[task->above[i]].depth <= i)
            return refuse(code, detail, CODE_DELEGATION,
                          STR("task.above: deeper than an intent's `depth` allows"));
    return true;
}

// ---- tenants ----

uint32_t law_tenant(const Request *request)
{
    const BundleAudience *audience = &request->bundle->audiences[request->audience];
    if (!(audience->flags & AUDIENCE_SHARED))
        return audience->tenant;
    for (uint32_t i = 0; i < request->row_tenant_count; i++)
        if (request->row_tenants[i] != NONE)
            return request->row_tenants[i];
    return request->has_user ? request->user_tenant : request->agent_tenant;
}

// Who has been looked at, and what the permit expects of them. NONE: nothing named.
typedef struct Tenants {
    uint32_t agent, user, audience; // that `across` names
    uint32_t common; // of the parties that it doesn't; NONE: nobody's yet
    bool is_any;     // some party has a tenant
    bool is_lacking; // some party has none
    bool is_bad;     // some party has another than it should
} Tenants;

// Evaluates one party of `across`. False if it can't be told.
static bool named_tenant(Vm *vm, uint32_t function, uint32_t row, uint32_t *tenant)
{
    *tenant = NONE;
    if (function == NONE)
        return true;
    const Value *value = vm_run(vm, function, vm->bundle->rows + row);
    if (value->state != VALUE_KNOWN || value->aux == NONE)
        return false; // a tenant that stands nowhere in the policy is nobody's
    *tenant = value->aux;
    return true;
}

static void add_party(Tenants *tenants, uint32_t tenant, uint32_t named)
{
    tenants->is_any |= tenant != NONE || named != NONE;
    tenants->is_lacking |= tenant == NONE;
    tenants->is_bad |= tenant == TENANT_OTHER;
    if (tenant == NONE)
        return;
    if (named == NONE && tenants->common == NONE)
        tenants->common = tenant;
    tenants->is_bad |= tenant != (named == NONE ? tenants->common : named);
}

// A party that is not named follows the user; keyed rows follow the audience.
static void add_parties(Tenants *tenants, const Request *request)
{
    const Bundle *bundle = request->bundle;
    const BundleAgent *agent = &bundle->agents[request->agent];
    const BundleAudience *audience = &bundle->audiences[request->audience];
    tenants->common = tenants->user;
    if (request->has_user)
        add_party(tenants, request->user_tenant, tenants->user);
    if (!(agent->flags & AGENT_SHARED))
        add_party(tenants, request->agent_tenant, tenants->agent);
    for (uint32_t i = 0; i < request->chain_count; i++) {
        const BundleAgent *actor = &bundle->agents[request->chain[i]];
        if (!(actor->flags & AGENT_SHARED))
            add_party(tenants, actor->tenant, NONE);
    }
    if (!(audience->flags & AUDIENCE_SHARED))
        add_party(tenants, audience->tenant, tenants->audience);
    for (uint32_t i = 0; i < request->row_tenant_count; i++)
        add_party(tenants, request->row_tenants[i], tenants->audience);
}

bool law_tenants_fit(Vm *vm, const Request *request, const BundleExtra *extra,
                     uint32_t *token_tenant)
{
    const BundleAudience *audience = &request->bundle->audiences[request->audience];
    Tenants tenants = {0};
    *token_tenant = law_tenant(request);
    if (!named_tenant(vm, extra->across_user, extra->across_user_row, &tenants.user) ||
        !named_tenant(vm, extra->across_agent, extra->across_agent_row,
                      &tenants.agent) ||
        !named_tenant(vm, extra->across_audience, extra->across_audience_row,
                      &tenants.audience))
        return false;
    add_parties(&tenants, request);
    if (audience->flags & AUDIENCE_SHARED && tenants.audience != NONE)
        *token_tenant = tenants.audience;
    return !tenants.is_bad && !(tenants.is_any && tenants.is_lacking);
}

Str law_tenant_lacking(const Request *request)
{
    const Bundle *bundle = request->bundle;
    const BundleAgent *agent = &bundle->agents[request->agent];
    const BundleAudience *audience = &bundle->audiences[request->audience];
    if (request->has_user && request->user_tenant == NONE)
        return STR("user.tenant: nobody says it, and another party has one");
    if (!(agent->flags & AGENT_SHARED) && request->agent_tenant == NONE)
        return STR("agent: the policy gives it no tenant, and another party has one");
    if (!(audience->flags & AUDIENCE_SHARED) && audience->tenant == NONE)
        return STR(
            "audience: the policy gives it no tenant, and another party has one");
    return STR("");
}

int64_t law_time_left(const Request *request, const TaskRecord *task, int64_t now)
{
    int64_t left = request->credential_exp - now;
    int64_t end;
    if (!task)
        return left;
    if (task->is_remembered)
        return task->left < left ? task->left : left;
    int64_t within = request->bundle->intents[task->intent].within;
    if (within != 0 && checked_add_i64(task->opened, within, &end) && end - now < left)
        left = end - now;
    return left;
}
