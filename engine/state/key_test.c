// SPDX-License-Identifier: Apache-2.0
#include "engine/state/key.h"

#include <string.h>

#include "engine/base/unit.h"

static const uint64_t SECRET[2] = {1, 2};

static StateKey key_of(uint8_t kind, const char *tenant, const char *a, const char *b)
{
    KeyParts parts;
    key_begin(&parts, SECRET, kind, str_from_c(tenant));
    key_text(&parts, str_from_c(a));
    key_text(&parts, str_from_c(b));
    return key_end(&parts);
}

static bool is_same(StateKey a, StateKey b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

START_TEST(parts_do_not_run_together)
{
    ck_assert(is_same(key_of(1, "t", "ab", "c"), key_of(1, "t", "ab", "c")));
    ck_assert(!is_same(key_of(1, "t", "ab", "c"), key_of(1, "t", "a", "bc")));
    ck_assert(!is_same(key_of(1, "t", "ab", "c"), key_of(2, "t", "ab", "c")));
    ck_assert(!is_same(key_of(1, "t", "a", ""), key_of(1, "", "t", "a")));
}
END_TEST

// Texts around the length from which a hash stands for them, and as many as need
// folding.
START_TEST(long_parts_count_whole)
{
    static char text[KEY_BYTES];
    memset(text, 'x', sizeof text);
    StateKey before = {{0, 0}};
    for (size_t len = KEY_BYTES / 4 - 2; len < KEY_BYTES / 4 + 3; len++) {
        KeyParts parts, other;
        key_begin(&parts, SECRET, 1, STR("t"));
        key_begin(&other, SECRET, 1, STR("t"));
        for (int i = 0; i < 9; i++) {
            key_text(&parts, (Str){text, len});
            key_text(&other, (Str){text, i == 0 ? len + 1 : len});
        }
        key_u64(&parts, 7);
        key_u64(&other, 7);
        StateKey key = key_end(&parts);
        ck_assert(!is_same(key, key_end(&other)));
        ck_assert(!is_same(key, before));
        before = key;
    }
}
END_TEST

UNIT_MAIN("key", parts_do_not_run_together, long_parts_count_whole)
