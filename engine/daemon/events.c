// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/events.h"

#include <stdlib.h>

#include "engine/base/cbor.h"
#include "engine/wire/frame.h"

Status events_init(Events *events, size_t longest)
{
    size_t room = EVENTS_WAITING + FRAME_HEADER_SIZE + EVENT_MORE + longest;
    char *memory = malloc(room);
    *events = (Events){.frames = buf_fixed(memory, room)};
    return memory == NULL ? STATUS_MEMORY : STATUS_OK;
}

void events_free(Events *events)
{
    free(events->frames.at);
    *events = (Events){0};
}

void events_add(Events *events, Str name, Str what)
{
    events->last++;
    if (!events->is_wanted)
        return;
    Buf *frames = &events->frames;
    Buf body = buf_fixed(frames->at + frames->len + FRAME_HEADER_SIZE,
                         frames->capacity - frames->len - FRAME_HEADER_SIZE);
    cbor_write_map(&body, 2);
    cbor_write_text(&body, STR("seq"));
    cbor_write_u64(&body, events->last);
    cbor_write_text(&body, name);
    buf_str(&body, what);
    CHECK(!body.failed);
    FrameHeader header = {.length = (uint32_t)body.len, .type = MESSAGE_EVENT};
    frame_encode(&header, true, frames->at + frames->len);
    frames->len += FRAME_HEADER_SIZE + body.len;
}
