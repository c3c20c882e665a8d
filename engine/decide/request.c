// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/request.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/decide/item.h"
#include "engine/decide/request_read.h"
#include "engine/vm/table.h"
#include "engine/vm/vm.h"

static Kind slot_kind(const Bundle *bundle, uint32_t slot)
{
    return (Kind)bundle->types[bundle->slots[slot].type].kind;
}

static bool allocate(Arena *arena, Request *request, uint32_t elements)
{
    const Bundle *bundle = request->bundle;
    uint32_t *attributes = arena_try(arena, (bundle->slots_count + 1) * sizeof(uint32_t));
    request->slots = arena_try(arena, (bundle->slots_count + 1) * sizeof(Value));
    // A slot can be filled, emptied by the row of a table, and filled again.
    request->filled = arena_try(arena, (bundle->slots_count + 1) * 2 * sizeof(uint32_t));
    request->merged_groups =
        arena_try(arena, (MAX_USER_GROUPS + MAX_REQUEST_GROUPS) * sizeof(uint32_t));
    request->pool = (ValuePool){.at = arena_try(arena, (elements + 1) * sizeof(Value)),
                                .capacity = elements};
    request->attributes = attributes;
    if (!attributes || !request->slots || !request->filled || !request->merged_groups ||
        !request->pool.at)
        return false;
    for (uint32_t i = 0; i < bundle->slots_count; i++) {
        request->slots[i] = value_absent(slot_kind(bundle, i));
        if (bundle->slots[i].root == SLOT_ROOT_ATTRIBUTE)
            attributes[request->attribute_count++] = i;
    }
    return true;
}

Request *request_new(Arena *arena, const Bundle *bundle, uint32_t elements)
{
    Request *request = arena_try(arena, sizeof *request);
    if (!request)
        return NULL;
    request->bundle = bundle;
    return allocate(arena, request, elements) ? request : NULL;
}

// ---- filling slots ----

static void clear(Request *request)
{
    for (uint32_t i = 0; i < request->filled_count; i++) {
        uint32_t slot = request->filled[i];
        request->slots[slot] = value_absent(slot_kind(request->bundle, slot));
    }
    request->filled_count = 0;
    request->pool.count = 0;
    request->refusal.is_set = false;
    memset(&request->gateway, 0,
           offsetof(Request, arguments) - offsetof(Request, gateway));
}

// A slot may be filled twice (an attribute from table and request): the later value stands.
static void fill(Request *request, uint32_t slot, Value value)
{
    if (request->slots[slot].state == VALUE_ABSENT && value.state != VALUE_ABSENT)
        request->filled[request->filled_count++] = slot;
    request->slots[slot] = value;
}

static Value text_value(const Request *request, Str text)
{
    return value_text(text, bundle_intern(request->bundle, text));
}

static void fill_text(Request *request, uint32_t slot, Str text)
{
    if (text.len > 0)
        fill(request, slot, text_value(request, text));
}

static void fill_string(Request *request, uint32_t slot, uint32_t number)
{
    fill(request, slot, value_text(bundle_string(request->bundle, number), number));
}

static bool refused(Request *request, Code code, const Path *path, const char *rule)
{
    return refusal_set(&request->refusal, code, path, "%s", rule);
}

static bool no_room(Request *request)
{
    return refused(request, CODE_TOO_LARGE, NULL, "too many elements in lists and records");
}

static bool fill_texts(Request *request, uint32_t slot, const Str *texts, uint32_t count)
{
    Value *items = value_pool_take(&request->pool, count);
    if (!items)
        return no_room(request);
    for (uint32_t i = 0; i < count; i++)
        items[i] = text_value(request, texts[i]);
    fill(request, slot,
         (Value){.as.items = {items, count}, .aux = NONE, .kind = KIND_LIST});
    return true;
}

static bool fill_strings(Request *request, uint32_t slot, List numbers)
{
    const Bundle *bundle = request->bundle;
    Value *items = value_pool_take(&request->pool, numbers.count);
    if (!items)
        return no_room(request);
    for (uint32_t i = 0; i < numbers.count; i++) {
        uint32_t number = bundle->lists[numbers.first + i];
        items[i] = value_text(bundle_string(bundle, number), number);
    }
    fill(request, slot,
         (Value){.as.items = {items, numbers.count}, .aux = NONE, .kind = KIND_LIST});
    return true;
}

// ---- attributes ----

typedef struct PartyReading {
    Request *request;
    uint8_t of; // ATTRIBUTE_...
    const Path *path;
    uint32_t group_count; // user.groups
    Str *groups;          // room for MAX_REQUEST_GROUPS; of users only
} PartyReading;

static SchemaReader schema_reader(Request *request, CborReader cbor)
{
    return (SchemaReader){.bundle = request->bundle,
                          .cbor = cbor,
                          .pool = &request->pool,
                          .refusal = &request->refusal};
}

static bool take_schema(Request *request, CborReader *cbor, uint32_t schema,
                        const Path *path, Value *out)
{
    SchemaReader reader = schema_reader(request, *cbor);
    bool is_taken = schema_take(&reader, schema, path, out);
    *cbor = reader.cbor;
    request->has_unknown |= reader.has_unknown;
    return is_taken;
}

// The declared attribute that a key names, by number in the dictionary or by text, or NONE.
static uint32_t find_attribute(const Request *request, uint8_t of, const CborItem *key)
{
    const BundleSlot *slots = request->bundle->slots;
    if (key->kind == CBOR_UINT) {
        if (key->number >= request->attribute_count)
            return NONE;
        uint32_t slot = request->attributes[key->number];
        return slots[slot].of == of ? slot : NONE;
    }
    uint32_t name = bundle_intern(request->bundle, key->bytes);
    for (uint32_t i = 0; i < request->attribute_count && name != NONE; i++) {
        uint32_t slot = request->attributes[i];
        if (slots[slot].of == of && slots[slot].field == name)
            return slot;
    }
    return NONE;
}

static bool skip_value(Request *request, CborReader *reader)
{
    CborItem item;
    if (cbor_next(reader, &item) == STATUS_OK && cbor_skip(reader, &item) == STATUS_OK)
        return true;
    return refused(request, CODE_MALFORMED, NULL, reader->why);
}

// The value of a declared attribute. What a table gives is not taken from a request, unless
// the attribute is declared `from request`.
static bool take_attribute(PartyReading *party, const CborItem *key, CborReader *reader)
{
    Request *request = party->request;
    uint32_t slot = find_attribute(request, party->of, key);
    Path path = {.above = party->path, .name = key->bytes};
    Value value;
    if (slot == NONE)
        return refused(request, CODE_ARGUMENT, key->kind == CBOR_UINT ? party->path : &path,
                       "is not declared");
    if (!(request->bundle->slots[slot].flags & SLOT_FROM_REQUEST))
        return skip_value(request, reader);
    if (!take_schema(request, reader, request->bundle->slots[slot].schema, &path, &value))
        return false;
    fill(request, slot, value);
    return true;
}

static void fill_from_row(Request *request, uint8_t of, uint32_t table, uint32_t row)
{
    const Bundle *bundle = request->bundle;
    const BundleTable *from = &bundle->tables[table];
    for (uint32_t i = 0; i < request->attribute_count; i++) {
        uint32_t slot = request->attributes[i];
        const BundleSlot *attribute = &bundle->slots[slot];
        if (attribute->of != of || !(attribute->flags & SLOT_FROM_TABLE))
            continue;
        size_t cell = from->cell + (size_t)row * from->column_count + attribute->column;
        if (bundle->cells[cell] != NONE)
            fill(request, slot, vm_const(bundle, bundle->cells[cell]));
    }
}

static bool is_name(const CborItem *key, const char *name)
{
    return key->kind == CBOR_TEXT && str_eq(key->bytes, str_from_c(name));
}

// A member that every policy knows, of a plain kind.
static bool take_plain(PartyReading *party, const CborItem *key, CborReader *reader,
                       uint32_t slot)
{
    Request *request = party->request;
    Path path = {.above = party->path, .name = key->bytes};
    CborItem item;
    int64_t ns;
    Ip ip;
    if (cbor_next(reader, &item) != STATUS_OK)
        return refused(request, CODE_MALFORMED, &path, reader->why);
    switch (slot_kind(request->bundle, slot)) {
    case KIND_STRING:
        if (item.kind != CBOR_TEXT)
            return refused(request, CODE_ARGUMENT, &path, "must be a text");
        fill_text(request, slot, item.bytes);
        return true;
    case KIND_BOOL:
        if (item.kind != CBOR_BOOL)
            return refused(request, CODE_ARGUMENT, &path, "must be true or false");
        fill(request, slot, value_bool(item.number == 1));
        return true;
    case KIND_TIME:
        if (!item_to_time(&item, &ns))
            return refused(request, CODE_ARGUMENT, &path,
                           "must be a time: seconds since 1970, or RFC 3339");
        fill(request, slot, value_number(KIND_TIME, ns));
        return true;
    case KIND_IP:
        if (item.kind != CBOR_TEXT || !ip_parse(item.bytes, &ip))
            return refused(request, CODE_ARGUMENT, &path, "must be an IP address");
        fill(request, slot,
             (Value){.as.ip = {ip.hi, ip.lo},
                     .aux = ip.family | (uint32_t)ip.prefix << 8,
                     .kind = KIND_IP});
        return true;
    case KIND_NONE:
    case KIND_INT:
    case KIND_DECIMAL:
    case KIND_DURATION:
    case KIND_NET:
    case KIND_LIST:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    unreachable_bug(); // no such slot is asked for
}

static bool take_groups(PartyReading *party, CborReader *reader)
{
    Path path = {.above = party->path, .name = STR("groups")};
    CborItem item;
    if (cbor_next(reader, &item) != STATUS_OK || item.kind != CBOR_ARRAY)
        return refused(party->request, CODE_ARGUMENT, &path, "must be a list of texts");
    if (item.number > MAX_REQUEST_GROUPS)
        return refused(party->request, CODE_TOO_LARGE, &path, "names too many groups");
    for (uint64_t left = item.number; left > 0; left--) {
        CborItem name;
        if (cbor_next(reader, &name) != STATUS_OK || name.kind != CBOR_TEXT)
            return refused(party->request, CODE_ARGUMENT, &path, "must be a list of texts");
        party->groups[party->group_count++] = name.bytes;
    }
    return true;
}

static bool agent_member(void *context, const CborItem *key, CborReader *reader)
{
    PartyReading *party = context;
    if (is_name(key, "id") || is_name(key, "tenant")) // the policy's agents say their tenant
        return skip_value(party->request, reader);
    if (is_name(key, "attested"))
        return take_plain(party, key, reader, SLOT_AGENT_ATTESTED);
    return take_attribute(party, key, reader);
}

static bool user_member(void *context, const CborItem *key, CborReader *reader)
{
    PartyReading *party = context;
    if (is_name(key, "id"))
        return skip_value(party->request, reader);
    if (is_name(key, "tenant"))
        return take_plain(party, key, reader, SLOT_USER_TENANT);
    if (is_name(key, "acr"))
        return take_plain(party, key, reader, SLOT_USER_ACR);
    if (is_name(key, "auth_time"))
        return take_plain(party, key, reader, SLOT_USER_AUTH_TIME);
    if (is_name(key, "groups"))
        return take_groups(party, reader);
    return take_attribute(party, key, reader);
}

static bool audience_member(void *context, const CborItem *key, CborReader *reader)
{
    PartyReading *party = context;
    if (is_name(key, "uri"))
        return skip_value(party->request, reader);
    return take_attribute(party, key, reader);
}

static bool resource_member(void *context, const CborItem *key, CborReader *reader)
{
    PartyReading *party = context;
    if (is_name(key, "type"))
        return take_plain(party, key, reader, SLOT_RESOURCE_TYPE);
    if (is_name(key, "id"))
        return take_plain(party, key, reader, SLOT_RESOURCE_ID);
    return take_attribute(party, key, reader);
}

static bool context_member(void *context, const CborItem *key, CborReader *reader)
{
    PartyReading *party = context;
    if (is_name(key, "ip"))
        return take_plain(party, key, reader, SLOT_CONTEXT_IP);
    if (is_name(key, "environment"))
        return take_plain(party, key, reader, SLOT_CONTEXT_ENVIRONMENT);
    return take_attribute(party, key, reader);
}

static bool take_members(PartyReading *party, Str map, RequestMember *member)
{
    return map.len == 0 || request_each_member(map, &party->request->refusal, party->path,
                                               member, party);
}

// ---- stage 2, party by party ----

static bool know_gateway(Request *request, const RawRequest *raw, uint32_t bound)
{
    Path path = {.name = STR("gateway")};
    request->gateway = bound;
    if (raw->gateway.len > 0) {
        uint32_t name = bundle_intern(request->bundle, raw->gateway);
        request->gateway =
            name == NONE ? NONE : bundle_find_gateway(request->bundle, name);
        if (bound != NONE && request->gateway != bound)
            return refused(request, CODE_UNKNOWN, &path, "is not the caller's gateway");
    }
    return request->gateway != NONE ||
           refused(request, CODE_UNKNOWN, &path,
                   raw->gateway.len > 0 ? "is not known" : "must be named");
}

static bool know_agent(Request *request, const RawRequest *raw)
{
    const Bundle *bundle = request->bundle;
    Path path = {.name = STR("agent")};
    PartyReading party = {.request = request, .of = ATTRIBUTE_AGENT, .path = &path};
    uint32_t id = bundle_intern(bundle, raw->agent.id);
    request->agent = id == NONE ? NONE : bundle_find_agent(bundle, id);
    if (request->agent == NONE)
        return refused(request, CODE_UNKNOWN, &path, "is not known");
    const BundleAgent *agent = &bundle->agents[request->agent];
    request->agent_tenant = agent->tenant;
    fill_string(request, SLOT_AGENT_ID, agent->id);
    if (agent->tenant != NONE)
        fill_string(request, SLOT_AGENT_TENANT, agent->tenant);
    if (agent->table != NONE)
        fill_from_row(request, ATTRIBUTE_AGENT, agent->table, agent->row);
    return take_members(&party, raw->agent.map, agent_member);
}

static void add_group(Request *request, uint32_t group)
{
    uint32_t at = request->group_count;
    uint32_t *list = request->merged_groups;
    while (at > 0 && list[at - 1] > group)
        at--;
    if (at > 0 && list[at - 1] == group)
        return;
    memmove(list + at + 1, list + at, (request->group_count - at) * sizeof *list);
    list[at] = group;
    request->group_count++;
}

// Groups that the policy resolves, and those that it lets the request name.
static void merge_groups(Request *request, const PartyReading *party)
{
    const Bundle *bundle = request->bundle;
    uint32_t member = request->user == NONE ? NONE
                                            : bundle_find_member(bundle, request->user);
    request->group_count = 0;
    request->groups = request->merged_groups;
    if (member != NONE) {
        List of = bundle->members[member].groups;
        memcpy(request->merged_groups, bundle->lists + of.first,
               of.count * sizeof(uint32_t));
        request->group_count = of.count;
    }
    for (uint32_t i = 0; i < party->group_count; i++) {
        uint32_t name = bundle_intern(bundle, party->groups[i]);
        uint32_t group = name == NONE ? NONE : bundle_find_group(bundle, name);
        if (group != NONE && bundle->groups[group].flags & GROUP_FROM_REQUEST)
            add_group(request, group);
    }
}

static bool fill_groups(Request *request)
{
    const Bundle *bundle = request->bundle;
    Value *names = value_pool_take(&request->pool, request->group_count);
    if (!names)
        return no_room(request);
    for (uint32_t i = 0; i < request->group_count; i++) {
        uint32_t name = bundle->groups[request->groups[i]].name;
        names[i] = value_text(bundle_string(bundle, name), name);
    }
    fill(request, SLOT_USER_GROUPS,
         (Value){.as.items = {names, request->group_count}, .aux = NONE, .kind = KIND_LIST});
    return true;
}

// The user's row, where the policy lists its users. A tenant in it wins over the request's.
static bool know_row(Request *request, const Path *path)
{
    const Bundle *bundle = request->bundle;
    uint32_t users = bundle->meta->users_table;
    if (users == NONE)
        return true;
    uint32_t row = table_find(bundle, users, &request->slots[SLOT_USER_ID]);
    if (row == NONE)
        return refused(request, CODE_UNKNOWN, path, "is not known");
    const BundleTable *table = &bundle->tables[users];
    fill_from_row(request, ATTRIBUTE_USER, users, row);
    if (table->tenant != NONE) {
        uint32_t cell =
            bundle->cells[table->cell + (size_t)row * table->column_count + table->tenant];
        fill(request, SLOT_USER_TENANT,
             cell == NONE ? value_absent(KIND_STRING) : vm_const(bundle, cell));
    }
    return true;
}

// A users' table has one key, of strings: what else a policy calls by that name is a table.
static bool know_user(Request *request, const RawRequest *raw)
{
    Path path = {.name = STR("user")};
    Str groups[MAX_REQUEST_GROUPS];
    PartyReading party = {
        .request = request, .of = ATTRIBUTE_USER, .path = &path, .groups = groups};
    if (raw->user.id.len == 0)
        return true;
    request->has_user = true;
    request->user_id = raw->user.id;
    request->user = bundle_intern(request->bundle, raw->user.id);
    fill(request, SLOT_USER_ID, value_text(raw->user.id, request->user));
    if (!take_members(&party, raw->user.map, user_member) || !know_row(request, &path))
        return false;
    const Value *tenant = &request->slots[SLOT_USER_TENANT];
    request->user_tenant = tenant->state != VALUE_KNOWN ? NONE
                           : tenant->aux == NONE        ? TENANT_ALIEN
                                                        : tenant->aux;
    merge_groups(request, &party);
    return fill_groups(request);
}

static bool know_audience(Request *request, const RawRequest *raw)
{
    const Bundle *bundle = request->bundle;
    Path path = {.name = STR("audience")};
    PartyReading party = {.request = request, .of = ATTRIBUTE_AUDIENCE, .path = &path};
    uint32_t uri = bundle_intern(bundle, raw->audience.id);
    request->audience = uri == NONE ? NONE : bundle_find_audience(bundle, uri);
    if (request->audience == NONE)
        return refused(request, CODE_UNKNOWN, &path, "is not known");
    const BundleAudience *audience = &bundle->audiences[request->audience];
    fill_string(request, SLOT_AUDIENCE_URI, audience->uri);
    if (audience->tenant != NONE)
        fill_string(request, SLOT_AUDIENCE_TENANT, audience->tenant);
    return take_members(&party, raw->audience.map, audience_member);
}

static bool fill_tool(Request *request)
{
    const BundleTool *tool = &request->bundle->tools[request->tool];
    fill_string(request, SLOT_TOOL_NAME, tool->name);
    return fill_strings(request, SLOT_TOOL_TAGS, tool->tags);
}

static bool know_tool(Request *request, const RawRequest *raw)
{
    const Bundle *bundle = request->bundle;
    Path path = {.name = STR("tool")};
    uint32_t name = bundle_intern(bundle, raw->tool);
    uint32_t family = bundle->audiences[request->audience].family;
    request->tool = name == NONE ? NONE : bundle_find_tool(bundle, family, name);
    if (request->tool == NONE)
        return refused(request, CODE_UNKNOWN, &path, "is not known at this audience");
    return fill_tool(request);
}

static bool know_task(Request *request, const RawRequest *raw)
{
    Path path = {.name = STR("task")}, intent = {.above = &path, .name = STR("intent")};
    if (!raw->has_task)
        return true;
    uint32_t name = bundle_intern(request->bundle, raw->task_intent);
    request->has_task = true;
    request->task = (TaskRecord){
        .id = raw->task_id,
        .intent = name == NONE ? NONE : bundle_find_intent(request->bundle, name),
        .opened = raw->task_opened,
        .above_count = raw->above_count,
        .above = request->above};
    if (request->task.intent == NONE)
        return refused(request, CODE_UNKNOWN, &intent, "is not known");
    for (uint32_t i = 0; i < raw->above_count; i++) {
        name = bundle_intern(request->bundle, raw->above[i]);
        request->above[i] =
            name == NONE ? NONE : bundle_find_intent(request->bundle, name);
        if (request->above[i] == NONE)
            return refused(request, CODE_UNKNOWN, &path, "has an unknown intent above it");
    }
    fill_text(request, SLOT_TASK_ID, raw->task_id);
    fill(request, SLOT_TASK_OPENED, value_number(KIND_TIME, raw->task_opened));
    return true;
}

static bool know_chain(Request *request, const RawRequest *raw)
{
    const Bundle *bundle = request->bundle;
    Path path = {.name = STR("chain")};
    Value *actors = value_pool_take(&request->pool, 3 * raw->chain_count);
    if (!actors)
        return no_room(request);
    for (uint32_t i = 0; i < raw->chain_count; i++) {
        uint32_t id = bundle_intern(bundle, raw->chain[i]);
        uint32_t number = id == NONE ? NONE : bundle_find_agent(bundle, id);
        if (number == NONE)
            return refused(request, CODE_UNKNOWN, &path, "names an agent that is not known");
        const BundleAgent *agent = &bundle->agents[number];
        Value *fields = actors + raw->chain_count + 2 * i;
        request->chain[i] = number;
        fields[0] = value_text(raw->chain[i], id);
        fields[1] = agent->tenant == NONE
                        ? value_absent(KIND_STRING)
                        : value_text(bundle_string(bundle, agent->tenant), agent->tenant);
        actors[i] = (Value){.as.items = {fields, 2}, .aux = NONE, .kind = KIND_RECORD};
    }
    request->chain_count = raw->chain_count;
    fill(request, SLOT_CHAIN,
         (Value){.as.items = {actors, raw->chain_count}, .aux = NONE, .kind = KIND_LIST});
    fill(request, SLOT_CHAIN_DEPTH, value_number(KIND_INT, raw->chain_count));
    return true;
}

// ---- arguments and parameters ----

typedef struct RecordReading {
    Request *request;
    SchemaReader *reader;
    uint32_t schema; // of the record
    const Path *path;
    uint64_t seen[MAX_FIELDS / 64];
    Str *raw; // room for MAX_FIELDS: what was sent
} RecordReading;

static void fill_field(Request *request, const BundleField *field, Value value)
{
    for (uint32_t i = 0; i < field->fill_count; i++) {
        const BundleFill *to = &request->bundle->fills[field->fill + i];
        Value converted = value;
        if (to->convert == CONVERT_TO_DECIMAL) {
            converted.kind = KIND_DECIMAL;
            if (value.state == VALUE_KNOWN)
                converted.as.decimal = decimal_from_i64(value.as.number);
        }
        fill(request, to->slot, converted);
    }
}

static bool record_member(void *context, const CborItem *key, CborReader *cbor)
{
    RecordReading *record = context;
    const Bundle *bundle = record->request->bundle;
    uint32_t at = key->kind == CBOR_TEXT
                      ? schema_find_field(bundle, record->schema, key->bytes)
                      : NONE;
    if (at == NONE)
        return refused(record->request, CODE_ARGUMENT, record->path,
                       "has a member that the policy does not know");
    uint32_t number = bundle->schemas[record->schema].of + at;
    const BundleField *field = &bundle->fields[number];
    const uint8_t *start = cbor->bytes.at;
    Value value;
    record->reader->cbor = *cbor;
    if (!schema_take_field(record->reader, number, record->path,
                           field->fill_count > 0 ? &value : NULL))
        return false;
    *cbor = record->reader->cbor;
    record->seen[at / 64] |= UINT64_C(1) << at % 64;
    record->raw[at] = cbor_since(cbor, start);
    if (field->fill_count > 0)
        fill_field(record->request, field, value);
    return true;
}

static bool has_required(const RecordReading *record)
{
    const Bundle *bundle = record->request->bundle;
    const BundleSchema *schema = &bundle->schemas[record->schema];
    for (uint32_t i = 0; i < schema->count; i++) {
        const BundleField *field = &bundle->fields[schema->of + i];
        Path path = {.above = record->path, .name = bundle_string(bundle, field->name)};
        if (field->flags & FIELD_REQUIRED && !(record->seen[i / 64] >> i % 64 & 1))
            return refused(record->request, CODE_ARGUMENT, &path, "is required");
    }
    return true;
}

static bool take_record(RecordReading *record, Str raw)
{
    return (raw.len == 0 ||
            request_each_member(raw, &record->request->refusal, record->path,
                                record_member, record)) &&
           has_required(record);
}

static bool know_params(Request *request, const RawRequest *raw)
{
    Path task = {.name = STR("task")}, path = {.above = &task, .name = STR("params")};
    SchemaReader reader = schema_reader(request, cbor_reader((Str){0}, MAX_REQUEST_ITEMS));
    Str sent[MAX_FIELDS];
    RecordReading record = {
        .request = request, .reader = &reader, .path = &path, .raw = sent};
    if (!raw->has_task)
        return true;
    record.schema = request->bundle->intents[request->task.intent].schema;
    bool is_taken = take_record(&record, raw->task_params);
    request->has_unknown |= reader.has_unknown;
    return is_taken;
}

static bool know_args(Request *request, const RawRequest *raw)
{
    const Bundle *bundle = request->bundle;
    Path path = {.name = STR("args")};
    SchemaReader reader = schema_reader(request, cbor_reader((Str){0}, MAX_REQUEST_ITEMS));
    Str sent[MAX_FIELDS];
    RecordReading record = {
        .request = request, .reader = &reader, .path = &path, .raw = sent};
    record.schema = bundle->tools[request->tool].schema;
    if (!take_record(&record, raw->fields[FIELD_ARGS]))
        return false;
    request->has_unknown |= reader.has_unknown;
    const BundleSchema *schema = &bundle->schemas[record.schema];
    for (uint32_t i = 0; i < schema->count; i++)
        if (record.seen[i / 64] >> i % 64 & 1)
            request->arguments[request->argument_count++] =
                (RequestArgument){.field = schema->of + i, .raw = sent[i]};
    request->row_tenant_count = reader.tenant_count;
    memcpy(request->row_tenants, reader.tenants, reader.tenant_count * sizeof(uint32_t));
    return true;
}

static bool know_pin(Request *request, const RawRequest *raw)
{
    const BundleTool *tool = &request->bundle->tools[request->tool];
    Path path = {.name = STR("tool_hash")};
    if (!raw->has_tool_hash || !(tool->flags & TOOL_PINNED))
        return true;
    return memcmp(raw->tool_hash, tool->pin, sizeof tool->pin) == 0 ||
           refused(request, CODE_DRIFT, &path, "is not that of the reviewed definition");
}

// ---- facts that need no lookup to be taken over ----

static bool take_credential(Request *request, const RawRequest *raw)
{
    const Bundle *bundle = request->bundle;
    Str gateway = bundle_string(bundle, bundle->gateways[request->gateway].uri);
    uint32_t iss = bundle_intern(bundle, raw->iss);
    request->issuer = NONE;
    for (uint32_t i = 0; i < bundle->issuers_count && iss != NONE; i++)
        if (bundle->issuers[i].uri == iss)
            request->issuer = i;
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
    fill_text(request, SLOT_CREDENTIAL_ISS, raw->iss);
    fill_text(request, SLOT_CREDENTIAL_SUB, raw->sub);
    fill_text(request, SLOT_CREDENTIAL_CLIENT_ID, raw->client_id);
    fill_text(request, SLOT_CREDENTIAL_CNF, raw->cnf);
    if (raw->has_iat)
        fill(request, SLOT_CREDENTIAL_IAT, value_number(KIND_TIME, raw->iat));
    if (raw->has_exp)
        fill(request, SLOT_CREDENTIAL_EXP, value_number(KIND_TIME, raw->exp));
    return fill_texts(request, SLOT_CREDENTIAL_AUD, raw->aud, raw->aud_count) &&
           (!raw->has_scope ||
            fill_texts(request, SLOT_CREDENTIAL_SCOPE, raw->scope, raw->scope_count)) &&
           (!raw->has_act ||
            fill_texts(request, SLOT_CREDENTIAL_ACT, raw->act, raw->act_count));
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
        fill(request, SLOT_ASK_TTL, value_number(KIND_DURATION, raw->ask_ttl));
    if (raw->asks_uses)
        fill(request, SLOT_ASK_USES, value_number(KIND_INT, raw->ask_uses));
    if (raw->asks_depth)
        fill(request, SLOT_ASK_DEPTH, value_number(KIND_INT, raw->ask_depth));
    return !raw->asks_scope ||
           fill_texts(request, SLOT_ASK_SCOPE, raw->ask_scope, raw->ask_scope_count);
}

static bool take_surroundings(Request *request, const RawRequest *raw)
{
    Path resource = {.name = STR("resource")}, context = {.name = STR("context")};
    PartyReading on_resource = {
        .request = request, .of = ATTRIBUTE_RESOURCE, .path = &resource};
    PartyReading on_context = {
        .request = request, .of = ATTRIBUTE_CONTEXT, .path = &context};
    return take_members(&on_resource, raw->fields[FIELD_RESOURCE], resource_member) &&
           take_members(&on_context, raw->fields[FIELD_CONTEXT], context_member);
}

// ---- the whole ----

static bool know_parties(Request *request, const RawRequest *raw, uint32_t gateway)
{
    return know_gateway(request, raw, gateway) && know_agent(request, raw) &&
           know_user(request, raw) && know_audience(request, raw);
}

static bool know_rest(Request *request, const RawRequest *raw)
{
    request->key = raw->key;
    return know_task(request, raw) && know_chain(request, raw) &&
           know_params(request, raw) && take_surroundings(request, raw) &&
           take_credential(request, raw) && take_ask(request, raw);
}

void request_decode(Request *request, Str body, uint32_t gateway)
{
    RawRequest raw;
    clear(request);
    if (request_read(body, false, &request->refusal, &raw) &&
        know_parties(request, &raw, gateway) && know_tool(request, &raw) &&
        know_rest(request, &raw) && know_args(request, &raw))
        know_pin(request, &raw);
}

void request_decode_list(Request *request, Str body, uint32_t gateway)
{
    RawRequest raw;
    clear(request);
    request->is_partial = true;
    if (request_read(body, true, &request->refusal, &raw) &&
        know_parties(request, &raw, gateway))
        know_rest(request, &raw);
}

void request_ask_about(Request *request, uint32_t tool)
{
    const Bundle *bundle = request->bundle;
    if (request->is_asking) // the tags of the tool before
        request->pool.count = request->asking_from;
    request->is_asking = true;
    request->asking_from = request->pool.count;
    request->tool = tool;
    fill_tool(request);
    for (uint32_t i = FIXED_SLOT_COUNT; i < bundle->slots_count; i++)
        if (bundle->slots[i].root == SLOT_ROOT_ARGUMENT)
            fill(request, i, value_unknown(slot_kind(bundle, i), CAUSE_ARGUMENT));
}
