// SPDX-License-Identifier: Apache-2.0
// bundle: a bundle in memory, as typed arrays over its own bytes.
//
// bundle_open checks the container only (header, section bounds, alignment); it makes
// the arrays safe to index below their counts and says nothing of what stands in them.
// A Bundle may be used for decisions only after verify_bundle (verify.h). It is
// immutable then, and any number of threads may read it. It owns nothing: the bytes
// must outlive it, be aligned to 8, and not change.
#ifndef PROVISO_ENGINE_BYTECODE_BUNDLE_H
#define PROVISO_ENGINE_BYTECODE_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/bug.h"
#include "engine/base/crypto.h"
#include "engine/base/status.h"
#include "engine/base/str.h"
#include "engine/bytecode/bytecode.h"

typedef struct Bundle {
    Str bytes;   // all of it
    Str payload; // what is signed
    uint32_t signature_count;
    const BundleSignature *signatures;
    Digest hash;                     // SHA-256 of the payload: the bundle's identity
    char hash_text[2 * DIGEST_SIZE]; // the same in hexadecimal, as every answer says it
#define X(id, Type, field)                                                             \
    const Type *field;                                                                 \
    uint32_t field##_count;
    BUNDLE_SECTIONS(X)
#undef X
} Bundle;

// Opens the container over `bytes` and hashes the payload. On failure *why names the
// rule that it broke: a constant, lower case. STATUS_MALFORMED, STATUS_LIMIT,
// STATUS_UNSUPPORTED (another version), STATUS_CRYPTO.
MUST_USE Status bundle_open(Str bytes, Bundle *bundle, const char **why);

// Whether one of the bundle's signatures verifies under the Ed25519 public key.
MUST_USE Status bundle_check_signature(const Bundle *bundle, const PublicKey *key,
                                       bool *is_signed);

// What a signature signs, for a payload of that hash, into `out`.
enum { BUNDLE_SIGNED_BYTES = 18 + 32 };
void bundle_signed_message(const Digest *payload_hash,
                           uint8_t out[BUNDLE_SIGNED_BYTES]);

// The text of string `number`, which must be below string_ends_count.
static inline Str bundle_string(const Bundle *bundle, uint32_t number)
{
    uint32_t start = number == 0 ? 0 : bundle->string_ends[number - 1];
    return (Str){bundle->string_bytes + start, bundle->string_ends[number] - start};
}

// The number of a text that a request can name, or NONE.
uint32_t bundle_intern(const Bundle *bundle, Str text);

// The rules under a slot of a group; there are slot[group->dim_count + 1].
static inline const uint32_t *
bundle_bucket(const Bundle *bundle, const BundleDispatch *group, const uint32_t *slot)
{
    const uint32_t *first = &slot[group->dim_count];
    return first[1] == 1 ? first : bundle->dispatch_words + group->buckets + *first;
}

// Whether the ascending list holds the number (binary search).
bool bundle_list_has(const Bundle *bundle, List list, uint32_t number);

// The agent or audience with that id or uri (a string number), or NONE.
uint32_t bundle_find_agent(const Bundle *bundle, uint32_t id);
uint32_t bundle_find_audience(const Bundle *bundle, uint32_t uri);
// The tool of a family with that name (a string number), or NONE.
uint32_t bundle_find_tool(const Bundle *bundle, uint32_t family, uint32_t name);
// The tool of that full name ("crm.refund") at the audience of that uri, or NONE.
uint32_t bundle_find_full_tool(const Bundle *bundle, Str uri, Str full);
// The entry of a user who is in some group, or NONE.
uint32_t bundle_find_member(const Bundle *bundle, uint32_t id);
// The gateway of that name, the issuer of that uri, or NONE. They are few: to compare
// each is faster than to hash the text.
uint32_t bundle_find_gateway(const Bundle *bundle, Str name);
uint32_t bundle_find_issuer(const Bundle *bundle, Str uri);
// The intent or group of that name, or NONE (few: linear search).
uint32_t bundle_find_intent(const Bundle *bundle, uint32_t name);
uint32_t bundle_find_group(const Bundle *bundle, uint32_t name);

#endif
