// SPDX-License-Identifier: Apache-2.0
// group: the dispatch groups as they fill with entries, and their hash tables.
#ifndef PROVISO_LANG_EMIT_GROUP_H
#define PROVISO_LANG_EMIT_GROUP_H

#include "lang/emit/emitter.h"

// What tells groups apart. Dimensions ascend, those of DIM_EQUAL by their slots.
typedef struct GroupKey {
    uint32_t kind; // RULE_...
    uint32_t dim_count;
    uint32_t dims[MAX_GROUP_DIMS];
    uint32_t slots[MAX_GROUP_DIMS]; // DIM_EQUAL: which; else 0
} GroupKey;

typedef struct DispatchGroup {
    GroupKey key;
    // Entries of dim_count + 1 words: the atoms, then the rule; rules ascend.
    uint32_t *entries;
    uint32_t entry_count;
    uint32_t capacity;
} DispatchGroup;

typedef struct Groups {
    Emitter *emitter;
    DispatchGroup *at;
    uint32_t count;
    uint32_t capacity;
    Map numbers; // from a GroupKey to a position
} Groups;

Groups groups_start(Emitter *emitter);
// Adds the rule under these atoms to the group with that key. Rules must come in
// ascending order.
void groups_add(Groups *groups, const GroupKey *key, const uint32_t *atoms,
                uint32_t rule);
// Writes DISPATCH and DISPATCH_WORDS.
void groups_write(Groups *groups);

#endif
