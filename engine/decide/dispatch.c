// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/dispatch.h"

typedef struct Search {
    const DispatchCall *call;
    const BundleDispatch *group;
    DispatchVisit *visit;
    void *context;
    Atoms dims[MAX_GROUP_DIMS];
    uint32_t equals[MAX_GROUP_DIMS]; // what DIM_EQUAL dimensions point to
} Search;

// An argument that LIST leaves open, or that fits no number, may be equal to anything: such a
// dimension fits every atom.
static const Atoms ANY_ATOM = {NULL, 1};

static Atoms equal_atoms(const Value *value, uint32_t *atom)
{
    if (value->state == VALUE_UNKNOWN)
        return ANY_ATOM;
    if (value->state == VALUE_ABSENT)
        *atom = ATOM_UNKNOWN;
    else if (value->kind == KIND_STRING && value->aux == NONE)
        return (Atoms){NULL, 0}; // no constant is equal to it
    else if (value->kind == KIND_STRING)
        *atom = value->aux;
    else if (value->kind == KIND_DECIMAL)
        *atom = atom_of_number((uint64_t)value->as.decimal.hi, value->as.decimal.lo);
    else
        *atom = atom_of_number(0, (uint64_t)value->as.number);
    return (Atoms){atom, 1};
}

static void visit_bucket(const Search *search, const uint32_t *slot)
{
    const BundleDispatch *group = search->group;
    const uint32_t *bucket = bundle_bucket(search->call->bundle, group, slot);
    uint32_t count = slot[group->dim_count + 1];
    for (uint32_t i = 0; i < count; i++)
        search->visit(search->context, bucket[i]);
}

static bool slot_is(const uint32_t *slot, const uint32_t *atoms, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (slot[i] != atoms[i])
            return false;
    return true;
}

static void look_up(const Search *search, const uint32_t *atoms)
{
    const BundleDispatch *group = search->group;
    const uint32_t *slots = search->call->bundle->dispatch_words + group->slots;
    uint32_t stride = group->dim_count + 2u;
    uint32_t mask = group->size - 1;
    uint32_t at = dispatch_hash(group->seed, atoms, group->dim_count) & mask;
    for (;;) {
        const uint32_t *slot = slots + (size_t)at * stride;
        if (slot[group->dim_count + 1] == 0)
            return;
        if (slot_is(slot, atoms, group->dim_count)) {
            visit_bucket(search, slot);
            return;
        }
        at = (at + 1) & mask;
    }
}

// Every combination of one atom a dimension, as an odometer counts.
static void look_up_all(const Search *search)
{
    uint32_t count = search->group->dim_count;
    uint32_t turn[MAX_GROUP_DIMS] = {0};
    uint32_t atoms[MAX_GROUP_DIMS];
    for (uint32_t i = 0; i < count; i++)
        atoms[i] = search->dims[i].at[0];
    for (;;) {
        look_up(search, atoms);
        uint32_t i = count;
        while (i > 0 && ++turn[i - 1] == search->dims[i - 1].count) {
            turn[i - 1] = 0;
            atoms[i - 1] = search->dims[i - 1].at[0];
            i--;
        }
        if (i == 0)
            return;
        atoms[i - 1] = search->dims[i - 1].at[turn[i - 1]];
    }
}

static bool fits(Atoms dim, uint32_t atom)
{
    if (!dim.at)
        return true;
    for (uint32_t i = 0; i < dim.count; i++)
        if (dim.at[i] == atom)
            return true;
    return false;
}

// With an open dimension there is nothing to hash: all slots are looked at.
static void scan(const Search *search)
{
    const BundleDispatch *group = search->group;
    const uint32_t *slot = search->call->bundle->dispatch_words + group->slots;
    uint32_t stride = group->dim_count + 2u;
    for (uint32_t at = 0; at < group->size; at++, slot += stride) {
        uint32_t i = 0;
        while (i < group->dim_count && fits(search->dims[i], slot[i]))
            i++;
        if (i == group->dim_count && slot[group->dim_count + 1] != 0)
            visit_bucket(search, slot);
    }
}

static void search_group(Search *search)
{
    const BundleDispatch *group = search->group;
    bool is_open = false;
    for (uint32_t i = 0; i < group->dim_count; i++) {
        if (group->dims[i] == DIM_EQUAL)
            search->dims[i] = equal_atoms(&search->call->slots[group->dim_slots[i]],
                                          &search->equals[i]);
        else
            search->dims[i] = search->call->dims[group->dims[i]];
        if (search->dims[i].count == 0)
            return;
        is_open |= search->dims[i].at == NULL;
    }
    if (is_open)
        scan(search);
    else
        look_up_all(search);
}

void dispatch_find(const DispatchCall *call, List groups, DispatchVisit *visit,
                   void *context)
{
    Search search = {.call = call, .visit = visit, .context = context};
    for (uint32_t i = 0; i < groups.count; i++) {
        search.group =
            &call->bundle->dispatch[call->bundle->lists[groups.first + i]];
        search_group(&search);
    }
}
