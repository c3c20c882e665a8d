// SPDX-License-Identifier: Apache-2.0
// The command `test`: the policy is built in memory, and its tests are decided by the
// engine that a daemon would decide by, with a memory as it would have, from bodies as
// its clients would send them.
#include <string.h>

#include "engine/base/os.h"
#include "engine/vm/arg_glob.h"
#include "engine/wire/transcode.h"
#include "lang/cli/compile.h"
#include "lang/cli/test_report.h"

enum { MAX_ANSWER = 4 << 20, MEMORY_LIMIT = 64 << 20 };

typedef struct Core {
    const ProvisoEngine *engine;
    // Of the test at hand:
    ProvisoMemory *memory;
    ProvisoSession *session;
    uint64_t count; // of questions
    char *answer;   // MAX_ANSWER
} Core;

static void forget(Core *core)
{
    proviso_session_free(core->session);
    proviso_memory_free(core->memory);
    core->session = NULL;
    core->memory = NULL;
}

static Status begin(void *context)
{
    static const uint8_t SECRET[16] = {0};
    Core *core = context;
    forget(core);
    core->memory = proviso_memory_new(MEMORY_LIMIT, SECRET);
    ENSURE(core->memory != NULL, STATUS_MEMORY);
    core->session = proviso_session_new(core->engine, core->memory);
    return core->session == NULL ? STATUS_MEMORY : STATUS_OK;
}

// Puts what is no question about a call.
static ProvisoStatus operate(Core *core, SceneQuestion question,
                             const ProvisoCall *call, size_t *len)
{
    static const ProvisoOperation OPERATIONS[] = {
        [SCENE_TASK_OPEN] = PROVISO_DO_TASK_OPEN,
        [SCENE_TASK_CLOSE] = PROVISO_DO_TASK_CLOSE,
        [SCENE_OUTCOME] = PROVISO_DO_OUTCOME,
        [SCENE_APPROVE] = PROVISO_DO_APPROVE,
        [SCENE_CONSENT] = PROVISO_DO_CONSENT,
        [SCENE_REVOKE] = PROVISO_DO_REVOKE,
        [SCENE_CHECK] = PROVISO_DO_CHECK,
    };
    ProvisoVerdict verdict;
    return proviso_session_operate(core->session, OPERATIONS[question], call,
                                   core->answer, MAX_ANSWER, len, &verdict);
}

static ProvisoStatus decide(Core *core, SceneQuestion question, const ProvisoCall *call,
                            size_t *len)
{
    ProvisoVerdict verdict;
    if (question == SCENE_EXPLAIN)
        return proviso_session_explain(core->session, call, core->answer, MAX_ANSWER,
                                       len);
    return proviso_session_decide(core->session, call, core->answer, MAX_ANSWER, len,
                                  &verdict);
}

static Status ask(void *context, Arena *arena, SceneQuestion question, Str text,
                  SceneTime time, Str *answer)
{
    Core *core = context;
    Buf body = buf_on(arena), json = buf_on(arena);
    TranscodeError error;
    bool is_decision = question == SCENE_DECIDE || question == SCENE_EXPLAIN;
    size_t len;
    if (is_decision || question == SCENE_TASK_OPEN)
        TRY(transcode_request(arena, text, &body, &error));
    else
        TRY(transcode_object(arena, text, &body, &error));
    ProvisoCall call = {
        .body = body.at, .body_len = body.len, .now = time.wall, .tick = time.tick};
    core->count++;
    memcpy(call.random, &core->count, sizeof core->count);
    ProvisoStatus status = is_decision ? decide(core, question, &call, &len)
                                       : operate(core, question, &call, &len);
    ENSURE(status == PROVISO_OK, STATUS_LIMIT);
    TRY(transcode_to_json((Str){core->answer, len}, 0, &json));
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

static ExitCode test_policy(Cli *cli, const LangOutput *policy,
                            const ProvisoEngine *engine, const char *filter,
                            const char *junit)
{
    TestReport report;
    Core core = {.engine = engine, .answer = arena_alloc(&cli->arena, MAX_ANSWER)};
    SceneCore lent = {begin, ask, &core};
    Status status = run_tests(cli, policy, &lent, filter, &report);
    forget(&core);
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
    ExitCode code = test_policy(cli, policy, engine, filter, junit);
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
