// SPDX-License-Identifier: Apache-2.0
#include "engine/base/crypto.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/unit.h"

#define LENGTH(table) (sizeof(table) / sizeof(table)[0])
#define ck_assert_status(expression, expected)                                         \
    ck_assert_int_eq((expression), (expected))
#define ck_assert_ok(expression) ck_assert_status(expression, STATUS_OK)

// RFC 8410 §10.3 and §10.1.
#define SECRET_PEM                                                                     \
    "-----BEGIN PRIVATE KEY-----\n"                                                    \
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"               \
    "-----END PRIVATE KEY-----\n"
#define PUBLIC_PEM                                                                     \
    "-----BEGIN PUBLIC KEY-----\n"                                                     \
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"                   \
    "-----END PUBLIC KEY-----\n"

static void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
    char memory[160];
    Buf text = buf_fixed(memory, sizeof memory);
    buf_hex(&text, bytes, len);
    ck_assert_text(buf_view(&text), expected);
}

static void from_hex(const char *hex, uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        ptrdiff_t high = strchr(digits, hex[2 * i]) - digits;
        ptrdiff_t low = strchr(digits, hex[2 * i + 1]) - digits;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
}

START_TEST(sha256_vectors)
{
    // FIPS 180-4 examples.
    static const struct {
        const char *data;
        const char *digest;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    Hasher *hasher = NULL;
    ck_assert_ok(hasher_new(&hasher));
    for (size_t i = 0; i < LENGTH(cases); i++) {
        Digest digest;
        Str data = str_from_c(cases[i].data);
        ck_assert_ok(crypto_sha256(data, &digest));
        assert_hex(digest.bytes, DIGEST_SIZE, cases[i].digest);
        memset(&digest, 0, sizeof digest);
        ck_assert_ok(hasher_add(hasher, str_slice(data, 0, data.len / 3)));
        ck_assert_ok(hasher_add(hasher, (Str){NULL, 0}));
        ck_assert_ok(hasher_add(hasher, str_slice(data, data.len / 3, data.len)));
        ck_assert_ok(hasher_finish(hasher, &digest));
        assert_hex(digest.bytes, DIGEST_SIZE, cases[i].digest);
    }
    hasher_free(hasher);
    hasher_free(NULL);
}
END_TEST

START_TEST(ed25519_vectors)
{
    // RFC 8032 §7.1, tests 1 and 2.
    static const struct {
        const char *secret;
        const char *public_key;
        const char *message;
        const char *signature;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33"
         "bacc6"
         "1e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "r",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e159"
         "96e45"
         "8f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        SecretKey secret;
        PublicKey key;
        Signature signature;
        Str message = str_from_c(cases[i].message);
        from_hex(cases[i].secret, secret.bytes, KEY_SIZE);
        ck_assert_ok(crypto_public_key(&secret, &key));
        assert_hex(key.bytes, KEY_SIZE, cases[i].public_key);
        ck_assert_ok(crypto_sign(&secret, message, &signature));
        assert_hex(signature.bytes, SIGNATURE_SIZE, cases[i].signature);
        ck_assert_ok(crypto_verify(&key, message, &signature));
    }
}
END_TEST

START_TEST(any_change_breaks_a_signature)
{
    SecretKey secret;
    PublicKey key;
    PublicKey other;
    Signature signature;
    Str message = STR("a bundle's digest");
    ck_assert_ok(crypto_generate_key(&secret));
    ck_assert_ok(crypto_public_key(&secret, &key));
    ck_assert_ok(crypto_sign(&secret, message, &signature));
    ck_assert_ok(crypto_verify(&key, message, &signature));
    for (size_t i = 0; i < 8 * SIGNATURE_SIZE; i++) {
        Signature changed = signature;
        changed.bytes[i / 8] ^= (uint8_t)(1U << i % 8);
        ck_assert_status(crypto_verify(&key, message, &changed), STATUS_SIGNATURE);
    }
    ck_assert_status(crypto_verify(&key, STR("a bundle's digesT"), &signature),
                     STATUS_SIGNATURE);
    ck_assert_ok(crypto_generate_key(&secret));
    ck_assert_ok(crypto_public_key(&secret, &other));
    ck_assert_mem_ne(other.bytes, key.bytes, KEY_SIZE);
    ck_assert_status(crypto_verify(&other, message, &signature), STATUS_SIGNATURE);
    crypto_wipe(&secret, sizeof secret);
}
END_TEST

START_TEST(keys_under_which_anyone_can_sign_are_refused)
{
    static const char *const unsafe[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        // Not canonical: p, p + 1 and the largest, with both signs.
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    static const char *const safe[] = {
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edfffffffffffffffffffffffffffffffffffffffffffffffffffffffffff67f",
        "0200000000000000000000000000000000000000000000000000000000000000",
    };
    PublicKey key;
    for (size_t i = 0; i < LENGTH(unsafe); i++) {
        from_hex(unsafe[i], key.bytes, KEY_SIZE);
        ck_assert_msg(!crypto_is_safe_key(&key), "%s", unsafe[i]);
    }
    for (size_t i = 0; i < LENGTH(safe); i++) {
        from_hex(safe[i], key.bytes, KEY_SIZE);
        ck_assert_msg(crypto_is_safe_key(&key), "%s", safe[i]);
    }
    // The forgery that OpenSSL accepts: key and signature are both the neutral point.
    Signature forged = {{1}};
    PublicKey neutral = {{1}};
    ck_assert_status(crypto_verify(&neutral, STR("any message"), &forged),
                     STATUS_SIGNATURE);
    char memory[256];
    Buf pem = buf_fixed(memory, sizeof memory);
    ck_assert_ok(crypto_write_public_pem(&neutral, &pem));
    ck_assert_status(crypto_read_public_pem(buf_view(&pem), &key), STATUS_UNSUPPORTED);
}
END_TEST

START_TEST(key_files_are_read_and_written)
{
    char memory[512];
    SecretKey secret;
    PublicKey key;
    PublicKey derived;
    KeyId id;
    ck_assert_ok(crypto_read_secret_pem(STR(SECRET_PEM), &secret));
    assert_hex(secret.bytes, KEY_SIZE,
               "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842");
    ck_assert_ok(crypto_read_public_pem(STR("explanation\n" PUBLIC_PEM), &key));
    ck_assert_ok(crypto_public_key(&secret, &derived));
    ck_assert_mem_eq(key.bytes, derived.bytes, KEY_SIZE);
    ck_assert_ok(crypto_key_id(&key, &id));
    assert_hex(id.bytes, KEY_ID_SIZE, "e744c0791320c328");
    Buf pem = buf_fixed(memory, sizeof memory);
    ck_assert_ok(crypto_write_secret_pem(&secret, &pem));
    ck_assert_text(buf_view(&pem), SECRET_PEM);
    buf_clear(&pem);
    ck_assert_ok(crypto_write_public_pem(&key, &pem));
    ck_assert_text(buf_view(&pem), PUBLIC_PEM);
    Buf small = buf_fixed(memory, 20);
    ck_assert_status(crypto_write_public_pem(&key, &small), STATUS_LIMIT);
}
END_TEST

START_TEST(what_is_no_key_file_is_refused)
{
    static const struct {
        const char *pem;
        Status secret;
        Status public_key;
    } cases[] = {
        {"", STATUS_MALFORMED, STATUS_MALFORMED},
        {"hello", STATUS_MALFORMED, STATUS_MALFORMED},
        {SECRET_PEM, STATUS_OK, STATUS_MALFORMED},
        {PUBLIC_PEM, STATUS_MALFORMED, STATUS_OK},
        {"-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n",
         STATUS_MALFORMED, STATUS_MALFORMED},
        {"-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n",
         STATUS_MALFORMED, STATUS_MALFORMED},
        // X25519: the same shape, another algorithm.
        {"-----BEGIN PRIVATE KEY-----\n"
         "MC4CAQAwBQYDK2VuBCIEICjvjNAKt5HJBCRn6es0hOARAAM1CEw4etFIwfU5aZt4\n"
         "-----END PRIVATE KEY-----\n",
         STATUS_UNSUPPORTED, STATUS_MALFORMED},
        {"-----BEGIN PUBLIC KEY-----\n"
         "MCowBQYDK2VuAyEAZl5TkMQiqDzpnI9Mb537vYUdd4EPC9Z+wrrkeC5M3To=\n"
         "-----END PUBLIC KEY-----\n",
         STATUS_MALFORMED, STATUS_UNSUPPORTED},
        {"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
         "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjOnQ0LvQLzCAICCAAw\n"
         "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEGCWyBjAo/Es/++wT9cpt4EEQB1j\n"
         "oAjdUdrYVsBG5m6+YG9AZY1ZDY2W0eSFCpwQJnAKegozCjhUMGFy31F1GD4A6mpZ\n"
         "a9s9tLkpLiAVvxTG9sA=\n"
         "-----END ENCRYPTED PRIVATE KEY-----\n",
         STATUS_UNSUPPORTED, STATUS_UNSUPPORTED},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        SecretKey secret;
        PublicKey key;
        Str pem = str_from_c(cases[i].pem);
        ck_assert_msg(crypto_read_secret_pem(pem, &secret) == cases[i].secret,
                      "case %zu", i);
        ck_assert_msg(crypto_read_public_pem(pem, &key) == cases[i].public_key,
                      "case %zu", i);
    }
}
END_TEST

START_TEST(random_bytes_differ)
{
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    ck_assert_ok(crypto_random(a, sizeof a));
    ck_assert_ok(crypto_random(b, sizeof b));
    ck_assert_mem_ne(a, b, sizeof a);
    crypto_wipe(a, sizeof a);
    for (size_t i = 0; i < sizeof a; i++)
        ck_assert_uint_eq(a[i], 0);
}
END_TEST

UNIT_MAIN("crypto", sha256_vectors, ed25519_vectors, any_change_breaks_a_signature,
          keys_under_which_anyone_can_sign_are_refused, key_files_are_read_and_written,
          what_is_no_key_file_is_refused, random_bytes_differ)
