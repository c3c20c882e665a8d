// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/parties.h"

#include <stdlib.h>
#include <string.h>

#include "lang/emit/schema.h"
#include "lang/emit/strings.h"

// ---- order ----

// A thing of the Program and what it is ordered by in the bundle.
typedef struct Ordered {
    uint32_t key;
    uint32_t number; // in the Program
} Ordered;

static int compare_ordered(const void *left, const void *right)
{
    const Ordered *a = left;
    const Ordered *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static Ordered *order_agents(const Emitter *emitter)
{
    const Program *program = emitter->program;
    Ordered *order = ARENA_ARRAY(emitter->arena, program->agent_count, Ordered);
    for (uint32_t i = 0; i < program->agent_count; i++)
        order[i] = (Ordered){string_number(emitter, program->agents[i].id), i};
    qsort(order, program->agent_count, sizeof *order, compare_ordered);
    return order;
}

static Ordered *order_audiences(const Emitter *emitter)
{
    const Program *program = emitter->program;
    Ordered *order = ARENA_ARRAY(emitter->arena, program->audience_count, Ordered);
    for (uint32_t i = 0; i < program->audience_count; i++)
        order[i] = (Ordered){string_number(emitter, program->audiences[i].uri), i};
    qsort(order, program->audience_count, sizeof *order, compare_ordered);
    return order;
}

// Tools by family, and by name within it.
static Ordered *order_tools(const Emitter *emitter)
{
    const Program *program = emitter->program;
    Ordered *order = ARENA_ARRAY(emitter->arena, program->tool_count, Ordered);
    uint32_t count = 0;
    for (uint32_t i = 0; i < program->family_count; i++) {
        const Family *family = &program->families[i];
        for (uint32_t k = family->tool; k < family->tool + family->tool_count; k++)
            order[count++] =
                (Ordered){string_number(emitter, program->tools[k].name), k};
        qsort(order + count - family->tool_count, family->tool_count, sizeof *order,
              compare_ordered);
    }
    CHECK(count == program->tool_count);
    return order;
}

static uint32_t *numbers_of(const Emitter *emitter, const Ordered *order,
                            uint32_t count)
{
    uint32_t *numbers = ARENA_ARRAY(emitter->arena, count, uint32_t);
    for (uint32_t i = 0; i < count; i++)
        numbers[order[i].number] = i;
    return numbers;
}

void parties_number(Emitter *emitter)
{
    const Program *program = emitter->program;
    emitter->agents = numbers_of(emitter, order_agents(emitter), program->agent_count);
    emitter->audiences =
        numbers_of(emitter, order_audiences(emitter), program->audience_count);
    emitter->tools = numbers_of(emitter, order_tools(emitter), program->tool_count);
}

// ---- issuers, gateways, groups ----

static void write_issuers(Emitter *emitter)
{
    const Program *program = emitter->program;
    for (uint32_t i = 0; i < program->issuer_count; i++) {
        const Issuer *issuer = &program->issuers[i];
        BundleIssuer made = {.name = string_number(emitter, issuer->name),
                             .uri = string_number(emitter, issuer->uri),
                             .flags = issuer->is_bearer ? ISSUER_BEARER : 0};
        record_add(emitter, SECTION_ISSUERS, &made);
    }
    for (uint32_t i = 0; i < program->gateway_count; i++) {
        const Gateway *gateway = &program->gateways[i];
        uint32_t *accepts =
            ARENA_ARRAY(emitter->arena, gateway->accept_count, uint32_t);
        if (gateway->accept_count > 0)
            memcpy(accepts, gateway->accepts, gateway->accept_count * sizeof *accepts);
        BundleGateway made = {.name = string_number(emitter, gateway->name),
                              .uri = string_number(emitter, gateway->uri)};
        made.accepts = list_add_sorted(emitter, accepts, gateway->accept_count);
        record_add(emitter, SECTION_GATEWAYS, &made);
    }
}

// Who is in which group, as pairs in order.
static Ordered *pairs_of_users(Emitter *emitter, uint32_t *count)
{
    const Program *program = emitter->program;
    *count = 0;
    for (uint32_t i = 0; i < program->group_count; i++)
        *count += program->groups[i].user_count;
    Ordered *pairs = ARENA_ARRAY(emitter->arena, *count, Ordered);
    uint32_t at = 0;
    for (uint32_t i = 0; i < program->group_count; i++)
        for (uint32_t k = 0; k < program->groups[i].user_count; k++)
            pairs[at++] =
                (Ordered){string_number(emitter, program->groups[i].users[k]), i};
    qsort(pairs, *count, sizeof *pairs, compare_ordered);
    return pairs;
}

static void write_members(Emitter *emitter)
{
    uint32_t count;
    Ordered *pairs = pairs_of_users(emitter, &count);
    uint32_t *groups = ARENA_ARRAY(emitter->arena, count, uint32_t);
    for (uint32_t i = 0; i < count;) {
        uint32_t held = 0;
        uint32_t id = pairs[i].key;
        for (; i < count && pairs[i].key == id; i++)
            groups[held++] = pairs[i].number;
        if (held > MAX_USER_GROUPS)
            emitter_limit(emitter, "groups of one user", held, MAX_USER_GROUPS,
                          (Span){0, 0});
        BundleMember made = {.id = id,
                             .groups = list_add_sorted(emitter, groups, held)};
        record_add(emitter, SECTION_MEMBERS, &made);
    }
}

static void write_groups(Emitter *emitter)
{
    const Program *program = emitter->program;
    for (uint32_t i = 0; i < program->group_count; i++) {
        BundleGroup made = {
            .name = string_number(emitter, program->groups[i].name),
            .flags = program->groups[i].is_from_request ? GROUP_FROM_REQUEST : 0};
        record_add(emitter, SECTION_GROUPS, &made);
    }
    write_members(emitter);
}

// ---- agents ----

// For each agent of the Program, the groups that it is in.
static void fill_agent_groups(Emitter *emitter, List *lists)
{
    const Program *program = emitter->program;
    uint32_t *counts = ARENA_ARRAY(emitter->arena, program->agent_count, uint32_t);
    for (uint32_t i = 0; i < program->group_count; i++)
        for (uint32_t k = 0; k < program->groups[i].agent_count; k++)
            counts[program->groups[i].agents[k]]++;
    uint32_t **groups = ARENA_ARRAY(emitter->arena, program->agent_count, uint32_t *);
    for (uint32_t i = 0; i < program->agent_count; i++) {
        groups[i] = ARENA_ARRAY(emitter->arena, counts[i], uint32_t);
        counts[i] = 0;
    }
    for (uint32_t i = 0; i < program->group_count; i++) {
        for (uint32_t k = 0; k < program->groups[i].agent_count; k++) {
            uint32_t agent = program->groups[i].agents[k];
            groups[agent][counts[agent]++] = i;
        }
    }
    for (uint32_t i = 0; i < program->agent_count; i++)
        lists[i] = list_add_sorted(emitter, groups[i], counts[i]);
}

static void write_agents(Emitter *emitter)
{
    const Program *program = emitter->program;
    List *groups = ARENA_ARRAY(emitter->arena, program->agent_count, List);
    fill_agent_groups(emitter, groups);
    records_reserve(emitter, SECTION_AGENTS, program->agent_count);
    for (uint32_t i = 0; i < program->agent_count; i++) {
        const Agent *agent = &program->agents[i];
        BundleAgent made = {.id = string_number(emitter, agent->id),
                            .name = string_number(emitter, agent->name),
                            .tenant = string_number_or_none(emitter, agent->tenant),
                            .client = string_number_or_none(emitter, agent->client),
                            .tags = string_list(emitter, agent->tags, agent->tag_count),
                            .groups = groups[i],
                            .table = agent->table,
                            .row = agent->row,
                            .flags = agent->is_shared ? AGENT_SHARED : 0};
        *(BundleAgent *)record_at(emitter, SECTION_AGENTS, emitter->agents[i]) = made;
    }
}

// ---- audiences and tools ----

static void write_audiences(Emitter *emitter)
{
    const Program *program = emitter->program;
    uint32_t tool = 0;
    for (uint32_t i = 0; i < program->family_count; i++) {
        const Family *family = &program->families[i];
        BundleFamily made = {.name = string_number(emitter, family->name),
                             .tool = tool,
                             .tool_count = family->tool_count};
        tool += family->tool_count;
        record_add(emitter, SECTION_FAMILIES, &made);
    }
    records_reserve(emitter, SECTION_AUDIENCES, program->audience_count);
    for (uint32_t i = 0; i < program->audience_count; i++) {
        const Audience *audience = &program->audiences[i];
        BundleAudience made = {.name = string_number(emitter, audience->name),
                               .uri = string_number(emitter, audience->uri),
                               .tenant =
                                   string_number_or_none(emitter, audience->tenant),
                               .family = audience->family};
        if (audience->is_shared)
            made.flags |= AUDIENCE_SHARED;
        if (audience->is_checked)
            made.flags |= AUDIENCE_CHECKS;
        *(BundleAudience *)record_at(emitter, SECTION_AUDIENCES,
                                     emitter->audiences[i]) = made;
    }
}

// A tool that names no scope has one of its own name.
static List tool_scope(Emitter *emitter, const Tool *tool)
{
    if (tool->scope_count == 0)
        return string_list(emitter, &tool->full, 1);
    return string_list(emitter, tool->scope, tool->scope_count);
}

// What a tool returns is read by members (MCP's structuredContent, which is an object).
static bool has_members(const Schema *result)
{
    return result != NULL && type_kind(result->type) == KIND_RECORD;
}

static void write_tools(Emitter *emitter)
{
    const Program *program = emitter->program;
    records_reserve(emitter, SECTION_TOOLS, program->tool_count);
    for (uint32_t i = 0; i < program->tool_count; i++) {
        const Tool *tool = &program->tools[i];
        BundleTool made = {.name = string_number(emitter, tool->name),
                           .full = string_number(emitter, tool->full),
                           .family = tool->family,
                           .schema = schema_write_closed(emitter, tool->args),
                           .scope = tool_scope(emitter, tool),
                           .tags = string_list(emitter, tool->tags, tool->tag_count),
                           .flags = tool->is_pinned ? TOOL_PINNED : 0,
                           .result = has_members(tool->result)
                                         ? schema_write(emitter, tool->result)
                                         : NONE};
        memcpy(made.pin, tool->pin, sizeof made.pin);
        *(BundleTool *)record_at(emitter, SECTION_TOOLS, emitter->tools[i]) = made;
    }
}

// ---- intents ----

static uint32_t who_number(const Emitter *emitter, const Who *who)
{
    switch (who->kind) {
    case WHO_AGENT:
        return emitter->agents[who->number];
    case WHO_AGENT_TAG:
    case WHO_USER:
        return string_number(emitter, who->text);
    case WHO_AGENT_GROUP:
    case WHO_USER_GROUP:
        return who->number;
    case WHO_NO_USER:
        return 0;
    }
    unreachable_bug();
}

static List write_who(Emitter *emitter, const Who *who, uint32_t count)
{
    uint32_t *pairs = ARENA_ARRAY(emitter->arena, (size_t)count * 2, uint32_t);
    for (uint32_t i = 0; i < count; i++) {
        pairs[2 * i] = who[i].kind;
        pairs[2 * i + 1] = who_number(emitter, &who[i]);
    }
    return emit_list_add(emitter, pairs, count * 2);
}

static int compare_envelopes(const void *left, const void *right)
{
    const BundleEnvelope *a = left;
    const BundleEnvelope *b = right;
    if (a->tool != b->tool)
        return a->tool < b->tool ? -1 : 1;
    return (a->audience > b->audience) - (a->audience < b->audience);
}

// The calls that an intent allows, each once.
static void write_envelope(Emitter *emitter, const Intent *intent, BundleIntent *made)
{
    BundleEnvelope *all =
        ARENA_ARRAY(emitter->arena, intent->tool_count, BundleEnvelope);
    for (uint32_t i = 0; i < intent->tool_count; i++) {
        uint32_t audience = intent->tools[i].audience;
        all[i] =
            (BundleEnvelope){emitter->tools[intent->tools[i].tool],
                             audience == NONE ? NONE : emitter->audiences[audience]};
    }
    qsort(all, intent->tool_count, sizeof *all, compare_envelopes);
    made->envelope = record_count(emitter, SECTION_ENVELOPES);
    for (uint32_t i = 0; i < intent->tool_count; i++)
        if (i == 0 || compare_envelopes(&all[i - 1], &all[i]) != 0)
            record_add(emitter, SECTION_ENVELOPES, &all[i]);
    made->envelope_count = record_count(emitter, SECTION_ENVELOPES) - made->envelope;
}

static void write_intents(Emitter *emitter)
{
    const Program *program = emitter->program;
    for (uint32_t i = 0; i < program->intent_count; i++) {
        const Intent *intent = &program->intents[i];
        BundleIntent made = {
            .name = string_number(emitter, intent->name),
            .schema = schema_write_closed(emitter, intent->params),
            .agents = write_who(emitter, intent->agents, intent->agent_count),
            .users = write_who(emitter, intent->users, intent->user_count),
            .within = intent->within,
            .depth = intent->depth};
        write_envelope(emitter, intent, &made);
        record_add(emitter, SECTION_INTENTS, &made);
    }
}

void parties_write(Emitter *emitter)
{
    write_issuers(emitter);
    write_groups(emitter);
    write_agents(emitter);
    write_audiences(emitter);
    write_tools(emitter);
    write_intents(emitter);
    for (uint32_t i = 0; i < emitter->program->acr_count; i++) {
        uint32_t acr = string_number(emitter, emitter->program->acrs[i]);
        record_add(emitter, SECTION_ACRS, &acr);
    }
}
