// SPDX-License-Identifier: Apache-2.0
#include "engine/state/state.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/unit.h"
#include "engine/state/approval.h"
#include "engine/state/budget.h"
#include "engine/state/call.h"
#include "engine/state/facts.h"
#include "engine/state/labels.h"
#include "engine/state/revocation.h"
#include "engine/state/row.h"
#include "engine/state/task.h"
#include "engine/state/usage.h"

enum { LIMIT = 16 << 20, BYTES = 1 << 16 };
#define SECOND INT64_C(1000000000)
static const int64_t WALL = INT64_C(1772442000) * SECOND;

static State state;
static char memory[BYTES];
static Buf changes;

static void begin(void)
{
    static const uint8_t SECRET[16] = {7};
    ck_assert_int_eq(state_init(&state, LIMIT, SECRET), STATUS_OK);
    changes = buf_fixed(memory, sizeof memory);
}

static Moment at(int64_t seconds)
{
    int64_t time = seconds * SECOND;
    return (Moment){.wall = WALL + time, .tick = time, .start = time, .end = time};
}

static Status try_apply(int64_t seconds)
{
    ck_assert(!changes.failed && state_prepare(&state, at(seconds)));
    Status status = state_apply(&state, at(seconds), buf_view(&changes));
    buf_clear(&changes);
    return status;
}

static void apply(int64_t seconds)
{
    ck_assert_int_eq(try_apply(seconds), STATUS_OK);
}

static StateKey open_task(const char *id, const char *parent, int64_t now, int64_t ends)
{
    TaskOpening opening = {
        .key = task_key(&state, STR("acme"), str_from_c(id)),
        .ends = ends * SECOND,
        .intent = STR("resolve"),
        .agent = STR("spiffe://acme.example/bot"),
        .texts = {str_from_c(id), STR("acme"), STR("u-7"), STR("\xa0")}};
    if (parent) {
        opening.has_parent = true;
        opening.parent = task_key(&state, STR("acme"), str_from_c(parent));
    }
    task_write_opened(&changes, &opening);
    apply(now);
    return opening.key;
}

static Ref task(const char *id, int64_t now)
{
    return task_find(&state, task_key(&state, STR("acme"), str_from_c(id)), at(now));
}

static void add_fact(StateKey owner, uint32_t keep, uint32_t call, bool is_in_flight,
                     const char *packed)
{
    NewFact fact = {.owner = owner,
                    .keep = keep,
                    .call = call,
                    .is_in_flight = is_in_flight,
                    .layout = STR("crm.look(order)"),
                    .packed = str_from_c(packed)};
    facts_write_added(&changes, &fact);
}

START_TEST(names_are_kept_once)
{
    begin();
    ck_assert_uint_eq(state_find_name(&state, STR("a")), 0);
    ck_assert(state_prepare(&state, at(0)));
    Ref a = state_name(&state, STR("a")), none = state_name(&state, STR(""));
    ck_assert_uint_ne(a, 0);
    ck_assert_uint_eq(state_name(&state, STR("a")), a);
    ck_assert_uint_eq(state_find_name(&state, STR("a")), a);
    ck_assert_text(state_name_text(&state, a), "a");
    ck_assert_text(state_name_text(&state, none), "");
    state_free(&state);
}
END_TEST

// Agents and people of a million names, one after another, leave nothing behind.
START_TEST(names_go_with_what_refers_to_them)
{
    enum { MANY = 1000000, WARM = 2000 };
    char name[16];
    size_t warm = 0;
    begin();
    Ref kept = 0;
    for (int64_t i = 0; i < MANY; i++) {
        Buf text = buf_fixed(name, sizeof name);
        buf_printf(&text, "agent %d", (int)i);
        TaskOpening opening = {.key = task_key(&state, STR("acme"), buf_view(&text)),
                               .ends = (i + 1) * SECOND,
                               .intent = STR("resolve"),
                               .agent = buf_view(&text),
                               .texts = {.id = buf_view(&text)}};
        task_write_opened(&changes, &opening);
        apply(i);
        if (i == WARM)
            warm = state.store.heap.used;
        if (i == WARM)
            kept = state_name(&state, STR("agent 1999")); // a label of that name
    }
    ck_assert_uint_le(state.store.heap.used, warm + 4096);
    ck_assert_uint_lt(state.store.records, 1000);
    ck_assert_uint_eq(state_find_name(&state, STR("agent 1")), 0);
    ck_assert_uint_eq(state_find_name(&state, STR("agent 1999")), kept);
    ck_assert_text(state_name_text(&state, kept), "agent 1999");
    state_free(&state);
}
END_TEST

START_TEST(people_are_forgotten_with_their_approvals)
{
    begin();
    StateKey key = approval_key(&state, &(ApprovalFor){.tool = STR("refund")});
    approval_write_asked(&changes, key, &(ApprovalTexts){.agent = STR("bot")});
    apply(0);
    for (int64_t i = 1; i < 2000; i++) {
        char name[16];
        Buf text = buf_fixed(name, sizeof name);
        buf_printf(&text, "u-%d", (int)i);
        approval_write_given(&changes, key, buf_view(&text));
        if (i % 3 == 0)
            approval_write_spent(&changes, key);
        apply(i);
    }
    ck_assert_uint_lt(state.store.records, STATE_UNUSED_STAYS + APPROVERS_MAX + 5);
    state_free(&state);
}
END_TEST

static bool has_room(StateKey share)
{
    return usage_full(&state, share).len == 0;
}

static bool has_task(StateKey share)
{
    return usage_full_of_tasks(&state, share).len == 0;
}

START_TEST(a_share_is_freed)
{
    begin();
    StateKey acme = usage_key(&state, STR("acme")),
             beta = usage_key(&state, STR("beta"));
    state.limits = (StateLimits){.tenant_bytes = 1000, .tenant_tasks = 2};
    ck_assert(has_room(acme) && has_task(acme));
    usage_write_charged(&changes, acme);
    open_task("a", NULL, 0, 100);
    ck_assert(has_task(acme));
    usage_write_charged(&changes, acme);
    StateKey second = open_task("b", NULL, 0, 100);
    ck_assert(!has_task(acme) && has_task(beta));
    for (int i = 0; i < 2; i++) { // closed again, it counts once
        task_write_closed(&changes, second);
        apply(1);
    }
    ck_assert(has_task(acme));
    ck_assert(has_room(acme));
    usage_write_charged(&changes, acme);
    for (int i = 0; i < 60; i++)
        labels_write_touched(&changes, second, i % 2 == 0 ? STR("x") : STR("y"), true,
                             0);
    StateKey past = past_key(&state, STR("acme"), PAST_USER, STR("u-7"));
    for (uint32_t i = 0; i < 30; i++)
        add_fact(past, 1000, i, false, "one");
    apply(2);
    ck_assert(!has_room(acme) && has_room(beta));
    state.limits.tenant_bytes = 0; // no limit
    ck_assert(has_room(acme));
    for (int i = 0; i < 10; i++)
        ck_assert(state_prepare(&state, at(2000)));
    ck_assert_uint_eq(state.store.heap.used,
                      heap_room(sizeof(Name) + 1) * 2 + heap_room(sizeof(Name) + 15));
    state_free(&state);
}
END_TEST

// However far the clock jumps, one operation forgets a few records only.
START_TEST(a_jump_of_months_is_taken_in_steps)
{
    enum { MANY = 5000, YEAR = 365 * 86400 };
    begin();
    for (int64_t i = 0; i < MANY; i++) {
        char id[16];
        Buf text = buf_fixed(id, sizeof id);
        buf_printf(&text, "t%d", (int)i);
        buf_char(&text, '\0');
        open_task(id, NULL, 0, i * (YEAR / MANY));
    }
    uint32_t before = state.store.records, steps = 0;
    for (; state.store.records > 2; steps++) {
        uint32_t records = state.store.records, second = state.store.second;
        ck_assert(state_prepare(&state, at(YEAR)));
        ck_assert_uint_le(records - state.store.records, 64);
        ck_assert_uint_le(state.store.second - second, 65 * 64);
        ck_assert_uint_lt(steps, before + YEAR / 4000);
    }
    ck_assert_uint_gt(steps, MANY / 64);
    ck_assert_uint_eq(task("t4999", YEAR), 0);
    state_free(&state);
}
END_TEST

START_TEST(a_task_lives_as_long_as_all_above_it)
{
    begin();
    open_task("t", NULL, 0, 100);
    StateKey child = open_task("c", "t", 10, 500);
    open_task("g", "c", 20, 50);
    const Task *record = task_at(&state, task("c", 20));
    ck_assert_int_eq(record->ends, 100 * SECOND);
    ck_assert_int_eq(record->depth, 1);
    ck_assert_uint_eq(task_ordinal(record), 1);
    ck_assert_uint_eq(task_ordinal(task_at(&state, task("g", 20))), 2);
    TaskTexts texts = task_texts(&state, record);
    ck_assert_text(texts.id, "c");
    ck_assert_text(texts.user, "u-7");
    ck_assert_text(texts.params, "\xa0");
    ck_assert(task_is_open(&state, task("g", 20), at(49)));
    ck_assert(!task_is_open(&state, task("g", 20), at(50)));
    task_write_closed(&changes, child);
    apply(30);
    ck_assert(!task_is_open(&state, task("g", 30), at(30)));
    ck_assert(!task_is_open(&state, task("c", 30), at(30)));
    ck_assert(task_is_open(&state, task("t", 30), at(99)));
    ck_assert(!task_is_open(&state, task("t", 30), at(100)));
    // Forgotten from below.
    ck_assert_uint_ne(task("t", 100 + TASK_LINGERS), 0);
    ck_assert(store_expire(&state.store, 10000, UINT32_MAX));
    ck_assert_uint_eq(task("t", 10000), 0);
    ck_assert_uint_eq(state.store.records, 0);
    state_free(&state);
}
END_TEST

START_TEST(what_no_operation_writes_is_refused)
{
    static const char *const CASES[] = {"\x63", "\x01", "\x02 0123456789abcde", "\x03"};
    begin();
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        buf_c(&changes, CASES[i]);
        ck_assert_int_eq(try_apply(0), STATUS_MALFORMED);
    }
    open_task("t", NULL, 0, 100);
    task_write_opened(&changes,
                      &(TaskOpening){.key = task_key(&state, STR("acme"), STR("t"))});
    ck_assert_int_eq(try_apply(1), STATUS_MALFORMED);
    task_write_opened(&changes, &(TaskOpening){.key = {{1, 2}}, .has_parent = true});
    ck_assert_int_eq(try_apply(1), STATUS_MALFORMED);
    task_write_closed(&changes, (StateKey){{3, 4}});
    ck_assert_int_eq(try_apply(1), STATUS_MALFORMED);
    state_free(&state);
}
END_TEST

static const Label *label_of(const Labels *labels, const char *name)
{
    Ref wanted = state_find_name(&state, str_from_c(name));
    for (uint32_t i = 0; labels && i < labels->count; i++)
        if (labels_at(&state, labels, i)->name == wanted)
            return labels_at(&state, labels, i);
    return NULL;
}

START_TEST(labels_are_the_trees)
{
    begin();
    StateKey root = open_task("t", NULL, 0, 100);
    open_task("c", "t", 1, 100);
    labels_write_touched(&changes, root, STR("private"), true, 0);
    labels_write_touched(&changes, root, STR("outside"), false, 0);
    apply(5);
    const Labels *labels = labels_of_tree(&state, task("c", 6));
    ck_assert_uint_eq(labels->count, 2);
    ck_assert_uint_eq(label_second(label_of(labels, "private")), 5);
    ck_assert_uint_eq(label_second(label_of(labels, "outside")), 5);
    labels_write_settled(&changes, root, STR("outside"), false);
    labels_write_settled(&changes, root, STR("private"), false); // certain ones stay
    apply(7);
    labels = labels_of_tree(&state, task("t", 8));
    ck_assert_uint_eq(label_second(label_of(labels, "private")), 5);
    ck_assert_uint_eq(label_second(label_of(labels, "outside")), 0);
    state_free(&state);
}
END_TEST

START_TEST(sticky_labels_are_a_persons_for_a_while)
{
    begin();
    StateKey person = person_key(&state, STR("acme"), STR("u-7"), STR("bot"));
    ck_assert_ptr_null(labels_of_person(&state, person, at(0)));
    labels_write_touched(&changes, person, STR("outside"), false, 3600);
    apply(10);
    labels_write_settled(&changes, person, STR("outside"), true);
    apply(20);
    ck_assert_uint_eq(
        label_second(label_of(labels_of_person(&state, person, at(3610)), "outside")),
        10);
    ck_assert_ptr_null(labels_of_person(&state, person, at(3611)));
    state_free(&state);
}
END_TEST

// What is kept, in order, with a '?' behind what is in flight.
static const char *kept(const Facts *facts)
{
    static char text[256];
    Buf out = buf_fixed(text, sizeof text - 1);
    Str packed;
    Fact fact;
    const void *at = NULL;
    memset(text, 0, sizeof text);
    while ((at = facts_next(&state, facts, at, &fact, &packed))) {
        buf_str(&out, packed);
        buf_c(&out, fact.is_in_flight ? "? " : " ");
    }
    return text;
}

START_TEST(facts_are_settled_or_gone)
{
    begin();
    StateKey root = open_task("t", NULL, 0, 100);
    open_task("c", "t", 0, 100);
    add_fact(root, 0, 1, true, "one");
    add_fact(root, 0, 2, true, "two");
    add_fact(root, 0, 3, false, "three");
    apply(1);
    ck_assert_str_eq(kept(facts_of_tree(&state, task("c", 1))), "one? two? three ");
    facts_write_settled(&changes, root, 2, FACT_FAILED, STR(""));
    facts_write_settled(&changes, root, 1, FACT_REPLACED, STR("one more"));
    facts_write_settled(&changes, root, 3, FACT_FAILED, STR("")); // it is settled
    facts_write_settled(&changes, root, 9, FACT_REPLACED, STR("nine"));
    apply(2);
    ck_assert_str_eq(kept(facts_of_tree(&state, task("t", 2))), "three one more ");
    state_free(&state);
}
END_TEST

START_TEST(a_past_forgets)
{
    begin();
    StateKey past = past_key(&state, STR("acme"), PAST_USER, STR("u-7"));
    for (int64_t second = 100; second < 140; second += 10) {
        add_fact(past, 20, 1, false,
                 second == 100   ? "a"
                 : second == 110 ? "b"
                 : second == 120 ? "c"
                                 : "d");
        apply(second);
    }
    ck_assert_str_eq(kept(facts_of_past(&state, past, at(130))), "b c d ");
    ck_assert_ptr_null(facts_of_past(&state, past, at(151)));
    state_free(&state);
}
END_TEST

START_TEST(facts_fill_their_block)
{
    begin();
    StateKey root = open_task("t", NULL, 0, 100);
    static char text[1001];
    memset(text, 'x', sizeof text - 1);
    uint32_t count = 0;
    for (; facts_have_room(&state, root, 0, 1000, at(1)); count++) {
        add_fact(root, 0, count, false, text);
        apply(1);
    }
    ck_assert_uint_eq(count, FACTS_MAX / (1000 + sizeof(Fact)));
    add_fact(root, 0, 0, false, text);
    ck_assert_int_eq(try_apply(1), STATUS_LIMIT);
    state_free(&state);
}
END_TEST

static BudgetUse use_of(int64_t amount, int64_t window_seconds)
{
    KeyParts parts;
    budget_key_begin(&state, &parts, STR("acme"), STR("payments"));
    return (BudgetUse){.key = key_end(&parts),
                       .window = window_seconds * SECOND,
                       .amount = decimal_from_i64(amount),
                       .due = 1000};
}

static int64_t after(const BudgetUse *use, int64_t now)
{
    Decimal sum;
    int64_t number;
    ck_assert(budget_after(&state, use, at(now), &sum) && decimal_to_i64(sum, &number));
    return number;
}

START_TEST(a_window_rolls)
{
    begin();
    BudgetUse use = use_of(10, 60);
    for (int64_t second = 0; second <= 20; second += 10) {
        budget_write_spent(&changes, &use);
        apply(second);
    }
    ck_assert_int_eq(after(&use, 20), 40);
    ck_assert_int_eq(after(&use, 60), 40); // inclusive
    ck_assert_int_eq(after(&use, 61), 30);
    ck_assert_int_eq(after(&use, 81), 10);
    ck_assert_int_eq(budget_retry(&state, &use, decimal_from_i64(30), at(20)),
                     60 * SECOND + 1);
    ck_assert_int_eq(budget_retry(&state, &use, decimal_from_i64(9), at(20)),
                     INT64_MAX);
    budget_write_returned(&changes, &use, 10 * SECOND);
    apply(30);
    ck_assert_int_eq(after(&use, 30), 30);
    ck_assert_int_eq(after(&use, 71), 20); // what came later still counts
    budget_write_returned(&changes, &use, 20 * SECOND);
    apply(30);
    ck_assert_int_eq(after(&use, 30), 20);
    state_free(&state);
}
END_TEST

// Many moments: the oldest become one, and none is forgotten too early.
START_TEST(merged_moments_never_count_too_little)
{
    begin();
    BudgetUse use = use_of(1, 10000);
    for (int64_t second = 1; second <= 1000; second++) {
        budget_write_spent(&changes, &use);
        apply(second);
        ck_assert_int_eq(after(&use, second), second + 1);
    }
    for (int64_t second = 10000; second < 11100; second += 50) {
        int64_t exact = second <= 10000 ? 1000 : second >= 11001 ? 0 : 11001 - second;
        ck_assert_int_ge(after(&use, second) - 1, exact > 1000 ? 1000 : exact);
    }
    ck_assert_int_eq(after(&use, 11001), 1);
    state_free(&state);
}
END_TEST

// What outcomes settle for has no bound: more than a decimal holds is too much, until
// all of it is over, and each change can be applied.
START_TEST(what_does_not_fit_is_too_much)
{
    for (int64_t window = 0; window <= 60; window += 60) {
        begin();
        BudgetUse use = use_of(0, window), little = use_of(1, window);
        Decimal sum;
        use.amount = (Decimal){INT64_MAX, UINT64_MAX};
        for (int64_t second = 0; second < 3; second++) {
            budget_write_spent(&changes, &use);
            budget_write_spent(&changes, &little);
            apply(second);
            ck_assert(!budget_after(&state, &little, at(second), &sum));
        }
        budget_write_returned(&changes, &little, SECOND);
        apply(3);
        ck_assert(!budget_after(&state, &little, at(61), &sum));
        budget_write_spent(&changes, &little);
        apply(100);
        ck_assert(budget_after(&state, &little, at(100), &sum) == (window != 0));
        if (window != 0)
            ck_assert_int_eq(after(&little, 100), 2);
        state_free(&state);
    }
}
END_TEST

START_TEST(a_task_budget_never_comes_back)
{
    begin();
    BudgetUse use = use_of(7, 0);
    budget_write_spent(&changes, &use);
    budget_write_spent(&changes, &use);
    apply(1);
    ck_assert_int_eq(after(&use, 900), 21);
    budget_write_returned(&changes, &use, SECOND);
    apply(2);
    ck_assert_int_eq(after(&use, 900), 14);
    use.amount = decimal_from_i64(100); // never more than was spent
    budget_write_returned(&changes, &use, SECOND);
    apply(2);
    ck_assert_int_eq(after(&use, 900), 100);
    state_free(&state);
}
END_TEST

START_TEST(different_values_count)
{
    begin();
    BudgetUse use = use_of(0, 60);
    use.kind = BUDGET_DISTINCT;
    for (uint64_t i = 0; i < 6; i++) {
        use.value = (StateKey){{i % 3, 0}};
        budget_write_spent(&changes, &use);
        apply((int64_t)i * 10);
    }
    ck_assert_int_eq(after(&use, 50), 3);
    use.value = (StateKey){{9, 9}};
    ck_assert_int_eq(after(&use, 50), 4);
    ck_assert_int_eq(after(&use, 91), 3); // 0 was last used at 30
    use.value = (StateKey){{2, 0}};
    BudgetUse other = use;
    other.value = (StateKey){{9, 9}};
    budget_write_returned(&changes, &use, 0);
    apply(60);
    ck_assert_int_eq(after(&other, 60), 4); // it was used twice
    budget_write_returned(&changes, &use, 0);
    apply(60);
    ck_assert_int_eq(after(&other, 60), 3);
    state_free(&state);
}
END_TEST

static StateKey grant_call(const char *id, const char *parent, int64_t now)
{
    CallGrant grant = {.key = call_key(&state, (const uint8_t *)id),
                       .has_task = true,
                       .task = task_key(&state, STR("acme"), STR("t")),
                       .agent = STR("bot"),
                       .audience = STR("https://crm.example"),
                       .tool = STR("refund"),
                       .uses = 2,
                       .ttl = 60,
                       .texts = {.scope = STR("a b"), .request = STR("body")}};
    if (parent) {
        grant.has_parent = true;
        grant.parent = call_key(&state, (const uint8_t *)parent);
    }
    call_write_granted(&changes, &grant);
    apply(now);
    return grant.key;
}

START_TEST(a_grant_is_good_while_all_is)
{
    begin();
    open_task("t", NULL, 0, 1000);
    StateKey first = grant_call("0123456789abcdef", NULL, 10);
    StateKey second = grant_call("fedcba9876543210", "0123456789abcdef", 30);
    Ref call = call_find(&state, second, at(30));
    ck_assert_text(call_texts(&state, call_at(&state, call)).scope, "a b");
    ck_assert_text(call_texts(&state, call_at(&state, call)).request, "body");
    ck_assert(call_is_good(&state, call, at(69)));
    ck_assert(!call_is_good(&state, call, at(70))); // the grant above it has ended
    Moment back = at(70);
    back.wall -= 3600 * SECOND; // the wall clock is set back
    ck_assert(!call_is_good(&state, call, back));
    call_write_used(&changes, second);
    call_write_used(&changes, second);
    apply(31);
    ck_assert(!call_is_good(&state, call, at(31)));
    ck_assert(call_is_good(&state, call_find(&state, first, at(31)), at(31)));
    call_write_used(&changes, second);
    ck_assert_int_eq(try_apply(32), STATUS_MALFORMED);
    call_write_settled(&changes, second, CALL_SUCCEEDED, first);
    apply(33);
    ck_assert_uint_eq(call_texts(&state, call_at(&state, call)).request.len,
                      sizeof first);
    ck_assert_text(call_texts(&state, call_at(&state, call)).scope, "a b");
    task_write_closed(&changes, task_key(&state, STR("acme"), STR("t")));
    apply(34);
    ck_assert(!call_is_good(&state, call_find(&state, first, at(34)), at(34)));
    state_free(&state);
}
END_TEST

// The task of a grant is asked for as long as any grant that was delegated from it.
START_TEST(what_a_grant_rests_on_is_remembered)
{
    begin();
    open_task("t", NULL, 0, 1000);
    StateKey first = grant_call("0123456789abcdef", NULL, 10);
    CallGrant grant = {.key = call_key(&state, (const uint8_t *)"fedcba9876543210"),
                       .has_parent = true,
                       .parent = first,
                       .ttl = 5000};
    call_write_granted(&changes, &grant);
    apply(20);
    const RecordHead *above = store_at(&state.store, call_find(&state, first, at(20)));
    const RecordHead *top = store_at(&state.store, task("t", 20));
    ck_assert_uint_gt(above->due, 5020);
    ck_assert_uint_gt(top->due, above->due);
    state_free(&state);
}
END_TEST

START_TEST(a_task_is_remembered_for_longer_than_those_below_it)
{
    begin();
    (void)open_task("top", NULL, 0, 100);
    (void)open_task("middle", "top", 0, 100);
    (void)open_task("bottom", "middle", 0, 100);
    uint32_t top = task_at(&state, task("top", 0))->head.due,
             middle = task_at(&state, task("middle", 0))->head.due;
    ck_assert_uint_gt(top, middle);
    ck_assert_uint_gt(middle, task_at(&state, task("bottom", 0))->head.due);
    state_free(&state);
}
END_TEST

START_TEST(approvals_are_spent)
{
    begin();
    ApprovalFor of = {.tenant = STR("acme"),
                      .agent = STR("bot"),
                      .user = STR("u-7"),
                      .tool = STR("refund")};
    StateKey key = approval_key(&state, &of);
    approval_write_given(&changes, key, STR("u-boss"));
    ck_assert_int_eq(try_apply(1), STATUS_MALFORMED); // nobody asked
    approval_write_asked(&changes, key,
                         &(ApprovalTexts){.agent = STR("bot"), .user = STR("u-7")});
    approval_write_given(&changes, key, STR("u-boss"));
    approval_write_given(&changes, key, STR("u-eve"));
    apply(1);
    approval_write_given(&changes, key, STR("u-boss"));
    apply(5);
    const Approval *approval = approval_at(&state, approval_find(&state, key, at(5)));
    ck_assert_uint_eq(approval->count, 2);
    ck_assert_int_eq(approval->given[0].at, 5 * SECOND);
    ck_assert_text(state_name_text(&state, approval->given[1].by), "u-eve");
    ck_assert_text(approval_texts(&state, approval).user, "u-7");
    for (char name[] = "a"; name[0] <= 'h'; name[0]++) {
        approval_write_given(&changes, key, str_from_c(name));
        apply(6 + name[0] - 'a');
    }
    ck_assert_uint_eq(approval->count, APPROVERS_MAX);
    ck_assert_text(state_name_text(&state, approval->given[1].by),
                   "g"); // the oldest went
    ck_assert_text(state_name_text(&state, approval->given[0].by), "h");
    approval_write_spent(&changes, key);
    apply(20);
    ck_assert_uint_eq(approval->count, 0);
    ck_assert(!approval_is_asked(approval));
    state_free(&state);
}
END_TEST

START_TEST(consents_revocations_and_rows)
{
    begin();
    ConsentFor of = {.tenant = STR("acme"),
                     .user = STR("u-7"),
                     .agent = STR("bot"),
                     .name = STR("crm")};
    StateKey consent = consent_key(&state, &of);
    ck_assert_int_eq(consent_time(&state, consent, at(0)), INT64_MIN);
    consent_write_given(&changes, consent, 100);
    apply(7);
    ck_assert_int_eq(consent_time(&state, consent, at(107)), 7 * SECOND);
    ck_assert_int_eq(consent_time(&state, consent, at(108)), INT64_MIN);
    consent_write_ended(&changes, consent);
    apply(8);
    ck_assert_int_eq(consent_time(&state, consent, at(8)), INT64_MIN);

    ck_assert(!is_revoked(&state, STR("acme"), REVOKED_AGENT, STR("bot")));
    StateKey bot = revocation_key(&state, STR("acme"), REVOKED_AGENT, STR("bot"));
    revocation_write(&changes, bot, REVOKED_AGENT, 0);
    revocation_write(&changes, (StateKey){{0, 0}}, REVOKED_BEFORE, WALL);
    apply(9);
    ck_assert(is_revoked(&state, STR("acme"), REVOKED_AGENT, STR("bot")));
    ck_assert(!is_revoked(&state, STR("acme"), REVOKED_USER, STR("bot")));
    ck_assert(
        is_revoked(&state, STR("beta"), REVOKED_AGENT, STR("bot"))); // in every tenant
    revocation_write(&changes,
                     revocation_key(&state, STR("acme"), REVOKED_USER, STR("u-7")),
                     REVOKED_USER, 0);
    apply(9);
    ck_assert(is_revoked(&state, STR("acme"), REVOKED_USER, STR("u-7")));
    ck_assert(!is_revoked(&state, STR("beta"), REVOKED_USER, STR("u-7")));
    ck_assert_int_eq(state.void_before, WALL);
    revocation_write(&changes, (StateKey){{0, 0}}, REVOKED_BEFORE, WALL - SECOND);
    apply(9);
    ck_assert_int_eq(state.void_before, WALL); // nothing is revived

    KeyParts parts;
    Str layout, cells;
    row_key_begin(&state, &parts, STR("clients"));
    key_text(&parts, STR("C1"));
    StateKey row = key_end(&parts);
    ck_assert(!row_find(&state, row, &layout, &cells));
    row_write_set(&changes, row, STR("t(a)"), STR("one"));
    row_write_set(&changes, row, STR("t(b)"), STR("two"));
    apply(10);
    ck_assert(row_find(&state, row, &layout, &cells));
    ck_assert_text(layout, "t(b)");
    ck_assert_text(cells, "two");
    row_write_removed(&changes, row);
    apply(11);
    ck_assert(!row_find(&state, row, &layout, &cells));
    state_free(&state);
}
END_TEST

START_TEST(a_consent_takes_one_place)
{
    begin();
    StateKey consent = consent_key(&state, &(ConsentFor){.user = STR("u-7")});
    consent_write_given(&changes, consent, 1000000);
    apply(0);
    size_t used = state.store.heap.used;
    for (int i = 1; i < 1000; i++) {
        consent_write_ended(&changes, consent);
        apply(i);
        ck_assert_int_eq(consent_time(&state, consent, at(i)), INT64_MIN);
        consent_write_given(&changes, consent, 1000000);
        apply(i);
        ck_assert_int_eq(consent_time(&state, consent, at(i)), i * SECOND);
    }
    ck_assert_uint_eq(state.store.heap.used, used);
    state_free(&state);
}
END_TEST

// Many that take all they can leave room for one that has little.
START_TEST(shares_are_fair)
{
    enum { TENANTS = 20, ROUNDS = 20000 };
    StateKey shares[TENANTS];
    uint64_t least = UINT64_MAX, most = 0;
    begin();
    state.limits = (StateLimits){.tenant_bytes = LIMIT / 4};
    for (uint32_t i = 0; i < TENANTS; i++)
        shares[i] = usage_key(&state, (Str){&"abcdefghijklmnopqrstuvwxyz"[i], 1});
    for (uint64_t n = 0; n < (uint64_t)ROUNDS * TENANTS; n++) {
        if (!has_room(shares[n % TENANTS]))
            continue;
        usage_write_charged(&changes, shares[n % TENANTS]);
        consent_write_given(&changes, (StateKey){{n, 1}}, 0);
        apply(0); // there is room for all that is allowed
    }
    for (uint32_t i = 0; i < TENANTS; i++) {
        ck_assert(!has_room(shares[i]));
        const Usage *usage =
            store_at(&state.store, store_find(&state.store, shares[i], 0));
        least = usage->bytes < least ? usage->bytes : least;
        most = usage->bytes > most ? usage->bytes : most;
    }
    size_t left = heap_left(&state.store.heap);
    ck_assert_uint_gt(left, 0);
    ck_assert_uint_le(left * USAGE_FAIR, most);
    ck_assert_uint_le(most, least + HEAP_BLOCK_MAX * USAGE_FAIR);
    ck_assert(has_room(usage_key(&state, STR("z"))));
    state_free(&state);
}
END_TEST

UNIT_MAIN("state", a_consent_takes_one_place, shares_are_fair, names_are_kept_once,
          names_go_with_what_refers_to_them, people_are_forgotten_with_their_approvals,
          a_share_is_freed, a_jump_of_months_is_taken_in_steps,
          a_task_lives_as_long_as_all_above_it, what_no_operation_writes_is_refused,
          labels_are_the_trees, sticky_labels_are_a_persons_for_a_while,
          facts_are_settled_or_gone, a_past_forgets, facts_fill_their_block,
          a_window_rolls, merged_moments_never_count_too_little,
          what_does_not_fit_is_too_much, a_task_budget_never_comes_back,
          different_values_count, a_grant_is_good_while_all_is,
          what_a_grant_rests_on_is_remembered,
          a_task_is_remembered_for_longer_than_those_below_it, approvals_are_spent,
          consents_revocations_and_rows)
