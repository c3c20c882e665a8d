// SPDX-License-Identifier: Apache-2.0
// question: a request file, decided by a bundle file here and now: what `decide` and
// `explain` share.
#ifndef PROVISO_LANG_CLI_QUESTION_H
#define PROVISO_LANG_CLI_QUESTION_H

#include "lang/cli/cli.h"

// Reads a request in JSON and makes it the body of a DECIDE. EXIT_FINE, or another code
// after a message with the place.
ExitCode question_read(Cli *cli, const char *path, Str *body);

// Prints the body of an answer. EXIT_FINE for an allow, EXIT_FINDINGS for a
// deny.
ExitCode question_print(Cli *cli, Str answer);

// The command: BUNDLE REQUEST.json [--now TIME].
ExitCode question_command(Cli *cli, bool is_explained);

#endif
