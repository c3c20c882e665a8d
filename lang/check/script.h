// SPDX-License-Identifier: Apache-2.0
// script: a `test` block that scene.h has found right, as the steps that lang/scene
// runs.
#ifndef PROVISO_LANG_CHECK_SCRIPT_H
#define PROVISO_LANG_CHECK_SCRIPT_H

#include "lang/check/checker.h"

// Adds the TEST to the Program. Only for a policy without errors; values that aren't
// constants, and a call of which it isn't said who makes it, are reported here.
void script_add(Checker *checker, const Node *node);

#endif
