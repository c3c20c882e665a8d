// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/compile.h"

ExitCode command_check(Cli *cli)
{
    static const CliOption OPTIONS[] = {{0}};
    LangOutput output;
    int option = cli_option(cli, OPTIONS);
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    return cli_compile(cli, (LangInput){.is_build = false}, false, &output);
}
