// SPDX-License-Identifier: Apache-2.0
// The program `proviso`: finds the command and runs it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lang/cli/help.h"
#include "lang/source/diag.h"

enum { MAX_MEMORY = 1 << 30 };

static ExitCode refuse_command(const Cli *cli, const char *name)
{
    Nearest nearest = nearest_start(str_from_c(name));
    for (size_t i = 0; command_at(i) != NULL; i++)
        nearest_offer(&nearest, str_from_c(command_at(i)->name));
    if (nearest.best.len == 0)
        return cli_fail(cli, EXIT_USAGE, "there is no command `%s`", name);
    return cli_fail(cli, EXIT_USAGE, "there is no command `%s`; did you mean `%.*s`?",
                    name, STR_ARG(nearest.best));
}

static ExitCode print_program(Cli *cli)
{
    return cli_print(cli, help_program(&cli->arena)) ? EXIT_FINE : EXIT_IO;
}

static ExitCode run(Cli *cli, const char *name)
{
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return print_program(cli);
    if (strcmp(name, "--manual") == 0)
        return help_manual(cli);
    cli->command = command_find(strcmp(name, "--version") == 0 ? "version" : name);
    return cli->command ? cli->command->run(cli) : refuse_command(cli, name);
}

static ExitCode refuse_nothing(Cli *cli)
{
    Str help = help_program(&cli->arena);
    fwrite(help.at, 1, help.len, stderr);
    return EXIT_USAGE;
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
    ExitCode code = argc > 1 ? run(&cli, argv[1]) : refuse_nothing(&cli);
    arena_free(&cli.arena);
    return (int)code;
}
