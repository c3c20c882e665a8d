// SPDX-License-Identifier: Apache-2.0
// eval: what an expression of the Program comes to for a call, by walking its tree.
#ifndef PROVISO_TESTS_ORACLE_EVAL_H
#define PROVISO_TESTS_ORACLE_EVAL_H

#include "tests/oracle/call.h"

Val eval(const Call *call, const Expr *expr);

#endif
