// SPDX-License-Identifier: Apache-2.0
#include "engine/state/budget.h"

#include <string.h>

#include "engine/state/block.h"
#include "engine/state/usage.h"

static const Decimal ZERO = {0, 0};
static const Decimal MOST = {INT64_MAX, UINT64_MAX};

void budget_key_begin(const State *state, KeyParts *parts, Str tenant, Str budget)
{
    key_begin(parts, state->secret, KEPT_BUDGET, tenant);
    key_text(parts, budget);
}

static Budget *find(const State *state, const BudgetUse *use, Moment now)
{
    Ref ref = store_find(&state->store, use->key, moment_second(now));
    return ref == 0 ? NULL : store_at(&state->store, ref);
}

static BudgetEntry *entries_of(const State *state, const Budget *budget)
{
    return store_at(&state->store, budget->at);
}

static BudgetValue *values_of(const State *state, const Budget *budget)
{
    return store_at(&state->store, budget->at);
}

// What was spent a window ago still counts; what was spent before that does not.
static bool counts(int64_t tick, int64_t window, Moment now)
{
    return window == 0 || tick >= now.tick - window;
}

// ---- sums. What doesn't fit is MOST, and stays so whatever is taken from it, so a
// change can always be applied and never too little counts ----

static Decimal plus(Decimal a, Decimal b)
{
    Decimal sum;
    return decimal_add(a, b, &sum) ? sum : MOST;
}

static Decimal less(Decimal a, Decimal b)
{
    Decimal rest;
    bool is_most = decimal_compare(a, MOST) == 0;
    return !is_most && decimal_sub(a, b, &rest) ? rest : a;
}

// ---- reading ----

// All entries, less those in front that no longer count: their ticks ascend.
static bool sum_after(const State *state, const Budget *budget, const BudgetUse *use,
                      Moment now, Decimal *out)
{
    if (!budget || use->window == 0)
        return decimal_add(budget ? budget->spent : ZERO, use->amount, out);
    Decimal sum = budget->sum;
    for (uint32_t i = 0; i < budget->count; i++) {
        const BudgetEntry *entry = &entries_of(state, budget)[i];
        if (counts(entry->tick, use->window, now))
            break;
        sum = less(sum, entry->amount);
    }
    return decimal_add(sum, use->amount, out);
}

static bool is_value(const BudgetValue *value, StateKey key)
{
    return value->value.word[0] == key.word[0] && value->value.word[1] == key.word[1];
}

// How many different values count, and whether this is one of them.
static uint32_t count_values(const State *state, const Budget *budget,
                             const BudgetUse *use, Moment now, bool *is_there)
{
    uint32_t count = 0;
    *is_there = false;
    for (uint32_t i = 0; budget && i < budget->count; i++) {
        const BudgetValue *value = &values_of(state, budget)[i];
        if (!counts(value->tick, use->window, now))
            continue;
        count++;
        *is_there |= is_value(value, use->value);
    }
    return count;
}

bool budget_after(const State *state, const BudgetUse *use, Moment now, Decimal *out)
{
    const Budget *budget = find(state, use, now);
    if (use->kind == BUDGET_SUM)
        return sum_after(state, budget, use, now, out);
    bool is_there;
    uint32_t count = count_values(state, budget, use, now, &is_there);
    if (!is_there && ++count > BUDGET_ENTRIES_MAX)
        return false;
    *out = decimal_from_i64(count);
    return true;
}

// The earliest moment at which so much has come back: entries go one after another.
int64_t budget_retry(const State *state, const BudgetUse *use, Decimal most, Moment now)
{
    const Budget *budget = find(state, use, now);
    if (use->window == 0 || !budget)
        return INT64_MAX;
    bool is_sum = use->kind == BUDGET_SUM;
    int64_t best = INT64_MAX;
    for (uint32_t i = 0; i < budget->count; i++) {
        int64_t tick = is_sum ? entries_of(state, budget)[i].tick
                              : values_of(state, budget)[i].tick;
        Moment then = {.wall = now.wall, .tick = tick + use->window + 1};
        Decimal after;
        if (then.tick > now.tick && then.tick < best &&
            budget_after(state, use, then, &after) && decimal_compare(after, most) <= 0)
            best = then.tick;
    }
    return best;
}

void budget_drop(Store *store, Budget *budget)
{
    if (budget->at != 0)
        heap_give(&store->heap, budget->at, budget->capacity * sizeof(BudgetEntry));
    budget->at = 0;
}

_Static_assert(sizeof(BudgetEntry) == sizeof(BudgetValue), "one block holds either");

// ---- changes ----

static void write_use(Buf *changes, Change change, const BudgetUse *use)
{
    change_begin(changes, change);
    change_key(changes, use->key);
    buf_char(changes, (char)use->kind);
    buf_u64le(changes, (uint64_t)use->window);
    change_decimal(changes, use->amount);
    change_key(changes, use->value);
    buf_u32le(changes, use->due);
}

static Status read_use(Reader *reader, BudgetUse *out)
{
    uint8_t kind;
    TRY(change_read_key(reader, &out->key));
    TRY(reader_u8(reader, &kind));
    ENSURE(kind <= BUDGET_DISTINCT, STATUS_MALFORMED);
    out->kind = (BudgetKind)kind;
    TRY(change_read_i64(reader, &out->window));
    ENSURE(out->window >= 0, STATUS_MALFORMED);
    TRY(change_read_decimal(reader, &out->amount));
    TRY(change_read_key(reader, &out->value));
    return reader_u32le(reader, &out->due);
}

void budget_write_spent(Buf *changes, const BudgetUse *use)
{
    write_use(changes, CHANGE_BUDGET_SPENT, use);
}

static uint32_t due_of(const BudgetUse *use, Moment at)
{
    return use->window == 0 ? use->due
                            : second_after(at.tick + use->window) + BUDGET_LINGERS;
}

static Ref make(State *state, const BudgetUse *use, Moment at)
{
    Ref ref = store_find(&state->store, use->key, moment_second(at));
    uint32_t due = due_of(use, at);
    if (ref == 0)
        return usage_add(state, use->key, KEPT_BUDGET, sizeof(Budget), due);
    const RecordHead *record = store_at(&state->store, ref);
    if (record->due != 0 && (due == 0 || due > record->due))
        store_set_due(&state->store, ref, due);
    return ref;
}

// Entries that no longer count go.
static void forget(const State *state, Budget *budget, const BudgetUse *use, Moment at)
{
    BudgetEntry *entries = budget->at == 0 ? NULL : entries_of(state, budget);
    uint32_t over = 0;
    for (; over < budget->count && !counts(entries[over].tick, use->window, at); over++)
        budget->sum = less(budget->sum, entries[over].amount);
    if (over > 0)
        memmove(entries, entries + over, (budget->count - over) * sizeof *entries);
    budget->count = (uint16_t)(budget->count - over);
    if (budget->count == 0)
        budget->sum = ZERO;
}

// Of as many entries as are remembered, the two oldest become one.
static bool make_room(State *state, Budget *budget)
{
    if (budget->count == BUDGET_ENTRIES_MAX) {
        BudgetEntry *entries = entries_of(state, budget);
        entries[1].amount = plus(entries[0].amount, entries[1].amount);
        memmove(entries, entries + 1, --budget->count * sizeof *entries);
    }
    return array_grow(&state->store, &budget->at, &budget->capacity, budget->count,
                      sizeof(BudgetEntry), BUDGET_ENTRIES_MAX);
}

static bool spend_amount(State *state, Budget *budget, const BudgetUse *use, Moment at)
{
    if (use->window == 0) {
        budget->spent = plus(budget->spent, use->amount);
        return true;
    }
    forget(state, budget, use, at);
    budget->sum = plus(budget->sum, use->amount);
    BudgetEntry *last =
        budget->count == 0 ? NULL : &entries_of(state, budget)[budget->count - 1];
    if (last && last->tick == at.tick) {
        last->amount = plus(last->amount, use->amount);
        return true;
    }
    if (!make_room(state, budget))
        return false;
    entries_of(state, budget)[budget->count++] =
        (BudgetEntry){.tick = at.tick, .amount = use->amount};
    return true;
}

static bool spend_value(State *state, Budget *budget, const BudgetUse *use, Moment at)
{
    BudgetValue *values = budget->at == 0 ? NULL : values_of(state, budget);
    uint32_t count = 0;
    for (uint32_t i = 0; i < budget->count; i++) {
        if (is_value(&values[i], use->value)) {
            if (!counts(values[i].tick, use->window, at))
                values[i].uses = 0; // those can give nothing back
            values[i].tick = at.tick;
            values[i].uses++;
            return true;
        }
    }
    for (uint32_t i = 0; i < budget->count; i++)
        if (counts(values[i].tick, use->window, at))
            values[count++] = values[i];
    budget->count = (uint16_t)count;
    if (!array_grow(&state->store, &budget->at, &budget->capacity, count,
                    sizeof(BudgetValue), BUDGET_ENTRIES_MAX))
        return false;
    values_of(state, budget)[budget->count++] =
        (BudgetValue){.value = use->value, .tick = at.tick, .uses = 1};
    return true;
}

Status budget_apply_spent(State *state, Moment at, Reader *reader)
{
    BudgetUse use;
    TRY(read_use(reader, &use));
    Ref ref = make(state, &use, at);
    ENSURE(ref != 0, STATUS_LIMIT);
    Budget *budget = store_at(&state->store, ref);
    bool is_sum = use.kind == BUDGET_SUM;
    ENSURE(is_sum ? spend_amount(state, budget, &use, at)
                  : spend_value(state, budget, &use, at),
           STATUS_LIMIT);
    return STATUS_OK;
}

void budget_write_returned(Buf *changes, const BudgetUse *use, int64_t tick)
{
    write_use(changes, CHANGE_BUDGET_RETURNED, use);
    buf_u64le(changes, (uint64_t)tick);
}

bool budget_read_returned(Str change, BudgetUse *out)
{
    Reader reader = reader_over(change);
    uint8_t kind;
    return reader_u8(&reader, &kind) == STATUS_OK && kind == CHANGE_BUDGET_RETURNED &&
           read_use(&reader, out) == STATUS_OK;
}

// As much of `amount` as is there is taken from it, and how much that was.
static Decimal take_back(Decimal *from, Decimal amount)
{
    Decimal taken = decimal_compare(amount, *from) < 0 ? amount : *from;
    *from = less(*from, taken);
    return taken;
}

// From the entry into which it went: the first that is not older.
static void return_amount(const State *state, Budget *budget, const BudgetUse *use,
                          int64_t tick)
{
    BudgetEntry *entries = budget->at == 0 ? NULL : entries_of(state, budget);
    uint32_t i = 0;
    if (use->window == 0) {
        (void)take_back(&budget->spent, use->amount);
        return;
    }
    while (i < budget->count && entries[i].tick < tick)
        i++;
    if (i < budget->count)
        (void)take_back(&budget->sum, take_back(&entries[i].amount, use->amount));
}

// A value goes when every call that used it has given it back.
static void return_value(const State *state, Budget *budget, const BudgetUse *use)
{
    BudgetValue *values = budget->at == 0 ? NULL : values_of(state, budget);
    for (uint32_t i = 0; i < budget->count; i++) {
        if (!is_value(&values[i], use->value))
            continue;
        if (--values[i].uses == 0)
            values[i] = values[--budget->count];
        return;
    }
}

Status budget_apply_returned(State *state, Moment at, Reader *reader)
{
    BudgetUse use;
    int64_t tick;
    TRY(read_use(reader, &use));
    TRY(change_read_i64(reader, &tick));
    Budget *budget = find(state, &use, at);
    if (!budget || !counts(tick, use.window, at)) // its entry may be gone
        return STATUS_OK;
    if (use.kind == BUDGET_SUM)
        return_amount(state, budget, &use, tick);
    else
        return_value(state, budget, &use);
    return STATUS_OK;
}
