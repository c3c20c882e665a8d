// SPDX-License-Identifier: Apache-2.0
#include "lang/lang.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/crypto.h"
#include "engine/bytecode/disasm.h"
#include "lang/opt/opt.h"
#include "lang/policy.h"
#include "lang/syntax/tokens.h"

static int compare_paths(const void *a, const void *b)
{
    return str_compare((*(Source *const *)a)->path, (*(Source *const *)b)->path);
}

// SHA-256 over the texts of all sources, in the order of their paths.
static Status hash_sources(Arena *arena, const Sources *sources, uint8_t hash[32])
{
    Hasher *hasher = NULL;
    Digest digest;
    Source **ordered = ARENA_ARRAY(arena, sources->count, Source *);
    memcpy(ordered, sources->items, sources->count * sizeof *ordered);
    qsort(ordered, sources->count, sizeof *ordered, compare_paths);
    TRY(hasher_new(&hasher));
    Status status = STATUS_OK;
    for (uint32_t i = 0; i < sources->count && status == STATUS_OK; i++)
        status = hasher_add(hasher, ordered[i]->text);
    if (status == STATUS_OK)
        status = hasher_finish(hasher, &digest);
    hasher_free(hasher);
    if (status == STATUS_OK)
        memcpy(hash, digest.bytes, sizeof digest.bytes);
    return status;
}

static void report_limit(Arena *arena, Diags *diags, const EmitLimit *limit)
{
    diag_report3(diags, DIAG_BUNDLE_LIMIT, limit->span, str_from_c(limit->what),
                 arena_format(arena, "%llu", (unsigned long long)limit->is),
                 arena_format(arena, "%llu", (unsigned long long)limit->limit));
}

// ---- stages as text ----

Str lang_stage(size_t index)
{
    static const char *const BEFORE[] = {"tokens", "ast", "ir"};
    enum { COUNT = sizeof BEFORE / sizeof BEFORE[0] };
    if (index < COUNT)
        return str_from_c(BEFORE[index]);
    if (index < COUNT + PASS_COUNT)
        return str_from_c(opt_pass_name((Pass)(index - COUNT)));
    return index == COUNT + PASS_COUNT ? STR("bytecode") : STR("");
}

static bool is_shown(const LangInput *input, const char *stage)
{
    return str_eq(input->dump, str_from_c(stage));
}

// Of the policy itself, not of what it imports.
static void dump_files(const LangInput *input, LangOutput *output, const Policy *policy)
{
    for (uint32_t i = 0; i < policy->file_count; i++) {
        const Node *file = policy->files[i];
        const Source *source = sources_find(&output->sources, file->span.start);
        if (policy->packages.of_source[source->number] != 0)
            continue;
        if (is_shown(input, "tokens"))
            tokens_dump(&output->dump, &output->sources, source);
        if (is_shown(input, "ast"))
            ast_dump(&output->dump, file);
    }
}

static void dump_bytecode(Buf *out, Str bytes)
{
    Bundle bundle;
    const char *why = "";
    Status status = bundle_open(bytes, &bundle, &why);
    CHECK(status == STATUS_OK);
    disasm_bundle(out, &bundle, UINT32_MAX);
}

typedef struct PassDump {
    const LangInput *input;
    LangOutput *output;
} PassDump;

static void dump_pass(void *context, const char *pass, const Program *program)
{
    PassDump *dump = context;
    if (is_shown(dump->input, pass))
        ir_dump(&dump->output->dump, program);
}

// ---- building ----

static Status build(Arena *arena, const LangInput *input, LangOutput *output)
{
    EmitOptions options = emit_defaults();
    EmitLimit limit;
    options.compiler = input->compiler;
    options.sources = &output->sources;
    TRY(hash_sources(arena, &output->sources, options.source_hash));
    ir_check(output->program);
    if (is_shown(input, "ir"))
        ir_dump(&output->dump, output->program);
    PassDump dump = {input, output};
    opt_run(output->program, arena, OPT_ALL & ~input->passes_off, dump_pass, &dump);
    if (!emit_bundle(arena, output->program, &options, &output->bundle, &limit))
        report_limit(arena, &output->diags, &limit);
    else if (is_shown(input, "bytecode"))
        dump_bytecode(&output->dump, buf_view(&output->bundle));
    return STATUS_OK;
}

static Status compile(Arena *arena, const LangInput *input, LangOutput *output)
{
    Policy policy;
    TRY(policy_load(arena, &output->diags, &output->sources, input->paths, input->count,
                    &policy, &output->failed));
    dump_files(input, output, &policy);
    output->program = check_policy(arena, &output->diags, &output->sources,
                                   &policy.packages, policy.files, policy.file_count);
    if (diags_has_errors(&output->diags))
        return STATUS_OK;
    return build(arena, input, output);
}

Status lang_compile(Arena *arena, const LangInput *input, LangOutput *output)
{
    jmp_buf exhausted;
    *output = (LangOutput){.bundle = buf_on(arena), .dump = buf_on(arena)};
    sources_init(&output->sources, arena, input->read, input->context);
    output->sources.list = input->list;
    diags_init(&output->diags, arena, &output->sources);
    if (setjmp(exhausted) != 0) {
        arena->exhausted = NULL;
        return STATUS_MEMORY;
    }
    arena->exhausted = &exhausted;
    Status status = compile(arena, input, output);
    arena->exhausted = NULL;
    return status;
}
