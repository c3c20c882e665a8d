// SPDX-License-Identifier: Apache-2.0
// render: diagnostics as text for people and as data for programs.
//
// Text shows the source line with the span underlined, secondary places with their
// words, the help and what the fix would make of the line:
//
//     error[PV0102]: `deny` can't stand here
//       --> refunds.proviso:6:1
//        |
//      6 | deny bad {
//        | ^^^^
//        = help: did you mean `forbid`?
//
// Colour is a flag; whether the output is a terminal is the caller's business.
#ifndef PROVISO_LANG_SOURCE_RENDER_H
#define PROVISO_LANG_SOURCE_RENDER_H

#include <stdbool.h>

#include "engine/base/buf.h"
#include "lang/source/diag.h"

typedef struct RenderStyle {
    bool is_coloured;
} RenderStyle;

// One diagnostic and an empty line.
void render_text(Buf *out, const Diag *diag, RenderStyle style);
// "2 errors, 1 warning" and what was left out; nothing if there is nothing.
void render_summary(Buf *out, const Diags *diags);
// One JSON object on a line: id, name, severity, message, and where they are given
// file, range {start, end {line, column}}, help, labels [{range, text}] and fixes
// [{range, replacement, title}]. Ends are exclusive.
void render_json(Buf *out, const Diag *diag);

#endif
