// SPDX-License-Identifier: Apache-2.0
// groups: who belongs to the policy's groups, directly or through other groups.
#ifndef PROVISO_LANG_CHECK_GROUPS_H
#define PROVISO_LANG_CHECK_GROUPS_H

#include "lang/check/checker.h"

// Declares the groups; those of `groups from FILE` are found in the file.
void groups_declare(Checker *checker);
// Works out the members, once users and agents are known.
void groups_load(Checker *checker);

#endif
