// SPDX-License-Identifier: Apache-2.0
// past: `task called T(...)`: a pattern of earlier calls, and what must be kept of
// calls for it.
//
// The condition of a pattern speaks of two calls: the earlier one (its arguments by
// their bare names, `result`, `.at`) and the one that is decided. What depends on the
// earlier one alone is worked out when that call is made and kept; the condition then
// reads what was kept. So of an earlier call no more is kept than some pattern asks
// for, and of a list of records the fields that patterns read.
#ifndef PROVISO_LANG_CHECK_PAST_H
#define PROVISO_LANG_CHECK_PAST_H

#include "lang/check/path.h"

// A CALLED node.
Expr *past_check_called(const Env *env, const Node *node);
// `.at` in it.
Expr *past_call_time(const Env *env, const Node *node);
// Whether the expression reads what a call returned.
bool past_reads_result(const Checker *checker, const Expr *expr);

#endif
