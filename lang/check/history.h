// SPDX-License-Identifier: Apache-2.0
// history: what expressions ask about earlier calls, labels, approvals, results, the child of
// a delegation and the token granted. Names and types are checked; that it takes memory
// between calls is noted, and the value itself stands for nothing that is built.
#ifndef PROVISO_LANG_CHECK_HISTORY_H
#define PROVISO_LANG_CHECK_HISTORY_H

#include "lang/check/path.h"

// `task has LABEL`, `task called T(...)`, `approved by G`.
Expr *history_check_label(const Env *env, const Node *node);
Expr *history_check_called(const Env *env, const Node *node);
Expr *history_check_approved(const Env *env, const Node *node);
// `task.LABEL`: the level of an ordered label; NULL if the field is no such label.
Expr *history_level(const Env *env, const Node *node);
// A comparison of `task.LABEL` with one of its levels; NULL if the node is none.
Expr *history_compare_level(const Env *env, const Node *node);
// `.at` in `task called T(...)`.
Expr *history_call_time(const Env *env, const Node *node);
// The type of `result`, `child`, `grant` or `token`, poison where it isn't known; NULL for
// every other root.
const Type *history_root_type(const Env *env, RootKind root);
// A value of a type that comes from what is remembered.
Expr *history_value(const Env *env, Span span, const Type *type);

#endif
