// SPDX-License-Identifier: Apache-2.0
// vm: runs the functions of a verified bundle over one request.
//
// It checks nothing that verify_bundle has proved: registers, constants, jumps, types.
// It allocates nothing; text and lists that builtins make go into a fixed scratch, and
// when that is full `is_exhausted` is set and the value is unknown: the decision then
// denies. A Vm is one thread's.
#ifndef PROVISO_ENGINE_VM_VM_H
#define PROVISO_ENGINE_VM_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/bytecode/bundle.h"
#include "engine/vm/value.h"

typedef struct Arena Arena;

enum {
    VM_SCRATCH_BYTES = 1 << 20, // text that builtins make, of one decision
    VM_SCRATCH_ITEMS = 8192,    // elements of lists that they make
    VM_FRAMES = MAX_MEMO_DEPTH + 1,
};

// An EACH that runs: where its body begins, and the element at hand.
typedef struct VmLoop {
    const uint32_t *body;
    uint64_t index;
} VmLoop;

// An earlier call that a pattern looks at.
typedef struct VmCall {
    const void *cursor; // the caller's; NULL before the first
    const Value *kept;  // what is kept of it, in the order of its tool's KEEPS
    int64_t at;         // when it was decided, ns since 1970
    bool is_at_edge; // whether it is of long enough ago to count no more can't be told
} VmCall;

typedef struct Vm {
    const Bundle *bundle;
    // The call: set before each decision.
    const Value *slots;
    uint32_t tool;
    const uint32_t *user_groups; // ascending
    uint32_t user_group_count;
    List agent_groups;
    bool is_careful;        // an argument may be unknown, so nothing is taken for known
    const uint64_t *labels; // bit n: label n has been touched
    // Goes on to the next earlier call of the pattern's tool; false: there is none.
    // NULL: there are none at all.
    bool (*next_call)(void *past, const BundlePattern *pattern, VmCall *call);
    void *past;
    // Whether a live table has a row under the keys, and its cells in the pool, if
    // there is one (live.h). NULL: no live table has rows.
    bool (*find_live)(const void *past, uint32_t table, const Value *keys,
                      ValuePool *pool, const Value **cells);
    // Working memory.
    bool is_exhausted;
    VmCall call;           // that is looked at
    uint32_t keep_first;   // where the KEEPS of its tool begin
    uint32_t epoch;        // memos of another epoch are stale
    uint32_t *memo_epochs; // one a memo
    Value *memos;
    Value *registers; // of all frames
    uint32_t loop_depth;
    VmLoop loops[VM_FRAMES * MAX_LOOP_DEPTH]; // of all frames
    char *scratch;
    uint32_t scratch_used;
    Value *items;
    uint32_t items_used;
} Vm;

// Working memory for a verified bundle on the arena. NULL when the arena is full.
Vm *vm_new(Arena *arena, const Bundle *bundle);

// Forgets what belongs to the last decision.
void vm_begin(Vm *vm);

// The value of a function under a row of constants (indices into CONSTS). It lies in a
// register: until the next run.
const Value *vm_run(Vm *vm, uint32_t function, const uint32_t *row);

// A constant as a value. A list of constants is a value whose elements are read through
// the bundle: `as.items.at` is NULL and `aux` is its number.
Value vm_const(const Bundle *bundle, uint32_t number);
// Element `index` of any list value.
Value vm_element(const Bundle *bundle, const Value *list, uint64_t index);

// 0 false, 1 true, 2 unknown (or absent).
static inline unsigned value_truth(const Value *value)
{
    return value->state == VALUE_KNOWN ? (unsigned)value->as.number : 2;
}

#endif
