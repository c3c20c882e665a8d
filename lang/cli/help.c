// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/help.h"

const CliOption *help_common(const CliCommand *command)
{
    static const CliOption COMMON[] = {
        {"format", 0, "text|json", "for people, or for programs"},
        {"help", 'h', NULL, "say what the command does, and end"},
        {0},
    };
    return command->has_json ? COMMON : COMMON + 1;
}

// ---- on the terminal ----

enum { WIDTH = 80, OPTION_COLUMN = 26 };

// Words from column `column` on, broken before WIDTH and indented alike.
static void put_wrapped(Buf *out, const char *text, size_t column)
{
    size_t at = column;
    for (Cut cut = {.tail = str_from_c(text)}; cut.tail.len > 0;) {
        cut = str_cut(cut.tail, ' ');
        if (at > column && at + 1 + cut.head.len > WIDTH) {
            buf_char(out, '\n');
            buf_fill(out, ' ', column);
            at = column;
        } else if (at > column) {
            buf_char(out, ' ');
            at++;
        }
        buf_str(out, cut.head);
        at += cut.head.len;
    }
    buf_char(out, '\n');
}

static void put_option(Buf *out, const CliOption *option)
{
    size_t start = out->len;
    if (option->letter)
        buf_printf(out, "  -%c, --%s", option->letter, option->name);
    else
        buf_printf(out, "      --%s", option->name);
    if (option->value)
        buf_printf(out, " %s", option->value);
    if (out->len - start + 1 < OPTION_COLUMN) {
        buf_fill(out, ' ', OPTION_COLUMN - (out->len - start));
    } else {
        buf_char(out, '\n');
        buf_fill(out, ' ', OPTION_COLUMN);
    }
    put_wrapped(out, option->help, OPTION_COLUMN);
}

Str help_program(Arena *arena)
{
    Buf out = buf_on(arena);
    buf_c(&out, "usage: proviso COMMAND [OPTION...] [ARGUMENT...]\n\n");
    for (size_t i = 0; command_at(i) != NULL; i++)
        buf_printf(&out, "  %-9s %s\n", command_at(i)->name, command_at(i)->what);
    buf_c(&out, "\n`proviso COMMAND --help` says more; --version prints the version, "
                "--manual the\nman page. Exit codes: 0 fine, 1 findings, 2 usage, "
                "3 input or output.\n");
    return buf_view(&out);
}

static void put_command(Buf *out, const CliCommand *command, const CliOption *options)
{
    buf_printf(out, "proviso %s: %s\n\nusage: proviso %s [OPTION...]%s%s\n\n",
               command->name, command->what, command->name,
               command->arguments[0] ? " " : "", command->arguments);
    put_wrapped(out, command->more, 0);
    buf_char(out, '\n');
    for (; options->name; options++)
        put_option(out, options);
    for (options = help_common(command); options->name; options++)
        put_option(out, options);
}

// ---- the man page ----

// Text as mdoc shows it: nothing in it is a macro or an escape.
static void put_mdoc(Buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\')
            buf_c(out, "\\e");
        else if (*text == '-')
            buf_c(out, "\\-");
        else if (*text == '`')
            buf_c(out, "\\(ga");
        else if (*text == '\'')
            buf_c(out, "\\(aq");
        else
            buf_char(out, *text);
    }
}

// .It Fl o , Fl -output Ar BUNDLE
static void put_mdoc_option(Buf *out, const CliOption *option)
{
    buf_c(out, ".It ");
    if (option->letter)
        buf_printf(out, "Fl %c , ", option->letter);
    buf_printf(out, "Fl \\-%s", option->name);
    if (option->value)
        buf_printf(out, " Ar %s", option->value);
    buf_char(out, '\n');
    put_mdoc(out, option->help);
    buf_char(out, '\n');
}

static void put_mdoc_command(Buf *out, const CliCommand *command,
                             const CliOption *options)
{
    buf_printf(out, ".Ss %s\n.Nm\n.Cm %s\n.Op Ar option ...\n", command->name,
               command->name);
    put_mdoc(out, command->arguments);
    buf_c(out, command->arguments[0] ? "\n.Pp\n" : ".Pp\n");
    put_mdoc(out, command->what);
    buf_c(out, ".\n");
    put_mdoc(out, command->more);
    buf_c(out, "\n.Bl -tag -width Ds\n");
    for (; options->name; options++)
        put_mdoc_option(out, options);
    for (options = help_common(command); options->name; options++)
        put_mdoc_option(out, options);
    buf_c(out, ".El\n");
}

static const char MANUAL_HEAD[] =
    ".\\\" Made by `proviso --manual` from lang/cli/command.def.\n"
    ".Dd November 24, 2026\n"
    ".Dt PROVISO 1\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm proviso\n"
    ".Nd check, build, test and ask policies for AI agents\n"
    ".Sh SYNOPSIS\n"
    ".Nm\n"
    ".Ar command\n"
    ".Op Ar option ...\n"
    ".Op Ar argument ...\n"
    ".Nm\n"
    ".Fl \\-help | \\-version | \\-manual\n"
    ".Sh DESCRIPTION\n"
    "Results go to standard output, messages to standard error; with\n"
    ".Fl \\-format Ar json\n"
    "messages about a policy are results.\n"
    "Options may stand before and behind the arguments, up to a\n"
    ".Ql \\-\\- .\n"
    "A file that is written is replaced at once, or stays what it was.\n";

static const char MANUAL_TAIL[] =
    ".Sh ENVIRONMENT\n"
    ".Bl -tag -width NO_COLOR\n"
    ".It Ev NO_COLOR\n"
    "If set to anything, terminals get no colours either; others never do.\n"
    ".El\n"
    ".Sh EXIT STATUS\n"
    ".Bl -tag -width Ds -compact\n"
    ".It 0\n"
    "Fine; of a decision, an allow.\n"
    ".It 1\n"
    "The policy, bundle, request or a test is not good; of a decision, a deny.\n"
    ".It 2\n"
    "The command line is not good.\n"
    ".It 3\n"
    "Something can\\(aqt be read or written, or a daemon does not answer.\n"
    ".El\n"
    ".Sh EXAMPLES\n"
    ".Bd -literal\n"
    "proviso test policy.proviso tests.proviso\n"
    "proviso build \\-o policy.pvb policy.proviso\n"
    "proviso keygen \\-o release\n"
    "proviso sign \\-\\-key release.key policy.pvb\n"
    "proviso explain policy.pvb request.json\n"
    ".Ed\n"
    ".Sh SEE ALSO\n"
    ".Xr provisod.yaml 5 ,\n"
    ".Xr provisod 8\n";

Str help_command(Cli *cli, const CliOption *options)
{
    Buf out = buf_on(&cli->arena);
    if (cli->is_manual)
        put_mdoc_command(&out, cli->command, options);
    else
        put_command(&out, cli->command, options);
    return buf_view(&out);
}

ExitCode help_manual(Cli *cli)
{
    char help[] = "--help";
    char *argv[] = {NULL, help};
    ExitCode code = cli_print(cli, str_from_c(MANUAL_HEAD)) ? EXIT_FINE : EXIT_IO;
    for (size_t i = 0; command_at(i) != NULL && code == EXIT_FINE; i++) {
        Cli part = *cli;
        part.is_manual = true;
        part.command = command_at(i);
        part.argv = argv;
        part.argc = 2;
        part.next = 1;
        part.kept = 0;
        code = part.command->run(&part);
        cli->arena = part.arena;
    }
    if (code == EXIT_FINE && !cli_print(cli, str_from_c(MANUAL_TAIL)))
        return EXIT_IO;
    return code;
}
