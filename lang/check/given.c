// SPDX-License-Identifier: Apache-2.0
#include "lang/check/given.h"

#include "lang/check/make.h"

static const Given *add(Checker *checker, const Given *given, const Expr *path,
                        uint32_t level)
{
    Given *more = ARENA_NEW(checker->arena, Given);
    *more = (Given){path, level, given};
    return more;
}

const Given *given_by(Checker *checker, const Given *given, const Expr *expr,
                      uint32_t level, bool truth)
{
    if (expr->op == IR_HAS && truth)
        return add(checker, given, expr->args[0], level);
    if (expr->op == IR_NOT)
        return given_by(checker, given, expr->args[0], level, !truth);
    if (expr->op == (truth ? IR_AND : IR_OR))
        for (uint32_t i = 0; i < expr->arg_count; i++)
            given = given_by(checker, given, expr->args[i], level, truth);
    return given;
}

bool given_has(const Given *given, const Expr *path, uint32_t level)
{
    for (; given != NULL; given = given->next)
        if (expr_same(given->path, given->level, path, level))
            return true;
    return false;
}

bool given_is_test(const Node *node, bool truth)
{
    while (node->kind == NODE_NOT) {
        node = node->child;
        truth = !truth;
    }
    return node->kind == NODE_HAS && truth;
}
