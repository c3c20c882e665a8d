// SPDX-License-Identifier: Apache-2.0
// term: random expressions in policy text, well typed by construction.
#ifndef PROVISO_TESTS_ORACLE_TERM_H
#define PROVISO_TESTS_ORACLE_TERM_H

#include "tests/oracle/draft.h"

// A bool over the words (and what every policy can read).
Str term_bool(Draft *draft, const Words *words, uint32_t depth);

#endif
