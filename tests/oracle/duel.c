// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/duel.h"

#include <stdio.h>

#include "engine/base/bug.h"
#include "engine/wire/transcode.h"
#include "tests/oracle/ask.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/shrink.h"
#include "tests/oracle/subject.h"

enum { VARIANTS = 3, MEMORY = 512 << 20 };

// ---- a difference, made small ----

typedef struct Difference {
    uint32_t variant;
    Arena *arena;      // of what follows
    const char *where; // NULL: not known yet
    Str oracle_code, engine_code;
} Difference;

// Without any pass by way of an explanation, else by itself.
static Verdict ask_engine(const Subject *subject, uint32_t variant, Arena *arena,
                          Str cbor)
{
    return variant == 0 ? subject_explain(subject, arena, cbor, ASK_NOW)
                        : subject_decide(subject, arena, cbor, ASK_NOW);
}

// A tool that some call of it is allowed is in a LIST that says the same of everything
// else.
static bool is_listed(const Subject *subject, Arena *arena, const JsonValue *request,
                      const Verdict *verdict)
{
    Buf json = buf_on(arena), cbor = buf_on(arena);
    TranscodeError why;
    if (!verdict->allow)
        return true;
    for (const JsonValue *at = request->first; at; at = at->next)
        if (!str_eq(at->name, STR("tool")) && !str_eq(at->name, STR("args")))
            buf_printf(&json, "%s\"%.*s\":%.*s", json.len > 0 ? "," : "{",
                       STR_ARG(at->name), STR_ARG(at->raw));
    buf_char(&json, '}');
    CHECK(transcode_request(arena, buf_view(&json), &cbor, &why) == STATUS_OK);
    return subject_lists(subject, arena, buf_view(&cbor), ASK_NOW, verdict->tool);
}

// Where oracle and engine differ; NULL: nowhere, or it isn't to be had.
static const char *compare(Draft *draft, Arena *arena, Str json, uint32_t variant,
                           Verdict *oracle, Verdict *engine)
{
    Buf cbor = buf_on(arena);
    const JsonValue *request = NULL;
    JsonError error;
    TranscodeError why;
    Subject subject;
    Program *program = subject_check(draft, arena, false);
    *oracle = *engine = (Verdict){0};
    if (!program || json_parse(arena, json, &request, &error) != STATUS_OK ||
        transcode_request(arena, json, &cbor, &why) != STATUS_OK)
        return NULL;
    Built built = subject_build(&subject, draft, variant, arena, &engine->code);
    if (built != BUILT)
        return built == BUILT_BAD ? "it can't be built" : NULL;
    *oracle = oracle_decide(arena, program, request, ASK_NOW);
    *engine = ask_engine(&subject, variant, arena, buf_view(&cbor));
    const char *where = verdict_difference(oracle, engine);
    if (!where && !is_listed(&subject, arena, request, oracle))
        where = "a LIST lacks the tool";
    subject_free(&subject);
    return where;
}

// The same difference as at first: in the same field, with the same codes.
static bool still_differs(void *context, Draft *draft, Str json)
{
    Difference *first = context;
    Arena arena;
    Verdict oracle, engine;
    arena_init(&arena, MEMORY);
    const char *where = compare(draft, &arena, json, first->variant, &oracle, &engine);
    bool is_same = where != NULL;
    if (where && !first->where) {
        first->where = where;
        first->oracle_code = arena_str(first->arena, oracle.code);
        first->engine_code = arena_str(first->arena, engine.code);
    } else if (where) {
        is_same = str_eq(str_from_c(where), str_from_c(first->where)) &&
                  str_eq(oracle.code, first->oracle_code) &&
                  str_eq(engine.code, first->engine_code);
    }
    arena_free(&arena);
    return is_same;
}

static void print_verdict(Arena *arena, const char *whose, const Verdict *verdict)
{
    Buf out = buf_on(arena);
    verdict_print(&out, verdict);
    printf("%s:\n%.*s", whose, STR_ARG(buf_view(&out)));
}

static void print_difference(const Draft *draft, Str json, uint32_t variant,
                             uint64_t seed)
{
    Arena arena;
    Verdict oracle, engine;
    arena_init(&arena, MEMORY);
    Draft *small = ARENA_NEW(&arena, Draft);
    Difference difference = {.variant = variant, .arena = &arena};
    *small = *draft;
    small->arena = &arena;
    shrink(small, &arena, &json, still_differs, &difference);
    compare(small, &arena, json, variant, &oracle, &engine);
    printf("---- seed %llu, variant %u: %s ----\n", (unsigned long long)seed, variant,
           difference.where ? difference.where : "it didn't happen again");
    shrink_print(small, &arena, json);
    print_verdict(&arena, "oracle", &oracle);
    print_verdict(&arena, "engine", &engine);
    arena_free(&arena);
}

// ---- the duel ----

typedef struct Duel {
    uint64_t seed;
    Draft *draft;
    const Program *program;
    Subject subjects[VARIANTS];
    uint32_t variants[VARIANTS];
    uint32_t built; // how many subjects there are
    Tally *tally;
} Duel;

static void count(Tally *tally, const Verdict *verdict)
{
    tally->decisions++;
    tally->allows += verdict->allow;
    for (uint32_t code = 0; !verdict->allow && code < proviso_code_count(); code++)
        tally->codes[code] +=
            str_eq(verdict->code, str_from_c(proviso_code_name(code)));
}

// One call, asked of all variants. False after a difference.
static bool decide(const Duel *duel, Arena *arena, Str json)
{
    Buf cbor = buf_on(arena);
    const JsonValue *request = NULL;
    JsonError error;
    TranscodeError why;
    CHECK(json_parse(arena, json, &request, &error) == STATUS_OK);
    CHECK(transcode_request(arena, json, &cbor, &why) == STATUS_OK);
    Verdict expected = oracle_decide(arena, duel->program, request, ASK_NOW);
    count(duel->tally, &expected);
    for (uint32_t i = 0; i < VARIANTS; i++) {
        const Subject *subject = &duel->subjects[i];
        Verdict got = ask_engine(subject, duel->variants[i], arena, buf_view(&cbor));
        if (verdict_difference(&expected, &got) ||
            !is_listed(subject, arena, request, &expected)) {
            print_difference(duel->draft, json, duel->variants[i], duel->seed);
            return false;
        }
    }
    return true;
}

static bool decide_all(const Duel *duel, uint32_t calls)
{
    Dice dice = dice_of(~duel->seed);
    Arena arena;
    bool is_same = true;
    arena_init(&arena, MEMORY);
    for (uint32_t i = 0; i < calls && is_same; i++) {
        ArenaMark mark = arena_mark(&arena);
        is_same = decide(duel, &arena, ask_make(duel->draft, &arena, &dice));
        arena_reset(&arena, mark);
    }
    arena_free(&arena);
    return is_same;
}

static Built build(Duel *duel, Arena *arena)
{
    Built built = BUILT;
    for (; duel->built < VARIANTS && built == BUILT; duel->built += built == BUILT)
        built = subject_build(&duel->subjects[duel->built], duel->draft,
                              duel->variants[duel->built], arena, NULL);
    if (built == BUILT_BAD)
        print_difference(duel->draft, STR("{}"), duel->variants[duel->built],
                         duel->seed);
    return built;
}

bool duel_run(uint64_t seed, uint32_t calls, Tally *tally)
{
    Arena arena;
    arena_init(&arena, MEMORY);
    Duel duel = {.seed = seed,
                 .draft = ARENA_NEW(&arena, Draft),
                 .variants = {VARIANT_ALL_ON, 0, (uint32_t)(seed % VARIANT_COUNT)},
                 .tally = tally};
    draft_make(duel.draft, &arena, seed);
    duel.program = subject_check(duel.draft, &arena, true);
    CHECK(duel.program != NULL);
    Built built = build(&duel, &arena);
    bool is_same = built == BUILT ? decide_all(&duel, calls) : built != BUILT_BAD;
    tally->policies++;
    tally->failures += !is_same;
    for (uint32_t i = 0; i < duel.built; i++)
        subject_free(&duel.subjects[i]);
    arena_free(&arena);
    return is_same;
}
