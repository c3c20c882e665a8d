// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

#include "engine/bytecode/disasm.h"
#include "lang/cli/sound.h"

enum { SHOWN = 20 };

ExitCode command_dis(Cli *cli)
{
    enum { ALL };
    static const CliOption OPTIONS[] = {
        {"all", 'a', NULL, "every rule, row and entry, not just the first 20"}, {0}};
    uint32_t most = SHOWN;
    int option;
    while ((option = cli_option(cli, OPTIONS)) == ALL)
        most = UINT32_MAX;
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    const char *path = cli_argument(cli);
    if (!path || cli_argument(cli))
        return cli_fail(cli, EXIT_USAGE, "say which bundle");
    Bundle bundle;
    ExitCode code = sound_bundle(cli, path, &bundle);
    if (code != EXIT_FINE)
        return code;
    Buf out = buf_on(&cli->arena);
    disasm_bundle(&out, &bundle, most);
    return cli_print(cli, buf_view(&out)) ? EXIT_FINE : EXIT_IO;
}
