// SPDX-License-Identifier: Apache-2.0
// compile: what `check` and `build` share: files and folders as arguments, messages out.
#ifndef PROVISO_LANG_CLI_COMPILE_H
#define PROVISO_LANG_CLI_COMPILE_H

#include "lang/cli/cli.h"
#include "lang/lang.h"

// Compiles the policy files that the command line names and reports what is wrong.
ExitCode cli_compile(Cli *cli, bool is_build, LangOutput *output);

#endif
