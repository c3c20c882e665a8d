// SPDX-License-Identifier: Apache-2.0
// Nanoseconds of one decision in process, at 10 to 100 000 rules: scoped permits (one
// agent of n/10, one tool of 500, a string equality and a bound on a decimal), 1 %
// forbids on a tag; half of the calls allowed. Decoding is measured apart. Prints
// medians and 99th percentiles.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/os.h"
#include "engine/bytecode/verify.h"
#include "engine/decide/decide.h"
#include "engine/wire/transcode.h"
#include "lang/emit/emit_unit.h"

enum { TOOLS = 500, REGIONS = 50, CALLS = 512, ROUNDS = 200, ELEMENTS = 64 };
static const int64_t NOW = 1772442000000000000;

typedef struct Bench {
    Build build;
    uint32_t rules, agents;
    uint32_t amount, region;
    Bundle bundle;
    Str bodies[CALLS];
    Request *requests[CALLS];
    uint64_t seed;
} Bench;

static uint32_t draw(Bench *bench, uint32_t below)
{
    bench->seed = bench->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(bench->seed >> 33) % below;
}

static void add_parties(Bench *bench)
{
    Build *build = &bench->build;
    Program *program = &build->program;
    const Type *decimal = build_type(build, TYPE_DECIMAL);
    const Type *string = build_type(build, TYPE_STRING);
    bench->amount = build_argument(build, "args.amount", decimal, true);
    bench->region = build_argument(build, "args.region", string, true);
    program->issuers[program->issuer_count++] =
        (Issuer){.name = STR("idp"), .uri = STR("https://idp.example")};
    program->gateways[program->gateway_count++] =
        (Gateway){.name = STR("edge"),
                  .uri = STR("https://edge.example"),
                  .accepts = ARENA_ARRAY(&build->arena, 1, uint32_t),
                  .accept_count = 1};
    build_audience(build, "crm", "https://crm.example");
    for (uint32_t i = 0; i < TOOLS; i++) {
        uint32_t tool = build_tool(build, arena_format(&build->arena, "tool%u", i));
        build_tool_argument(build, tool, "amount", decimal, true, bench->amount);
        build_tool_argument(build, tool, "region", string, true, bench->region);
        static const char *const tag[] = {"odd"};
        if (i % 2 == 1) {
            program->tools[tool].tags = build_texts(build, tag, 1);
            program->tools[tool].tag_count = 1;
        }
    }
    bench->agents = bench->rules / 10 > 0 ? bench->rules / 10 : 1;
    for (uint32_t i = 0; i < bench->agents; i++)
        build_agent(build, arena_format(&build->arena, "agent%u", i));
}

// Rule i names agent i mod agents; its tool and region are scattered, so that the ten
// rules of an agent have little in common.
static uint32_t scatter(uint32_t rule, uint32_t salt, uint32_t below)
{
    return (atom_of_number(salt, rule) >> 7) % below;
}

static uint32_t tool_of(uint32_t rule)
{
    return scatter(rule, 1, TOOLS);
}

static uint32_t region_of(uint32_t rule)
{
    return scatter(rule, 2, REGIONS);
}

static void add_rule(Bench *bench, uint32_t i)
{
    Build *build = &bench->build;
    Str region = arena_format(&build->arena, "region%u", region_of(i));
    bool is_forbid = i % 100 == 99;
    Rule *rule = build_rule(build, is_forbid ? RULE_FORBID : RULE_PERMIT,
                            arena_format(&build->arena, "rule%u", i));
    rule->is_intent_none = !is_forbid;
    if (is_forbid) {
        build_term(build_head(build, rule), DIM_TOOL_TAG, NONE, "odd");
        region = arena_format(&build->arena, "closed%u", i);
    } else {
        build_scope(build, rule, DIM_AGENT, i % bench->agents);
        build_scope(build, rule, DIM_TOOL, tool_of(i));
    }
    build_when(rule, build_test(build, IR_EQ, build_slot_of(build, bench->region),
                                build_text(build, region)));
    build_when(rule, build_test(build, IR_LE, build_slot_of(build, bench->amount),
                                build_decimal(build, 1000 * (10 + i % 90))));
}

static Bundle make_bundle(Bench *bench)
{
    EmitOptions options = emit_defaults();
    EmitLimit limit;
    const char *why = "";
    Bundle bundle;
    VerifyFailure failure;
    Arena scratch;
    Buf out = buf_on(&bench->build.arena);
    int64_t start = os_monotonic_clock();
    CHECK(emit_bundle(&bench->build.arena, &bench->build.program, &options, &out,
                      &limit));
    int64_t emitted = os_monotonic_clock();
    CHECK(bundle_open(buf_view(&out), &bundle, &why) == STATUS_OK);
    int64_t opened = os_monotonic_clock();
    arena_init(&scratch, (size_t)1 << 30);
    CHECK(verify_bundle(&bundle, &scratch, &failure) == STATUS_OK);
    int64_t verified = os_monotonic_clock();
    arena_free(&scratch);
    printf("%7u rules: emit %.0f ms, open %.1f ms, verify %.1f ms, %.0f bytes a rule\n",
           bench->rules, (double)(emitted - start) / 1e6,
           (double)(opened - emitted) / 1e6, (double)(verified - opened) / 1e6,
           (double)out.len / bench->rules);
    return bundle;
}

static void make_calls(Bench *bench)
{
    Arena *arena = &bench->build.arena;
    for (uint32_t i = 0; i < CALLS; i++) {
        uint32_t rule = draw(bench, bench->rules);
        if (rule % 100 == 99)
            rule--;
        uint32_t amount = i % 2 == 0 ? 10 : 1000;
        Str json = arena_format(
            arena,
            "{\"gateway\":\"edge\",\"agent\":\"spiffe://acme.example/agent%u\","
            "\"audience\":\"https://crm.example\",\"tool\":\"tool%u\","
            "\"args\":{\"amount\":%u,\"region\":\"region%u\"},"
            "\"credential\":{\"iss\":\"https://idp.example\",\"aud\":"
            "\"https://edge.example\",\"sub\":\"spiffe://acme.example/agent%u\","
            "\"exp\":1900000000,\"cnf\":\"k\"},\"presenter\":\"k\"}",
            rule % bench->agents, tool_of(rule), amount, region_of(rule),
            rule % bench->agents);
        Buf body = buf_on(arena);
        TranscodeError error;
        CHECK(transcode_request(arena, json, &body, &error) == STATUS_OK);
        bench->bodies[i] = buf_view(&body);
        bench->requests[i] = request_new(arena, &bench->bundle, ELEMENTS);
        request_decode(bench->requests[i], bench->bodies[i], NONE);
    }
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// What reading the clock costs by itself.
static int64_t clock_cost(void)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < 1000; i++) {
        int64_t start = os_monotonic_clock();
        int64_t taken = os_monotonic_clock() - start;
        least = taken < least ? taken : least;
    }
    return least;
}

static void report(const char *what, int64_t *times, size_t count, int64_t overhead)
{
    qsort(times, count, sizeof *times, compare);
    printf("          %-8s median %4lld ns, p99 %5lld ns\n", what,
           (long long)(times[count / 2] - overhead),
           (long long)(times[count * 99 / 100] - overhead));
}

static void run(Bench *bench)
{
    static int64_t times[CALLS * ROUNDS];
    const uint8_t random[16] = {0};
    const Records none = {0};
    Records write;
    Answer answer;
    size_t count = 0, allowed = 0;
    int64_t overhead = clock_cost();
    Decider *decider = decider_new(&bench->build.arena, &bench->bundle);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < CALLS; i++) {
            Request *request = bench->requests[draw(bench, CALLS)];
            int64_t start = os_monotonic_clock();
            decide(decider, request, NOW, random, &none, &answer, &write, NULL);
            times[count++] = os_monotonic_clock() - start;
            allowed += answer.allow;
        }
    }
    printf("          %.0f %% allowed\n", 100.0 * (double)allowed / (double)count);
    report("decide", times, count, overhead);
    count = 0;
    for (uint32_t round = 0; round < ROUNDS / 10; round++) {
        for (uint32_t i = 0; i < CALLS; i++) {
            int64_t start = os_monotonic_clock();
            request_decode(bench->requests[i], bench->bodies[i], NONE);
            times[count++] = os_monotonic_clock() - start;
        }
    }
    report("decode", times, count, overhead);
}

int main(void)
{
    static Bench bench;
    static const uint32_t SIZES[] = {10, 100, 1000, 10000, 100000};
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        bench = (Bench){.rules = SIZES[i], .seed = 42};
        build_start(&bench.build, (size_t)2 << 30, bench.rules);
        add_parties(&bench);
        for (uint32_t rule = 0; rule < bench.rules; rule++)
            add_rule(&bench, rule);
        bench.bundle = make_bundle(&bench);
        make_calls(&bench);
        run(&bench);
        arena_free(&bench.build.arena);
    }
    return 0;
}
