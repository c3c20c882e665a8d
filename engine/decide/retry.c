// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/retry.h"

#include <string.h>

#include "engine/decide/decider.h"
#include "engine/decide/check.h"
#include "engine/decide/request_read.h"
#include "engine/state/call.h"

static Str text_of(const Decider *decider, uint32_t string)
{
    return bundle_string(decider->bundle, string);
}

void retry_id(const Decider *decider, uint8_t id[16])
{
    const BundleGateway *gateway =
        &decider->bundle->gateways[decider->request->gateway];
    call_retry_id(decider->recall.state, decider->recall.tenant,
                  text_of(decider, gateway->name), decider->request->key, id);
}

// ---- the same request ----

// A member as it was sent; empty if it was not.
static Str member_of(const Request *request, RequestField field)
{
    const CborNode *key = request->tree.nodes + 1;
    for (uint64_t i = 0; i < request->tree.nodes->item.number;
         i++, key = cbor_after(key + 1))
        if (key->item.number == (uint64_t)field)
            return cbor_raw(key + 1);
    return STR("");
}

StateKey retry_request(const Decider *decider)
{
    const Request *request = decider->request;
    const Bundle *bundle = decider->bundle;
    const State *state = decider->recall.state;
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_CALL, decider->recall.tenant);
    key_text(&parts, text_of(decider, bundle->agents[request->agent].id));
    key_text(&parts, request->has_user ? request->user_id : STR(""));
    key_text(&parts, request->has_task ? request->task.id : STR(""));
    key_text(&parts, request->presenter);
    key_text(&parts, text_of(decider, bundle->audiences[request->audience].uri));
    key_text(&parts, text_of(decider, bundle->tools[request->tool].full));
    key_key(&parts, demand_arguments(decider, NULL, 0));
    key_text(&parts, member_of(request, FIELD_RESOURCE));
    key_text(&parts, member_of(request, FIELD_ASK));
    Str grant = {(const char *)request->grant, sizeof request->grant};
    key_text(&parts, request->has_grant ? grant : STR(""));
    return key_end(&parts);
}

// ---- the same answer ----

static void write_numbers(Buf *out, const uint32_t *numbers, uint32_t count)
{
    buf_u32le(out, count);
    for (uint32_t i = 0; i < count; i++)
        buf_u32le(out, numbers[i]);
}

static bool read_numbers(Reader *reader, uint32_t *numbers, uint32_t most,
                         uint32_t *count)
{
    if (reader_u32le(reader, count) != STATUS_OK || *count > most)
        return false;
    for (uint32_t i = 0; i < *count; i++)
        if (reader_u32le(reader, &numbers[i]) != STATUS_OK)
            return false;
    return true;
}

// The numbers are those of the bundle that decided, which stands first.
void retry_write_answer(const Decider *decider, Buf *out)
{
    const Answer *answer = decider->answer;
    const Grant *grant = &answer->grant;
    const uint32_t plain[] = {answer->rule_total, grant->rule,   grant->audience,
                              grant->tool,        grant->uses,   grant->depth,
                              grant->sender,      grant->tenant, grant->acr};
    buf_u64le(out, decider_bundle_mark(decider));
    write_numbers(out, plain, sizeof plain / sizeof *plain);
    buf_u64le(out, (uint64_t)grant->revalidate_after);
    write_numbers(out, answer->rules, answer->rule_count);
    write_numbers(out, answer->observed, answer->observed_count);
    write_numbers(out, grant->scope, grant->scope_count);
    write_numbers(out, grant->free, grant->free_count);
}

// False: another bundle has decided.
static bool read_answer(const Decider *decider, Str packed, Answer *answer)
{
    Reader reader = reader_over(packed);
    Grant *grant = &answer->grant;
    uint64_t mark, revalidate;
    uint32_t plain[9], count;
    if (reader_u64le(&reader, &mark) != STATUS_OK ||
        mark != decider_bundle_mark(decider) ||
        !read_numbers(&reader, plain, sizeof plain / sizeof *plain, &count) ||
        reader_u64le(&reader, &revalidate) != STATUS_OK ||
        !read_numbers(&reader, answer->rules, MAX_NAMED_RULES, &answer->rule_count) ||
        !read_numbers(&reader, answer->observed, MAX_NAMED_RULES,
                      &answer->observed_count) ||
        !read_numbers(&reader, grant->scope, MAX_SCOPES, &grant->scope_count) ||
        !read_numbers(&reader, grant->free, MAX_FREE, &grant->free_count))
        return false;
    answer->rule_total = plain[0];
    grant->rule = plain[1];
    grant->audience = plain[2];
    grant->tool = plain[3];
    grant->uses = plain[4];
    grant->depth = plain[5];
    grant->sender = plain[6];
    grant->tenant = plain[7];
    grant->acr = plain[8];
    grant->revalidate_after = (int64_t)revalidate;
    return true;
}

// ---- the whole ----

static bool refuse(Decider *decider, Code code, Str detail)
{
    decider->answer->code = code;
    decider->answer->detail = detail;
    return true;
}

static bool answer_again(Decider *decider, const Call *call, const uint8_t id[16])
{
    const State *state = decider->recall.state;
    Answer *answer = decider->answer;
    StateKey request = retry_request(decider);
    int64_t left = (call->ends - decider->now.end) / TICKS_PER_SECOND;
    if (memcmp(&request, &call->request, sizeof request) != 0)
        return refuse(decider, CODE_MALFORMED, STR("key: was used for another call"));
    if (call->status == CALL_FAILED)
        return refuse(decider, CODE_MALFORMED,
                      STR("key: its call has failed; ask under another"));
    if (check_is_revoked(decider->bundle, state, call))
        return refuse(decider, CODE_REVOKED, STR("grant"));
    if (left < 1)
        return refuse(decider, CODE_MALFORMED,
                      STR("key: the grant of its call is over; ask under another"));
    if (!read_answer(decider, call_texts(state, call).answer, answer)) {
        *answer = (Answer){0};
        return refuse(decider, CODE_MALFORMED,
                      STR("key: another policy decided its call; ask under another"));
    }
    answer->allow = true;
    answer->grant.ttl = left;
    answer->grant.expires = call_expires(call);
    memcpy(answer->grant.id, id, sizeof answer->grant.id);
    return true;
}

bool retry_find(Decider *decider, const uint8_t id[16])
{
    const State *state = decider->recall.state;
    Ref ref = call_find(state, call_key(state, id), decider->now);
    return ref != 0 && answer_again(decider, call_at(state, ref), id);
}
