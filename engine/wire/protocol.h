// SPDX-License-Identifier: Apache-2.0
// protocol: the messages, roles and errors of the protocol by number and by name. The
// rows are in protocol.def and error.def; frame.h has the framing, docs/protocol.md the
// bodies.
#ifndef PROVISO_ENGINE_WIRE_PROTOCOL_H
#define PROVISO_ENGINE_WIRE_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

typedef struct Buf Buf;

// The one version there is.
#define WIRE_VERSION 1u

typedef enum Message {
#define MESSAGE(name, number, side, role, what) MESSAGE_##name = (number),
#include "engine/wire/protocol.def"
#undef MESSAGE
} Message;

// What a peer may do; a peer can be several at once.
enum {
    ROLE_ANY = 0, // every peer that has some role
    ROLE_BROKER = 1,
    ROLE_ADMIN = 2,
    ROLE_APPROVER = 4, // speaks for people who approve and consent
    ROLE_BROKER_OR_ADMIN = ROLE_BROKER | ROLE_ADMIN,
};

typedef enum WireError {
    WIRE_OK, // none
#define WIRE_ERROR(name, code, closes, what, todo) WIRE_ERROR_##name,
#include "engine/wire/error.def"
#undef WIRE_ERROR
} WireError;
#define WIRE_ERROR(name, code, closes, what, todo) +1
enum {
    WIRE_ERROR_COUNT = 1
#include "engine/wire/error.def"
};
#undef WIRE_ERROR

// Whether there is a message of that number; with is_answer, one that the daemon sends.
bool message_is_known(uint8_t number, bool is_answer);
// The row of a message.
uint8_t
message_role(Message message); // ROLE_..., one of which a peer must have to send it

// The row of an error; WIRE_OK has none.
const char *wire_error_code(WireError error); // "frame_size"
const char *wire_error_what(WireError error);
const char *wire_error_todo(WireError error);
bool wire_error_closes(WireError error);

// Appends the body of an ERROR frame. `detail` says more about this very case; it may
// be empty.
void wire_error_write(WireError error, Str detail, Buf *out);

#endif
