// SPDX-License-Identifier: Apache-2.0
// memory: the clauses that need memory between calls: labels, budgets, approvals,
// consents, delegation. Each is noted, too, so that `build` can say where a policy
// needs it.
#ifndef PROVISO_LANG_CHECK_MEMORY_H
#define PROVISO_LANG_CHECK_MEMORY_H

#include "lang/check/expr.h"

// AT_MOST and SPEND in a rule, in the rule's Env.
void memory_check_at_most(const Env *env, const Node *node, Rule *rule);
void memory_check_spend(const Env *env, const Node *node, Rule *rule);
// REQUIRE_APPROVAL and REQUIRE_CONSENT.
void memory_check_approval(Checker *checker, const Node *node, Rule *rule);
void memory_check_consent(Checker *checker, const Node *node, Rule *rule);
// A rule with all its clauses: one with a budget `per approver` asks for an approval.
void memory_check_approvers(Checker *checker, const Rule *rule);
// The BUDGET declarations.
void memory_load_budgets(Checker *checker);
// YIELDS in the block of these tools, whose types are complete.
void memory_check_yields(Checker *checker, const uint32_t *tools, uint32_t count,
                         const Node *node);
// DELEGATES, UNDER and INHERITS of an intent; all intents are there.
void memory_check_intent(Checker *checker, uint32_t intent, const Node *node);
// Warns of sub-tasks that can't be: the clauses of all intents have been checked.
void memory_check_tree(Checker *checker, uint32_t intent, const Node *node);
// A LABELS declaration: its labels.
void memory_declare_labels(Checker *checker, const Node *node);
// The position of a level in an ordered LABEL, the lowest first; NONE: it has no such
// level.
uint32_t memory_level(const Node *label, Str name);

#endif
