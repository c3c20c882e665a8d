// SPDX-License-Identifier: Apache-2.0
// bench_rules: what rules cost, from 10 to 100 000 of them: to compile, to load, to
// decide. Usage: bench_rules
//
// Each policy of workload.h is compiled by the program `proviso`, whose time and memory
// are measured, loaded, and asked in process. Decoding a call and deciding it are timed
// apart, one call after the other, as the daemon does it; the time that reading the
// clock takes is taken off. The last lines, which begin with "=", hold goals against
// results.
#define _DEFAULT_SOURCE // wait4
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/bytecode/verify.h"
#include "engine/decide/decide.h"
#include "engine/wire/transcode.h"
#include "tests/bench/workload.h"

enum {
    CALLS = 1024, // different ones
    ROUNDS = 128,
    PASSES = 3,
    SAMPLES = CALLS * ROUNDS,
    ELEMENTS = 16384,
    COMPILES = 3,
    MOST_RULES = 100000,
};
static const int64_t NOW = 1772442000000000000;

typedef struct Spread {
    double median, p99;
} Spread;

typedef struct Result {
    Workload workload;
    uint32_t rules;
    double compile_seconds, compile_megabytes, bytes_per_rule;
    double load_ms, verify_ms; // of which verify_ms come on top of load_ms
    double allowed;            // part of the calls
    Spread decide, decode;     // ns
} Result;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench_rules: %s\n", what);
    exit(1);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static Spread spread_of(double *times, size_t count)
{
    qsort(times, count, sizeof *times, compare);
    return (Spread){times[count / 2], times[count * 99 / 100]};
}

// ---- compiling ----

static void compile_once(const char *folder, char *const *arguments, double *seconds,
                         double *megabytes)
{
    int status = 0;
    struct rusage usage;
    int64_t start = os_monotonic_clock();
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(folder) == 0)
            execv(arguments[0], arguments);
        _exit(127);
    }
    if (wait4(pid, &status, 0, &usage) != pid || status != 0)
        die("the policy does not compile");
    *seconds = (double)(os_monotonic_clock() - start) / 1e9;
    *megabytes = (double)usage.ru_maxrss / 1024;
}

// The median of a few runs, and the most memory of them.
static void compile(const char *compiler, const char *folder, Result *result)
{
    char program[4096];
    char build[] = "build", output[] = "-o", bundle[] = "p.pvb";
    char policy[] = "policy.proviso";
    char *arguments[] = {program, build, output, bundle, policy, NULL};
    double seconds[COMPILES];
    (void)snprintf(program, sizeof program, "%s", compiler);
    for (int i = 0; i < COMPILES; i++) {
        double megabytes = 0;
        compile_once(folder, arguments, &seconds[i], &megabytes);
        if (megabytes > result->compile_megabytes)
            result->compile_megabytes = megabytes;
    }
    result->compile_seconds = spread_of(seconds, COMPILES).median;
}

// ---- loading ----

static void load(Arena *arena, Str folder, Bundle *bundle, Result *result)
{
    const char *why = "";
    Str bytes;
    VerifyFailure failure;
    Arena scratch;
    Str path = arena_format(arena, "%.*s/p.pvb", STR_ARG(folder));
    arena_init(&scratch, (size_t)1 << 30);
    int64_t start = os_monotonic_clock();
    if (os_read_file(arena, path, MAX_BUNDLE_BYTES, &bytes) != STATUS_OK ||
        bundle_open(bytes, bundle, &why) != STATUS_OK)
        die("the bundle can't be loaded");
    int64_t opened = os_monotonic_clock();
    if (verify_bundle(bundle, &scratch, &failure) != STATUS_OK)
        die("the bundle is not sound");
    result->load_ms = (double)(opened - start) / 1e6;
    result->verify_ms = (double)(os_monotonic_clock() - opened) / 1e6;
    result->bytes_per_rule = (double)bytes.len / result->rules;
    arena_free(&scratch);
}

// ---- deciding ----

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

static void make_calls(Arena *arena, const Result *result, Str *bodies)
{
    uint64_t seed = 42;
    for (uint32_t i = 0; i < CALLS; i++) {
        Str json = workload_call(arena, result->workload, result->rules,
                                 draw(&seed, result->rules), i % 2 == 0);
        Buf body = buf_on(arena);
        TranscodeError error;
        if (transcode_request(arena, json, &body, &error) != STATUS_OK)
            die("a call is malformed");
        bodies[i] = buf_view(&body);
    }
}

// What reading the clock costs by itself.
static double clock_cost(void)
{
    double times[1001];
    for (size_t i = 0; i < 1001; i++) {
        int64_t start = os_monotonic_clock();
        times[i] = (double)(os_monotonic_clock() - start);
    }
    return spread_of(times, 1001).median;
}

static void decide_pass(Request *request, Decider *decider, const Str *bodies,
                        Result *result)
{
    static double decode_times[SAMPLES], decide_times[SAMPLES];
    static Answer answer;
    const Moment now = {.wall = NOW, .tick = NOW};
    const uint8_t random[16] = {0};
    State nothing;
    uint64_t allowed = 0, seed = 7;
    double overhead = clock_cost();
    if (state_init(&nothing, 0, random) != STATUS_OK)
        die("out of memory");
    for (size_t i = 0; i < SAMPLES; i++) {
        Str body = bodies[draw(&seed, CALLS)];
        int64_t start = os_monotonic_clock();
        request_decode(request, body, NONE);
        int64_t decoded = os_monotonic_clock();
        decide(decider, request, now, random, &nothing, &answer, NULL, NULL);
        int64_t decided = os_monotonic_clock();
        decode_times[i] = (double)(decoded - start) - overhead;
        decide_times[i] = (double)(decided - decoded) - overhead;
        allowed += answer.allow;
    }
    state_free(&nothing);
    Spread of_decide = spread_of(decide_times, SAMPLES);
    if (result->decide.median != 0 && result->decide.median <= of_decide.median)
        return;
    result->allowed = (double)allowed / SAMPLES;
    result->decode = spread_of(decode_times, SAMPLES);
    result->decide = of_decide;
}

static void decide_all(Arena *arena, const Bundle *bundle, const Str *bodies,
                       Result *result)
{
    Request *request = request_new(arena, bundle, ELEMENTS);
    Decider *decider = decider_new(arena, bundle);
    if (request == NULL || decider == NULL)
        die("out of memory");
    for (int i = 0; i < PASSES; i++)
        decide_pass(request, decider, bodies, result);
}

// ---- one policy ----

static Result run(const char *compiler, Workload workload, uint32_t rules)
{
    Result result = {.workload = workload, .rules = rules};
    char folder[] = "/tmp/bench_rules.XXXXXX";
    Str bodies[CALLS];
    Bundle bundle;
    Arena arena;
    if (mkdtemp(folder) == NULL)
        die(folder);
    arena_init(&arena, (size_t)1 << 30);
    workload_write(&arena, workload, rules, str_from_c(folder));
    arena_free(&arena); // a child's memory counts from its parent's
    compile(compiler, folder, &result);
    arena_init(&arena, (size_t)1 << 30);
    load(&arena, str_from_c(folder), &bundle, &result);
    make_calls(&arena, &result, bodies);
    decide_all(&arena, &bundle, bodies, &result);
    Str clean = arena_format(&arena, "rm -r %s", folder);
    if (system(clean.at) != 0)
        die("the folder can't be removed");
    arena_free(&arena);
    return result;
}

static void print(const Result *result)
{
    printf("%-9s %6u  %5.0f / %5.0f  %5.0f / %5.0f  %4.0f%%  %6.2f %5.0f  %5.1f %5.1f  "
           "%6.0f\n",
           workload_name(result->workload), result->rules, result->decide.median,
           result->decide.p99, result->decode.median, result->decode.p99,
           100 * result->allowed, result->compile_seconds, result->compile_megabytes,
           result->load_ms, result->verify_ms, result->bytes_per_rule);
    (void)fflush(stdout);
}

// ---- goals ----

static void hold(const char *what, double measured, double goal, const char *unit)
{
    printf("= %-52s  at most %5g %-7s  %8.3g  %s\n", what, goal, unit, measured,
           measured <= goal ? "met" : "MISSED");
}

static double most(double a, double b)
{
    return a > b ? a : b;
}

static void hold_all(const Result *results, size_t count)
{
    double scoped_bytes = 0, small = 0, large = 0, growth = 0, least = 0;
    Result heaviest = {0};
    for (size_t i = 0; i < count; i++) {
        const Result *result = &results[i];
        double median = result->decide.median;
        if (i == 0 || result->workload != results[i - 1].workload)
            least = median;
        least = median < least ? median : least;
        growth = most(growth, median / least);
        if (result->rules < MOST_RULES) {
            small = most(small, median);
            continue;
        }
        large = most(large, median);
        if (result->workload == WORKLOAD_SCOPED)
            scoped_bytes = result->bytes_per_rule;
        heaviest.compile_seconds =
            most(heaviest.compile_seconds, result->compile_seconds);
        heaviest.compile_megabytes =
            most(heaviest.compile_megabytes, result->compile_megabytes);
        heaviest.load_ms = most(heaviest.load_ms, result->load_ms);
        heaviest.verify_ms =
            most(heaviest.verify_ms, result->load_ms + result->verify_ms);
        heaviest.bytes_per_rule = most(heaviest.bytes_per_rule, result->bytes_per_rule);
    }
    hold("decide, slowest median up to 10 000 rules", small, 200, "ns");
    hold("decide, slowest median at 100 000 rules", large, 300, "ns");
    hold("decide, growth of the median with the rules, most", growth, 1.5, "times");
    hold("compile 100 000 rules, slowest", heaviest.compile_seconds, 2, "s");
    hold("compile 100 000 rules, most memory", heaviest.compile_megabytes, 500, "MB");
    hold("load 100 000 rules, slowest", heaviest.load_ms, 20, "ms");
    hold("load and verify 100 000 rules, slowest", heaviest.verify_ms, 100, "ms");
    hold("bundle of 100 000 scoped rules", scoped_bytes, 150, "B/rule");
    hold("bundle of 100 000 rules with their parties, largest", heaviest.bytes_per_rule,
         150, "B/rule");
}

int main(int argc, char **argv)
{
    static const uint32_t SIZES[] = {10, 100, 1000, 10000, MOST_RULES};
    enum { SIZE_COUNT = sizeof SIZES / sizeof SIZES[0] };
    static Result results[WORKLOAD_COUNT * SIZE_COUNT];
    char compiler[4096];
    size_t count = 0;
    // build/KIND/tests/bench/bench_rules
    Str build = os_path_directory(
        os_path_directory(os_path_directory(str_from_c(argc > 0 ? argv[0] : ""))));
    if (getcwd(compiler, sizeof compiler) == NULL)
        die("no working directory");
    size_t len = strlen(compiler);
    (void)snprintf(compiler + len, sizeof compiler - len, "/%.*s/proviso",
                   STR_ARG(build));
    puts("rules differ in   decide ns      decode ns          compile        load  "
         "verify "
         "bundle\n"
         "           rules  median   p99  median   p99  allow       s    MB     ms     "
         "ms  B/rule");
    for (uint32_t workload = 0; workload < WORKLOAD_COUNT; workload++)
        for (size_t i = 0; i < SIZE_COUNT; i++) {
            bool is_middle = i > 0 && i + 1 < SIZE_COUNT;
            if (workload != WORKLOAD_SCOPED && is_middle)
                continue;
            results[count] = run(compiler, (Workload)workload, SIZES[i]);
            print(&results[count++]);
        }
    hold_all(results, count);
    return 0;
}
