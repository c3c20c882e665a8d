// SPDX-License-Identifier: Apache-2.0
// arg_glob: the language's `like`.
#ifndef PROVISO_ENGINE_VM_ARG_GLOB_H
#define PROVISO_ENGINE_VM_ARG_GLOB_H

#include <stdbool.h>

#include "engine/base/str.h"

// True if the whole text matches: "*" stands for any run of bytes, also an empty one;
// every other byte for itself. At most len(pattern) × len(text) steps, without
// backtracking: the pieces between stars are looked for from left to right.
bool glob_match(Str pattern, Str text);

#endif
