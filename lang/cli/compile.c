// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/compile.h"

#include "engine/base/os.h"
#include "lang/check/array.h"
#include "lang/cli/report.h"

static Status read_source(void *context, Arena *arena, Str path, Str *text)
{
    (void)context;
    return os_read_file(arena, path, SOURCES_MAX_BYTES, text);
}

static Status list_folder(void *context, Arena *arena, Str folder, Str *names)
{
    (void)context;
    return os_list_directory(arena, folder, names);
}

ExitCode cli_compile(Cli *cli, LangInput how, bool is_quiet, LangOutput *output)
{
    Str *paths = NULL;
    uint32_t count = 0;
    const char *argument;
    while ((argument = cli_argument(cli)))
        *ARRAY_PUSH(&cli->arena, paths, count) = str_from_c(argument);
    if (count == 0)
        return cli_fail(cli, EXIT_USAGE, "say which policy files");
    how.paths = paths;
    how.count = count;
    how.read = read_source;
    how.list = list_folder;
    how.compiler = STR("proviso " PROVISO_VERSION);
    Status status = lang_compile(&cli->arena, &how, output);
    if (status == STATUS_MEMORY)
        return cli_fail(cli, EXIT_IO, "%s", status_text(status));
    if (status != STATUS_OK)
        return cli_fail_file(cli, paths[output->failed].at, status);
    if (is_quiet && cli->is_json && !diags_has_errors(&output->diags))
        return EXIT_FINE;
    return report_diags(cli, &output->diags);
}
