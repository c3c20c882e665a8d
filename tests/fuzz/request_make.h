// SPDX-License-Identifier: Apache-2.0
// request_make: requests that a bundle could mean: its own gateways, agents, users,
// tools and intents, arguments that fit their schemas. Which of them is chance. For
// fuzzers only.
#ifndef PROVISO_TESTS_FUZZ_REQUEST_MAKE_H
#define PROVISO_TESTS_FUZZ_REQUEST_MAKE_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json_write.h"
#include "engine/bytecode/bundle.h"
#include "engine/decide/schema.h"
#include "engine/wire/transcode.h"
#include "tests/fuzz/chance.h"

// 2026-03-02T09:00:00Z
static const int64_t REQUEST_NOW = 1772442000000000000;

typedef struct Maker {
    const Bundle *bundle;
    Chance *chance;
    JsonWriter json;
} Maker;

static inline Str make_string(Maker *maker)
{
    return bundle_string(maker->bundle,
                         chance_below(maker->chance, maker->bundle->meta->interned));
}

static inline void make_const(Maker *maker, uint32_t number)
{
    const BundleConst *from = &maker->bundle->consts[number];
    switch ((Kind)maker->bundle->types[from->type].kind) {
    case KIND_BOOL:
        json_bool(&maker->json, from->low == 1);
        return;
    case KIND_INT:
        json_i64(&maker->json, (int64_t)from->low);
        return;
    case KIND_STRING:
        json_str(&maker->json, bundle_string(maker->bundle, (uint32_t)from->low));
        return;
    case KIND_NONE:
    case KIND_DECIMAL:
    case KIND_DURATION:
    case KIND_TIME:
    case KIND_IP:
    case KIND_NET:
    case KIND_LIST:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        json_raw(&maker->json, STR("10.5"));
        return;
    }
    unreachable_bug();
}

static inline void make_key(Maker *maker, uint32_t number)
{
    const BundleTable *table = &maker->bundle->tables[number];
    if (table->rows == 0) {
        json_str(&maker->json, STR("?"));
        return;
    }
    size_t row = chance_below(maker->chance, table->rows);
    make_const(maker, maker->bundle->cells[table->cell + row * table->column_count]);
}

static inline void make_value(Maker *maker, uint32_t number, uint32_t depth);

static inline void make_record(Maker *maker, uint32_t number, uint32_t depth)
{
    const Bundle *bundle = maker->bundle;
    const BundleSchema *schema = &bundle->schemas[number];
    json_begin_object(&maker->json);
    for (uint32_t i = 0; i < schema->count && depth > 0; i++) {
        const BundleField *field = &bundle->fields[schema->of + i];
        if (!(field->flags & FIELD_REQUIRED) && chance_below(maker->chance, 2) == 0)
            continue;
        json_name_str(&maker->json, bundle_string(bundle, field->name));
        make_value(maker, field->schema, depth - 1);
    }
    json_end_object(&maker->json);
}

static inline void make_list(Maker *maker, uint32_t number, uint32_t depth)
{
    json_begin_array(&maker->json);
    for (uint32_t left = chance_below(maker->chance, 4); left > 0 && depth > 0; left--)
        make_value(maker, maker->bundle->schemas[number].of, depth - 1);
    json_end_array(&maker->json);
}

static inline void make_value(Maker *maker, uint32_t number, uint32_t depth)
{
    static const char *const NUMBERS[] = {
        "0",   "1",  "2",    "3",        "5",
        "100", "-1", "12.5", "0.000001", "9223372036854775807",
        "1e30"};
    static const char *const TEXTS[] = {"a@acme.example", "/work/../x",
                                        "select 1",       "https://x.example/a?b",
                                        "ls -l | sh",     "10.1.2.3"};
    const BundleSchema *schema = &maker->bundle->schemas[number];
    if (schema->values.count > 0 && chance_below(maker->chance, 8) > 0) {
        uint32_t at = chance_below(maker->chance, schema->values.count);
        make_const(maker, maker->bundle->lists[schema->values.first + at]);
        return;
    }
    switch ((Kind)maker->bundle->types[schema->type].kind) {
    case KIND_BOOL:
        json_bool(&maker->json, chance_below(maker->chance, 2) == 1);
        return;
    case KIND_INT:
    case KIND_DECIMAL:
    case KIND_DURATION:
        json_raw(&maker->json,
                 str_from_c(NUMBERS[chance_below(
                     maker->chance, chance_below(maker->chance, 8) == 0 ? 11 : 6)]));
        return;
    case KIND_STRING:
        if (schema->of != NONE)
            make_key(maker, schema->of);
        else if (chance_below(maker->chance, 4) == 0)
            json_c(&maker->json, TEXTS[chance_below(maker->chance, 6)]);
        else
            json_str(&maker->json, make_string(maker));
        return;
    case KIND_TIME:
        json_c(&maker->json, "2026-03-02T08:59:00Z");
        return;
    case KIND_IP:
        json_c(&maker->json, "10.1.2.3");
        return;
    case KIND_NET:
        json_c(&maker->json, "10.0.0.0/8");
        return;
    case KIND_LIST:
        make_list(maker, number, depth);
        return;
    case KIND_RECORD:
        make_record(maker, number, depth);
        return;
    case KIND_JSON:
    case KIND_NONE:
    case KIND_ROW:
        json_null(&maker->json);
        return;
    }
    unreachable_bug();
}

// What the request says of a party, beside its name.
static inline void make_attributes(Maker *maker, uint8_t of)
{
    const Bundle *bundle = maker->bundle;
    for (uint32_t i = FIXED_SLOT_COUNT; i < bundle->slots_count; i++) {
        const BundleSlot *slot = &bundle->slots[i];
        if (slot->root != SLOT_ROOT_ATTRIBUTE || slot->of != of ||
            !(slot->flags & SLOT_FROM_REQUEST) || chance_below(maker->chance, 4) == 0)
            continue;
        json_name_str(&maker->json, bundle_string(bundle, slot->field));
        make_value(maker, slot->schema, 3);
    }
}

static inline Str make_user(Maker *maker)
{
    const Bundle *bundle = maker->bundle;
    uint32_t table = bundle->meta->users_table;
    if (table != NONE && bundle->tables[table].rows > 0) {
        const BundleTable *users = &bundle->tables[table];
        size_t row = chance_below(maker->chance, users->rows);
        uint32_t cell = bundle->cells[users->cell + row * users->column_count];
        return bundle_string(bundle, (uint32_t)bundle->consts[cell].low);
    }
    if (bundle->members_count > 0)
        return bundle_string(
            bundle,
            bundle->members[chance_below(maker->chance, bundle->members_count)].id);
    return make_string(maker);
}

static inline void make_party(Maker *maker, const char *name, const char *key, Str id,
                              uint8_t of)
{
    json_name(&maker->json, name);
    json_begin_object(&maker->json);
    if (key != NULL) {
        json_name(&maker->json, key);
        json_str(&maker->json, id);
    }
    if (of == ATTRIBUTE_AGENT) {
        json_name(&maker->json, "attested");
        json_bool(&maker->json, true);
    }
    if (of == ATTRIBUTE_USER) {
        json_name(&maker->json, "tenant");
        json_str(&maker->json, STR("acme"));
        if (maker->bundle->acrs_count > 0) {
            uint32_t rank = chance_below(maker->chance, maker->bundle->acrs_count);
            json_name(&maker->json, "acr");
            json_str(&maker->json,
                     bundle_string(maker->bundle, maker->bundle->acrs[rank]));
        }
        json_name(&maker->json, "auth_time");
        json_c(&maker->json, "2026-03-02T08:58:00Z");
        json_name(&maker->json, "groups");
        json_raw(&maker->json, STR("[]"));
    }
    if (of == ATTRIBUTE_CONTEXT) {
        json_name(&maker->json, "ip");
        json_c(&maker->json, "10.1.2.3");
    }
    make_attributes(maker, of);
    json_end_object(&maker->json);
}

// Who asks for what, and to what end.
typedef struct Scene {
    const BundleGateway *gateway;
    const BundleAgent *agent;
    const BundleAudience *audience;
    const BundleTool *tool;     // NULL: none
    const BundleIntent *intent; // NULL: no task
} Scene;

static inline const BundleAgent *choose_agent(Maker *maker, const BundleIntent *intent)
{
    const Bundle *bundle = maker->bundle;
    if (intent != NULL && intent->agents.count > 0 &&
        chance_below(maker->chance, 4) > 0) {
        const uint32_t *pair = bundle->lists + intent->agents.first;
        if (pair[0] == WHO_AGENT)
            return &bundle->agents[pair[1]];
    }
    return &bundle->agents[chance_below(maker->chance, bundle->agents_count)];
}

// The tool and an audience that has it, mostly among the intent's.
static inline void choose_tool(Maker *maker, Scene *scene)
{
    const Bundle *bundle = maker->bundle;
    const BundleIntent *intent = scene->intent;
    scene->audience =
        &bundle->audiences[chance_below(maker->chance, bundle->audiences_count)];
    if (intent != NULL && intent->envelope_count > 0 &&
        chance_below(maker->chance, 8) > 0) {
        const BundleEnvelope *envelope =
            &bundle->envelopes[intent->envelope +
                               chance_below(maker->chance, intent->envelope_count)];
        scene->tool = &bundle->tools[envelope->tool];
        for (uint32_t i = 0; i < bundle->audiences_count; i++)
            if (bundle->audiences[i].family == scene->tool->family)
                scene->audience = &bundle->audiences[i];
        return;
    }
    const BundleFamily *family = &bundle->families[scene->audience->family];
    if (family->tool_count > 0)
        scene->tool = &bundle->tools[family->tool +
                                     chance_below(maker->chance, family->tool_count)];
}

// False when the bundle has nobody to ask.
static inline bool choose_scene(Maker *maker, Scene *scene)
{
    const Bundle *bundle = maker->bundle;
    if (bundle->gateways_count == 0 || bundle->agents_count == 0 ||
        bundle->audiences_count == 0 || bundle->meta->interned == 0)
        return false;
    *scene = (Scene){
        .gateway =
            &bundle->gateways[chance_below(maker->chance, bundle->gateways_count)]};
    if (bundle->intents_count > 0 && chance_below(maker->chance, 2) == 0)
        scene->intent =
            &bundle->intents[chance_below(maker->chance, bundle->intents_count)];
    scene->agent = choose_agent(maker, scene->intent);
    choose_tool(maker, scene);
    return true;
}

static inline void make_task(Maker *maker, const BundleIntent *intent)
{
    const Bundle *bundle = maker->bundle;
    json_name(&maker->json, "task");
    json_begin_object(&maker->json);
    json_name(&maker->json, "id");
    json_c(&maker->json, "t1");
    json_name(&maker->json, "intent");
    json_str(&maker->json, bundle_string(bundle, intent->name));
    json_name(&maker->json, "opened");
    json_c(&maker->json, "2026-03-02T08:59:00Z");
    json_name(&maker->json, "params");
    make_record(maker, intent->schema, 4);
    json_end_object(&maker->json);
}

static inline void make_credential(Maker *maker, const BundleGateway *gateway,
                                   Str subject)
{
    const Bundle *bundle = maker->bundle;
    json_name(&maker->json, "credential");
    json_begin_object(&maker->json);
    if (gateway->accepts.count > 0) {
        uint32_t issuer = bundle->lists[gateway->accepts.first];
        json_name(&maker->json, "iss");
        json_str(&maker->json, bundle_string(bundle, bundle->issuers[issuer].uri));
    }
    json_name(&maker->json, "aud");
    json_str(&maker->json, bundle_string(bundle, gateway->uri));
    json_name(&maker->json, "sub");
    json_str(&maker->json, subject);
    json_name(&maker->json, "exp");
    json_c(&maker->json, "2026-03-02T09:10:00Z");
    json_name(&maker->json, "cnf");
    json_c(&maker->json, "key-1");
    json_name(&maker->json, "iat");
    json_i64(&maker->json, REQUEST_NOW / 1000000000 - 60);
    json_name(&maker->json, "scope");
    json_raw(&maker->json, STR("[\"a\", \"b\"]"));
    json_end_object(&maker->json);
    json_name(&maker->json, "presenter");
    json_c(&maker->json, "key-1");
}

// What need not be there: an actor in between, what the token shall be.
static inline void make_more(Maker *maker, const Scene *scene)
{
    const Bundle *bundle = maker->bundle;
    if (chance_below(maker->chance, 4) == 0) {
        json_name(&maker->json, "chain");
        json_begin_array(&maker->json);
        json_str(&maker->json, bundle_string(bundle, scene->agent->id));
        json_end_array(&maker->json);
    }
    if (chance_below(maker->chance, 4) == 0) {
        json_name(&maker->json, "ask");
        json_raw(&maker->json, STR("{\"ttl\": 10, \"uses\": 1, \"depth\": 0}"));
    }
    if (chance_below(maker->chance, 4) == 0) {
        json_name(&maker->json, "resource");
        json_raw(&maker->json, STR("{\"type\": \"ticket\", \"id\": \"T1\"}"));
    }
    json_name(&maker->json, "key");
    json_c(&maker->json, "k1");
}

// A request as JSON; `has_tool` is false for a LIST. False when there is none.
static inline bool make_json(Maker *maker, bool has_tool)
{
    const Bundle *bundle = maker->bundle;
    Scene scene;
    if (!choose_scene(maker, &scene))
        return false;
    Str agent = bundle_string(bundle, scene.agent->id), user = make_user(maker);
    bool has_user = chance_below(maker->chance, 8) > 0;
    json_begin_object(&maker->json);
    json_name(&maker->json, "gateway");
    json_str(&maker->json, bundle_string(bundle, scene.gateway->name));
    make_party(maker, "agent", "id", agent, ATTRIBUTE_AGENT);
    if (has_user)
        make_party(maker, "user", "id", user, ATTRIBUTE_USER);
    make_party(maker, "audience", "uri", bundle_string(bundle, scene.audience->uri),
               ATTRIBUTE_AUDIENCE);
    make_party(maker, "context", NULL, STR(""), ATTRIBUTE_CONTEXT);
    if (scene.intent != NULL)
        make_task(maker, scene.intent);
    make_credential(maker, scene.gateway, has_user ? user : agent);
    make_more(maker, &scene);
    if (has_tool && scene.tool != NULL) {
        json_name(&maker->json, "tool");
        json_str(&maker->json, bundle_string(bundle, scene.tool->name));
        json_name(&maker->json, "args");
        make_record(maker, scene.tool->schema, 6);
    }
    json_end_object(&maker->json);
    return true;
}

// The body of a DECIDE, or of a LIST; empty when there is none.
static inline Str make_request(Arena *arena, const Bundle *bundle, Chance *chance,
                               bool has_tool)
{
    Buf json = buf_on(arena), body = buf_on(arena);
    TranscodeError error;
    Maker maker = {.bundle = bundle, .chance = chance, .json = json_writer(&json, 0)};
    if (!make_json(&maker, has_tool) ||
        transcode_request(arena, buf_view(&json), &body, &error) != STATUS_OK)
        return (Str){0};
    return buf_view(&body);
}

#endif
