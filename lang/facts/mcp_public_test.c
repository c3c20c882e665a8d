// SPDX-License-Identifier: Apache-2.0
// Reads the answers of public MCP servers, which are not part of this repository: every
// one loads, nearly every argument has a type, and what is printed parses.
#include <dirent.h>
#include <stdio.h>

#include "engine/base/os.h"
#include "lang/facts/facts_unit.h"
#include "lang/facts/mcp.h"
#include "lang/facts/mcp_print.h"
#include "lang/syntax/parse.h"

typedef struct Total {
    unsigned files;
    unsigned tools;
    unsigned args;
    unsigned untyped;
} Total;

static const char *folder(void)
{
    static const char *const places[] = {"../shared/data/mcp-tools",
                                         "../../shared/data/mcp-tools"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (os_file_exists(str_from_c(places[i])))
            return places[i];
    return NULL;
}

static void read_one(const char *name, Total *total)
{
    Bench *bench = bench_new();
    Arena *arena = &bench->arena;
    Str path = os_path_join(arena, str_from_c(folder()), str_from_c(name));
    Str text;
    ck_assert_int_eq(os_read_file(arena, path, MCP_MAX_BYTES, &text), STATUS_OK);
    const Source *source = bench_add(bench, name, text);
    McpTools tools;
    bool is_good = mcp_read(arena, bench->types, &bench->diags, source, &tools);
    ck_assert_msg(is_good, "%s", name);
    total->files++;
    total->tools += tools.count;
    for (uint32_t t = 0; t < tools.count; t++) {
        const Schema *args = tools.items[t].args;
        total->args += args->field_count;
        for (uint32_t i = 0; i < args->field_count; i++)
            total->untyped += args->fields[i].schema->type->form == TYPE_JSON;
    }
    Buf out = buf_on(arena);
    McpPrint how = {STR("server"), STR("https://server.example/mcp"), true};
    mcp_print(&out, &how, &tools);
    Source *policy;
    ck_assert_int_eq(sources_add(&bench->sources, STR("p"), buf_view(&out), &policy),
                     STATUS_OK);
    parse_file(arena, &bench->diags, policy);
    ck_assert_msg(!diags_has_errors(&bench->diags), "%s: %.*s", name,
                  STR_ARG(bench_messages(bench)));
    bench_free(bench);
}

START_TEST(every_public_list_loads)
{
    DIR *dir = opendir(folder());
    ck_assert_ptr_nonnull(dir);
    Total total = {0};
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        if (str_ends(str_from_c(entry->d_name), STR(".json")))
            read_one(entry->d_name, &total);
    closedir(dir);
    printf("%u files, %u tools, %u arguments, %u of them json\n", total.files,
           total.tools, total.args, total.untyped);
    ck_assert_uint_gt(total.files, 0);
    ck_assert_uint_le(total.untyped * 20, total.args);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_public_list_loads};
    if (folder() != NULL)
        return unit_run("mcp_public", tests, 1);
    puts("mcp_public: skipped, the public tool lists are not here");
    return 0;
}
