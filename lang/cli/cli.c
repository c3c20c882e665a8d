// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/os.h"
#include "lang/cli/help.h"
#include "lang/source/diag.h"

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
    bool is_out = text.len == 0 || fwrite(text.at, 1, text.len, stdout) == text.len;
    if (is_out && fflush(stdout) == 0)
        return true;
    cli_fail(cli, EXIT_IO, "standard output: %s", status_text(STATUS_IO));
    return false;
}

ExitCode cli_read(Cli *cli, const char *path, size_t limit, Str *out)
{
    Status status = os_read_file(&cli->arena, str_from_c(path), limit, out);
    return status == STATUS_OK ? EXIT_FINE : cli_fail_file(cli, path, status);
}

ExitCode cli_write(const Cli *cli, const char *path, Str contents)
{
    enum { MODE = 0644 };
    Status status = os_write_file(str_from_c(path), contents, MODE);
    return status == STATUS_OK ? EXIT_FINE : cli_fail_file(cli, path, status);
}

// ---- options ----

// The next argument that is an option; others are kept for cli_argument. NULL: there is
// none.
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

// The row that `--name` or `-n` means, or NULL.
static const CliOption *find_option(const CliOption *options, Str name)
{
    bool is_long = str_starts(name, STR("--"));
    for (; options->name; options++)
        if (is_long ? str_eq(str_slice(name, 2, name.len), str_from_c(options->name))
                    : options->letter == name.at[1])
            return options;
    return NULL;
}

static int refuse_option(const Cli *cli, const CliOption *options, Str name)
{
    const CliOption *tables[] = {options, help_common(cli->command)};
    Nearest nearest = nearest_start(str_slice(name, 2, name.len));
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (const CliOption *option = tables[i]; option->name; option++)
            nearest_offer(&nearest, str_from_c(option->name));
    if (nearest.best.len > 0)
        cli_fail(cli, EXIT_USAGE, "there is no option `%.*s`; did you mean `--%.*s`?",
                 STR_ARG(name), STR_ARG(nearest.best));
    else
        cli_fail(cli, EXIT_USAGE, "there is no option `%.*s`", STR_ARG(name));
    return CLI_BAD;
}

// The value of an option: behind `=` or the letter, else the next argument.
static bool take_value(Cli *cli, const CliOption *option, const char *attached)
{
    cli->value = attached;
    if (!option->value && attached) {
        cli_fail(cli, EXIT_USAGE, "`--%s` takes no value", option->name);
        return false;
    }
    if (option->value && !attached && cli->next < cli->argc)
        cli->value = cli->argv[cli->next++];
    if (option->value && !cli->value)
        cli_fail(cli, EXIT_USAGE, "`--%s` needs a value: %s", option->name,
                 option->value);
    return !option->value || cli->value;
}

// --help and --format. CLI_NO_MORE: go on with the next option.
static int take_common(Cli *cli, const CliOption *options, const CliOption *common)
{
    if (!common->value)
        return cli_print(cli, help_command(cli, options)) ? CLI_HELP : CLI_UNWRITTEN;
    cli->is_json = strcmp(cli->value, "json") == 0;
    if (cli->is_json || strcmp(cli->value, "text") == 0)
        return CLI_NO_MORE;
    cli_fail(cli, EXIT_USAGE, "`--format` takes `text` or `json`, not `%s`",
             cli->value);
    return CLI_BAD;
}

int cli_option(Cli *cli, const CliOption *options)
{
    const char *argument;
    while ((argument = next_option(cli)) != NULL) {
        bool is_long = argument[1] == '-';
        const char *equals = is_long ? strchr(argument, '=') : NULL;
        const char *attached = equals                    ? equals + 1
                               : !is_long && argument[2] ? argument + 2
                                                         : NULL;
        Str name = {argument, equals    ? (size_t)(equals - argument)
                              : is_long ? strlen(argument)
                                        : 2};
        const CliOption *found = find_option(options, name);
        const CliOption *common = find_option(help_common(cli->command), name);
        if (!found && !common)
            return refuse_option(cli, options, name);
        if (!take_value(cli, found ? found : common, attached))
            return CLI_BAD;
        if (found)
            return (int)(found - options);
        int taken = take_common(cli, options, common);
        if (taken != CLI_NO_MORE)
            return taken;
    }
    return CLI_NO_MORE;
}

ExitCode cli_stop(int option)
{
    return option == CLI_HELP ? EXIT_FINE : option == CLI_BAD ? EXIT_USAGE : EXIT_IO;
}

const char *cli_argument(Cli *cli)
{
    return cli->next < cli->argc ? cli->argv[cli->next++] : NULL;
}
