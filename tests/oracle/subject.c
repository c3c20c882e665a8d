// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/subject.h"

#include "engine/base/bug.h"
#include "lang/check/check.h"
#include "lang/emit/emit.h"
#include "lang/opt/opt.h"
#include "lang/policy.h"

// The files of one compilation.
typedef struct Reading {
    const Draft *draft;
    Str policy;
} Reading;

static Status read_file(void *context, Arena *arena, Str path, Str *text)
{
    const Reading *reading = context;
    Str from = str_ends(path, STR(".proviso")) ? reading->policy : STR("");
    for (uint32_t i = 0; i < reading->draft->file_count; i++)
        if (str_eq(reading->draft->files[i].path, path))
            from = reading->draft->files[i].text;
    *text = arena_str(arena, from);
    return from.len > 0 ? STATUS_OK : STATUS_IO;
}

// The program, or NULL with the first error's place in the text.
static Program *check(const Draft *draft, Arena *arena, Str text, uint32_t *where)
{
    const Str path = STR("policy.proviso");
    Reading *reading = ARENA_NEW(arena, Reading);
    Sources *sources = ARENA_NEW(arena, Sources);
    Diags *diags = ARENA_NEW(arena, Diags);
    Policy policy;
    uint32_t failed = 0;
    *reading = (Reading){draft, text};
    sources_init(sources, arena, read_file, reading);
    diags_init(diags, arena, sources);
    CHECK(policy_load(arena, diags, sources, &path, 1, &policy, &failed) == STATUS_OK);
    Program *program = check_policy(arena, diags, sources, &policy.packages,
                                    policy.files, policy.file_count);
    for (const Diag *diag = diags->first; diag; diag = diag->next)
        if (diag->severity == SEVERITY_ERROR) {
            *where = diag->span.start - sources_find(sources, diag->span.start)->base;
            return NULL;
        }
    return program;
}

Program *subject_check(Draft *draft, Arena *arena, bool is_repaired)
{
    for (;;) {
        uint32_t where = 0;
        Program *program = check(draft, arena, draft_text(draft, arena, NULL), &where);
        if (program || !is_repaired || !draft_cut(draft, where))
            return program;
    }
}

static bool load(Subject *subject, Str bytes, Arena *arena, Str *why)
{
    char text[256] = "";
    ProvisoTrust trust = {.allow_unsigned = true};
    if (proviso_engine_load(bytes.at, bytes.len, &trust, &subject->engine, text,
                            sizeof text) != PROVISO_OK) {
        *why = arena_format(arena, "%s", text);
        return false;
    }
    subject->session = proviso_session_new(subject->engine, NULL);
    CHECK(subject->session != NULL);
    return true;
}

static Built emit(const Draft *draft, uint32_t variant, Arena *arena, Buf *bundle,
                  Str *why)
{
    EmitLimit limit = {0};
    EmitOptions options = emit_defaults();
    Dice shuffle = dice_of(variant);
    uint32_t where = 0;
    options.has_families = (variant & VARIANT_FAMILIES) != 0;
    options.has_equal_dims = (variant & VARIANT_EQUAL_DIMS) != 0;
    options.has_two_values = (variant & VARIANT_TWO_VALUES) != 0;
    options.compiler = STR("oracle");
    Str text = draft_text(draft, arena, variant & VARIANT_SHUFFLED ? &shuffle : NULL);
    Program *program = check(draft, arena, text, &where);
    if (!program) {
        *why = STR("it doesn't compile");
        return BUILT_BAD;
    }
    opt_run(program, arena, variant & VARIANT_PASSES, NULL, NULL);
    *why = STR("it is too large");
    return emit_bundle(arena, program, &options, bundle, &limit) ? BUILT
                                                                 : BUILT_TOO_LARGE;
}

Built subject_build(Subject *subject, const Draft *draft, uint32_t variant,
                    Arena *arena, Str *why)
{
    Arena scratch;
    Str ignored;
    *subject = (Subject){0};
    arena_init(&scratch, (size_t)256 << 20);
    Buf bundle = buf_on(&scratch);
    why = why ? why : &ignored;
    Built built = emit(draft, variant, &scratch, &bundle, why);
    if (built == BUILT && !load(subject, buf_view(&bundle), arena, why))
        built = BUILT_BAD;
    arena_free(&scratch);
    return built;
}

void subject_free(Subject *subject)
{
    proviso_session_free(subject->session);
    proviso_engine_free(subject->engine);
    *subject = (Subject){0};
}

enum { ANSWER_BYTES = 1 << 18 };

Verdict subject_decide(const Subject *subject, Arena *arena, Str cbor, int64_t now)
{
    uint8_t *answer = arena_alloc(arena, ANSWER_BYTES);
    size_t len = 0;
    ProvisoCall call = {.body = cbor.at, .body_len = cbor.len, .now = now};
    ProvisoVerdict verdict;
    CHECK(proviso_session_decide(subject->session, &call, answer, ANSWER_BYTES, &len,
                                 &verdict) == PROVISO_OK);
    return verdict_from_answer(arena, (Str){(const char *)answer, len});
}

Verdict subject_explain(const Subject *subject, Arena *arena, Str cbor, int64_t now)
{
    uint8_t *answer = arena_alloc(arena, ANSWER_BYTES);
    size_t len = 0;
    ProvisoCall call = {.body = cbor.at, .body_len = cbor.len, .now = now};
    CHECK(proviso_session_explain(subject->session, &call, answer, ANSWER_BYTES,
                                  &len) == PROVISO_OK);
    return verdict_from_answer(arena, (Str){(const char *)answer, len});
}

bool subject_lists(const Subject *subject, Arena *arena, Str cbor, int64_t now,
                   Str tool)
{
    uint8_t *answer = arena_alloc(arena, ANSWER_BYTES);
    size_t len = 0;
    ProvisoCall call = {.body = cbor.at, .body_len = cbor.len, .now = now};
    CHECK(proviso_session_list(subject->session, &call, answer, ANSWER_BYTES, &len) ==
          PROVISO_OK);
    return verdict_lists(arena, (Str){(const char *)answer, len}, tool);
}
