// SPDX-License-Identifier: Apache-2.0
// save_cases: a state that was saved and loaded is the state that was: by its image,
// and by what becomes of it.
#include "engine/state/save.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/unit.h"
#include "engine/state/layout.h"
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

UNIT_MAIN("save", a_copy_lives_on_alike, all_kinds_are_met, entries_are_whole)
