// SPDX-License-Identifier: Apache-2.0
// frame: the fixed header that stands before every body on the socket. Little-endian:
//
//    0               4       5       6               8                              16
//   +---------------+-------+-------+---------------+-------------------------------+
//   | length of body|version| type  | flags         | request id                    |
//   +---------------+-------+-------+---------------+-------------------------------+
//
// `type` is the number of a message (protocol.def). `flags` is 0 in a request and
// FRAME_ANSWER in what the daemon sends; no other bit has a meaning. The client chooses
// the id of a request, any number but 0, and finds it again in the answer; answers may
// come in another order. An ERROR with id 0 is about the connection.
//
// Decoding is strict: whatever isn't such a header is a coded error, after which
// nothing in the stream can be trusted.
#ifndef PROVISO_ENGINE_WIRE_FRAME_H
#define PROVISO_ENGINE_WIRE_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"
#include "engine/wire/protocol.h"

enum {
    FRAME_HEADER_SIZE = 16,
    FRAME_ANSWER = 1,      // flag
    FRAME_LIMIT = 1 << 20, // bytes of a body, unless the configuration says otherwise
    FRAME_LIMIT_HIGHEST = 16 << 20, // what it may say at most
    FRAME_LIMIT_LOWEST = 4096,      // and at least
};

typedef struct FrameHeader {
    uint32_t length; // of the body
    uint8_t type;    // a Message
    uint64_t id;
} FrameHeader;

// Reads the header at the start of `bytes`, of which there must be FRAME_HEADER_SIZE,
// as a request's or (is_answer) an answer's. A body longer than `limit` is
// WIRE_ERROR_FRAME_SIZE. *out is always written, and to be believed only with WIRE_OK
// (of the id, also with WIRE_ERROR_MESSAGE and WIRE_ERROR_FRAME_SIZE).
WireError frame_decode(const void *bytes, bool is_answer, uint32_t limit,
                       FrameHeader *out);

// Writes the header into FRAME_HEADER_SIZE bytes at `out`.
void frame_encode(const FrameHeader *header, bool is_answer, void *out);

#endif
