// SPDX-License-Identifier: Apache-2.0
// save: a state as a row of entries, from which another is made that can't be told from
// it. Numbers of blocks are not in them, so it doesn't matter where either has put
// what.
//
// An entry is a kind (u8) and what save.c's tables say of it: of a record its key, the
// second in which it is over, its members; other records by their keys. Records that
// are over are left out.
#ifndef PROVISO_ENGINE_STATE_SAVE_H
#define PROVISO_ENGINE_STATE_SAVE_H

#include "engine/state/state.h"

enum { SAVED_MAX = 256 << 10 }; // bytes of an entry

// Takes one entry; what isn't STATUS_OK ends the saving.
typedef Status SaveSink(void *context, Str entry);

// Gives all that is remembered at `now` to the sink. The status of the sink, or
// STATUS_MEMORY.
MUST_USE Status state_save(const State *state, Moment now, SaveSink *sink,
                           void *context);

// Loading takes two passes over all entries in their order, into a state that was empty
// and has the same secret: first each is loaded, then each is linked to the others.
// STATUS_MALFORMED for what state_save has not written, STATUS_LIMIT where the state
// has no room.
MUST_USE Status state_load(State *state, Str entry);
MUST_USE Status state_link(State *state, Str entry);

#endif
