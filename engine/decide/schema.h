// SPDX-License-Identifier: Apache-2.0
// schema: whether something sent is what a schema of the bundle says, and the value
// that it stands for.
#ifndef PROVISO_ENGINE_DECIDE_SCHEMA_H
#define PROVISO_ENGINE_DECIDE_SCHEMA_H

#include <stdint.h>

#include "engine/vm/value.h"

// Memory for the elements of lists and records: taken front to back, given back at
// once.
typedef struct ValuePool {
    Value *at;
    uint32_t count;
    uint32_t capacity;
} ValuePool;

#endif
