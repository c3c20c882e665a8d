// SPDX-License-Identifier: Apache-2.0
// need: how many bytes of state calls and tasks may need, by a bundle. The sizes are
// those of engine/state, which may not be included here; engine/decide/recall.c asserts
// them.
#ifndef PROVISO_ENGINE_BYTECODE_NEED_H
#define PROVISO_ENGINE_BYTECODE_NEED_H

#include "engine/bytecode/bundle.h"

enum {
    NEED_FACTS = 64 << 10,  // of all calls that are kept of one tree, user or agent
    NEED_FACT = 16,         // of one of them, besides its values
    NEED_PACKED = 16 << 10, // of these at most
    NEED_LABEL = 16,
};

// Bytes of a packed value of the type that is known, at least (engine/vm/pack.h).
uint32_t need_of_known(const Bundle *bundle, uint32_t type);

// What is kept of a call of the tool: with empty texts and lists, and at most. Nothing
// (0, 0) if none of its calls are kept.
typedef struct Need {
    uint32_t least, most;
} Need;
Need need_of_call(const Bundle *bundle, uint32_t tool);

// How many labels the tools of the intent can touch.
uint32_t need_labels(const Bundle *bundle, uint32_t intent);
// The bytes that a tree of tasks may need for labels and calls, its first task being of
// the intent.
uint32_t need_of_task(const Bundle *bundle, uint32_t intent);

#endif
