// SPDX-License-Identifier: Apache-2.0
// provisod: the decision point as a daemon. docs/operations.md says how to run it.
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/daemon/clock.h"
#include "engine/daemon/config.h"
#include "engine/daemon/core.h"
#include "engine/daemon/journal.h"
#include "engine/daemon/listen.h"
#include "engine/daemon/policy.h"
#include "engine/daemon/report.h"
#include "engine/daemon/sandbox.h"
#include "engine/daemon/server.h"

enum { EXIT_FINE, EXIT_FINDINGS, EXIT_USAGE, EXIT_IO };
enum { CONFIG_MEMORY = 4 << 20, WHY_SIZE = 1024 };

static const char USAGE[] =
    "usage: provisod --config FILE [--check-config] [--test-clock FILE]\n"
    "\n"
    "Decides calls of agents under a compiled policy, on a Unix socket.\n"
    "\n"
    "  -c, --config FILE   the configuration; docs/operations.md describes it\n"
    "      --check-config  read it, the keys and the bundle, say what is wrong, and "
    "end\n"
    "      --test-clock FILE\n"
    "                      for tests: decide at the time that the file holds; needs\n"
    "                      `allow_unsigned: true`\n"
    "  -V, --version       print the version and end\n"
    "  -h, --help          print this and end\n"
    "\n"
    "SIGHUP loads the bundle again. SIGTERM ends after what was sent is answered.\n"
    "Exit codes: 0 fine, 1 the configuration or the bundle is refused, 2 usage,\n"
    "3 something can't be read or opened.\n";

typedef struct Options {
    const char *config;
    const char *test_clock; // or NULL
    bool is_check;
} Options;

static int usage_error(const char *what, const char *which)
{
    fprintf(stderr, "provisod: %s%s; see --help\n", what, which);
    return EXIT_USAGE;
}

// Returns -1 to go on, else the exit code.
static int parse_options(int argc, char **argv, Options *options)
{
    static const struct option names[] = {
        {"config", required_argument, NULL, 'c'},
        {"check-config", no_argument, NULL, 'k'},
        {"test-clock", required_argument, NULL, 't'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    opterr = 0;
    for (int option = 0;
         (option = getopt_long(argc, argv, "+:c:Vh", names, NULL)) != -1;) {
        switch (option) {
        case 'c':
            options->config = optarg;
            break;
        case 'k':
            options->is_check = true;
            break;
        case 't':
            options->test_clock = optarg;
            break;
        case 'V':
            puts("provisod " PROVISO_VERSION);
            return EXIT_FINE;
        case 'h':
            fputs(USAGE, stdout);
            return EXIT_FINE;
        case ':':
            return usage_error("a file is missing behind ", argv[optind - 1]);
        default:
            return usage_error("there is no option ", argv[optind - 1]);
        }
    }
    if (optind < argc)
        return usage_error("unexpected: ", argv[optind]);
    if (options->config == NULL)
        return usage_error("--config FILE is missing", "");
    return -1;
}

static int fail(Status status, const Buf *why)
{
    Str text = buf_view(why);
    if (text.len == 0)
        text = str_from_c(status_text(status));
    fprintf(stderr, "provisod: %.*s\n", STR_ARG(text));
    bool is_finding = status == STATUS_MALFORMED || status == STATUS_LIMIT ||
                      status == STATUS_UNSUPPORTED || status == STATUS_SIGNATURE;
    return is_finding ? EXIT_FINDINGS : EXIT_IO;
}

// The loop takes signals from a descriptor, so no thread may be interrupted by them.
static void block_signals(void)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore,
                    NULL); // a file that may not grow is a failed write
}

static void report_listening(const Config *config, const Policy *policy)
{
    ProvisoInfo info;
    proviso_engine_info(policy->engine, &info);
    Report report;
    report_begin(&report, "info", "listening");
    report_text(&report, "socket", config->socket_path);
    report_text(&report, "package", (Str){info.package, info.package_len});
    report_number(&report, "rules", info.rules);
    report_number(&report, "signatures", info.signatures);
    report_end(&report);
    if (config->test_clock.len > 0) {
        report_begin(&report, "warning", "test_clock");
        report_text(&report, "file", config->test_clock);
        report_end(&report);
    }
    if (!config->allow_unsigned)
        return;
    report_begin(&report, "warning", "unsigned_bundles_allowed");
    report_end(&report);
}

// A daemon that trusts keys serves in earnest, and gets its time from the system.
static Status open_clock(const Config *config, Clock *clock, Buf *why)
{
    if (config->test_clock.len > 0 && !config->allow_unsigned) {
        buf_c(why, "--test-clock is for tests, whose configuration says "
                   "`trust: {allow_unsigned: true}`");
        return STATUS_UNSUPPORTED;
    }
    return clock_open(clock, config->test_clock, why);
}

static int serve(const Config *config, Journal *journal, Policy policy, Clock clock,
                 Buf *why)
{
    Listener listener;
    Status status = listen_open(config, &listener, why);
    if (status != STATUS_OK) {
        policy_close(&policy);
        return fail(status, why);
    }
    report_listening(config, &policy);
    status = server_run(config, journal, policy, clock, listener);
    if (status != STATUS_OK)
        return fail(status, why);
    Report report;
    report_begin(&report, "info", "stopped");
    report_end(&report);
    return EXIT_FINE;
}

static int serve_journal(const Config *config, Clock clock, Buf *why)
{
    Journal journal;
    Policy policy;
    Status status = journal_open(config, &journal, why);
    if (status != STATUS_OK)
        return fail(status, why);
    status = policy_open(config, journal.memory, &policy, why);
    int code = status == STATUS_OK ? serve(config, &journal, policy, clock, why)
                                   : fail(status, why);
    journal_close(&journal);
    return code;
}

static int check(const Config *config, const Options *options, Buf *why)
{
    Policy policy;
    Status status = policy_open(config, NULL, &policy, why);
    if (status != STATUS_OK)
        return fail(status, why);
    policy_close(&policy);
    printf("%s: fine\n", options->config);
    return EXIT_FINE;
}

static int run(Arena *arena, const Options *options)
{
    char text[WHY_SIZE];
    Buf why = buf_fixed(text, sizeof text);
    Config config;
    Status status = config_read(arena, str_from_c(options->config), &config, &why);
    if (status != STATUS_OK)
        return fail(status, &why);
    if (options->test_clock != NULL)
        config.test_clock = str_from_c(options->test_clock);
    Clock clock;
    status = open_clock(&config, &clock, &why);
    if (status != STATUS_OK)
        return fail(status, &why);
    if (options->is_check)
        return check(&config, options, &why);
    block_signals();
    status = sandbox_enter(config.limits.connections);
    if (status == STATUS_OK)
        return serve_journal(&config, clock, &why);
    buf_c(&why, "the descriptor limit is too low for `limits.connections`, or the "
                "system refuses to drop privileges");
    return fail(status, &why);
}

int main(int argc, char **argv)
{
    Options options = {0};
    int code = parse_options(argc, argv, &options);
    if (code >= 0)
        return code;
    Arena arena;
    arena_init(&arena, CONFIG_MEMORY);
    code = run(&arena, &options);
    arena_free(&arena);
    return code;
}
