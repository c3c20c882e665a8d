// SPDX-License-Identifier: Apache-2.0
#include "engine/log/tree.h"

#include <string.h>

static Status hash_leaf(Hasher *hasher, Str leaf, Digest *out)
{
    TRY(hasher_add(hasher, (Str){"\0", 1}));
    TRY(hasher_add(hasher, leaf));
    return hasher_finish(hasher, out);
}

static Status hash_node(Hasher *hasher, const Digest *left, const Digest *right,
                        Digest *out)
{
    char bytes[1 + 2 * DIGEST_SIZE] = {1};
    memcpy(bytes + 1, left->bytes, DIGEST_SIZE);
    memcpy(bytes + 1 + DIGEST_SIZE, right->bytes, DIGEST_SIZE);
    TRY(hasher_add(hasher, (Str){bytes, sizeof bytes}));
    return hasher_finish(hasher, out);
}

// As adding one to a binary number carries.
Status tree_add(Tree *tree, Hasher *hasher, Str leaf)
{
    Digest carry;
    uint32_t i = 0;
    TRY(hash_leaf(hasher, leaf, &carry));
    for (; (tree->size >> i & 1) != 0; i++) {
        TRY(hash_node(hasher, &tree->frontier[i], &carry, &carry));
        tree->frontier[i] = (Digest){{0}};
    }
    tree->frontier[i] = carry;
    tree->size++;
    return STATUS_OK;
}

Status tree_root(const Tree *tree, Hasher *hasher, Digest *out)
{
    if (tree->size == 0)
        return hasher_finish(hasher, out);
    uint32_t i = 0;
    while ((tree->size >> i & 1) == 0)
        i++;
    Digest root = tree->frontier[i];
    for (i++; i < TREE_HEIGHT; i++)
        if ((tree->size >> i & 1) != 0)
            TRY(hash_node(hasher, &tree->frontier[i], &root, &root));
    *out = root;
    return STATUS_OK;
}
