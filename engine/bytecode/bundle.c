// SPDX-License-Identifier: Apache-2.0
#include "engine/bytecode/bundle.h"

#include <stdint.h>
#include <string.h>

#include "engine/base/buf.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "bundles are little-endian and used in place"
#endif

// What stands behind each section's entry: the size of a record.
static const uint32_t RECORD_SIZES[SECTION_COUNT] = {
#define X(id, Type, field) sizeof(Type),
    BUNDLE_SECTIONS(X)
#undef X
};

static Status refuse(const char **why, Status status, const char *reason)
{
    *why = reason;
    return status;
}

static Status check_header(Str bytes, BundleHeader *header, const char **why)
{
    if (bytes.len > MAX_BUNDLE_BYTES)
        return refuse(why, STATUS_LIMIT, "the file is larger than a bundle may be");
    if (((uintptr_t)bytes.at & 7) != 0)
        return refuse(why, STATUS_MALFORMED, "the bytes are not aligned to 8");
    if (bytes.len < sizeof *header)
        return refuse(why, STATUS_MALFORMED, "the file is shorter than its header");
    memcpy(header, bytes.at, sizeof *header);
    if (header->magic != BUNDLE_MAGIC)
        return refuse(why, STATUS_MALFORMED, "this is not a bundle");
    if (header->version != BUNDLE_VERSION)
        return refuse(why, STATUS_UNSUPPORTED,
                      "the bundle is of another format version: build it again");
    if (header->section_count != SECTION_COUNT || header->reserved != 0)
        return refuse(why, STATUS_MALFORMED, "the header names other sections");
    if (header->payload_len > bytes.len || header->payload_len % 8 != 0 ||
        header->payload_len < sizeof *header + SECTION_COUNT * sizeof(SectionEntry))
        return refuse(why, STATUS_MALFORMED, "the payload's length is wrong");
    return STATUS_OK;
}

// Sections stand in order, aligned, without overlap, and every byte between them is
// zero, so that one content has one form.
static Status check_sections(const Bundle *bundle, const SectionEntry *entries,
                             const char **why)
{
    uint64_t end = sizeof(BundleHeader) + SECTION_COUNT * sizeof(SectionEntry);
    for (uint32_t i = 0; i < SECTION_COUNT; i++) {
        uint64_t at = entries[i].at;
        uint64_t size = (uint64_t)entries[i].count * RECORD_SIZES[i];
        if (entries[i].id != i)
            return refuse(why, STATUS_MALFORMED, "a section stands out of order");
        if (at != (end + 7) / 8 * 8 || at > bundle->payload.len)
            return refuse(why, STATUS_MALFORMED, "a section starts in the wrong place");
        if (size > bundle->payload.len - at)
            return refuse(why, STATUS_MALFORMED, "a section ends behind the payload");
        for (uint64_t gap = end; gap < at; gap++)
            if (bundle->bytes.at[gap] != 0)
                return refuse(why, STATUS_MALFORMED,
                              "a gap between sections is not zero");
        end = at + size;
    }
    if ((end + 7) / 8 * 8 != bundle->payload.len)
        return refuse(why, STATUS_MALFORMED, "bytes stand behind the last section");
    for (uint64_t gap = end; gap < bundle->payload.len; gap++)
        if (bundle->bytes.at[gap] != 0)
            return refuse(why, STATUS_MALFORMED, "a gap between sections is not zero");
    return STATUS_OK;
}

static Status check_signature_area(Bundle *bundle, const char **why)
{
    const char *at = bundle->bytes.at + bundle->payload.len;
    size_t left = bundle->bytes.len - bundle->payload.len;
    SignatureHeader header;
    if (left < sizeof header)
        return refuse(why, STATUS_MALFORMED, "the signature area is cut off");
    memcpy(&header, at, sizeof header);
    if (header.count > MAX_SIGNATURES || header.reserved != 0)
        return refuse(why, STATUS_MALFORMED, "the signature area is malformed");
    if (left != sizeof header + header.count * sizeof(BundleSignature))
        return refuse(why, STATUS_MALFORMED,
                      "the signature area is not as long as its signatures");
    bundle->signature_count = header.count;
    bundle->signatures = (const BundleSignature *)(const void *)(at + sizeof header);
    return STATUS_OK;
}

Status bundle_open(Str bytes, Bundle *bundle, const char **why)
{
    BundleHeader header;
    TRY(check_header(bytes, &header, why));
    *bundle = (Bundle){.bytes = bytes,
                       .payload = str_slice(bytes, 0, (size_t)header.payload_len)};
    const SectionEntry *entries =
        (const SectionEntry *)(const void *)(bytes.at + sizeof header);
    TRY(check_sections(bundle, entries, why));
    TRY(check_signature_area(bundle, why));
#define X(id, Type, field)                                                             \
    bundle->field = (const Type *)(const void *)(bytes.at + entries[SECTION_##id].at); \
    bundle->field##_count = entries[SECTION_##id].count;
    BUNDLE_SECTIONS(X)
#undef X
    Status status = crypto_sha256(bundle->payload, &bundle->hash);
    if (status != STATUS_OK)
        return refuse(why, status, "the payload could not be hashed");
    Buf text = buf_fixed(bundle->hash_text, sizeof bundle->hash_text);
    buf_hex(&text, bundle->hash.bytes, sizeof bundle->hash.bytes);
    return STATUS_OK;
}

void bundle_signed_message(const Digest *payload_hash, uint8_t out[BUNDLE_SIGNED_BYTES])
{
    static const char CONTEXT[18] = "proviso-bundle-v1"; // with its NUL
    memcpy(out, CONTEXT, sizeof CONTEXT);
    memcpy(out + sizeof CONTEXT, payload_hash->bytes, DIGEST_SIZE);
}

Status bundle_check_signature(const Bundle *bundle, const PublicKey *key,
                              bool *is_signed)
{
    KeyId id;
    uint8_t message[BUNDLE_SIGNED_BYTES];
    TRY(crypto_key_id(key, &id));
    bundle_signed_message(&bundle->hash, message);
    *is_signed = false;
    for (uint32_t i = 0; i < bundle->signature_count; i++) {
        const BundleSignature *from = &bundle->signatures[i];
        if (memcmp(from->key_id, id.bytes, sizeof id.bytes) != 0)
            continue;
        Signature signature;
        memcpy(signature.bytes, from->signature, sizeof signature.bytes);
        Status status = crypto_verify(key, (Str){(const char *)message, sizeof message},
                                      &signature);
        if (status == STATUS_OK)
            *is_signed = true;
        else if (status != STATUS_SIGNATURE)
            return status;
    }
    return STATUS_OK;
}

uint32_t bundle_intern(const Bundle *bundle, Str text)
{
    uint32_t mask = bundle->intern_count - 1;
    uint32_t at = (uint32_t)str_hash_plain(text, bundle->meta->intern_key) & mask;
    while (bundle->intern[at] != NONE) {
        if (str_eq(bundle_string(bundle, bundle->intern[at]), text))
            return bundle->intern[at];
        at = (at + 1) & mask;
    }
    return NONE;
}

// Binary search in records of `stride` words whose word `word` ascends. What is
// compared decides no branch: a wrong guess costs more than a step.
static uint32_t find_sorted(const uint32_t *words, uint32_t count, size_t stride,
                            uint32_t wanted)
{
    const uint32_t *low = words;
    for (uint32_t left = count; left > 1; left -= left / 2) {
        const uint32_t *middle = low + left / 2 * stride;
        low = *middle <= wanted ? middle : low;
    }
    return count > 0 && *low == wanted ? (uint32_t)((size_t)(low - words) / stride)
                                       : NONE;
}

bool bundle_list_has(const Bundle *bundle, List list, uint32_t number)
{
    return find_sorted(bundle->lists + list.first, list.count, 1, number) != NONE;
}

#define STRIDE(Type) (sizeof(Type) / sizeof(uint32_t))

uint32_t bundle_find_agent(const Bundle *bundle, uint32_t id)
{
    _Static_assert(offsetof(BundleAgent, id) == 0, "sorted by its first word");
    return find_sorted((const uint32_t *)bundle->agents, bundle->agents_count,
                       STRIDE(BundleAgent), id);
}

uint32_t bundle_find_audience(const Bundle *bundle, uint32_t uri)
{
    const uint32_t *uris = (const uint32_t *)bundle->audiences +
                           offsetof(BundleAudience, uri) / sizeof(uint32_t);
    return find_sorted(uris, bundle->audiences_count, STRIDE(BundleAudience), uri);
}

uint32_t bundle_find_tool(const Bundle *bundle, uint32_t family, uint32_t name)
{
    _Static_assert(offsetof(BundleTool, name) == 0, "sorted by its first word");
    _Static_assert(sizeof(BundleTool) % sizeof(uint32_t) == 0, "whole words");
    const BundleFamily *of = &bundle->families[family];
    uint32_t found = find_sorted((const uint32_t *)(bundle->tools + of->tool),
                                 of->tool_count, STRIDE(BundleTool), name);
    return found == NONE ? NONE : of->tool + found;
}

uint32_t bundle_find_full_tool(const Bundle *bundle, Str uri, Str full)
{
    uint32_t at = bundle_intern(bundle, uri);
    uint32_t audience = at == NONE ? NONE : bundle_find_audience(bundle, at);
    if (audience == NONE)
        return NONE;
    uint32_t family = bundle->audiences[audience].family;
    Str prefix = bundle_string(bundle, bundle->families[family].name);
    if (!str_starts(full, prefix) || full.len <= prefix.len ||
        full.at[prefix.len] != '.')
        return NONE;
    uint32_t name = bundle_intern(bundle, str_slice(full, prefix.len + 1, full.len));
    return name == NONE ? NONE : bundle_find_tool(bundle, family, name);
}

uint32_t bundle_find_member(const Bundle *bundle, uint32_t id)
{
    _Static_assert(offsetof(BundleMember, id) == 0, "sorted by its first word");
    return find_sorted((const uint32_t *)bundle->members, bundle->members_count,
                       STRIDE(BundleMember), id);
}

uint32_t bundle_find_gateway(const Bundle *bundle, Str name)
{
    for (uint32_t i = 0; i < bundle->gateways_count; i++)
        if (str_eq(bundle_string(bundle, bundle->gateways[i].name), name))
            return i;
    return NONE;
}

uint32_t bundle_find_issuer(const Bundle *bundle, Str uri)
{
    for (uint32_t i = 0; i < bundle->issuers_count; i++)
        if (str_eq(bundle_string(bundle, bundle->issuers[i].uri), uri))
            return i;
    return NONE;
}

uint32_t bundle_find_intent(const Bundle *bundle, uint32_t name)
{
    for (uint32_t i = 0; i < bundle->intents_count; i++)
        if (bundle->intents[i].name == name)
            return i;
    return NONE;
}

uint32_t bundle_find_group(const Bundle *bundle, uint32_t name)
{
    for (uint32_t i = 0; i < bundle->groups_count; i++)
        if (bundle->groups[i].name == name)
            return i;
    return NONE;
}
