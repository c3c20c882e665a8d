// SPDX-License-Identifier: Apache-2.0
// build: makes the nodes of the tree; what the actions of grammar.y call.
//
// Each function makes one node whose span runs from its first token or node to the last
// token that was shifted, and returns it or a list of it. Poison (an ERROR node) never
// enters a list: it marks the list broken, and the node that takes the list in. Too
// deep expressions are reported once and become poison.
#ifndef PROVISO_LANG_SYNTAX_BUILD_H
#define PROVISO_LANG_SYNTAX_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "lang/source/diag.h"
#include "lang/source/source.h"
#include "lang/syntax/ast.h"
#include "lang/syntax/lex.h"

typedef struct Build {
    Arena *arena;
    Diags *diags;
    const Source *source;
    uint32_t end;      // past the last token that was shifted
    bool is_too_deep;  // the nesting message is out
    bool is_overflown; // the automaton's stack was too small: stop feeding
    Node *root;
} Build;

// Siblings under construction.
typedef struct NodeList {
    Node *first;
    Node *last;
    bool is_broken;
} NodeList;

NodeList nodes_none(void);
NodeList nodes_one(Node *node);
NodeList nodes_add(NodeList list, Node *node);
NodeList nodes_join(NodeList list, NodeList more);

// Nodes without text, by what they begin with.
Node *build_list(Build *build, NodeKind kind, Token first, NodeList children);
Node *build_one(Build *build, NodeKind kind, Token first, Node *child);
Node *build_mark(Build *build, NodeKind kind, Token first);
// The same where the node begins with its first child.
Node *build_over(Build *build, NodeKind kind, NodeList children);
Node *build_over2(Build *build, NodeKind kind, Node *left, Node *right);

// Nodes whose text is a name (quoted or not) or a literal.
Node *build_leaf(Build *build, NodeKind kind, Token text);
Node *build_named(Build *build, NodeKind kind, Token first, Token name,
                  NodeList children);
Node *build_field(Build *build, Node *of, Token name);
// `name` beside the node: task has LABEL.
Node *build_has_label(Build *build, Node *of, const Node *label);
// A node whose text is a path with its dots.
Node *build_pathed(Build *build, NodeKind kind, Span first, Node *path,
                   NodeList children);

// Declarations take the documentation of their first token.
Node *build_declaration(Build *build, NodeKind kind, Token first, NodeList children);
Node *build_declared(Build *build, NodeKind kind, Token first, Token name,
                     NodeList children);
// Their text is a dotted path.
Node *build_dotted(Build *build, NodeKind kind, Token first, Node *path);

// A rule: the clauses join what rule_kind made; `observe` begins it earlier.
Node *build_rule(Build *build, Node *head, NodeList clauses);
Node *build_observed(Token observe, Node *rule);

// Adds flags to a node and returns it.
Node *build_flag(Node *node, unsigned flags);
// An expression in parentheses; its span grows over them.
Node *build_parenthesized(Build *build, Token open, Node *inner);
// == != < <= > >= in like: the left side can't be another comparison without
// parentheses.
Node *build_comparison(Build *build, NodeKind kind, Node *left, Node *right);
// `and`, `or`: joins a chain into one node with many children.
Node *build_chain(Build *build, NodeKind kind, Node *left, Node *right);
// all/any x in xs: body.
Node *build_quantifier(Build *build, NodeKind kind, Token first, Token variable,
                       Node *set, Node *body);
// `dimension [op] value` in expect token { ... }.
Node *build_token_test(Build *build, NodeKind kind, Token dimension, Node *value);
// Poison for what the parser skipped.
Node *build_error(Build *build);
// The FILE node.
void build_file(Build *build, NodeList declarations);
void build_root(Build *build, Node *root);
// The automaton's stack is full.
void build_overflow(Build *build);

#endif
