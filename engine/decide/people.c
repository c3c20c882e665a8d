// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/people.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/decide/decider.h"
#include "engine/state/call.h"
#include "engine/state/revocation.h"
#include "engine/state/usage.h"
#include "engine/vm/arg_char.h"

static bool refuse(Code *code, Str *detail, Code why, Str text)
{
    *code = why;
    *detail = text;
    return false;
}

// ---- approvals ----

// One of the groups that were asked has `by`; an empty one stands for the user.
static bool is_asked(const Bundle *bundle, const ApprovalTexts *texts, Str by)
{
    uint32_t id = bundle_intern(bundle, by);
    uint32_t member = id == NONE ? NONE : bundle_find_member(bundle, id);
    bool is_user = str_eq(by, texts->user);
    Str groups = texts->asked;
    for (bool more = true; more;) {
        Cut cut = str_cut(groups, '\n');
        uint32_t name = cut.head.len == 0 ? NONE : bundle_intern(bundle, cut.head);
        uint32_t group = name == NONE ? NONE : bundle_find_group(bundle, name);
        if (cut.head.len == 0 && is_user && by.len > 0)
            return true;
        if (!is_user && member != NONE && group != NONE &&
            bundle_list_has(bundle, bundle->members[member].groups, group))
            return true;
        more = cut.found;
        groups = cut.tail;
    }
    return false;
}

bool approve(const Bundle *bundle, const State *state, Moment now, const uint8_t id[16],
             Str by, Code *code, Str *detail, Buf *changes)
{
    StateKey key;
    memcpy(&key, id, sizeof key);
    buf_clear(changes);
    Ref ref = approval_find(state, key, now);
    if (ref == 0 || !approval_is_asked(approval_at(state, ref)))
        return refuse(code, detail, CODE_UNKNOWN,
                      STR("id: nobody asks for that approval"));
    ApprovalTexts texts = approval_texts(state, approval_at(state, ref));
    if (is_revoked(state, texts.tenant, REVOKED_USER, by))
        return refuse(code, detail, CODE_REVOKED, STR("by: was revoked"));
    if (str_eq(by, texts.agent) || !is_asked(bundle, &texts, by))
        return refuse(code, detail, CODE_FORBIDDEN, STR("by: may not approve this"));
    approval_write_given(changes, key, by);
    return true;
}

// ---- consents ----

// For how long a consent counts where a rule asks for it. 0: for ever.
static int64_t time_of(const Decider *decider, const BundleRequirement *requirement)
{
    const Recall *recall = &decider->recall;
    if (requirement->within != 0 || recall->task == 0)
        return requirement->within;
    return task_at(recall->state, recall->task)->ends - decider->now.end;
}

// For how many seconds a consent is remembered: as long as any rule could count it, not
// only one that asks in this call. 0: for ever.
static uint32_t seconds_of(const Decider *decider, const BundleRequirement *asked)
{
    const Bundle *bundle = decider->bundle;
    int64_t longest = time_of(decider, asked);
    for (uint32_t i = 0; i < bundle->requirements_count && longest != 0; i++) {
        const BundleRequirement *other = &bundle->requirements[i];
        if (other->kind != REQUIRE_CONSENT || other->of != asked->of)
            continue;
        int64_t time = time_of(decider, other);
        longest = time == 0 || time > longest ? time : longest;
    }
    return seconds_for(longest);
}

// Writes the consents that a rule asks for. How many they are.
static uint32_t write_consents(Decider *decider, uint32_t rule, bool withdraws,
                               Buf *changes)
{
    const BundleExtra *extra = decider_extra(decider, rule);
    uint32_t count = 0;
    for (uint32_t i = 0; i < extra->requirement_count; i++) {
        const BundleRequirement *requirement =
            &decider->bundle->requirements[extra->requirement + i];
        if (requirement->kind != REQUIRE_CONSENT)
            continue;
        StateKey key = demand_consent_key(decider, requirement);
        uint32_t keep = seconds_of(decider, requirement);
        if (withdraws)
            consent_write_ended(changes, key);
        else
            consent_write_given(changes, key, keep);
        count++;
    }
    return count;
}

static uint32_t consents_of(Decider *decider, List groups, bool withdraws, Buf *changes)
{
    uint32_t count = 0;
    decider_find(decider, groups);
    for (uint32_t i = 0; i < decider->found.count; i++)
        count += write_consents(decider, decider->found.rules[i], withdraws, changes);
    return count;
}

bool consent(Decider *decider, Request *request, Moment now, const State *state, Str by,
             bool withdraws, Code *code, Str *detail, Buf *changes)
{
    Answer answer = {0};
    buf_clear(changes);
    decider_begin(decider, request, now, state, &answer, NULL);
    if (!decider_knows(decider) || !decider_task(decider))
        return refuse(code, detail, answer.code, answer.detail);
    if (!request->has_user || !str_eq(request->user_id, by))
        return refuse(code, detail, CODE_FORBIDDEN,
                      STR("by: not the user of the call"));
    StateKey share = recall_usage(&decider->recall);
    Str full = withdraws ? STR("") : usage_full(state, share);
    if (full.len > 0)
        return refuse(code, detail, CODE_QUOTA, full);
    usage_write_charged(changes, share);
    decider_begin_rules(decider);
    const BundleTool *tool = &decider->bundle->tools[request->tool];
    uint32_t count = consents_of(decider, tool->permits, withdraws, changes) +
                     consents_of(decider, tool->limits, withdraws, changes);
    if (count > 0)
        return true;
    buf_clear(changes);
    return refuse(code, detail, CODE_UNKNOWN,
                  STR("request: no rule asks for a consent"));
}

// ---- revocations ----

bool revoke(const State *state, Str tenant, Str kind, Str name, int64_t before,
            Buf *changes)
{
    static const struct {
        Str text;
        RevokedKind kind;
    } ROWS[] = {
        {{"agent", 5}, REVOKED_AGENT},   {{"user", 4}, REVOKED_USER},
        {{"task", 4}, REVOKED_TASK},     {{"grant", 5}, REVOKED_GRANT},
        {{"key", 3}, REVOKED_KEY},       {{"tenant", 6}, REVOKED_TENANT},
        {{"issuer", 6}, REVOKED_ISSUER}, {{"audience", 8}, REVOKED_AUDIENCE},
        {{"tool", 4}, REVOKED_TOOL},     {{"before", 6}, REVOKED_BEFORE},
    };
    uint8_t id[16];
    buf_clear(changes);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (!str_eq(ROWS[i].text, kind))
            continue;
        bool is_before = ROWS[i].kind == REVOKED_BEFORE,
             is_grant = ROWS[i].kind == REVOKED_GRANT;
        if (is_before == (name.len > 0) || is_before != (before > 0) ||
            (is_grant && !char_read_hex(name, id, sizeof id)))
            return false;
        StateKey key = is_grant ? revocation_grant_key(state, call_key(state, id))
                                : revocation_key(state, tenant, ROWS[i].kind, name);
        revocation_write(changes, key, ROWS[i].kind, before);
        return true;
    }
    return false;
}
