// SPDX-License-Identifier: Apache-2.0
// path: names, fields and table rows: everything that an expression reads.
#ifndef PROVISO_LANG_CHECK_PATH_H
#define PROVISO_LANG_CHECK_PATH_H

#include "lang/check/expr.h"

typedef enum RootKind {
#define ROOT(name, text, bit, slot) ROOT_KIND_##name,
#include "lang/check/root.def"
#undef ROOT
    ROOT_KIND_NONE,
} RootKind;

// The root that the node is: a NAME that no variable or constant hides.
RootKind path_root(const Env *env, const Node *node);
// The variable with this name, or NULL.
const Local *path_local(const Env *env, Str name);
// The declaration of a kind that a NAME or a dotted path means, or NULL. Variables and
// constants hide a NAME; roots, too, hide what an imported package declares.
Decl *path_named(const Env *env, DeclKind kind, const Node *node);
// The value of a NAME, FIELD or INDEX node.
Expr *path_check(const Env *env, const Node *node);
// The value for `has`: an argument that some tools lack will do, and so will a whole
// root.
Expr *path_check_tested(const Env *env, const Node *node);
// The value of a `const`, or NULL after a message (or if it was reported before).
const Const *path_constant(Checker *checker, Decl *decl);
// The values of a table's column as a set; NULL after a message.
const Const *path_column_set(Checker *checker, const Table *table, uint32_t column);

// The key expressions `nodes` (siblings) of a table, each of its column's type; NULL
// after a message. `span` is the whole key.
Expr **path_keys(const Env *env, uint32_t table, const Node *nodes, Span span,
                 uint32_t *count);

#endif
