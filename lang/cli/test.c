// SPDX-License-Identifier: Apache-2.0
// The command `test`: the policy is built in memory, and its tests are decided by the
// engine that a daemon would decide by, from request bodies as a broker would send
// them.
#include "engine/base/os.h"
#include "engine/vm/arg_glob.h"
#include "engine/wire/transcode.h"
#include "lang/cli/compile.h"
#include "lang/cli/test_report.h"

enum { MAX_ANSWER = 4 << 20 };

typedef struct Core {
    ProvisoSession *session;
    char *memory; // MAX_ANSWER
} Core;

static Status ask(void *context, Arena *arena, SceneQuestion question, Str request,
                  int64_t now, Str *answer)
{
    Core *core = context;
    Buf body = buf_on(arena), json = buf_on(arena);
    TranscodeError error;
    ProvisoVerdict verdict;
    size_t len;
    TRY(transcode_request(arena, request, &body, &error));
    ProvisoCall call = {.body = body.at, .body_len = body.len, .now = now};
    ProvisoStatus status =
        question == SCENE_EXPLAIN
            ? proviso_session_explain(core->session, &call, core->memory, MAX_ANSWER,
                                      &len)
            : proviso_session_decide(core->session, &call, core->memory, MAX_ANSWER,
                                     &len, &verdict);
    ENSURE(status == PROVISO_OK, STATUS_LIMIT);
    TRY(transcode_to_json((Str){core->memory, len}, 0, &json));
    *answer = buf_view(&json);
    return STATUS_OK;
}

// A text that occurs in the name; with `*`, a pattern for the whole name.
static bool is_chosen(const Test *test, const char *filter)
{
    Str pattern = str_from_c(filter);
    return str_contains(pattern, STR("*")) ? glob_match(pattern, test->name)
                                           : str_contains(test->name, pattern);
}

static Status run_tests(Cli *cli, const LangOutput *policy, const SceneCore *core,
                        const char *filter, TestReport *report)
{
    const Program *program = policy->program;
    SceneResult *results =
        ARENA_ARRAY(&cli->arena, program->test_count + 1u, SceneResult);
    int64_t start = os_monotonic_clock();
    *report = (TestReport){.sources = &policy->sources, .results = results};
    for (uint32_t i = 0; i < program->test_count; i++) {
        SceneResult *result = &results[report->count];
        if (!is_chosen(&program->tests[i], filter))
            continue;
        TRY(scene_run(&cli->arena, program, &policy->sources, core, &program->tests[i],
                      result));
        report->count++;
        report->passed += result->state == SCENE_PASSED;
        report->failed += result->state == SCENE_FAILED;
        report->skipped += result->state == SCENE_SKIPPED;
    }
    report->took = os_monotonic_clock() - start;
    return STATUS_OK;
}

static ExitCode print_report(Cli *cli, const TestReport *report, const char *junit)
{
    Buf out = buf_on(&cli->arena), xml = buf_on(&cli->arena);
    if (junit != NULL) {
        test_report_junit(&xml, &cli->arena, report);
        ExitCode code = cli_write(cli, junit, buf_view(&xml));
        if (code != EXIT_FINE)
            return code;
    }
    if (cli->is_json)
        test_report_json(&out, report);
    else
        test_report_text(&out, report, cli->is_output_coloured);
    if (!cli_print(cli, buf_view(&out)))
        return EXIT_IO;
    return report->failed > 0 ? EXIT_FINDINGS : EXIT_FINE;
}

static ExitCode test_policy(Cli *cli, const LangOutput *policy, ProvisoSession *session,
                            const char *filter, const char *junit)
{
    TestReport report;
    Core core = {session, arena_alloc(&cli->arena, MAX_ANSWER)};
    SceneCore lent = {ask, &core};
    Status status = run_tests(cli, policy, &lent, filter, &report);
    if (status != STATUS_OK)
        return cli_fail(cli, EXIT_IO, "a test can't be run: %s", status_text(status));
    if (report.count == 0 && filter[0] != 0)
        return cli_fail(cli, EXIT_USAGE, "no test is called like `%s`", filter);
    return print_report(cli, &report, junit);
}

static ExitCode with_engine(Cli *cli, const LangOutput *policy, const char *filter,
                            const char *junit)
{
    char why[256] = "";
    ProvisoEngine *engine;
    ProvisoTrust trust = {.allow_unsigned = true};
    Str bytes = buf_view(&policy->bundle);
    if (proviso_engine_load(bytes.at, bytes.len, &trust, &engine, why, sizeof why) !=
        PROVISO_OK)
        return cli_fail(cli, EXIT_IO, "%s", why);
    ProvisoSession *session = proviso_session_new(engine, NULL);
    ExitCode code = session == NULL
                        ? cli_fail(cli, EXIT_IO, "%s", status_text(STATUS_MEMORY))
                        : test_policy(cli, policy, session, filter, junit);
    proviso_session_free(session);
    proviso_engine_free(engine);
    return code;
}

ExitCode command_test(Cli *cli)
{
    enum { FILTER, JUNIT };
    static const CliOption OPTIONS[] = {
        {"filter", 'f', "PATTERN",
         "only tests whose name has this in it, or fits it (`*`)"},
        {"junit", 0, "FILE", "write a report in JUnit's XML as well"},
        {0},
    };
    const char *filter = "", *junit = NULL;
    LangOutput policy;
    int option;
    while ((option = cli_option(cli, OPTIONS)) >= 0)
        *(option == FILTER ? &filter : &junit) = cli->value;
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    ExitCode code = cli_compile(cli, (LangInput){.is_build = true}, true, &policy);
    return code == EXIT_FINE ? with_engine(cli, &policy, filter, junit) : code;
}
