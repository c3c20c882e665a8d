// SPDX-License-Identifier: Apache-2.0
#include "engine/state/store.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEGMENT = 1 << STORE_SEGMENT_BITS,
    SLOT_BITS = 8,   // of a wheel's level
    TURNS_EACH = 64, // seconds for each record that may be looked at, after a long rest
};

bool store_init(Store *store, size_t limit, StoreDrop *drop)
{
    memset(store, 0, sizeof *store);
    store->drop = drop;
    return heap_init(&store->heap, limit);
}

void store_free(Store *store)
{
    for (uint32_t i = 0; i < store->segment_count; i++)
        free(store->segments[i]);
    heap_free(&store->heap);
    memset(store, 0, sizeof *store);
}

static RecordHead *head_at(const Store *store, Ref ref)
{
    return store_at(store, ref);
}

// ---- chains ----

static uint32_t chain_count(const Store *store)
{
    return (1u << store->level) + store->split;
}

// At most one chain is added for each record, so one segment ahead is enough.
bool store_prepare(Store *store, bool may_exceed)
{
    size_t wanted = (size_t)chain_count(store) + SEGMENT / 2;
    if (store->segment_count * (size_t)SEGMENT < wanted) {
        Ref *segment = NULL;
        if (store->segment_count < STORE_SEGMENTS)
            segment = calloc(SEGMENT, sizeof *segment);
        if (!segment)
            return false;
        store->segments[store->segment_count++] = segment;
    }
    return heap_prepare(&store->heap, may_exceed);
}

static Ref *chain(const Store *store, uint32_t number)
{
    return &store->segments[number >> STORE_SEGMENT_BITS][number & (SEGMENT - 1)];
}

static Ref *chain_of(const Store *store, StateKey key)
{
    uint32_t hash = (uint32_t)key.word[0];
    uint32_t number = hash & ((2u << store->level) - 1);
    if (number >= chain_count(store))
        number = hash & ((1u << store->level) - 1);
    return chain(store, number);
}

// The records of the next chain to split that belong to its other half go there.
static void split_chain(Store *store)
{
    Ref *from = chain(store, store->split);
    Ref *to = chain(store, store->split + (1u << store->level));
    uint32_t bit = 1u << store->level;
    while (*from != 0) {
        Ref ref = *from;
        RecordHead *record = head_at(store, ref);
        if (((uint32_t)record->key.word[0] & bit) == 0) {
            from = &record->next;
            continue;
        }
        *from = record->next;
        record->next = *to;
        *to = ref;
    }
    if (++store->split == bit) {
        store->split = 0;
        store->level++;
    }
}

static bool key_is(StateKey a, StateKey b)
{
    return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

static Ref find(const Store *store, StateKey key)
{
    if (store->segment_count == 0)
        return 0;
    Ref ref = *chain_of(store, key);
    while (ref != 0 && !key_is(head_at(store, ref)->key, key))
        ref = head_at(store, ref)->next;
    return ref;
}

Ref store_find(const Store *store, StateKey key, uint32_t second)
{
    Ref ref = find(store, key);
    return ref != 0 && record_is_over(head_at(store, ref), second) ? 0 : ref;
}

static void unlink_record(Store *store, Ref ref)
{
    Ref *at = chain_of(store, head_at(store, ref)->key);
    while (*at != ref)
        at = &head_at(store, *at)->next;
    *at = head_at(store, ref)->next;
    store->records--;
}

// ---- the wheel ----

// The slot for a second that is not past: the lowest level on which it is less than a
// turn away.
static Ref *slot_for(Store *store, uint32_t due)
{
    uint32_t level = 0;
    while (level < WHEEL_LEVELS - 1 &&
           (due >> (SLOT_BITS * level)) - (store->second >> (SLOT_BITS * level)) >=
               WHEEL_SLOTS)
        level++;
    return &store->wheel[level][(due >> (SLOT_BITS * level)) & (WHEEL_SLOTS - 1)];
}

static void put_in_wheel(Store *store, Ref ref)
{
    RecordHead *record = head_at(store, ref);
    uint32_t due = record->due < store->second ? store->second : record->due;
    Ref *slot = slot_for(store, due);
    record->due_next = *slot;
    record->is_in_wheel = true;
    *slot = ref;
}

static void release(Store *store, Ref ref)
{
    RecordHead *record = head_at(store, ref);
    heap_give(&store->heap, ref, (size_t)record->size * HEAP_UNIT);
}

// A record that the wheel has come to.
static void turn_up(Store *store, Ref ref)
{
    RecordHead *record = head_at(store, ref);
    record->is_in_wheel = false;
    if (record->kind == 0) {
        release(store, ref);
    } else if (record->due == 0) {
        return;
    } else if (record->due > store->second) {
        put_in_wheel(store, ref);
    } else {
        store->kinds[record->kind]--;
        store->drop(store, record);
        unlink_record(store, ref);
        release(store, ref);
    }
}

// Takes from the slots of this second, coarse ones first: they feed the fine ones.
static bool drain_second(Store *store, uint32_t *most)
{
    for (uint32_t level = WHEEL_LEVELS; level-- > 0;) {
        uint32_t at = (store->second >> (SLOT_BITS * level)) & (WHEEL_SLOTS - 1);
        Ref *slot = &store->wheel[level][at];
        for (; *slot != 0; --*most) {
            if (*most == 0)
                return false;
            Ref ref = *slot;
            *slot = head_at(store, ref)->due_next;
            turn_up(store, ref);
        }
    }
    return true;
}

bool store_expire(Store *store, uint32_t second, uint32_t most)
{
    uint64_t turns = ((uint64_t)most + 1) * TURNS_EACH;
    for (; turns > 0; turns--) {
        if (!drain_second(store, &most))
            return false;
        if (store->second >= second)
            return true;
        store->second++;
    }
    return false;
}

// ---- records ----

Ref store_add(Store *store, StateKey key, uint8_t kind, size_t size, uint32_t due)
{
    Ref over = find(store, key);
    if (over != 0)
        store_drop(store, over);
    Ref ref = heap_take(&store->heap, size);
    if (ref == 0)
        return 0;
    Ref *first = chain_of(store, key);
    *head_at(store, ref) =
        (RecordHead){.key = key,
                     .next = *first,
                     .due = due,
                     .size = (uint16_t)((size + HEAP_UNIT - 1) / HEAP_UNIT),
                     .kind = kind};
    *first = ref;
    store->kinds[kind]++;
    if (++store->records > chain_count(store))
        split_chain(store);
    if (due != 0)
        put_in_wheel(store, ref);
    return ref;
}

void store_set_due(Store *store, Ref ref, uint32_t due)
{
    RecordHead *record = head_at(store, ref);
    record->due = due;
    if (!record->is_in_wheel && due != 0)
        put_in_wheel(store, ref);
}

void store_drop(Store *store, Ref ref)
{
    RecordHead *record = head_at(store, ref);
    store->kinds[record->kind]--;
    store->drop(store, record);
    unlink_record(store, ref);
    record->kind = 0;
    if (!record->is_in_wheel)
        release(store, ref);
}

void store_each(const Store *store, StoreVisit *visit, void *context)
{
    uint32_t chains = store->segment_count == 0 ? 0 : chain_count(store);
    for (uint32_t i = 0; i < chains; i++)
        for (Ref ref = *chain(store, i); ref != 0; ref = head_at(store, ref)->next)
            visit(context, ref);
}

size_t store_taken(const Store *store)
{
    return heap_taken(&store->heap) +
           (size_t)store->segment_count * SEGMENT * sizeof(Ref);
}
