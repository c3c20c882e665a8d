// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/tasks.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/wire/transcode.h"
#include "tests/bench/workload.h"

enum { TOOLS = 500, DIGITS = 8, FORBID_EACH = 100 };
static const char TASK_0[] = "t00000000";

// ---- policies ----

// Puts `to` in the place of every `from`.
static Str replace(Arena *arena, Str text, const char *from, const char *to)
{
    Buf out = buf_on(arena);
    size_t len = strlen(from);
    while (text.len > 0) {
        if (text.len >= len && memcmp(text.at, from, len) == 0) {
            buf_c(&out, to);
            text = str_slice(text, len, text.len);
        } else {
            buf_char(&out, text.at[0]);
            text = str_slice(text, 1, text.len);
        }
    }
    return buf_view(&out);
}

// The same rules for calls of a task, and what there is to be remembered.
static Str with_state(Arena *arena, Str policy)
{
    policy = replace(arena, policy, "intent none", "intent work");
    policy = replace(arena, policy, "{ tags odd }", "{ tags odd, every }");
    policy =
        replace(arena, policy, "region: string)\n", "region: string) { tags every }\n");
    policy = replace(arena, policy, "  tenant shared\n",
                     "  tenant shared\n  tool look(n: int) { yields private }\n");
    Buf out = buf_on(arena);
    buf_str(&out, policy);
    buf_c(&out, "label private\n"
                "permit look { intent work tool crm.look }\n"
                "forbid leak { tool @every when not (task has private) }\n"
                "forbid again { tool @every when task called crm.look(n == 77) }\n"
                "limit spent { tool @every at most 1000000000 of args.amount per agent "
                "per 24h }\n"
                "intent work { within 24h tools crm.look");
    for (int i = 0; i < TOOLS; i++)
        buf_printf(&out, ", crm.tool%d", i);
    buf_c(&out, " }\n");
    return buf_view(&out);
}

static void build(Bench *bench, const char *bundle)
{
    char action[] = "build", option[] = "-o", policy[] = "policy.proviso", output[64];
    (void)snprintf(output, sizeof output, "%s", bundle);
    bench_run(bench, "proviso", (char *[]){action, option, output, policy, NULL});
}

void tasks_build(Bench *bench)
{
    Arena *arena = &bench->arena;
    Str path = str_from_c(bench_path(bench, "policy.proviso")), text;
    workload_write(arena, WORKLOAD_SCOPED, TASKS_RULES, bench->folder);
    build(bench, "stateless.pvb");
    if (os_read_file(arena, path, 64 << 20, &text) != STATUS_OK ||
        os_write_file(path, with_state(arena, text), 0600) != STATUS_OK)
        bench_die("the policy can't be written");
    build(bench, "stateful.pvb");
}

// ---- calls ----

static TaskBody to_body(Arena *arena, Str json)
{
    TranscodeError error = {0};
    Buf body = buf_on(arena);
    if (transcode_request(arena, json, &body, &error) != STATUS_OK)
        bench_die("a request is not right");
    TaskBody out = {.body = buf_view(&body)};
    for (size_t at = 0; at + DIGITS < out.body.len && out.at == 0; at++)
        if (memcmp(out.body.at + at, TASK_0, sizeof TASK_0 - 1) == 0)
            out.at = at;
    return out;
}

TaskBody tasks_call(Arena *arena, uint32_t rule, bool with_task)
{
    Str json = workload_call(arena, WORKLOAD_SCOPED, TASKS_RULES, rule, true);
    if (!with_task)
        return to_body(arena, json);
    Str open = str_slice(json, 0, json.len - 1);
    return to_body(arena,
                   arena_format(arena, "%.*s,\"task\":\"%s\"}", STR_ARG(open), TASK_0));
}

// A rule that forbids isn't asked for: the one before it is.
uint32_t tasks_agent(uint32_t rule)
{
    bool is_forbid = rule % FORBID_EACH == FORBID_EACH - 1;
    return (is_forbid ? rule - 1 : rule) % TASKS_AGENTS;
}

// What an agent sends besides.
static TaskBody make_other(Arena *arena, uint32_t agent, Str rest)
{
    return to_body(
        arena, arena_format(
                   arena,
                   "{\"gateway\":\"edge\",\"agent\":\"spiffe://acme.example/agent%u\","
                   "\"credential\":{\"iss\":\"https://idp.example\",\"aud\":"
                   "\"https://edge.example\",\"sub\":\"spiffe://acme.example/agent%u\","
                   "\"exp\":1900000000,\"cnf\":\"k\"},\"presenter\":\"k\",%.*s}",
                   agent, agent, STR_ARG(rest)));
}

TaskBody tasks_opening(Arena *arena, uint32_t agent)
{
    return make_other(
        arena, agent,
        arena_format(arena, "\"task\":{\"id\":\"%s\",\"intent\":\"work\"}", TASK_0));
}

TaskBody tasks_look(Arena *arena, uint32_t agent)
{
    return make_other(
        arena, agent,
        arena_format(arena,
                     "\"audience\":\"https://crm.example\",\"tool\":\"look\","
                     "\"args\":{\"n\":1},\"task\":\"%s\"",
                     TASK_0));
}

void tasks_set(const TaskBody *body, uint32_t task)
{
    char *last = (char *)(uintptr_t)body->body.at + body->at + DIGITS;
    if (body->at == 0)
        bench_die("no task is named");
    for (int i = 0; i < DIGITS; i++, task /= 10)
        last[-i] = (char)('0' + task % 10);
}

void tasks_make_calls(Arena *arena, TaskCalls *out, uint32_t tasks)
{
    *out = (TaskCalls){.tasks = tasks, .seed = 7};
    if (tasks > 0 && tasks < TASKS_AGENTS)
        bench_die("there are fewer tasks than agents");
    for (uint32_t i = 0; i < TASK_CALLS; i++) {
        uint32_t rule = i * (TASKS_RULES / TASK_CALLS);
        out->bodies[i] = tasks_call(arena, rule, tasks > 0);
        out->agents[i] = tasks_agent(rule);
    }
}

Str tasks_next_call(void *calls, uint64_t i)
{
    TaskCalls *all = calls;
    uint32_t which = (uint32_t)i % TASK_CALLS;
    if (all->tasks == 0)
        return all->bodies[which].body;
    all->seed = all->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    uint32_t round = (uint32_t)(all->seed >> 33) % (all->tasks / TASKS_AGENTS);
    tasks_set(&all->bodies[which], round * TASKS_AGENTS + all->agents[which]);
    return all->bodies[which].body;
}
