// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/grant.h"

#include "engine/base/bug.h"

enum { SECOND = 1000000000, DEFAULT_TTL = 60 };

static Names names_of(Arena *arena, const Str *texts, uint32_t count)
{
    Names names = {0};
    for (uint32_t i = 0; i < count; i++)
        names_add(arena, &names, texts[i]);
    return names;
}

static uint32_t credential_sender(const Call *call)
{
    const JsonValue *credential = json_member(call->request, STR("credential"));
    const JsonValue *cnf = json_member(credential, STR("cnf"));
    return json_member(cnf, STR("x5t#S256")) ? SENDER_MTLS : SENDER_DPOP;
}

static void meet_audience(const Call *call, Candidate *candidate, const Token *token)
{
    const Audience *audience = &call->program->audiences[call->audience];
    if ((token->says & TOKEN_AUDIENCE) &&
        !call_has_text(token->audience, token->audience_count, audience->uri))
        candidate->is_empty = true;
}

static void meet_tenant(Candidate *candidate, const Token *token)
{
    if ((token->says & TOKEN_TENANT) && !str_eq(token->tenant, candidate->tenant))
        candidate->is_empty = true;
}

Candidate grant_of_permit(const Call *call, const Rule *permit, Str tenant)
{
    const Token *token = &permit->token;
    const Tool *tool = &call->program->tools[call->tool];
    Arena *arena = call->arena;
    uint32_t says = token->says;
    Candidate out = {.permit = permit, .tenant = tenant};
    out.ttl = says & TOKEN_TTL ? token->ttl : (int64_t)DEFAULT_TTL * SECOND;
    out.uses = says & TOKEN_USES ? token->uses : 1;
    out.depth = says & TOKEN_DEPTH ? token->depth : 0;
    out.sender = says & TOKEN_SENDER ? token->sender : credential_sender(call);
    out.acr = says & TOKEN_ACR ? token->acr + 1 : 0;
    out.revocable = says & TOKEN_REVOCABLE ? token->revocable : 0;
    for (uint32_t i = 0; i < token->free_count; i++)
        if (type_field(tool->args->type->bare, token->free[i]) != NONE)
            names_add(arena, &out.free, token->free[i]); // others are not the tool's
    out.scope = says & TOKEN_SCOPE ? names_of(arena, token->scope, token->scope_count)
                                   : names_of(arena, tool->scope, tool->scope_count);
    if (!(says & TOKEN_SCOPE) && tool->scope_count == 0)
        names_add(arena, &out.scope, tool->name);
    meet_audience(call, &out, token);
    meet_tenant(&out, token);
    return out;
}

void grant_meet(const Call *call, Candidate *out, const Token *limit)
{
    uint32_t says = limit->says;
    Names scope = names_of(call->arena, limit->scope, limit->scope_count);
    Names free = names_of(call->arena, limit->free, limit->free_count);
    if ((says & TOKEN_TTL) && limit->ttl < out->ttl)
        out->ttl = limit->ttl;
    if ((says & TOKEN_USES) && limit->uses < out->uses)
        out->uses = limit->uses;
    if ((says & TOKEN_DEPTH) && limit->depth < out->depth)
        out->depth = limit->depth;
    if ((says & TOKEN_SENDER) && limit->sender > out->sender)
        out->sender = limit->sender;
    if ((says & TOKEN_ACR) && limit->acr + 1 > out->acr)
        out->acr = limit->acr + 1;
    if ((says & TOKEN_REVOCABLE) &&
        (out->revocable == 0 || limit->revocable < out->revocable))
        out->revocable = limit->revocable;
    if (says & TOKEN_SCOPE)
        out->scope = names_meet(call->arena, &out->scope, &scope);
    if (says & TOKEN_FREE)
        out->free = names_meet(call->arena, &out->free, &free);
    meet_audience(call, out, limit);
    meet_tenant(out, limit);
}

// `*have` cut to what was asked; false if it falls short of it.
static bool cut_number(const JsonValue *ask, const char *name, uint32_t *have)
{
    int64_t asked = 0;
    bool is_asked = verdict_int(json_member(ask, str_from_c(name)), &asked);
    bool is_enough = !is_asked || *have >= asked;
    if (is_asked && *have > asked)
        *have = (uint32_t)asked;
    return is_enough;
}

static void cut_scope(const Call *call, const JsonValue *ask, Candidate *out)
{
    const JsonValue *scope = json_member(ask, STR("scope"));
    if (!scope)
        return;
    Val asked = call_text_list(call->arena, scope, true);
    Names wanted = {0};
    for (uint32_t i = 0; i < asked.count; i++)
        names_add(call->arena, &wanted, asked.items[i].text);
    Names met = names_meet(call->arena, &wanted, &out->scope);
    out->is_empty = out->is_empty || met.count < wanted.count;
    out->scope = met;
}

static void cut_ttl(const Call *call, const JsonValue *ask, Candidate *out)
{
    int64_t asked = 0, end = call->slots[SLOT_CREDENTIAL_EXP].number;
    if (call->intent != NONE) {
        int64_t within = call->program->intents[call->intent].within;
        if (within > 0 && call->opened + within < end)
            end = call->opened + within;
    }
    if (end - call->now < out->ttl)
        out->ttl = end - call->now;
    if (verdict_int(json_member(ask, STR("ttl")), &asked)) {
        if (out->ttl < asked * SECOND)
            out->is_full = false;
        else
            out->ttl = asked * SECOND;
    }
}

void grant_cut(const Call *call, Candidate *out)
{
    const JsonValue *ask = json_member(call->request, STR("ask"));
    out->is_full = true;
    cut_scope(call, ask, out);
    cut_ttl(call, ask, out);
    bool is_enough = cut_number(ask, "uses", &out->uses);
    is_enough = cut_number(ask, "depth", &out->depth) && is_enough;
    out->is_full = out->is_full && is_enough;
    if (out->ttl < SECOND || // a token lives for whole seconds
        out->uses == 0 || out->scope.count == 0)
        out->is_empty = true;
}

// Negative: a is less; 0: the same in this.
static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

const Candidate *grant_least(const Candidate *a, const Candidate *b)
{
    int orders[] = {
        compare(b->is_full, a->is_full), compare(a->scope.count, b->scope.count),
        compare(a->depth, b->depth),     compare(a->ttl, b->ttl),
        compare(a->uses, b->uses),       compare(a->free.count, b->free.count),
        compare(b->sender, a->sender),   str_compare(a->permit->name, b->permit->name)};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (orders[i] != 0)
            return orders[i] < 0 ? a : b;
    return a;
}

// Every argument is bound by value, but those that are free.
static void say_arguments(const Call *call, const Candidate *candidate, Verdict *out)
{
    const Schema *args = call->program->tools[call->tool].args;
    for (uint32_t i = 0; i < args->field_count; i++) {
        Str name = args->fields[i].name;
        const JsonValue *sent = json_member(call->args, name);
        bool is_free = names_have(&candidate->free, name);
        if (is_free || sent)
            names_add(call->arena, &out->bound,
                      verdict_bound(call->arena, name, is_free ? NULL : sent));
    }
}

void grant_say(const Call *call, const Candidate *candidate, Verdict *out)
{
    static const char *const SENDERS[] = {
        [SENDER_NONE] = "none", [SENDER_DPOP] = "dpop", [SENDER_MTLS] = "mtls"};
    const Program *program = call->program;
    out->audience = program->audiences[call->audience].uri;
    out->tool = program->tools[call->tool].name;
    out->tenant = candidate->tenant;
    out->acr = candidate->acr > 0 ? program->acrs[candidate->acr - 1] : STR("");
    out->sender = str_from_c(SENDERS[candidate->sender]);
    out->ttl = candidate->ttl / SECOND;
    out->expires = call->now / SECOND + out->ttl;
    out->uses = candidate->uses;
    out->depth = candidate->depth;
    out->revalidate = candidate->revocable / SECOND;
    out->scope = candidate->scope;
    out->free = candidate->free;
    say_arguments(call, candidate, out);
}
