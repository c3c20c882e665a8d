// SPDX-License-Identifier: Apache-2.0
// block: texts that a record owns, in one block of the heap.
#ifndef PROVISO_ENGINE_STATE_BLOCK_H
#define PROVISO_ENGINE_STATE_BLOCK_H

#include "engine/base/str.h"
#include "engine/state/layout.h"
#include "engine/state/store.h"

// Whether these texts fit into a block.
bool texts_fit(const Str *texts, uint32_t count);
// Puts `count` texts that fit into a block, each as a change writes it; none for texts
// that are all empty.
Blob texts_put(Store *store, const Str *texts, uint32_t count);
// Puts texts that stand there already as a change writes them, at most HEAP_BLOCK_MAX
// bytes.
Blob blob_put(Store *store, Str texts);
// The texts, as they were put; empty ones if there is no block. Views.
void texts_get(const Store *store, Blob blob, Str *texts, uint32_t count);
// Gives it back.
void blob_drop(Store *store, Blob *blob);

// An array of `size`-byte elements at *at with room for *capacity: room for one more
// than `count`, at most `most`. False when it can't grow.
bool array_grow(Store *store, Ref *at, uint16_t *capacity, uint32_t count, size_t size,
                uint32_t most);

#endif
