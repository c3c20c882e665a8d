// SPDX-License-Identifier: Apache-2.0
// record: the kinds of record that a decision reads and writes.
//
// A decision is a pure function: what must be remembered between calls comes in as the
// records that it reads, and goes out as the records that it wants written. Who keeps
// them, and where, is the edge's business.
#ifndef PROVISO_ENGINE_STATE_RECORD_H
#define PROVISO_ENGINE_STATE_RECORD_H

#include <stdint.h>

#include "engine/base/str.h"

typedef enum RecordKind {
    RECORD_TASK,  // read: the task that the call belongs to
    RECORD_GRANT, // written: what an allow has granted
} RecordKind;

// An episode of work under one intent.
typedef struct TaskRecord {
    Str id;
    uint32_t intent; // number in the bundle
    int64_t opened;  // ns since 1970
    // The intents of the tasks above it, nearest first.
    uint32_t above_count;
    const uint32_t *above;
} TaskRecord;

// What was granted, for CHECK and for revocation.
typedef struct GrantRecord {
    uint8_t id[16];
    uint32_t rule;
    uint32_t audience;
    uint32_t tool;
    int64_t expires; // ns since 1970
    uint32_t uses;
    uint32_t depth;
} GrantRecord;

typedef struct Record {
    RecordKind kind;
    union {
        TaskRecord task;
        GrantRecord grant;
    } as;
} Record;

enum { MAX_RECORDS = 8 };

// The records of one decision, in no order.
typedef struct Records {
    uint32_t count;
    Record at[MAX_RECORDS];
} Records;

// The first record of a kind, or NULL.
static inline const Record *records_find(const Records *records, RecordKind kind)
{
    for (uint32_t i = 0; i < records->count; i++)
        if (records->at[i].kind == kind)
            return &records->at[i];
    return NULL;
}

#endif
