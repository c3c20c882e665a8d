// SPDX-License-Identifier: Apache-2.0
// Dispatch: the hash tables, that every rule can be found, that what it reads is there
// wherever it is found, and the worst-case cost.
#include "engine/bytecode/verify_parts.h"

#include "engine/bytecode/cost.h"

// ---- the tables ----

// What has an atom (bytecode.h).
static bool is_scalar_slot(const Bundle *bundle, uint32_t slot)
{
    if (slot >= bundle->slots_count)
        return false;
    Kind kind = (Kind)bundle->types[bundle->slots[slot].type].kind;
    return kind == KIND_BOOL || kind == KIND_INT || kind == KIND_DECIMAL ||
           kind == KIND_STRING || kind == KIND_DURATION || kind == KIND_TIME;
}

static bool check_group(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleDispatch *group = &bundle->dispatch[index];
    NEED(group->kind < RULE_KIND_COUNT && group->dim_count <= MAX_GROUP_DIMS &&
             group->reserved == 0,
         DISPATCH, DISPATCH, index);
    for (uint32_t i = 0; i < group->dim_count; i++) {
        NEED(group->dims[i] < DIM_COUNT, DISPATCH, DISPATCH, index);
        NEED(group->dims[i] != DIM_EQUAL || is_scalar_slot(bundle, group->dim_slots[i]),
             DISPATCH, DISPATCH, index);
    }
    uint64_t words = (uint64_t)group->size * (group->dim_count + 2u);
    NEED(group->size != 0 && (group->size & (group->size - 1)) == 0 &&
             group->slots <= bundle->dispatch_words_count &&
             words <= bundle->dispatch_words_count - group->slots,
         DISPATCH, DISPATCH, index);
    NEED(group->buckets <= bundle->dispatch_words_count &&
             group->bucket_words <= bundle->dispatch_words_count - group->buckets,
         DISPATCH, DISPATCH, index);
    return true;
}

static const uint32_t *slot_at(const Bundle *bundle, const BundleDispatch *group,
                               uint32_t at)
{
    return bundle->dispatch_words + group->slots + (size_t)at * (group->dim_count + 2u);
}

static bool is_empty(const BundleDispatch *group, const uint32_t *slot)
{
    return slot[group->dim_count + 1] == 0;
}

static bool has_atoms(const BundleDispatch *group, const uint32_t *slot,
                      const uint32_t *atoms)
{
    for (uint32_t i = 0; i < group->dim_count; i++)
        if (slot[i] != atoms[i])
            return false;
    return true;
}

// A slot is what a lookup of its own atoms ends at.
static bool is_found(const Bundle *bundle, const BundleDispatch *group, uint32_t wanted)
{
    const uint32_t *atoms = slot_at(bundle, group, wanted);
    uint32_t at =
        dispatch_hash(group->seed, atoms, group->dim_count) & (group->size - 1);
    for (;;) {
        const uint32_t *slot = slot_at(bundle, group, at);
        if (is_empty(group, slot))
            return false;
        if (has_atoms(group, slot, atoms))
            return at == wanted;
        at = (at + 1) & (group->size - 1);
    }
}

// How many there are of what the atoms of a dimension number.
static uint32_t count_of_dim(const Bundle *bundle, Dim dim)
{
    switch (dim) {
    case DIM_GATEWAY:
        return bundle->gateways_count;
    case DIM_AGENT:
        return bundle->agents_count;
    case DIM_AGENT_GROUP:
    case DIM_USER_GROUP:
        return bundle->groups_count;
    case DIM_INTENT:
        return bundle->intents_count;
    case DIM_TOOL:
        return bundle->tools_count;
    case DIM_AUDIENCE:
        return bundle->audiences_count;
    case DIM_FAMILY:
        return bundle->families_count;
    case DIM_AGENT_TAG:
    case DIM_USER:
    case DIM_TOOL_TAG:
    case DIM_TENANT:
    case DIM_RESOURCE:
    case DIM_EQUAL: // of texts
        return bundle->meta->interned;
    }
    unreachable_bug();
}

// The atom is one that a call can have.
static bool is_atom(const Bundle *bundle, const BundleDispatch *group, uint32_t index,
                    uint32_t atom)
{
    Dim dim = (Dim)group->dims[index];
    if (dim == DIM_EQUAL) {
        uint32_t type = bundle->slots[group->dim_slots[index]].type;
        return atom == ATOM_UNKNOWN || bundle->types[type].kind != KIND_STRING ||
               atom < bundle->meta->interned;
    }
    bool may_be_absent = dim == DIM_USER || dim == DIM_INTENT || dim == DIM_RESOURCE;
    return atom < count_of_dim(bundle, dim) || (may_be_absent && atom == ATOM_ABSENT);
}

static bool are_atoms(const Bundle *bundle, const BundleDispatch *group,
                      const uint32_t *slot)
{
    for (uint32_t i = 0; i < group->dim_count; i++)
        if (!is_atom(bundle, group, i, slot[i]))
            return false;
    return true;
}

static bool is_zero(const BundleDispatch *group, const uint32_t *slot)
{
    for (uint32_t i = 0; i < group->dim_count + 2u; i++)
        if (slot[i] != 0)
            return false;
    return true;
}

static bool check_bucket(Verifier *verifier, uint32_t index, const uint32_t *slot,
                         uint8_t *is_seen)
{
    const Bundle *bundle = verifier->bundle;
    const BundleDispatch *group = &bundle->dispatch[index];
    uint32_t first = slot[group->dim_count], count = slot[group->dim_count + 1];
    bool is_within = count == 1 || (first <= group->bucket_words &&
                                    count <= group->bucket_words - first);
    NEED(is_within && count <= group->largest, DISPATCH_BUCKET, DISPATCH, index);
    const uint32_t *bucket = bundle_bucket(bundle, group, slot);
    for (uint32_t i = 0; i < count; i++) {
        NEED(bucket[i] < bundle->rules_count && (i == 0 || bucket[i - 1] < bucket[i]),
             DISPATCH_BUCKET, DISPATCH, index);
        NEED(bundle->shapes[bundle->rules[bucket[i]].shape].kind == group->kind,
             DISPATCH_BUCKET, DISPATCH, index);
        is_seen[bucket[i]] = 1;
    }
    return true;
}

static bool check_table(Verifier *verifier, uint32_t index, uint8_t *is_seen)
{
    const Bundle *bundle = verifier->bundle;
    const BundleDispatch *group = &bundle->dispatch[index];
    uint32_t held = 0;
    uint64_t words = 0;
    for (uint32_t at = 0; at < group->size; at++) {
        const uint32_t *slot = slot_at(bundle, group, at);
        uint32_t count = slot[group->dim_count + 1];
        words += count > 1 ? count : 0;
        held += !is_empty(group, slot);
        NEED(!is_empty(group, slot) || is_zero(group, slot), DISPATCH_SLOT, DISPATCH,
             index);
    }
    NEED(held < group->size &&
             verify_is_sparse(slot_at(bundle, group, 0) + group->dim_count + 1,
                              group->size, group->dim_count + 2u, 0),
         DISPATCH_SLOT, DISPATCH, index);
    NEED(words == group->bucket_words, DISPATCH_BUCKET, DISPATCH, index);
    for (uint32_t at = 0; at < group->size; at++) {
        const uint32_t *slot = slot_at(bundle, group, at);
        if (is_empty(group, slot))
            continue;
        NEED(are_atoms(bundle, group, slot) && is_found(bundle, group, at),
             DISPATCH_SLOT, DISPATCH, index);
        ALSO(check_bucket(verifier, index, slot, is_seen));
    }
    return true;
}

// ---- under which tools and intents a slot can be found ----

// The atom of a dimension in a slot, or NONE where the group doesn't have the
// dimension.
static uint32_t atom_in(const BundleDispatch *group, const uint32_t *slot, Dim dim)
{
    for (uint32_t i = 0; i < group->dim_count; i++)
        if (group->dims[i] == dim)
            return slot[i];
    return NONE;
}

static bool can_be_tool(const Bundle *bundle, const BundleDispatch *group,
                        const uint32_t *slot, uint32_t tool)
{
    const BundleTool *of = &bundle->tools[tool];
    uint32_t named = atom_in(group, slot, DIM_TOOL);
    uint32_t tag = atom_in(group, slot, DIM_TOOL_TAG);
    uint32_t family = atom_in(group, slot, DIM_FAMILY);
    uint32_t audience = atom_in(group, slot, DIM_AUDIENCE);
    return (named == NONE || named == tool) &&
           (tag == NONE || bundle_list_has(bundle, of->tags, tag)) &&
           (family == NONE || family == of->family) &&
           (audience == NONE || bundle->audiences[audience].family == of->family);
}

static bool lists_group(const Bundle *bundle, const BundleTool *tool, uint32_t kind,
                        uint32_t group)
{
    List lists[RULE_KIND_COUNT] = {[RULE_PERMIT] = tool->permits,
                                   [RULE_FORBID] = tool->forbids,
                                   [RULE_LIMIT] = tool->limits,
                                   [RULE_RESULT] = tool->results};
    return bundle_list_has(bundle, lists[kind], group);
}

// ---- what is there, and what is read ----

// Whether a record (of a tool's arguments or an intent's parameters) fills the slot.
static bool is_filled(const Bundle *bundle, uint32_t schema, uint32_t slot)
{
    const BundleSchema *record = &bundle->schemas[schema];
    for (uint32_t i = 0; i < record->count; i++) {
        const BundleField *field = &bundle->fields[record->of + i];
        for (uint32_t j = 0; j < field->fill_count; j++)
            if (bundle->fills[field->fill + j].slot == slot)
                return true;
    }
    return false;
}

typedef struct Place {
    uint32_t tool;
    uint32_t intent; // NONE: any
} Place;

static bool is_there(const Bundle *bundle, uint32_t slot, Place place)
{
    if (bundle->slots[slot].root == SLOT_ROOT_ARGUMENT)
        return place.tool < bundle->tools_count &&
               is_filled(bundle, bundle->tools[place.tool].schema, slot);
    return place.intent < bundle->intents_count &&
           is_filled(bundle, bundle->intents[place.intent].schema, slot);
}

static bool reads_what_is_there(Verifier *verifier, uint32_t function, Place place);

// A let that was looked at in this place before reads what is there: one that doesn't
// ends the search.
static bool let_reads_what_is_there(Verifier *verifier, uint32_t memo, Place place)
{
    const BundleMemo *let = &verifier->bundle->memos[memo];
    if (verifier->let_places[memo] == verifier->place)
        return true;
    verifier->let_places[memo] = verifier->place;
    const uint32_t *triple = verifier->bundle->lists + let->per_tool.first;
    for (uint32_t i = 0; i < let->per_tool.count; i += 3)
        if (triple[i] == place.tool)
            return reads_what_is_there(verifier, triple[i + 1], place);
    return true;
}

// Memos of all tools have added what they read to what their readers read. The depth of
// memos bounds the recursion.
static bool reads_what_is_there(Verifier *verifier, uint32_t function, Place place)
{
    const FunctionFacts *facts = &verifier->functions[function];
    for (uint32_t i = 0; i < facts->need_count; i++)
        if (!is_there(verifier->bundle, facts->needs[i], place))
            return false;
    for (uint32_t i = 0; i < facts->let_count; i++)
        if (!let_reads_what_is_there(verifier, facts->lets[i], place))
            return false;
    return true;
}

bool verify_reads(Verifier *verifier, uint32_t function, uint32_t tool, uint32_t intent)
{
    verifier->place++;
    return reads_what_is_there(verifier, function, (Place){tool, intent});
}

static bool compute_reads_what_is_there(Verifier *verifier, uint32_t compute,
                                        Place place)
{
    return compute == NONE ||
           reads_what_is_there(verifier, verifier->bundle->computes[compute].function,
                               place);
}

static bool spend_reads_what_is_there(Verifier *verifier, const BundleSpend *spend,
                                      Place place)
{
    const Bundle *bundle = verifier->bundle;
    const BundleBudget *budget = &bundle->budgets[spend->budget];
    for (uint32_t i = 0; i < budget->keys.count; i++)
        if (!compute_reads_what_is_there(verifier,
                                         bundle->lists[budget->keys.first + i], place))
            return false;
    for (uint32_t i = 0; i < budget->distinct.count; i++)
        if (!compute_reads_what_is_there(
                verifier, bundle->lists[budget->distinct.first + i], place))
            return false;
    return compute_reads_what_is_there(verifier, budget->most, place) &&
           compute_reads_what_is_there(verifier, spend->amount, place) &&
           compute_reads_what_is_there(verifier, spend->settle, place);
}

static bool rule_reads_what_is_there(Verifier *verifier, uint32_t rule, Place place)
{
    const Bundle *bundle = verifier->bundle;
    const BundleShape *shape = &bundle->shapes[bundle->rules[rule].shape];
    const BundleExtra *extra = &bundle->extras[bundle->rules[rule].extra];
    const uint32_t across[] = {extra->across_agent, extra->across_user,
                               extra->across_audience};
    for (uint32_t i = 0; i < shape->condition_count; i++)
        if (!reads_what_is_there(
                verifier, bundle->conditions[shape->condition + i].function, place))
            return false;
    for (uint32_t i = 0; i < 3; i++)
        if (across[i] != NONE && !reads_what_is_there(verifier, across[i], place))
            return false;
    for (uint32_t i = 0; i < extra->spend_count; i++)
        if (!spend_reads_what_is_there(verifier, &bundle->spends[extra->spend + i],
                                       place))
            return false;
    return true;
}

// A call that its intent doesn't allow is denied before any rule is asked.
static bool is_outside(const Bundle *bundle, Place place)
{
    if (place.intent >= bundle->intents_count)
        return false;
    const BundleIntent *intent = &bundle->intents[place.intent];
    for (uint32_t i = 0; i < intent->envelope_count; i++)
        if (bundle->envelopes[intent->envelope + i].tool == place.tool)
            return false;
    return true;
}

static bool check_reach(Verifier *verifier, uint32_t index, const uint32_t *slot,
                        uint32_t tool)
{
    const Bundle *bundle = verifier->bundle;
    const BundleDispatch *group = &bundle->dispatch[index];
    Place place = {tool, atom_in(group, slot, DIM_INTENT)};
    const uint32_t *bucket = bundle_bucket(bundle, group, slot);
    NEED(lists_group(bundle, &bundle->tools[tool], group->kind, index), DISPATCH_LISTED,
         DISPATCH, index);
    verifier->place++;
    if (is_outside(bundle, place))
        return true;
    for (uint32_t i = 0; i < slot[group->dim_count + 1]; i++)
        NEED(rule_reads_what_is_there(verifier, bucket[i], place), REACH, RULES,
             bucket[i]);
    return true;
}

// Every tool under which a slot can be found: the named one, or all that fit.
static bool check_slot_reach(Verifier *verifier, uint32_t index, const uint32_t *slot)
{
    const Bundle *bundle = verifier->bundle;
    const BundleDispatch *group = &bundle->dispatch[index];
    uint32_t named = atom_in(group, slot, DIM_TOOL);
    if (named != NONE)
        return !can_be_tool(bundle, group, slot, named) ||
               check_reach(verifier, index, slot, named);
    for (uint32_t tool = 0; tool < bundle->tools_count; tool++)
        if (can_be_tool(bundle, group, slot, tool))
            ALSO(check_reach(verifier, index, slot, tool));
    return true;
}

static bool check_group_reach(Verifier *verifier, uint32_t index)
{
    const BundleDispatch *group = &verifier->bundle->dispatch[index];
    for (uint32_t at = 0; at < group->size; at++) {
        const uint32_t *slot = slot_at(verifier->bundle, group, at);
        if (!is_empty(group, slot))
            ALSO(check_slot_reach(verifier, index, slot));
    }
    return true;
}

static bool check_cost(Verifier *verifier)
{
    DecisionCost cost;
    if (!cost_of_decision(verifier->bundle, verifier->scratch, &cost)) {
        verifier->is_out_of_memory = true;
        return false;
    }
    NEED(cost.steps == verifier->bundle->meta->cost && cost.steps <= MAX_DECISION_COST,
         DECISION_COST, META, 0);
    return true;
}

bool verify_dispatch(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    uint8_t *is_seen = verify_alloc(verifier, bundle->rules_count, 1);
    if (!is_seen)
        return false;
    for (uint32_t i = 0; i < bundle->dispatch_count; i++)
        ALSO(check_group(verifier, i));
    for (uint32_t i = 0; i < bundle->dispatch_count; i++)
        ALSO(check_table(verifier, i, is_seen));
    for (uint32_t i = 0; i < bundle->rules_count; i++)
        NEED(is_seen[i], DISPATCH_LOST, RULES, i);
    for (uint32_t i = 0; i < bundle->dispatch_count; i++)
        ALSO(check_group_reach(verifier, i));
    return check_cost(verifier);
}
