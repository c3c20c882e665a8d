// SPDX-License-Identifier: Apache-2.0
// store: records found by key, and forgotten when their time is over.
//
// A key is a hash of 128 bits under a secret of the state (key.h), so it stands for
// what was hashed. A bucket is a cache line, in which part of the hash tells records
// apart; buckets are added one at a time (linear hashing; Litwin 1980). Records that
// are over go a few at a time (a timing wheel; Varghese, Lauck 1987). So a record is
// found with two waits for memory, and nothing ever pauses for long.
//
// When a record is dropped can't be observed: one that is over is not found any more,
// whether it is still there or not.
#ifndef PROVISO_ENGINE_STATE_STORE_H
#define PROVISO_ENGINE_STATE_STORE_H

#include "engine/state/heap.h"

typedef struct StateKey {
    uint64_t word[2];
} StateKey;

// What every record begins with.
typedef struct RecordHead {
    StateKey key;
    Ref next;      // of those that its bucket has no room for
    Ref due_next;  // in its slot of the wheel
    uint32_t due;  // the second in which it is over; 0: never
    uint16_t size; // bytes of the record, head included, in units
    uint8_t kind;  // KeptKind; 0: dropped, and still in the wheel
    bool is_in_wheel;
} RecordHead;
_Static_assert(sizeof(RecordHead) == 32, "records are many");

enum {
    STORE_BUCKET = 7,        // records
    STORE_LOAD = 4,          // of them on the average
    STORE_SEGMENT_BITS = 15, // 2^15 buckets
    STORE_SEGMENTS = 1 << 13,
    STORE_KINDS = 16,
    WHEEL_LEVELS = 4,
    WHEEL_SLOTS = 256,
};

// Where to look for a key.
typedef struct StoreBucket {
    uint32_t hashes[STORE_BUCKET]; // the low half of each record's first word
    uint32_t count;
    Ref refs[STORE_BUCKET];
    Ref more; // those that there was no room for
} StoreBucket;
_Static_assert(sizeof(StoreBucket) == 64, "a cache line");

typedef struct Store Store;
// Gives back what a record owns, before it is dropped itself.
typedef void StoreDrop(Store *store, RecordHead *record);

struct Store {
    Heap heap;
    StoreDrop *drop;
    StoreBucket *segments[STORE_SEGMENTS];
    uint32_t segment_count;
    uint32_t level; // buckets: 2^level + split
    uint32_t split;
    uint32_t records;
    uint32_t kinds[STORE_KINDS]; // how many of each kind
    uint32_t second;             // up to here the wheel has turned
    Ref wheel[WHEEL_LEVELS][WHEEL_SLOTS];
};

// An empty store of at most `limit` bytes. False when memory is out.
MUST_USE bool store_init(Store *store, size_t limit, StoreDrop *drop);
void store_free(Store *store);

// Makes sure that the next changes have memory: as heap_prepare, and up to 2^15 new
// records.
MUST_USE bool store_prepare(Store *store, bool may_exceed);

// The record of a key; 0 if there is none or it is over in that second. A record never
// moves.
Ref store_find(const Store *store, StateKey key, uint32_t second);

// The key will be looked for soon: as store_expect.
void store_expect_key(const Store *store, StateKey key);

// A new record of `size` bytes, zeroed but for its head, which is over in second `due`
// (0: never). One of that key that is over is dropped; another there must not be. 0
// only without store_prepare.
Ref store_add(Store *store, StateKey key, uint8_t kind, size_t size, uint32_t due);

// The record is over in another second (0: never). One that ends sooner than it did may
// stay in memory until then.
void store_set_due(Store *store, Ref ref, uint32_t due);

// Drops it now.
void store_drop(Store *store, Ref ref);

// Drops records that are over in that second, looking at no more than `most`, and at
// what was over in no more than 64 times as many seconds. True when none is left.
bool store_expire(Store *store, uint32_t second, uint32_t most);

// Visits every record, in no order; those that are over, too, as long as they are
// there.
typedef void StoreVisit(void *context, Ref ref);
void store_each(const Store *store, StoreVisit *visit, void *context);

// Bytes that the system has given.
size_t store_taken(const Store *store);

static inline void *store_at(const Store *store, Ref ref)
{
    return heap_at(&store->heap, ref);
}

// The beginning of a block will be read soon: waiting for several is as long as for
// one.
static inline void store_expect(const Store *store, Ref ref)
{
    if (ref != 0)
        __builtin_prefetch(store_at(store, ref));
}

static inline bool record_is_over(const RecordHead *record, uint32_t second)
{
    return record->due != 0 && record->due <= second;
}

#endif
