// SPDX-License-Identifier: Apache-2.0
// utf8: the only code that knows UTF-8 (RFC 3629).
//
// Strict: overlong forms, surrogates, code points past U+10FFFF, lone and missing
// continuation bytes are all malformed.
#ifndef PROVISO_ENGINE_BASE_UTF8_H
#define PROVISO_ENGINE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/str.h"

typedef struct Buf Buf;

// Takes the code point at the front of *rest. False, and nothing is taken, if *rest is
// empty or begins with a malformed sequence.
bool utf8_next(Str *rest, uint32_t *point);

// True if the whole text is well formed; the empty one is.
bool utf8_is_valid(Str text);
// The length of the longest well-formed start of the text, in bytes.
size_t utf8_valid_prefix(Str text);
// The number of code points in a well-formed text.
size_t utf8_count(Str text);

// Appends a code point, which must be a Unicode scalar value.
void utf8_encode(Buf *buf, uint32_t point);

// Compares two well-formed texts by their UTF-16 code units (RFC 8785 §3.2.3), which is
// not the order of their bytes: U+E000 to U+FFFF sort after U+10000 and up.
int utf8_compare_as_utf16(Str a, Str b);

#endif
