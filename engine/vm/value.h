// SPDX-License-Identifier: Apache-2.0
// value: what a register, a slot and an element of a list hold.
//
// A Value is a view: text, elements and fields lie in the bundle, in the request's
// arena or in the VM's scratch, and live as long as the decision. It is known, unknown
// (evaluation is three-valued) or absent (an optional that was left out). An unknown
// value remembers why, so that a deny can say `missing` and name the attribute.
#ifndef PROVISO_ENGINE_VM_VALUE_H
#define PROVISO_ENGINE_VM_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/scalar.h"
#include "engine/base/str.h"
#include "engine/bytecode/bytecode.h"

typedef enum ValueState { VALUE_KNOWN, VALUE_UNKNOWN, VALUE_ABSENT } ValueState;

// Why a value is unknown: the number of the slot whose fact the request lacks, or
enum {
    CAUSE_OTHER = 0xfffd, // only run time could tell: overflow, no such row, unparsable
    CAUSE_UNTOLD = 0xfffe,   // what a call returned, as long as nobody has told
    CAUSE_ARGUMENT = 0xffff, // an argument, where LIST asks without arguments
};

typedef struct Value Value;
struct Value {
    union {
        int64_t number;  // BOOL INT DURATION TIME
        Decimal decimal; // DECIMAL
        struct {
            uint64_t hi, lo;
        } ip; // IP NET, with the family in `aux` and the prefix length in `aux` >> 8
        struct {
            const char *at;
            uint64_t len;
        } text; // STRING, its number in `aux` (NONE: a string that the bundle doesn't
                // hold)
        struct {
            const Value *at;
            uint64_t count;
        } items; // LIST, RECORD
        struct {
            uint64_t number;
            uint64_t reserved;
        } row; // ROW, its table in `aux`; of a live table its cells are in `items`
    } as;
    uint32_t aux;
    uint8_t kind;   // Kind
    uint8_t state;  // ValueState
    uint16_t cause; // VALUE_UNKNOWN
};

_Static_assert(sizeof(Value) == 24, "a register is three words");

// Member by member: a literal of a union gcc 12 puts together on the stack, in pieces
// that it then reads back as one, and waits for: 40 of 250 ns of a decision.
static inline Value value_state(Kind kind, ValueState state, uint16_t cause)
{
    Value value;
    value.as.row.number = value.as.row.reserved = 0;
    value.aux = 0;
    value.kind = (uint8_t)kind;
    value.state = (uint8_t)state;
    value.cause = cause;
    return value;
}
static inline Value value_unknown(Kind kind, uint16_t cause)
{
    return value_state(kind, VALUE_UNKNOWN, cause);
}
static inline Value value_absent(Kind kind)
{
    return value_state(kind, VALUE_ABSENT, 0);
}
static inline Value value_number(Kind kind, int64_t number)
{
    Value value = value_state(kind, VALUE_KNOWN, 0);
    value.as.number = number;
    return value;
}
static inline Value value_bool(bool truth)
{
    return value_number(KIND_BOOL, truth);
}
static inline Value value_text(Str text, uint32_t number)
{
    Value value = value_state(KIND_STRING, VALUE_KNOWN, 0);
    value.as.text.at = text.at;
    value.as.text.len = text.len;
    value.aux = number;
    return value;
}
static inline Str value_str(Value value)
{
    return (Str){value.as.text.at, (size_t)value.as.text.len};
}

// The cause of what depends on two unknowns. Commutative and associative, so that the
// order of evaluation can't be seen: an argument that LIST left open wins, since
// another value of it might decide, then what is untold, then anything that isn't
// merely missing, then the lowest slot.
static inline uint16_t cause_merge(uint16_t a, uint16_t b)
{
    if (a >= CAUSE_OTHER || b >= CAUSE_OTHER)
        return a > b ? a : b;
    return a < b ? a : b;
}

// Two known texts are equal. Numbers decide where both are in the bundle.
static inline bool value_text_eq(const Value *a, const Value *b)
{
    if (a->aux != NONE || b->aux != NONE)
        return a->aux == b->aux;
    return str_eq(value_str(*a), value_str(*b));
}

// Memory for the elements of lists and records: taken front to back, given back at
// once.
typedef struct ValuePool {
    Value *at;
    uint32_t count;
    uint32_t capacity;
} ValuePool;

// `count` values from the pool, or NULL.
static inline Value *value_pool_take(ValuePool *pool, uint32_t count)
{
    if (count > pool->capacity - pool->count)
        return NULL;
    Value *values = pool->at + pool->count;
    pool->count += count;
    return values;
}

// Two known values of one scalar kind are equal.
bool value_eq(const Value *a, const Value *b);

#endif
