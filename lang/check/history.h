// SPDX-License-Identifier: Apache-2.0
// history: what expressions ask about labels, and the roots that only tests, proofs and
// delegated calls have: approvals, the grant presented, the token granted. The latter
// are typed, and nothing is built of them.
#ifndef PROVISO_LANG_CHECK_HISTORY_H
#define PROVISO_LANG_CHECK_HISTORY_H

#include "lang/check/path.h"

// `task has LABEL`, `approved by G`.
Expr *history_check_label(const Env *env, const Node *node);
Expr *history_check_approved(const Env *env, const Node *node);
// `task.LABEL`: the level of an ordered label; NULL if the field is no such label.
Expr *history_level(const Env *env, const Node *node);
// A comparison of `task.LABEL` with one of its levels; NULL if the node is none.
Expr *history_compare_level(const Env *env, const Node *node);
// The type of `token`, poison for `result` and `child` where they aren't
// known; NULL for every other root.
const Type *history_root_type(const Env *env, RootKind root);
// A value of a type of which nothing is built.
Expr *history_value(const Env *env, Span span, const Type *type);

#endif
