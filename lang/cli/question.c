// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/question.h"

#include "engine/base/crypto.h"
#include "engine/base/json.h"
#include "engine/base/os.h"
#include "engine/base/scalar.h"
#include "engine/wire/transcode.h"
#include "lang/cli/answer.h"

enum { MAX_REQUEST = 4 << 20, MAX_ANSWER = 4 << 20 };

// 1-based line and column of a byte, for messages.
static void locate(Str text, uint32_t offset, unsigned *line, unsigned *column)
{
    *line = *column = 1;
    for (uint32_t i = 0; i < offset && i < text.len; i++) {
        *column = text.at[i] == '\n' ? 1 : *column + 1;
        *line += text.at[i] == '\n';
    }
}

ExitCode question_read(Cli *cli, const char *path, bool is_request, Str *body)
{
    Str text;
    TranscodeError error;
    unsigned line, column;
    Buf out = buf_on(&cli->arena);
    ExitCode code = cli_read(cli, path, MAX_REQUEST, &text);
    if (code != EXIT_FINE)
        return code;
    Status status = is_request ? transcode_request(&cli->arena, text, &out, &error)
                               : transcode_object(&cli->arena, text, &out, &error);
    if (status == STATUS_MALFORMED) {
        locate(text, error.offset, &line, &column);
        return cli_fail(cli, EXIT_FINDINGS, "%s:%u:%u: %.*s", path, line, column,
                        STR_ARG(error.text));
    }
    if (status != STATUS_OK)
        return cli_fail_file(cli, path, status);
    *body = buf_view(&out);
    return EXIT_FINE;
}

ExitCode question_print(Cli *cli, Str answer)
{
    enum { INDENT = 2 };
    Buf json = buf_on(&cli->arena), text = buf_on(&cli->arena);
    const JsonValue *root;
    JsonError error;
    if (transcode_to_json(answer, cli->is_json ? 0 : INDENT, &json) != STATUS_OK ||
        json_parse(&cli->arena, buf_view(&json), &root, &error) != STATUS_OK)
        return cli_fail(cli, EXIT_IO, "the answer can't be read");
    const JsonValue *decision = json_member(root, STR("decision"));
    if (decision != NULL && !cli->is_json)
        answer_text(&text, root, cli->is_output_coloured);
    buf_char(&json, '\n');
    if (!cli_print(cli, buf_view(text.len > 0 ? &text : &json)))
        return EXIT_IO;
    return decision == NULL || decision->truth ? EXIT_FINE : EXIT_FINDINGS;
}

static ExitCode decide(Cli *cli, ProvisoEngine *engine, Str body, int64_t now,
                       bool is_explained)
{
    ProvisoCall call = {.body = body.at, .body_len = body.len, .now = now};
    ProvisoVerdict verdict;
    ProvisoStatus status;
    size_t len = 0;
    void *memory = arena_alloc(&cli->arena, MAX_ANSWER);
    ProvisoSession *session = proviso_session_new(engine, NULL);
    if (!session || crypto_random(call.random, sizeof call.random) != STATUS_OK) {
        proviso_session_free(session);
        return cli_fail(cli, EXIT_IO, "%s", status_text(STATUS_MEMORY));
    }
    if (is_explained)
        status = proviso_session_explain(session, &call, memory, MAX_ANSWER, &len);
    else
        status =
            proviso_session_decide(session, &call, memory, MAX_ANSWER, &len, &verdict);
    proviso_session_free(session);
    if (status != PROVISO_OK)
        return cli_fail(cli, EXIT_IO, "the answer is too long");
    return question_print(cli, (Str){memory, len});
}

ExitCode question_command(Cli *cli, bool is_explained)
{
    static const CliOption OPTIONS[] = {
        {"now", 0, "TIME",
         "the time of the decision (RFC 3339); the present if not said"},
        {0},
    };
    int64_t now = os_wall_clock();
    char why[256] = "";
    Str body;
    int option;
    while ((option = cli_option(cli, OPTIONS)) >= 0)
        if (!time_parse(str_from_c(cli->value), &now))
            return cli_fail(cli, EXIT_USAGE,
                            "`%s` is no time like 2026-03-02T09:00:00Z", cli->value);
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    const char *bundle = cli_argument(cli), *request = cli_argument(cli);
    if (!request || cli_argument(cli))
        return cli_fail(cli, EXIT_USAGE, "say which bundle, and which request");
    ExitCode code = question_read(cli, request, true, &body);
    if (code != EXIT_FINE)
        return code;
    ProvisoEngine *engine;
    ProvisoTrust trust = {.allow_unsigned = true};
    ProvisoStatus status =
        proviso_engine_load_file(bundle, &trust, &engine, why, sizeof why);
    if (status != PROVISO_OK)
        return cli_fail(cli, status == PROVISO_IO ? EXIT_IO : EXIT_FINDINGS, "%s: %s",
                        bundle, why);
    code = decide(cli, engine, body, now, is_explained);
    proviso_engine_free(engine);
    return code;
}
