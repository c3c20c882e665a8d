// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/delegation.h"

#include "engine/base/reader.h"
#include "engine/decide/check.h"
#include "engine/decide/request_fill.h"
#include "engine/state/call.h"

static bool refuse_as(Decider *decider, Code code, Str detail)
{
    decider->answer->code = code;
    decider->answer->detail = detail;
    return false;
}

static bool refuse(Decider *decider, Str detail)
{
    return refuse_as(decider, CODE_DELEGATION, detail);
}

static const Call *presented(const Decider *decider)
{
    return call_at(decider->recall.state, decider->presented);
}

// ---- whether it holds ----

// It was made in the call's task or one above it.
static bool is_from_above(const Decider *decider, const Call *grant)
{
    Ref task = decider->recall.task;
    while (task != 0 && task != grant->task)
        task = task_at(decider->recall.state, task)->parent;
    return task != 0;
}

static bool is_same_user(const Decider *decider, const CallTexts *texts)
{
    const Request *request = decider->request;
    return str_eq(texts->tenant, decider->recall.tenant) &&
           str_eq(texts->user, request->has_user ? request->user_id : STR(""));
}

// The strings of a text whose parts end with `end`, ascending; what the bundle doesn't
// know is left out.
static uint32_t take_names(const Bundle *bundle, Str text, char end, uint32_t *names,
                           uint32_t most)
{
    uint32_t count = 0;
    for (Cut cut = {.tail = text}; cut.tail.len > 0;) {
        cut = str_cut(cut.tail, end);
        uint32_t name = bundle_intern(bundle, cut.head);
        if (name == NONE || count == most)
            continue;
        uint32_t at = count++;
        for (; at > 0 && names[at - 1] > name; at--)
            names[at] = names[at - 1];
        names[at] = name;
    }
    return count;
}

static bool are_arguments(const Decider *decider, const Call *grant,
                          const CallTexts *texts)
{
    uint32_t free[MAX_FREE];
    if (decider->request->is_partial)
        return true;
    uint32_t count = take_names(decider->bundle, texts->free, '\0', free, MAX_FREE);
    StateKey bound = demand_arguments(decider, free, count);
    return bound.word[0] == grant->arguments.word[0] &&
           bound.word[1] == grant->arguments.word[1];
}

static bool is_for_call(Decider *decider, const Call *grant)
{
    const Bundle *bundle = decider->bundle;
    const State *state = decider->recall.state;
    const Request *request = decider->request;
    CallTexts texts = call_texts(state, grant);
    Str tool = bundle_string(bundle, bundle->tools[request->tool].full);
    Str audience = bundle_string(bundle, bundle->audiences[request->audience].uri);
    if (!is_from_above(decider, grant) || !is_same_user(decider, &texts))
        return refuse(decider, STR("grant: of no task above, or another user's"));
    if (!str_eq(state_name_text(state, grant->tool), tool) ||
        !str_eq(state_name_text(state, grant->audience), audience))
        return refuse(decider, STR("grant: for another tool or audience"));
    return are_arguments(decider, grant, &texts) ||
           refuse(decider, STR("grant: bound to other arguments"));
}

// What the law has compared is the call's own.
void delegation_show(Decider *decider, const Call *grant)
{
    Request *request = decider->request;
    const Bundle *bundle = decider->bundle;
    Str scopes[MAX_SCOPES];
    uint32_t count = 0;
    CallTexts texts = call_texts(decider->recall.state, grant);
    for (Cut cut = {.tail = texts.scope}; cut.tail.len > 0 && count < MAX_SCOPES;) {
        cut = str_cut(cut.tail, ' ');
        scopes[count++] = cut.head;
    }
    request_fill_string(request, SLOT_GRANT_TOOL, bundle->tools[request->tool].name);
    request_fill_string(request, SLOT_GRANT_AUDIENCE,
                        bundle->audiences[request->audience].uri);
    request_fill(request, SLOT_GRANT_DEPTH, value_number(KIND_INT, grant->depth));
    if (!request_fill_texts(request, SLOT_GRANT_SCOPE, scopes, count))
        request->refusal.is_set = false; // then it is not known
}

bool delegation_holds(Decider *decider)
{
    const State *state = decider->recall.state;
    const Request *request = decider->request;
    Ref ref =
        state ? call_find(state, call_key(state, request->grant), decider->now) : 0;
    if (ref == 0)
        return refuse(decider, STR("grant: is not known, or its time is over"));
    const Call *grant = call_at(state, ref);
    if (check_is_revoked(decider->bundle, state, grant))
        return refuse_as(decider, CODE_REVOKED,
                         STR("grant: it, or who holds it, was revoked"));
    if (!call_is_good(state, ref, decider->now))
        return refuse(decider, STR("grant: is used up, or its time or task is over"));
    if (!is_for_call(decider, grant))
        return false;
    if (grant->depth == 0)
        return refuse(decider, STR("grant: can't be delegated"));
    decider->presented = ref;
    delegation_show(decider, grant);
    return true;
}

// ---- what it leaves ----

// Of a grant that can be delegated, in its texts; `acr` and `tenant` are names.
typedef struct Bounds {
    uint8_t sender;
    uint8_t has_tenant;
    int64_t revocable;
    Str tenant, acr;
} Bounds;

static Status read_bounds(Str text, Bounds *out)
{
    Reader reader = reader_over(text);
    TRY(reader_u8(&reader, &out->sender));
    TRY(reader_u8(&reader, &out->has_tenant));
    TRY(change_read_i64(&reader, &out->revocable));
    TRY(change_read_text(&reader, &out->tenant));
    return change_read_text(&reader, &out->acr);
}

static Str tenant_text(const Decider *decider, uint32_t tenant)
{
    if (tenant == TENANT_ALIEN)
        return value_str(decider->request->slots[SLOT_USER_TENANT]);
    return tenant == NONE ? STR("") : bundle_string(decider->bundle, tenant);
}

void delegation_write_bounds(const Decider *decider, Buf *bounds)
{
    const Grant *grant = &decider->answer->grant;
    const Bundle *bundle = decider->bundle;
    if (grant->depth == 0)
        return;
    buf_char(bounds, (char)grant->sender);
    buf_char(bounds, grant->tenant != NONE);
    buf_u64le(bounds, (uint64_t)grant->revalidate_after * (uint64_t)TICKS_PER_SECOND);
    change_text(bounds, tenant_text(decider, grant->tenant));
    change_text(bounds, grant->acr == NONE
                            ? STR("")
                            : bundle_string(bundle, bundle->acrs[grant->acr]));
}

// The tenant by the number that this call knows it by. False: it knows none such.
static bool find_tenant(const Decider *decider, const Bounds *bounds, uint32_t *tenant)
{
    *tenant = NONE;
    if (!bounds->has_tenant)
        return true;
    *tenant = bundle_intern(decider->bundle, bounds->tenant);
    if (*tenant == NONE && decider->request->user_tenant == TENANT_ALIEN &&
        str_eq(bounds->tenant, tenant_text(decider, TENANT_ALIEN)))
        *tenant = TENANT_ALIEN;
    return *tenant != NONE;
}

static bool find_acr(const Bundle *bundle, Str name, uint32_t *rank)
{
    *rank = NONE;
    if (name.len == 0)
        return true;
    for (uint32_t i = 0; i < bundle->acrs_count; i++)
        if (str_eq(bundle_string(bundle, bundle->acrs[i]), name))
            *rank = i;
    return *rank != NONE;
}

void delegation_meet(const Decider *decider, TokenPoint *token)
{
    const Call *grant = presented(decider);
    CallTexts texts = call_texts(decider->recall.state, grant);
    Bounds bounds;
    TokenPoint above;
    token_top(&above);
    above.is_empty = read_bounds(texts.bounds, &bounds) != STATUS_OK ||
                     !find_tenant(decider, &bounds, &above.tenant) ||
                     !find_acr(decider->bundle, bounds.acr, &above.acr);
    if (!above.is_empty) {
        above.sender = bounds.sender;
        above.revocable = bounds.revocable;
    }
    above.says = TOKEN_FREE | TOKEN_TENANT;
    above.uses = 1;
    above.depth = grant->depth - 1u;
    above.free_count =
        take_names(decider->bundle, texts.free, '\0', above.free, MAX_FREE);
    above.scope_count =
        take_names(decider->bundle, texts.scope, ' ', above.scope, MAX_SCOPES);
    if (token->scope_count > 0) // a token without any scope is not for want of one
        above.says |= TOKEN_SCOPE;
    token_meet_point(token, &above);
    token_cap(token, grant->ends - decider->now.end);
}
