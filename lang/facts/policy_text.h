// SPDX-License-Identifier: Apache-2.0
// policy_text: names, strings and comments of others as policy text that means just
// them.
#ifndef PROVISO_LANG_FACTS_POLICY_TEXT_H
#define PROVISO_LANG_FACTS_POLICY_TEXT_H

#include "engine/base/buf.h"
#include "engine/base/str.h"

// A string with its quotes; what could not be seen, or would be seen differently than
// it is, is escaped. The text must be UTF-8.
void policy_string(Buf *out, Str text);
// The name of a tool, argument or member: as it is, or quoted where it has to be.
void policy_name(Buf *out, Str name);
// One line of a comment; what could not be seen is left out.
void policy_comment(Buf *out, Str text);

#endif
