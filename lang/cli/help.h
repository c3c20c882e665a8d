// SPDX-License-Identifier: Apache-2.0
// help: the commands and their options in words: on the terminal, and as the man page.
#ifndef PROVISO_LANG_CLI_HELP_H
#define PROVISO_LANG_CLI_HELP_H

#include "lang/cli/command.h"

// The options that every command takes; ends with a row without a name.
const CliOption *help_common(const CliCommand *command);

// What `proviso --help` says.
Str help_program(Arena *arena);
// What `proviso COMMAND --help` says, or with cli->is_manual the command's part of the
// page.
Str help_command(Cli *cli, const CliOption *options);
// proviso(1), in mdoc. Each command is run with --help, which is how its options are
// known.
ExitCode help_manual(Cli *cli);

#endif
