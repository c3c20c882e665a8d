// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/question.h"

#include "engine/wire/client.h"

enum { TIMEOUT_MS = 10000 };

static ExitCode ask(Cli *cli, ProvisoClient *client, ProvisoMessage message, Str body)
{
    const void *answer;
    size_t len;
    if (proviso_client_ask(client, message, body.at, body.len, &answer, &len) !=
        PROVISO_CLIENT_OK)
        return cli_fail(cli, EXIT_IO, "%s", proviso_client_why(client));
    return question_print(cli, (Str){answer, len});
}

ExitCode command_ask(Cli *cli)
{
    static const CliOption OPTIONS[] = {
        {"explain", 'e', NULL, "also what each rule came to (for administrators)"},
        {0},
    };
    ProvisoMessage message = PROVISO_DECIDE;
    ProvisoClient *client;
    Str body;
    int option;
    while ((option = cli_option(cli, OPTIONS)) >= 0)
        message = PROVISO_EXPLAIN;
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    const char *path = cli_argument(cli), *request = cli_argument(cli);
    if (!request || cli_argument(cli))
        return cli_fail(cli, EXIT_USAGE, "say which socket, and which request");
    ExitCode code = question_read(cli, request, &body);
    if (code != EXIT_FINE)
        return code;
    if (proviso_client_open(path, "proviso " PROVISO_VERSION, TIMEOUT_MS, &client) ==
        PROVISO_CLIENT_OK)
        code = ask(cli, client, message, body);
    else
        code =
            cli_fail(cli, EXIT_IO, "%s",
                     client ? proviso_client_why(client) : status_text(STATUS_MEMORY));
    proviso_client_close(client);
    return code;
}
