// SPDX-License-Identifier: Apache-2.0
// nocase: text of `nocase` columns, which is kept in lower case and compared without
// case.
#ifndef PROVISO_LANG_CHECK_NOCASE_H
#define PROVISO_LANG_CHECK_NOCASE_H

#include "lang/check/checker.h"

// A comparison (EQ LT LE LIKE IN_LIST) in which one side is text of such a column, with
// the other side put in lower case; any other expression as it is.
Expr *nocase_compare(Checker *checker, Expr *expr);
// The text in lower case (A to Z).
Const nocase_lower(Checker *checker, const Const *text);

#endif
