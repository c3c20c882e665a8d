// SPDX-License-Identifier: Apache-2.0
// verify_walk: the abstract run of one function, once over its instructions. Jumps go
// forward, so when an instruction is reached every path to it is known; where paths
// meet, a register keeps what all of them agree on. Only the files of the verifier
// include this.
#ifndef PROVISO_ENGINE_BYTECODE_VERIFY_WALK_H
#define PROVISO_ENGINE_BYTECODE_VERIFY_WALK_H

#include "engine/bytecode/verify_parts.h"

// What is known of a register.
typedef struct Slate {
    uint32_t type; // NONE: no value on some path
    bool may_unknown;
    bool may_absent;
    bool is_locked; // belongs to a loop that is running
} Slate;

// Numbers below a limit, each once, in the order in which they came.
typedef struct NumberSet {
    uint32_t *list;
    uint32_t count;
    bool *has;
} NumberSet;

typedef struct Loop {
    uint32_t end;   // the END instruction
    uint32_t reg;   // A
    Slate *at_body; // what held when the body began
    uint32_t turns; // of the loops around it
} Loop;

// What the walks use, one after another.
typedef struct WalkMemory {
    Slate *now;
    Slate **pending;
    NumberSet needs; // of slots
    NumberSet memos;
    NumberSet lets;
} WalkMemory;

typedef struct Walk {
    Verifier *verifier;
    const BundleFunction *function;
    const uint32_t *code;
    uint32_t pc;
    Slate *now; // registers; meaningful while is_reached
    bool is_reached;
    Slate **pending; // one an instruction: what jumps bring there, or NULL
    Loop loops[MAX_LOOP_DEPTH];
    uint32_t depth;
    uint32_t cost;
    uint32_t turns; // of the loops around the instruction at hand
    WalkMemory *memory;
    uint32_t memo_limit; // a memo's function may use the memos before it
    uint32_t memo_depth;
    bool is_of_pattern; // it has read an earlier call
    uint32_t keep_first, keep_end;
} Walk;

// Memory for the walks of a verifier's bundle. False when there is too little.
bool walk_memory_make(Verifier *verifier, WalkMemory *memory);

// Runs a function, whose code, parameters and type lie within their sections. Its
// needs, memos and lets stand in the memory until the next run.
bool walk_function(Walk *walk, Verifier *verifier, WalkMemory *memory,
                   uint32_t function, uint32_t memo_limit);

// ---- for what instructions need and give: verify_operands.c ----

// Records that the instruction at hand breaks the rule. Always false.
bool walk_fail(Walk *walk, VerifyRule rule);

// Returns false from here unless the condition holds.
#define RULE(condition, rule)                                                          \
    do {                                                                               \
        if (!(condition))                                                              \
            return walk_fail(walk, VERIFY_##rule);                                     \
    } while (0)

// The register has a value; it has one of that kind.
bool walk_can_read(Walk *walk, uint32_t reg);
bool walk_is_kind(Walk *walk, uint32_t reg, Kind kind);
// The register gets a value.
bool walk_set(Walk *walk, uint32_t reg, uint32_t type, bool may_unknown,
              bool may_absent);

// An instruction that is no jump, loop or return.
bool walk_operation(Walk *walk, uint32_t ins);

#endif
