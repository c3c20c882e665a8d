// SPDX-License-Identifier: Apache-2.0
// intents: what agents may say that they are trying to do, and the tools that it takes.
#ifndef PROVISO_LANG_CHECK_INTENTS_H
#define PROVISO_LANG_CHECK_INTENTS_H

#include "lang/check/checker.h"

void intents_declare(Checker *checker);
// Agents, groups, tools and tables are there.
void intents_load(Checker *checker);

#endif
