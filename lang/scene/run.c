// SPDX-License-Identifier: Apache-2.0
#include "lang/scene/run.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/checked.h"
#include "engine/base/json.h"
#include "engine/base/json_write.h"
#include "engine/base/os.h"
#include "lang/scene/judge.h"
#include "lang/scene/stage.h"

enum { ID_LEN = 32 }; // of grants and approvals, in hexadecimal

// A CALL as it was last made.
typedef struct Made {
    const Step *step;
    Str request; // empty: not yet
    Asked asked;
    bool has_grant, has_approval;
    char grant[ID_LEN];
    char approval[ID_LEN]; // the id under which one was asked for
} Made;

typedef struct Run {
    Stage stage;
    const SceneCore *core;
    SceneResult *result;
    Made *calls;   // by number
    bool *is_told; // by number of a call: a step says what became of it
    uint32_t made; // how many calls there were
    uint32_t open; // the call that has succeeded unless the next step says else; NONE
    Made *at_hand;
    const JsonValue *explained; // the call at hand
    Status status;              // of the core
} Run;

// ---- asking ----

static const JsonValue *ask(Run *run, SceneQuestion question, Str body)
{
    Str text;
    const JsonValue *answer = NULL;
    JsonError error;
    Arena *arena = run->stage.arena;
    if (run->status != STATUS_OK)
        return NULL;
    run->status = run->core->ask(run->core->context, arena, question, body,
                                 run->stage.now, &text);
    if (run->status == STATUS_OK)
        run->status = json_parse(arena, text, &answer, &error);
    return answer;
}

static const JsonValue *explain(void *context)
{
    Run *run = context;
    if (run->at_hand == NULL)
        return NULL;
    if (run->explained == NULL)
        run->explained = ask(run, SCENE_EXPLAIN, run->at_hand->request);
    return run->explained;
}

// Judges an answer, where there is one, by what the step expects, or else by
// `otherwise`, if anything. True: it is as expected, and nothing of it is needed.
static bool judge(Run *run, const Step *step, SceneQuestion question,
                  const JsonValue *answer, const char *otherwise)
{
    uint32_t start = step->span.start;
    Span word = span_make(start, start + (uint32_t)strlen(step_word(step->kind)));
    Expect unsaid = {.span = word, .verdict_span = word};
    const Expect *expect = step->expect;
    if (expect == NULL && otherwise != NULL) {
        unsaid.verdict = str_from_c(otherwise);
        expect = &unsaid;
    }
    if (answer == NULL || expect == NULL)
        return true;
    Judge judge = {.arena = run->stage.arena,
                   .program = run->stage.program,
                   .step = step,
                   .question = question,
                   .expect = expect,
                   .diags = &run->result->failure,
                   .explain = explain,
                   .context = run};
    if (run->at_hand != NULL)
        judge.asked = run->at_hand->asked;
    bool is_good = judge_answer(&judge, answer);
    if (!is_good)
        run->result->state = SCENE_FAILED;
    return is_good;
}

// Puts what a step asks, and judges the answer.
static void put(Run *run, const Step *step, SceneQuestion question, const Buf *body,
                const char *otherwise)
{
    const JsonValue *answer = ask(run, question, buf_view(body));
    run->at_hand = NULL;
    judge(run, step, question, answer, otherwise);
}

// ---- the scene ----

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
    run->stage.now.wall = step->time;
}

static void run_advance(Run *run, const Step *step)
{
    SceneTime later;
    if (checked_add_i64(run->stage.now.wall, step->time, &later.wall) &&
        checked_add_i64(run->stage.now.tick, step->time, &later.tick))
        run->stage.now = later;
}

static void run_context(Run *run, const Step *step)
{
    stage_context(&run->stage, &step->said);
}

// ---- tasks ----

static void run_task(Run *run, const Step *step)
{
    Buf body = buf_on(run->stage.arena);
    stage_open(&body, &run->stage, step);
    put(run, step, SCENE_TASK_OPEN, &body, "allow");
}

static void run_close(Run *run, const Step *step)
{
    Buf body = buf_on(run->stage.arena);
    stage_close(&body, &run->stage, step);
    put(run, step, SCENE_TASK_CLOSE, &body, "allow");
}

// ---- calls ----

// The id under a name; false if there is none.
static bool take_id(const JsonValue *object, Str name, char id[ID_LEN])
{
    const JsonValue *member = json_member(object, name);
    if (member == NULL || member->text.len != ID_LEN)
        return false;
    memcpy(id, member->text.at, ID_LEN);
    return true;
}

// True: the call was allowed. What a retry is denied doesn't take back what there is.
static bool take_answer(Made *made, const JsonValue *answer)
{
    const JsonValue *remedies = json_member(answer, STR("remedies"));
    const JsonValue *remedy = remedies == NULL ? NULL : remedies->first;
    bool is_allowed =
        take_id(json_member(answer, STR("token")), STR("grant_id"), made->grant);
    made->has_grant |= is_allowed;
    for (; remedy != NULL; remedy = remedy->next)
        if (take_id(remedy, STR("id"), made->approval))
            made->has_approval = true;
    return is_allowed;
}

// A call that was denied has no grant: its id is one that nobody has.
static Str grant_of(const Made *made)
{
    static const Str NOBODY = {"00000000000000000000000000000000", ID_LEN};
    return made->has_grant ? (Str){made->grant, ID_LEN} : NOBODY;
}

static const JsonValue *report(Run *run, const Made *made, bool is_ok,
                               const Sample *result)
{
    Buf body = buf_on(run->stage.arena);
    stage_outcome(&body, grant_of(made), is_ok, result);
    return ask(run, SCENE_OUTCOME, buf_view(&body));
}

// Asks for a call that was put together, for a CALL or RETRY.
static void decide(Run *run, Made *made, const Step *step)
{
    Arena *arena = run->stage.arena;
    ArenaMark mark = arena_mark(arena);
    run->at_hand = made;
    run->explained = NULL;
    const JsonValue *answer = ask(run, SCENE_DECIDE, made->request);
    bool is_allowed = take_answer(made, answer);
    bool is_good = judge(run, step, SCENE_DECIDE, answer, NULL);
    if (is_good && is_allowed && step->has_result) {
        answer = report(run, made, true, &step->result);
        is_good = judge(run, step, SCENE_OUTCOME, answer, NULL);
    } else if (is_allowed && !run->is_told[made->step->number]) {
        run->open = made->step->number;
    }
    if (is_good)
        arena_reset(arena, mark);
}

static void run_call(Run *run, const Step *step)
{
    Arena *arena = run->stage.arena;
    Made *made = &run->calls[step->number];
    Buf request = buf_on(arena);
    uint32_t presented = stage_presented(step);
    stage_request(&request, &run->stage, step,
                  arena_format(arena, "call-%u", ++run->made),
                  presented == NONE ? STR("") : grant_of(&run->calls[presented]));
    *made = (Made){.step = step,
                   .request = buf_view(&request),
                   .asked = stage_asked(&run->stage, step)};
    decide(run, made, step);
}

static void run_retry(Run *run, const Step *step)
{
    if (run->calls[step->of].request.len > 0)
        decide(run, &run->calls[step->of], step);
}

static void run_outcome(Run *run, const Step *step)
{
    const Made *made = &run->calls[step->of];
    const Sample *result = step->has_result ? &step->result : NULL;
    const JsonValue *answer = report(run, made, result != NULL, result);
    run->at_hand = NULL;
    judge(run, step, SCENE_OUTCOME, answer, "deliver");
}

// ---- what people say ----

static void run_approve(Run *run, const Step *step)
{
    const Made *made = &run->calls[step->of];
    Buf body = buf_on(run->stage.arena);
    JsonWriter json = json_writer(&body, 0);
    json_begin_object(&json);
    json_name(&json, "id");
    json_str(&json,
             made->has_approval ? (Str){made->approval, ID_LEN} : grant_of(&(Made){0}));
    json_name(&json, "by");
    json_str(&json, step->text);
    json_end_object(&json);
    put(run, step, SCENE_APPROVE, &body, NULL);
}

static void say_consent(Run *run, const Step *step, Str by, bool withdraws)
{
    Buf body = buf_on(run->stage.arena);
    JsonWriter json = json_writer(&body, 0);
    json_begin_object(&json);
    json_name(&json, "by");
    json_str(&json, by);
    json_name(&json, "request");
    json_raw(&json, run->calls[step->of].request);
    json_name(&json, "withdraw");
    json_bool(&json, withdraws);
    json_end_object(&json);
    put(run, step, SCENE_CONSENT, &body, "allow");
}

static void run_consent(Run *run, const Step *step)
{
    say_consent(run, step, step->text, false);
}

static void run_revoke(Run *run, const Step *step)
{
    bool is_grant = str_eq(step->text, STR("grant")) && step->of != NONE;
    if (str_eq(step->text, STR("consent"))) {
        say_consent(run, step, run->calls[step->of].asked.user, true);
        return;
    }
    Buf body = buf_on(run->stage.arena);
    stage_revoke(&body, &run->stage, step,
                 is_grant ? grant_of(&run->calls[step->of]) : STR(""));
    put(run, step, SCENE_REVOKE, &body, "allow");
}

static void run_check(Run *run, const Step *step)
{
    Buf body = buf_on(run->stage.arena);
    JsonWriter json = json_writer(&body, 0);
    json_begin_object(&json);
    json_name(&json, "grant");
    json_str(&json, grant_of(&run->calls[step->of]));
    json_end_object(&json);
    put(run, step, SCENE_CHECK, &body, NULL);
}

// ---- all of them ----

static void run_repeat(Run *run, const Step *step);

static void (*const STEPS[STEP_KIND_COUNT])(Run *run, const Step *step) = {
#define STEP(name, word, what) [STEP_##name] = run_##word,
#include "lang/ir/step.def"
#undef STEP
};

static void run_steps(Run *run, const Step *steps, uint32_t count)
{
    for (uint32_t i = 0; i < count && run->status == STATUS_OK; i++) {
        if (run->open != NONE && steps[i].kind != STEP_CHECK) {
            report(run, &run->calls[run->open], true, NULL);
            run->open = NONE;
        }
        STEPS[steps[i].kind](run, &steps[i]);
    }
}

static void run_repeat(Run *run, const Step *step)
{
    for (uint32_t i = 0; i < step->times && run->result->state == SCENE_PASSED; i++)
        run_steps(run, step->steps, step->step_count);
}

// ---- what stands in a test ----

static void find_told(const Step *steps, uint32_t count, bool *is_told)
{
    for (uint32_t i = 0; i < count; i++) {
        if (steps[i].kind == STEP_OUTCOME)
            is_told[steps[i].of] = true;
        find_told(steps[i].steps, steps[i].step_count, is_told);
    }
}

Status scene_run(Arena *arena, const Program *program, const Sources *sources,
                 const SceneCore *core, const Test *test, SceneResult *result)
{
    int64_t start = os_monotonic_clock();
    *result = (SceneResult){.test = test};
    diags_init(&result->failure, arena, sources);
    Run run = {.stage = stage_new(arena, program, test),
               .core = core,
               .result = result,
               .calls = ARENA_ARRAY(arena, test->call_count + 1u, Made),
               .is_told = ARENA_ARRAY(arena, test->call_count + 1u, bool),
               .open = NONE};
    find_told(test->steps, test->step_count, run.is_told);
    run.status = core->begin(core->context);
    run_steps(&run, test->steps, test->step_count);
    result->took = os_monotonic_clock() - start;
    return run.status;
}
