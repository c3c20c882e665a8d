// SPDX-License-Identifier: Apache-2.0
// check: the trees of a policy become a Program: names are resolved, facts files read,
// expressions typed. docs/language.md is the reference.
#ifndef PROVISO_LANG_CHECK_CHECK_H
#define PROVISO_LANG_CHECK_CHECK_H

#include "lang/check/checker.h"

// Checks the files of all packages together. The Program is good if no mistake was
// reported; facts files are read through `sources`, by paths relative to the file that
// names them.
Program *check_policy(Arena *arena, Diags *diags, Sources *sources,
                      const Packages *packages, Node *const *files,
                      uint32_t file_count);

#endif
