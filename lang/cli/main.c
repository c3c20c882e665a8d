// SPDX-License-Identifier: Apache-2.0
// The program `proviso`: finds the command, reads its options, prints help.
#include "lang/cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/os.h"

enum { MAX_MEMORY = 1 << 30 };

struct CliCommand {
    const char *name;
    const char *arguments;
    const char *what;
    ExitCode (*run)(Cli *cli);
};

static const CliCommand COMMANDS[] = {
#define COMMAND(name, arguments, what) {#name, arguments, what, command_##name},
#include "lang/cli/command.def"
#undef COMMAND
};
enum { COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0] };

// ---- help ----

static void print_commands(FILE *out)
{
    fprintf(out, "usage: proviso COMMAND [OPTION...] [ARGUMENT...]\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-9s %s\n", COMMANDS[i].name, COMMANDS[i].what);
    fprintf(out, "\n`proviso COMMAND --help` says more. "
                 "Exit codes: 0 fine, 1 findings, 2 usage, 3 input or output.\n");
}

static void print_option(const CliOption *option)
{
    char text[64];
    int len = option->letter ? snprintf(text, sizeof text, "-%c, ", option->letter)
                             : snprintf(text, sizeof text, "    ");
    snprintf(text + len, sizeof text - (size_t)len, "--%s%s%s", option->name,
             option->value ? " " : "", option->value ? option->value : "");
    printf("  %-24s %s\n", text, option->help);
}

static void print_help(const Cli *cli, const CliOption *options)
{
    static const CliOption COMMON[] = {
        {"format", 0, "text|json", "for people, or for programs"},
        {"help", 'h', NULL, "print this"},
    };
    const CliCommand *command = cli->command;
    printf("proviso %s: %s\n\nusage: proviso %s%s%s\n\n", command->name, command->what,
           command->name, command->arguments[0] ? " " : "", command->arguments);
    for (; options->name; options++)
        print_option(options);
    for (size_t i = 0; i < sizeof COMMON / sizeof COMMON[0]; i++)
        print_option(&COMMON[i]);
}

// ---- messages ----

ExitCode cli_fail(const Cli *cli, ExitCode code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "proviso: %s%s", cli->command ? cli->command->name : "",
            cli->command ? ": " : "");
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    if (code == EXIT_USAGE)
        fprintf(stderr, "try `proviso %s%s--help`\n",
                cli->command ? cli->command->name : "", cli->command ? " " : "");
    return code;
}

ExitCode cli_fail_file(const Cli *cli, const char *path, Status status)
{
    return cli_fail(cli, EXIT_IO, "%s: %s", path, status_text(status));
}

bool cli_print(const Cli *cli, Str text)
{
    if (fwrite(text.at, 1, text.len, stdout) == text.len && fflush(stdout) == 0)
        return true;
    cli_fail(cli, EXIT_IO, "standard output: %s", status_text(STATUS_IO));
    return false;
}

ExitCode cli_read(Cli *cli, const char *path, size_t limit, Str *out)
{
    Status status = os_read_file(&cli->arena, str_from_c(path), limit, out);
    return status == STATUS_OK ? EXIT_FINE : cli_fail_file(cli, path, status);
}

// ---- options ----

static int set_format(Cli *cli, const char *value)
{
    if (strcmp(value, "json") == 0 || strcmp(value, "text") == 0) {
        cli->is_json = value[0] == 'j';
        return 0;
    }
    cli_fail(cli, EXIT_USAGE, "--format takes `text` or `json`, not `%s`", value);
    return CLI_BAD;
}

static bool take_value(Cli *cli, const char *name, const char *inline_value)
{
    cli->value = inline_value;
    if (!cli->value && cli->next < cli->argc)
        cli->value = cli->argv[cli->next++];
    if (!cli->value)
        cli_fail(cli, EXIT_USAGE, "%s needs a value", name);
    return cli->value != NULL;
}

// The option named by `text` up to an equals sign, or -1.
static int find_long(const CliOption *options, const char *text, size_t len)
{
    for (int i = 0; options[i].name; i++)
        if (strlen(options[i].name) == len && memcmp(options[i].name, text, len) == 0)
            return i;
    return -1;
}

static int find_letter(const CliOption *options, char letter)
{
    for (int i = 0; options[i].name; i++)
        if (options[i].letter == letter)
            return i;
    return -1;
}

static int take_option(Cli *cli, const CliOption *options, int found, const char *name,
                       const char *inline_value)
{
    if (found < 0) {
        cli_fail(cli, EXIT_USAGE, "there is no option `%s`", name);
        return CLI_BAD;
    }
    if (options[found].value)
        return take_value(cli, name, inline_value) ? found : CLI_BAD;
    if (inline_value) {
        cli_fail(cli, EXIT_USAGE, "`%s` takes no value", name);
        return CLI_BAD;
    }
    return found;
}

static int long_option(Cli *cli, const CliOption *options, const char *argument)
{
    const char *equals = strchr(argument, '=');
    const char *name = argument + 2;
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    if (len == 4 && memcmp(name, "help", len) == 0) {
        print_help(cli, options);
        return CLI_HELP;
    }
    if (len == 6 && memcmp(name, "format", len) == 0) {
        if (!take_value(cli, "--format", equals ? equals + 1 : NULL) ||
            set_format(cli, cli->value) != 0)
            return CLI_BAD;
        return cli_option(cli, options);
    }
    return take_option(cli, options, find_long(options, name, len), argument,
                       equals ? equals + 1 : NULL);
}

// The next argument that is an option; others are kept for cli_argument. NULL: there is none.
static const char *next_option(Cli *cli)
{
    bool is_rest = false; // after `--` there are no options
    while (cli->next < cli->argc) {
        char *argument = cli->argv[cli->next++];
        bool is_option = !is_rest && argument[0] == '-' && argument[1] != 0;
        if (is_option && strcmp(argument, "--") != 0)
            return argument;
        if (is_option)
            is_rest = true;
        else
            cli->argv[++cli->kept] = argument;
    }
    cli->argc = cli->kept + 1;
    cli->next = 1;
    return NULL;
}

int cli_option(Cli *cli, const CliOption *options)
{
    const char *argument = next_option(cli);
    if (argument == NULL)
        return CLI_NO_MORE;
    if (argument[1] == '-')
        return long_option(cli, options, argument);
    if (argument[1] == 'h' && argument[2] == 0) {
        print_help(cli, options);
        return CLI_HELP;
    }
    return take_option(cli, options, find_letter(options, argument[1]), argument,
                       argument[2] ? argument + 2 : NULL);
}

ExitCode cli_stop(int option)
{
    return option == CLI_HELP ? EXIT_FINE : EXIT_USAGE;
}

const char *cli_argument(Cli *cli)
{
    return cli->next < cli->argc ? cli->argv[cli->next++] : NULL;
}

// ---- the program ----

static ExitCode run(Cli *cli, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "--help";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_commands(argc > 1 ? stdout : stderr);
        return argc > 1 ? EXIT_FINE : EXIT_USAGE;
    }
    if (strcmp(name, "--version") == 0)
        name = "version";
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(COMMANDS[i].name, name) != 0)
            continue;
        cli->command = &COMMANDS[i];
        return COMMANDS[i].run(cli);
    }
    return cli_fail(cli, EXIT_USAGE, "there is no command `%s`", name);
}

// Terminals show colours, unless their user wants none (no-color.org).
static bool is_coloured(int descriptor)
{
    const char *none = getenv("NO_COLOR");
    return isatty(descriptor) != 0 && (none == NULL || none[0] == 0);
}

int main(int argc, char **argv)
{
    Cli cli = {.is_coloured = is_coloured(STDERR_FILENO),
               .is_output_coloured = is_coloured(STDOUT_FILENO),
               .argc = argc > 1 ? argc - 1 : 0,
               .argv = argv + 1,
               .next = 1};
    arena_init(&cli.arena, MAX_MEMORY);
    ExitCode code = run(&cli, argc, argv);
    arena_free(&cli.arena);
    return (int)code;
}
