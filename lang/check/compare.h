// SPDX-License-Identifier: Apache-2.0
// compare: == != < <= > >= in like, and which types go together.
#ifndef PROVISO_LANG_CHECK_COMPARE_H
#define PROVISO_LANG_CHECK_COMPARE_H

#include "lang/check/expr.h"

// The nodes EQ NE LT LE GT GE.
Expr *compare_check(const Env *env, const Node *node);
Expr *compare_check_in(const Env *env, const Node *node);
Expr *compare_check_like(const Env *env, const Node *node);

// The checked elements of a SET node; poison among them after messages.
Expr **compare_set_items(const Env *env, const Node *node, uint32_t *count);
// The type that all have in common; NULL after a message.
const Type *compare_common_type(const Env *env, const Node *node, Expr *const *items,
                                uint32_t count);
// An optional value as `type?`; NULL if it isn't of its kind.
Expr *compare_widened(const Env *env, Expr *expr, const Type *type);
// Reports that the types of a and b don't go together at `node`; poison.
Expr *compare_refuse_types(const Env *env, const Node *node, const Expr *a,
                           const Expr *b);
// Reports that a constant text is no value of an enum or no key of a table.
void compare_report_value(const Env *env, const Expr *expr, const Type *want);

#endif
