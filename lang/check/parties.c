// SPDX-License-Identifier: Apache-2.0
#include "lang/check/parties.h"

#include <stdlib.h>

#include "lang/check/expr.h"
#include "lang/check/slot.h"
#include "lang/check/tables.h"
#include "lang/check/typing.h"

static Decl *declare(Checker *checker, DeclKind kind, const Node *node, uint32_t *count)
{
    Decl *decl = scope_declare(&checker->scope, checker->diags, kind, node->text,
                               node_name_span(node), node);
    if (decl != NULL)
        decl->number = (*count)++;
    return decl;
}

static void declare_attribute(Checker *checker, const Node *node)
{
    const Node *root = node_find(node, NODE_NAME);
    if (root == NULL)
        return;
    Str name = arena_format(checker->arena, "%.*s.%.*s", STR_ARG(root->text),
                            STR_ARG(node->text));
    scope_declare(&checker->scope, checker->diags, DECL_ATTRIBUTE, name,
                  node_name_span(node), node);
}

static void declare_acr(Checker *checker, const Node *node)
{
    Program *program = checker->program;
    uint32_t first = program->acr_count;
    if (first > 0)
        diag_report1(checker->diags, DIAG_GROUP_TWICE, node->span, STR("acr"));
    for (const Node *child = node->child; child != NULL; child = child->next) {
        if (child->kind != NODE_STRING)
            continue;
        for (uint32_t i = first; i < program->acr_count; i++)
            if (str_eq(program->acrs[i], child->text))
                diag_report1(checker->diags, DIAG_GROUP_TWICE, child->span,
                             child->text);
        *ARRAY_PUSH(checker->arena, program->acrs, program->acr_count) = child->text;
    }
}

void parties_declare(Checker *checker)
{
    Program *program = checker->program;
    for (uint32_t i = 0; i < checker->file_count; i++)
        for (const Node *node = checker->files[i]->child; node != NULL;
             node = node->next) {
            if (node->kind == NODE_ISSUER)
                declare(checker, DECL_ISSUER, node, &program->issuer_count);
            if (node->kind == NODE_GATEWAY)
                declare(checker, DECL_GATEWAY, node, &program->gateway_count);
            if (node->kind == NODE_AGENT)
                declare(checker, DECL_AGENT, node, &program->agent_count);
            if (node->kind == NODE_ATTRIBUTE)
                declare_attribute(checker, node);
            if (node->kind == NODE_ACR)
                declare_acr(checker, node);
        }
    program->issuers = ARENA_ARRAY(checker->arena, program->issuer_count + 1, Issuer);
    program->gateways =
        ARENA_ARRAY(checker->arena, program->gateway_count + 1, Gateway);
}

uint32_t parties_acr(Checker *checker, Str value, Span span)
{
    const Program *program = checker->program;
    Nearest nearest = nearest_start(value);
    for (uint32_t i = 0; i < program->acr_count; i++) {
        if (str_eq(program->acrs[i], value))
            return i;
        nearest_offer(&nearest, program->acrs[i]);
    }
    Diag *diag = diag_report1(checker->diags, DIAG_ACR_UNKNOWN, span, value);
    if (nearest.best.len > 0)
        diag_fix(diag, span,
                 arena_format(checker->arena, "\"%.*s\"", STR_ARG(nearest.best)),
                 STR("write the nearest value"));
    return NONE;
}

Str parties_clause_text(Checker *checker, const Node *node, NodeKind kind)
{
    const Node *clause = node_find(node, kind);
    Str text = STR("");
    bool has_text = false;
    if (clause != NULL && clause->child != NULL)
        has_text = expr_constant_text(checker, clause->child, &text);
    if (has_text && text.len == 0)
        diag_report1(checker->diags, DIAG_NAMES_NOTHING, clause->span,
                     checker_text(checker, clause->span));
    return text;
}

static void need_clause(Checker *checker, const Decl *decl, NodeKind kind,
                        DeclKind what, Str clause)
{
    if (node_find(decl->node, kind) == NULL && !node_has(decl->node, NODE_BROKEN))
        checker_lacks(checker, decl->span, decl_kind_article(what), clause);
}

static void load_issuer(Checker *checker, const Decl *decl)
{
    need_clause(checker, decl, NODE_URI, DECL_ISSUER, STR("uri"));
    checker->program->issuers[decl->number] =
        (Issuer){.name = decl->full,
                 .uri = parties_clause_text(checker, decl->node, NODE_URI),
                 .is_bearer = node_find(decl->node, NODE_BEARER) != NULL};
}

static void load_gateway(Checker *checker, const Decl *decl)
{
    need_clause(checker, decl, NODE_URI, DECL_GATEWAY, STR("uri"));
    need_clause(checker, decl, NODE_ACCEPTS, DECL_GATEWAY, STR("accepts"));
    Gateway gateway = {.name = decl->full,
                       .uri = parties_clause_text(checker, decl->node, NODE_URI)};
    const Node *accepts = node_find(decl->node, NODE_ACCEPTS);
    const Node *path = accepts == NULL ? NULL : accepts->child;
    for (; path != NULL; path = path->next) {
        const Decl *issuer = checker_need(checker, DECL_ISSUER, path);
        if (issuer != NULL)
            *ARRAY_PUSH(checker->arena, gateway.accepts, gateway.accept_count) =
                issuer->number;
    }
    gateway.accept_count = array_sort_numbers(gateway.accepts, gateway.accept_count);
    checker->program->gateways[decl->number] = gateway;
}

// ---- agents ----

static void add_agent(Checker *checker, Agent *agent)
{
    Program *program = checker->program;
    agent->tag_count = array_sort_texts(agent->tags, agent->tag_count);
    for (uint32_t i = 0; i < agent->tag_count; i++)
        map_insert(&checker->agent_tags, agent->tags[i], 0, NULL);
    bool is_new = false;
    map_insert(&checker->agent_ids, agent->id, program->agent_count, &is_new);
    *ARRAY_PUSH(checker->arena, program->agents, program->agent_count) = *agent;
}

static void load_agent(Checker *checker, const Decl *decl)
{
    need_clause(checker, decl, NODE_ID, DECL_AGENT, STR("id"));
    Agent agent = {.name = decl->full, .table = NONE, .row = NONE};
    agent.id = parties_clause_text(checker, decl->node, NODE_ID);
    agent.client = parties_clause_text(checker, decl->node, NODE_CLIENT);
    const Node *tenant = node_find(decl->node, NODE_TENANT);
    agent.is_shared = tenant != NULL && node_has(tenant, NODE_SHARED);
    if (!agent.is_shared)
        agent.tenant = parties_clause_text(checker, decl->node, NODE_TENANT);
    const Node *tags = node_find(decl->node, NODE_TAGS);
    const Node *name = tags == NULL ? NULL : tags->child;
    for (; name != NULL; name = name->next)
        *ARRAY_PUSH(checker->arena, agent.tags, agent.tag_count) = name->text;
    add_agent(checker, &agent);
}

static void add_row_tags(Checker *checker, const Table *table, uint32_t row,
                         Agent *agent)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        const Const *cell = table->cells[(size_t)row * table->column_count + i];
        if (cell == NULL || !str_eq(table->columns[i].name, STR("tags")))
            continue;
        for (uint32_t k = 0; k < cell->count; k++)
            *ARRAY_PUSH(checker->arena, agent->tags, agent->tag_count) =
                cell->items[k].text;
    }
}

// The rows of `agents from`, and what its rows say of agents that are declared too.
static void load_agent_rows(Checker *checker)
{
    if (checker->agents_table == NONE)
        return;
    const Table *table = &checker->program->tables[checker->agents_table];
    for (uint32_t row = 0; row < table->row_count; row++) {
        Str id = tables_text(table, row, STR("id"));
        const uint32_t *known = map_find(&checker->agent_ids, id);
        if (known != NULL) {
            checker->program->agents[*known].table = checker->agents_table;
            checker->program->agents[*known].row = row;
            continue;
        }
        Agent agent = {.name = id,
                       .id = id,
                       .tenant = tables_text(table, row, STR("tenant")),
                       .client = tables_text(table, row, STR("client")),
                       .table = checker->agents_table,
                       .row = row};
        add_row_tags(checker, table, row, &agent);
        add_agent(checker, &agent);
    }
}

void parties_load(Checker *checker)
{
    Scope *scope = &checker->scope;
    for (uint32_t i = 0; i < scope->decl_count[DECL_ISSUER]; i++)
        load_issuer(checker, scope->decls[DECL_ISSUER][i]);
    for (uint32_t i = 0; i < scope->decl_count[DECL_GATEWAY]; i++)
        load_gateway(checker, scope->decls[DECL_GATEWAY][i]);
    checker->program->agent_count = 0;
    for (uint32_t i = 0; i < scope->decl_count[DECL_AGENT]; i++)
        load_agent(checker, scope->decls[DECL_AGENT][i]);
    load_agent_rows(checker);
}

// ---- attributes ----

static bool attribute_of(Str root, uint8_t *of)
{
    static const Str ROOTS[] = {
        {"agent", 5}, {"user", 4}, {"audience", 8}, {"resource", 8}, {"context", 7}};
    for (uint8_t i = 0; i < sizeof ROOTS / sizeof *ROOTS; i++)
        if (str_eq(ROOTS[i], root)) {
            *of = i;
            return true;
        }
    return false;
}

static uint32_t column_of(const Checker *checker, uint8_t of, Str field)
{
    uint32_t number = of == ATTRIBUTE_USER    ? checker->program->users_table
                      : of == ATTRIBUTE_AGENT ? checker->agents_table
                                              : NONE;
    if (number == NONE)
        return NONE;
    const Table *table = &checker->program->tables[number];
    for (uint32_t i = 0; i < table->column_count; i++)
        if (str_eq(table->columns[i].name, field))
            return i;
    return NONE;
}

static void load_attribute(Checker *checker, Decl *decl)
{
    const Node *root = node_find(decl->node, NODE_NAME);
    uint8_t of = 0;
    if (!attribute_of(root->text, &of)) {
        diag_report1(checker->diags, DIAG_ATTRIBUTE_ROOT, root->span, root->text);
        return;
    }
    bool is_sent = node_has(decl->node, NODE_FROM_REQUEST);
    uint32_t fixed = slot_fixed(checker, decl->name);
    if (fixed != NONE) {
        checker->are_groups_sent |= is_sent && fixed == SLOT_USER_GROUPS;
        decl->number = fixed;
        return;
    }
    const Type *type = typing_type(checker, root->next);
    uint32_t column = is_sent ? NONE : column_of(checker, of, decl->node->text);
    Slot slot = {.name = decl->name,
                 .field = decl->node->text,
                 .type = type->form == TYPE_POISON
                             ? type_plain(checker->types, TYPE_STRING)
                             : type,
                 .root = SLOT_ROOT_ATTRIBUTE,
                 .flags = column == NONE ? SLOT_FROM_REQUEST
                                         : SLOT_FROM_REQUEST | SLOT_FROM_TABLE,
                 .of = of,
                 .column = column};
    decl->number = slot_intern(checker, &slot);
}

static uint8_t root_of(const Decl *decl)
{
    uint8_t of = 0;
    bool is_root = attribute_of(node_find(decl->node, NODE_NAME)->text, &of);
    return is_root ? of : UINT8_MAX;
}

static int compare_attributes(const void *a, const void *b)
{
    const Decl *left = *(Decl *const *)a, *right = *(Decl *const *)b;
    int order = root_of(left) - root_of(right);
    return order != 0 ? order : str_compare(left->name, right->name);
}

// In the order of their roots and names: where several facts are missing, the first
// slot is the one that an answer names, and that must not depend on the order of
// declarations.
void parties_load_attributes(Checker *checker)
{
    uint32_t count = checker->scope.decl_count[DECL_ATTRIBUTE];
    Decl **ordered = ARENA_ARRAY(checker->arena, count, Decl *);
    for (uint32_t i = 0; i < count; i++)
        ordered[i] = checker->scope.decls[DECL_ATTRIBUTE][i];
    if (count > 0)
        qsort(ordered, count, sizeof *ordered, compare_attributes);
    for (uint32_t i = 0; i < count; i++)
        load_attribute(checker, ordered[i]);
    slot_add_columns(checker, STR("user"));
    slot_add_columns(checker, STR("agent"));
}
