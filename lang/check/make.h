// SPDX-License-Identifier: Apache-2.0
// make: builds the expressions of the IR, each with what it may come to besides a
// value.
//
// While a `def` is a template, its parameters are ELEMENTs numbered from MAKE_PARAM on;
// make_instance puts the arguments in their place. ELEMENT numbers count the
// quantifiers between, so an expression that moves under more of them has to be lifted.
#ifndef PROVISO_LANG_CHECK_MAKE_H
#define PROVISO_LANG_CHECK_MAKE_H

#include "lang/check/checker.h"

#define MAKE_PARAM 0x80000000u

// An expression with `count` operands (0 to 3 given here; more by make_many).
Expr *make_leaf(Checker *checker, IrOp op, Span span, const Type *type,
                uint32_t number);
Expr *make_unary(Checker *checker, IrOp op, Span span, const Type *type, Expr *a);
Expr *make_binary(Checker *checker, IrOp op, Span span, const Type *type, Expr *a,
                  Expr *b);
// The operands are copied. `number` as ir.def says for the op.
Expr *make_many(Checker *checker, IrOp op, Span span, const Type *type, uint32_t number,
                Expr *const *args, uint32_t count);
Expr *make_const(Checker *checker, Span span, const Const *value);
Expr *make_bool(Checker *checker, Span span, bool truth);
// What stands for a mistake that has been reported.
Expr *make_poison(Checker *checker, Span span);
bool is_poison(const Expr *expr);
// AND or OR; flattens operands of the same op; one operand is itself.
Expr *make_logic(Checker *checker, IrOp op, Span span, Expr *const *args,
                 uint32_t count);
Expr *make_not(Checker *checker, Span span, Expr *a);

// The same expression under another type of the same kind.
Expr *make_typed(Checker *checker, const Expr *expr, const Type *type);
// A copy to stand under `lift` more quantifiers.
Expr *make_lifted(Checker *checker, Expr *expr, uint32_t lift);
// A copy of a template with its parameters replaced.
Expr *make_instance(Checker *checker, const Expr *body, Expr *const *args);

// Whether both are the same expression when one stands under `a_level` and the other
// under `b_level` quantifiers.
bool expr_same(const Expr *a, uint32_t a_level, const Expr *b, uint32_t b_level);

#endif
