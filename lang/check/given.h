// SPDX-License-Identifier: Apache-2.0
// given: what is known to be there at a place in an expression, because an operand
// beside it has tested it with `has`.
//
// Three-valued logic doesn't care in which order operands are written, and neither does
// this: in `x == 1 and has x` the test counts as it does in `has x and x == 1`.
#ifndef PROVISO_LANG_CHECK_GIVEN_H
#define PROVISO_LANG_CHECK_GIVEN_H

#include "lang/check/checker.h"

typedef struct Given {
    const Expr *path;
    uint32_t level; // quantifiers around the test
    const struct Given *next;
} Given;

// What is there when `expr`, which stands under `level` quantifiers, has the given
// truth; added to `given`.
const Given *given_by(Checker *checker, const Given *given, const Expr *expr,
                      uint32_t level, bool truth);
bool given_has(const Given *given, const Expr *path, uint32_t level);
// Whether the node is a test of presence that an operand of `and` (truth) or of `or`
// (not truth) makes good for its neighbours: these are looked at first.
bool given_is_test(const Node *node, bool truth);

#endif
