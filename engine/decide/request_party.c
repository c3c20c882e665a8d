// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/request_party.h"

#include <string.h>

#include "engine/decide/item.h"
#include "engine/decide/request_fill.h"
#include "engine/vm/table.h"
#include "engine/vm/vm.h"

// ---- attributes ----

typedef struct PartyReading {
    Request *request;
    uint8_t of; // ATTRIBUTE_...
    Path path;
    bool has_groups; // user.groups
    uint32_t group_count;
    Str *groups; // room for MAX_REQUEST_GROUPS; of users only
} PartyReading;

// The declared attribute that a key names, by number in the dictionary or by text, or
// NONE.
static uint32_t find_attribute(const Request *request, uint8_t of, const CborItem *key)
{
    const BundleSlot *slots = request->bundle->slots;
    if (key->kind == CBOR_UINT) {
        if (key->number >= request->attribute_count)
            return NONE;
        uint32_t slot = request->attributes[key->number];
        return slots[slot].of == of ? slot : NONE;
    }
    if (key->kind != CBOR_TEXT)
        return NONE;
    uint32_t name = bundle_intern(request->bundle, key->bytes);
    for (uint32_t i = 0; i < request->attribute_count && name != NONE; i++) {
        uint32_t slot = request->attributes[i];
        if (slots[slot].of == of && slots[slot].field == name)
            return slot;
    }
    return NONE;
}

// The value of a declared attribute. What only a table gives is not taken from a
// request.
static bool take_attribute(PartyReading *party, const CborItem *key,
                           const CborNode *node)
{
    Request *request = party->request;
    uint32_t slot = find_attribute(request, party->of, key);
    Path path = path_of_key(&party->path, key);
    Value value;
    if (slot == NONE)
        return request_refuse(request, CODE_ARGUMENT, &path, "is not declared");
    const BundleSlot *attribute = &request->bundle->slots[slot];
    if (!(attribute->flags & SLOT_FROM_REQUEST))
        return true;
    path.name = bundle_string(request->bundle, attribute->field);
    SchemaReader reader = request_schema_reader(request);
    if (!schema_take(&reader, attribute->schema, &path, node, &value))
        return false;
    request->has_unknown |= reader.has_unknown;
    request_fill(request, slot, value);
    return true;
}

// What a row gives wins over what was sent.
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
            request_fill(request, slot, vm_const(bundle, bundle->cells[cell]));
    }
}

// A member that every policy knows.
static bool take_plain(PartyReading *party, const CborItem *key, const CborItem *item,
                       uint32_t slot)
{
    Request *request = party->request;
    Path path = path_of_key(&party->path, key);
    int64_t ns;
    Ip ip;
    switch (request_slot_kind(request->bundle, slot)) {
    case KIND_STRING:
        if (item->kind != CBOR_TEXT)
            return request_refuse(request, CODE_ARGUMENT, &path, "must be a text");
        request_fill_text(request, slot, item->bytes);
        return true;
    case KIND_BOOL:
        if (item->kind != CBOR_BOOL)
            return request_refuse(request, CODE_ARGUMENT, &path,
                                  "must be true or false");
        request_fill(request, slot, value_bool(item->number == 1));
        return true;
    case KIND_TIME:
        if (!item_to_time(item, &ns))
            return request_refuse(request, CODE_ARGUMENT, &path,
                                  "must be a time: seconds since 1970, or RFC 3339");
        request_fill(request, slot, value_number(KIND_TIME, ns));
        return true;
    case KIND_IP:
        if (item->kind != CBOR_TEXT || !ip_parse(item->bytes, &ip))
            return request_refuse(request, CODE_ARGUMENT, &path,
                                  "must be an IP address");
        request_fill(request, slot,
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

static bool take_groups(PartyReading *party, const CborNode *node)
{
    Path path = {.above = &party->path, .name = STR("groups")};
    party->has_groups = true;
    if (node->item.kind != CBOR_ARRAY)
        return request_refuse(party->request, CODE_ARGUMENT, &path,
                              "must be a list of texts");
    if (node->item.number > MAX_REQUEST_GROUPS)
        return request_refuse(party->request, CODE_TOO_LARGE, &path,
                              "names more than 256 groups");
    const CborNode *name = node + 1;
    for (uint64_t i = 0; i < node->item.number; i++, name = cbor_after(name)) {
        if (name->item.kind != CBOR_TEXT)
            return request_refuse(party->request, CODE_ARGUMENT, &path,
                                  "must be a list of texts");
        party->groups[party->group_count++] = name->item.bytes;
    }
    return true;
}

// The members that every policy knows. NONE: it is taken elsewhere, or the policy's own
// word on it counts (the tenant of an agent).
static const struct {
    uint8_t of;
    Str name;
    uint32_t slot;
} PLAIN[] = {
    {ATTRIBUTE_AGENT, {"id", 2}, NONE},
    {ATTRIBUTE_AGENT, {"tenant", 6}, NONE},
    {ATTRIBUTE_AGENT, {"attested", 8}, SLOT_AGENT_ATTESTED},
    {ATTRIBUTE_USER, {"id", 2}, NONE},
    {ATTRIBUTE_USER, {"tenant", 6}, SLOT_USER_TENANT},
    {ATTRIBUTE_USER, {"acr", 3}, SLOT_USER_ACR},
    {ATTRIBUTE_USER, {"auth_time", 9}, SLOT_USER_AUTH_TIME},
    {ATTRIBUTE_AUDIENCE, {"uri", 3}, NONE},
    {ATTRIBUTE_RESOURCE, {"type", 4}, SLOT_RESOURCE_TYPE},
    {ATTRIBUTE_RESOURCE, {"id", 2}, SLOT_RESOURCE_ID},
    {ATTRIBUTE_CONTEXT, {"ip", 2}, SLOT_CONTEXT_IP},
    {ATTRIBUTE_CONTEXT, {"environment", 11}, SLOT_CONTEXT_ENVIRONMENT},
};

static bool take_member(PartyReading *party, const CborItem *key, const CborNode *node)
{
    if (key->kind != CBOR_TEXT)
        return take_attribute(party, key, node);
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++)
        if (PLAIN[i].of == party->of && str_eq(key->bytes, PLAIN[i].name))
            return PLAIN[i].slot == NONE ||
                   take_plain(party, key, &node->item, PLAIN[i].slot);
    if (party->of == ATTRIBUTE_USER && str_eq(key->bytes, STR("groups")))
        return take_groups(party, node);
    return take_attribute(party, key, node);
}

// `map` is an object, or NULL: the party is its name alone, or not there.
static bool take_members(PartyReading *party, const CborNode *map)
{
    if (map == NULL)
        return true;
    const CborNode *key = map + 1;
    for (uint64_t i = 0; i < map->item.number; i++, key = cbor_after(key + 1))
        if (!take_member(party, &key->item, key + 1))
            return false;
    return true;
}

static PartyReading party_reading(Request *request, uint8_t of, RequestField field)
{
    return (PartyReading){
        .request = request, .of = of, .path = {.name = request_field_name(field)}};
}

// ---- parties ----

bool party_gateway(Request *request, const RawRequest *raw, uint32_t bound)
{
    Path path = {.name = request_field_name(FIELD_GATEWAY)};
    request->gateway = bound;
    if (raw->gateway.len > 0) {
        request->gateway = bundle_find_gateway(request->bundle, raw->gateway);
        if (bound != NONE && request->gateway != bound)
            return request_refuse(request, CODE_UNKNOWN, &path,
                                  "is not the caller's gateway");
    }
    return request->gateway != NONE ||
           request_refuse(request, CODE_UNKNOWN, &path,
                          raw->gateway.len > 0 ? "is not known" : "must be named");
}

bool party_agent(Request *request, const RawRequest *raw)
{
    const Bundle *bundle = request->bundle;
    PartyReading party = party_reading(request, ATTRIBUTE_AGENT, FIELD_AGENT);
    uint32_t id = bundle_intern(bundle, raw->agent.id);
    request->agent = id == NONE ? NONE : bundle_find_agent(bundle, id);
    if (request->agent == NONE)
        return request_refuse(request, CODE_UNKNOWN, &party.path, "is not known");
    const BundleAgent *agent = &bundle->agents[request->agent];
    request->agent_tenant = agent->tenant;
    request_fill_string(request, SLOT_AGENT_ID, agent->id);
    if (agent->tenant != NONE)
        request_fill_string(request, SLOT_AGENT_TENANT, agent->tenant);
    if (!take_members(&party, raw->agent.map))
        return false;
    if (agent->table != NONE)
        fill_from_row(request, ATTRIBUTE_AGENT, agent->table, agent->row);
    return true;
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
    uint32_t member =
        request->user == NONE ? NONE : bundle_find_member(bundle, request->user);
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
    if (!request->is_read[SLOT_USER_GROUPS])
        return true;
    if (request->group_count > MAX_LIST_DEFAULT) { // more than a rule may look through
        request_fill(request, SLOT_USER_GROUPS, value_unknown(KIND_LIST, CAUSE_OTHER));
        return true;
    }
    Value *names = request_elements(request, request->group_count);
    if (!names)
        return false;
    for (uint32_t i = 0; i < request->group_count; i++) {
        uint32_t name = bundle->groups[request->groups[i]].name;
        names[i] = value_text(bundle_string(bundle, name), name);
    }
    request_fill_list(request, SLOT_USER_GROUPS, names, request->group_count);
    return true;
}

// Where groups come with the request, one that names none leaves open which rules
// apply.
static bool know_groups(PartyReading *party)
{
    Request *request = party->request;
    Path path = {.above = &party->path, .name = STR("groups")};
    if (request->needs_groups && !party->has_groups)
        return request_refuse(request, CODE_MISSING, &path,
                              "is needed: the policy takes groups from the request");
    merge_groups(request, party);
    return fill_groups(request);
}

// The user's row, where the policy lists its users. A tenant in it wins over the
// request's.
static bool know_row(Request *request, const Path *path)
{
    const Bundle *bundle = request->bundle;
    uint32_t users = bundle->meta->users_table;
    if (users == NONE)
        return true;
    uint32_t row = table_find(bundle, users, &request->slots[SLOT_USER_ID]);
    if (row == NONE)
        return request_refuse(request, CODE_UNKNOWN, path, "is not known");
    const BundleTable *table = &bundle->tables[users];
    fill_from_row(request, ATTRIBUTE_USER, users, row);
    if (table->tenant != NONE) {
        uint32_t cell = bundle->cells[table->cell + (size_t)row * table->column_count +
                                      table->tenant];
        request_fill(request, SLOT_USER_TENANT,
                     cell == NONE ? value_absent(KIND_STRING) : vm_const(bundle, cell));
    }
    return true;
}

bool party_user(Request *request, const RawRequest *raw)
{
    Str groups[MAX_REQUEST_GROUPS];
    PartyReading party = party_reading(request, ATTRIBUTE_USER, FIELD_USER);
    party.groups = groups;
    if (raw->user.id.len == 0)
        return true;
    request->has_user = true;
    request->user_id = raw->user.id;
    request->user = bundle_intern(request->bundle, raw->user.id);
    request_fill(request, SLOT_USER_ID, value_text(raw->user.id, request->user));
    if (!take_members(&party, raw->user.map) || !know_row(request, &party.path))
        return false;
    const Value *tenant = &request->slots[SLOT_USER_TENANT];
    if (tenant->state != VALUE_KNOWN)
        request->user_tenant = NONE;
    else
        request->user_tenant = tenant->aux == NONE ? TENANT_ALIEN : tenant->aux;
    return know_groups(&party);
}

bool party_audience(Request *request, const RawRequest *raw)
{
    const Bundle *bundle = request->bundle;
    PartyReading party = party_reading(request, ATTRIBUTE_AUDIENCE, FIELD_AUDIENCE);
    uint32_t uri = bundle_intern(bundle, raw->audience.id);
    request->audience = uri == NONE ? NONE : bundle_find_audience(bundle, uri);
    if (request->audience == NONE)
        return request_refuse(request, CODE_UNKNOWN, &party.path, "is not known");
    const BundleAudience *audience = &bundle->audiences[request->audience];
    request_fill_string(request, SLOT_AUDIENCE_URI, audience->uri);
    if (audience->tenant != NONE)
        request_fill_string(request, SLOT_AUDIENCE_TENANT, audience->tenant);
    return take_members(&party, raw->audience.map);
}

static Value actor_value(const Bundle *bundle, const BundleAgent *agent, Value *fields)
{
    fields[0] = value_text(bundle_string(bundle, agent->id), agent->id);
    fields[1] = agent->tenant == NONE
                    ? value_absent(KIND_STRING)
                    : value_text(bundle_string(bundle, agent->tenant), agent->tenant);
    return (Value){.as.items = {fields, 2}, .aux = NONE, .kind = KIND_RECORD};
}

static bool fill_chain(Request *request)
{
    const Bundle *bundle = request->bundle;
    uint32_t count = request->chain_count;
    request_fill(request, SLOT_CHAIN_DEPTH, value_number(KIND_INT, count));
    if (!request->is_read[SLOT_CHAIN])
        return true;
    Value *actors = request_elements(request, count);
    Value *fields = request_elements(request, 2 * count);
    if (!actors || !fields)
        return false;
    for (uint32_t i = 0; i < count; i++)
        actors[i] = actor_value(bundle, &bundle->agents[request->chain[i]],
                                fields + (size_t)2 * i);
    request_fill_list(request, SLOT_CHAIN, actors, count);
    return true;
}

bool party_chain(Request *request, const Str *agents, uint32_t count)
{
    const Bundle *bundle = request->bundle;
    Path path = {.name = request_field_name(FIELD_CHAIN)};
    for (uint32_t i = 0; i < count; i++) {
        Path at = {.above = &path, .index = i};
        uint32_t id = bundle_intern(bundle, agents[i]);
        uint32_t number = id == NONE ? NONE : bundle_find_agent(bundle, id);
        if (number == NONE)
            return request_refuse(request, CODE_UNKNOWN, &at, "is not known");
        request->chain[i] = number;
    }
    request->chain_count = count;
    return fill_chain(request);
}

static bool take_surrounding(Request *request, const RawRequest *raw, uint8_t of,
                             RequestField field)
{
    if (raw->fields[field] == NULL)
        return true;
    PartyReading party = party_reading(request, of, field);
    return take_members(&party, raw->fields[field]);
}

bool party_surroundings(Request *request, const RawRequest *raw)
{
    return take_surrounding(request, raw, ATTRIBUTE_RESOURCE, FIELD_RESOURCE) &&
           take_surrounding(request, raw, ATTRIBUTE_CONTEXT, FIELD_CONTEXT);
}
