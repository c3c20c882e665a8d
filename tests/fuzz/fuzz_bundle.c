// SPDX-License-Identifier: Apache-2.0
// Fuzzes the bundle's container, the verifier and everything behind it (libFuzzer).
//
// Whatever bytes are given are refused or accepted. What is accepted is put to use as
// it is: requests that it could mean are decided, explained and listed, and it is
// printed. Every section lies in memory of its own, so that a number past the end of
// its section is seen.
#include <stdlib.h>

#include "engine/bytecode/disasm.h"
#include "engine/decide/decide.h"
#include "engine/decide/possible.h"
#include "engine/decide/recall.h"
#include "engine/state/change.h"
#include "engine/state/task.h"
#include "engine/wire/answer_encode.h"
#include "lang/emit/emit_random.h"
#include "lang/opt/opt.h"
#include "tests/fuzz/bundle_mutate.h"
#include "tests/fuzz/request_make.h"

enum {
    MEMORY = 256 << 20,
    ELEMENTS = 4096,
    ANSWER_BYTES = 1 << 18,
    MAX_FUZZ_BYTES = 1 << 17
};

// ---- putting it to use ----

typedef struct Use {
    Arena *arena;
    const Bundle *bundle;
    Chance chance;
    Decider *decider;
    Request *request;
    State state; // what one decision changes, the next finds
    Moment now;
    Buf changes;
    Answer answer;
    Code was;
    Trace trace;
    Possible possible;
} Use;

static void remember(Use *use)
{
    if (!use->changes.failed && state_prepare(&use->state, use->now))
        CHECK(state_apply(&use->state, use->now, buf_view(&use->changes)) !=
              STATUS_MALFORMED);
}

// Instead of telling of its task, the request names one that was opened for it: of the
// memory sample, whose parameters these are.
static void open_its_task(Use *use)
{
    static const char PARAMS[] = "\xa1\x66ticket\x61x";
    const Bundle *bundle = use->bundle;
    Request *request = use->request;
    if (request->refusal.is_set || !request->has_task)
        return;
    Str tenant = recall_tenant(request), id = STR("t-1");
    TaskOpening opening = {
        .key = task_key(&use->state, tenant, id),
        .ends = INT64_MAX / 2,
        .intent = bundle_string(bundle, bundle->intents[request->task.intent].name),
        .agent = bundle_string(bundle, bundle->agents[request->agent].id),
        .texts = {.id = id,
                  .tenant = tenant,
                  .user = request->has_user ? request->user_id : STR(""),
                  .params = {PARAMS, sizeof PARAMS - 1}}};
    if (task_find(&use->state, opening.key, use->now) == 0) {
        buf_clear(&use->changes);
        task_write_opened(&use->changes, &opening);
        remember(use);
    }
    request->has_task = false;
    request->names_task = true;
    request->task.id = id;
}

static Buf answer_buf(const Use *use)
{
    return buf_fixed(arena_alloc(use->arena, ANSWER_BYTES), ANSWER_BYTES);
}

static void decide_once(Use *use, uint32_t number)
{
    const uint8_t random[16] = {(uint8_t)number};
    Str body = make_request(use->arena, use->bundle, &use->chance, true);
    Buf out = answer_buf(use), traced = answer_buf(use);
    for (int i = 0; i < 2; i++) {
        request_decode(use->request, body, NONE);
        if (number % 2 == 0)
            open_its_task(use);
        decide(use->decider, use->request, use->now, random, &use->state, &use->answer,
               &use->changes, i == 0 ? NULL : &use->trace);
        answer_encode(i == 0 ? &out : &traced, use->request, &use->answer,
                      i == 0 ? NULL : &use->trace);
        if (i == 0)
            use->was = use->answer.code;
    }
    CHECK(use->answer.allow || use->answer.code == use->was);
    remember(use);
    use->now.tick += 1000000000;
    use->now.wall += 1000000000;
}

static void list_once(Use *use)
{
    Str body = make_request(use->arena, use->bundle, &use->chance, false);
    Buf out = answer_buf(use);
    Code code;
    Str detail;
    request_decode_list(use->request, body, NONE);
    if (!possible_admits(use->decider, use->request, use->now, &use->state, &code,
                         &detail))
        return;
    const BundleFamily *family =
        &use->bundle->families[use->bundle->audiences[use->request->audience].family];
    for (uint32_t i = 0; i < family->tool_count; i++) {
        request_ask_about(use->request, family->tool + i);
        possible_find(use->decider, use->request, use->now, &use->state,
                      &use->possible);
        possible_encode(&out, use->request, &use->possible);
    }
}

static void use_bundle(Arena *arena, const Bundle *bundle)
{
    enum { REQUESTS = 6, STATE_BYTES = 16 << 20 };
    static const uint8_t SECRET[16] = {7};
    Use *use = ARENA_NEW(arena, Use);
    Buf text = buf_on(arena);
    use->arena = arena;
    use->bundle = bundle;
    memcpy(&use->chance.state, bundle->hash.bytes, sizeof use->chance.state);
    use->decider = decider_new(arena, bundle);
    use->request = request_new(arena, bundle, ELEMENTS);
    use->changes = buf_fixed(arena_alloc(arena, CHANGES_MAX), CHANGES_MAX);
    use->now = lapse_moment(&(Lapse){0}, REQUEST_NOW, 1000000000);
    CHECK(use->decider != NULL && use->request != NULL);
    CHECK(state_init(&use->state, STATE_BYTES, SECRET) == STATUS_OK);
    use->request->state = &use->state;
    for (uint32_t i = 0; i < REQUESTS; i++)
        decide_once(use, i);
    list_once(use);
    state_free(&use->state);
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
    CHECK(emit_bundle(&world->build.arena, &world->build.program, &options, &out,
                      &limit));
    arena_free(&world->build.arena);
    return buf_view(&out);
}

// A sample, or a random policy. They are made once and kept, as libFuzzer keeps nothing
// for us between its calls.
static Bundle new_bundle(Arena *arena, Chance *chance)
{
    enum { POLICIES = 32 };
    static Str kept[POLICIES];
    uint32_t number = chance_below(chance, 3) > 0 ? chance_below(chance, 2)
                                                  : chance_below(chance, POLICIES);
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

// The input, if it is a bundle, or another one: mostly one that is sound, since a
// mutant of another seldom is.
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
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed)
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
