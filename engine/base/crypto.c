// SPDX-License-Identifier: Apache-2.0
#include "engine/base/crypto.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "engine/base/buf.h"

// OpenSSL keeps a queue of errors, in which an old one could be taken for another
// call's.
static Status succeeded(bool is_fine)
{
    if (is_fine)
        return STATUS_OK;
    ERR_clear_error();
    return STATUS_CRYPTO;
}

// Bytes as OpenSSL wants them; it may get no NULL.
static const unsigned char *bytes_of(Str data)
{
    return (const unsigned char *)(data.len == 0 ? "" : data.at);
}

// ---- SHA-256 ----

Status crypto_sha256(Str data, Digest *out)
{
    Digest digest;
    TRY(succeeded(EVP_Digest(bytes_of(data), data.len, digest.bytes, NULL, EVP_sha256(),
                             NULL) == 1));
    *out = digest;
    return STATUS_OK;
}

struct Hasher {
    EVP_MD *algorithm;
    EVP_MD_CTX *context;
};

Status hasher_new(Hasher **out)
{
    Hasher *hasher = calloc(1, sizeof *hasher);
    ENSURE(hasher != NULL, STATUS_MEMORY);
    hasher->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    hasher->context = EVP_MD_CTX_new();
    bool is_ready = hasher->algorithm != NULL && hasher->context != NULL &&
                    EVP_DigestInit_ex2(hasher->context, hasher->algorithm, NULL) == 1;
    Status status = succeeded(is_ready);
    if (status == STATUS_OK)
        *out = hasher;
    else
        hasher_free(hasher);
    return status;
}

void hasher_free(Hasher *hasher)
{
    if (hasher == NULL)
        return;
    EVP_MD_CTX_free(hasher->context);
    EVP_MD_free(hasher->algorithm);
    free(hasher);
}

Status hasher_add(Hasher *hasher, Str data)
{
    return succeeded(EVP_DigestUpdate(hasher->context, bytes_of(data), data.len) == 1);
}

Status hasher_finish(Hasher *hasher, Digest *out)
{
    Digest digest;
    TRY(succeeded(EVP_DigestFinal_ex(hasher->context, digest.bytes, NULL) == 1 &&
                  EVP_DigestInit_ex2(hasher->context, NULL, NULL) == 1));
    *out = digest;
    return STATUS_OK;
}

// ---- Ed25519 ----

static EVP_PKEY *load_secret(const SecretKey *secret)
{
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret->bytes,
                                        KEY_SIZE);
}

static EVP_PKEY *load_public(const PublicKey *key)
{
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->bytes, KEY_SIZE);
}

// The raw public key of an Ed25519 key of OpenSSL's.
static Status raw_public(const EVP_PKEY *key, PublicKey *out)
{
    PublicKey raw;
    size_t len = KEY_SIZE;
    TRY(succeeded(EVP_PKEY_get_raw_public_key(key, raw.bytes, &len) == 1 &&
                  len == KEY_SIZE));
    *out = raw;
    return STATUS_OK;
}

Status crypto_generate_key(SecretKey *out)
{
    return crypto_random(out->bytes, KEY_SIZE);
}

Status crypto_public_key(const SecretKey *secret, PublicKey *out)
{
    EVP_PKEY *key = load_secret(secret);
    Status status = key == NULL ? succeeded(false) : raw_public(key, out);
    EVP_PKEY_free(key);
    return status;
}

Status crypto_key_id(const PublicKey *key, KeyId *out)
{
    Digest digest;
    TRY(crypto_sha256((Str){(const char *)key->bytes, KEY_SIZE}, &digest));
    memcpy(out->bytes, digest.bytes, KEY_ID_SIZE);
    return STATUS_OK;
}

Status crypto_sign(const SecretKey *secret, Str message, Signature *out)
{
    Signature signature;
    size_t len = SIGNATURE_SIZE;
    EVP_PKEY *key = load_secret(secret);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_signed = key != NULL && context != NULL &&
                     EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
                     EVP_DigestSign(context, signature.bytes, &len, bytes_of(message),
                                    message.len) == 1 &&
                     len == SIGNATURE_SIZE;
    if (is_signed)
        *out = signature;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return succeeded(is_signed);
}

Status crypto_verify(const PublicKey *key, Str message, const Signature *signature)
{
    ENSURE(crypto_is_safe_key(key), STATUS_SIGNATURE);
    EVP_PKEY *loaded = load_public(key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_ready = loaded != NULL && context != NULL &&
                    EVP_DigestVerifyInit(context, NULL, NULL, NULL, loaded) == 1;
    bool is_good =
        is_ready && EVP_DigestVerify(context, signature->bytes, SIGNATURE_SIZE,
                                     bytes_of(message), message.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(loaded);
    TRY(succeeded(is_ready));
    return succeeded(is_good) == STATUS_OK ? STATUS_OK : STATUS_SIGNATURE;
}

// True for a y coordinate of at least p = 2^255 - 19, as little-endian bytes.
static bool is_past_field(const uint8_t y[KEY_SIZE])
{
    if (y[KEY_SIZE - 1] != 0x7f || y[0] < 0xed)
        return false;
    for (size_t i = 1; i < KEY_SIZE - 1; i++) {
        if (y[i] != 0xff)
            return false;
    }
    return true;
}

// The eight points whose order divides 8 have these five y coordinates.
bool crypto_is_safe_key(const PublicKey *key)
{
    static const uint8_t small_order[][KEY_SIZE] = {
        {0},
        {1},
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
         0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
         0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
         0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
         0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    };
    uint8_t y[KEY_SIZE];
    memcpy(y, key->bytes, KEY_SIZE);
    y[KEY_SIZE - 1] &= 0x7f; // without the sign of x
    if (is_past_field(y))
        return false;
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++) {
        if (memcmp(y, small_order[i], KEY_SIZE) == 0)
            return false;
    }
    return true;
}

// ---- key files ----

// Answers OpenSSL's question for a password: there is none. Without this it would ask
// on the terminal.
static int no_password(char *buffer, int size, int is_writing, void *data)
{
    (void)buffer;
    (void)size;
    (void)is_writing;
    (void)data;
    return -1;
}

typedef EVP_PKEY *PemReader(BIO *from, EVP_PKEY **reuse, pem_password_cb *ask,
                            void *data);

static Status read_pem(Str pem, PemReader *read, EVP_PKEY **out)
{
    ENSURE(pem.len > 0 && pem.len <= INT_MAX, STATUS_MALFORMED);
    BIO *from = BIO_new_mem_buf(pem.at, (int)pem.len);
    ENSURE(from != NULL, STATUS_MEMORY);
    EVP_PKEY *key = read(from, NULL, no_password, NULL);
    BIO_free(from);
    if (key == NULL) {
        ERR_clear_error();
        return str_contains(pem, STR("ENCRYPTED")) ? STATUS_UNSUPPORTED
                                                   : STATUS_MALFORMED;
    }
    if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(key);
        return STATUS_UNSUPPORTED;
    }
    *out = key;
    return STATUS_OK;
}

Status crypto_read_secret_pem(Str pem, SecretKey *out)
{
    EVP_PKEY *key = NULL;
    SecretKey raw;
    size_t len = KEY_SIZE;
    TRY(read_pem(pem, PEM_read_bio_PrivateKey, &key));
    bool is_fine =
        EVP_PKEY_get_raw_private_key(key, raw.bytes, &len) == 1 && len == KEY_SIZE;
    EVP_PKEY_free(key);
    if (is_fine)
        *out = raw;
    crypto_wipe(&raw, sizeof raw);
    return succeeded(is_fine);
}

Status crypto_read_public_pem(Str pem, PublicKey *out)
{
    EVP_PKEY *key = NULL;
    PublicKey raw;
    TRY(read_pem(pem, PEM_read_bio_PUBKEY, &key));
    Status status = raw_public(key, &raw);
    EVP_PKEY_free(key);
    TRY(status);
    ENSURE(crypto_is_safe_key(&raw), STATUS_UNSUPPORTED);
    *out = raw;
    return STATUS_OK;
}

// Appends what a writer of OpenSSL's puts out. Takes the key over.
static Status write_pem(EVP_PKEY *key, bool is_secret, Buf *out)
{
    BIO *to = BIO_new(BIO_s_mem());
    bool is_written =
        key != NULL && to != NULL &&
        (is_secret ? PEM_write_bio_PKCS8PrivateKey(to, key, NULL, NULL, 0, NULL, NULL)
                   : PEM_write_bio_PUBKEY(to, key)) == 1;
    if (is_written) {
        char *text = NULL;
        long len = BIO_get_mem_data(to, &text);
        buf_bytes(out, text, (size_t)len);
    }
    BIO_free(to);
    EVP_PKEY_free(key);
    TRY(succeeded(is_written));
    return out->failed ? STATUS_LIMIT : STATUS_OK;
}

Status crypto_write_secret_pem(const SecretKey *secret, Buf *out)
{
    return write_pem(load_secret(secret), true, out);
}

Status crypto_write_public_pem(const PublicKey *key, Buf *out)
{
    return write_pem(load_public(key), false, out);
}

// ---- random bytes, and forgetting ----

Status crypto_random(void *out, size_t len)
{
    CHECK(len <= INT_MAX);
    return succeeded(RAND_bytes(out, (int)len) == 1);
}

void crypto_wipe(void *memory, size_t len)
{
    OPENSSL_cleanse(memory, len);
}
