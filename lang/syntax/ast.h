// SPDX-License-Identifier: Apache-2.0
// ast: the tree of a policy file.
//
// One node type for everything; ast.def says for every kind what its text, flags and
// children are, and that table is the contract between the grammar and whoever walks
// the tree. Children are a linked list in source order (with the exceptions that
// ast.def names). Optional parts have kinds of their own, so a walker finds them by
// kind and never counts. Sequences of `and` and `or` are one node with many children,
// so no tree is deeper than AST_MAX_DEPTH levels of expression and walking by recursion
// is safe.
//
// What didn't parse is left out, never half there: a node that stands has all the
// children that ast.def promises. The nearest declaration, tool or test around the gap
// carries NODE_BROKEN: whoever meets the flag doesn't complain about what is missing
// there. A FILE with the flag has lost a whole declaration, so a name may be unknown
// for that reason.
//
// Texts are views into the source, or into the arena where a string has escapes.
#ifndef PROVISO_LANG_SYNTAX_AST_H
#define PROVISO_LANG_SYNTAX_AST_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/str.h"
#include "lang/source/source.h"

// Levels of nested expressions, types and records.
#define AST_MAX_DEPTH 64

typedef enum NodeKind {
#define NODE(kind, class, contract) NODE_##kind,
#include "lang/syntax/ast.def"
#undef NODE
} NodeKind;

// What a kind is, coarsely.
typedef enum NodeClass {
    CLASS_FILE,
    CLASS_DECLARATION, // stands in a file
    CLASS_CLAUSE,      // stands in the block of a declaration
    CLASS_STEP,        // stands in a test
    CLASS_TOKEN,       // stands in token { ... }
    CLASS_TYPE,
    CLASS_EXPRESSION,
    CLASS_PART, // everything else: names, parameters, optional parts
} NodeClass;

enum {
    NODE_BROKEN = 1 << 0,        // something in it didn't parse
    NODE_PARENTHESIZED = 1 << 1, // an expression that stands in parentheses
    NODE_QUOTED = 1 << 2,        // the name is written as a string: github."get-issue"
    NODE_OBSERVE = 1 << 3,       // a rule: `observe` stands before it
    NODE_ON_RESULT = 1 << 4,     // a rule: `on result`
    NODE_SHARED = 1 << 5,        // `tenant shared`
    NODE_LIVE = 1 << 6,          // a table: `live`
    NODE_STICKY = 1 << 7,        // a label: `sticky`
    NODE_NOCASE = NODE_LIVE,     // a column: `nocase`
    NODE_FROM_REQUEST = NODE_LIVE, // an attribute: `from request`
};

typedef struct Node Node;
struct Node {
    uint8_t kind;    // NodeKind
    uint8_t flags;   // NODE_ flags
    uint16_t height; // levels of expression below and with this node
    uint32_t name;   // where the text stands, for kinds that have one; 0: nowhere
    Span span;       // from its first to past its last token
    Node *child;
    Node *next;
    Str text; // what ast.def says for the kind; else empty
};

static_assert(sizeof(Node) == 48, "100 000 rules must fit in memory");

// The span of a node's text alone: what to underline when the name is wrong.
Span node_name_span(const Node *node);
// The first child of a kind, or NULL.
Node *node_find(const Node *node, NodeKind kind);
// The next sibling of a kind after this one, or NULL.
Node *node_find_next(const Node *node, NodeKind kind);
// The first child that is no documentation.
Node *node_first(const Node *node);
size_t node_count(const Node *node, NodeKind kind);
bool node_has(const Node *node, unsigned flag);

const char *node_kind_name(NodeKind kind);
NodeClass node_class(NodeKind kind);

// Calls visit(context, node, depth) for the node and everything below it, parents
// first. The children of a node are skipped when visit returns false.
typedef bool (*NodeVisitor)(void *context, const Node *node, unsigned depth);
void node_walk(const Node *node, NodeVisitor visit, void *context);

// True if both trees have the same kinds, flags and texts in the same order; spans may
// differ.
bool node_equal(const Node *a, const Node *b);

// The tree as text, one node a line, indented: kind, flags, text. For goldens and
// --dump.
void ast_dump(Buf *out, const Node *node);

#endif
