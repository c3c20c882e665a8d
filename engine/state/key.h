// SPDX-License-Identifier: Apache-2.0
// key: what a record is found by: a hash of its kind, its tenant, and what names it
// there.
//
// The hash is keyed by a secret of the state, so it stands for what was hashed: nobody
// can find two names of one key. Each part goes in with its length, so no two lists of
// parts are alike.
#ifndef PROVISO_ENGINE_STATE_KEY_H
#define PROVISO_ENGINE_STATE_KEY_H

#include "engine/base/str.h"
#include "engine/state/store.h"

enum { KEY_BYTES = 1024 }; // of parts, before they are hashed together

// A key that is being put together.
typedef struct KeyParts {
    const uint64_t *secret;
    size_t len;
    char bytes[KEY_BYTES];
} KeyParts;

// Begins the key of a kind of record of a tenant (empty: of none). `secret` must live
// until key_end.
void key_begin(KeyParts *parts, const uint64_t secret[2], uint8_t kind, Str tenant);
void key_text(KeyParts *parts, Str text);
void key_u64(KeyParts *parts, uint64_t number);
void key_key(KeyParts *parts, StateKey key);
StateKey key_end(KeyParts *parts);

#endif
