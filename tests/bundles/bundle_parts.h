// SPDX-License-Identifier: Apache-2.0
// bundle_parts: a bundle taken apart into its sections, to be changed and put together
// again. For tests and fuzzers only.
//
// What is put together is a container that bundle_open accepts, whatever stands in the
// sections; it is unsigned.
#ifndef PROVISO_TESTS_BUNDLES_BUNDLE_PARTS_H
#define PROVISO_TESTS_BUNDLES_BUNDLE_PARTS_H

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/bytecode/bundle.h"
#include "lang/lang.h"

typedef struct Part {
    char *at;
    uint32_t count; // records
} Part;

typedef struct Parts {
    Arena *arena;
    Part sections[SECTION_COUNT];
} Parts;

static const uint32_t PART_SIZES[SECTION_COUNT] = {
#define X(id, Type, field) sizeof(Type),
    BUNDLE_SECTIONS(X)
#undef X
};

static inline Parts parts_of(Arena *arena, const Bundle *bundle)
{
    Parts parts = {.arena = arena};
    const struct {
        const void *at;
        uint32_t count;
    } from[SECTION_COUNT] = {
#define X(id, Type, field) {bundle->field, bundle->field##_count},
        BUNDLE_SECTIONS(X)
#undef X
    };
    for (uint32_t i = 0; i < SECTION_COUNT; i++) {
        size_t size = (size_t)from[i].count * PART_SIZES[i];
        parts.sections[i] = (Part){arena_alloc(arena, size + 1), from[i].count};
        memcpy(parts.sections[i].at, from[i].at, size);
    }
    return parts;
}

// So many records: new ones are zero. The section moves.
static inline void part_resize(Parts *parts, Section section, uint32_t count)
{
    Part *part = &parts->sections[section];
    uint32_t kept = count < part->count ? count : part->count;
    size_t size = PART_SIZES[section];
    char *at = arena_alloc(parts->arena, count * size + 1);
    memcpy(at, part->at, kept * size);
    memset(at + kept * size, 0, (count - kept) * size);
    *part = (Part){at, count};
}

static inline void *part_at(const Parts *parts, Section section, uint32_t index)
{
    CHECK(index < parts->sections[section].count);
    return parts->sections[section].at + (size_t)index * PART_SIZES[section];
}

// Appends records; the number of the first.
static inline uint32_t part_add(Parts *parts, Section section, const void *records,
                                uint32_t count)
{
    uint32_t first = parts->sections[section].count;
    part_resize(parts, section, first + count);
    if (count > 0)
        memcpy(part_at(parts, section, first), records,
               (size_t)count * PART_SIZES[section]);
    return first;
}

// The file.
static inline Str parts_join(const Parts *parts)
{
    Buf out = buf_on(parts->arena);
    SectionEntry entries[SECTION_COUNT];
    uint64_t at = sizeof(BundleHeader) + sizeof entries;
    for (uint32_t i = 0; i < SECTION_COUNT; i++) {
        uint64_t size = (uint64_t)parts->sections[i].count * PART_SIZES[i];
        entries[i] = (SectionEntry){i, parts->sections[i].count, at};
        at = (at + size + 7) / 8 * 8;
    }
    BundleHeader header = {.magic = BUNDLE_MAGIC,
                           .version = BUNDLE_VERSION,
                           .payload_len = at,
                           .section_count = SECTION_COUNT};
    buf_bytes(&out, &header, sizeof header);
    buf_bytes(&out, entries, sizeof entries);
    for (uint32_t i = 0; i < SECTION_COUNT; i++) {
        buf_bytes(&out, parts->sections[i].at,
                  (size_t)parts->sections[i].count * PART_SIZES[i]);
        buf_align(&out, 8);
    }
    buf_bytes(&out, &(SignatureHeader){0}, sizeof(SignatureHeader));
    char *aligned = arena_alloc(parts->arena, out.len);
    memcpy(aligned, out.at, out.len);
    return (Str){aligned, out.len};
}

// ---- a bundle in pieces ----

// The bundle with each section in memory of its own, so that a sanitizer sees a number
// past the end of its section. To be freed with bundle_gather.
static inline Bundle bundle_scatter(const Bundle *bundle)
{
    Bundle pieces = *bundle;
#define X(id, Type, field)                                                             \
    do {                                                                               \
        size_t size = bundle->field##_count * sizeof(Type);                            \
        Type *piece = malloc(size == 0 ? 1 : size);                                    \
        CHECK(piece != NULL);                                                          \
        memcpy(piece, bundle->field, size);                                            \
        pieces.field = piece;                                                          \
    } while (0);
    BUNDLE_SECTIONS(X)
#undef X
    return pieces;
}

static inline void bundle_gather(const Bundle *pieces)
{
#define X(id, Type, field) free((void *)(uintptr_t)pieces->field);
    BUNDLE_SECTIONS(X)
#undef X
}

// ---- a policy with something of everything ----

typedef struct SampleFile {
    const char *path, *text;
} SampleFile;

static const SampleFile SAMPLE[] = {
    {"sample.proviso",
     "package test.bundles\n"
     "issuer  okta { uri \"https://acme.okta.example\" }\n"
     "issuer  pages { uri \"https://pages.example\" }\n"
     "gateway edge { uri \"https://edge.acme.example/mcp\"   accepts okta, pages }\n"
     "acr \"pwd\" < \"mfa\"\n"
     "attribute user.level: int\n"
     "attribute context.site: string\n"
     "table customers from \"customers.yaml\" key id {\n"
     "  id: string nocase, tenant: string, tier: string?, credit: decimal, since: "
     "time\n"
     "}\n"
     "table rates from \"rates.yaml\" key country, year {\n"
     "  country: string, year: int, rate: decimal\n"
     "}\n"
     "users from \"users.yaml\" key id {\n"
     "  tenant: string, department: string, roles: list<string>\n"
     "}\n"
     "group staff from \"groups.yaml\"\n"
     "group bosses from \"groups.yaml\"\n"
     "audience crm {\n"
     "  uri    \"https://crm.acme.example/mcp\"\n"
     "  tenant \"acme\"\n"
     "  tool refund(customer: string, amount: decimal, count: int,\n"
     "              region: enum { \"eu\", \"us\" }, tags: list<string>, note: "
     "string?) {\n"
     "    tags  payment, risky\n"
     "    scope \"refunds:create\", \"refunds:READ\"\n"
     "    arg   customer: key of customers\n"
     "    let   cost = args.amount\n"
     "  }\n"
     "  tool lookup(customer: string) {\n"
     "    tags read\n"
     "    arg  customer: key of customers\n"
     "    let  cost = 1.0\n"
     "  }\n"
     "}\n"
     "audience mail {\n"
     "  uri    \"https://mail.acme.example/mcp\"\n"
     "  tenant \"acme\"\n"
     "  tool send(to: string, body: string)\n"
     "}\n"
     "agent bot   { id \"spiffe://acme.example/bot\"   tenant \"acme\"   tags fast, "
     "small }\n"
     "agent clerk { id \"spiffe://acme.example/clerk\" tenant \"acme\" }\n"
     "intent resolve(ticket: string, customer: string) {\n"
     "  agent  bot\n"
     "  user   staff\n"
     "  tools  crm.refund, crm.lookup\n"
     "  within 15m\n"
     "}\n"
     "permit refund {\n"
     "  agent  bot\n"
     "  user   staff\n"
     "  intent resolve\n"
     "  tool   crm.refund\n"
     "  when   args.customer == intent.customer and\n"
     "         args.amount <= customers[args.customer].credit\n"
     "  when   args.region in {\"eu\", \"us\"} and tool.cost < 1000.0\n"
     "  when   all tag in args.tags: tag like \"t*\"\n"
     "  token  { ttl 30s, uses 2, free {note, tags} }\n"
     "}\n"
     "permit look {\n"
     "  agent  bot, clerk\n"
     "  intent resolve, none\n"
     "  tool   crm.lookup\n"
     "  across user \"acme\"\n"
     "  because \"looking is harmless\"\n"
     "  control \"OWASP-ASI01\"\n"
     "}\n"
     "permit send {\n"
     "  agent  @fast\n"
     "  intent none\n"
     "  tool   mail.send\n"
     "  when   email.domain(args.to) == \"acme.example\" and user.level >= 2\n"
     "  unless \"intern\" in user.roles\n"
     "}\n"
     "forbid far {\n"
     "  tool @risky\n"
     "  when user.department == \"interns\"\n"
     "}\n"
     "forbid dear {\n"
     "  audience crm\n"
     "  when tool.cost > 500.0 and context.ip in 10.0.0.0/8\n"
     "}\n"
     "forbid busy {\n"
     "  audience crm\n"
     "  when tool.cost > 500.0 and any actor in chain: actor.id == \"x\"\n"
     "}\n"
     "limit brief {\n"
     "  tool    crm.refund\n"
     "  when    args.count > 3\n"
     "  require acr \"mfa\" within 5m\n"
     "  require attested\n"
     "  token   { ttl 15s, sender mtls }\n"
     "}\n"},
    {"customers.yaml",
     "- { id: C-1, tenant: acme, tier: gold, credit: 100.50, since: "
     "\"2026-01-01T00:00:00Z\" }\n"
     "- { id: C-2, tenant: acme, credit: 10, since: \"2026-01-02T00:00:00Z\" }\n"
     "- { id: C-3, tenant: beta, credit: 0, since: \"2026-01-03T00:00:00Z\" }\n"},
    {"rates.yaml", "- { country: de, year: 2026, rate: 0.5 }\n"
                   "- { country: fr, year: 2026, rate: 0.25 }\n"},
    {"users.yaml",
     "- { id: u-1, tenant: acme, department: sales, roles: [a, b] }\n"
     "- { id: u-7, tenant: acme, department: interns, roles: [intern] }\n"},
    {"groups.yaml", "staff: [u-1, u-7]\nbosses: [u-1]\n"},
};

// A policy with all that is remembered: labels, what calls yield and what is kept of
// them, patterns, budgets, approvals, consents, sub-tasks, rules on results.
static const SampleFile MEMORY_SAMPLE[] = {
    {"memory.proviso",
     "package test.memory\n"
     "issuer  okta { uri \"https://acme.okta.example\" }\n"
     "gateway edge { uri \"https://edge.acme.example/mcp\"   accepts okta }\n"
     "label private\n"
     "label untrusted sticky\n"
     "label author { guest < staff }\n"
     "group bosses from \"groups.yaml\"\n"
     "audience crm {\n"
     "  uri \"https://crm.acme.example/mcp\"\n"
     "  tool get(id: string, part: string?) returns { total: decimal, rows: list<{ id: "
     "string, note: string }> } {\n"
     "    tags   read\n"
     "    yields private\n"
     "  }\n"
     "  tool find(text: string) returns { total: decimal } {\n"
     "    yields author guest when result.total > 10.0\n"
     "  }\n"
     "  tool pay(id: string, payee: string, amount: decimal) returns { paid: decimal "
     "}\n"
     "  tool send(to: string, text: string)\n"
     "}\n"
     "agent bot { id \"spiffe://acme.example/bot\" }\n"
     "intent resolve(ticket: string) {\n"
     "  agent     bot\n"
     "  tools     crm.get, crm.find, crm.pay, crm.send\n"
     "  within    1h\n"
     "  depth     1\n"
     "  delegates look when child.ticket == intent.ticket\n"
     "  inherits labels for 2h\n"
     "}\n"
     "intent look(ticket: string) {\n"
     "  under resolve\n"
     "  tools crm.get, crm.find\n"
     "}\n"
     "budget payments { at most 1000.00 per user and agent per 24h }\n"
     "permit read { intent resolve, look   tool crm.get, crm.find }\n"
     "permit pay {\n"
     "  intent  resolve\n"
     "  tool    crm.pay\n"
     "  when    task called crm.get(id == args.id, result.total >= args.amount)\n"
     "  when    user called crm.get(any row in result.rows: row.id == args.payee) last "
     "1h\n"
     "  require 2 approvals from bosses within 10m\n"
     "  require consent to args within 1h\n"
     "  at most 3 distinct (args.id, args.payee) per task and args.payee per 1h\n"
     "  spend   args.amount of payments settle result.paid\n"
     "}\n"
     "permit send {\n"
     "  intent resolve\n"
     "  tool   crm.send\n"
     "  unless (task has private and task.author < staff) or task called crm.get(.at > "
     "context.now - 5m)\n"
     "}\n"
     "forbid loud on result {\n"
     "  tool crm.get\n"
     "  when any row in result.rows: row.note == \"x\"\n"
     "}\n"},
    {"groups.yaml", "bosses: [u-1, u-2]\n"},
};

typedef struct SampleFiles {
    const SampleFile *at;
    size_t count;
} SampleFiles;

static inline Status sample_read(void *context, Arena *arena, Str path, Str *text)
{
    const SampleFiles *files = context;
    for (size_t i = 0; i < files->count; i++) {
        if (!str_eq(path, str_from_c(files->at[i].path)))
            continue;
        *text = arena_str(arena, str_from_c(files->at[i].text));
        return STATUS_OK;
    }
    return STATUS_NOT_FOUND;
}

// The bundle that the compiler makes of the files, in memory of the arena.
static inline Bundle sample_compile(Arena *arena, SampleFiles files)
{
    const Str path = str_from_c(files.at[0].path);
    LangInput input = {.paths = &path,
                       .count = 1,
                       .read = sample_read,
                       .context = &files,
                       .compiler = STR("proviso test"),
                       .is_build = true};
    LangOutput output;
    Bundle bundle;
    const char *why;
    CHECK(lang_compile(arena, &input, &output) == STATUS_OK);
    CHECK(!diags_has_errors(&output.diags));
    CHECK(bundle_open(buf_view(&output.bundle), &bundle, &why) == STATUS_OK);
    return bundle;
}

static inline Bundle sample_bundle(Arena *arena)
{
    return sample_compile(arena,
                          (SampleFiles){SAMPLE, sizeof SAMPLE / sizeof SAMPLE[0]});
}

static inline Bundle memory_bundle(Arena *arena)
{
    return sample_compile(
        arena,
        (SampleFiles){MEMORY_SAMPLE, sizeof MEMORY_SAMPLE / sizeof MEMORY_SAMPLE[0]});
}

#endif
