// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/duel.h"

#include <stdio.h>

#include "engine/base/bug.h"
#include "engine/wire/transcode.h"
#include "tests/oracle/ask.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/shrink.h"
#include "tests/oracle/subject.h"

enum { VARIANTS = 3 };

static void count(Tally *tally, const Verdict *verdict)
{
    tally->decisions++;
    tally->allows += verdict->allow;
    for (uint32_t code = 0; !verdict->allow && code < proviso_code_count(); code++)
        tally->codes[code] += str_eq(verdict->code, str_from_c(proviso_code_name(code)));
}

// One call, asked of all variants. False after a difference.
static bool duel_call(Draft *draft, const Program *program, const Subject *subjects,
                      const uint32_t *variants, Str json, Tally *tally, uint64_t seed)
{
    Arena arena;
    Buf cbor;
    const JsonValue *request = NULL;
    JsonError error;
    TranscodeError why;
    bool is_same = true;
    arena_init(&arena, (size_t)64 << 20);
    cbor = buf_on(&arena);
    CHECK(json_parse(&arena, json, &request, &error) == STATUS_OK);
    CHECK(transcode_request(&arena, json, &cbor, &why) == STATUS_OK);
    Verdict expected = oracle_decide(&arena, program, request, ASK_NOW);
    count(tally, &expected);
    for (uint32_t i = 0; i < VARIANTS && is_same; i++) {
        Verdict got = subject_decide(&subjects[i], &arena, buf_view(&cbor), ASK_NOW);
        is_same = verdict_difference(&expected, &got) == NULL;
        if (!is_same)
            shrink_and_print(draft, json, variants[i], seed);
    }
    arena_free(&arena);
    return is_same;
}

static bool duel_calls(Draft *draft, const Program *program, const Subject *subjects,
                       const uint32_t *variants, uint32_t calls, Tally *tally, uint64_t seed)
{
    Dice dice = dice_of(seed ^ 0x5eed);
    for (uint32_t i = 0; i < calls; i++) {
        Arena arena;
        arena_init(&arena, (size_t)16 << 20);
        Str json = ask_make(draft, &arena, &dice);
        bool is_same = duel_call(draft, program, subjects, variants, json, tally, seed);
        arena_free(&arena);
        if (!is_same)
            return false;
    }
    return true;
}

bool duel_run(uint64_t seed, uint32_t calls, Tally *tally)
{
    Arena arena;
    Draft *draft;
    Subject subjects[VARIANTS];
    uint32_t variants[VARIANTS] = {VARIANT_ALL_ON, 0, (uint32_t)(seed % VARIANT_COUNT)};
    uint32_t built = 0;
    bool is_same = true;
    arena_init(&arena, (size_t)256 << 20);
    draft = ARENA_NEW(&arena, Draft);
    draft_make(draft, &arena, seed);
    Program *program = subject_check(draft, &arena, true);
    CHECK(program != NULL);
    for (; built < VARIANTS && is_same; built++) {
        is_same = subject_build(&subjects[built], draft, variants[built], NULL);
        if (!is_same)
            shrink_and_print(draft, STR("{}"), variants[built], seed);
    }
    if (is_same)
        is_same = duel_calls(draft, program, subjects, variants, calls, tally, seed);
    tally->policies++;
    tally->failures += !is_same;
    for (uint32_t i = 0; i < built; i++)
        subject_free(&subjects[i]);
    arena_free(&arena);
    return is_same;
}
