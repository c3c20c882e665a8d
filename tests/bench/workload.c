// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/workload.h"

#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/os.h"

enum { TOOLS = 500, REGIONS = 50, FORBID_EACH = 100, FORBID_AT = 99 };

const char *workload_name(Workload workload)
{
    static const char *const NAMES[WORKLOAD_COUNT] = {"scoped", "agents",  "users",
                                                      "groups", "tenants", "constants"};
    return NAMES[workload];
}

// Scattered, so that the ten rules of an agent have little in common.
static uint32_t scatter(uint32_t rule, uint32_t salt, uint32_t below)
{
    uint64_t hash = (rule + 1) * UINT64_C(0x9e3779b97f4a7c15) + salt;
    hash ^= hash >> 29;
    hash *= UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(hash >> 32) % below;
}

static uint32_t tool_of(uint32_t rule)
{
    return scatter(rule, 1, TOOLS);
}

static uint32_t region_of(uint32_t rule)
{
    return scatter(rule, 2, REGIONS);
}

// The most that rule `rule` lets pass.
static uint32_t bound_of(uint32_t rule)
{
    return 10 + rule % 90;
}

static uint32_t agents_of(Workload workload, uint32_t rules)
{
    if (workload == WORKLOAD_AGENTS)
        return rules;
    return workload == WORKLOAD_SCOPED && rules >= 10 ? rules / 10 : 1;
}

// ---- policies ----

static void write_parties(Buf *out, Workload workload, uint32_t rules)
{
    bool is_scoped = workload == WORKLOAD_SCOPED;
    buf_c(out, "package bench\n"
               "issuer idp { uri \"https://idp.example\" }\n"
               "gateway edge { uri \"https://edge.example\" accepts idp }\n"
               "audience crm {\n"
               "  uri \"https://crm.example\"\n"
               "  tenant shared\n");
    for (uint32_t i = 0; i < (is_scoped ? TOOLS : 1); i++)
        buf_printf(out, "  tool tool%u(amount: decimal, region: string)%s\n", i,
                   i % 2 == 1 ? " { tags odd }" : "");
    buf_c(out, "}\n");
    for (uint32_t i = 0; i < agents_of(workload, rules); i++)
        buf_printf(out,
                   "agent agent%u { id \"spiffe://acme.example/agent%u\" "
                   "tenant shared }\n",
                   i, i);
    if (workload == WORKLOAD_GROUPS)
        buf_c(out, "groups from \"groups.yaml\"\n");
}

static void write_rule(Buf *out, Workload workload, uint32_t rules, uint32_t i)
{
    bool is_forbid = workload == WORKLOAD_SCOPED && i % FORBID_EACH == FORBID_AT;
    buf_printf(out, "%s rule%u { ", is_forbid ? "forbid" : "permit", i);
    switch (workload) {
    case WORKLOAD_SCOPED:
        if (is_forbid)
            buf_printf(out, "tool @odd when args.region == \"closed%u\"", i);
        else
            buf_printf(out,
                       "agent agent%u intent none tool crm.tool%u "
                       "when args.region == \"region%u\"",
                       i % agents_of(workload, rules), tool_of(i), region_of(i));
        buf_printf(out, " and args.amount <= %u.50 }\n", bound_of(i));
        return;
    case WORKLOAD_AGENTS:
        buf_printf(out, "agent agent%u", i);
        break;
    case WORKLOAD_USERS:
        buf_printf(out, "user \"user%u\"", i);
        break;
    case WORKLOAD_GROUPS:
        buf_printf(out, "user group%u", i);
        break;
    case WORKLOAD_TENANTS:
        buf_printf(out, "tenant \"tenant%u\"", i);
        break;
    case WORKLOAD_CONSTANTS:
        buf_printf(out, "when args.region == \"region%u\"", i);
        break;
    case WORKLOAD_COUNT:
        break;
    }
    buf_printf(out, " intent none tool crm.tool0 when args.amount <= %u.50 }\n",
               bound_of(i));
}

static void write_file(Arena *arena, Str folder, const char *name, const Buf *text)
{
    Str path = arena_format(arena, "%.*s/%s", STR_ARG(folder), name);
    CHECK(!text->failed);
    CHECK(os_write_file(path, buf_view(text), 0600) == STATUS_OK);
}

void workload_write(Arena *arena, Workload workload, uint32_t rules, Str folder)
{
    Buf text = buf_on(arena);
    write_parties(&text, workload, rules);
    for (uint32_t i = 0; i < rules; i++)
        write_rule(&text, workload, rules, i);
    write_file(arena, folder, "policy.proviso", &text);
    if (workload != WORKLOAD_GROUPS)
        return;
    Buf groups = buf_on(arena);
    for (uint32_t i = 0; i < rules; i++)
        buf_printf(&groups, "group%u: [user%u]\n", i, i);
    write_file(arena, folder, "groups.yaml", &groups);
}

// ---- calls ----

Str workload_call(Arena *arena, Workload workload, uint32_t rules, uint32_t rule,
                  bool is_allowed)
{
    bool is_scoped = workload == WORKLOAD_SCOPED;
    if (is_scoped && rule % FORBID_EACH == FORBID_AT)
        rule--;
    bool has_user = workload == WORKLOAD_USERS || workload == WORKLOAD_GROUPS ||
                    workload == WORKLOAD_TENANTS;
    Str agent = arena_format(arena, "spiffe://acme.example/agent%u",
                             rule % agents_of(workload, rules));
    Str user = arena_format(arena, "user%u", rule);
    Str tenant = workload == WORKLOAD_TENANTS
                     ? arena_format(arena, ",\"tenant\":\"tenant%u\"", rule)
                     : (Str){0};
    Str who = has_user ? arena_format(arena, "\"user\":{\"id\":\"%.*s\"%.*s},",
                                      STR_ARG(user), STR_ARG(tenant))
                       : (Str){0};
    return arena_format(
        arena,
        "{\"gateway\":\"edge\",\"agent\":\"%.*s\",%.*s"
        "\"audience\":\"https://crm.example\",\"tool\":\"tool%u\","
        "\"args\":{\"amount\":%u,\"region\":\"region%u\"},"
        "\"credential\":{\"iss\":\"https://idp.example\",\"aud\":"
        "\"https://edge.example\",\"sub\":\"%.*s\",\"exp\":1900000000,\"cnf\":\"k\"},"
        "\"presenter\":\"k\"}",
        STR_ARG(agent), STR_ARG(who), is_scoped ? tool_of(rule) : 0,
        is_allowed ? bound_of(rule) : 1000, is_scoped ? region_of(rule) : rule,
        STR_ARG(has_user ? user : agent));
}
