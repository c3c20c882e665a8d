// SPDX-License-Identifier: Apache-2.0
// compile: what `check` and `build` share: files and folders as arguments, messages
// out.
#ifndef PROVISO_LANG_CLI_COMPILE_H
#define PROVISO_LANG_CLI_COMPILE_H

#include "lang/cli/cli.h"
#include "lang/lang.h"

// Compiles the policy files that the command line names, as `how` says (paths, reader
// and compiler are filled in here), and reports what is wrong. Where the command prints
// JSON of its own, a policy without errors says nothing: `is_quiet`.
ExitCode cli_compile(Cli *cli, LangInput how, bool is_quiet, LangOutput *output);

#endif
