// SPDX-License-Identifier: Apache-2.0
// expect: what a step of a test expects: known codes, rules and dimensions of a token.
#ifndef PROVISO_LANG_CHECK_EXPECT_H
#define PROVISO_LANG_CHECK_EXPECT_H

#include "lang/check/checker.h"

// Checks the EXPECT of a step, if it has one.
void expect_check(Checker *checker, const Node *step);
// Whether the step may be denied with this code: it expects a deny without a code, or
// this.
bool expect_allows(const Node *step, Str code);
// Whether the step expects just this: "withhold".
bool expect_is(const Node *step, Str what);

#endif
