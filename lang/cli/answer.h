// SPDX-License-Identifier: Apache-2.0
// answer: what a call was answered, for people. Programs read the JSON.
#ifndef PROVISO_LANG_CLI_ANSWER_H
#define PROVISO_LANG_CLI_ANSWER_H

#include "engine/base/buf.h"
#include "engine/base/json.h"

// The answer to a DECIDE or EXPLAIN (docs/protocol.md, as JSON): a line with the
// decision and one for each thing that there is to know.
void answer_text(Buf *out, const JsonValue *answer, bool is_coloured);

#endif
