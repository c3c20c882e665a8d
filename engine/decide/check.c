// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/check.h"

#include "engine/base/buf.h"
#include "engine/state/call.h"
#include "engine/state/revocation.h"
#include "engine/state/task.h"

typedef struct Checking {
    const Bundle *bundle;
    const State *state;
    const GrantUse *use;
    const Call *call;
    CallTexts texts;
    Code *code;
    Str *detail;
} Checking;

static bool refuse(const Checking *checking, Code code, Str detail)
{
    *checking->code = code;
    *checking->detail = detail;
    return false;
}

static bool is_free(Str free, Str name)
{
    while (free.len > 0) {
        Cut cut = str_cut(free, '\0');
        if (str_eq(cut.head, name))
            return true;
        free = cut.tail;
    }
    return false;
}

static bool are_arguments(const Checking *checking)
{
    const CborNode *args = checking->use->args;
    StateKey sum = {{0, 0}};
    const CborNode *key = args + 1;
    for (uint64_t i = 0; i < args->item.number; i++, key = cbor_after(key + 1)) {
        if (key->item.kind != CBOR_TEXT)
            return false;
        if (!is_free(checking->texts.free, key->item.bytes))
            call_add_argument(checking->state, key->item.bytes, cbor_raw(key + 1),
                              &sum);
    }
    const uint64_t *bound = checking->call->arguments.word;
    return sum.word[0] == bound[0] && sum.word[1] == bound[1];
}

// "crm.refund", or the name that the tool has at its audience: `repo.drop` is not
// `drop`.
static bool is_tool(const Checking *checking, Str name)
{
    const Bundle *bundle = checking->bundle;
    Str full = state_name_text(checking->state, checking->call->tool);
    uint32_t tool = bundle_find_full_tool(
        bundle, state_name_text(checking->state, checking->call->audience), full);
    return str_eq(full, name) ||
           (tool != NONE &&
            str_eq(bundle_string(bundle, bundle->tools[tool].name), name));
}

static bool is_for(const Checking *checking)
{
    const GrantUse *use = checking->use;
    const State *state = checking->state;
    if (use->audience.len > 0 &&
        !str_eq(use->audience, state_name_text(state, checking->call->audience)))
        return refuse(checking, CODE_CREDENTIAL,
                      STR("audience: not that of the grant"));
    if (use->tool.len > 0 && !is_tool(checking, use->tool))
        return refuse(checking, CODE_ARGUMENT, STR("tool: not that of the grant"));
    if (use->args && !are_arguments(checking))
        return refuse(checking, CODE_ARGUMENT, STR("args: not those of the grant"));
    if (use->presenter.len > 0 && checking->texts.presenter.len > 0 &&
        !str_eq(use->presenter, checking->texts.presenter))
        return refuse(checking, CODE_CREDENTIAL,
                      STR("presenter: not the key of the grant"));
    return true;
}

// The tenant that the policy gives an agent and an audience; empty: none.
static Str agent_tenant(const Bundle *bundle, Str id)
{
    uint32_t name = bundle_intern(bundle, id);
    uint32_t agent = name == NONE ? NONE : bundle_find_agent(bundle, name);
    uint32_t tenant = agent == NONE ? NONE : bundle->agents[agent].tenant;
    return tenant == NONE ? STR("") : bundle_string(bundle, tenant);
}

static Str audience_tenant(const Bundle *bundle, Str uri)
{
    uint32_t name = bundle_intern(bundle, uri);
    uint32_t audience = name == NONE ? NONE : bundle_find_audience(bundle, name);
    uint32_t tenant = audience == NONE ? NONE : bundle->audiences[audience].tenant;
    return tenant == NONE ? STR("") : bundle_string(bundle, tenant);
}

// The grant's own: itself, and all that it was made for.
static bool is_hop_revoked(const Bundle *bundle, const State *state, const Call *call)
{
    CallTexts texts = call_texts(state, call);
    Str tenant = texts.tenant, agent = state_name_text(state, call->agent);
    Str audience = state_name_text(state, call->audience);
    const struct {
        RevokedKind kind;
        Str name;
    } ROWS[] = {
        {REVOKED_AGENT, agent},
        {REVOKED_USER, texts.user},
        {REVOKED_KEY, texts.presenter},
        {REVOKED_TENANT, tenant},
        {REVOKED_TENANT, agent_tenant(bundle, agent)},
        {REVOKED_TENANT, audience_tenant(bundle, audience)},
        {REVOKED_ISSUER, state_name_text(state, call->issuer)},
        {REVOKED_AUDIENCE, audience},
        {REVOKED_TOOL, state_name_text(state, call->tool)},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (is_revoked(state, tenant, ROWS[i].kind, ROWS[i].name))
            return true;
    if (task_is_revoked(state, call->task))
        return true;
    return call_is_revoked(state, call) || call_is_void(state, call);
}

bool check_is_revoked(const Bundle *bundle, const State *state, const Call *call)
{
    while (!is_hop_revoked(bundle, state, call)) {
        if (call->parent == 0)
            return false;
        call = call_at(state, call->parent);
    }
    return true;
}

bool check_grant(const Bundle *bundle, const State *state, Moment now,
                 const GrantUse *use, Code *code, Str *detail, Buf *changes)
{
    Checking checking = {
        .bundle = bundle, .state = state, .use = use, .code = code, .detail = detail};
    StateKey key = call_key(state, use->grant);
    Ref ref = call_find(state, key, now);
    buf_clear(changes);
    if (ref == 0)
        return refuse(&checking, CODE_UNKNOWN,
                      STR("grant: is not known, or its time is over"));
    checking.call = call_at(state, ref);
    checking.texts = call_texts(state, checking.call);
    if (check_is_revoked(bundle, state, checking.call))
        return refuse(&checking, CODE_REVOKED,
                      STR("grant: it, or who holds it, was revoked"));
    if (!call_is_good(state, ref, now))
        return refuse(&checking, CODE_TASK,
                      STR("grant: is used up, or its time or task is over"));
    if (!is_for(&checking))
        return false;
    if (use->consumes)
        call_write_used(changes, key);
    return true;
}
