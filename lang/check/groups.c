// SPDX-License-Identifier: Apache-2.0
#include "lang/check/groups.h"

#include "lang/facts/facts.h"
#include "lang/facts/group.h"

// The groups of the file that the declaration names; no groups without one.
static GroupFacts read_file(Checker *checker, const Node *node, Str wanted, Span span)
{
    const Node *from = node_find(node, NODE_FROM);
    if (from == NULL)
        return (GroupFacts){0};
    Str path = checker_file_path(checker, from->span, from->text);
    const Fact *root =
        facts_load(checker->arena, checker->diags, checker->sources, path, from->span);
    Source *source = NULL;
    if (root == NULL || sources_load(checker->sources, path, &source) != STATUS_OK)
        return (GroupFacts){0};
    return groups_from_facts(checker->arena, checker->diags, wanted, span, source,
                             root);
}

static void declare(Checker *checker, const Node *node, Str name, Span span)
{
    Decl *decl =
        scope_declare(&checker->scope, checker->diags, DECL_GROUP, name, span, node);
    if (decl == NULL)
        return;
    Program *program = checker->program;
    decl->number = program->group_count;
    *ARRAY_PUSH(checker->arena, program->groups, program->group_count) =
        (Group){.name = decl->full};
}

void groups_declare(Checker *checker)
{
    for (uint32_t i = 0; i < checker->file_count; i++)
        for (const Node *node = checker->files[i]->child; node != NULL;
             node = node->next) {
            if (node->kind == NODE_GROUP)
                declare(checker, node, node->text, node_name_span(node));
            if (node->kind != NODE_GROUPS)
                continue;
            GroupFacts facts = read_file(checker, node, STR(""), node->span);
            for (uint32_t k = 0; k < facts.name_count; k++)
                declare(checker, node, facts.names[k], node->span);
        }
}

static void add_ids(Checker *checker, Group *group, const Str *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *agent = map_find(&checker->agent_ids, ids[i]);
        if (agent != NULL)
            *ARRAY_PUSH(checker->arena, group->agents, group->agent_count) = *agent;
        else
            *ARRAY_PUSH(checker->arena, group->users, group->user_count) = ids[i];
    }
}

static void load(Checker *checker, Decl *decl);

static void add_group(Checker *checker, Group *group, Decl *decl)
{
    load(checker, decl);
    const Group *from = &checker->program->groups[decl->number];
    if (from == group)
        return;
    add_ids(checker, group, from->users, from->user_count);
    for (uint32_t i = 0; i < from->agent_count; i++)
        *ARRAY_PUSH(checker->arena, group->agents, group->agent_count) =
            from->agents[i];
}

static void add_members(Checker *checker, Group *group, const Node *members)
{
    for (const Node *node = members->child; node != NULL; node = node->next) {
        if (node->kind == NODE_STRING) {
            add_ids(checker, group, &node->text, 1);
            continue;
        }
        Str name = checker_path(checker, node);
        const Decl *agent = scope_find(&checker->scope, DECL_AGENT, name, node->span);
        if (agent != NULL && agent->number != NONE) {
            *ARRAY_PUSH(checker->arena, group->agents, group->agent_count) =
                agent->number;
            continue;
        }
        Decl *other = checker_need(checker, DECL_GROUP, node);
        if (other != NULL)
            add_group(checker, group, other);
    }
}

// What the file of a declaration says, and the users' own table. Many groups can come
// from one declaration, `groups from`.
static GroupIndex *index_of(Checker *checker, const Decl *decl)
{
    if (checker->groups_node == decl->node)
        return checker->groups_index;
    GroupFacts facts = read_file(checker, decl->node, decl->name, decl->span);
    if (checker->program->users_table != NONE) {
        const FactTable *users = &checker->facts[checker->program->users_table];
        group_facts_add(checker->arena, &facts, users->members, users->member_count);
    }
    checker->groups_node = decl->node;
    checker->groups_index = group_index(checker->arena, &facts);
    return checker->groups_index;
}

static void load(Checker *checker, Decl *decl)
{
    if (decl->state != DECL_FRESH) {
        if (decl->state == DECL_BUSY)
            diag_report2(checker->diags, DIAG_CIRCLE, decl->span, STR("group"),
                         decl->name);
        return;
    }
    decl->state = DECL_BUSY;
    Group *group = &checker->program->groups[decl->number];
    uint32_t count = 0;
    const Str *ids =
        group_closure(checker->arena, index_of(checker, decl), decl->name, &count);
    add_ids(checker, group, ids, count);
    const Node *members = node_find(decl->node, NODE_MEMBERS);
    if (members != NULL)
        add_members(checker, group, members);
    group->user_count = array_sort_texts(group->users, group->user_count);
    group->agent_count = array_sort_numbers(group->agents, group->agent_count);
    group->is_from_request = checker->are_groups_sent;
    decl->state = DECL_DONE;
}

void groups_load(Checker *checker)
{
    Scope *scope = &checker->scope;
    for (uint32_t i = 0; i < scope->decl_count[DECL_GROUP]; i++)
        load(checker, scope->decls[DECL_GROUP][i]);
}
