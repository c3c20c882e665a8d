// SPDX-License-Identifier: Apache-2.0
// question: a request file, decided by a bundle file here and now: what `decide` and
// `explain` share.
#ifndef PROVISO_LANG_CLI_QUESTION_H
#define PROVISO_LANG_CLI_QUESTION_H

#include "lang/cli/cli.h"

// Reads JSON and makes it the body of a message: a request, such as that of a DECIDE,
// or an object. EXIT_FINE, or another code after a message with the place.
ExitCode question_read(Cli *cli, const char *path, bool is_request, Str *body);

// Prints the body of an answer: in words, if it says whether something is decided or
// done; else as JSON. EXIT_FINDINGS for a deny, else EXIT_FINE.
ExitCode question_print(Cli *cli, Str answer);

// The command: BUNDLE REQUEST.json [--now TIME].
ExitCode question_command(Cli *cli, bool is_explained);

#endif
