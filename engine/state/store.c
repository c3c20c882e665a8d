// SPDX-License-Identifier: Apache-2.0
#include "engine/state/store.h"

#include <string.h>

#include "engine/base/pages.h"

enum {
    SEGMENT = 1 << STORE_SEGMENT_BITS,
    SEGMENT_BYTES = SEGMENT * (int)sizeof(StoreBucket),
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
        pages_give(store->segments[i], SEGMENT_BYTES);
    heap_free(&store->heap);
    memset(store, 0, sizeof *store);
}

static RecordHead *head_at(const Store *store, Ref ref)
{
    return store_at(store, ref);
}

// ---- buckets ----

static uint32_t bucket_count(const Store *store)
{
    return (1u << store->level) + store->split;
}

// At most one bucket is added for each record, so one segment ahead is enough.
bool store_prepare(Store *store, bool may_exceed)
{
    size_t wanted = (size_t)bucket_count(store) + SEGMENT / 2;
    if (store->segment_count * (size_t)SEGMENT < wanted) {
        StoreBucket *segment = NULL;
        if (store->segment_count < STORE_SEGMENTS)
            segment = pages_take(SEGMENT_BYTES);
        if (!segment)
            return false;
        store->segments[store->segment_count++] = segment;
    }
    return heap_prepare(&store->heap, may_exceed);
}

static StoreBucket *bucket(const Store *store, uint32_t number)
{
    return &store->segments[number >> STORE_SEGMENT_BITS][number & (SEGMENT - 1)];
}

static uint32_t hash_of(StateKey key)
{
    return (uint32_t)key.word[0];
}

static StoreBucket *bucket_of(const Store *store, uint32_t hash)
{
    uint32_t number = hash & ((2u << store->level) - 1);
    if (number >= bucket_count(store))
        number = hash & ((1u << store->level) - 1);
    return bucket(store, number);
}

static void put_in_bucket(Store *store, StoreBucket *at, uint32_t hash, Ref ref)
{
    if (at->count == STORE_BUCKET) {
        head_at(store, ref)->next = at->more;
        at->more = ref;
        return;
    }
    at->hashes[at->count] = hash;
    at->refs[at->count++] = ref;
}

// One of those that there was no room for takes the place.
static void take_from_bucket(Store *store, StoreBucket *at, uint32_t i)
{
    Ref more = at->more;
    if (more == 0) {
        at->count--;
        at->hashes[i] = at->hashes[at->count];
        at->refs[i] = at->refs[at->count];
        return;
    }
    at->more = head_at(store, more)->next;
    at->hashes[i] = hash_of(head_at(store, more)->key);
    at->refs[i] = more;
}

void store_expect_key(const Store *store, StateKey key)
{
    if (store->segment_count > 0)
        __builtin_prefetch(bucket_of(store, hash_of(key)));
}

static void unlink_record(Store *store, Ref ref)
{
    StoreBucket *at = bucket_of(store, hash_of(head_at(store, ref)->key));
    store->records--;
    for (uint32_t i = 0; i < at->count; i++) {
        if (at->refs[i] == ref) {
            take_from_bucket(store, at, i);
            return;
        }
    }
    Ref *more = &at->more;
    while (*more != ref)
        more = &head_at(store, *more)->next;
    *more = head_at(store, ref)->next;
}

// The records of the next bucket to split are shared out between it and a new one.
static void split_bucket(Store *store)
{
    uint32_t bit = 1u << store->level;
    StoreBucket *from = bucket(store, store->split);
    StoreBucket *to = bucket(store, store->split + bit);
    StoreBucket all = *from;
    from->count = to->count = 0;
    from->more = to->more = 0;
    for (uint32_t i = 0; i < all.count; i++)
        put_in_bucket(store, (all.hashes[i] & bit) != 0 ? to : from, all.hashes[i],
                      all.refs[i]);
    while (all.more != 0) {
        Ref ref = all.more;
        all.more = head_at(store, ref)->next;
        uint32_t hash = hash_of(head_at(store, ref)->key);
        put_in_bucket(store, (hash & bit) != 0 ? to : from, hash, ref);
    }
    if (++store->split == bit) {
        store->split = 0;
        store->level++;
    }
}

static bool has_key(const Store *store, Ref ref, StateKey key)
{
    const RecordHead *record = head_at(store, ref);
    return record->key.word[0] == key.word[0] && record->key.word[1] == key.word[1];
}

static Ref find(const Store *store, StateKey key)
{
    if (store->segment_count == 0)
        return 0;
    uint32_t hash = hash_of(key);
    const StoreBucket *at = bucket_of(store, hash);
    for (uint32_t i = 0; i < at->count; i++)
        if (at->hashes[i] == hash && has_key(store, at->refs[i], key))
            return at->refs[i];
    Ref ref = at->more;
    while (ref != 0 && !has_key(store, ref, key))
        ref = head_at(store, ref)->next;
    return ref;
}

Ref store_find(const Store *store, StateKey key, uint32_t second)
{
    Ref ref = find(store, key);
    return ref != 0 && record_is_over(head_at(store, ref), second) ? 0 : ref;
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
    *head_at(store, ref) =
        (RecordHead){.key = key,
                     .due = due,
                     .size = (uint16_t)((size + HEAP_UNIT - 1) / HEAP_UNIT),
                     .kind = kind};
    put_in_bucket(store, bucket_of(store, hash_of(key)), hash_of(key), ref);
    store->kinds[kind]++;
    if (++store->records > bucket_count(store) * STORE_LOAD)
        split_bucket(store);
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
    uint32_t count = store->segment_count == 0 ? 0 : bucket_count(store);
    for (uint32_t i = 0; i < count; i++) {
        const StoreBucket *at = bucket(store, i);
        for (uint32_t k = 0; k < at->count; k++)
            visit(context, at->refs[k]);
        for (Ref ref = at->more; ref != 0; ref = head_at(store, ref)->next)
            visit(context, ref);
    }
}

size_t store_taken(const Store *store)
{
    return heap_taken(&store->heap) + (size_t)store->segment_count * SEGMENT_BYTES;
}
