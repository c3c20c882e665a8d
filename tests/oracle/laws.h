// SPDX-License-Identifier: Apache-2.0
// laws: Law 5 of docs/language.md, by random policies with and without one more rule: a
// permit never turns an allow into a deny; a forbid, a limit or a requirement never
// turns a deny into an allow; a limit never widens a token.
#ifndef PROVISO_TESTS_ORACLE_LAWS_H
#define PROVISO_TESTS_ORACLE_LAWS_H

#include "tests/oracle/duel.h"

// The policy of a seed, with more of each kind, and `calls` requests. False after a
// breach, which is printed. Each pair of decisions counts as one.
bool laws_run(uint64_t seed, uint32_t calls, Tally *tally);

#endif
