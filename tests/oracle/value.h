// SPDX-License-Identifier: Apache-2.0
// value: what an expression of the oracle comes to: something known, nothing (absent),
// or unknown, and then why.
//
// Written from docs/language.md, not from engine/vm. Nothing is fast here.
#ifndef PROVISO_TESTS_ORACLE_VALUE_H
#define PROVISO_TESTS_ORACLE_VALUE_H

#include "engine/base/arena.h"
#include "lang/ir/ir.h"

typedef enum Standing { IS_KNOWN, IS_ABSENT, IS_UNKNOWN } Standing;

// Why something is unknown. Where two reasons meet, a fact that is merely missing gives
// way to everything else, and of two missing facts the first slot stands.
typedef enum Reason { BY_MISSING, BY_OTHER } Reason;

typedef struct Val Val;
struct Val {
    Standing standing;
    Reason reason;
    uint32_t slot;  // BY_MISSING: the fact
    int64_t number; // BOOL INT DURATION TIME; ROW: its position in the table
    Decimal decimal;
    Str text;
    Ip ip;
    const Val *items; // LIST RECORD
    uint32_t count;
};

Val val_absent(void);
Val val_missing(uint32_t slot);
Val val_unknown(void);
Val val_bool(bool truth);
Val val_int(int64_t number);
Val val_decimal(Decimal decimal);
Val val_text(Str text);
// Of a constant of the Program.
Val val_const(Arena *arena, const Const *value);
// What two operands of which one isn't known come to, where neither alone decides.
Val val_merge(Val a, Val b);

bool val_is(Val value, bool truth); // known, and that

// Two known values of one kind. Texts by their bytes, or without ASCII case.
bool val_same(Kind kind, Val a, Val b, bool is_nocase);
// Negative, 0 or positive.
int val_order(Kind kind, Val a, Val b);

#endif
