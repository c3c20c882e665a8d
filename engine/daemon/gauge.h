// SPDX-License-Identifier: Apache-2.0
// gauge: tells the operator that the memory, or somebody's share of it, is full.
#ifndef PROVISO_ENGINE_DAEMON_GAUGE_H
#define PROVISO_ENGINE_DAEMON_GAUGE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

// Zeroed, it has told nothing yet.
typedef struct Gauge {
    bool is_low;
    uint64_t quotas; // of which was told
    int64_t next;    // before then nothing is told of them again; ns, monotonic
} Gauge;

// After the operations of one turn. `quotas`: how many were denied so far for want of a
// share. What is low is told once, until there is room again; denies once a minute.
void gauge_read(Gauge *gauge, const ProvisoMemory *memory, uint64_t quotas,
                int64_t now);

#endif
