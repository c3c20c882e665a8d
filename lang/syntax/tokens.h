// SPDX-License-Identifier: Apache-2.0
// tokens: what the lexer makes of a source, as text: for goldens and --dump.
#ifndef PROVISO_LANG_SYNTAX_TOKENS_H
#define PROVISO_LANG_SYNTAX_TOKENS_H

#include "engine/base/buf.h"
#include "lang/source/source.h"

// The tokens of a source, one a line: where it stands, what kind it is, as written.
void tokens_dump(Buf *out, Sources *sources, const Source *source);

#endif
