// SPDX-License-Identifier: Apache-2.0
#include "engine/log/tree.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/unit.h"

static Hasher *hasher;

static Digest root_of(const Tree *tree)
{
    Digest root;
    ck_assert_int_eq(tree_root(tree, hasher, &root), STATUS_OK);
    return root;
}

static void assert_hex(Digest digest, const char *expected)
{
    char memory[80];
    Buf text = buf_fixed(memory, sizeof memory);
    buf_hex(&text, digest.bytes, DIGEST_SIZE);
    ck_assert_text(buf_view(&text), expected);
}

START_TEST(the_roots_of_others)
{
    // The leaves, and roots after 0 to 8 of them, that implementations of RFC 6962 test
    // each other with.
    static const Str leaves[] = {
        {"", 0},
        {"\x00", 1},
        {"\x10", 1},
        {"\x20\x21", 2},
        {"\x30\x31", 2},
        {"\x40\x41\x42\x43", 4},
        {"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
        {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16},
    };
    static const char *const roots[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    Tree tree = {0};
    ck_assert_int_eq(hasher_new(&hasher), STATUS_OK);
    for (size_t i = 0; i < 8; i++) {
        assert_hex(root_of(&tree), roots[i]);
        ck_assert_int_eq(tree_add(&tree, hasher, leaves[i]), STATUS_OK);
    }
    assert_hex(root_of(&tree), roots[8]);
    hasher_free(hasher);
}
END_TEST

// The definition of §2.1, for as many leaves as there are bytes.
static Digest root_by_definition(const uint8_t *leaves, size_t count)
{
    char bytes[65] = {0};
    Digest digest;
    size_t half = 1;
    if (count == 1) {
        bytes[1] = (char)leaves[0];
        ck_assert_int_eq(crypto_sha256((Str){bytes, 2}, &digest), STATUS_OK);
        return digest;
    }
    while (half * 2 < count)
        half *= 2;
    Digest left = root_by_definition(leaves, half);
    Digest right = root_by_definition(leaves + half, count - half);
    bytes[0] = 1;
    memcpy(bytes + 1, left.bytes, DIGEST_SIZE);
    memcpy(bytes + 33, right.bytes, DIGEST_SIZE);
    ck_assert_int_eq(crypto_sha256((Str){bytes, 65}, &digest), STATUS_OK);
    return digest;
}

START_TEST(any_size_is_as_defined)
{
    uint8_t leaves[130];
    Tree tree = {0};
    ck_assert_int_eq(hasher_new(&hasher), STATUS_OK);
    for (size_t i = 0; i < sizeof leaves; i++) {
        leaves[i] = (uint8_t)(i * 37);
        Str leaf = {(const char *)&leaves[i], 1};
        ck_assert_int_eq(tree_add(&tree, hasher, leaf), STATUS_OK);
        Digest expected = root_by_definition(leaves, i + 1);
        ck_assert_mem_eq(root_of(&tree).bytes, expected.bytes, DIGEST_SIZE);
    }
    hasher_free(hasher);
}
END_TEST

UNIT_MAIN("tree", the_roots_of_others, any_size_is_as_defined)
