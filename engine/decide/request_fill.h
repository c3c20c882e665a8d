// SPDX-License-Identifier: Apache-2.0
// request_fill: facts into the slots of a request. For the files of request alone.
//
// Slots are absent until something fills them; what nobody reads is never filled. Which
// were filled is remembered, so that clearing costs what the last call has used and not
// what the policy declares.
#ifndef PROVISO_ENGINE_DECIDE_REQUEST_FILL_H
#define PROVISO_ENGINE_DECIDE_REQUEST_FILL_H

#include "engine/decide/request.h"

Kind request_slot_kind(const Bundle *bundle, uint32_t slot);
// Sets bytes to 0. Of a memset whose size it knows gcc 12 makes `rep stos`, which takes
// 8 ns more.
__attribute__((noinline)) void request_clear_bytes(void *at, size_t size);
// Forgets the last call.
void request_clear(Request *request);
// Sets the refusal. Always false.
bool request_refuse(Request *request, Code code, const Path *path, const char *rule);

// A reader for values of this request; its `cbor` is still to be set.
SchemaReader request_schema_reader(Request *request);

// The later of two values for a slot stands. Inline: a value that is passed on is
// copied before it is whole in memory, which costs more than all the rest.
static inline void request_fill(Request *request, uint32_t slot, Value value)
{
    if (!request->is_read[slot])
        return;
    if (!request->is_filled[slot])
        request->filled[request->filled_count++] = slot;
    request->is_filled[slot] = true;
    request->slots[slot] = value;
}
// A text that was sent; an empty one is none.
void request_fill_text(Request *request, uint32_t slot, Str text);
// A string of the bundle.
void request_fill_string(Request *request, uint32_t slot, uint32_t number);
// A list of texts that were sent. False: the pool is full, the refusal is set.
MUST_USE bool request_fill_texts(Request *request, uint32_t slot, const Str *texts,
                                 uint32_t count);
// A list over elements that are made already.
void request_fill_list(Request *request, uint32_t slot, const Value *items,
                       uint32_t count);
// Elements of a list from the pool. NULL: it is full, the refusal is set.
Value *request_elements(Request *request, uint32_t count);

#endif
