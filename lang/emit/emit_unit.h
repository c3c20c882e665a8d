// SPDX-License-Identifier: Apache-2.0
// emit_unit: a policy made by hand with something of everything, and bundles in memory.
// For
// *_test.c only.
#ifndef PROVISO_LANG_EMIT_EMIT_UNIT_H
#define PROVISO_LANG_EMIT_EMIT_UNIT_H

#include "engine/bytecode/bundle.h"
#include "lang/emit/emit.h"
#include "lang/ir/ir_unit.h"

typedef struct World {
    Build build;
    uint32_t amount, region, note, path, tags, department, ticket;
    uint32_t bot, clerk;
    uint32_t crm, mail, refund, lookup, send;
    uint32_t staff, guests, resolve;
} World;

static inline void world_arguments(World *world)
{
    Build *build = &world->build;
    const Type *string = build_type(build, TYPE_STRING);
    world->amount =
        build_argument(build, "args.amount", build_type(build, TYPE_DECIMAL), true);
    world->region = build_argument(build, "args.region", string, true);
    world->note =
        build_argument(build, "args.note", type_optional(build->types, string), false);
    world->path = build_argument(build, "args.path", string, true);
    world->tags =
        build_argument(build, "args.tags", type_list(build->types, string, 10), true);
    world->department = build_slot(build, "user.department", string,
                                   SLOT_ROOT_ATTRIBUTE, SLOT_FROM_REQUEST);
    build->program.slots[world->department].of = ATTRIBUTE_USER;
    world->ticket =
        build_slot(build, "intent.ticket", string, SLOT_ROOT_PARAMETER, SLOT_CERTAIN);
}

static inline void world_tools(World *world)
{
    Build *build = &world->build;
    const Type *string = build_type(build, TYPE_STRING);
    static const char *const payment[] = {"payment"};
    static const char *const egress[] = {"egress"};
    static const char *const scope[] = {"refunds:create"};
    world->crm = build_audience(build, "crm", "https://crm.acme.example/mcp");
    world->refund = build_tool(build, STR("refund"));
    world->lookup = build_tool(build, STR("lookup"));
    world->mail = build_audience(build, "mail", "https://mail.acme.example/mcp");
    world->send = build_tool(build, STR("send"));
    Tool *tools = build->program.tools;
    tools[world->refund].tags = build_texts(build, payment, 1);
    tools[world->refund].tag_count = 1;
    tools[world->refund].scope = build_texts(build, scope, 1);
    tools[world->refund].scope_count = 1;
    tools[world->send].tags = build_texts(build, egress, 1);
    tools[world->send].tag_count = 1;
    const Type *note = type_optional(build->types, string);
    const Type *list = type_list(build->types, string, 10);
    const Type *decimal = build_type(build, TYPE_DECIMAL);
    build_tool_argument(build, world->refund, "amount", decimal, true, world->amount);
    build_tool_argument(build, world->refund, "note", note, false, world->note);
    build_tool_argument(build, world->refund, "path", string, true, world->path);
    build_tool_argument(build, world->refund, "region", string, true, world->region);
    build_tool_argument(build, world->refund, "tags", list, true, world->tags);
}

static inline void world_parties(World *world)
{
    Build *build = &world->build;
    Program *program = &build->program;
    program->issuers[program->issuer_count++] =
        (Issuer){.name = STR("okta"), .uri = STR("https://acme.okta.example")};
    uint32_t *accepts = ARENA_ARRAY(&build->arena, 1, uint32_t);
    program->gateways[program->gateway_count++] =
        (Gateway){.name = STR("edge"),
                  .uri = STR("https://edge.acme.example/mcp"),
                  .accepts = accepts,
                  .accept_count = 1};
    world->bot = build_agent(build, STR("bot"));
    world->clerk = build_agent(build, STR("clerk"));
    static const char *const users[] = {"u-1", "u-7"};
    world->staff = program->group_count++;
    program->groups[world->staff] = (Group){
        .name = STR("staff"), .users = build_texts(build, users, 2), .user_count = 2};
    uint32_t *agents = ARENA_ARRAY(&build->arena, 1, uint32_t);
    agents[0] = world->clerk;
    world->guests = program->group_count++;
    program->groups[world->guests] = (Group){.name = STR("guests"),
                                             .users = build_texts(build, users, 1),
                                             .user_count = 1,
                                             .agents = agents,
                                             .agent_count = 1};
}

static inline void world_intent(World *world)
{
    Build *build = &world->build;
    const Type *string = build_type(build, TYPE_STRING);
    TypeField field = {STR("ticket"), string};
    Schema *params = build_record(build, type_record(build->types, &field, 1));
    Schema *ticket = ARENA_NEW(&build->arena, Schema);
    *ticket = (Schema){.type = string, .key_of = NONE};
    BundleFill *fill = ARENA_NEW(&build->arena, BundleFill);
    *fill = (BundleFill){.slot = world->ticket};
    params->fields[params->field_count++] = (SchemaField){.name = STR("ticket"),
                                                          .schema = ticket,
                                                          .is_required = true,
                                                          .tenant_table = NONE,
                                                          .fills = fill,
                                                          .fill_count = 1};
    EnvelopeTool *tools = ARENA_ARRAY(&build->arena, 2, EnvelopeTool);
    tools[0] = (EnvelopeTool){world->send, NONE};
    tools[1] = (EnvelopeTool){world->refund, world->crm};
    Who *agents = ARENA_ARRAY(&build->arena, 1, Who);
    agents[0] = (Who){.kind = WHO_AGENT, .number = world->bot};
    world->resolve = build->program.intent_count++;
    build->program.intents[world->resolve] = (Intent){.name = STR("resolve"),
                                                      .params = params,
                                                      .agents = agents,
                                                      .agent_count = 1,
                                                      .tools = tools,
                                                      .tool_count = 2,
                                                      .within = 900000000000};
}

// customers: id (without case), tier?, tenant.
static inline void world_table(World *world)
{
    Build *build = &world->build;
    const Type *string = build_type(build, TYPE_STRING);
    Column *columns = ARENA_ARRAY(&build->arena, 3, Column);
    columns[0] = (Column){.name = STR("id"), .type = string, .is_nocase = true};
    columns[1] = (Column){.name = STR("tier"), .type = string, .is_optional = true};
    columns[2] = (Column){.name = STR("tenant"), .type = string};
    static const char *const cells[] = {"C-One", "gold", "acme", "C-Two", NULL, "beta"};
    const Const **values = ARENA_ARRAY(&build->arena, 6, const Const *);
    for (uint32_t i = 0; i < 6; i++)
        if (cells[i] != NULL)
            values[i] = build_text(build, str_from_c(cells[i]))->value;
    build->program.tables[build->program.table_count++] =
        (Table){.name = STR("customers"),
                .key_count = 1,
                .columns = columns,
                .column_count = 3,
                .cells = values,
                .row_count = 2,
                .tenant = 2};
}

// Everything but rules.
static inline Build *world_start(World *world, size_t memory, uint32_t rules)
{
    memset(world, 0, sizeof *world);
    build_start(&world->build, memory, rules);
    world_arguments(world);
    world_tools(world);
    world_parties(world);
    world_intent(world);
    world_table(world);
    return &world->build;
}

static inline Expr *world_slot(World *world, uint32_t slot)
{
    return build_slot_of(&world->build, slot);
}

// args.region == text
static inline Expr *world_region_is(World *world, const char *text)
{
    return build_test(&world->build, IR_EQ, world_slot(world, world->region),
                      build_text(&world->build, str_from_c(text)));
}

// args.amount <= thousandths
static inline Expr *world_amount_up_to(World *world, int64_t thousandths)
{
    return build_test(&world->build, IR_LE, world_slot(world, world->amount),
                      build_decimal(&world->build, thousandths));
}

// The bundle's bytes.
static inline Str world_bytes(World *world, const EmitOptions *options)
{
    Buf out = buf_on(&world->build.arena);
    EmitLimit limit;
    ir_check(&world->build.program);
    ck_assert(
        emit_bundle(&world->build.arena, &world->build.program, options, &out, &limit));
    return buf_view(&out);
}

static inline Bundle world_open(Str bytes)
{
    Bundle bundle;
    const char *why = "";
    Status status = bundle_open(bytes, &bundle, &why);
    ck_assert_msg(status == STATUS_OK, "%s", why);
    return bundle;
}

static inline Bundle world_emit(World *world)
{
    EmitOptions options = emit_defaults();
    options.compiler = STR("proviso test");
    return world_open(world_bytes(world, &options));
}

#endif
