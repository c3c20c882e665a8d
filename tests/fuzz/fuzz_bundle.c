// SPDX-License-Identifier: Apache-2.0
// Fuzzes the bundle's container, the verifier and everything behind it (libFuzzer).
//
// Whatever bytes are given are refused or accepted. What is accepted is put to use as it is:
// requests that it could mean are decided, explained and listed, and it is printed. Every
// section lies in memory of its own, so that a number past the end of its section is seen.
#include <stdlib.h>

#include "engine/bytecode/disasm.h"
#include "engine/decide/decide.h"
#include "engine/decide/possible.h"
#include "engine/wire/answer_encode.h"
#include "lang/emit/emit_random.h"
#include "lang/opt/opt.h"
#include "tests/fuzz/bundle_mutate.h"
#include "tests/fuzz/request_make.h"

enum { MEMORY = 256 << 20, ELEMENTS = 4096, ANSWER_BYTES = 1 << 18, MAX_FUZZ_BYTES = 1 << 17 };

// ---- putting it to use ----

typedef struct Use {
    Arena *arena;
    const Bundle *bundle;
    Chance chance;
    Decider *decider;
    Request *request;
    Records read, write;
    Answer answer;
    Trace trace;
    Possible possible;
} Use;

static void read_records(Use *use)
{
    use->read.count = 0;
    if (!use->request->refusal.is_set && use->request->has_task)
        use->read.at[use->read.count++] =
            (Record){.kind = RECORD_TASK, .as.task = use->request->task};
}

static Buf answer_buf(const Use *use)
{
    return buf_fixed(arena_alloc(use->arena, ANSWER_BYTES), ANSWER_BYTES);
}

static void decide_once(Use *use)
{
    const uint8_t random[16] = {0};
    Str body = make_request(use->arena, use->bundle, &use->chance, true);
    Buf out = answer_buf(use), traced = answer_buf(use);
    request_decode(use->request, body, NONE);
    read_records(use);
    decide(use->decider, use->request, REQUEST_NOW, random, &use->read, &use->answer,
           &use->write, NULL);
    answer_encode(&out, use->request, &use->answer, NULL);
    bool allow = use->answer.allow;
    Code code = use->answer.code;
    decide(use->decider, use->request, REQUEST_NOW, random, &use->read, &use->answer,
           &use->write, &use->trace);
    answer_encode(&traced, use->request, &use->answer, &use->trace);
    CHECK(use->answer.allow == allow && (allow || use->answer.code == code));
}

static void list_once(Use *use)
{
    Str body = make_request(use->arena, use->bundle, &use->chance, false);
    Buf out = answer_buf(use);
    Code code;
    Str detail;
    request_decode_list(use->request, body, NONE);
    read_records(use);
    if (!possible_admits(use->decider, use->request, REQUEST_NOW, &use->read, &code, &detail))
        return;
    const BundleFamily *family =
        &use->bundle->families[use->bundle->audiences[use->request->audience].family];
    for (uint32_t i = 0; i < family->tool_count; i++) {
        request_ask_about(use->request, family->tool + i);
        possible_find(use->decider, use->request, REQUEST_NOW, &use->read,
                      &use->possible);
        possible_encode(&out, use->request, &use->possible);
    }
}

static void use_bundle(Arena *arena, const Bundle *bundle)
{
    enum { REQUESTS = 4 };
    Use *use = ARENA_NEW(arena, Use);
    Buf text = buf_on(arena);
    use->arena = arena;
    use->bundle = bundle;
    memcpy(&use->chance.state, bundle->hash.bytes, sizeof use->chance.state);
    use->decider = decider_new(arena, bundle);
    use->request = request_new(arena, bundle, ELEMENTS);
    CHECK(use->decider != NULL && use->request != NULL);
    for (uint32_t i = 0; i < REQUESTS; i++)
        decide_once(use);
    list_once(use);
    disasm_bundle(&text, bundle, 100);
}

// ---- libFuzzer ----

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Bundle bundle;
    VerifyFailure failure;
    const char *why;
    char *bytes = malloc(size == 0 ? 1 : size);
    CHECK(bytes != NULL);
    if (size > 0)
        memcpy(bytes, data, size);
    if (bundle_open((Str){bytes, size}, &bundle, &why) == STATUS_OK) {
        Arena arena;
        arena_init(&arena, MEMORY);
        Bundle pieces = bundle_scatter(&bundle);
        if (verify_bundle(&pieces, &arena, &failure) == STATUS_OK)
            use_bundle(&arena, &pieces);
        bundle_gather(&pieces);
        arena_free(&arena);
    }
    free(bytes);
    return 0;
}

// ---- where mutants come from ----

// A random policy.
static Str random_bundle(Arena *arena, uint32_t number)
{
    enum { RULES = 6 };
    World *world = ARENA_NEW(arena, World);
    Dice dice;
    EmitOptions options = emit_defaults();
    EmitLimit limit;
    dice_start(&dice, world, number, RULES);
    opt_run(&world->build.program, &world->build.arena, OPT_ALL, NULL, NULL);
    Buf out = buf_on(arena);
    CHECK(emit_bundle(&world->build.arena, &world->build.program, &options, &out, &limit));
    arena_free(&world->build.arena);
    return buf_view(&out);
}

// A sample, or a random policy. They are made once and kept, as libFuzzer keeps nothing for
// us between its calls.
static Bundle new_bundle(Arena *arena, Chance *chance)
{
    enum { POLICIES = 32 };
    static Str kept[POLICIES];
    uint32_t number =
        chance_below(chance, 3) > 0 ? chance_below(chance, 2) : chance_below(chance, POLICIES);
    Bundle bundle;
    const char *why;
    if (kept[number].len == 0) {
        Str made = number == 0   ? sample_bundle(arena).bytes
                   : number == 1 ? memory_bundle(arena).bytes
                                 : random_bundle(arena, number);
        char *copy = malloc(made.len);
        CHECK(copy != NULL);
        memcpy(copy, made.at, made.len);
        kept[number] = (Str){copy, made.len};
    }
    CHECK(bundle_open(kept[number], &bundle, &why) == STATUS_OK);
    return bundle;
}

// The input, if it is a bundle, or another one: mostly one that is sound, since a mutant of
// another seldom is.
static Bundle choose_bundle(Arena *arena, Str bytes, Chance *chance)
{
    Bundle bundle;
    VerifyFailure failure;
    const char *why;
    if (bundle_open(bytes, &bundle, &why) != STATUS_OK)
        return new_bundle(arena, chance);
    bool is_sound = verify_bundle(&bundle, arena, &failure) == STATUS_OK;
    bool is_wanted = (chance_below(chance, 8) == 0) != is_sound;
    return is_wanted ? bundle : new_bundle(arena, chance);
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    Arena arena;
    Chance chance = {seed};
    if (chance_below(&chance, 64) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    arena_init(&arena, MEMORY);
    char *bytes = arena_alloc(&arena, size + 1);
    memcpy(bytes, data, size);
    Bundle bundle = choose_bundle(&arena, (Str){bytes, size}, &chance);
    Parts parts = parts_of(&arena, &bundle);
    mutate_bundle(&parts, &chance);
    Str mutant = parts_join(&parts);
    if (mutant.len <= max_size && mutant.len <= MAX_FUZZ_BYTES) {
        memcpy(data, mutant.at, mutant.len);
        size = mutant.len;
    }
    arena_free(&arena);
    return size;
}
