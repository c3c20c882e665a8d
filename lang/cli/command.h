// SPDX-License-Identifier: Apache-2.0
// command: the rows of command.def.
#ifndef PROVISO_LANG_CLI_COMMAND_H
#define PROVISO_LANG_CLI_COMMAND_H

#include "lang/cli/cli.h"

struct CliCommand {
    const char *name;
    bool has_json; // --format json has a meaning
    const char *arguments;
    const char *what;
    const char *more;
    ExitCode (*run)(Cli *cli);
};

// Row `index`, or NULL past the last.
const CliCommand *command_at(size_t index);
// The command of that name, or NULL.
const CliCommand *command_find(const char *name);

#endif
