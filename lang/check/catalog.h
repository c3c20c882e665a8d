// SPDX-License-Identifier: Apache-2.0
// catalog: the values that a policy names: its constants, the `let`s of its tools, and
// the controls of the frameworks that rules refer to.
#ifndef PROVISO_LANG_CHECK_CATALOG_H
#define PROVISO_LANG_CHECK_CATALOG_H

#include "lang/check/expr.h"

// Works out a CONST declaration; NULL after a message.
const Const *catalog_const(Checker *checker, const Decl *decl);
// True if a LET can have its name; reports one that every tool has a field of.
bool catalog_may_let(Checker *checker, const Node *let);
// Checks one LET of a tool and makes it part of the memo of its name.
void catalog_add_let(Checker *checker, uint32_t tool, const Node *let);
// `tool.NAME`, where NAME is a `let`.
Expr *catalog_let(const Env *env, const Node *node);
// True if the control is in the catalogue (stdlib/controls.def); reports it if not.
bool catalog_control(Checker *checker, Str id, Span span);

#endif
