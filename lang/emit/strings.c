// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/strings.h"

#include <stdlib.h>
#include <string.h>

#include "lang/emit/memory.h"
#include "lang/emit/tables.h"
#include "lang/emit/values.h"

enum { INTERN_TRIES = 8, INTERN_GOOD = 8 };
#define INTERN_FACTOR UINT64_C(0x9e3779b97f4a7c15) // 2^64 by the golden ratio

void string_want_interned(Emitter *emitter, Str text)
{
    uint32_t *is_interned = map_insert(&emitter->strings, text, 1, NULL);
    *is_interned = 1;
}

void string_want(Emitter *emitter, Str text)
{
    map_insert(&emitter->strings, text, 0, NULL);
}

uint32_t string_number(const Emitter *emitter, Str text)
{
    const uint32_t *number = map_find(&emitter->strings, text);
    CHECK(number != NULL);
    return *number;
}

uint32_t string_number_or_none(const Emitter *emitter, Str text)
{
    return text.len == 0 ? NONE : string_number(emitter, text);
}

List string_list(Emitter *emitter, const Str *texts, uint32_t count)
{
    uint32_t *numbers = ARENA_ARRAY(emitter->arena, count, uint32_t);
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = string_number(emitter, texts[i]);
    return list_add_sorted(emitter, numbers, count);
}

// ---- collecting ----

static void want_all_interned(Emitter *emitter, const Str *texts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        string_want_interned(emitter, texts[i]);
}

static void want_if_any(Emitter *emitter, Str text)
{
    if (text.len > 0)
        string_want_interned(emitter, text);
}

static void want_const(Emitter *emitter, const Const *value)
{
    if (type_kind(value->type) == KIND_STRING)
        string_want_interned(emitter, value->text);
    for (uint32_t i = 0; i < value->count; i++)
        want_const(emitter, &value->items[i]);
}

void strings_collect_expr(Emitter *emitter, const Expr *expr)
{
    if (expr == NULL)
        return;
    if (expr->op == IR_CONST)
        want_const(emitter, expr->value);
    for (uint32_t i = 0; i < expr->arg_count; i++)
        strings_collect_expr(emitter, expr->args[i]);
}

// The names and values that a request is held against because of its type alone.
static void want_type(Emitter *emitter, const Type *type)
{
    want_all_interned(emitter, type->values, type->value_count);
    if (type->element != NULL)
        want_type(emitter, type->element);
    for (uint32_t i = 0; i < type->field_count; i++) {
        want_if_any(emitter, type->fields[i].name);
        want_type(emitter, type->fields[i].type);
    }
}

static void want_schema(Emitter *emitter, const Schema *schema)
{
    if (schema == NULL)
        return;
    want_schema(emitter, schema->element);
    for (uint32_t i = 0; i < schema->field_count; i++) {
        string_want_interned(emitter, schema->fields[i].name);
        want_schema(emitter, schema->fields[i].schema);
    }
    for (uint32_t i = 0; i < schema->value_count; i++)
        want_const(emitter, &schema->values[i]);
}

static void want_slots(Emitter *emitter, const Program *program)
{
    for (uint32_t i = 0; i < program->slot_count; i++) {
        string_want(emitter, program->slots[i].name);
        string_want_interned(emitter, program->slots[i].field);
        if (program->slots[i].flags & SLOT_FROM_REQUEST)
            want_type(emitter, program->slots[i].type);
    }
}

static void want_groups_and_agents(Emitter *emitter, const Program *program)
{
    for (uint32_t i = 0; i < program->group_count; i++) {
        string_want_interned(emitter, program->groups[i].name);
        want_all_interned(emitter, program->groups[i].users,
                          program->groups[i].user_count);
    }
    for (uint32_t i = 0; i < program->agent_count; i++) {
        const Agent *agent = &program->agents[i];
        string_want(emitter, agent->name);
        string_want_interned(emitter, agent->id);
        want_if_any(emitter, agent->tenant);
        want_if_any(emitter, agent->client);
        want_all_interned(emitter, agent->tags, agent->tag_count);
    }
}

static void want_places(Emitter *emitter, const Program *program)
{
    for (uint32_t i = 0; i < program->issuer_count; i++) {
        string_want(emitter, program->issuers[i].name);
        string_want_interned(emitter, program->issuers[i].uri);
    }
    for (uint32_t i = 0; i < program->gateway_count; i++) {
        string_want_interned(emitter, program->gateways[i].name);
        string_want_interned(emitter, program->gateways[i].uri);
    }
    for (uint32_t i = 0; i < program->family_count; i++)
        string_want(emitter, program->families[i].name);
    for (uint32_t i = 0; i < program->audience_count; i++) {
        string_want(emitter, program->audiences[i].name);
        string_want_interned(emitter, program->audiences[i].uri);
        want_if_any(emitter, program->audiences[i].tenant);
    }
}

static void want_tools(Emitter *emitter, const Program *program)
{
    for (uint32_t i = 0; i < program->tool_count; i++) {
        const Tool *tool = &program->tools[i];
        string_want_interned(emitter, tool->name);
        if (tool->scope_count == 0)
            string_want_interned(emitter, tool->full);
        string_want(emitter, tool->full);
        want_schema(emitter, tool->args);
        want_all_interned(emitter, tool->scope, tool->scope_count);
        want_all_interned(emitter, tool->tags, tool->tag_count);
        if (tool->result != NULL)
            want_schema(emitter, tool->result);
    }
}

static void want_intents(Emitter *emitter, const Program *program)
{
    for (uint32_t i = 0; i < program->intent_count; i++) {
        const Intent *intent = &program->intents[i];
        string_want_interned(emitter, intent->name);
        want_schema(emitter, intent->params);
        for (uint32_t k = 0; k < intent->agent_count; k++)
            want_if_any(emitter, intent->agents[k].text);
        for (uint32_t k = 0; k < intent->user_count; k++)
            want_if_any(emitter, intent->users[k].text);
    }
}

static void want_table(Emitter *emitter, const Table *table)
{
    string_want(emitter, table->name);
    want_schema(emitter, table->row);
    for (uint32_t i = 0; i < table->column_count; i++)
        string_want(emitter, table->columns[i].name);
    for (uint32_t i = 0; i < table->row_count * table->column_count; i++) {
        if (table->cells[i] == NULL)
            continue;
        if (table->columns[i % table->column_count].is_nocase) {
            Const folded = const_folded(emitter, table->cells[i]);
            want_const(emitter, &folded);
        } else {
            want_const(emitter, table->cells[i]);
        }
    }
}

static void want_head(Emitter *emitter, const Head *head)
{
    for (uint32_t i = 0; i < head->count; i++)
        want_if_any(emitter, head->terms[i].atom.text);
}

static void want_rule(Emitter *emitter, const Rule *rule)
{
    string_want(emitter, rule->name);
    for (uint32_t i = 0; i < rule->head_count; i++)
        want_head(emitter, &rule->heads[i]);
    for (uint32_t i = 0; i < rule->condition_count; i++)
        strings_collect_expr(emitter, rule->conditions[i].expr);
    strings_collect_expr(emitter, rule->across_agent);
    strings_collect_expr(emitter, rule->across_user);
    strings_collect_expr(emitter, rule->across_audience);
    want_all_interned(emitter, rule->token.scope, rule->token.scope_count);
    want_all_interned(emitter, rule->token.audience, rule->token.audience_count);
    want_all_interned(emitter, rule->token.free, rule->token.free_count);
    want_if_any(emitter, rule->token.tenant);
    if (rule->because.len > 0)
        string_want(emitter, rule->because);
    if (rule->doc.len > 0)
        string_want(emitter, rule->doc);
    for (uint32_t i = 0; i < rule->control_count; i++)
        string_want(emitter, rule->controls[i]);
}

static void want_memo(Emitter *emitter, const Memo *memo)
{
    strings_collect_expr(emitter, memo->value);
    for (uint32_t i = 0; i < memo->tool_count; i++)
        strings_collect_expr(emitter, memo->tools[i].value);
}

void strings_collect(Emitter *emitter)
{
    const Program *program = emitter->program;
    string_want(emitter, program->package);
    string_want(emitter, emitter->options->compiler);
    want_slots(emitter, program);
    want_groups_and_agents(emitter, program);
    want_places(emitter, program);
    want_tools(emitter, program);
    want_intents(emitter, program);
    want_all_interned(emitter, program->acrs, program->acr_count);
    for (uint32_t i = 0; i < program->table_count; i++)
        want_table(emitter, &program->tables[i]);
    for (uint32_t i = 0; i < program->memo_count; i++)
        want_memo(emitter, &program->memos[i]);
    memory_collect(emitter);
    tables_collect(emitter);
    for (uint32_t i = 0; i < program->rule_count; i++)
        want_rule(emitter, &program->rules[i]);
}

// ---- numbering ----

typedef struct Text {
    Str text;
    uint32_t *number; // in the map
    bool is_interned;
} Text;

static int compare_texts(const void *left, const void *right)
{
    const Text *a = left;
    const Text *b = right;
    if (a->is_interned != b->is_interned)
        return a->is_interned ? -1 : 1;
    return str_compare(a->text, b->text);
}

// Fills the table under a key. The longest probe.
static uint32_t fill_intern(const Text *texts, uint32_t count, const uint64_t key[2],
                            uint32_t *slots, uint32_t size)
{
    uint32_t longest = 0;
    memset(slots, 0xff, (size_t)size * sizeof *slots);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (uint32_t)str_hash_plain(texts[i].text, key) & (size - 1);
        uint32_t probe = 1;
        for (; slots[at] != NONE; probe++)
            at = (at + 1) & (size - 1);
        slots[at] = i;
        longest = probe > longest ? probe : longest;
    }
    return longest;
}

// Of a few keys the one under which the longest probe is shortest.
static void write_intern(Emitter *emitter, const Text *texts)
{
    uint32_t size = 2;
    while (size < emitter->interned * 2)
        size *= 2;
    records_reserve(emitter, SECTION_INTERN, size);
    uint32_t *slots = record_at(emitter, SECTION_INTERN, 0);
    uint64_t key[2] = {0x70726f7669736f31, 0};
    uint64_t best = INTERN_FACTOR;
    uint32_t shortest = NONE;
    for (uint64_t i = 0; i < INTERN_TRIES && shortest > INTERN_GOOD; i++) {
        key[1] = INTERN_FACTOR + 2 * i;
        uint32_t longest = fill_intern(texts, emitter->interned, key, slots, size);
        if (longest >= shortest)
            continue;
        shortest = longest;
        best = key[1];
    }
    key[1] = best;
    fill_intern(texts, emitter->interned, key, slots, size);
    BundleMeta *meta = record_at(emitter, SECTION_META, 0);
    memcpy(meta->intern_key, key, sizeof meta->intern_key);
}

static void write_texts(Emitter *emitter, const Text *texts, uint32_t count)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        bytes += texts[i].text.len;
    if (bytes > MAX_BUNDLE_BYTES) {
        emitter_limit(emitter, "bytes of text", bytes, MAX_BUNDLE_BYTES, (Span){0, 0});
        return;
    }
    records_reserve(emitter, SECTION_STRING_ENDS, count);
    records_reserve(emitter, SECTION_STRING_BYTES, (uint32_t)bytes);
    if (bytes == 0)
        return;
    uint32_t *ends = record_at(emitter, SECTION_STRING_ENDS, 0);
    char *at = record_at(emitter, SECTION_STRING_BYTES, 0);
    uint32_t end = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (texts[i].text.len > 0)
            memcpy(at + end, texts[i].text.at, texts[i].text.len);
        end += (uint32_t)texts[i].text.len;
        ends[i] = end;
    }
}

void strings_number(Emitter *emitter)
{
    uint32_t count = emitter->strings.count;
    Text *texts = ARENA_ARRAY(emitter->arena, count, Text);
    for (uint32_t i = 0; i < count; i++) {
        const MapEntry *entry = map_at(&emitter->strings, i);
        texts[i] = (Text){entry->key, map_find(&emitter->strings, entry->key),
                          entry->value != 0};
        emitter->interned += texts[i].is_interned;
    }
    qsort(texts, count, sizeof *texts, compare_texts);
    for (uint32_t i = 0; i < count; i++)
        *texts[i].number = i;
    write_texts(emitter, texts, count);
    write_intern(emitter, texts);
    ((BundleMeta *)record_at(emitter, SECTION_META, 0))->interned = emitter->interned;
}
