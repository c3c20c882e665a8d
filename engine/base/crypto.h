// SPDX-License-Identifier: Apache-2.0
// crypto: the few calls we make of OpenSSL 3: SHA-256, Ed25519 (RFC 8032), random
// bytes.
//
// STATUS_CRYPTO means that the library itself failed. A Hasher belongs to one thread.
#ifndef PROVISO_ENGINE_BASE_CRYPTO_H
#define PROVISO_ENGINE_BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

typedef struct Buf Buf;

enum {
    DIGEST_SIZE = 32,
    KEY_SIZE = 32,
    SIGNATURE_SIZE = 64,
    KEY_ID_SIZE = 8,
};

typedef struct Digest {
    uint8_t bytes[DIGEST_SIZE];
} Digest;

typedef struct PublicKey {
    uint8_t bytes[KEY_SIZE];
} PublicKey;

// The seed of RFC 8032 §5.1.5. The owner wipes it with crypto_wipe.
typedef struct SecretKey {
    uint8_t bytes[KEY_SIZE];
} SecretKey;

typedef struct Signature {
    uint8_t bytes[SIGNATURE_SIZE];
} Signature;

// The first 8 bytes of the SHA-256 of the raw public key; shown as 16 hex digits.
typedef struct KeyId {
    uint8_t bytes[KEY_ID_SIZE];
} KeyId;

// ---- SHA-256 ----

MUST_USE Status crypto_sha256(Str data, Digest *out);

// For many digests, or for data that comes in parts. After finish it is ready for the
// next.
typedef struct Hasher Hasher;
MUST_USE Status hasher_new(Hasher **out);
void hasher_free(Hasher *hasher); // NULL is fine
MUST_USE Status hasher_add(Hasher *hasher, Str data);
MUST_USE Status hasher_finish(Hasher *hasher, Digest *out);

// ---- Ed25519 ----

MUST_USE Status crypto_generate_key(SecretKey *out);
MUST_USE Status crypto_public_key(const SecretKey *secret, PublicKey *out);
MUST_USE Status crypto_key_id(const PublicKey *key, KeyId *out);
MUST_USE Status crypto_sign(const SecretKey *secret, Str message, Signature *out);
// STATUS_SIGNATURE if the signature is not of this message by this key, or the key is
// not safe.
MUST_USE Status crypto_verify(const PublicKey *key, Str message,
                              const Signature *signature);
// False for encodings that are not canonical, and for points of small order, under
// which anyone can forge a signature and which OpenSSL accepts.
bool crypto_is_safe_key(const PublicKey *key);

// ---- key files (RFC 7468, RFC 8410) ----

// PKCS#8 "PRIVATE KEY", not encrypted. STATUS_MALFORMED for what is no key at all,
// STATUS_UNSUPPORTED for a key of another algorithm.
MUST_USE Status crypto_read_secret_pem(Str pem, SecretKey *out);
// SPKI "PUBLIC KEY"; STATUS_UNSUPPORTED also for a key that is not safe.
MUST_USE Status crypto_read_public_pem(Str pem, PublicKey *out);
MUST_USE Status crypto_write_secret_pem(const SecretKey *secret, Buf *out);
MUST_USE Status crypto_write_public_pem(const PublicKey *key, Buf *out);

// ---- random bytes, and forgetting ----

MUST_USE Status crypto_random(void *out, size_t len);
// Overwrites memory in a way that the compiler keeps.
void crypto_wipe(void *memory, size_t len);

#endif
