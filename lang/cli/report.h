// SPDX-License-Identifier: Apache-2.0
// report: diagnostics on standard error, as text or as JSON lines.
#ifndef PROVISO_LANG_CLI_REPORT_H
#define PROVISO_LANG_CLI_REPORT_H

#include "lang/cli/cli.h"
#include "lang/source/diag.h"

// Prints all diagnostics in the order of their places, and a summary for people.
// EXIT_FINDINGS if there is an error among them, else EXIT_FINE; EXIT_IO if they can't
// be written.
ExitCode report_diags(Cli *cli, Diags *diags);

#endif
