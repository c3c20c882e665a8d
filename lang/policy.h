// SPDX-License-Identifier: Apache-2.0
// policy: the files of one policy and of the packages that they import, read and
// parsed.
//
// The files that a compilation is given are one package, number 0. `import a.b` reads
// the file a/b.proviso in the folder of the given file from which the import comes,
// also by way of other packages, and that file has to begin with `package a.b`. The
// packages std and std.ANYTHING are the standard library, which is compiled in; no file
// can take their place. A package is read once, however many import it, and the order
// of files and imports has no meaning.
#ifndef PROVISO_LANG_POLICY_H
#define PROVISO_LANG_POLICY_H

#include "lang/check/scope.h"
#include "lang/source/diag.h"
#include "lang/syntax/ast.h"

typedef struct Policy {
    Packages packages;
    Node **files; // of all packages, those of package 0 first
    uint32_t file_count;
} Policy;

// Reads the files and what they import, on the arena. A given file that can't be read
// ends it: its status, and its position in *failed. What is wrong with an import is
// reported.
MUST_USE Status policy_load(Arena *arena, Diags *diags, Sources *sources,
                            const Str *paths, uint32_t count, Policy *policy,
                            uint32_t *failed);

#endif
