// SPDX-License-Identifier: Apache-2.0
#include "engine/wire/protocol.h"

#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/cbor.h"

enum { SIDE_BOTH, SIDE_ANSWER };

typedef struct ErrorRow {
    const char *code;
    const char *what;
    const char *todo;
    bool closes;
} ErrorRow;

static const ErrorRow ERROR_ROWS[WIRE_ERROR_COUNT] = {
    [WIRE_OK] = {"ok", "nothing is wrong", "go on", false},
#define WIRE_ERROR(name, code, closes, what, todo)                                     \
    [WIRE_ERROR_##name] = {code, what, todo, closes},
#include "engine/wire/error.def"
#undef WIRE_ERROR
};

bool message_is_known(uint8_t number, bool is_answer)
{
    switch (number) {
#define MESSAGE(name, number, side, role, what)                                        \
    case number:                                                                       \
        return is_answer || SIDE_##side == SIDE_BOTH;
#include "engine/wire/protocol.def"
#undef MESSAGE
    default: // a byte from the wire, not one of our enumerators
        return false;
    }
}

uint8_t message_role(Message message)
{
    switch (message) {
#define MESSAGE(name, number, side, role, what)                                        \
    case MESSAGE_##name:                                                               \
        return ROLE_##role;
#include "engine/wire/protocol.def"
#undef MESSAGE
    }
    unreachable_bug();
}

const char *wire_error_code(WireError error)
{
    return ERROR_ROWS[error].code;
}

const char *wire_error_what(WireError error)
{
    return ERROR_ROWS[error].what;
}

const char *wire_error_todo(WireError error)
{
    return ERROR_ROWS[error].todo;
}

bool wire_error_closes(WireError error)
{
    return ERROR_ROWS[error].closes;
}

static void write_text(Buf *out, const char *name, Str text)
{
    cbor_write_text(out, str_from_c(name));
    cbor_write_text(out, text);
}

void wire_error_write(WireError error, Str detail, Buf *out)
{
    cbor_write_map(out, detail.len > 0 ? 4 : 3);
    write_text(out, "do", str_from_c(wire_error_todo(error)));
    write_text(out, "code", str_from_c(wire_error_code(error)));
    write_text(out, "what", str_from_c(wire_error_what(error)));
    if (detail.len > 0)
        write_text(out, "detail", detail);
}
