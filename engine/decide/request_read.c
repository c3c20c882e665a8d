// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/request_read.h"

#include <string.h>

#include "engine/decide/item.h"
#include "engine/decide/secret.h"
#include "engine/vm/arg_char.h"

typedef struct Reading {
    Refusal *refusal;
    RawRequest *out;
    bool is_list;
} Reading;

Str request_field_name(RequestField field)
{
    static const char *const NAMES[] = {
#define FIELD(name, number, text) [number] = text,
#include "engine/decide/request_field.def"
#undef FIELD
    };
    return str_from_c(NAMES[field]);
}

static bool malformed(Refusal *refusal, const Path *path, const char *rule)
{
    return refusal_set(refusal, CODE_MALFORMED, path, "%s", rule);
}

// ---- the first pass: every item ----

static bool check_text(Refusal *refusal, const Path *path, Str text)
{
    if (text.len > MAX_REQUEST_STRING)
        return refusal_set(refusal, CODE_TOO_LARGE, path,
                           "a text is longer than %d bytes", MAX_REQUEST_STRING);
    if (secret_shaped(text))
        return refusal_set(refusal, CODE_SECRET, path,
                           "a text is shaped like a credential");
    return true;
}

// One item, in the member `path` of the request (NULL before the first).
static bool check_item(CborReader *reader, Refusal *refusal, const Path *path,
                       CborItem *item)
{
    Status status = cbor_next(reader, item);
    if (status == STATUS_LIMIT)
        return refusal_set(refusal, CODE_TOO_LARGE, path, "%s", reader->why);
    if (status != STATUS_OK)
        return malformed(refusal, path, reader->why);
    bool is_text = item->kind == CBOR_TEXT || item->kind == CBOR_BYTES;
    return !is_text || check_text(refusal, path, item->bytes);
}

// The body is one item, well formed to its end.
static bool check_items(Str body, Refusal *refusal)
{
    CborReader reader = cbor_reader(body, MAX_REQUEST_ITEMS);
    CborItem item;
    Path member = {0};
    do {
        bool is_member = reader.depth == 1 && reader.levels[0].left % 2 == 0;
        if (!check_item(&reader, refusal, member.name.len > 0 ? &member : NULL, &item))
            return false;
        if (is_member && item.kind == CBOR_UINT && item.number < REQUEST_FIELD_COUNT)
            member.name = request_field_name((RequestField)item.number);
    } while (reader.depth > 0);
    return cbor_end(&reader) == STATUS_OK || malformed(refusal, NULL, reader.why);
}

// ---- maps, lists and scalars of what is known to be well formed ----

static bool next(CborReader *reader, Refusal *refusal, const Path *path, CborItem *item)
{
    return cbor_next(reader, item) == STATUS_OK ||
           malformed(refusal, path, reader->why);
}

// The whole of the next item, as it stands.
static bool take_raw(CborReader *reader, Refusal *refusal, const Path *path, Str *out)
{
    const uint8_t *start = reader->bytes.at;
    CborItem item;
    if (!next(reader, refusal, path, &item))
        return false;
    if (cbor_skip(reader, &item) != STATUS_OK)
        return malformed(refusal, path, reader->why);
    *out = cbor_since(reader, start);
    return true;
}

bool request_each_member(Str map, Refusal *refusal, const Path *path,
                         RequestMember *member, void *context)
{
    CborReader reader = cbor_reader(map, MAX_REQUEST_ITEMS);
    CborItem head, key;
    if (!next(&reader, refusal, path, &head))
        return false;
    if (head.kind != CBOR_MAP)
        return malformed(refusal, path, "must be an object");
    for (uint64_t i = 0; i < head.number; i++)
        if (!next(&reader, refusal, path, &key) || !member(context, &key, &reader))
            return false;
    return true;
}

static bool take_text(Reading *reading, CborReader *reader, const Path *path, Str *out)
{
    CborItem item;
    if (!next(reader, reading->refusal, path, &item))
        return false;
    if (item.kind != CBOR_TEXT || item.bytes.len == 0)
        return malformed(reading->refusal, path, "must be a text that is not empty");
    *out = item.bytes;
    return true;
}

static bool take_time(Reading *reading, CborReader *reader, const Path *path,
                      int64_t *out)
{
    CborItem item;
    return next(reader, reading->refusal, path, &item) &&
           (item_to_time(&item, out) ||
            malformed(reading->refusal, path,
                      "must be a time: seconds since 1970, or RFC 3339"));
}

static bool take_u32(Reading *reading, CborReader *reader, const Path *path,
                     uint32_t *out)
{
    int64_t number = 0;
    CborItem item;
    if (!next(reader, reading->refusal, path, &item))
        return false;
    if (!item_to_i64(&item, &number) || number < 0 || number >= UINT32_MAX)
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

// A list of texts; or one text, which is split at spaces where the standard has it so.
static bool take_texts(Reading *reading, CborReader *reader, const Path *path,
                       bool is_spaced, Texts texts)
{
    CborItem item;
    if (!next(reader, reading->refusal, path, &item))
        return false;
    if (item.kind == CBOR_TEXT) {
        Cut cut = is_spaced ? str_cut(item.bytes, ' ') : (Cut){.head = item.bytes};
        for (;;) {
            if (cut.head.len > 0 && !add_text(reading, path, texts, cut.head))
                return false;
            if (!cut.found)
                return true;
            cut = str_cut(cut.tail, ' ');
        }
    }
    if (item.kind != CBOR_ARRAY)
        return malformed(reading->refusal, path, "must be a list of texts");
    for (uint64_t i = 0; i < item.number; i++) {
        Str text;
        if (!take_text(reading, reader, path, &text) ||
            !add_text(reading, path, texts, text))
            return false;
    }
    return true;
}

// ---- members with members of their own ----

Path request_member_path(const Path *above, const CborItem *key)
{
    Str name = key->kind == CBOR_TEXT ? key->bytes : (Str){0};
    return (Path){.above = above, .name = name, .index = (uint32_t)key->number};
}

static bool no_member(Reading *reading, const Path *above, const CborItem *key)
{
    Path path = request_member_path(above, key);
    return malformed(reading->refusal, &path, "there is no such member");
}

static bool is_name(const CborItem *key, const char *name)
{
    return key->kind == CBOR_TEXT && str_eq(key->bytes, str_from_c(name));
}

static const Path CREDENTIAL = {.name = {"credential", 10}};

// `cnf`: a DPoP key thumbprint as text or {jkt} (RFC 9449 §6.1), or {x5t#S256}, that of
// a client certificate (RFC 8705 §3.1).
static bool confirmation_member(void *context, const CborItem *key, CborReader *reader)
{
    Reading *reading = context;
    Path path = {.above = &CREDENTIAL, .name = STR("cnf")};
    if (is_name(key, "jkt"))
        reading->out->sender = SENDER_DPOP;
    else if (is_name(key, "x5t#S256"))
        reading->out->sender = SENDER_MTLS;
    else
        return no_member(reading, &path, key);
    return take_text(reading, reader, &path, &reading->out->cnf);
}

static bool take_confirmation(Reading *reading, CborReader *reader)
{
    Path path = {.above = &CREDENTIAL, .name = STR("cnf")};
    CborReader ahead = *reader;
    CborItem item;
    Str raw;
    if (!next(&ahead, reading->refusal, &path, &item))
        return false;
    if (item.kind == CBOR_TEXT) {
        reading->out->sender = SENDER_DPOP;
        return take_text(reading, reader, &path, &reading->out->cnf);
    }
    return take_raw(reader, reading->refusal, &path, &raw) &&
           request_each_member(raw, reading->refusal, &path, confirmation_member,
                               reading);
}

static bool credential_member(void *context, const CborItem *key, CborReader *reader)
{
    Reading *reading = context;
    RawRequest *out = reading->out;
    Path path = {.above = &CREDENTIAL, .name = key->bytes};
    if (is_name(key, "iss"))
        return take_text(reading, reader, &path, &out->iss);
    if (is_name(key, "sub"))
        return take_text(reading, reader, &path, &out->sub);
    if (is_name(key, "client_id"))
        return take_text(reading, reader, &path, &out->client_id);
    if (is_name(key, "cnf"))
        return take_confirmation(reading, reader);
    if (is_name(key, "iat")) {
        out->has_iat = true;
        return take_time(reading, reader, &path, &out->iat);
    }
    if (is_name(key, "exp")) {
        out->has_exp = true;
        return take_time(reading, reader, &path, &out->exp);
    }
    if (is_name(key, "aud"))
        return take_texts(reading, reader, &path, false,
                          (Texts){out->aud, &out->aud_count, MAX_CHAIN});
    if (is_name(key, "act")) {
        out->has_act = true;
        return take_texts(reading, reader, &path, false,
                          (Texts){out->act, &out->act_count, MAX_CHAIN});
    }
    if (is_name(key, "scope")) {
        out->has_scope = true;
        return take_texts(reading, reader, &path, true,
                          (Texts){out->scope, &out->scope_count, MAX_SCOPES});
    }
    return no_member(reading, &CREDENTIAL, key);
}

static const Path ASK = {.name = {"ask", 3}};

static bool ask_member(void *context, const CborItem *key, CborReader *reader)
{
    Reading *reading = context;
    RawRequest *out = reading->out;
    Path path = {.above = &ASK, .name = key->bytes};
    CborItem item;
    if (is_name(key, "scope")) {
        out->asks_scope = true;
        return take_texts(reading, reader, &path, true,
                          (Texts){out->ask_scope, &out->ask_scope_count, MAX_SCOPES});
    }
    if (is_name(key, "ttl")) {
        out->asks_ttl = true;
        return next(reader, reading->refusal, &path, &item) &&
               ((item_to_duration(&item, &out->ask_ttl) && out->ask_ttl > 0) ||
                malformed(reading->refusal, &path,
                          "must be whole seconds, at least 1"));
    }
    if (is_name(key, "uses")) {
        out->asks_uses = true;
        return take_u32(reading, reader, &path, &out->ask_uses) &&
               (out->ask_uses > 0 ||
                malformed(reading->refusal, &path, "must be at least 1"));
    }
    if (is_name(key, "depth")) {
        out->asks_depth = true;
        return take_u32(reading, reader, &path, &out->ask_depth);
    }
    return no_member(reading, &ASK, key);
}

static const Path TASK = {.name = {"task", 4}};

static bool task_member(void *context, const CborItem *key, CborReader *reader)
{
    Reading *reading = context;
    RawRequest *out = reading->out;
    Path path = {.above = &TASK, .name = key->bytes};
    if (is_name(key, "id"))
        return take_text(reading, reader, &path, &out->task_id);
    if (is_name(key, "intent"))
        return take_text(reading, reader, &path, &out->task_intent);
    if (is_name(key, "params"))
        return take_raw(reader, reading->refusal, &path, &out->task_params);
    if (is_name(key, "opened"))
        return take_time(reading, reader, &path, &out->task_opened);
    if (is_name(key, "above"))
        return take_texts(reading, reader, &path, false,
                          (Texts){out->above, &out->above_count, MAX_ABOVE});
    return no_member(reading, &TASK, key);
}

// ---- parties ----

typedef struct PartyReading {
    Reading *reading;
    const Path *path;
    const char *name; // of the member that says which
    Str *id;
} PartyReading;

static bool party_member(void *context, const CborItem *key, CborReader *reader)
{
    PartyReading *party = context;
    Str raw;
    if (is_name(key, party->name))
        return take_text(party->reading, reader, party->path, party->id);
    return take_raw(reader, party->reading->refusal, party->path, &raw);
}

static bool read_party(Reading *reading, RequestField field, const char *member,
                       RawParty *out)
{
    Path path = {.name = request_field_name(field)};
    Str raw = reading->out->fields[field];
    CborReader reader = cbor_reader(raw, MAX_REQUEST_ITEMS);
    CborReader ahead = reader;
    CborItem item;
    if (raw.len == 0)
        return true;
    if (!next(&ahead, reading->refusal, &path, &item))
        return false;
    if (item.kind == CBOR_TEXT)
        return take_text(reading, &reader, &path, &out->id);
    out->map = raw;
    PartyReading party = {reading, &path, member, &out->id};
    if (!request_each_member(raw, reading->refusal, &path, party_member, &party))
        return false;
    return out->id.len > 0 ||
           refusal_set(reading->refusal, CODE_MALFORMED, &path, "needs `%s`", member);
}

static bool read_plain(Reading *reading, RequestField field, Str *out)
{
    Path path = {.name = request_field_name(field)};
    CborReader reader = cbor_reader(reading->out->fields[field], MAX_REQUEST_ITEMS);
    return reading->out->fields[field].len == 0 ||
           take_text(reading, &reader, &path, out);
}

// An object whose members only the policy can judge.
static bool is_object(Reading *reading, const Path *path, Str raw)
{
    CborReader reader = cbor_reader(raw, MAX_REQUEST_ITEMS);
    CborItem item;
    return raw.len == 0 || (next(&reader, reading->refusal, path, &item) &&
                            (item.kind == CBOR_MAP ||
                             malformed(reading->refusal, path, "must be an object")));
}

static bool read_object(Reading *reading, RequestField field)
{
    Path path = {.name = request_field_name(field)};
    return is_object(reading, &path, reading->out->fields[field]);
}

static bool read_task(Reading *reading)
{
    RawRequest *out = reading->out;
    out->has_task = true;
    out->task_opened = INT64_MAX; // a task that nobody says was opened has not been
    if (!request_each_member(out->fields[FIELD_TASK], reading->refusal, &TASK,
                             task_member, reading))
        return false;
    if (out->task_id.len == 0 || out->task_intent.len == 0 ||
        out->task_opened == INT64_MAX)
        return malformed(reading->refusal, &TASK, "needs `id`, `intent` and `opened`");
    Path params = {.above = &TASK, .name = STR("params")};
    return is_object(reading, &params, out->task_params);
}

static bool parse_hex(Str text, uint8_t out[DIGEST_SIZE])
{
    if (text.len != 2 * DIGEST_SIZE)
        return false;
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        int high = char_hex(text.at[2 * i]);
        int low = char_hex(text.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_hash(Reading *reading)
{
    RawRequest *out = reading->out;
    Path path = {.name = STR("tool_hash")};
    CborReader reader = cbor_reader(out->fields[FIELD_TOOL_HASH], MAX_REQUEST_ITEMS);
    CborItem item;
    if (out->fields[FIELD_TOOL_HASH].len == 0)
        return true;
    if (!next(&reader, reading->refusal, &path, &item))
        return false;
    out->has_tool_hash = true;
    if (item.kind == CBOR_BYTES && item.bytes.len == sizeof out->tool_hash) {
        memcpy(out->tool_hash, item.bytes.at, sizeof out->tool_hash);
        return true;
    }
    return (item.kind == CBOR_TEXT && parse_hex(item.bytes, out->tool_hash)) ||
           malformed(reading->refusal, &path,
                     "must be 32 bytes, or 64 hexadecimal digits");
}

static bool read_chain(Reading *reading)
{
    RawRequest *out = reading->out;
    Path path = {.name = STR("chain")};
    CborReader reader = cbor_reader(out->fields[FIELD_CHAIN], MAX_REQUEST_ITEMS);
    return out->fields[FIELD_CHAIN].len == 0 ||
           take_texts(reading, &reader, &path, false,
                      (Texts){out->chain, &out->chain_count, MAX_CHAIN});
}

// ---- the whole ----

static bool top_member(void *context, const CborItem *key, CborReader *reader)
{
    Reading *reading = context;
    if (key->kind != CBOR_UINT || key->number >= REQUEST_FIELD_COUNT)
        return no_member(reading, NULL, key);
    return take_raw(reader, reading->refusal, NULL, &reading->out->fields[key->number]);
}

static bool has_needed(Reading *reading)
{
    const RawRequest *out = reading->out;
    if (out->agent.id.len == 0)
        return malformed(reading->refusal, NULL, "agent: is required");
    if (out->audience.id.len == 0)
        return malformed(reading->refusal, NULL, "audience: is required");
    if (!reading->is_list && out->tool.len == 0)
        return malformed(reading->refusal, NULL, "tool: is required");
    if (reading->is_list && (out->tool.len > 0 || out->fields[FIELD_ARGS].len > 0))
        return malformed(reading->refusal, NULL,
                         "a LIST names no tool and no arguments");
    if (out->key.len > MAX_REQUEST_KEY)
        return refusal_set(reading->refusal, CODE_TOO_LARGE, NULL,
                           "key: is longer than %d bytes", MAX_REQUEST_KEY);
    return true;
}

static bool read_members(Reading *reading)
{
    RawRequest *out = reading->out;
    if (out->fields[FIELD_CREDENTIAL].len > 0) {
        out->has_credential = true;
        if (!request_each_member(out->fields[FIELD_CREDENTIAL], reading->refusal,
                                 &CREDENTIAL, credential_member, reading))
            return false;
    }
    if (out->fields[FIELD_ASK].len > 0 &&
        !request_each_member(out->fields[FIELD_ASK], reading->refusal, &ASK, ask_member,
                             reading))
        return false;
    return (out->fields[FIELD_TASK].len == 0 || read_task(reading)) &&
           read_hash(reading) && read_chain(reading);
}

bool request_read(Str body, bool is_list, Refusal *refusal, RawRequest *out)
{
    Reading reading = {.refusal = refusal, .out = out, .is_list = is_list};
    memset(out, 0, sizeof *out);
    if (!check_items(body, refusal) ||
        !request_each_member(body, refusal, NULL, top_member, &reading))
        return false;
    return read_plain(&reading, FIELD_GATEWAY, &out->gateway) &&
           read_party(&reading, FIELD_AGENT, "id", &out->agent) &&
           read_party(&reading, FIELD_USER, "id", &out->user) &&
           read_party(&reading, FIELD_AUDIENCE, "uri", &out->audience) &&
           read_plain(&reading, FIELD_TOOL, &out->tool) &&
           read_plain(&reading, FIELD_PRESENTER, &out->presenter) &&
           read_plain(&reading, FIELD_KEY, &out->key) &&
           read_object(&reading, FIELD_ARGS) && read_object(&reading, FIELD_RESOURCE) &&
           read_object(&reading, FIELD_CONTEXT) && read_members(&reading) &&
           has_needed(&reading);
}
