// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/request_read.h"

#include <stddef.h>
#include <string.h>

#include "engine/decide/item.h"
#include "engine/decide/request_fill.h"
#include "engine/decide/secret.h"
#include "engine/vm/arg_char.h"

typedef struct Reading {
    Refusal *refusal;
    RawRequest *out;
    RequestForm form;
} Reading;

// The place of each member.
static const Path PLACES[] = {
#define FIELD(id, number, text) [number] = {.name = {text, sizeof text - 1}},
#include "engine/decide/request_field.def"
#undef FIELD
};

Str request_field_name(RequestField field)
{
    return PLACES[field].name;
}

static bool malformed(Refusal *refusal, const Path *path, const char *rule)
{
    return refusal_set(refusal, CODE_MALFORMED, path, "%s", rule);
}

// ---- the first pass: every item ----

// Whether a text will do; if not, as what it is refused and why.
static bool is_text_fit(Str text, Code *code, const char **why)
{
    if (text.len > MAX_REQUEST_STRING) {
        *code = CODE_TOO_LARGE;
        *why = "a text is longer than 262144 bytes";
        return false;
    }
    *code = CODE_SECRET;
    *why = "a text is shaped like a credential";
    return !secret_shaped(text);
}
_Static_assert(MAX_REQUEST_STRING == 262144, "the text above says it");

// The place of the member of the request in which the node stands; NULL before the
// first.
static const Path *member_place(const CborTree *tree, const CborNode *node)
{
    const Path *place = NULL;
    if (tree->count == 0 || tree->nodes->item.kind != CBOR_MAP)
        return NULL;
    for (const CborNode *key = tree->nodes + 1; key < node; key = cbor_after(key + 1)) {
        const CborItem *item = &key->item;
        if (item->kind == CBOR_UINT && item->number < REQUEST_FIELD_COUNT)
            place = &PLACES[item->number];
        if (key + 1 >= node)
            break;
    }
    return place;
}

// The body is one item, well formed to its end, and every text in it will do. What
// comes first in the bytes is what is wrong with it.
static bool check_items(CborTree *tree, Str body, Refusal *refusal)
{
    Code code;
    const char *why;
    Status status = cbor_read_tree(tree, body);
    const CborNode *end = tree->nodes + tree->count;
    for (const CborNode *node = tree->nodes; node < end; node++) {
        const CborItem *item = &node->item;
        bool is_text = item->kind == CBOR_TEXT || item->kind == CBOR_BYTES;
        if (is_text && item->bytes.len >= SECRET_MIN &&
            !is_text_fit(item->bytes, &code, &why))
            return refusal_set(refusal, code, member_place(tree, node), "%s", why);
    }
    if (status == STATUS_OK)
        return true;
    return refusal_set(
        refusal, status == STATUS_LIMIT ? CODE_TOO_LARGE : CODE_MALFORMED,
        tree->is_whole ? NULL : member_place(tree, end), "%s", tree->why);
}

// ---- maps, lists and scalars ----

// Takes the value `node` of a member. False: the refusal is set.
typedef bool TakeMember(Reading *reading, const CborItem *key, const CborNode *node);

static bool each_member(Reading *reading, const CborNode *map, const Path *path,
                        TakeMember *take)
{
    if (map->item.kind != CBOR_MAP)
        return malformed(reading->refusal, path, "must be an object");
    const CborNode *key = map + 1;
    for (uint64_t i = 0; i < map->item.number; i++, key = cbor_after(key + 1))
        if (!take(reading, &key->item, key + 1))
            return false;
    return true;
}

static bool take_text(Reading *reading, const CborNode *node, const Path *path,
                      Str *out)
{
    if (node->item.kind != CBOR_TEXT || node->item.bytes.len == 0)
        return malformed(reading->refusal, path, "must be a text that is not empty");
    *out = node->item.bytes;
    return true;
}

static bool take_time(Reading *reading, const CborNode *node, const Path *path,
                      int64_t *out)
{
    return item_to_time(&node->item, out) ||
           malformed(reading->refusal, path,
                     "must be a time: seconds since 1970, or RFC 3339");
}

static bool take_u32(Reading *reading, const CborNode *node, const Path *path,
                     uint32_t *out)
{
    int64_t number = 0;
    if (!item_to_i64(&node->item, &number) || number < 0 || number >= UINT32_MAX)
        return malformed(reading->refusal, path,
                         "must be a whole number, not negative");
    *out = (uint32_t)number;
    return true;
}

typedef struct Texts {
    Str *at;
    uint32_t *count;
    uint32_t most;
} Texts;

static bool add_text(Reading *reading, const Path *path, Texts texts, Str text)
{
    if (*texts.count == texts.most)
        return refusal_set(reading->refusal, CODE_TOO_LARGE, path,
                           "has more than %u elements", texts.most);
    texts.at[(*texts.count)++] = text;
    return true;
}

// A text that stands for a list, split at spaces.
static bool take_words(Reading *reading, Str text, const Path *path, Texts texts)
{
    Cut cut = {.tail = text, .found = true};
    while (cut.found) {
        cut = str_cut(cut.tail, ' ');
        if (cut.head.len > 0 && !add_text(reading, path, texts, cut.head))
            return false;
    }
    return true;
}

// A list of texts; or one text, which is split at spaces where the standard has it so.
static bool take_texts(Reading *reading, const CborNode *node, const Path *path,
                       bool is_spaced, Texts texts)
{
    if (node->item.kind == CBOR_TEXT && is_spaced)
        return take_words(reading, node->item.bytes, path, texts);
    if (node->item.kind == CBOR_TEXT)
        return node->item.bytes.len == 0 ||
               add_text(reading, path, texts, node->item.bytes);
    if (node->item.kind != CBOR_ARRAY)
        return malformed(reading->refusal, path, "must be a list of texts");
    const CborNode *element = node + 1;
    for (uint64_t i = 0; i < node->item.number; i++, element = cbor_after(element)) {
        Str text = {0};
        if (!take_text(reading, element, path, &text) ||
            !add_text(reading, path, texts, text))
            return false;
    }
    return true;
}

// ---- members with members of their own ----

static bool no_member(Reading *reading, const Path *above, const CborItem *key)
{
    Path path = path_of_key(above, key);
    return malformed(reading->refusal, &path, "there is no such member");
}

// The name of a member; empty for a number, which none of these has.
static Str name_of(const CborItem *key)
{
    return key->kind == CBOR_TEXT ? key->bytes : (Str){0};
}

// `cnf`: a DPoP key thumbprint as text or {jkt} (RFC 9449 §6.1), or {x5t#S256}, that of
// a client certificate (RFC 8705 §3.1).
static bool confirmation_member(Reading *reading, const CborItem *key,
                                const CborNode *node)
{
    Path path = {.above = &PLACES[FIELD_CREDENTIAL], .name = STR("cnf")};
    Str name = name_of(key);
    if (str_eq(name, STR("jkt")))
        reading->out->sender = SENDER_DPOP;
    else if (str_eq(name, STR("x5t#S256")))
        reading->out->sender = SENDER_MTLS;
    else
        return no_member(reading, &path, key);
    return take_text(reading, node, &path, &reading->out->cnf);
}

static bool take_confirmation(Reading *reading, const CborNode *node)
{
    Path path = {.above = &PLACES[FIELD_CREDENTIAL], .name = STR("cnf")};
    if (node->item.kind != CBOR_TEXT)
        return each_member(reading, node, &path, confirmation_member);
    reading->out->sender = SENDER_DPOP;
    return take_text(reading, node, &path, &reading->out->cnf);
}

static bool credential_member(Reading *reading, const CborItem *key,
                              const CborNode *node)
{
    RawRequest *out = reading->out;
    Str name = name_of(key);
    Path path = {.above = &PLACES[FIELD_CREDENTIAL], .name = name};
    if (str_eq(name, STR("iss")))
        return take_text(reading, node, &path, &out->iss);
    if (str_eq(name, STR("sub")))
        return take_text(reading, node, &path, &out->sub);
    if (str_eq(name, STR("client_id")))
        return take_text(reading, node, &path, &out->client_id);
    if (str_eq(name, STR("cnf")))
        return take_confirmation(reading, node);
    if (str_eq(name, STR("iat"))) {
        out->has_iat = true;
        return take_time(reading, node, &path, &out->iat);
    }
    if (str_eq(name, STR("exp"))) {
        out->has_exp = true;
        return take_time(reading, node, &path, &out->exp);
    }
    if (str_eq(name, STR("aud")))
        return take_texts(reading, node, &path, false,
                          (Texts){out->aud, &out->aud_count, MAX_CHAIN});
    if (str_eq(name, STR("act"))) {
        out->has_act = true;
        return take_texts(reading, node, &path, false,
                          (Texts){out->act, &out->act_count, MAX_CHAIN});
    }
    if (str_eq(name, STR("scope"))) {
        out->has_scope = true;
        return take_texts(reading, node, &path, true,
                          (Texts){out->scope, &out->scope_count, MAX_SCOPES});
    }
    return no_member(reading, &PLACES[FIELD_CREDENTIAL], key);
}

static bool ask_member(Reading *reading, const CborItem *key, const CborNode *node)
{
    RawRequest *out = reading->out;
    Str name = name_of(key);
    Path path = {.above = &PLACES[FIELD_ASK], .name = name};
    if (str_eq(name, STR("scope"))) {
        out->asks_scope = true;
        return take_texts(reading, node, &path, true,
                          (Texts){out->ask_scope, &out->ask_scope_count, MAX_SCOPES});
    }
    if (str_eq(name, STR("ttl"))) {
        out->asks_ttl = true;
        return (item_to_duration(&node->item, &out->ask_ttl) && out->ask_ttl > 0) ||
               malformed(reading->refusal, &path, "must be whole seconds, at least 1");
    }
    if (str_eq(name, STR("uses"))) {
        out->asks_uses = true;
        return take_u32(reading, node, &path, &out->ask_uses) &&
               (out->ask_uses > 0 ||
                malformed(reading->refusal, &path, "must be at least 1"));
    }
    if (str_eq(name, STR("depth"))) {
        out->asks_depth = true;
        return take_u32(reading, node, &path, &out->ask_depth);
    }
    return no_member(reading, &PLACES[FIELD_ASK], key);
}

static bool task_member(Reading *reading, const CborItem *key, const CborNode *node)
{
    RawRequest *out = reading->out;
    Str name = name_of(key);
    Path path = {.above = &PLACES[FIELD_TASK], .name = name};
    if (str_eq(name, STR("id")))
        return take_text(reading, node, &path, &out->task_id);
    if (str_eq(name, STR("intent")))
        return take_text(reading, node, &path, &out->task_intent);
    if (str_eq(name, STR("params"))) {
        out->task_params = node;
        return true;
    }
    if (reading->form == FORM_OPEN && str_eq(name, STR("under")))
        return take_text(reading, node, &path, &out->task_under);
    if (reading->form == FORM_OPEN)
        return no_member(reading, &PLACES[FIELD_TASK], key);
    if (str_eq(name, STR("opened")))
        return take_time(reading, node, &path, &out->task_opened);
    if (str_eq(name, STR("above")))
        return take_texts(reading, node, &path, false,
                          (Texts){out->above, &out->above_count, MAX_ABOVE});
    return no_member(reading, &PLACES[FIELD_TASK], key);
}

// ---- parties ----

// A party is its name alone, or a map in which `member` is the name. What else stands
// in the map the policy must judge.
static bool read_party(Reading *reading, RequestField field, Str member, RawParty *out)
{
    const CborNode *node = reading->out->fields[field];
    const Path *path = &PLACES[field];
    if (node == NULL)
        return true;
    if (node->item.kind == CBOR_TEXT)
        return take_text(reading, node, path, &out->id);
    if (node->item.kind != CBOR_MAP)
        return malformed(reading->refusal, path, "must be an object");
    out->map = node;
    const CborNode *key = node + 1;
    for (uint64_t i = 0; i < node->item.number; i++, key = cbor_after(key + 1))
        if (str_eq(name_of(&key->item), member))
            return take_text(reading, key + 1, path, &out->id);
    return refusal_set(reading->refusal, CODE_MALFORMED, path, "needs `%.*s`",
                       STR_ARG(member));
}

static bool read_plain(Reading *reading, RequestField field, Str *out)
{
    const CborNode *node = reading->out->fields[field];
    const Path *path = &PLACES[field];
    return node == NULL || take_text(reading, node, path, out);
}

// An object whose members only the policy can judge.
static bool is_object(Reading *reading, const Path *path, const CborNode *node)
{
    return node == NULL || node->item.kind == CBOR_MAP ||
           malformed(reading->refusal, path, "must be an object");
}

static bool read_object(Reading *reading, RequestField field)
{
    return is_object(reading, &PLACES[field], reading->out->fields[field]);
}

static bool read_task(Reading *reading)
{
    RawRequest *out = reading->out;
    if (out->fields[FIELD_TASK] == NULL)
        return true;
    out->has_task = true;
    if (out->fields[FIELD_TASK]->item.kind == CBOR_TEXT)
        return take_text(reading, out->fields[FIELD_TASK], &PLACES[FIELD_TASK],
                         &out->task_id) &&
               (out->task_id.len > 0 ||
                malformed(reading->refusal, &PLACES[FIELD_TASK], "must not be empty"));
    out->task_opened = INT64_MAX; // a task that nobody says was opened has not been
    if (!each_member(reading, out->fields[FIELD_TASK], &PLACES[FIELD_TASK],
                     task_member))
        return false;
    bool is_told = reading->form == FORM_OPEN || out->task_opened != INT64_MAX;
    if (out->task_id.len == 0 || out->task_intent.len == 0 || !is_told)
        return malformed(reading->refusal, &PLACES[FIELD_TASK],
                         "needs `id`, `intent` and `opened`");
    Path params = {.above = &PLACES[FIELD_TASK], .name = STR("params")};
    return is_object(reading, &params, out->task_params);
}

// Bytes, or as many hexadecimal digits twice. `rule` says so.
static bool read_bytes(Reading *reading, RequestField field, const char *rule,
                       bool *is_there, uint8_t *out, size_t size)
{
    const CborNode *node = reading->out->fields[field];
    const Path *path = &PLACES[field];
    if (node == NULL)
        return true;
    const CborItem *item = &node->item;
    *is_there = true;
    if (item->kind == CBOR_BYTES && item->bytes.len == size) {
        memcpy(out, item->bytes.at, size);
        return true;
    }
    return (item->kind == CBOR_TEXT && char_read_hex(item->bytes, out, size)) ||
           malformed(reading->refusal, path, rule);
}

static bool read_ids(Reading *reading)
{
    RawRequest *out = reading->out;
    return read_bytes(reading, FIELD_TOOL_HASH,
                      "must be 32 bytes, or 64 hexadecimal digits", &out->has_tool_hash,
                      out->tool_hash, sizeof out->tool_hash) &&
           read_bytes(reading, FIELD_GRANT,
                      "must be 16 bytes, or 32 hexadecimal digits", &out->has_grant,
                      out->grant, sizeof out->grant);
}

static bool read_chain(Reading *reading)
{
    RawRequest *out = reading->out;
    return out->fields[FIELD_CHAIN] == NULL ||
           take_texts(reading, out->fields[FIELD_CHAIN], &PLACES[FIELD_CHAIN], false,
                      (Texts){out->chain, &out->chain_count, MAX_CHAIN});
}

// ---- the whole ----

static bool top_member(Reading *reading, const CborItem *key, const CborNode *node)
{
    if (key->kind != CBOR_UINT || key->number >= REQUEST_FIELD_COUNT)
        return no_member(reading, NULL, key);
    reading->out->fields[key->number] = node;
    return true;
}

static bool has_needed(Reading *reading)
{
    const RawRequest *out = reading->out;
    if (out->agent.id.len == 0)
        return malformed(reading->refusal, NULL, "agent: is required");
    if (reading->form != FORM_OPEN && out->audience.id.len == 0)
        return malformed(reading->refusal, NULL, "audience: is required");
    if (reading->form == FORM_CALL && out->tool.len == 0)
        return malformed(reading->refusal, NULL, "tool: is required");
    if (reading->form != FORM_CALL &&
        (out->tool.len > 0 || out->fields[FIELD_ARGS] != NULL))
        return malformed(reading->refusal, NULL,
                         "names a tool or arguments, and is no call");
    if (reading->form == FORM_OPEN && (!out->has_task || out->task_intent.len == 0))
        return malformed(reading->refusal, NULL, "task: needs `id` and `intent`");
    if (out->key.len > MAX_REQUEST_KEY)
        return refusal_set(reading->refusal, CODE_TOO_LARGE, NULL,
                           "key: is longer than %d bytes", MAX_REQUEST_KEY);
    return true;
}

static bool read_members(Reading *reading)
{
    RawRequest *out = reading->out;
    const CborNode *credential = out->fields[FIELD_CREDENTIAL];
    const CborNode *ask = out->fields[FIELD_ASK];
    out->has_credential = credential != NULL;
    if (credential != NULL &&
        !each_member(reading, credential, &PLACES[FIELD_CREDENTIAL], credential_member))
        return false;
    if (ask != NULL && !each_member(reading, ask, &PLACES[FIELD_ASK], ask_member))
        return false;
    return read_task(reading) && read_ids(reading) && read_chain(reading);
}

bool request_read(CborTree *tree, Str body, RequestForm form, Refusal *refusal,
                  RawRequest *out)
{
    Reading reading = {.refusal = refusal, .out = out, .form = form};
    request_clear_bytes(out, offsetof(RawRequest, tool_hash));
    if (!check_items(tree, body, refusal) ||
        !each_member(&reading, tree->nodes, NULL, top_member))
        return false;
    return read_plain(&reading, FIELD_GATEWAY, &out->gateway) &&
           read_party(&reading, FIELD_AGENT, STR("id"), &out->agent) &&
           read_party(&reading, FIELD_USER, STR("id"), &out->user) &&
           read_party(&reading, FIELD_AUDIENCE, STR("uri"), &out->audience) &&
           read_plain(&reading, FIELD_TOOL, &out->tool) &&
           read_plain(&reading, FIELD_PRESENTER, &out->presenter) &&
           read_plain(&reading, FIELD_KEY, &out->key) &&
           read_object(&reading, FIELD_ARGS) && read_object(&reading, FIELD_RESOURCE) &&
           read_object(&reading, FIELD_CONTEXT) && read_members(&reading) &&
           has_needed(&reading);
}
