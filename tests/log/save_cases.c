// SPDX-License-Identifier: Apache-2.0
// save_cases: a state that was saved and loaded is the state that was: by its image,
// and by what becomes of it.
#include "engine/state/save.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/unit.h"
#include "engine/state/usage.h"
#include "tests/log/stream.h"

enum { OPERATIONS = 3000, SEEDS = 8, ENTRIES_MAX = 2000 };

static char memory[CHANGES_MAX];
static Str entries[ENTRIES_MAX];
static size_t entry_count;

static Status keep(void *context, Str entry)
{
    (void)context;
    char *copy = malloc(entry.len);
    memcpy(copy, entry.at, entry.len);
    ck_assert_uint_lt(entry_count, ENTRIES_MAX);
    entries[entry_count++] = (Str){copy, entry.len};
    return STATUS_OK;
}

static void forget_entries(void)
{
    while (entry_count > 0)
        free((void *)(uintptr_t)entries[--entry_count].at);
}

static void apply(State *state, Moment now, Str changes)
{
    ck_assert(state_prepare(state, now));
    ck_assert_int_eq(state_apply(state, now, changes), STATUS_OK);
}

static void assert_same(const State *a, const State *b, Moment now)
{
    Str one = stream_image(a, now), other = stream_image(b, now);
    ck_assert(str_eq(one, other));
    free((void *)(uintptr_t)one.at);
    free((void *)(uintptr_t)other.at);
}

// A copy by way of entries.
static void copy(const State *state, Moment now, State *out)
{
    stream_begin(out);
    ck_assert_int_eq(state_save(state, now, keep, NULL), STATUS_OK);
    for (size_t i = 0; i < entry_count; i++)
        ck_assert_int_eq(state_load(out, entries[i]), STATUS_OK);
    for (size_t i = 0; i < entry_count; i++)
        ck_assert_int_eq(state_link(out, entries[i]), STATUS_OK);
}

static void grow(State *state, Stream *stream, uint32_t operations)
{
    Buf changes = buf_fixed(memory, sizeof memory);
    for (uint32_t i = 0; i < operations; i++) {
        stream_next(stream, state, &changes);
        apply(state, stream->now, buf_view(&changes));
        buf_clear(&changes);
    }
}

START_TEST(a_copy_lives_on_alike)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        State original, second;
        Stream stream = stream_from(seed);
        stream_begin(&original);
        grow(&original, &stream, OPERATIONS);
        copy(&original, stream.now, &second);
        forget_entries();
        assert_same(&original, &second, stream.now);
        ck_assert_uint_eq(original.revocations, second.revocations);
        Buf changes = buf_fixed(memory, sizeof memory);
        for (uint32_t i = 0; i < OPERATIONS; i++) {
            stream_next(&stream, &original, &changes);
            apply(&original, stream.now, buf_view(&changes));
            apply(&second, stream.now, buf_view(&changes));
            buf_clear(&changes);
        }
        assert_same(&original, &second, stream.now);
        state_free(&original);
        state_free(&second);
    }
}
END_TEST

// Every kind of record is in the stream: what isn't can't have been tested.
START_TEST(all_kinds_are_met)
{
    static const uint8_t KINDS[] = {
        KEPT_NAME, KEPT_TASK,     KEPT_PERSON,  KEPT_PAST,    KEPT_BUDGET,
        KEPT_CALL, KEPT_APPROVAL, KEPT_CONSENT, KEPT_REVOKED, KEPT_ROW};
    uint32_t counts[256] = {0};
    State state, second;
    Stream stream = stream_from(1);
    stream_begin(&state);
    grow(&state, &stream, OPERATIONS);
    copy(&state, stream.now, &second);
    for (size_t i = 0; i < entry_count; i++)
        counts[(uint8_t)entries[i].at[0]]++;
    for (size_t i = 0; i < sizeof KINDS; i++)
        ck_assert_msg(counts[KINDS[i]] > 0, "no record of kind %d", KINDS[i]);
    forget_entries();
    state_free(&state);
    state_free(&second);
}
END_TEST

// What lies in memory for one owner, counted anew.
typedef struct Share {
    const State *state;
    uint64_t bytes;
    uint32_t tasks;
} Share;

static size_t blob_room(Blob blob)
{
    return blob.at == 0 ? 0 : heap_room(blob.size);
}

static size_t labels_room(const Labels *labels)
{
    return labels->at == 0 ? 0 : heap_room(labels->capacity * sizeof(Label));
}

static size_t facts_room(const Facts *facts)
{
    return facts->at == 0 ? 0 : heap_room(facts->room);
}

static size_t parts_room(const void *record)
{
    const Budget *budget = record;
    const Task *task = record;
    switch (((const RecordHead *)record)->kind) {
    case KEPT_TASK:
        return blob_room(task->texts) + labels_room(&task->labels) +
               facts_room(&task->facts);
    case KEPT_PERSON:
        return labels_room(&((const Person *)record)->labels);
    case KEPT_PAST:
        return facts_room(&((const Past *)record)->facts);
    case KEPT_BUDGET:
        return budget->at == 0 ? 0 : heap_room(budget->capacity * sizeof(BudgetEntry));
    case KEPT_CALL:
        return blob_room(((const Call *)record)->texts);
    case KEPT_APPROVAL:
        return blob_room(((const Approval *)record)->texts);
    case KEPT_ROW:
        return blob_room(((const Row *)record)->cells);
    default:
        return 0;
    }
}

static void count(void *context, Ref ref)
{
    Share *share = context;
    const RecordHead *record = store_at(&share->state->store, ref);
    if (record->kind == KEPT_NAME || record->kind == KEPT_REVOKED ||
        record->kind == KEPT_USAGE)
        return;
    ck_assert_uint_ne(((const Owned *)record)->owner, 0);
    share->bytes += heap_room((size_t)record->size * HEAP_UNIT) + parts_room(record);
    share->tasks += record->kind == KEPT_TASK && !((const Task *)record)->is_closed;
}

static void assert_share(const State *state)
{
    Share share = {.state = state};
    Ref ref = store_find(&state->store, usage_key(state, STR("acme")), 0);
    const Usage *usage = ref == 0 ? NULL : store_at(&state->store, ref);
    store_each(&state->store, count, &share);
    ck_assert_uint_eq(usage ? usage->bytes : 0, share.bytes);
    ck_assert_uint_eq(usage ? usage->tasks : 0, share.tasks);
}

// Whatever happens, a tenant's share is what lies in memory for it, to the byte; and so
// it is after all was saved and loaded.
START_TEST(shares_are_exact)
{
    for (uint64_t seed = 20; seed < 20 + SEEDS; seed++) {
        State state, second;
        Stream stream = stream_from(seed);
        stream_begin(&state);
        for (int i = 0; i < 60; i++) {
            grow(&state, &stream, OPERATIONS / 60);
            assert_share(&state);
        }
        copy(&state, stream.now, &second);
        forget_entries();
        assert_share(&second);
        grow(&second, &stream, OPERATIONS / 60);
        assert_share(&second);
        stream.now.tick += INT64_C(1000000) * 1000000000;
        for (int i = 0; i < 1000; i++)
            ck_assert(state_prepare(&state, stream.now));
        assert_share(&state);
        state_free(&state);
        state_free(&second);
    }
}
END_TEST

// An entry that is cut short, or longer than it was, is refused.
START_TEST(entries_are_whole)
{
    State state, second;
    Stream stream = stream_from(2);
    stream_begin(&state);
    grow(&state, &stream, 400);
    copy(&state, stream.now, &second);
    state_free(&second);
    for (size_t i = 1; i < entry_count; i++) {
        if (entries[i].at[0] == KEPT_NAME)
            continue;
        for (size_t len = 0; len <= entries[i].len; len += 1 + len / 40) {
            stream_begin(&second);
            for (size_t k = 0; entries[k].at[0] <= KEPT_NAME; k++)
                ck_assert_int_eq(state_load(&second, entries[k]), STATUS_OK);
            char *exact = malloc(len + 1);
            memcpy(exact, entries[i].at, len < entries[i].len ? len : entries[i].len);
            exact[len] = 0;
            Str bytes = {exact, len == entries[i].len ? len + 1 : len};
            ck_assert_int_eq(state_load(&second, bytes), STATUS_MALFORMED);
            free(exact);
            state_free(&second);
        }
    }
    forget_entries();
    state_free(&state);
}
END_TEST

UNIT_MAIN("save", a_copy_lives_on_alike, shares_are_exact, all_kinds_are_met,
          entries_are_whole)
