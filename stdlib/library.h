// SPDX-License-Identifier: Apache-2.0
// library: the packages of the standard library as texts. The table is made from the
// files of this folder when the compiler is built (stdlib/embed).
#ifndef PROVISO_STDLIB_LIBRARY_H
#define PROVISO_STDLIB_LIBRARY_H

#include "engine/base/str.h"

typedef struct LibraryPackage {
    Str name; // "std.mcp"
    Str path; // "std/mcp.proviso": what messages show
    Str text;
} LibraryPackage;

// Ordered by name; the last one's name is empty.
extern const LibraryPackage LIBRARY[];

#endif
