// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/dispatch.h"

#include "lang/emit/group.h"
#include "lang/emit/head.h"
#include "lang/emit/plan.h"
#include "lang/emit/strings.h"
#include "lang/emit/values.h"

enum {
    EQUAL_MOST = 3,         // equalities of one rule that are looked up
    ENTRIES_MOST = 1 << 22, // of all groups together
};

// An equality of the rule at hand that is looked up.
typedef struct Equal {
    uint32_t slot;
    uint32_t atom;
    uint32_t row; // where its constant stands in the rule's row
    bool may_unknown;
} Equal;

typedef struct Dispatcher {
    Emitter *emitter;
    Groups groups;
    Map unsure; // permits that stand under ATOM_UNKNOWN, by all but the constant
    uint32_t entries;
    // Of the rule at hand.
    uint32_t number;
    const Rule *rule;
    Equal equals[EQUAL_MOST];
    uint32_t equal_count;
} Dispatcher;

// ---- equalities ----

static bool is_indexed_kind(Kind kind)
{
    return kind == KIND_STRING || kind == KIND_INT || kind == KIND_BOOL ||
           kind == KIND_DECIMAL || kind == KIND_TIME || kind == KIND_DURATION;
}

// Whether the slot can be unknown while the rule's other conditions hold. A number that
// is sent may fit no number, also where it is required; an optional text or bool is
// there or not, and was tested before it was read.
static bool may_be_unknown(const Slot *slot, const Expr *read)
{
    bool is_sent =
        slot->root == SLOT_ROOT_ARGUMENT || slot->root == SLOT_ROOT_PARAMETER;
    Kind kind = type_kind(slot->type);
    bool is_number = kind == KIND_INT || kind == KIND_DECIMAL;
    bool is_tested = slot->type->is_optional && !read->type->is_optional;
    if (is_sent)
        return is_number ||
               ((slot->flags & SLOT_CERTAIN) == 0 &&
                (!is_tested || (kind != KIND_STRING && kind != KIND_BOOL)));
    return (slot->flags & SLOT_CERTAIN) == 0;
}

// `slot == constant`, either side.
static bool is_equality(const Condition *condition, const Expr **slot,
                        const Const **value)
{
    const Expr *expr = condition->expr;
    if (condition->is_unless || expr->op != IR_EQ)
        return false;
    bool is_slot_first = expr->args[0]->op == IR_SLOT;
    const Expr *read = expr->args[is_slot_first ? 0 : 1];
    const Expr *constant = expr->args[is_slot_first ? 1 : 0];
    *slot = read;
    *value = constant->value;
    return read->op == IR_SLOT && constant->op == IR_CONST &&
           is_indexed_kind(type_kind(read->type));
}

// Keeps equalities in the order of their slots, each slot once.
static void add_equal(Dispatcher *dispatcher, Equal equal)
{
    uint32_t at = dispatcher->equal_count;
    for (uint32_t i = 0; i < dispatcher->equal_count; i++)
        if (dispatcher->equals[i].slot == equal.slot)
            return;
    for (; at > 0 && dispatcher->equals[at - 1].slot > equal.slot; at--)
        dispatcher->equals[at] = dispatcher->equals[at - 1];
    dispatcher->equals[at] = equal;
    dispatcher->equal_count++;
}

// Takes equalities with slots that are always known; or, the second time, one with
// another.
static void find_equals(Dispatcher *dispatcher, bool may_unknown)
{
    Emitter *emitter = dispatcher->emitter;
    const Plan *plan = emitter->plan;
    const PlanRule *planned = &plan->rules[dispatcher->number];
    uint32_t first = plan->shapes[planned->shape].first_condition;
    uint32_t row = 0;
    for (uint32_t i = 0; i < dispatcher->rule->condition_count; i++) {
        const Expr *read;
        const Const *value;
        uint32_t at = row;
        row += plan->functions[plan->conditions[first + i].function].constant_count;
        if (dispatcher->equal_count == EQUAL_MOST ||
            !is_equality(planned->conditions[i], &read, &value) ||
            may_be_unknown(&emitter->program->slots[read->number], read) != may_unknown)
            continue;
        add_equal(dispatcher,
                  (Equal){read->number, const_atom(emitter, value), at, may_unknown});
        if (may_unknown)
            return;
    }
}

// ---- tools of groups ----

static bool has_tag(Emitter *emitter, const BundleTool *tool, uint32_t tag)
{
    const Records *lists = &emitter->sections[SECTION_LISTS];
    const uint32_t *words =
        (const uint32_t *)(const void *)lists->at + tool->tags.first;
    for (uint32_t i = 0; i < tool->tags.count; i++)
        if (words[i] == tag)
            return true;
    return false;
}

// What an entry says about the tool; NONE: nothing.
typedef struct ToolAtoms {
    uint32_t tool;
    uint32_t tag;
    uint32_t family;
    uint32_t audience_family;
} ToolAtoms;

static ToolAtoms tool_atoms(Emitter *emitter, const GroupKey *key,
                            const uint32_t *atoms)
{
    ToolAtoms found = {NONE, NONE, NONE, NONE};
    for (uint32_t i = 0; i < key->dim_count; i++) {
        if (key->dims[i] == DIM_TOOL)
            found.tool = atoms[i];
        if (key->dims[i] == DIM_TOOL_TAG)
            found.tag = atoms[i];
        if (key->dims[i] == DIM_FAMILY)
            found.family = atoms[i];
        if (key->dims[i] == DIM_AUDIENCE)
            found.audience_family = ((const BundleAudience *)record_at(
                                         emitter, SECTION_AUDIENCES, atoms[i]))
                                        ->family;
    }
    return found;
}

static bool is_tool_under(Emitter *emitter, const ToolAtoms *atoms, uint32_t number)
{
    const BundleTool *tool = record_at(emitter, SECTION_TOOLS, number);
    return (atoms->tool == NONE || atoms->tool == number) &&
           (atoms->family == NONE || atoms->family == tool->family) &&
           (atoms->audience_family == NONE || atoms->audience_family == tool->family) &&
           (atoms->tag == NONE || has_tag(emitter, tool, atoms->tag));
}

// Marks the tools for which the group can hold a rule.
static void mark_tools(Emitter *emitter, const DispatchGroup *group, bool *is_marked)
{
    uint32_t tools = record_count(emitter, SECTION_TOOLS);
    Map seen = emitter_map(emitter);
    for (uint32_t i = 0; i < group->entry_count; i++) {
        const uint32_t *entry = group->entries + (size_t)i * (group->key.dim_count + 1);
        ToolAtoms atoms = tool_atoms(emitter, &group->key, entry);
        if (atoms.tool != NONE) {
            if (!is_marked[atoms.tool])
                is_marked[atoms.tool] = is_tool_under(emitter, &atoms, atoms.tool);
            continue;
        }
        if (map_find(&seen, (Str){(const char *)&atoms, sizeof atoms}) != NULL)
            continue;
        ToolAtoms *copy = ARENA_NEW(emitter->arena, ToolAtoms);
        *copy = atoms;
        map_insert(&seen, (Str){(const char *)copy, sizeof *copy}, 0, NULL);
        for (uint32_t k = 0; k < tools; k++)
            is_marked[k] |= is_tool_under(emitter, &atoms, k);
    }
}

static List *list_of_kind(BundleTool *tool, uint32_t kind)
{
    List *lists[RULE_KIND_COUNT] = {[RULE_PERMIT] = &tool->permits,
                                    [RULE_FORBID] = &tool->forbids,
                                    [RULE_LIMIT] = &tool->limits,
                                    [RULE_RESULT] = &tool->results};
    return lists[kind];
}

// The groups of each kind that a tool lists.
static void write_tool_lists(Emitter *emitter, const Groups *groups)
{
    uint32_t tools = record_count(emitter, SECTION_TOOLS);
    bool **is_listed = ARENA_ARRAY(emitter->arena, groups->count, bool *);
    for (uint32_t i = 0; i < groups->count; i++) {
        is_listed[i] = ARENA_ARRAY(emitter->arena, tools, bool);
        mark_tools(emitter, &groups->at[i], is_listed[i]);
    }
    uint32_t *list = ARENA_ARRAY(emitter->arena, groups->count, uint32_t);
    for (uint32_t tool = 0; tool < tools; tool++) {
        for (uint32_t kind = 0; kind < RULE_KIND_COUNT; kind++) {
            uint32_t count = 0;
            for (uint32_t i = 0; i < groups->count; i++)
                if (groups->at[i].key.kind == kind && is_listed[i][tool])
                    list[count++] = i;
            *list_of_kind(record_at(emitter, SECTION_TOOLS, tool), kind) =
                emit_list_add(emitter, list, count);
        }
        BundleTool *made = record_at(emitter, SECTION_TOOLS, tool);
        if (made->results.count > 0)
            made->flags |= TOOL_AFTER;
    }
}

// ---- entries ----

// Whether a permit with the same conditions, but for the constant of the equality,
// stands under ATOM_UNKNOWN already: while the slot is unknown both come to the same,
// and a permit that may apply names nothing but the slot.
static bool is_unsure_there(Dispatcher *dispatcher, const GroupKey *key,
                            const uint32_t *atoms, const Equal *equal)
{
    Emitter *emitter = dispatcher->emitter;
    const BundleRule *rule = record_at(emitter, SECTION_RULES, dispatcher->number);
    const BundleShape *shape = record_at(emitter, SECTION_SHAPES, rule->shape);
    Buf same = buf_on(emitter->arena);
    buf_bytes(&same, key, sizeof *key);
    buf_bytes(&same, atoms, key->dim_count * sizeof *atoms);
    buf_u32le(&same, rule->shape);
    buf_u32le(&same, rule->extra);
    for (uint32_t i = 0; i < shape->row_count; i++)
        if (i != equal->row)
            buf_bytes(&same, record_at(emitter, SECTION_ROWS, rule->row + i),
                      sizeof(uint32_t));
    bool is_new;
    map_insert(&dispatcher->unsure, buf_view(&same), 0, &is_new);
    return !is_new;
}

static void add_entry(Dispatcher *dispatcher, const GroupKey *key,
                      const uint32_t *atoms)
{
    if (++dispatcher->entries > ENTRIES_MOST) {
        emitter_limit(dispatcher->emitter,
                      "combinations of what the heads of rules name",
                      dispatcher->entries, ENTRIES_MOST, dispatcher->rule->span);
        return;
    }
    groups_add(&dispatcher->groups, key, atoms, dispatcher->number);
}

static uint32_t atom_number(const Emitter *emitter, const Combination *combination,
                            Dim dim)
{
    uint32_t number = combination_number(combination, dim);
    if (number == ATOM_ABSENT)
        return ATOM_ABSENT;
    switch (dim) {
    case DIM_AGENT:
        return emitter->agents[number];
    case DIM_TOOL:
        return emitter->tools[number];
    case DIM_AUDIENCE:
        return emitter->audiences[number];
    case DIM_GATEWAY:
    case DIM_AGENT_GROUP:
    case DIM_USER_GROUP:
    case DIM_INTENT:
    case DIM_FAMILY:
        return number;
    case DIM_AGENT_TAG:
    case DIM_USER:
    case DIM_TOOL_TAG:
    case DIM_TENANT:
    case DIM_RESOURCE:
        return string_number(emitter, combination->terms[dim]->atom.text);
    case DIM_EQUAL:
        break;
    }
    unreachable_bug();
}

// Appends a dimension. False if the group has no room for it.
static bool add_dim(GroupKey *key, uint32_t *atoms, Dim dim, uint32_t slot,
                    uint32_t atom)
{
    if (key->dim_count == MAX_GROUP_DIMS)
        return false;
    key->dims[key->dim_count] = dim;
    key->slots[key->dim_count] = slot;
    atoms[key->dim_count++] = atom;
    return true;
}

// The entries of the rule for one combination of terms.
static void add_combination(void *context, const Combination *combination)
{
    Dispatcher *dispatcher = context;
    GroupKey key = {.kind = dispatcher->rule->kind};
    uint32_t atoms[MAX_GROUP_DIMS];
    for (uint32_t dim = 0; dim < DIM_EQUAL; dim++)
        if (combination->terms[dim] != NULL &&
            !add_dim(&key, atoms, (Dim)dim, 0,
                     atom_number(dispatcher->emitter, combination, (Dim)dim)))
            emitter_limit(dispatcher->emitter, "clauses of the head of a rule",
                          MAX_GROUP_DIMS + 1, MAX_GROUP_DIMS, dispatcher->rule->span);
    const Equal *unsure = NULL;
    uint32_t unsure_dim = 0;
    for (uint32_t i = 0; i < dispatcher->equal_count; i++) {
        const Equal *equal = &dispatcher->equals[i];
        if (add_dim(&key, atoms, DIM_EQUAL, equal->slot, equal->atom) &&
            equal->may_unknown) {
            unsure = equal;
            unsure_dim = key.dim_count - 1;
        }
    }
    add_entry(dispatcher, &key, atoms);
    if (unsure == NULL)
        return;
    atoms[unsure_dim] = ATOM_UNKNOWN;
    if (key.kind != RULE_PERMIT || !is_unsure_there(dispatcher, &key, atoms, unsure))
        add_entry(dispatcher, &key, atoms);
}

void dispatch_write(Emitter *emitter)
{
    const Program *program = emitter->program;
    Dispatcher dispatcher = {.emitter = emitter,
                             .groups = groups_start(emitter),
                             .unsure = emitter_map(emitter)};
    for (uint32_t i = 0; i < program->rule_count && !emitter->is_past_limit; i++) {
        dispatcher.number = i;
        dispatcher.rule = &program->rules[i];
        dispatcher.equal_count = 0;
        if (emitter->options->has_equal_dims) {
            find_equals(&dispatcher, false);
            find_equals(&dispatcher, true);
        }
        head_combinations(program, dispatcher.rule, add_combination, &dispatcher);
    }
    if (emitter->is_past_limit)
        return;
    groups_write(&dispatcher.groups);
    write_tool_lists(emitter, &dispatcher.groups);
}
