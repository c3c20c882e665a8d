// SPDX-License-Identifier: Apache-2.0
// stream: operations on a state, as many as you like, from a seed: every kind of
// change, with what must be there for it.
#ifndef PROVISO_TESTS_LOG_STREAM_H
#define PROVISO_TESTS_LOG_STREAM_H

#include "engine/state/change.h"

typedef struct Stream {
    uint64_t seed;
    Moment now;
} Stream;

Stream stream_from(uint64_t seed);
// A number below `below`.
uint64_t stream_number(Stream *stream, uint64_t below);
// Some time later: the changes of an operation that can be applied to the state.
void stream_next(Stream *stream, const State *state, Buf *changes);

// The secret of the states here: 16 bytes.
const uint8_t *stream_secret(void);
// A new state, the same each time.
void stream_begin(State *state);
// All of a state, so that two that are the same are the same bytes; to be freed.
Str stream_image(const State *state, Moment now);

#endif
