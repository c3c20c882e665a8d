// SPDX-License-Identifier: Apache-2.0
#include "engine/wire/frame.h"

#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/reader.h"

WireError frame_decode(const void *bytes, bool is_answer, uint32_t limit,
                       FrameHeader *out)
{
    Reader reader = reader_over((Str){bytes, FRAME_HEADER_SIZE});
    uint8_t version = 0;
    uint16_t flags = 0;
    bool is_whole = reader_u32le(&reader, &out->length) == STATUS_OK &&
                    reader_u8(&reader, &version) == STATUS_OK &&
                    reader_u8(&reader, &out->type) == STATUS_OK &&
                    reader_u16le(&reader, &flags) == STATUS_OK &&
                    reader_u64le(&reader, &out->id) == STATUS_OK;
    CHECK(is_whole);
    if (version != WIRE_VERSION)
        return WIRE_ERROR_VERSION;
    if (flags != (is_answer ? FRAME_ANSWER : 0))
        return WIRE_ERROR_FRAME;
    bool is_unasked = out->type == MESSAGE_ERROR || out->type == MESSAGE_EVENT;
    if (out->id == 0 && !(is_answer && is_unasked))
        return WIRE_ERROR_FRAME;
    if (!message_is_known(out->type, is_answer))
        return WIRE_ERROR_MESSAGE;
    return out->length > limit ? WIRE_ERROR_FRAME_SIZE : WIRE_OK;
}

void frame_encode(const FrameHeader *header, bool is_answer, void *out)
{
    Buf buf = buf_fixed(out, FRAME_HEADER_SIZE);
    buf_u32le(&buf, header->length);
    buf_char(&buf, (char)WIRE_VERSION);
    buf_char(&buf, (char)header->type);
    buf_u16le(&buf, is_answer ? FRAME_ANSWER : 0);
    buf_u64le(&buf, header->id);
    CHECK(!buf.failed);
}
