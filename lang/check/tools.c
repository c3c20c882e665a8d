// SPDX-License-Identifier: Apache-2.0
#include "lang/check/tools.h"

#include <string.h>

#include "lang/check/catalog.h"
#include "lang/check/memory.h"
#include "lang/check/parties.h"
#include "lang/check/reach.h"
#include "lang/check/tables.h"
#include "lang/check/token.h"
#include "lang/check/typing.h"
#include "lang/facts/mcp.h"

void tools_declare(Checker *checker)
{
    Program *program = checker->program;
    for (uint32_t i = 0; i < checker->file_count; i++)
        for (const Node *node = checker->files[i]->child; node != NULL;
             node = node->next) {
            if (node->kind != NODE_AUDIENCE)
                continue;
            Decl *decl = scope_declare(&checker->scope, checker->diags, DECL_AUDIENCE,
                                       node->text, node_name_span(node), node);
            if (decl == NULL)
                continue;
            decl->number = program->family_count;
            *ARRAY_PUSH(checker->arena, program->families, program->family_count) =
                (Family){.name = decl->full};
        }
}

// ---- tool sets ----

// A block that offers tools: an audience's own or a set's.
typedef struct Offer {
    const Node *node;
    // the clause of the audience that brings a set; nowhere for its own block
    Span span;
} Offer;

typedef struct Offers {
    Offer *items;
    uint32_t count;
    bool is_partial; // something of it was reported, so tools may be lacking
} Offers;

bool tools_are_partial(const Decl *audience)
{
    const Offers *offers = audience->detail;
    return offers != NULL && offers->is_partial;
}

// The parameters and results that a set writes, so that a mistake in them is one
// message and not one for each audience.
static void check_signatures(Checker *checker, const Node *set)
{
    for (const Node *tool = node_find(set, NODE_TOOL); tool != NULL;
         tool = node_find_next(tool, NODE_TOOL)) {
        const Node *params = node_find(tool, NODE_PARAMS);
        const Node *returns = node_find(tool, NODE_RETURNS);
        if (params != NULL)
            typing_params(checker, params);
        if (returns != NULL)
            typing_type(checker, returns->child);
    }
}

// Checks a set and those that it takes in, once. Afterwards its number is 0 if it is
// good.
static void check_set(Checker *checker, Decl *decl)
{
    if (decl->state == DECL_BUSY)
        diag_report2(checker->diags, DIAG_CIRCLE, decl->span, STR("tool set"),
                     decl->name);
    if (decl->state != DECL_FRESH)
        return;
    decl->state = DECL_BUSY;
    uint32_t errors = checker->diags->errors;
    check_signatures(checker, decl->node);
    for (const Node *use = node_find(decl->node, NODE_TOOLS_USE); use != NULL;
         use = node_find_next(use, NODE_TOOLS_USE)) {
        Decl *other = checker_need(checker, DECL_TOOL_SET, use->child);
        if (other != NULL)
            check_set(checker, other);
    }
    decl->state = DECL_DONE;
    decl->number = checker->diags->errors == errors ? 0 : NONE;
}

static void gather(Checker *checker, const Node *node, Span span, Offers *offers)
{
    for (uint32_t i = 0; i < offers->count; i++)
        if (offers->items[i].node == node)
            return;
    *ARRAY_PUSH(checker->arena, offers->items, offers->count) = (Offer){node, span};
    offers->is_partial |= node_has(node, NODE_BROKEN);
    for (const Node *use = node_find(node, NODE_TOOLS_USE); use != NULL;
         use = node_find_next(use, NODE_TOOLS_USE)) {
        bool is_own = span_is_nowhere(span);
        const Decl *set = is_own ? checker_need(checker, DECL_TOOL_SET, use->child)
                                 : checker_find(checker, DECL_TOOL_SET, use->child);
        if (set != NULL && set->number != NONE)
            gather(checker, set->node, is_own ? use->span : span, offers);
        else
            offers->is_partial = true;
    }
}

// ---- audiences ----

static void add_audience(Checker *checker, Audience audience)
{
    Program *program = checker->program;
    map_insert(&checker->audiences, audience.name, program->audience_count, NULL);
    *ARRAY_PUSH(checker->arena, program->audiences, program->audience_count) = audience;
}

// In a family each row says these.
static void refuse_own(Checker *checker, const Decl *decl, NodeKind kind, Str clause)
{
    const Node *node = node_find(decl->node, kind);
    if (node == NULL || node_has(node, NODE_SHARED))
        return;
    Diag *diag = diag_report2(checker->diags, DIAG_CLAUSE_UNFIT, node->span,
                              STR("an audience from a file"), clause);
    diag_help(diag, STR("each row of the file says its own"));
}

static void load_audience(Checker *checker, const Decl *decl)
{
    const Node *tenant = node_find(decl->node, NODE_TENANT);
    Audience audience = {.name = decl->full,
                         .family = decl->number,
                         .is_checked = node_find(decl->node, NODE_CHECKS) != NULL,
                         .is_shared = tenant != NULL && node_has(tenant, NODE_SHARED)};
    if (node_find(decl->node, NODE_FROM) == NULL) {
        audience.uri = parties_clause_text(checker, decl->node, NODE_URI);
        if (!audience.is_shared)
            audience.tenant = parties_clause_text(checker, decl->node, NODE_TENANT);
        if (audience.uri.len == 0 && node_find(decl->node, NODE_URI) == NULL)
            checker_lacks(checker, decl->span, STR("an audience"), STR("uri"));
        add_audience(checker, audience);
        return;
    }
    refuse_own(checker, decl, NODE_URI, STR("uri"));
    refuse_own(checker, decl, NODE_TENANT, STR("tenant"));
    FactTable facts =
        tables_read(checker, decl->node, decl->full, decl->span, TABLE_AUDIENCES);
    for (uint32_t row = 0; row < facts.table.row_count; row++) {
        Str key = tables_text(&facts.table, row, facts.table.columns[0].name);
        audience.name = arena_format(checker->arena, "%.*s.%.*s", STR_ARG(decl->full),
                                     STR_ARG(key));
        audience.uri = tables_text(&facts.table, row, STR("uri"));
        audience.tenant = tables_text(&facts.table, row, STR("tenant"));
        add_audience(checker, audience);
    }
}

// ---- tools ----

static Str full_name(Checker *checker, const Decl *audience, Str name)
{
    return arena_format(checker->arena, "%.*s.%.*s", STR_ARG(audience->full),
                        STR_ARG(name));
}

static bool add_tool(Checker *checker, const Decl *audience, Tool tool)
{
    Program *program = checker->program;
    bool is_new = false;
    tool.full = full_name(checker, audience, tool.name);
    tool.family = audience->number;
    const uint32_t *at =
        map_insert(&checker->tools, tool.full, program->tool_count, &is_new);
    if (!is_new) {
        Diag *diag =
            diag_report1(checker->diags, DIAG_TOOL_AGAIN, tool.span, tool.full);
        diag_label(diag, program->tools[*at].span, STR("the first comes from here"));
        return false;
    }
    *ARRAY_PUSH(checker->arena, program->tools, program->tool_count) = tool;
    program->families[tool.family].tool_count++;
    return true;
}

static bool add_listed(Checker *checker, const Decl *audience, const Node *from,
                       Span span)
{
    McpTools list = {0};
    if (!mcp_load(checker->arena, checker->types, checker->diags, checker->sources,
                  checker_file_path(checker, from->span, from->text), from->span,
                  &list))
        return false;
    if (list.is_cut)
        diag_report1(checker->diags, DIAG_TOOLS_CUT, from->span, from->text);
    for (uint32_t i = 0; i < list.count; i++) {
        const McpTool *item = &list.items[i];
        Tool tool = {.name = item->name,
                     .args = item->args,
                     .result = item->result,
                     .is_pinned = true,
                     .span = span};
        memcpy(tool.pin, item->pin.bytes, sizeof tool.pin);
        for (uint32_t k = 0; k < item->tag_count; k++)
            *ARRAY_PUSH(checker->arena, tool.tags, tool.tag_count) = item->tags[k];
        add_tool(checker, audience, tool);
    }
    return true;
}

static void add_inline(Checker *checker, const Decl *audience, const Node *node,
                       Span span)
{
    const Node *params = node_find(node, NODE_PARAMS);
    if (params == NULL)
        return;
    const Node *returns = node_find(node, NODE_RETURNS);
    const Type *result = returns == NULL ? NULL : typing_type(checker, returns->child);
    if (result != NULL && result->form != TYPE_POISON && result->form != TYPE_RECORD)
        diag_report2(checker->diags, DIAG_TYPE_WANTED, returns->child->span,
                     STR("the members of the result, `{ name: T }`"),
                     checker_type_text(checker, result));
    for (const Node *name = node_find(node, NODE_NAME); name != NULL;
         name = node_find_next(name, NODE_NAME)) {
        Tool tool = {.name = name->text,
                     .span = span_is_nowhere(span) ? name->span : span};
        tool.args = typing_params(checker, params);
        if (result != NULL && result->form == TYPE_RECORD)
            tool.result = typing_schema(checker, result->bare, false);
        add_tool(checker, audience, tool);
    }
}

// ---- what tool blocks say further ----

static void drop_tag(Tool *tool, Str tag)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < tool->tag_count; i++)
        if (!str_eq(tool->tags[i], tag))
            tool->tags[kept++] = tool->tags[i];
    tool->tag_count = kept;
}

static void apply_arg(Checker *checker, Tool *tool, const Node *node)
{
    SchemaField *field = schema_field(tool->args, node->text);
    if (field == NULL) {
        Diag *diag =
            diag_report3(checker->diags, DIAG_BINDING_UNKNOWN, node_name_span(node),
                         arena_format(checker->arena, "`%.*s`", STR_ARG(tool->full)),
                         STR("argument"), node->text);
        Nearest nearest = nearest_start(node->text);
        for (uint32_t i = 0; i < tool->args->field_count; i++)
            nearest_offer(&nearest, tool->args->fields[i].name);
        diag_suggest(diag, node_name_span(node), &nearest);
        return;
    }
    field->is_tenant_shared |= node_has(node, NODE_SHARED);
    if (node->child == NULL)
        return;
    const Type *type = typing_type(checker, node->child);
    const Type *old = field->schema->type;
    if (type->form == TYPE_POISON)
        return;
    bool is_open = type_kind(old) == KIND_STRING || old->bare->form == TYPE_JSON;
    if (!is_open && type_kind(old) != type_kind(type)) {
        diag_report3(checker->diags, DIAG_TYPE_UNFIT, node->span, node->text,
                     checker_type_text(checker, old), checker_type_text(checker, type));
        return;
    }
    typing_set_field(checker, field, type);
    typing_settle(checker, tool->args);
}

static void apply_block(Checker *checker, Tool *tool, const Node *block)
{
    for (const Node *node = block->child; node != NULL; node = node->next) {
        const Node *child = node->child;
        if (node->kind == NODE_TAGS)
            for (; child != NULL; child = child->next)
                *ARRAY_PUSH(checker->arena, tool->tags, tool->tag_count) = child->text;
        if (node->kind == NODE_SCOPE)
            for (; child != NULL; child = child->next) {
                token_check_scope(checker, child->text, child->span);
                *ARRAY_PUSH(checker->arena, tool->scope, tool->scope_count) =
                    child->text;
            }
        if (node->kind == NODE_ARG)
            apply_arg(checker, tool, node);
    }
}

static void drop_tags(Tool *tool, const Node *block)
{
    for (const Node *node = node_find(block, NODE_TAGS_NOT); node != NULL;
         node = node_find_next(node, NODE_TAGS_NOT))
        for (const Node *tag = node->child; tag != NULL; tag = tag->next)
            if (tag->kind == NODE_NAME)
                drop_tag(tool, tag->text);
}

static uint32_t tool_of(Checker *checker, const Decl *audience, const Node *name)
{
    const uint32_t *at =
        map_find(&checker->tools, full_name(checker, audience, name->text));
    if (at != NULL)
        return *at;
    if (tools_are_partial(audience))
        return NONE;
    Diag *diag = diag_report2(checker->diags, DIAG_TOOL_UNKNOWN, name->span,
                              audience->name, name->text);
    diag_help(
        diag,
        STR("a tool is declared with its parameters, as in `tool inbox()`; without "
            "them the block says more of one that is there"));
    Nearest nearest = nearest_start(name->text);
    const Program *program = checker->program;
    for (uint32_t i = 0; i < program->tool_count; i++)
        if (program->tools[i].family == audience->number)
            nearest_offer(&nearest, program->tools[i].name);
    diag_suggest(diag, name->span, &nearest);
    return NONE;
}

static void describe(Checker *checker, const Decl *audience, const Node *block)
{
    const Node *node = node_find(block, NODE_TOOL);
    for (; node != NULL; node = node_find_next(node, NODE_TOOL)) {
        for (const Node *name = node_find(node, NODE_NAME); name != NULL;
             name = node_find_next(name, NODE_NAME)) {
            uint32_t tool = tool_of(checker, audience, name);
            if (tool != NONE)
                apply_block(checker, &checker->program->tools[tool], node);
        }
    }
}

// A tag that some block takes away is away, wherever else it is given.
static void describe_less(Checker *checker, const Decl *audience, const Node *block)
{
    for (const Node *node = node_find(block, NODE_TOOL); node != NULL;
         node = node_find_next(node, NODE_TOOL))
        for (const Node *name = node_find(node, NODE_NAME); name != NULL;
             name = node_find_next(name, NODE_NAME)) {
            const uint32_t *tool =
                map_find(&checker->tools, full_name(checker, audience, name->text));
            if (tool != NULL)
                drop_tags(&checker->program->tools[*tool], node);
        }
}

static void settle(Checker *checker, Tool *tool)
{
    if (tool->scope_count == 0)
        *ARRAY_PUSH(checker->arena, tool->scope, tool->scope_count) = tool->name;
    typing_mark_tenants(checker, tool->args);
    tool->scope_count = array_sort_texts(tool->scope, tool->scope_count);
    tool->tag_count = array_sort_texts(tool->tags, tool->tag_count);
    for (uint32_t i = 0; i < tool->tag_count; i++)
        map_insert(&checker->tags, tool->tags[i], 0, NULL);
}

static void add_offer(Checker *checker, const Decl *audience, Offers *offers,
                      const Offer *offer)
{
    const Node *node = node_find(offer->node, NODE_TOOLS_FROM);
    for (; node != NULL; node = node_find_next(node, NODE_TOOLS_FROM))
        offers->is_partial |=
            !add_listed(checker, audience, node,
                        span_is_nowhere(offer->span) ? node->span : offer->span);
    node = node_find(offer->node, NODE_TOOL);
    for (; node != NULL; node = node_find_next(node, NODE_TOOL))
        add_inline(checker, audience, node, offer->span);
}

static void load_tools(Checker *checker, Decl *audience)
{
    Family *family = &checker->program->families[audience->number];
    family->tool = checker->program->tool_count;
    Offers *offers = ARENA_NEW(checker->arena, Offers);
    gather(checker, audience->node, span_make(0, 0), offers);
    audience->detail = offers;
    for (uint32_t i = 0; i < offers->count; i++)
        add_offer(checker, audience, offers, &offers->items[i]);
    for (uint32_t i = 0; i < offers->count; i++)
        describe(checker, audience, offers->items[i].node);
    for (uint32_t i = 0; i < offers->count; i++)
        describe_less(checker, audience, offers->items[i].node);
    for (uint32_t i = 0; i < family->tool_count; i++)
        settle(checker, &checker->program->tools[family->tool + i]);
}

void tools_load(Checker *checker)
{
    static const Str MCP_TAGS[] = {
        {"read_only", 9}, {"destructive", 11}, {"idempotent", 10}, {"open_world", 10}};
    for (size_t i = 0; i < sizeof MCP_TAGS / sizeof *MCP_TAGS; i++)
        map_insert(&checker->tags, MCP_TAGS[i], 0, NULL);
    Scope *scope = &checker->scope;
    for (uint32_t i = 0; i < scope->decl_count[DECL_TOOL_SET]; i++)
        check_set(checker, scope->decls[DECL_TOOL_SET][i]);
    for (uint32_t i = 0; i < scope->decl_count[DECL_AUDIENCE]; i++) {
        load_audience(checker, scope->decls[DECL_AUDIENCE][i]);
        load_tools(checker, scope->decls[DECL_AUDIENCE][i]);
    }
}

static void load_let(Checker *checker, const Decl *audience, const Node *node)
{
    for (const Node *let = node_find(node, NODE_LET); let != NULL;
         let = node_find_next(let, NODE_LET)) {
        if (!catalog_may_let(checker, let))
            continue;
        for (const Node *name = node_find(node, NODE_NAME); name != NULL;
             name = node_find_next(name, NODE_NAME)) {
            const uint32_t *tool =
                map_find(&checker->tools, full_name(checker, audience, name->text));
            if (tool != NULL)
                catalog_add_let(checker, *tool, let);
        }
    }
}

static void check_yields(Checker *checker, const Decl *audience, const Node *node)
{
    uint32_t *tools = NULL;
    uint32_t count = 0;
    for (const Node *name = node_find(node, NODE_NAME); name != NULL;
         name = node_find_next(name, NODE_NAME)) {
        const uint32_t *tool =
            map_find(&checker->tools, full_name(checker, audience, name->text));
        if (tool != NULL)
            *ARRAY_PUSH(checker->arena, tools, count) = *tool;
    }
    for (const Node *yields = node_find(node, NODE_YIELDS); yields != NULL;
         yields = node_find_next(yields, NODE_YIELDS))
        memory_check_yields(checker, tools, count, yields);
}

void tools_load_lets(Checker *checker)
{
    Scope *scope = &checker->scope;
    for (uint32_t i = 0; i < scope->decl_count[DECL_AUDIENCE]; i++) {
        const Decl *audience = scope->decls[DECL_AUDIENCE][i];
        const Offers *offers = audience->detail;
        for (uint32_t k = 0; k < offers->count; k++)
            for (const Node *node = node_find(offers->items[k].node, NODE_TOOL);
                 node != NULL; node = node_find_next(node, NODE_TOOL)) {
                load_let(checker, audience, node);
                check_yields(checker, audience, node);
            }
    }
}
