// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/cli.h"

#include "engine/bytecode/bytecode.h"

ExitCode command_version(Cli *cli)
{
    static const CliOption OPTIONS[] = {{0}};
    int option = cli_option(cli, OPTIONS);
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    if (cli_argument(cli))
        return cli_fail(cli, EXIT_USAGE, "takes no arguments");
    Buf out = buf_on(&cli->arena);
    if (cli->is_json)
        buf_printf(&out, "{\"version\":\"%s\",\"bundle_format\":%u}\n", PROVISO_VERSION,
                   BUNDLE_VERSION);
    else
        buf_printf(&out, "proviso %s, bundle format %u\n", PROVISO_VERSION,
                   BUNDLE_VERSION);
    return cli_print(cli, buf_view(&out)) ? EXIT_FINE : EXIT_IO;
}
