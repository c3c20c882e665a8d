// SPDX-License-Identifier: Apache-2.0
// expr: the typing of expressions, node by node, into the IR.
//
// An Env says what stands around an expression: which roots it may read, the calls that
// it can be asked about, the variables in scope, and what is known to be there. It is
// passed by value down the tree, so each operand sees what its neighbours have tested.
//
// An optional value keeps its type `T?` until something tests it (given.h) or gives a
// default; whoever consumes a value calls expr_need, which refuses what may be absent.
#ifndef PROVISO_LANG_CHECK_EXPR_H
#define PROVISO_LANG_CHECK_EXPR_H

#include "lang/check/checker.h"
#include "lang/check/given.h"
#include "lang/check/make.h"

typedef struct Reach Reach;

// The roots that an expression may read.
enum {
    ROOT_REQUEST = 1, // agent user chain task audience resource credential ask context
    ROOT_ARGS = 2,
    ROOT_INTENT = 4,
    ROOT_TOOL = 8,
    ROOT_RESULT = 16,
    ROOT_CHILD = 32,
    ROOT_TOKEN = 64,    // in proofs: the token granted, and `approved by`
    ROOT_HISTORY = 128, // `task has`, `task called`
    ROOT_RULE = ROOT_REQUEST | ROOT_ARGS | ROOT_INTENT | ROOT_TOOL | ROOT_HISTORY,
};

// A variable of `all` and `any`, or a parameter of a `def`.
typedef struct Local {
    Str name;
    const Type *type;
    uint32_t level;     // quantifiers around the one that binds it
    uint32_t parameter; // MAKE_PARAM + position; 0: a variable
    const struct Local *next;
} Local;

typedef struct Env {
    Checker *checker;
    unsigned roots;
    const char *place;  // "a `def`": for messages about roots that can't be read here
    const char *advice; // what to do then, or NULL
    Reach *reach;
    const Schema *result; // what `result` is; NULL: nobody knows
    const Schema *child;  // what `child` is
    const Local *locals;
    const Given *given;
    uint32_t level;    // quantifiers around
    bool takes_absent; // the value of this very path may be absent
    bool is_proof;     // stands in a proof or a test: nothing is built of it
    bool is_call;      // stands in `task called t(...)`: `.at` can be read
    bool is_against;   // the truer this is, the more is denied
    Span anchor;       // the operand of `and` or `or` around, where a test could be put
    bool anchor_is_against;
} Env;

// An Env in which nothing can be read: constants only.
Env expr_constants(Checker *checker);

// The type and IR of any expression; poison after a message.
Expr *expr_check(const Env *env, const Node *node);
// As expr_check, and it must be a bool that is there.
Expr *expr_check_bool(const Env *env, const Node *node);
// As expr_check, and it must be there.
Expr *expr_check_needed(const Env *env, const Node *node);
// As expr_check_needed, made the wanted type (see expr_convert).
Expr *expr_check_as(const Env *env, const Node *node, const Type *want);

// Reports a root that can't be read here.
Expr *expr_unreadable(const Env *env, Span span, Str root);
// Refuses a value that may be absent.
Expr *expr_need(const Env *env, Expr *expr);
// The expression as the wanted type: an int becomes a decimal, a constant text an
// enum's value, a key, a time, an address. NULL if it can't be that; nothing is
// reported.
Expr *expr_convert(const Env *env, Expr *expr, const Type *want);
// Reports that the expression should be of another type.
Expr *expr_refuse(const Env *env, const Expr *expr, Str wanted);

// The value of a constant expression of the wanted type, or NULL after a message.
const Const *expr_constant(Checker *checker, const Node *node, const Type *want);
bool expr_constant_text(Checker *checker, const Node *node, Str *text);
// More than 0, and at most what is remembered.
bool expr_constant_duration(Checker *checker, const Node *node, int64_t *nanoseconds);
// The same of what tokens count, in whole seconds: at least one.
bool expr_constant_life(Checker *checker, const Node *node, int64_t *nanoseconds);
// At least `least` and at most `most`.
bool expr_constant_count(Checker *checker, const Node *node, uint32_t least,
                         uint32_t most, uint32_t *count);

bool type_is_text(const Type *type);   // string, email, uri, enum, key
bool type_is_number(const Type *type); // int, decimal
bool type_is_list(const Type *type);   // list, set

#endif
