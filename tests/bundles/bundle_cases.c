// SPDX-License-Identifier: Apache-2.0
// The container of a bundle, changed byte by byte, and its signatures: whatever is not
// as the format says is refused, and says why.
#include <stdlib.h>

#include "engine/base/unit.h"
#include "engine/engine.h"
#include "tests/bundles/bundle_parts.h"

enum { MEMORY = 64 << 20 };

typedef struct Fixture {
    Arena arena;
    Str bytes;
    size_t payload; // its length
} Fixture;

static void start(Fixture *fixture)
{
    arena_init(&fixture->arena, MEMORY);
    Bundle bundle = memory_bundle(&fixture->arena);
    fixture->bytes = bundle.bytes;
    fixture->payload = bundle.payload.len;
}

// A copy with room behind it, aligned.
static char *copy(Fixture *fixture)
{
    char *bytes = arena_alloc(&fixture->arena, fixture->bytes.len + 4096);
    memcpy(bytes, fixture->bytes.at, fixture->bytes.len);
    return bytes;
}

static void must_refuse(Str bytes, Status expected, const char *reason)
{
    Bundle bundle;
    const char *why = "";
    Status status = bundle_open(bytes, &bundle, &why);
    ck_assert_msg(status == expected && strcmp(why, reason) == 0,
                  "expected '%s', got %s: '%s'", reason, status_text(status), why);
}

// ---- the container ----

// Field `field` of SectionEntry number `section`.
#define ENTRY(section, field)                                                          \
    sizeof(BundleHeader) + (section) * sizeof(SectionEntry) +                          \
        offsetof(SectionEntry, field)

static const struct {
    size_t at;
    uint64_t value;
    uint32_t size;
    Status status;
    const char *reason;
} CHANGES[] = {
    {offsetof(BundleHeader, magic), 0, 4, STATUS_MALFORMED, "this is not a bundle"},
    {offsetof(BundleHeader, version), 0, 4, STATUS_UNSUPPORTED,
     "the bundle is of another format version: build it again"},
    {offsetof(BundleHeader, version), BUNDLE_VERSION + 1, 4, STATUS_UNSUPPORTED,
     "the bundle is of another format version: build it again"},
    {offsetof(BundleHeader, section_count), SECTION_COUNT - 1, 4, STATUS_MALFORMED,
     "the header names other sections"},
    {offsetof(BundleHeader, section_count), SECTION_COUNT + 1, 4, STATUS_MALFORMED,
     "the header names other sections"},
    {offsetof(BundleHeader, reserved), 1, 4, STATUS_MALFORMED,
     "the header names other sections"},
    {offsetof(BundleHeader, payload_len), 1 << 30, 8, STATUS_MALFORMED,
     "the payload's length is wrong"},
    {offsetof(BundleHeader, payload_len), UINT64_MAX - 7, 8, STATUS_MALFORMED,
     "the payload's length is wrong"},
    {offsetof(BundleHeader, payload_len), 633, 8, STATUS_MALFORMED,
     "the payload's length is wrong"},
    {offsetof(BundleHeader, payload_len), ENTRY(SECTION_COUNT, id) - 8, 8,
     STATUS_MALFORMED, "the payload's length is wrong"},
    {offsetof(BundleHeader, payload_len), ENTRY(SECTION_COUNT, id), 8, STATUS_MALFORMED,
     "a section ends behind the payload"},
    {ENTRY(SECTION_META, id), 1, 4, STATUS_MALFORMED, "a section stands out of order"},
    {ENTRY(SECTION_DISPATCH_WORDS, id), 0, 4, STATUS_MALFORMED,
     "a section stands out of order"},
    {ENTRY(SECTION_META, at), ENTRY(SECTION_COUNT, id) + 8, 8, STATUS_MALFORMED,
     "a section starts in the wrong place"},
    {ENTRY(SECTION_META, at), 0, 8, STATUS_MALFORMED,
     "a section starts in the wrong place"},
    {ENTRY(SECTION_LISTS, at), UINT64_MAX - 7, 8, STATUS_MALFORMED,
     "a section starts in the wrong place"},
    {ENTRY(SECTION_META, count), 2, 4, STATUS_MALFORMED,
     "a section starts in the wrong place"},
    {ENTRY(SECTION_META, count), 0, 4, STATUS_MALFORMED,
     "a section starts in the wrong place"},
    {ENTRY(SECTION_TYPES, count), UINT32_MAX, 4, STATUS_MALFORMED,
     "a section ends behind the payload"},
    {ENTRY(SECTION_STRING_BYTES, count), UINT32_MAX, 4, STATUS_MALFORMED,
     "a section ends behind the payload"},
    {ENTRY(SECTION_DELEGATES, count), 0, 4, STATUS_MALFORMED,
     "bytes stand behind the last section"},
};

START_TEST(the_container_is_checked)
{
    Fixture fixture;
    start(&fixture);
    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        char *bytes = copy(&fixture);
        memcpy(bytes + CHANGES[i].at, &CHANGES[i].value, CHANGES[i].size);
        must_refuse((Str){bytes, fixture.bytes.len}, CHANGES[i].status,
                    CHANGES[i].reason);
    }
    arena_free(&fixture.arena);
}
END_TEST

// DISPATCH_WORDS is left with an odd number of words, so that a gap is behind it too.
START_TEST(gaps_are_zero)
{
    Fixture fixture;
    start(&fixture);
    Bundle bundle = sample_bundle(&fixture.arena);
    const char *why;
    Parts parts = parts_of(&fixture.arena, &bundle);
    part_resize(&parts, SECTION_DISPATCH_WORDS, bundle.dispatch_words_count | 1);
    fixture.bytes = parts_join(&parts);
    ck_assert_int_eq(bundle_open(fixture.bytes, &bundle, &why), STATUS_OK);
    const char *last =
        (const char *)(bundle.dispatch_words + bundle.dispatch_words_count);
    const size_t gaps[] = {
        (size_t)(bundle.string_bytes + bundle.string_bytes_count - fixture.bytes.at),
        (size_t)(last - fixture.bytes.at)};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_ne(gaps[i] % 8, 0); // else the sample must change
        char *bytes = copy(&fixture);
        bytes[gaps[i]] = 1;
        must_refuse((Str){bytes, fixture.bytes.len}, STATUS_MALFORMED,
                    "a gap between sections is not zero");
    }
    arena_free(&fixture.arena);
}
END_TEST

START_TEST(a_bundle_cut_off_anywhere_is_refused)
{
    Fixture fixture;
    start(&fixture);
    Bundle bundle;
    const char *why;
    char *bytes = copy(&fixture);
    ck_assert_int_eq(bundle_open((Str){bytes, fixture.bytes.len}, &bundle, &why),
                     STATUS_OK);
    for (size_t len = 0; len < fixture.bytes.len; len++) {
        char *exact = malloc(len == 0 ? 1 : len); // so that reading past it is seen
        memcpy(exact, bytes, len);
        ck_assert_int_eq(bundle_open((Str){exact, len}, &bundle, &why),
                         STATUS_MALFORMED);
        free(exact);
    }
    must_refuse((Str){bytes, fixture.bytes.len + 1}, STATUS_MALFORMED,
                "the signature area is not as long as its signatures");
    must_refuse((Str){bytes, sizeof(BundleHeader) - 1}, STATUS_MALFORMED,
                "the file is shorter than its header");
    must_refuse((Str){bytes, fixture.payload + 7}, STATUS_MALFORMED,
                "the signature area is cut off");
    must_refuse((Str){bytes + 1, fixture.bytes.len - 1}, STATUS_MALFORMED,
                "the bytes are not aligned to 8");
    must_refuse((Str){bytes, (size_t)MAX_BUNDLE_BYTES + 1}, STATUS_LIMIT,
                "the file is larger than a bundle may be");
    arena_free(&fixture.arena);
}
END_TEST

// One byte, one bit: another bundle, or none at all.
START_TEST(every_bit_counts)
{
    Fixture fixture;
    start(&fixture);
    Bundle sample, bundle;
    const char *why;
    char *bytes = copy(&fixture);
    ck_assert_int_eq(bundle_open(fixture.bytes, &sample, &why), STATUS_OK);
    for (size_t i = 0; i < fixture.payload; i++) {
        bytes[i] ^= 1;
        Status status = bundle_open((Str){bytes, fixture.bytes.len}, &bundle, &why);
        ck_assert(status != STATUS_OK ||
                  memcmp(bundle.hash.bytes, sample.hash.bytes, DIGEST_SIZE) != 0);
        bytes[i] ^= 1;
    }
    arena_free(&fixture.arena);
}
END_TEST

// ---- signatures ----

// A key out of one byte, so that nothing here is random.
static SecretKey secret_key(uint8_t seed)
{
    SecretKey key;
    memset(key.bytes, seed, sizeof key.bytes);
    return key;
}

static PublicKey public_key(uint8_t seed)
{
    SecretKey secret = secret_key(seed);
    PublicKey key;
    ck_assert_int_eq(crypto_public_key(&secret, &key), STATUS_OK);
    return key;
}

static BundleSignature sign(const Bundle *bundle, uint8_t seed)
{
    SecretKey secret = secret_key(seed);
    PublicKey key = public_key(seed);
    uint8_t message[BUNDLE_SIGNED_BYTES];
    KeyId id;
    Signature signature;
    BundleSignature made;
    bundle_signed_message(&bundle->hash, message);
    ck_assert_int_eq(crypto_key_id(&key, &id), STATUS_OK);
    ck_assert_int_eq(
        crypto_sign(&secret, (Str){(const char *)message, sizeof message}, &signature),
        STATUS_OK);
    memcpy(made.key_id, id.bytes, sizeof made.key_id);
    memcpy(made.signature, signature.bytes, sizeof made.signature);
    return made;
}

// The sample with these signatures instead of none.
static Str with_signatures(Fixture *fixture, const BundleSignature *signatures,
                           uint32_t count)
{
    char *bytes = copy(fixture);
    SignatureHeader header = {.count = count};
    size_t size = count * sizeof *signatures;
    memcpy(bytes + fixture->payload, &header, sizeof header);
    if (count > 0)
        memcpy(bytes + fixture->payload + sizeof header, signatures, size);
    return (Str){bytes, fixture->payload + sizeof header + size};
}

static bool is_signed(Str bytes, uint8_t seed)
{
    Bundle bundle;
    const char *why;
    bool result = true;
    PublicKey key = public_key(seed);
    ck_assert_int_eq(bundle_open(bytes, &bundle, &why), STATUS_OK);
    ck_assert_int_eq(bundle_check_signature(&bundle, &key, &result), STATUS_OK);
    return result;
}

// Whether an engine loads the bytes, trusting the keys of so many seeds from 1 on.
static bool is_loaded(Str bytes, uint8_t keys, size_t needed)
{
    uint8_t raw[4][KEY_SIZE];
    char why[256];
    ProvisoEngine *engine;
    for (uint8_t i = 0; i < keys; i++) {
        PublicKey key = public_key((uint8_t)(i + 1));
        memcpy(raw[i], key.bytes, KEY_SIZE);
    }
    ProvisoTrust trust = {.keys = (const uint8_t(*)[KEY_SIZE])raw,
                          .key_count = keys,
                          .signatures = needed};
    ProvisoStatus status =
        proviso_engine_load(bytes.at, bytes.len, &trust, &engine, why, sizeof why);
    ck_assert(status == PROVISO_OK || status == PROVISO_UNTRUSTED);
    if (status == PROVISO_OK)
        proviso_engine_free(engine);
    return status == PROVISO_OK;
}

static Bundle open(Str bytes)
{
    Bundle bundle;
    const char *why;
    ck_assert_int_eq(bundle_open(bytes, &bundle, &why), STATUS_OK);
    return bundle;
}

START_TEST(a_signature_is_that_of_its_key)
{
    Fixture fixture;
    start(&fixture);
    Bundle bundle = open(fixture.bytes);
    BundleSignature one = sign(&bundle, 1);
    ck_assert(!is_signed(fixture.bytes, 1));
    ck_assert(is_signed(with_signatures(&fixture, &one, 1), 1));
    ck_assert(!is_signed(with_signatures(&fixture, &one, 1), 2));
    BundleSignature wrong_id = one;
    wrong_id.key_id[7] ^= 1;
    ck_assert(!is_signed(with_signatures(&fixture, &wrong_id, 1), 1));
    BundleSignature others_id = sign(&bundle, 2);
    memcpy(others_id.key_id, one.key_id, sizeof one.key_id);
    ck_assert(!is_signed(with_signatures(&fixture, &others_id, 1), 1));
    for (size_t i = 0; i < sizeof one.signature; i++) {
        BundleSignature bent = one;
        bent.signature[i] ^= 1;
        ck_assert(!is_signed(with_signatures(&fixture, &bent, 1), 1));
    }
    arena_free(&fixture.arena);
}
END_TEST

START_TEST(a_signed_payload_cannot_be_changed)
{
    Fixture fixture;
    start(&fixture);
    Bundle bundle = open(fixture.bytes);
    BundleSignature one = sign(&bundle, 1);
    Str bytes = with_signatures(&fixture, &one, 1);
    char *changed = copy(&fixture);
    memcpy(changed, bytes.at, bytes.len);
    // Any byte of META's hash of the sources: nothing else looks at it.
    size_t at = (size_t)((const char *)bundle.meta - fixture.bytes.at);
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        changed[at + i] ^= 0x40;
        ck_assert(!is_signed((Str){changed, bytes.len}, 1));
        ck_assert(!is_loaded((Str){changed, bytes.len}, 1, 1));
        changed[at + i] ^= 0x40;
    }
    ck_assert(is_loaded((Str){changed, bytes.len}, 1, 1));
    arena_free(&fixture.arena);
}
END_TEST

START_TEST(several_keys_sign_and_each_counts_once)
{
    Fixture fixture;
    start(&fixture);
    Bundle bundle = open(fixture.bytes);
    BundleSignature both[] = {sign(&bundle, 1), sign(&bundle, 2)};
    BundleSignature twice[] = {both[0], both[0]};
    BundleSignature bad_first[] = {both[0], both[0]};
    bad_first[0].signature[0] ^= 1;
    ck_assert(!is_loaded(with_signatures(&fixture, both, 0), 1, 0));
    ck_assert(!is_loaded(with_signatures(&fixture, both, 0), 1, 1));
    ck_assert(is_loaded(with_signatures(&fixture, both, 1), 1, 0));
    ck_assert(is_loaded(with_signatures(&fixture, both, 2), 2, 2));
    ck_assert(is_loaded(with_signatures(&fixture, both, 2), 3, 2));
    ck_assert(!is_loaded(with_signatures(&fixture, both, 2), 3, 3));
    ck_assert(!is_loaded(with_signatures(&fixture, both, 2), 1, 2));
    ck_assert(!is_loaded(with_signatures(&fixture, &both[1], 1), 1, 1));
    ck_assert(!is_loaded(with_signatures(&fixture, twice, 2), 2, 2));
    ck_assert(is_loaded(with_signatures(&fixture, twice, 2), 2, 1));
    ck_assert(is_loaded(with_signatures(&fixture, bad_first, 2), 1, 1));
    arena_free(&fixture.arena);
}
END_TEST

START_TEST(the_signature_area_is_checked)
{
    Fixture fixture;
    start(&fixture);
    Bundle bundle = open(fixture.bytes);
    BundleSignature many[MAX_SIGNATURES + 1];
    for (size_t i = 0; i < MAX_SIGNATURES + 1; i++)
        many[i] = sign(&bundle, i == MAX_SIGNATURES - 1 ? 1 : 9);
    ck_assert(is_signed(with_signatures(&fixture, many, MAX_SIGNATURES), 1));
    must_refuse(with_signatures(&fixture, many, MAX_SIGNATURES + 1), STATUS_MALFORMED,
                "the signature area is malformed");
    Str one = with_signatures(&fixture, many, 1);
    must_refuse((Str){one.at, one.len - 1}, STATUS_MALFORMED,
                "the signature area is not as long as its signatures");
    must_refuse((Str){one.at, one.len + 1}, STATUS_MALFORMED,
                "the signature area is not as long as its signatures");
    char *reserved = copy(&fixture);
    reserved[fixture.payload + offsetof(SignatureHeader, reserved)] = 1;
    must_refuse((Str){reserved, fixture.bytes.len}, STATUS_MALFORMED,
                "the signature area is malformed");
    arena_free(&fixture.arena);
}
END_TEST

UNIT_MAIN("bundle_cases", the_container_is_checked, gaps_are_zero,
          a_bundle_cut_off_anywhere_is_refused, every_bit_counts,
          a_signature_is_that_of_its_key, a_signed_payload_cannot_be_changed,
          several_keys_sign_and_each_counts_once, the_signature_area_is_checked)
