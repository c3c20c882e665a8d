// SPDX-License-Identifier: Apache-2.0
// hint: what an author may have meant by a name that isn't there.
#ifndef PROVISO_LANG_CHECK_HINT_H
#define PROVISO_LANG_CHECK_HINT_H

#include "lang/check/expr.h"

// Adds to the message about an unknown name where it can be read: `args.amount`,
// `context.now`. False if nothing is known of it.
bool hint_name(const Env *env, Diag *diag, const Node *node);
// Whether some intent of the rule has a parameter of that name.
bool hint_is_parameter(const Env *env, Str name);
// Adds to the message about `args["amount"]` that fields are read with a dot.
void hint_index(const Env *env, Diag *diag, const Node *node);

#endif
