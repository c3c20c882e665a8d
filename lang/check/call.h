// SPDX-License-Identifier: Apache-2.0
// call: calls of builtins (engine/bytecode/builtin.def), of `known`, and of a policy's
// own `def`s, whose bodies are put in the place of the call.
#ifndef PROVISO_LANG_CHECK_CALL_H
#define PROVISO_LANG_CHECK_CALL_H

#include "lang/check/expr.h"

// The value of a CALL node.
Expr *call_check(const Env *env, const Node *node);
// Checks a `def` that nothing may have called.
void call_check_def(Checker *checker, Decl *decl);

// The moment that a text says: `time.read`.
Expr *call_read_time(Checker *checker, Expr *text);

#endif
