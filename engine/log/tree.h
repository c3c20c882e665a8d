// SPDX-License-Identifier: Apache-2.0
// tree: a Merkle tree over the records of the log (RFC 6962 §2.1), as much of it as is
// needed to add to it: the roots of its complete subtrees, at most 64.
#ifndef PROVISO_ENGINE_LOG_TREE_H
#define PROVISO_ENGINE_LOG_TREE_H

#include "engine/base/crypto.h"

enum { TREE_HEIGHT = 64 };

typedef struct Tree {
    uint64_t size; // leaves
    // The root of the complete subtree of 2^i leaves, for each bit i that is set in
    // `size`; the rest is zero.
    Digest frontier[TREE_HEIGHT];
} Tree;

// Adds a leaf: the bytes of a record.
MUST_USE Status tree_add(Tree *tree, Hasher *hasher, Str leaf);

// The root of the tree; of none, the hash of nothing.
MUST_USE Status tree_root(const Tree *tree, Hasher *hasher, Digest *out);

#endif
