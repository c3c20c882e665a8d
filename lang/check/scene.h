// SPDX-License-Identifier: Apache-2.0
// scene: names and types of `test` blocks. Running them is another matter (proviso
// test).
//
// A test may do on purpose what a policy must deny: a step that expects the code
// `argument` may have arguments that don't fit, one that expects `unknown` names that
// nobody knows.
#ifndef PROVISO_LANG_CHECK_SCENE_H
#define PROVISO_LANG_CHECK_SCENE_H

#include "lang/check/checker.h"

// Checks a TEST declaration; everything that it can name is there.
void scene_check(Checker *checker, const Node *node);

#endif
