// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/memory.h"

#include "engine/base/crypto.h"
#include "lang/emit/rules.h"
#include "lang/emit/strings.h"
#include "lang/emit/values.h"

static bool is_kept(const Tool *tool)
{
    return tool->is_kept_in_task || tool->user_past > 0 || tool->agent_past > 0;
}

// A type as values of it are packed: fields of records that are not kept by "-".
static void put_type(Buf *text, const Type *type, uint64_t fields)
{
    if (type_kind(type) == KIND_LIST) {
        buf_c(text, "list<");
        put_type(text, type->element, fields);
        buf_char(text, '>');
        return;
    }
    if (type_kind(type) != KIND_RECORD) {
        type_format(text, type->bare);
        return;
    }
    for (uint32_t i = 0; i < type->field_count; i++) {
        buf_c(text, i == 0 ? "{" : ", ");
        if (i < KEEP_FIELDS && !(fields >> i & 1)) {
            buf_char(text, '-');
            continue;
        }
        buf_printf(text, "%.*s: ", STR_ARG(type->fields[i].name));
        put_type(text, type->fields[i].type, UINT64_MAX);
    }
    buf_char(text, '}');
}

// A text that is too long for a name of the state: its hash stands for what is in
// brackets.
static Str shortened(Emitter *emitter, const Tool *tool, Str text)
{
    Digest digest;
    CHECK(crypto_sha256(text, &digest) == STATUS_OK);
    Buf out = buf_on(emitter->arena);
    buf_printf(&out, "%.*s(", STR_ARG(tool->full));
    for (size_t i = 0; i < sizeof digest.bytes; i++)
        buf_printf(&out, "%02x", digest.bytes[i]);
    buf_char(&out, ')');
    return buf_view(&out);
}

// By what the state knows what is kept of a tool's calls: a bundle that keeps the same
// can read it. "crm.get_order(args.order: string, result.lines: list<{id: string, -}>)"
static Str layout_of(Emitter *emitter, const Tool *tool)
{
    Buf text = buf_on(emitter->arena);
    buf_printf(&text, "%.*s(", STR_ARG(tool->full));
    for (uint32_t i = 0; i < tool->keep_count; i++) {
        buf_c(&text, i > 0 ? ", " : "");
        ir_format(&text, emitter->program, tool->keeps[i].value);
        buf_c(&text, ": ");
        put_type(&text, tool->keeps[i].value->type, tool->keeps[i].fields);
    }
    buf_char(&text, ')');
    return text.len > MAX_REMEMBERED_NAME ? shortened(emitter, tool, buf_view(&text))
                                          : buf_view(&text);
}

// ---- texts ----

static void collect_budget(Emitter *emitter, const PolicyBudget *budget)
{
    string_want(emitter, budget->name);
    strings_collect_expr(emitter, budget->most);
    for (uint32_t i = 0; i < budget->key_count; i++)
        strings_collect_expr(emitter, budget->keys[i]);
    for (uint32_t i = 0; i < budget->distinct_count; i++)
        strings_collect_expr(emitter, budget->distinct[i]);
}

void memory_collect(Emitter *emitter)
{
    const Program *program = emitter->program;
    for (uint32_t i = 0; i < program->label_count; i++)
        string_want(emitter, program->labels[i].name);
    for (uint32_t i = 0; i < program->tool_count; i++) {
        const Tool *tool = &program->tools[i];
        if (is_kept(tool))
            string_want(emitter, layout_of(emitter, tool));
        for (uint32_t k = 0; k < tool->yield_count; k++)
            strings_collect_expr(emitter, tool->yields[k].when);
        for (uint32_t k = 0; k < tool->keep_count; k++)
            strings_collect_expr(emitter, tool->keeps[k].value);
    }
    for (uint32_t i = 0; i < program->budget_count; i++)
        collect_budget(emitter, &program->budgets[i]);
    for (uint32_t i = 0; i < program->intent_count; i++)
        for (uint32_t k = 0; k < program->intents[i].delegate_count; k++)
            strings_collect_expr(emitter, program->intents[i].delegates[k].when);
}

// ---- computed values ----

static uint32_t share_compute(Emitter *emitter, const Expr *expr)
{
    if (expr == NULL)
        return NONE;
    BundleCompute made = {0};
    made.function = function_write(emitter, expr, &made.row);
    return record_share(emitter, SECTION_COMPUTES, &made);
}

static List share_computes(Emitter *emitter, Expr **exprs, uint32_t count)
{
    uint32_t *numbers = ARENA_ARRAY(emitter->arena, count, uint32_t);
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = share_compute(emitter, exprs[i]);
    return emit_list_add(emitter, numbers, count);
}

// ---- tools ----

void memory_number_keeps(Emitter *emitter)
{
    const Program *program = emitter->program;
    for (uint32_t i = 0; i < program->tool_count; i++) {
        uint32_t count = program->tools[i].keep_count;
        uint32_t first = records_reserve(emitter, SECTION_KEEPS, count);
        BundleTool *tool = record_at(emitter, SECTION_TOOLS, emitter->tools[i]);
        tool->keep = first;
        tool->keep_count = count;
        for (uint32_t k = 0; k < count; k++) {
            const Keep *keep = &program->tools[i].keeps[k];
            BundleKeep made = {.type = type_number(emitter, keep->value->type),
                               .flags = keep->is_after ? KEEP_AFTER : 0,
                               .fields = keep->fields};
            *(BundleKeep *)record_at(emitter, SECTION_KEEPS, first + k) = made;
        }
    }
}

uint32_t memory_keep_of(Emitter *emitter, uint32_t tool)
{
    const BundleTool *made = record_at(emitter, SECTION_TOOLS, emitter->tools[tool]);
    return made->keep;
}

static void write_keeps(Emitter *emitter, const Tool *tool, uint32_t first)
{
    for (uint32_t i = 0; i < tool->keep_count; i++) {
        uint32_t compute = share_compute(emitter, tool->keeps[i].value);
        ((BundleKeep *)record_at(emitter, SECTION_KEEPS, first + i))->compute = compute;
    }
}

static uint32_t write_yields(Emitter *emitter, const Tool *tool)
{
    uint32_t first = record_count(emitter, SECTION_YIELDS);
    for (uint32_t i = 0; i < tool->yield_count; i++) {
        BundleYield made = {.label = tool->yields[i].label,
                            .when = share_compute(emitter, tool->yields[i].when),
                            .flags = tool->yields[i].is_after ? YIELD_AFTER : 0};
        record_add(emitter, SECTION_YIELDS, &made);
    }
    return first;
}

static bool decides_after(const Tool *tool)
{
    for (uint32_t i = 0; i < tool->yield_count; i++)
        if (tool->yields[i].is_after)
            return true;
    for (uint32_t i = 0; i < tool->keep_count; i++)
        if (tool->keeps[i].is_after)
            return true;
    return false;
}

static void write_tool(Emitter *emitter, uint32_t number)
{
    const Tool *tool = &emitter->program->tools[number];
    write_keeps(emitter, tool, memory_keep_of(emitter, number));
    uint32_t yield = write_yields(emitter, tool);
    BundleTool *made = record_at(emitter, SECTION_TOOLS, emitter->tools[number]);
    made->yield = yield;
    made->yield_count = tool->yield_count;
    made->layout =
        is_kept(tool) ? string_number(emitter, layout_of(emitter, tool)) : NONE;
    made->user_past = tool->user_past;
    made->agent_past = tool->agent_past;
    if (tool->is_kept_in_task)
        made->flags |= TOOL_KEPT_IN_TASK;
    if (decides_after(tool))
        made->flags |= TOOL_AFTER;
}

// ---- budgets and sub-tasks ----

static void write_budget(Emitter *emitter, const PolicyBudget *budget)
{
    BundleBudget made = {
        .name = string_number(emitter, budget->name),
        .kind = budget->kind,
        .per = budget->per,
        .most = share_compute(emitter, budget->most),
        .keys = share_computes(emitter, budget->keys, budget->key_count),
        .window = budget->window,
        .distinct = share_computes(emitter, budget->distinct, budget->distinct_count)};
    record_add(emitter, SECTION_BUDGETS, &made);
}

static void write_intent(Emitter *emitter, uint32_t number)
{
    const Intent *intent = &emitter->program->intents[number];
    uint32_t first = record_count(emitter, SECTION_DELEGATES);
    for (uint32_t i = 0; i < intent->delegate_count; i++) {
        BundleDelegate made = {.intent = intent->delegates[i].intent,
                               .when =
                                   share_compute(emitter, intent->delegates[i].when)};
        record_add(emitter, SECTION_DELEGATES, &made);
    }
    List under = emit_list_add(emitter, intent->under, intent->under_count);
    BundleIntent *made = record_at(emitter, SECTION_INTENTS, number);
    made->delegate = first;
    made->delegate_count = intent->delegate_count;
    made->under = under;
    made->inherits = intent->inherits;
}

void memory_write(Emitter *emitter)
{
    const Program *program = emitter->program;
    for (uint32_t i = 0; i < program->label_count; i++) {
        BundleLabel made = {.name = string_number(emitter, program->labels[i].name),
                            .flags = program->labels[i].is_sticky ? LABEL_STICKY : 0};
        record_add(emitter, SECTION_LABELS, &made);
    }
    for (uint32_t i = 0; i < program->tool_count && !emitter->is_past_limit; i++)
        write_tool(emitter, i);
    for (uint32_t i = 0; i < program->budget_count && !emitter->is_past_limit; i++)
        write_budget(emitter, &program->budgets[i]);
    for (uint32_t i = 0; i < program->intent_count && !emitter->is_past_limit; i++)
        write_intent(emitter, i);
}

uint32_t memory_share_spends(Emitter *emitter, const Rule *rule)
{
    BundleSpend *made = ARENA_ARRAY(emitter->arena, rule->spend_count, BundleSpend);
    for (uint32_t i = 0; i < rule->spend_count; i++)
        made[i] =
            (BundleSpend){.budget = rule->spends[i].budget,
                          .amount = share_compute(emitter, rule->spends[i].amount),
                          .settle = share_compute(emitter, rule->spends[i].settle)};
    return records_share(emitter, SECTION_SPENDS, made, rule->spend_count);
}
