// SPDX-License-Identifier: Apache-2.0
// format: the canonical layout of policy text.
//
// Tokens are never changed, added or moved: the formatter chooses the white space
// between them, and nothing else. So comments survive where they were, and the
// formatted text has the same tree. The layout is a function of the tokens and of where
// the author broke lines, and formatting twice is formatting once.
//
// The rules: two spaces a block; clauses of a block on lines of their own with their
// values in one column; a block that was written on one line stays on one while it fits
// in FORMAT_WIDTH columns; neighbouring one-line declarations have their parts aligned;
// the `expect`s of a test stand in one column; at most one blank line in a row.
#ifndef PROVISO_LANG_SYNTAX_FORMAT_H
#define PROVISO_LANG_SYNTAX_FORMAT_H

#include <stdbool.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "lang/source/source.h"
#include "lang/syntax/ast.h"

#define FORMAT_WIDTH 120

// Writes the canonical text of a source that parsed without an error; `file` is its
// tree. Scratch memory comes from the arena.
void format_file(Buf *out, Arena *arena, const Source *source, const Node *file);

#endif
