// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/request.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/decide/request_fill.h"
#include "engine/decide/request_party.h"
#include "engine/decide/request_read.h"

// ---- memory ----

static uint32_t most_tags(const Bundle *bundle)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < bundle->tools_count; i++)
        if (bundle->tools[i].tags.count > most)
            most = bundle->tools[i].tags.count;
    return most;
}

static bool allocate(Arena *arena, Request *request, uint32_t elements)
{
    const Bundle *bundle = request->bundle;
    size_t slots = bundle->slots_count + (size_t)1;
    request->slots = arena_try(arena, slots * sizeof *request->slots);
    request->filled = arena_try(arena, slots * sizeof *request->filled);
    request->is_filled = arena_try(arena, slots * sizeof *request->is_filled);
    request->is_read = arena_try(arena, slots * sizeof *request->is_read);
    request->attributes = arena_try(arena, slots * sizeof *request->attributes);
    request->merged_groups =
        arena_try(arena, (MAX_USER_GROUPS + MAX_REQUEST_GROUPS) * sizeof(uint32_t));
    request->tags =
        arena_try(arena, (most_tags(bundle) + (size_t)1) * sizeof *request->tags);
    request->pool.at = arena_try(arena, (elements + (size_t)1) * sizeof(Value));
    request->pool.capacity = elements;
    request->tree.nodes =
        arena_try(arena, (MAX_REQUEST_ITEMS + (size_t)1) * sizeof(CborNode));
    request->tree.max_nodes = MAX_REQUEST_ITEMS;
    request->joined.nodes =
        arena_try(arena, (MAX_REQUEST_ITEMS + (size_t)1) * sizeof(CborNode));
    request->joined.max_nodes = MAX_REQUEST_ITEMS;
    return request->slots && request->filled && request->is_filled &&
           request->is_read && request->attributes && request->merged_groups &&
           request->tags && request->pool.at && request->tree.nodes &&
           request->joined.nodes;
}

// What no code, no dispatch table and nothing in the engine reads need not be filled.
static void find_read(Request *request)
{
    static const uint32_t BY_ENGINE[] = {
        SLOT_USER_ID,        SLOT_USER_TENANT,    SLOT_USER_ACR,
        SLOT_USER_AUTH_TIME, SLOT_AGENT_ATTESTED, SLOT_RESOURCE_TYPE,
    };
    const Bundle *bundle = request->bundle;
    for (size_t i = 0; i < sizeof BY_ENGINE / sizeof BY_ENGINE[0]; i++)
        request->is_read[BY_ENGINE[i]] = true;
    for (uint32_t i = 0; i < bundle->code_count; i++) {
        uint32_t ins = bundle->code[i];
        if (ins_op(ins) == OP_SLOT || ins_op(ins) == OP_OPT)
            request->is_read[ins_bx(ins)] = true;
    }
    for (uint32_t i = 0; i < bundle->dispatch_count; i++) {
        const BundleDispatch *group = &bundle->dispatch[i];
        for (uint32_t k = 0; k < group->dim_count; k++)
            if (group->dims[k] == DIM_EQUAL)
                request->is_read[group->dim_slots[k]] = true;
    }
}

Request *request_new(Arena *arena, const Bundle *bundle, uint32_t elements)
{
    Request *request = arena_try(arena, sizeof *request);
    if (!request)
        return NULL;
    request->bundle = bundle;
    if (!allocate(arena, request, elements))
        return NULL;
    for (uint32_t i = 0; i < bundle->slots_count; i++) {
        request->slots[i] = value_absent(request_slot_kind(bundle, i));
        if (bundle->slots[i].root == SLOT_ROOT_ATTRIBUTE)
            request->attributes[request->attribute_count++] = i;
    }
    find_read(request);
    for (uint32_t i = 0; i < bundle->groups_count; i++)
        request->needs_groups |= (bundle->groups[i].flags & GROUP_FROM_REQUEST) != 0;
    return request;
}

// ---- the tool and the task ----

static void fill_tool(Request *request)
{
    const Bundle *bundle = request->bundle;
    const BundleTool *tool = &bundle->tools[request->tool];
    request_fill_string(request, SLOT_TOOL_NAME, tool->name);
    if (!request->is_read[SLOT_TOOL_TAGS])
        return;
    for (uint32_t i = 0; i < tool->tags.count; i++) {
        uint32_t tag = bundle->lists[tool->tags.first + i];
        request->tags[i] = value_text(bundle_string(bundle, tag), tag);
    }
    request_fill_list(request, SLOT_TOOL_TAGS, request->tags, tool->tags.count);
}

// Makes all that a record fills absent, or unknown.
static void set_fields(Request *request, uint32_t number, Value value)
{
    const Bundle *bundle = request->bundle;
    const BundleSchema *schema = &bundle->schemas[number];
    for (uint32_t i = 0; i < schema->count; i++) {
        const BundleField *field = &bundle->fields[schema->of + i];
        for (uint32_t k = 0; k < field->fill_count; k++) {
            uint32_t slot = bundle->fills[field->fill + k].slot;
            value.kind = (uint8_t)request_slot_kind(bundle, slot);
            request_fill(request, slot, value);
        }
    }
}

static bool know_tool(Request *request, const RawRequest *raw)
{
    const Bundle *bundle = request->bundle;
    Path path = {.name = STR("tool")};
    uint32_t name = bundle_intern(bundle, raw->tool);
    uint32_t family = bundle->audiences[request->audience].family;
    request->tool = name == NONE ? NONE : bundle_find_tool(bundle, family, name);
    if (request->tool == NONE)
        return request_refuse(request, CODE_UNKNOWN, &path,
                              "is not known at this audience");
    fill_tool(request);
    if (bundle->tools[request->tool].result != NONE)
        set_fields(request, bundle->tools[request->tool].result,
                   value_unknown(KIND_NONE, CAUSE_UNTOLD));
    return true;
}

static bool know_pin(Request *request, const RawRequest *raw)
{
    const BundleTool *tool = &request->bundle->tools[request->tool];
    Path path = {.name = STR("tool_hash")};
    if (!raw->has_tool_hash || !(tool->flags & TOOL_PINNED))
        return true;
    return memcmp(raw->tool_hash, tool->pin, sizeof tool->pin) == 0 ||
           request_refuse(request, CODE_DRIFT, &path,
                          "is not that of the reviewed definition");
}

static uint32_t find_intent(const Bundle *bundle, Str text)
{
    uint32_t name = bundle_intern(bundle, text);
    return name == NONE ? NONE : bundle_find_intent(bundle, name);
}

static bool know_task(Request *request, const RawRequest *raw)
{
    Path path = {.name = STR("task")};
    Path intent = {.above = &path, .name = STR("intent")};
    Path above = {.above = &path, .name = STR("above")};
    if (!raw->has_task)
        return true;
    request->has_task = true;
    request->names_task = raw->task_intent.len == 0;
    if (request->names_task) {
        request->task = (TaskRecord){.id = raw->task_id};
        request_fill_text(request, SLOT_TASK_ID, raw->task_id);
        return true;
    }
    request->task =
        (TaskRecord){.id = raw->task_id,
                     .intent = find_intent(request->bundle, raw->task_intent),
                     .opened = raw->task_opened,
                     .above_count = raw->above_count,
                     .above = request->above};
    if (request->task.intent == NONE)
        return request_refuse(request, CODE_UNKNOWN, &intent, "is not known");
    for (uint32_t i = 0; i < raw->above_count; i++) {
        Path at = {.above = &above, .index = i};
        request->above[i] = find_intent(request->bundle, raw->above[i]);
        if (request->above[i] == NONE)
            return request_refuse(request, CODE_UNKNOWN, &at, "is not known");
    }
    request_fill_text(request, SLOT_TASK_ID, raw->task_id);
    request_fill(request, SLOT_TASK_OPENED, value_number(KIND_TIME, raw->task_opened));
    return true;
}

// ---- arguments and parameters ----

typedef struct RecordReading {
    Request *request;
    SchemaReader reader;
    uint32_t schema; // of the record
    Path path;
    uint64_t seen[MAX_FIELDS / 64];
    const CborNode **sent; // room for MAX_FIELDS, by field
    uint8_t other_root;    // slots of this root are not filled
} RecordReading;

static Value as_decimal(const Value *value)
{
    Value converted = *value;
    converted.kind = KIND_DECIMAL;
    if (value->state == VALUE_KNOWN)
        converted.as.decimal = decimal_from_i64(value->as.number);
    return converted;
}

static void fill_field(const RecordReading *record, const BundleField *field,
                       const Value *value)
{
    Request *request = record->request;
    for (uint32_t i = 0; i < field->fill_count; i++) {
        const BundleFill *to = &request->bundle->fills[field->fill + i];
        if (request->bundle->slots[to->slot].root == record->other_root)
            continue;
        if (to->convert == CONVERT_TO_DECIMAL)
            request_fill(request, to->slot, as_decimal(value));
        else
            request_fill(request, to->slot, *value);
    }
}

static bool take_member(RecordReading *record, const CborNode *key)
{
    const Bundle *bundle = record->request->bundle;
    uint32_t at = key->item.kind == CBOR_TEXT
                      ? schema_find_field(bundle, record->schema, key->item.bytes)
                      : NONE;
    bool is_closed = bundle->schemas[record->schema].flags & SCHEMA_CLOSED;
    if (at == NONE && !is_closed)
        return true;
    if (at == NONE) {
        Path path = path_of_key(&record->path, &key->item);
        return request_refuse(record->request, CODE_ARGUMENT, &path, "is not declared");
    }
    uint32_t number = bundle->schemas[record->schema].of + at;
    const BundleField *field = &bundle->fields[number];
    Value value;
    if (!schema_take_field(&record->reader, number, &record->path, key + 1,
                           field->fill_count > 0 ? &value : NULL))
        return false;
    record->seen[at / 64] |= UINT64_C(1) << at % 64;
    record->sent[at] = key + 1;
    if (field->fill_count > 0)
        fill_field(record, field, &value);
    return true;
}

static bool has_required(const RecordReading *record)
{
    const Bundle *bundle = record->request->bundle;
    const BundleSchema *schema = &bundle->schemas[record->schema];
    for (uint32_t i = 0; i < schema->count; i++) {
        const BundleField *field = &bundle->fields[schema->of + i];
        if (!(field->flags & FIELD_REQUIRED) ||
            (record->seen[i / 64] >> i % 64 & 1) != 0)
            continue;
        Path path = {.above = &record->path,
                     .name = bundle_string(bundle, field->name)};
        return request_refuse(record->request, CODE_ARGUMENT, &path, "is required");
    }
    return true;
}

static bool take_members(RecordReading *record, const CborNode *map)
{
    const CborNode *key = map + 1;
    for (uint64_t i = 0; i < map->item.number; i++, key = cbor_after(key + 1))
        if (!take_member(record, key))
            return false;
    return true;
}

// `map` is an object, or NULL: nothing was sent.
static bool take_record(RecordReading *record, const CborNode *map)
{
    Request *request = record->request;
    record->reader = request_schema_reader(request);
    bool is_taken = map == NULL || take_members(record, map);
    request->has_unknown |= record->reader.has_unknown;
    return is_taken && has_required(record);
}

static bool know_params(Request *request, const RawRequest *raw)
{
    Path task = {.name = request_field_name(FIELD_TASK)};
    const CborNode *sent[MAX_FIELDS];
    if (!raw->has_task || request->names_task)
        return true;
    RecordReading record = {
        .request = request,
        .schema = request->bundle->intents[request->task.intent].schema,
        .path = {.above = &task, .name = STR("params")},
        .sent = sent,
        .other_root = request->is_opening ? SLOT_ROOT_PARAMETER : SLOT_ROOT_CHILD};
    return take_record(&record, raw->task_params);
}

static bool know_args(Request *request, const RawRequest *raw)
{
    const CborNode *sent[MAX_FIELDS];
    RecordReading record = {.request = request,
                            .schema = request->bundle->tools[request->tool].schema,
                            .path = {.name = request_field_name(FIELD_ARGS)},
                            .sent = sent,
                            .other_root = SLOT_ROOT_FIXED};
    if (!take_record(&record, raw->fields[FIELD_ARGS]))
        return false;
    const BundleSchema *schema = &request->bundle->schemas[record.schema];
    for (uint32_t i = 0; i < schema->count; i++)
        if (record.seen[i / 64] >> i % 64 & 1)
            request->arguments[request->argument_count++] =
                (RequestArgument){.field = schema->of + i, .raw = cbor_raw(sent[i])};
    request->row_tenant_count = record.reader.tenant_count;
    memcpy(request->row_tenants, record.reader.tenants,
           record.reader.tenant_count * sizeof *request->row_tenants);
    return true;
}

// ---- facts that need no lookup to be taken over ----

static bool take_credential(Request *request, const RawRequest *raw)
{
    const Bundle *bundle = request->bundle;
    Str gateway = bundle_string(bundle, bundle->gateways[request->gateway].uri);
    request->issuer = bundle_find_issuer(bundle, raw->iss);
    for (uint32_t i = 0; i < raw->aud_count; i++)
        request->is_for_gateway |= str_eq(raw->aud[i], gateway);
    request->has_credential = raw->has_credential;
    request->credential_sub = raw->sub;
    request->credential_client = raw->client_id;
    request->credential_cnf = raw->cnf;
    request->credential_sender = raw->sender;
    request->presenter = raw->presenter;
    request->has_exp = raw->has_exp;
    request->has_iat = raw->has_iat;
    request->credential_exp = raw->exp;
    request->credential_iat = raw->iat;
    request->has_act = raw->has_act;
    request->act_count = raw->act_count;
    memcpy(request->act, raw->act, raw->act_count * sizeof(Str));
    request_fill_text(request, SLOT_CREDENTIAL_ISS, raw->iss);
    request_fill_text(request, SLOT_CREDENTIAL_SUB, raw->sub);
    request_fill_text(request, SLOT_CREDENTIAL_CLIENT_ID, raw->client_id);
    request_fill_text(request, SLOT_CREDENTIAL_CNF, raw->cnf);
    if (raw->has_iat)
        request_fill(request, SLOT_CREDENTIAL_IAT, value_number(KIND_TIME, raw->iat));
    if (raw->has_exp)
        request_fill(request, SLOT_CREDENTIAL_EXP, value_number(KIND_TIME, raw->exp));
    return request_fill_texts(request, SLOT_CREDENTIAL_AUD, raw->aud, raw->aud_count) &&
           (!raw->has_scope || request_fill_texts(request, SLOT_CREDENTIAL_SCOPE,
                                                  raw->scope, raw->scope_count)) &&
           (!raw->has_act ||
            request_fill_texts(request, SLOT_CREDENTIAL_ACT, raw->act, raw->act_count));
}

static void add_asked_scope(Request *request, uint32_t scope)
{
    uint32_t at = request->ask_scope_count;
    uint32_t *list = request->ask_scope;
    while (at > 0 && list[at - 1] > scope)
        at--;
    if (at > 0 && list[at - 1] == scope)
        return;
    memmove(list + at + 1, list + at, (request->ask_scope_count - at) * sizeof *list);
    list[at] = scope;
    request->ask_scope_count++;
}

static bool take_ask(Request *request, const RawRequest *raw)
{
    request->asks_scope = raw->asks_scope;
    request->asks_ttl = raw->asks_ttl;
    request->asks_uses = raw->asks_uses;
    request->asks_depth = raw->asks_depth;
    request->ask_ttl = raw->ask_ttl;
    request->ask_uses = raw->ask_uses;
    request->ask_depth = raw->ask_depth;
    for (uint32_t i = 0; i < raw->ask_scope_count; i++)
        add_asked_scope(request, bundle_intern(request->bundle, raw->ask_scope[i]));
    if (raw->asks_ttl)
        request_fill(request, SLOT_ASK_TTL, value_number(KIND_DURATION, raw->ask_ttl));
    if (raw->asks_uses)
        request_fill(request, SLOT_ASK_USES, value_number(KIND_INT, raw->ask_uses));
    if (raw->asks_depth)
        request_fill(request, SLOT_ASK_DEPTH, value_number(KIND_INT, raw->ask_depth));
    return !raw->asks_scope || request_fill_texts(request, SLOT_ASK_SCOPE,
                                                  raw->ask_scope, raw->ask_scope_count);
}

// ---- LIST: a tool after another, its arguments open ----

static void stop_asking(Request *request)
{
    if (request->is_asking)
        set_fields(request, request->bundle->tools[request->tool].schema,
                   value_absent(KIND_NONE));
    request->is_asking = false;
}

// ---- the whole ----

static bool know_actors(Request *request, const RawRequest *raw, uint32_t gateway)
{
    return party_gateway(request, raw, gateway) && party_agent(request, raw) &&
           party_user(request, raw);
}

static bool know_parties(Request *request, const RawRequest *raw, uint32_t gateway)
{
    return know_actors(request, raw, gateway) && party_audience(request, raw);
}

static bool know_rest(Request *request, const RawRequest *raw)
{
    request->key = raw->key;
    request->has_grant = raw->has_grant;
    memcpy(request->grant, raw->grant, sizeof request->grant);
    return know_task(request, raw) &&
           party_chain(request, raw->chain, raw->chain_count) &&
           know_params(request, raw) && party_surroundings(request, raw) &&
           take_credential(request, raw) && take_ask(request, raw);
}

void request_decode(Request *request, Str body, uint32_t gateway)
{
    RawRequest raw;
    stop_asking(request);
    request_clear(request);
    request->body = body;
    if (request_read(&request->tree, body, FORM_CALL, &request->refusal, &raw) &&
        know_parties(request, &raw, gateway) && know_tool(request, &raw) &&
        know_rest(request, &raw) && know_args(request, &raw))
        know_pin(request, &raw);
}

void request_decode_open(Request *request, Str body, uint32_t gateway)
{
    RawRequest raw;
    stop_asking(request);
    request_clear(request);
    request->is_opening = true;
    request->audience = request->tool = NONE;
    if (!request_read(&request->tree, body, FORM_OPEN, &request->refusal, &raw) ||
        !know_actors(request, &raw, gateway) || !know_rest(request, &raw))
        return;
    request->under = raw.task_under;
    request->params = raw.task_params ? cbor_raw(raw.task_params) : STR("\xa0");
}

void request_decode_list(Request *request, Str body, uint32_t gateway)
{
    RawRequest raw;
    stop_asking(request);
    request_clear(request);
    request->is_partial = true;
    request->tool = NONE;
    if (request_read(&request->tree, body, FORM_LIST, &request->refusal, &raw) &&
        know_parties(request, &raw, gateway))
        know_rest(request, &raw);
}

// ---- a task that was opened ----

// A chain that the request claims must be that of the tasks.
static bool join_chain(Request *request, const JoinedTask *task)
{
    const Bundle *bundle = request->bundle;
    Path path = {.name = request_field_name(FIELD_CHAIN)};
    Str agents[MAX_ABOVE];
    for (uint32_t i = 0; i < task->above_count; i++)
        agents[i] = task->actors[task->above_count - 1 - i];
    bool is_same = request->chain_count == task->above_count;
    for (uint32_t i = 0; is_same && i < task->above_count; i++)
        is_same = str_eq(bundle_string(bundle, bundle->agents[request->chain[i]].id),
                         agents[i]);
    if (request->chain_count > 0 && !is_same)
        return request_refuse(request, CODE_DELEGATION, &path,
                              "is not that of the tasks");
    return party_chain(request, agents, task->above_count);
}

static bool join_intents(Request *request, const JoinedTask *task)
{
    Path path = {.name = request_field_name(FIELD_TASK)};
    request->task.intent = find_intent(request->bundle, task->intent);
    request->task.above = request->above;
    request->task.above_count = task->above_count;
    bool are_known = request->task.intent != NONE;
    for (uint32_t i = 0; i < task->above_count; i++) {
        request->above[i] = find_intent(request->bundle, task->above[i]);
        are_known &= request->above[i] != NONE;
    }
    return are_known || request_refuse(request, CODE_TASK, &path,
                                       "has an intent that this policy does not know");
}

bool request_take_params(Request *request, uint32_t intent, Str params)
{
    Path task = {.name = request_field_name(FIELD_TASK)};
    const CborNode *sent[MAX_FIELDS];
    RecordReading record = {.request = request,
                            .schema = request->bundle->intents[intent].schema,
                            .path = {.above = &task, .name = STR("params")},
                            .sent = sent,
                            .other_root = SLOT_ROOT_CHILD};
    if (cbor_read_tree(&request->joined, params) != STATUS_OK ||
        request->joined.nodes->item.kind != CBOR_MAP)
        return request_refuse(request, CODE_TASK, &task,
                              "has parameters that can't be read");
    return take_record(&record, request->joined.nodes);
}

bool request_take_result(Request *request, Str result)
{
    Path path = {.name = STR("result")};
    const CborNode *sent[MAX_FIELDS];
    RecordReading record = {.request = request,
                            .schema = request->bundle->tools[request->tool].result,
                            .path = path,
                            .sent = sent,
                            .other_root = SLOT_ROOT_FIXED};
    if (cbor_read_tree(&request->joined, result) != STATUS_OK ||
        request->joined.nodes->item.kind != CBOR_MAP)
        return request_refuse(request, CODE_ARGUMENT, &path, "is not an object");
    set_fields(request, record.schema, value_absent(KIND_NONE));
    return take_record(&record, request->joined.nodes);
}

bool request_take_result_of(Request *request, uint32_t tool, Str result)
{
    stop_asking(request);
    request_clear(request);
    request->tool = tool;
    return request_take_result(request, result);
}

void request_join_task(Request *request, const JoinedTask *task)
{
    request->task.opened = task->opened;
    request->task.left = task->left;
    request->task.is_remembered = true;
    request_fill(request, SLOT_TASK_OPENED, value_number(KIND_TIME, task->opened));
    if (join_intents(request, task) && join_chain(request, task))
        (void)request_take_params(request, request->task.intent, task->params);
}

void request_ask_about(Request *request, uint32_t tool)
{
    stop_asking(request);
    request->is_asking = true;
    request->tool = tool;
    fill_tool(request);
    set_fields(request, request->bundle->tools[request->tool].schema,
               value_unknown(KIND_NONE, CAUSE_ARGUMENT));
}
