// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/cli.h"

#include "engine/base/json_write.h"
#include "lang/cli/report.h"
#include "lang/syntax/format.h"
#include "lang/syntax/parse.h"

enum { MAX_SOURCE = 32 << 20 };

// One file: *is_changed says whether its text is not the canonical one.
static ExitCode format_one(Cli *cli, const char *path, Buf *out, bool *is_changed)
{
    Str text;
    Sources sources;
    Source *source;
    Diags diags;
    ExitCode code = cli_read(cli, path, MAX_SOURCE, &text);
    if (code != EXIT_FINE)
        return code;
    sources_init(&sources, &cli->arena, NULL, NULL);
    diags_init(&diags, &cli->arena, &sources);
    Status status = sources_add(&sources, str_from_c(path), text, &source);
    if (status != STATUS_OK)
        return cli_fail_file(cli, path, status);
    Node *file = parse_file(&cli->arena, &diags, source);
    if (diags_has_errors(&diags))
        return report_diags(cli, &diags);
    format_file(out, &cli->arena, source, file);
    *is_changed = !str_eq(buf_view(out), text);
    return EXIT_FINE;
}

// One line a file: whether it was, or would be, changed.
static ExitCode print_json(Cli *cli, const char *path, bool is_changed)
{
    Buf out = buf_on(&cli->arena);
    JsonWriter json = json_writer(&out, 0);
    json_begin_object(&json);
    json_name(&json, "file");
    json_c(&json, path);
    json_name(&json, "changed");
    json_bool(&json, is_changed);
    json_end_object(&json);
    buf_char(&out, '\n');
    return cli_print(cli, buf_view(&out)) ? EXIT_FINE : EXIT_IO;
}

static ExitCode fmt_file(Cli *cli, const char *path, bool is_check)
{
    bool is_changed = false;
    Buf out = buf_on(&cli->arena);
    ExitCode code = format_one(cli, path, &out, &is_changed);
    if (code == EXIT_FINE && is_changed && !is_check)
        code = cli_write(cli, path, buf_view(&out));
    if (code == EXIT_FINE && cli->is_json)
        code = print_json(cli, path, is_changed);
    if (code != EXIT_FINE || !is_changed || !is_check)
        return code;
    return cli->is_json ? EXIT_FINDINGS
                        : cli_fail(cli, EXIT_FINDINGS,
                                   "%s: not in the canonical layout; `proviso fmt %s` "
                                   "brings it there",
                                   path, path);
}

ExitCode command_fmt(Cli *cli)
{
    static const CliOption OPTIONS[] = {
        {"check", 0, NULL, "change nothing; exit 1 if a file would change"},
        {0},
    };
    bool is_check = false;
    const char *path;
    int option;
    while ((option = cli_option(cli, OPTIONS)) >= 0)
        is_check = true;
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    if (cli->next == cli->argc)
        return cli_fail(cli, EXIT_USAGE, "say which files");
    ExitCode worst = EXIT_FINE;
    while ((path = cli_argument(cli))) {
        ExitCode code = fmt_file(cli, path, is_check);
        worst = code > worst ? code : worst;
    }
    return worst;
}
