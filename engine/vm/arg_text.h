// SPDX-License-Identifier: Apache-2.0
// arg_text: what a rule can ask of free text.
#ifndef PROVISO_ENGINE_VM_ARG_TEXT_H
#define PROVISO_ENGINE_VM_ARG_TEXT_H

#include "engine/vm/arg_list.h"

// True if a person who reads the text sees all of it, in order: well-formed UTF-8
// without
// - control characters (C0, DEL, C1) but for tab, newline and a return before a
// newline;
// - characters that set or turn the direction of text (U+202A…U+202E, U+2066…U+2069,
// marks);
// - characters without a width or a picture: joiners, zero-width spaces, soft hyphen,
// fillers,
//   invisible operators, variation selectors, byte order mark, line and paragraph
//   separators;
// - tag characters (U+E0000…U+E0FFF), annotations, private use and noncharacters.
// Emoji that are joined or carry a selector are not plain; letters of any script are,
// so look-alikes are not told apart.
bool text_plain(Str text);

// The text with A to Z in lower case; all else stays.
bool text_fold(Str text, Buf *memory, Str *out);

// Byte for byte, so with case; fold first to ignore it. The empty part is in every
// text.
bool text_contains(Str text, Str part);
bool text_starts(Str text, Str prefix);

#endif
