// SPDX-License-Identifier: Apache-2.0
#include "lang/check/reach.h"

#include <string.h>

#include "lang/check/slot.h"

SchemaField *schema_field(const Schema *schema, Str name)
{
    uint32_t low = 0;
    uint32_t high = schema == NULL ? 0 : schema->field_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = str_compare(schema->fields[middle].name, name);
        if (order == 0)
            return &schema->fields[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const Type *schema_field_type(Checker *checker, const SchemaField *field)
{
    const Type *type = field->schema->type;
    bool may_lack =
        !field->is_required || (field->schema->flags & SCHEMA_NULLABLE) != 0;
    return may_lack ? type_optional(checker->types, type->bare) : type;
}

// ---- which tools and intents ----

static bool atom_has_tool(const Checker *checker, const HeadTerm *term, uint32_t tool)
{
    const Program *program = checker->program;
    const Tool *of = &program->tools[tool];
    switch (term->atom.dim) {
    case DIM_TOOL:
        return term->atom.number == tool;
    case DIM_TOOL_TAG:
        return array_has_text(of->tags, of->tag_count, term->atom.text);
    case DIM_AUDIENCE:
        return program->audiences[term->atom.number].family == of->family;
    case DIM_FAMILY:
        return term->atom.number == of->family;
    case DIM_GATEWAY:
    case DIM_AGENT:
    case DIM_AGENT_TAG:
    case DIM_AGENT_GROUP:
    case DIM_USER:
    case DIM_USER_GROUP:
    case DIM_INTENT:
    case DIM_TENANT:
    case DIM_RESOURCE:
    case DIM_EQUAL:
        return true;
    }
    unreachable_bug();
}

static bool heads_have_tool(const Checker *checker, const Head *heads, uint32_t count,
                            uint32_t tool)
{
    for (uint32_t i = 0; i < count; i++) {
        bool has = heads[i].count == 0;
        for (uint32_t t = 0; !has && t < heads[i].count; t++)
            has = atom_has_tool(checker, &heads[i].terms[t], tool);
        if (!has)
            return false;
    }
    return true;
}

static bool intent_has_tool(const Intent *intent, uint32_t tool)
{
    for (uint32_t i = 0; i < intent->tool_count; i++)
        if (intent->tools[i].tool == tool)
            return true;
    return false;
}

// The one tool that the heads name, or NONE.
static uint32_t only_tool(const Head *heads, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (heads[i].count == 1 && heads[i].terms[0].atom.dim == DIM_TOOL)
            return heads[i].terms[0].atom.number;
    return NONE;
}

static void collect_tools(Checker *checker, Reach *reach, const Head *heads,
                          uint32_t count)
{
    uint32_t only = only_tool(heads, count);
    uint32_t from = only == NONE ? 0 : only;
    uint32_t to = only == NONE ? checker->program->tool_count : only + 1;
    for (uint32_t tool = from; tool < to; tool++)
        if (heads_have_tool(checker, heads, count, tool))
            *ARRAY_PUSH(checker->arena, reach->tools, reach->tool_count) = tool;
}

static bool reach_has_tool_of(const Reach *reach, const Intent *intent)
{
    for (uint32_t i = 0; i < intent->tool_count; i++)
        if (array_has_number(reach->tools, reach->tool_count, intent->tools[i].tool))
            return true;
    return false;
}

static bool heads_have_intent(const Head *heads, uint32_t count, uint32_t intent,
                              bool *is_named)
{
    bool has = true;
    for (uint32_t i = 0; i < count; i++) {
        bool names = heads[i].count > 0 && heads[i].terms[0].atom.dim == DIM_INTENT;
        if (!names)
            continue;
        *is_named = true;
        has = false;
        for (uint32_t t = 0; t < heads[i].count; t++)
            has = has || heads[i].terms[t].atom.number == intent;
    }
    return has;
}

static void collect_intents(Checker *checker, Reach *reach, const Head *heads,
                            uint32_t count)
{
    bool is_named = false;
    heads_have_intent(heads, count, NONE, &is_named);
    for (uint32_t i = 0; i < checker->program->intent_count; i++)
        if (heads_have_intent(heads, count, i, &is_named) &&
            reach_has_tool_of(reach, &checker->program->intents[i]))
            *ARRAY_PUSH(checker->arena, reach->intents, reach->intent_count) = i;
    reach->has_intents = is_named;
}

// Under named intents only the tools of their envelopes can be called.
static void keep_enveloped_tools(Checker *checker, Reach *reach)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < reach->tool_count; i++) {
        bool has = false;
        for (uint32_t k = 0; !has && k < reach->intent_count; k++)
            has = intent_has_tool(&checker->program->intents[reach->intents[k]],
                                  reach->tools[i]);
        if (has)
            reach->tools[kept++] = reach->tools[i];
    }
    reach->tool_count = kept;
}

static Reach *reach_new(Checker *checker)
{
    Reach *reach = ARENA_NEW(checker->arena, Reach);
    reach->args = checker_map(checker);
    reach->params = checker_map(checker);
    return reach;
}

// What tells heads apart as far as tools and intents go, as bytes.
static Str heads_key(Checker *checker, const Head *heads, uint32_t count, uint8_t flags)
{
    Buf key = buf_on(checker->arena);
    buf_char(&key, (char)flags);
    for (uint32_t i = 0; i < count; i++) {
        Dim dim = heads[i].count > 0 ? heads[i].terms[0].atom.dim : DIM_GATEWAY;
        if (dim != DIM_TOOL && dim != DIM_TOOL_TAG && dim != DIM_AUDIENCE &&
            dim != DIM_FAMILY && dim != DIM_INTENT)
            continue;
        for (uint32_t t = 0; t < heads[i].count; t++) {
            const HeadAtom *atom = &heads[i].terms[t].atom;
            buf_char(&key, (char)(atom->dim + 1));
            buf_u32le(&key, atom->number);
            buf_u32le(&key, (uint32_t)atom->text.len);
            buf_str(&key, atom->text);
        }
        buf_char(&key, 0);
    }
    return buf_view(&key);
}

Reach *reach_of_heads(Checker *checker, const Head *heads, uint32_t count,
                      bool is_intent_none, uint8_t kind)
{
    uint8_t flags = (uint8_t)(kind << 1 | (is_intent_none ? 1 : 0));
    bool is_new = false;
    uint32_t at =
        *map_insert(&checker->reaches, heads_key(checker, heads, count, flags),
                    checker->reach_count, &is_new);
    if (!is_new)
        return checker->reach[at];
    Reach *reach = reach_new(checker);
    *ARRAY_PUSH(checker->arena, checker->reach, checker->reach_count) = reach;
    collect_tools(checker, reach, heads, count);
    collect_intents(checker, reach, heads, count);
    reach->is_outside = is_intent_none || (kind != RULE_PERMIT && !reach->has_intents);
    if (reach->has_intents && !is_intent_none)
        keep_enveloped_tools(checker, reach);
    return reach;
}

Reach *reach_of_tools(Checker *checker, const uint32_t *tools, uint32_t count)
{
    Reach *reach = reach_new(checker);
    for (uint32_t i = 0; i < count; i++)
        *ARRAY_PUSH(checker->arena, reach->tools, reach->tool_count) = tools[i];
    reach->tool_count = array_sort_numbers(reach->tools, reach->tool_count);
    collect_intents(checker, reach, NULL, 0);
    reach->is_outside = true;
    return reach;
}

// ---- what they have ----

// What holds fields: the arguments of a tool, or the parameters of an intent.
static Schema *holder(const Checker *checker, bool is_arg, uint32_t number)
{
    return is_arg ? checker->program->tools[number].args
                  : checker->program->intents[number].params;
}

// Joins two types where a slot can hold both: only an int can be converted.
static const Type *join(Checker *checker, const Type *a, const Type *b)
{
    const Type *joined = type_join(checker->types, a, b);
    if (joined == NULL || type_kind(joined) == KIND_DECIMAL || a->form == TYPE_POISON ||
        b->form == TYPE_POISON)
        return joined;
    bool is_list = type_kind(joined) == KIND_LIST;
    if (is_list && (type_kind(a->element) != type_kind(joined->element) ||
                    type_kind(b->element) != type_kind(joined->element)))
        return NULL;
    return joined;
}

static void add_fill(Checker *checker, SchemaField *field, uint32_t slot,
                     const Type *slot_type)
{
    bool widens = type_kind(slot_type) == KIND_DECIMAL &&
                  type_kind(field->schema->type) == KIND_INT;
    BundleFill *fills = ARENA_ARRAY(checker->arena, field->fill_count + 1, BundleFill);
    for (uint32_t i = 0; i < field->fill_count; i++) {
        fills[i] = field->fills[i];
        if (fills[i].slot == slot)
            return;
    }
    fills[field->fill_count++] =
        (BundleFill){slot, widens ? CONVERT_TO_DECIMAL : CONVERT_NONE};
    field->fills = fills;
}

static const Type *common_type(Checker *checker, bool is_arg, const uint32_t *from,
                               uint32_t count, Str name, Binding *binding)
{
    const Type *type = NULL;
    uint32_t first = NONE;
    for (uint32_t i = 0; i < count; i++) {
        const SchemaField *field = schema_field(holder(checker, is_arg, from[i]), name);
        if (field == NULL) {
            binding->lacking = binding->lacking == NONE ? from[i] : binding->lacking;
            continue;
        }
        binding->holders++;
        const Type *here = schema_field_type(checker, field);
        const Type *joined = type == NULL ? here : join(checker, type, here);
        if (joined == NULL) {
            binding->one = first;
            binding->other = from[i];
            return NULL;
        }
        first = type == NULL ? from[i] : first;
        type = joined;
    }
    return type;
}

static Binding bind(Checker *checker, bool is_arg, const uint32_t *from, uint32_t count,
                    Str name, bool is_sure)
{
    Binding binding = {NONE, NONE, NONE, NONE, 0};
    const Type *type = common_type(checker, is_arg, from, count, name, &binding);
    if (type == NULL)
        return binding;
    if (binding.lacking != NONE)
        type = type_optional(checker->types, type->bare);
    Slot slot = {.name = arena_format(checker->arena, "%s.%.*s",
                                      is_arg ? "args" : "intent", STR_ARG(name)),
                 .field = name,
                 .type = type,
                 .root = is_arg ? SLOT_ROOT_ARGUMENT : SLOT_ROOT_PARAMETER,
                 .flags = is_sure && !type->is_optional ? SLOT_CERTAIN : 0,
                 .column = NONE};
    binding.slot = slot_intern(checker, &slot);
    for (uint32_t i = 0; i < count; i++) {
        SchemaField *field = schema_field(holder(checker, is_arg, from[i]), name);
        if (field != NULL)
            add_fill(checker, field, binding.slot, type);
    }
    return binding;
}

uint32_t reach_delivered(Checker *checker, const Schema *record, uint8_t root, Str name)
{
    SchemaField *field = schema_field(record, name);
    if (field == NULL)
        return NONE;
    Slot slot = {.name = arena_format(checker->arena, "%s.%.*s",
                                      root == SLOT_ROOT_RESULT ? "result" : "child",
                                      STR_ARG(name)),
                 .field = name,
                 .type = schema_field_type(checker, field),
                 .root = root,
                 .column = NONE};
    uint32_t number = slot_intern(checker, &slot);
    add_fill(checker, field, number, slot.type);
    return number;
}

uint32_t reach_result(Checker *checker, const Reach *reach, Str name, uint32_t *lacking)
{
    const Type *type = NULL;
    for (uint32_t i = 0; i < reach->tool_count; i++) {
        const Schema *record = checker->program->tools[reach->tools[i]].result;
        SchemaField *field = record == NULL ? NULL : schema_field(record, name);
        *lacking = reach->tools[i];
        if (field == NULL ||
            (type != NULL && schema_field_type(checker, field) != type))
            return NONE;
        type = schema_field_type(checker, field);
    }
    uint32_t slot = NONE;
    for (uint32_t i = 0; i < reach->tool_count; i++)
        slot = reach_delivered(checker, checker->program->tools[reach->tools[i]].result,
                               SLOT_ROOT_RESULT, name);
    return slot;
}

static const Binding *find(Checker *checker, Reach *reach, bool is_arg, Str name)
{
    bool is_new = false;
    uint32_t at = *map_insert(is_arg ? &reach->args : &reach->params, name,
                              reach->binding_count, &is_new);
    if (is_new) {
        Binding binding =
            is_arg ? bind(checker, true, reach->tools, reach->tool_count, name, true)
                   : bind(checker, false, reach->intents, reach->intent_count, name,
                          reach->has_intents && !reach->is_outside);
        *ARRAY_PUSH(checker->arena, reach->bindings, reach->binding_count) = binding;
    }
    return &reach->bindings[at];
}

const Binding *reach_arg(Checker *checker, Reach *reach, Str name)
{
    return find(checker, reach, true, name);
}

const Binding *reach_param(Checker *checker, Reach *reach, Str name)
{
    return find(checker, reach, false, name);
}

static void suggest(const Schema *schema, Nearest *nearest)
{
    for (uint32_t i = 0; i < schema->field_count; i++)
        nearest_offer(nearest, schema->fields[i].name);
}

void reach_suggest_args(const Checker *checker, const Reach *reach, Nearest *nearest)
{
    for (uint32_t i = 0; i < reach->tool_count; i++)
        suggest(checker->program->tools[reach->tools[i]].args, nearest);
}

void reach_suggest_params(const Checker *checker, const Reach *reach, Nearest *nearest)
{
    for (uint32_t i = 0; i < reach->intent_count; i++)
        suggest(checker->program->intents[reach->intents[i]].params, nearest);
}
