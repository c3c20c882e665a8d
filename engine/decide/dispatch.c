// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/dispatch.h"

#include <string.h>

typedef struct Search {
    const DispatchCall *call;
    const BundleDispatch *group;
    Found *found;
    const Atoms *dims[MAX_GROUP_DIMS];
    uint32_t atoms[MAX_GROUP_DIMS]; // the first of each dimension
    Atoms equals[MAX_GROUP_DIMS];   // of DIM_EQUAL dimensions: they have one atom,
    uint32_t equal_atoms[MAX_GROUP_DIMS]; // this
} Search;

// An argument that LIST leaves open, or that fits no number, may be equal to anything:
// such a dimension fits every atom.
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

void dispatch_call_init(DispatchCall *call, const Bundle *bundle)
{
    *call = (DispatchCall){.bundle = bundle};
    for (uint32_t dim = 0; dim < DIM_EQUAL; dim++)
        call->dims[dim] = (Atoms){&call->singles[dim], 1};
}

// ---- rules, each once ----

// Starts to note which rules were found, with those of the first bucket.
static void mark(Found *found, uint32_t rules)
{
    if (++found->epoch == 0) { // once in four thousand million times
        memset(found->seen, 0, rules * sizeof *found->seen);
        found->epoch = 1;
    }
    memcpy(found->merged, found->rules, found->count * sizeof *found->merged);
    found->rules = found->merged;
    for (uint32_t i = 0; i < found->count; i++)
        found->seen[found->rules[i]] = found->epoch;
}

static RARE void merge(Found *found, uint32_t rules, const uint32_t *bucket,
                       uint32_t count)
{
    if (found->rules != found->merged)
        mark(found, rules);
    for (uint32_t i = 0; i < count; i++) {
        if (found->seen[bucket[i]] == found->epoch)
            continue;
        found->seen[bucket[i]] = found->epoch;
        found->merged[found->count++] = bucket[i];
    }
}

// One bucket has no rule twice, and where it is the only one, as for most calls, it is
// used in place.
static void add_bucket(const Search *search, const uint32_t *slot)
{
    const Bundle *bundle = search->call->bundle;
    Found *found = search->found;
    const uint32_t *bucket = bundle_bucket(bundle, search->group, slot);
    uint32_t count = slot[search->group->dim_count + 1];
    if (found->count > 0) {
        merge(found, bundle->rules_count, bucket, count);
        return;
    }
    found->rules = bucket;
    found->count = count;
}

// ---- groups ----

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
            add_bucket(search, slot);
            return;
        }
        at = (at + 1) & mask;
    }
}

// Every combination of one atom a dimension, as an odometer counts.
static RARE void look_up_all(Search *search)
{
    uint32_t count = search->group->dim_count;
    uint32_t turn[MAX_GROUP_DIMS] = {0};
    uint32_t *atoms = search->atoms;
    for (;;) {
        look_up(search, atoms);
        uint32_t i = count;
        while (i > 0 && ++turn[i - 1] == search->dims[i - 1]->count) {
            turn[i - 1] = 0;
            atoms[i - 1] = search->dims[i - 1]->at[0];
            i--;
        }
        if (i == 0)
            return;
        atoms[i - 1] = search->dims[i - 1]->at[turn[i - 1]];
    }
}

static bool fits(const Atoms *dim, uint32_t atom)
{
    if (!dim->at)
        return true;
    for (uint32_t i = 0; i < dim->count; i++)
        if (dim->at[i] == atom)
            return true;
    return false;
}

// With an open dimension there is nothing to hash: all slots are looked at.
static RARE void scan(const Search *search)
{
    const BundleDispatch *group = search->group;
    const uint32_t *slot = search->call->bundle->dispatch_words + group->slots;
    uint32_t stride = group->dim_count + 2u;
    for (uint32_t at = 0; at < group->size; at++, slot += stride) {
        uint32_t i = 0;
        while (i < group->dim_count && fits(search->dims[i], slot[i]))
            i++;
        if (i == group->dim_count && slot[group->dim_count + 1] != 0)
            add_bucket(search, slot);
    }
}

static void search_group(Search *search)
{
    const DispatchCall *call = search->call;
    const BundleDispatch *group = search->group;
    bool is_open = false, is_single = true;
    for (uint32_t i = 0; i < group->dim_count; i++) {
        const Atoms *dim = &call->dims[group->dims[i]];
        if (group->dims[i] == DIM_EQUAL) {
            dim = &search->equals[i];
            search->equals[i] =
                equal_atoms(&call->slots[group->dim_slots[i]], &search->equal_atoms[i]);
        }
        if (dim->count == 0)
            return;
        search->dims[i] = dim;
        if (dim->at)
            search->atoms[i] = dim->at[0];
        else
            is_open = true;
        is_single &= dim->count == 1;
    }
    if (is_open)
        scan(search);
    else if (is_single)
        look_up(search, search->atoms);
    else
        look_up_all(search);
}

void dispatch_find(const DispatchCall *call, List groups, Found *found)
{
    Search search;
    search.call = call;
    search.found = found;
    found->count = 0;
    for (uint32_t i = 0; i < groups.count; i++) {
        search.group = &call->bundle->dispatch[call->bundle->lists[groups.first + i]];
        search_group(&search);
    }
}
