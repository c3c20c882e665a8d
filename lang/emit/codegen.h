// SPDX-License-Identifier: Apache-2.0
// codegen: an expression becomes a function, that is, instructions on registers.
//
// Constants are not in the code: they are K[0], K[1] ... in the order in which a walk
// over the expression meets them (operands from first to last), and come from the row
// of whoever calls. So expressions of one structure share a function.
#ifndef PROVISO_LANG_EMIT_CODEGEN_H
#define PROVISO_LANG_EMIT_CODEGEN_H

#include "lang/emit/emitter.h"

// A constant of an expression and the type that it has in code.
typedef struct Constant {
    const Const *value;
    uint32_t type;
} Constant;

// A growing array of constants.
typedef struct Constants {
    Constant *at;
    uint32_t count;
    uint32_t capacity;
} Constants;

// Appends the constants of the expression, in order. Needs types only.
void codegen_constants(Emitter *emitter, const Expr *expr, Constants *constants);
// Appends what tells structures apart: two expressions with the same bytes, and
// constants of the same types, have the same code.
void codegen_key(Buf *key, const Expr *expr);

// The number of the function for the expression, whose constants are `constants`. Equal
// code is kept once.
uint32_t codegen_function(Emitter *emitter, const Expr *expr, const Constant *constants,
                          uint32_t count);

#endif
