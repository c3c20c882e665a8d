// SPDX-License-Identifier: Apache-2.0
#include "engine/base/os.h"
#include "engine/bytecode/bundle.h"
#include "lang/cli/compile.h"

enum { OPTION_OUTPUT, OPTION_COST };

// The worst-case cost of a decision, to standard output.
static ExitCode print_cost(const Cli *cli, Str bytes)
{
    Bundle bundle;
    const char *why = "";
    Status status = bundle_open(bytes, &bundle, &why);
    CHECK(status == STATUS_OK);
    char memory[96];
    Buf line = buf_fixed(memory, sizeof memory);
    buf_printf(&line, "a decision takes at most %u steps\n", bundle.meta->cost);
    return cli_print(cli, buf_view(&line)) ? EXIT_FINE : EXIT_IO;
}

ExitCode command_build(Cli *cli)
{
    static const CliOption OPTIONS[] = {
        {"output", 'o', "BUNDLE", "where to write the bundle"},
        {"cost", 0, NULL, "print what a decision costs at worst"},
        {0},
    };
    const char *path = NULL;
    bool wants_cost = false;
    LangOutput output;
    int option;
    while ((option = cli_option(cli, OPTIONS)) >= 0) {
        if (option == OPTION_OUTPUT)
            path = cli->value;
        else
            wants_cost = true;
    }
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    if (path == NULL && !wants_cost)
        return cli_fail(cli, EXIT_USAGE, "say where to write the bundle: -o BUNDLE");
    ExitCode code = cli_compile(cli, true, &output);
    if (code != EXIT_FINE)
        return code;
    if (path != NULL) {
        Status status = os_write_file(str_from_c(path), buf_view(&output.bundle), 0644);
        if (status != STATUS_OK)
            return cli_fail_file(cli, path, status);
    }
    return wants_cost ? print_cost(cli, buf_view(&output.bundle)) : EXIT_FINE;
}
