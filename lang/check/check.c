// SPDX-License-Identifier: Apache-2.0
#include "lang/check/check.h"

#include "lang/check/call.h"
#include "lang/check/groups.h"
#include "lang/check/identity.h"
#include "lang/check/intents.h"
#include "lang/check/memory.h"
#include "lang/check/parties.h"
#include "lang/check/path.h"
#include "lang/check/proof.h"
#include "lang/check/rules.h"
#include "lang/check/scene.h"
#include "lang/check/script.h"
#include "lang/check/slot.h"
#include "lang/check/tables.h"
#include "lang/check/tools.h"

static void init(Checker *checker, Arena *arena, Diags *diags, Sources *sources,
                 const Packages *packages)
{
    *checker = (Checker){.arena = arena,
                         .types = types_new(arena),
                         .diags = diags,
                         .sources = sources,
                         .program = ARENA_NEW(arena, Program),
                         .agents_table = NONE};
    checker->program->users_table = NONE;
    checker->program->package = packages->items[0].name;
    scope_init(&checker->scope, arena, sources, packages);
    checker->slots = checker_map(checker);
    checker->fixed = checker_map(checker);
    checker->agent_ids = checker_map(checker);
    checker->tools = checker_map(checker);
    checker->audiences = checker_map(checker);
    checker->tags = checker_map(checker);
    checker->agent_tags = checker_map(checker);
    checker->lets = checker_map(checker);
    checker->reaches = checker_map(checker);
    slot_add_fixed(checker);
}

// The kind of a declaration that has only a name yet.
static bool plain_kind(const Node *node, DeclKind *kind)
{
    bool is_rule = node->kind == NODE_PERMIT || node->kind == NODE_FORBID ||
                   node->kind == NODE_LIMIT;
    *kind = is_rule                          ? DECL_RULE
            : node->kind == NODE_CONST       ? DECL_CONST
            : node->kind == NODE_DEF         ? DECL_DEF
            : node->kind == NODE_TOKEN_SHAPE ? DECL_TOKEN
            : node->kind == NODE_BUDGET      ? DECL_BUDGET
            : node->kind == NODE_TOOL_SET    ? DECL_TOOL_SET
            : node->kind == NODE_PROVE       ? DECL_PROOF
                                             : DECL_TEST;
    return *kind != DECL_TEST || node->kind == NODE_TEST;
}

static void declare_plain(Checker *checker, const Node *node)
{
    DeclKind kind;
    if (node->kind == NODE_TEST && scope_package(&checker->scope, node->span) != 0)
        return; // is run where the package itself is tested
    if (node->kind == NODE_LABELS)
        memory_declare_labels(checker, node);
    if (plain_kind(node, &kind))
        scope_declare(&checker->scope, checker->diags, kind, node->text,
                      node_name_span(node), node);
}

static void declare_all(Checker *checker)
{
    for (uint32_t i = 0; i < checker->file_count; i++)
        for (const Node *node = checker->files[i]->child; node != NULL;
             node = node->next)
            declare_plain(checker, node);
    tables_declare(checker);
    parties_declare(checker);
    tools_declare(checker);
    intents_declare(checker);
    groups_declare(checker);
}

// What nothing may have used still has to be right.
static void check_unused(Checker *checker)
{
    Scope *scope = &checker->scope;
    for (uint32_t i = 0; i < scope->decl_count[DECL_CONST]; i++)
        path_constant(checker, scope->decls[DECL_CONST][i]);
    for (uint32_t i = 0; i < scope->decl_count[DECL_DEF]; i++)
        call_check_def(checker, scope->decls[DECL_DEF][i]);
    for (uint32_t i = 0; i < scope->decl_count[DECL_TEST]; i++)
        scene_check(checker, scope->decls[DECL_TEST][i]->node);
    for (uint32_t i = 0; i < scope->decl_count[DECL_PROOF]; i++)
        proof_check(checker, scope->decls[DECL_PROOF][i]->node);
}

static void write_tests(Checker *checker)
{
    const Scope *scope = &checker->scope;
    if (diags_has_errors(checker->diags))
        return;
    for (uint32_t i = 0; i < scope->decl_count[DECL_TEST]; i++)
        script_add(checker, scope->decls[DECL_TEST][i]->node);
}

Program *check_policy(Arena *arena, Diags *diags, Sources *sources,
                      const Packages *packages, Node *const *files, uint32_t file_count)
{
    Checker checker;
    init(&checker, arena, diags, sources, packages);
    checker.files = files;
    checker.file_count = file_count;
    declare_all(&checker);
    tables_load(&checker);
    parties_load_attributes(&checker);
    parties_load(&checker);
    groups_load(&checker);
    tools_load(&checker);
    identity_check(&checker);
    intents_load(&checker);
    tools_load_lets(&checker);
    memory_load_budgets(&checker);
    rules_load(&checker);
    check_unused(&checker);
    write_tests(&checker);
    return checker.program;
}
