// SPDX-License-Identifier: Apache-2.0
// transcode: the protocol's bodies as JSON, for people, tests and command lines. The
// daemon never needs it.
//
// Numbers are exact in both directions: a JSON number becomes an integer or a decimal
// fraction, never a float.
#ifndef PROVISO_ENGINE_WIRE_TRANSCODE_H
#define PROVISO_ENGINE_WIRE_TRANSCODE_H

#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

typedef struct Arena Arena;
typedef struct Buf Buf;

// Where JSON text is not what is asked for.
typedef struct TranscodeError {
    uint32_t offset;
    Str text; // on the arena, or a constant
} TranscodeError;

// A request: its top-level names become the numbers of request_field.def.
MUST_USE Status transcode_request(Arena *arena, Str json, Buf *out,
                                  TranscodeError *error);

// The body of another message. An object `request` in it becomes the bytes of a
// request.
MUST_USE Status transcode_object(Arena *arena, Str json, Buf *out,
                                 TranscodeError *error);

// Any well-formed body as JSON text, indented by `indent` spaces a level (0: on one
// line). Bytes become hexadecimal text. STATUS_MALFORMED for what is no CBOR of ours.
MUST_USE Status transcode_to_json(Str body, unsigned indent, Buf *out);

#endif
