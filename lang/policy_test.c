// SPDX-License-Identifier: Apache-2.0
#include "lang/policy.h"

#include <string.h>

#include "engine/base/unit.h"
#include "lang/lang.h"
#include "stdlib/library.h"

enum { MEMORY = 64 * 1024 * 1024 };

typedef struct File {
    const char *path;
    const char *text;
} File;

typedef struct Folder {
    const File *files; // the last one's path is NULL
    unsigned reads;
} Folder;

static Status read_file(void *context, Arena *arena, Str path, Str *text)
{
    Folder *folder = context;
    for (const File *file = folder->files; file->path != NULL; file++)
        if (str_eq(path, str_from_c(file->path))) {
            folder->reads++;
            *text = arena_str(arena, str_from_c(file->text));
            return STATUS_OK;
        }
    return STATUS_NOT_FOUND;
}

static Arena arena;
static LangOutput output;

static Status compile(Folder *folder, const Str *paths, uint32_t count)
{
    arena_free(&arena);
    arena_init(&arena, MEMORY);
    LangInput input = {.paths = paths,
                       .count = count,
                       .read = read_file,
                       .context = folder,
                       .compiler = STR("test"),
                       .is_build = true};
    return lang_compile(&arena, &input, &output);
}

#define PARTIES                                                                        \
    "issuer i { uri \"https://i.example\" }"                                           \
    "gateway g { uri \"https://g.example\" accepts i }"                                \
    "agent bot { id \"bot\" }"

START_TEST(a_package_is_read_once)
{
    static const File files[] = {
        {"at/main.proviso", "import left import right.up " PARTIES},
        {"at/left.proviso", "package left import base"},
        {"at/right/up.proviso", "package right.up import base import left"},
        {"at/base.proviso", "package base const ONE = 1"},
        {NULL, NULL}};
    Folder folder = {files, 0};
    const Str path = STR("at/main.proviso");
    ck_assert(compile(&folder, &path, 1) == STATUS_OK);
    ck_assert_uint_eq(output.diags.errors, 0);
    ck_assert_uint_eq(output.sources.count, 4);
    ck_assert_uint_eq(folder.reads, 4);
}
END_TEST

START_TEST(order_has_no_meaning)
{
    static const File files[] = {
        {"one.proviso", "package p import base import std.tokens " PARTIES
                        "permit a { tool base.crm.get token std.tokens.once }"},
        {"two.proviso", "package p import std.tokens import base.more import base "
                        "forbid b { tool base.crm.get when args.n > base.more.MOST }"},
        {"base.proviso", "package base audience crm { uri \"https://c.example\" "
                         "tool get(n: int) } forbid c { when agent.id == \"x\" }"},
        {"base/more.proviso", "package base.more const MOST = 3"},
        {NULL, NULL}};
    Folder folder = {files, 0};
    Str paths[] = {STR("one.proviso"), STR("two.proviso"), STR("one.proviso")};
    for (int i = 0; i < 2; i++) {
        ck_assert(compile(&folder, paths + i, 2) == STATUS_OK);
        ck_assert_uint_eq(output.diags.errors, 0);
        ck_assert_uint_eq(output.sources.count, 5);
        ck_assert_text(output.program->package, "p");
        ck_assert_uint_eq(output.program->rule_count, 3);
        ck_assert_text(output.program->rules[0].name, "a");
        ck_assert_text(output.program->rules[2].name, "base.c");
    }
    ck_assert(compile(&folder, paths, 3) == STATUS_OK); // named twice, there once
    ck_assert_uint_eq(output.diags.errors, 0);
}
END_TEST

START_TEST(messages_show_the_imported_file)
{
    static const File files[] = {
        {"main.proviso", "import part " PARTIES},
        {"part.proviso", "package part\n\npermit a { tool no.no }"},
        {NULL, NULL}};
    Folder folder = {files, 0};
    const Str path = STR("main.proviso");
    ck_assert(compile(&folder, &path, 1) == STATUS_OK);
    ck_assert_uint_eq(output.diags.errors, 1);
    Location at = sources_locate(&output.sources, output.diags.first->span.start);
    ck_assert_text(at.source->path, "part.proviso");
    ck_assert_uint_eq(at.line, 3);
}
END_TEST

START_TEST(a_given_file_that_is_not_there_ends_it)
{
    static const File files[] = {{"main.proviso", PARTIES}, {NULL, NULL}};
    Folder folder = {files, 0};
    const Str paths[] = {STR("main.proviso"), STR("other.proviso")};
    ck_assert(compile(&folder, paths, 2) == STATUS_NOT_FOUND);
    ck_assert_uint_eq(output.failed, 1);
}
END_TEST

START_TEST(the_hash_covers_what_is_imported)
{
    File files[] = {{"main.proviso", "import part " PARTIES},
                    {"part.proviso", "package part const A = 1"},
                    {NULL, NULL}};
    Folder folder = {files, 0};
    const Str path = STR("main.proviso");
    ck_assert(compile(&folder, &path, 1) == STATUS_OK);
    ck_assert_uint_eq(output.diags.errors, 0);
    char first[4096];
    size_t size = output.bundle.len < sizeof first ? output.bundle.len : sizeof first;
    memcpy(first, output.bundle.at, size);
    files[1].text = "package part const A = 2"; // nothing reads it
    ck_assert(compile(&folder, &path, 1) == STATUS_OK);
    ck_assert_uint_eq(output.diags.errors, 0);
    ck_assert(memcmp(first, output.bundle.at, size) != 0);
}
END_TEST

// Each package of the standard library is right by itself and brings no tool to who
// does not ask for it.
START_TEST(the_library_compiles)
{
    unsigned count = 0;
    for (const LibraryPackage *package = LIBRARY; package->name.len > 0; package++) {
        char text[512];
        Buf buf = buf_fixed(text, sizeof text - 1);
        buf_printf(&buf, "import %.*s %s", STR_ARG(package->name), PARTIES);
        text[buf.len] = 0;
        const File files[] = {{"main.proviso", text}, {NULL, NULL}};
        Folder folder = {files, 0};
        const Str path = STR("main.proviso");
        ck_assert(compile(&folder, &path, 1) == STATUS_OK);
        ck_assert_uint_eq(output.diags.errors + output.diags.warnings, 0);
        ck_assert_uint_eq(output.program->tool_count, 0);
        ck_assert(str_starts(package->path, STR("std/")));
        ck_assert_int_eq(package->text.at[package->text.len], 0);
        count++;
    }
    ck_assert_uint_gt(count, 0);
}
END_TEST

UNIT_MAIN("policy", a_package_is_read_once, order_has_no_meaning,
          messages_show_the_imported_file, a_given_file_that_is_not_there_ends_it,
          the_hash_covers_what_is_imported, the_library_compiles)
