// SPDX-License-Identifier: Apache-2.0
#include "lang/check/intents.h"

#include <stdlib.h>

#include "lang/check/expr.h"
#include "lang/check/item.h"
#include "lang/check/memory.h"
#include "lang/check/typing.h"

void intents_declare(Checker *checker)
{
    Program *program = checker->program;
    for (uint32_t i = 0; i < checker->file_count; i++)
        for (const Node *node = checker->files[i]->child; node != NULL;
             node = node->next) {
            if (node->kind != NODE_INTENT)
                continue;
            Decl *decl = scope_declare(&checker->scope, checker->diags, DECL_INTENT,
                                       node->text, node_name_span(node), node);
            if (decl == NULL)
                continue;
            decl->number = program->intent_count;
            *ARRAY_PUSH(checker->arena, program->intents, program->intent_count) =
                (Intent){.name = decl->full, .span = decl->span};
        }
}

static uint32_t who_kind(const HeadAtom *atom)
{
    bool is_nobody = atom->dim == DIM_USER && atom->number == ATOM_ABSENT;
    return atom->dim == DIM_AGENT         ? WHO_AGENT
           : atom->dim == DIM_AGENT_TAG   ? WHO_AGENT_TAG
           : atom->dim == DIM_AGENT_GROUP ? WHO_AGENT_GROUP
           : is_nobody                    ? WHO_NO_USER
           : atom->dim == DIM_USER        ? WHO_USER
                                          : WHO_USER_GROUP;
}

static void add_who(Checker *checker, const Node *clause, Who **who, uint32_t *count)
{
    Head head = item_head(checker, clause);
    for (uint32_t i = 0; i < head.count; i++) {
        const HeadAtom *atom = &head.terms[i].atom;
        *ARRAY_PUSH(checker->arena, *who, *count) =
            (Who){who_kind(atom), atom->number, atom->text};
    }
}

static int compare_tools(const void *a, const void *b)
{
    const EnvelopeTool *x = a;
    const EnvelopeTool *y = b;
    int order = (x->tool > y->tool) - (x->tool < y->tool);
    return order != 0 ? order
                      : (x->audience > y->audience) - (x->audience < y->audience);
}

static void sort_tools(Intent *intent)
{
    uint32_t kept = 0;
    if (intent->tool_count > 1)
        qsort(intent->tools, intent->tool_count, sizeof *intent->tools, compare_tools);
    for (uint32_t i = 0; i < intent->tool_count; i++)
        if (kept == 0 ||
            compare_tools(&intent->tools[kept - 1], &intent->tools[i]) != 0)
            intent->tools[kept++] = intent->tools[i];
    intent->tool_count = kept;
}

static void load_clause(Checker *checker, const Node *node, Intent *intent)
{
    if (node->kind == NODE_HEAD_AGENT)
        add_who(checker, node, &intent->agents, &intent->agent_count);
    if (node->kind == NODE_HEAD_USER)
        add_who(checker, node, &intent->users, &intent->user_count);
    if (node->kind == NODE_TOOLS)
        for (const Node *item = node->child; item != NULL; item = item->next)
            item_envelope(checker, item, intent);
    if (node->kind == NODE_WITHIN)
        expr_constant_duration(checker, node->child, &intent->within);
    if (node->kind == NODE_DEPTH)
        expr_constant_count(checker, node->child, 0, UINT32_MAX, &intent->depth);
}

void intents_load(Checker *checker)
{
    Scope *scope = &checker->scope;
    for (uint32_t i = 0; i < scope->decl_count[DECL_INTENT]; i++) {
        const Decl *decl = scope->decls[DECL_INTENT][i];
        Intent *intent = &checker->program->intents[decl->number];
        intent->params = typing_params(checker, node_find(decl->node, NODE_PARAMS));
        for (const Node *node = decl->node->child; node != NULL; node = node->next)
            load_clause(checker, node, intent);
        sort_tools(intent);
    }
    for (uint32_t i = 0; i < scope->decl_count[DECL_INTENT]; i++)
        memory_check_intent(checker, scope->decls[DECL_INTENT][i]->number,
                            scope->decls[DECL_INTENT][i]->node);
    for (uint32_t i = 0; i < scope->decl_count[DECL_INTENT]; i++)
        if (!diags_has_errors(checker->diags))
            memory_check_tree(checker, scope->decls[DECL_INTENT][i]->number,
                              scope->decls[DECL_INTENT][i]->node);
}
