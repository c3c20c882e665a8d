// SPDX-License-Identifier: Apache-2.0
// Fuzzes the whole compiler (libFuzzer): any text gives messages or a bundle, and a
// bundle that is given passes the verifier, whichever passes are left out.
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/bug.h"
#include "engine/bytecode/verify.h"
#include "lang/lang.h"
#include "lang/opt/opt.h"
#include "lang/source/render.h"

enum { MEMORY = 256 * 1024 * 1024 };

// The text that is fuzzed; no other file is there.
static Status read_text(void *context, Arena *arena, Str path, Str *text)
{
    if (!str_eq(path, STR("fuzz.proviso")))
        return STATUS_NOT_FOUND;
    *text = arena_str(arena, *(const Str *)context);
    return STATUS_OK;
}

static void check_bundle(Arena *arena, Str bytes)
{
    Bundle bundle;
    VerifyFailure failure;
    const char *why;
    CHECK(bundle_open(bytes, &bundle, &why) == STATUS_OK);
    CHECK(verify_bundle(&bundle, arena, &failure) == STATUS_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena arena;
    Str given = {(const char *)data, size};
    LangInput input = {.paths = &STR("fuzz.proviso"),
                       .count = 1,
                       .read = read_text,
                       .context = &given,
                       .compiler = STR("fuzz"),
                       .is_build = true,
                       .passes_off = (uint32_t)size & OPT_ALL};
    LangOutput output;
    arena_init(&arena, MEMORY);
    Status status = lang_compile(&arena, &input, &output);
    CHECK(status == STATUS_OK || status == STATUS_MEMORY);
    if (status == STATUS_OK) {
        Buf messages = buf_on(&arena);
        for (const Diag *diag = output.diags.first; diag != NULL; diag = diag->next)
            render_text(&messages, diag, (RenderStyle){true});
        CHECK(diags_has_errors(&output.diags) == (output.bundle.len == 0));
        if (output.bundle.len > 0)
            check_bundle(&arena, buf_view(&output.bundle));
    }
    arena_free(&arena);
    return 0;
}
