// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/emit.h"

#include <stdlib.h>
#include <string.h>

#include "engine/bytecode/cost.h"
#include "lang/emit/dispatch.h"
#include "lang/emit/emitter.h"
#include "lang/emit/head.h"
#include "lang/emit/memory.h"
#include "lang/emit/parties.h"
#include "lang/emit/plan.h"
#include "lang/emit/rules.h"
#include "lang/emit/schema.h"
#include "lang/emit/strings.h"
#include "lang/emit/tables.h"
#include "lang/emit/values.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "bundles are little-endian, and records are written as they lie in memory"
#endif

EmitOptions emit_defaults(void)
{
    return (EmitOptions){
        .has_families = true, .has_equal_dims = true, .has_two_values = true};
}

// ---- META ----

static int compare_sources(const void *left, const void *right)
{
    const Source *const *a = left;
    const Source *const *b = right;
    return str_compare((*a)->path, (*b)->path);
}

// The source files in the order of their names, whatever the order of loading.
static const Source **order_sources(const Emitter *emitter, uint32_t *count)
{
    const Sources *sources = emitter->options->sources;
    *count = sources == NULL ? 0 : sources->count;
    const Source **order = ARENA_ARRAY(emitter->arena, *count, const Source *);
    for (uint32_t i = 0; i < *count; i++)
        order[i] = sources->items[i];
    qsort(order, *count, sizeof *order, compare_sources);
    return order;
}

static void collect_sources(Emitter *emitter)
{
    uint32_t count;
    const Source **order = order_sources(emitter, &count);
    emitter->sources = ARENA_ARRAY(emitter->arena, count, uint32_t);
    for (uint32_t i = 0; i < count; i++) {
        emitter->sources[order[i]->number] = i;
        string_want(emitter, order[i]->path);
    }
}

static List write_sources(Emitter *emitter)
{
    uint32_t count;
    const Source **order = order_sources(emitter, &count);
    uint32_t *names = ARENA_ARRAY(emitter->arena, count, uint32_t);
    for (uint32_t i = 0; i < count; i++)
        names[i] = string_number(emitter, order[i]->path);
    return emit_list_add(emitter, names, count);
}

static void write_meta(Emitter *emitter)
{
    List sources = write_sources(emitter);
    BundleMeta *meta = record_at(emitter, SECTION_META, 0);
    memcpy(meta->source_hash, emitter->options->source_hash, sizeof meta->source_hash);
    meta->package = string_number(emitter, emitter->program->package);
    meta->compiler = string_number(emitter, emitter->options->compiler);
    meta->users_table = emitter->program->users_table;
    meta->sources = sources.first;
    meta->source_count = sources.count;
}

// The sections as the engine sees them.
static Bundle view_sections(const Emitter *emitter)
{
    Bundle bundle = {0};
#define X(id, Type, field)                                                             \
    bundle.field = (const Type *)(const void *)emitter->sections[SECTION_##id].at;     \
    bundle.field##_count = emitter->sections[SECTION_##id].count;
    BUNDLE_SECTIONS(X)
#undef X
    return bundle;
}

static void report_cost(Emitter *emitter, DecisionCost cost)
{
    const Program *program = emitter->program;
    uint32_t tool = 0;
    while (emitter->tools[tool] != cost.tool)
        tool++;
    Str what = arena_format(emitter->arena, "steps of a decision about `%.*s` at worst",
                            STR_ARG(program->tools[tool].full));
    emitter_limit(emitter, what.at, cost.steps, MAX_DECISION_COST,
                  program->tools[tool].span);
}

static void write_cost(Emitter *emitter)
{
    Bundle bundle = view_sections(emitter);
    BundleMeta *meta = record_at(emitter, SECTION_META, 0);
    DecisionCost cost;
    if (!cost_of_decision(&bundle, emitter->arena, &cost))
        arena_array(emitter->arena, SIZE_MAX, 2); // unwinds, as all allocation here
    meta->cost = cost.steps;
    if (cost.steps > MAX_DECISION_COST)
        report_cost(emitter, cost);
}

// ---- the file ----

static uint64_t aligned(uint64_t at)
{
    return (at + 7) / 8 * 8;
}

// Where the sections start; the length of the payload.
static uint64_t place_sections(const Emitter *emitter, SectionEntry *entries)
{
    uint64_t at = sizeof(BundleHeader) + SECTION_COUNT * sizeof(SectionEntry);
    for (uint32_t i = 0; i < SECTION_COUNT; i++) {
        const Records *records = &emitter->sections[i];
        at = aligned(at);
        entries[i] = (SectionEntry){.id = i, .count = records->count, .at = at};
        at += (uint64_t)records->count * records->size;
    }
    return aligned(at);
}

static void write_file(Emitter *emitter, Buf *out)
{
    SectionEntry entries[SECTION_COUNT];
    uint64_t payload = place_sections(emitter, entries);
    if (payload + sizeof(SignatureHeader) > MAX_BUNDLE_BYTES) {
        emitter_limit(emitter, "bytes of the bundle", payload, MAX_BUNDLE_BYTES,
                      (Span){0, 0});
        return;
    }
    BundleHeader header = {.magic = BUNDLE_MAGIC,
                           .version = BUNDLE_VERSION,
                           .payload_len = payload,
                           .section_count = SECTION_COUNT};
    size_t start = out->len;
    buf_bytes(out, &header, sizeof header);
    buf_bytes(out, entries, sizeof entries);
    for (uint32_t i = 0; i < SECTION_COUNT; i++) {
        const Records *records = &emitter->sections[i];
        buf_fill(out, 0, start + (size_t)entries[i].at - out->len);
        if (records->count > 0)
            buf_bytes(out, records->at, (size_t)records->count * records->size);
    }
    buf_fill(out, 0, start + (size_t)payload - out->len);
    SignatureHeader signatures = {0};
    buf_bytes(out, &signatures, sizeof signatures);
}

// ---- the order of it all ----

// A rule whose clauses exclude each other has no place in the tables: it is left out.
static Program matching_rules(const Program *program, Arena *arena)
{
    Program kept = *program;
    kept.rule_count = 0;
    while (kept.rule_count < program->rule_count &&
           head_can_match(program, &program->rules[kept.rule_count]))
        kept.rule_count++;
    if (kept.rule_count == program->rule_count)
        return kept;
    kept.rules = ARENA_ARRAY(arena, program->rule_count, Rule);
    kept.rule_count = 0;
    for (uint32_t i = 0; i < program->rule_count; i++)
        if (head_can_match(program, &program->rules[i]))
            kept.rules[kept.rule_count++] = program->rules[i];
    return kept;
}

static void write_all(Emitter *emitter)
{
    types_start(emitter);
    records_reserve(emitter, SECTION_META, 1);
    plan_rules(emitter);
    collect_sources(emitter);
    strings_collect(emitter);
    strings_number(emitter);
    parties_number(emitter);
    memos_number(emitter);
    if (emitter->is_past_limit)
        return;
    write_meta(emitter);
    slots_write(emitter);
    parties_write(emitter);
    tables_write(emitter);
    memory_number_keeps(emitter);
    memos_write(emitter);
    memory_write(emitter);
    rules_write(emitter);
    if (!emitter->is_past_limit)
        dispatch_write(emitter);
    if (!emitter->is_past_limit)
        write_cost(emitter);
}

bool emit_bundle(Arena *arena, Program *program, const EmitOptions *options, Buf *out,
                 EmitLimit *limit)
{
    ir_normalize(program, arena);
    if (program->rule_count > MAX_RULES) {
        *limit = (EmitLimit){"rules", program->rule_count, MAX_RULES, (Span){0, 0}};
        return false;
    }
    Program kept = matching_rules(program, arena);
    Emitter emitter = {
        .arena = arena, .program = &kept, .options = options, .limit = limit};
    emitter_start(&emitter);
    write_all(&emitter);
    if (!emitter.is_past_limit)
        write_file(&emitter, out);
    return !emitter.is_past_limit;
}
