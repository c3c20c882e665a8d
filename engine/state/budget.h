// SPDX-License-Identifier: Apache-2.0
// budget: what has been spent under one budget for one value of its keys.
//
// Spent at the decision, given back when the outcome says that the call failed. A
// window rolls: what was spent at a moment counts until a window later, inclusive. Of
// up to BUDGET_ENTRIES_MAX moments each is remembered; past that, the two oldest become
// one with the later's moment, so never too little counts.
#ifndef PROVISO_ENGINE_STATE_BUDGET_H
#define PROVISO_ENGINE_STATE_BUDGET_H

#include "engine/state/change.h"
#include "engine/state/layout.h"

enum {
    BUDGET_ENTRIES_MAX = 256,
    BUDGET_LINGERS = 3600,
    BUDGET_RETURNED_SIZE = 1 + 16 + 1 + 8 + 16 + 16 + 4 + 8, // bytes of that change
};

typedef enum BudgetKind {
    BUDGET_SUM,      // amounts
    BUDGET_DISTINCT, // different values
} BudgetKind;

// Which budget, and how it counts. `window` is in ns; 0: for ever (of its task).
typedef struct BudgetUse {
    StateKey key;
    BudgetKind kind;
    int64_t window;
    Decimal amount; // BUDGET_SUM
    StateKey value; // BUDGET_DISTINCT
    uint32_t due; // without a window: the second in which it may be forgotten; 0: never
} BudgetUse;

// Begins the key of a budget; the values of its keys follow (key_text ...).
void budget_key_begin(const State *state, KeyParts *parts, Str tenant, Str budget);

// What would be spent if this were, too. False if it doesn't fit a decimal or memory:
// then nothing of it is left.
bool budget_after(const State *state, const BudgetUse *use, Moment now, Decimal *out);

// When something of it comes back: the tick from which `amount` fits under `most`, or
// INT64_MAX.
int64_t budget_retry(const State *state, const BudgetUse *use, Decimal most,
                     Moment now);

// ---- changes ----

void budget_write_spent(Buf *changes, const BudgetUse *use);
MUST_USE Status budget_apply_spent(State *state, Moment at, Reader *reader);

// Gives back what was spent at `tick`: all of it or, when an outcome settles for less,
// the rest. What no longer counts gives nothing back.
void budget_write_returned(Buf *changes, const BudgetUse *use, int64_t tick);
// What such a change gives back. False for bytes that are none.
bool budget_read_returned(Str change, BudgetUse *out);
MUST_USE Status budget_apply_returned(State *state, Moment at, Reader *reader);

// Gives back what it owns.
void budget_drop(Store *store, Budget *budget);

#endif
