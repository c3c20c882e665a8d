// SPDX-License-Identifier: Apache-2.0
// utf8: the only code that knows UTF-8 (RFC 3629).
//
// Strict: overlong forms, surrogates, code points past U+10FFFF, lone and missing
// continuation bytes are all malformed.
#ifndef PROVISO_ENGINE_BASE_UTF8_H
#define PROVISO_ENGINE_BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

// Takes the code point at the front of *rest. False, and nothing is taken, if *rest is
// empty or begins with a malformed sequence.
bool utf8_next(Str *rest, uint32_t *point);

// True if the whole text is well formed; the empty one is.
bool utf8_is_valid(Str text);

#endif
