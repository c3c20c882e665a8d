// SPDX-License-Identifier: Apache-2.0
#include "lang/scene/run.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/checked.h"
#include "engine/base/json.h"
#include "engine/base/os.h"
#include "lang/scene/judge.h"
#include "lang/scene/stage.h"

typedef struct Run {
    Stage stage;
    const SceneCore *core;
    SceneResult *result;
    // The call at hand.
    Str request;
    const JsonValue *explained;
    Status status; // of the core
} Run;

// ---- asking ----

static const JsonValue *ask(Run *run, SceneQuestion question)
{
    Str text;
    const JsonValue *answer = NULL;
    JsonError error;
    Arena *arena = run->stage.arena;
    run->status = run->core->ask(run->core->context, arena, question, run->request,
                                 run->stage.now, &text);
    if (run->status == STATUS_OK)
        run->status = json_parse(arena, text, &answer, &error);
    return answer;
}

static const JsonValue *explain(void *context)
{
    Run *run = context;
    if (run->explained == NULL)
        run->explained = ask(run, SCENE_EXPLAIN);
    return run->explained;
}

// ---- steps ----

static void run_agent(Run *run, const Step *step)
{
    run->stage.agent = step->text;
}

static void run_user(Run *run, const Step *step)
{
    run->stage.user = step->text;
}

static void run_gateway(Run *run, const Step *step)
{
    run->stage.gateway = step->text;
}

static void run_now(Run *run, const Step *step)
{
    run->stage.now = step->time;
}

static void run_advance(Run *run, const Step *step)
{
    int64_t later;
    if (checked_add_i64(run->stage.now, step->time, &later))
        run->stage.now = later;
}

static void run_context(Run *run, const Step *step)
{
    stage_context(&run->stage, &step->said);
}

static void run_task(Run *run, const Step *step)
{
    run->stage.task = step->number;
    run->stage.tasks[step->number] =
        (StageTask){step->text, &step->said, run->stage.now};
}

static void run_call(Run *run, const Step *step)
{
    Arena *arena = run->stage.arena;
    ArenaMark mark = arena_mark(arena);
    Buf request = buf_on(arena);
    stage_request(&request, &run->stage, step);
    run->request = buf_view(&request);
    run->explained = NULL;
    const JsonValue *answer = ask(run, SCENE_DECIDE);
    Judge judge = {.arena = arena,
                   .program = run->stage.program,
                   .call = step,
                   .asked = stage_asked(&run->stage, step),
                   .diags = &run->result->failure,
                   .explain = explain,
                   .context = run};
    if (answer == NULL || judge_answer(&judge, answer))
        arena_reset(arena, mark);
    else
        run->result->state = SCENE_FAILED;
}

static void run_repeat(Run *run, const Step *step);

// What has no row needs memory between calls.
static void (*const STEPS[STEP_KIND_COUNT])(Run *run, const Step *step) = {
    [STEP_AGENT] = run_agent,     [STEP_USER] = run_user,
    [STEP_GATEWAY] = run_gateway, [STEP_NOW] = run_now,
    [STEP_TASK] = run_task,       [STEP_CALL] = run_call,
    [STEP_CONTEXT] = run_context, [STEP_ADVANCE] = run_advance,
    [STEP_REPEAT] = run_repeat,
};

static void run_steps(Run *run, const Step *steps, uint32_t count)
{
    for (uint32_t i = 0; i < count && run->status == STATUS_OK; i++)
        STEPS[steps[i].kind](run, &steps[i]);
}

static void run_repeat(Run *run, const Step *step)
{
    for (uint32_t i = 0; i < step->times && run->result->state == SCENE_PASSED; i++)
        run_steps(run, step->steps, step->step_count);
}

// ---- what can't be run ----

static bool presents_grant(const Step *step)
{
    for (uint32_t i = 0; i < step->with_count; i++)
        if (str_eq(step->withs[i].what, STR("grant")))
            return true;
    return false;
}

// What of a step the core would have to remember, or NULL.
static const char *state_of(const Step *step)
{
    if (STEPS[step->kind] == NULL)
        return step_word(step->kind);
    if (step->kind == STEP_TASK && step->of != NONE)
        return "under";
    if (step->kind == STEP_TASK && step->expect != NULL)
        return "task ... expect";
    if (step->has_result)
        return "result";
    return presents_grant(step) ? "with grant" : NULL;
}

static const char *needed_state(const Step *steps, uint32_t count)
{
    const char *needed = NULL;
    for (uint32_t i = 0; i < count && needed == NULL; i++) {
        needed = state_of(&steps[i]);
        if (needed == NULL)
            needed = needed_state(steps[i].steps, steps[i].step_count);
    }
    return needed;
}

Status scene_run(Arena *arena, const Program *program, const Sources *sources,
                 const SceneCore *core, const Test *test, SceneResult *result)
{
    int64_t start = os_monotonic_clock();
    const char *needed = needed_state(test->steps, test->step_count);
    *result = (SceneResult){.test = test};
    diags_init(&result->failure, arena, sources);
    if (needed != NULL) {
        result->state = SCENE_SKIPPED;
        result->needs = arena_format(arena, "needs state: `%s`", needed);
        return STATUS_OK;
    }
    Run run = {
        .stage = stage_new(arena, program, test), .core = core, .result = result};
    run_steps(&run, test->steps, test->step_count);
    result->took = os_monotonic_clock() - start;
    return run.status;
}
