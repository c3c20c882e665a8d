// SPDX-License-Identifier: Apache-2.0
// sound: a bundle file that may be looked into: read, opened and verified.
#ifndef PROVISO_LANG_CLI_SOUND_H
#define PROVISO_LANG_CLI_SOUND_H

#include "engine/bytecode/bundle.h"
#include "lang/cli/cli.h"

// EXIT_FINE, or another code after a message that says what is wrong with the file.
ExitCode sound_bundle(Cli *cli, const char *path, Bundle *bundle);

#endif
