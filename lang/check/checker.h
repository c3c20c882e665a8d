// SPDX-License-Identifier: Apache-2.0
// checker: the state that the modules of lang/check share while they turn the trees of
// one policy into a Program.
//
// The Program grows in place, kind after kind, in an order that lets each module look
// up what it needs: tables before the types that name their keys, tools before the
// rules that read their arguments. A mistake is reported and the thing left out or
// given the type poison, about which nothing more is said.
#ifndef PROVISO_LANG_CHECK_CHECKER_H
#define PROVISO_LANG_CHECK_CHECKER_H

#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "lang/check/array.h"
#include "lang/check/scope.h"
#include "lang/check/type.h"
#include "lang/ir/ir.h"
#include "lang/source/diag.h"
#include "lang/syntax/ast.h"

typedef struct Checker {
    Arena *arena;
    Types *types;
    Diags *diags;
    Sources *sources;
    Program *program;
    Scope scope;
    Node *const *files; // of all packages
    uint32_t file_count;

    struct FactTable *facts; // by number of the table
    uint32_t fact_count;

    Map slots;      // root, name, type and certainty to slot number
    Map fixed;      // "user.id" to slot number
    Map agent_ids;  // agent's id to agent number
    Map tools;      // "crm.refund" to tool number
    Map audiences;  // "crm.acme": a member of a family to audience number
    Map tags;       // every tag that some tool carries or MCP defines
    Map agent_tags; // every tag that some agent carries
    Map lets;       // a tool's `let` to memo number
    Map reaches;    // heads to number in `reach`
    struct Reach **reach;
    uint32_t reach_count;
    uint32_t agents_table;           // that `agents from` fills, or NONE
    bool are_groups_sent;            // `attribute user.groups ... from request`
    const Node *groups_node;         // the declaration whose groups were loaded last...
    struct GroupIndex *groups_index; // ...and what its file says
} Checker;

// An empty map on the checker's arena.
Map checker_map(Checker *checker);
// The doc comment of a declaration as one text, lines joined by line feeds.
Str checker_doc(Checker *checker, const Node *node);
// A NAME, or FIELDs over a NAME, as written with dots; empty if it is something else.
Str checker_path(const Checker *checker, const Node *path);
// The declaration that a path means, or NULL.
Decl *checker_find(const Checker *checker, DeclKind kind, const Node *path);
// As checker_find; an unknown one is reported.
Decl *checker_need(Checker *checker, DeclKind kind, const Node *path);
// The type in backticks-free text, for messages.
Str checker_type_text(Checker *checker, const Type *type);
// What is wanted where a type is: "an `int`".
Str checker_type_wanted(Checker *checker, const Type *type);
// The path of a file that the policy names at the span: relative to the file that names
// it.
Str checker_file_path(Checker *checker, Span span, Str file);
// Reports, once for each, that a declaration lacks a clause.
void checker_lacks(Checker *checker, Span span, Str what, Str clause);
// The part of the sources under a span.
Str checker_text(Checker *checker, Span span);

#endif
