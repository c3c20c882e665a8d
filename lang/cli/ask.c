// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/question.h"

#include <string.h>

#include "engine/wire/client.h"

enum { TIMEOUT_MS = 10000 };

// What stands in the file: nothing, for a message without a body.
typedef enum Body { BODY_NONE, BODY_REQUEST, BODY_OBJECT } Body;

typedef struct Row {
    const char *name;
    ProvisoMessage message;
    Body body;
} Row;

static const Row ROWS[] = {
    {"decide", PROVISO_DECIDE, BODY_REQUEST},
    {"explain", PROVISO_EXPLAIN, BODY_REQUEST},
    {"list", PROVISO_LIST, BODY_REQUEST},
    {"task_open", PROVISO_TASK_OPEN, BODY_REQUEST},
    {"task_close", PROVISO_TASK_CLOSE, BODY_OBJECT},
    {"outcome", PROVISO_OUTCOME, BODY_OBJECT},
    {"approve", PROVISO_APPROVE, BODY_OBJECT},
    {"consent", PROVISO_CONSENT, BODY_OBJECT},
    {"revoke", PROVISO_REVOKE, BODY_OBJECT},
    {"facts", PROVISO_FACTS, BODY_OBJECT},
    {"check", PROVISO_CHECK, BODY_OBJECT},
    {"status", PROVISO_STATUS, BODY_NONE},
    {"reload", PROVISO_RELOAD, BODY_NONE},
};
enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0], ROW_DECIDE = 0, ROW_EXPLAIN = 1 };

static const Row *find_row(const char *name)
{
    for (int i = 0; i < ROW_COUNT; i++)
        if (strcmp(ROWS[i].name, name) == 0)
            return &ROWS[i];
    return NULL;
}

static ExitCode ask(Cli *cli, ProvisoClient *client, ProvisoMessage message, Str body)
{
    const void *answer;
    size_t len;
    if (proviso_client_ask(client, message, body.at, body.len, &answer, &len) !=
        PROVISO_CLIENT_OK)
        return cli_fail(cli, EXIT_IO, "%s", proviso_client_why(client));
    return question_print(cli, (Str){answer, len});
}

static ExitCode connect_and_ask(Cli *cli, const char *path, ProvisoMessage message,
                                Str body)
{
    ProvisoClient *client;
    ExitCode code = EXIT_IO;
    if (proviso_client_open(path, "proviso " PROVISO_VERSION, TIMEOUT_MS, &client) ==
        PROVISO_CLIENT_OK)
        code = ask(cli, client, message, body);
    else
        (void)cli_fail(cli, code, "%s",
                       client ? proviso_client_why(client)
                              : status_text(STATUS_MEMORY));
    proviso_client_close(client);
    return code;
}

ExitCode command_ask(Cli *cli)
{
    enum { EXPLAIN, MESSAGE };
    static const CliOption OPTIONS[] = {
        {"explain", 'e', NULL, "also what each rule came to (for administrators)"},
        {"message", 'm', "NAME",
         "another message than decide: explain, list, task_open, task_close, outcome, "
         "approve, consent, revoke, facts, check, status, reload"},
        {0},
    };
    const Row *row = &ROWS[ROW_DECIDE];
    int option;
    while ((option = cli_option(cli, OPTIONS)) >= 0) {
        row = option == EXPLAIN ? &ROWS[ROW_EXPLAIN] : find_row(cli->value);
        if (!row)
            return cli_fail(cli, EXIT_USAGE, "there is no message `%s`", cli->value);
    }
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    const char *path = cli_argument(cli);
    const char *file = row->body == BODY_NONE ? "" : cli_argument(cli);
    if (!path || !file || cli_argument(cli))
        return cli_fail(cli, EXIT_USAGE,
                        row->body == BODY_NONE ? "say which socket, and nothing else"
                                               : "say which socket, and which request");
    Str body = {0};
    ExitCode code = row->body == BODY_NONE
                        ? EXIT_FINE
                        : question_read(cli, file, row->body == BODY_REQUEST, &body);
    if (code != EXIT_FINE)
        return code;
    return connect_and_ask(cli, path, row->message, body);
}
