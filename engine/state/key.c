// SPDX-License-Identifier: Apache-2.0
#include "engine/state/key.h"

#include <string.h>

// What stands before a part: its length, or what it is instead.
enum { LONG_TEXT = 0xffff, FOLDED = 0xfffe, LONGEST = KEY_BYTES / 4 };

static StateKey hash(const KeyParts *parts, Str bytes)
{
    StateKey key;
    str_hash_128(bytes, parts->secret, key.word);
    return key;
}

static void put(KeyParts *parts, uint16_t before, const void *bytes, size_t len)
{
    if (parts->len + sizeof before + len > KEY_BYTES) {
        StateKey folded = hash(parts, (Str){parts->bytes, parts->len});
        parts->len = 0;
        put(parts, FOLDED, &folded, sizeof folded);
    }
    memcpy(parts->bytes + parts->len, &before, sizeof before);
    parts->len += sizeof before;
    if (len > 0)
        memcpy(parts->bytes + parts->len, bytes, len);
    parts->len += len;
}

void key_begin(KeyParts *parts, const uint64_t secret[2], uint8_t kind, Str tenant)
{
    parts->secret = secret;
    parts->len = 0;
    put(parts, 1, &kind, 1);
    key_text(parts, tenant);
}

void key_text(KeyParts *parts, Str text)
{
    if (text.len <= LONGEST) {
        put(parts, (uint16_t)text.len, text.at, text.len);
        return;
    }
    StateKey key = hash(parts, text);
    put(parts, LONG_TEXT, &key, sizeof key);
}

void key_u64(KeyParts *parts, uint64_t number)
{
    put(parts, sizeof number, &number, sizeof number);
}

void key_key(KeyParts *parts, StateKey key)
{
    put(parts, sizeof key, &key, sizeof key);
}

StateKey key_end(KeyParts *parts)
{
    return hash(parts, (Str){parts->bytes, parts->len});
}
