// SPDX-License-Identifier: Apache-2.0
// Issuers, gateways, families, audiences, tools, agents, groups, members and intents.
#include "engine/bytecode/verify_parts.h"

static bool check_issuers(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    for (uint32_t i = 0; i < bundle->issuers_count; i++) {
        ALSO(verify_string(verifier, bundle->issuers[i].name, false, SECTION_ISSUERS,
                           i));
        ALSO(verify_interned(verifier, bundle->issuers[i].uri, false, SECTION_ISSUERS,
                             i));
        NEED(bundle->issuers[i].flags <= ISSUER_BEARER, REFERENCE, ISSUERS, i);
    }
    for (uint32_t i = 0; i < bundle->gateways_count; i++) {
        const BundleGateway *gateway = &bundle->gateways[i];
        ALSO(verify_interned(verifier, gateway->name, false, SECTION_GATEWAYS, i));
        ALSO(verify_interned(verifier, gateway->uri, false, SECTION_GATEWAYS, i));
        ALSO(verify_ascending(verifier, gateway->accepts, bundle->issuers_count,
                              SECTION_GATEWAYS, i));
    }
    return true;
}

// Families follow one another over all tools.
static bool check_families(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    uint32_t next = 0;
    for (uint32_t i = 0; i < bundle->families_count; i++) {
        const BundleFamily *family = &bundle->families[i];
        ALSO(verify_string(verifier, family->name, false, SECTION_FAMILIES, i));
        NEED(family->tool == next && family->tool_count <= bundle->tools_count - next,
             FAMILY, FAMILIES, i);
        next += family->tool_count;
        for (uint32_t tool = family->tool; tool < next; tool++) {
            NEED(bundle->tools[tool].family == i, FAMILY, TOOLS, tool);
            NEED(tool == family->tool ||
                     bundle->tools[tool - 1].name < bundle->tools[tool].name,
                 TOOL, TOOLS, tool);
        }
    }
    NEED(next == bundle->tools_count, FAMILY, FAMILIES, bundle->families_count);
    return true;
}

static bool check_audiences(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    for (uint32_t i = 0; i < bundle->audiences_count; i++) {
        const BundleAudience *audience = &bundle->audiences[i];
        ALSO(verify_string(verifier, audience->name, false, SECTION_AUDIENCES, i));
        ALSO(verify_interned(verifier, audience->uri, false, SECTION_AUDIENCES, i));
        ALSO(verify_interned(verifier, audience->tenant, true, SECTION_AUDIENCES, i));
        NEED(audience->family < bundle->families_count && audience->reserved == 0 &&
                 audience->flags <= (AUDIENCE_SHARED | AUDIENCE_CHECKS),
             REFERENCE, AUDIENCES, i);
        NEED(i == 0 || audience[-1].uri < audience->uri, AUDIENCE, AUDIENCES, i);
    }
    return true;
}

// A key, or a list of keys at whatever depth, of a table whose rows have a tenant.
static bool has_tenant(const Bundle *bundle, uint32_t schema)
{
    const BundleSchema *key = &bundle->schemas[schema];
    while (bundle->types[key->type].kind == KIND_LIST)
        key = &bundle->schemas[key->of];
    return bundle->types[key->type].kind == KIND_STRING && key->of != NONE &&
           bundle->tables[key->of].tenant != NONE;
}

// The fields of an argument or parameter record fill slots of their own root and type;
// a certain slot is filled by what is required only.
static bool check_fills(Verifier *verifier, uint32_t schema, uint8_t root,
                        uint8_t other)
{
    const Bundle *bundle = verifier->bundle;
    const BundleSchema *record = &bundle->schemas[schema];
    for (uint32_t i = 0; i < record->count; i++) {
        const BundleField *field = &bundle->fields[record->of + i];
        uint32_t type = bundle->schemas[field->schema].type;
        for (uint32_t j = 0; j < field->fill_count; j++) {
            const BundleFill *fill = &bundle->fills[field->fill + j];
            const BundleSlot *slot = &bundle->slots[fill->slot];
            bool is_fit = fill->convert == CONVERT_NONE
                              ? verify_type_holds(bundle, slot->type, type)
                              : type == KIND_INT && slot->type == KIND_DECIMAL;
            bool is_sure = field->flags & FIELD_REQUIRED &&
                           !(bundle->schemas[field->schema].flags & SCHEMA_NULLABLE);
            NEED((slot->root == root || slot->root == other) && is_fit &&
                     (is_sure || !(slot->flags & SLOT_CERTAIN)),
                 FILL, FIELDS, record->of + i);
        }
        NEED(!(field->flags & FIELD_TENANT_ROW) ||
                 (root == SLOT_ROOT_ARGUMENT && has_tenant(bundle, field->schema)),
             FIELD, FIELDS, record->of + i);
    }
    return true;
}

static bool is_record(const Bundle *bundle, uint32_t schema)
{
    return schema < bundle->schemas_count &&
           bundle->types[bundle->schemas[schema].type].kind == KIND_RECORD;
}

static bool is_closed_record(const Bundle *bundle, uint32_t schema)
{
    return is_record(bundle, schema) && bundle->schemas[schema].flags & SCHEMA_CLOSED;
}

static bool check_groups_of_tool(Verifier *verifier, List groups, uint32_t kind,
                                 uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    ALSO(verify_ascending(verifier, groups, bundle->dispatch_count, SECTION_TOOLS,
                          index));
    for (uint32_t i = 0; i < groups.count; i++)
        NEED(bundle->dispatch[bundle->lists[groups.first + i]].kind == kind, TOOL,
             TOOLS, index);
    return true;
}

static bool check_tool(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleTool *tool = &bundle->tools[index];
    ALSO(verify_interned(verifier, tool->name, false, SECTION_TOOLS, index));
    ALSO(verify_string(verifier, tool->full, false, SECTION_TOOLS, index));
    NEED(is_closed_record(bundle, tool->schema) &&
             tool->flags <= (TOOL_PINNED | TOOL_KEPT_IN_TASK | TOOL_AFTER) &&
             tool->scope.count > 0,
         TOOL, TOOLS, index);
    uint32_t interned = bundle->meta->interned;
    ALSO(verify_ascending(verifier, tool->scope, interned, SECTION_TOOLS, index));
    ALSO(verify_ascending(verifier, tool->tags, interned, SECTION_TOOLS, index));
    ALSO(check_fills(verifier, tool->schema, SLOT_ROOT_ARGUMENT, SLOT_ROOT_ARGUMENT));
    NEED(tool->result == NONE || is_record(bundle, tool->result), TOOL, TOOLS, index);
    if (tool->result != NONE)
        ALSO(check_fills(verifier, tool->result, SLOT_ROOT_RESULT, SLOT_ROOT_RESULT));
    return check_groups_of_tool(verifier, tool->permits, RULE_PERMIT, index) &&
           check_groups_of_tool(verifier, tool->forbids, RULE_FORBID, index) &&
           check_groups_of_tool(verifier, tool->limits, RULE_LIMIT, index) &&
           check_groups_of_tool(verifier, tool->results, RULE_RESULT, index);
}

static bool check_agent(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleAgent *agent = &bundle->agents[index];
    ALSO(verify_interned(verifier, agent->id, false, SECTION_AGENTS, index));
    ALSO(verify_string(verifier, agent->name, false, SECTION_AGENTS, index));
    ALSO(verify_interned(verifier, agent->tenant, true, SECTION_AGENTS, index));
    ALSO(verify_string(verifier, agent->client, true, SECTION_AGENTS, index));
    ALSO(verify_ascending(verifier, agent->tags, bundle->meta->interned, SECTION_AGENTS,
                          index));
    ALSO(verify_ascending(verifier, agent->groups, bundle->groups_count, SECTION_AGENTS,
                          index));
    NEED(index == 0 || agent[-1].id < agent->id, AGENT, AGENTS, index);
    NEED(agent->flags <= AGENT_SHARED && agent->reserved == 0, AGENT, AGENTS, index);
    NEED(agent->table == NONE || (agent->table < bundle->tables_count &&
                                  agent->row < bundle->tables[agent->table].rows),
         AGENT, AGENTS, index);
    return true;
}

static bool check_members(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    for (uint32_t i = 0; i < bundle->groups_count; i++) {
        ALSO(verify_interned(verifier, bundle->groups[i].name, false, SECTION_GROUPS,
                             i));
        NEED(bundle->groups[i].flags <= GROUP_FROM_REQUEST, REFERENCE, GROUPS, i);
    }
    for (uint32_t i = 0; i < bundle->members_count; i++) {
        const BundleMember *member = &bundle->members[i];
        ALSO(verify_interned(verifier, member->id, false, SECTION_MEMBERS, i));
        ALSO(verify_ascending(verifier, member->groups, bundle->groups_count,
                              SECTION_MEMBERS, i));
        NEED(i == 0 || member[-1].id < member->id, MEMBER, MEMBERS, i);
        NEED(member->groups.count <= MAX_USER_GROUPS, MEMBER, MEMBERS, i);
    }
    return true;
}

// ---- intents ----

static bool is_who(const Bundle *bundle, uint32_t kind, uint32_t number, bool is_user)
{
    switch (kind) {
    case WHO_AGENT:
        return !is_user && number < bundle->agents_count;
    case WHO_AGENT_TAG:
        return !is_user && number < bundle->meta->interned;
    case WHO_AGENT_GROUP:
        return !is_user && number < bundle->groups_count;
    case WHO_USER:
        return is_user && number < bundle->meta->interned;
    case WHO_USER_GROUP:
        return is_user && number < bundle->groups_count;
    case WHO_NO_USER:
        return is_user && number == 0;
    default:
        return false;
    }
}

static bool check_who(Verifier *verifier, List pairs, bool is_user, uint32_t index)
{
    const uint32_t *words = verifier->bundle->lists + pairs.first;
    ALSO(verify_list(verifier, pairs, SECTION_INTENTS, index));
    NEED(pairs.count % 2 == 0, INTENT, INTENTS, index);
    for (uint32_t i = 0; i < pairs.count; i += 2)
        NEED(is_who(verifier->bundle, words[i], words[i + 1], is_user), INTENT, INTENTS,
             index);
    return true;
}

static bool check_envelopes(Verifier *verifier, const BundleIntent *intent,
                            uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    NEED(intent->envelope <= bundle->envelopes_count &&
             intent->envelope_count <= bundle->envelopes_count - intent->envelope,
         INTENT, INTENTS, index);
    for (uint32_t i = 0; i < intent->envelope_count; i++) {
        const BundleEnvelope *at = &bundle->envelopes[intent->envelope + i];
        NEED(at->tool < bundle->tools_count, INTENT, INTENTS, index);
        NEED(at->audience == NONE || (at->audience < bundle->audiences_count &&
                                      bundle->audiences[at->audience].family ==
                                          bundle->tools[at->tool].family),
             INTENT, INTENTS, index);
        NEED(i == 0 || at[-1].tool < at->tool ||
                 (at[-1].tool == at->tool && at[-1].audience < at->audience),
             INTENT, INTENTS, index);
    }
    return true;
}

static bool check_intent(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleIntent *intent = &bundle->intents[index];
    ALSO(verify_interned(verifier, intent->name, false, SECTION_INTENTS, index));
    NEED(is_closed_record(bundle, intent->schema) && intent->within >= 0 &&
             intent->within <= MAX_REMEMBERED && intent->reserved == 0,
         INTENT, INTENTS, index);
    ALSO(check_who(verifier, intent->agents, false, index));
    ALSO(check_who(verifier, intent->users, true, index));
    ALSO(check_envelopes(verifier, intent, index));
    return check_fills(verifier, intent->schema, SLOT_ROOT_PARAMETER, SLOT_ROOT_CHILD);
}

bool verify_parties(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    ALSO(check_issuers(verifier));
    ALSO(check_families(verifier));
    ALSO(check_audiences(verifier));
    for (uint32_t i = 0; i < bundle->tools_count; i++)
        ALSO(check_tool(verifier, i));
    for (uint32_t i = 0; i < bundle->agents_count; i++)
        ALSO(check_agent(verifier, i));
    ALSO(check_members(verifier));
    for (uint32_t i = 0; i < bundle->intents_count; i++)
        ALSO(check_intent(verifier, i));
    return true;
}
