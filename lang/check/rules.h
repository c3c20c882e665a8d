// SPDX-License-Identifier: Apache-2.0
// rules: permits, forbids and limits.
#ifndef PROVISO_LANG_CHECK_RULES_H
#define PROVISO_LANG_CHECK_RULES_H

#include "lang/check/checker.h"

// Everything else that a policy declares is there.
void rules_load(Checker *checker);

#endif
