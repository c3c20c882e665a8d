// SPDX-License-Identifier: Apache-2.0
// proof: names and types of `prove` blocks. What they claim is proved elsewhere.
#ifndef PROVISO_LANG_CHECK_PROOF_H
#define PROVISO_LANG_CHECK_PROOF_H

#include "lang/check/checker.h"

// Checks a PROVE declaration; everything that it can name is there.
void proof_check(Checker *checker, const Node *node);

#endif
