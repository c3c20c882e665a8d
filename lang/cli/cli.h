// SPDX-License-Identifier: Apache-2.0
// cli: what the commands of `proviso` share: options, exit codes, where messages go.
//
// Results go to standard output, everything else to standard error. A command returns
// its exit code; it never exits by itself. Each command is one file, named as it.
#ifndef PROVISO_LANG_CLI_CLI_H
#define PROVISO_LANG_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"
#include "engine/engine.h"
#include "engine/engine.h"

typedef enum ExitCode {
    EXIT_FINE = 0,
    EXIT_FINDINGS = 1, // the policy, bundle or test is not good
    EXIT_USAGE = 2,    // the command line is not good
    EXIT_IO = 3,       // a file can't be read or written
} ExitCode;

// One option of a command; a table of them ends with a row without a name.
typedef struct CliOption {
    const char *name;  // "key", for --key
    char letter;       // 'k', for -k; 0: none
    const char *value; // "FILE"; NULL: takes none
    const char *help;
} CliOption;

typedef struct CliCommand CliCommand;

typedef struct Cli {
    Arena arena;
    const CliCommand *command;
    bool is_json;            // --format json
    bool is_manual;          // help is for the man page
    bool is_coloured;        // standard error is a terminal
    bool is_output_coloured; // standard output is one
    int argc;                // the command's own arguments; argv[0] is its name
    char **argv;
    int next; // the argument that is read next
    int kept; // how many of those before it are no options; they follow argv[0]
    const char *value; // of the last option
} Cli;

// What cli_option returns besides positions in the table.
enum { CLI_NO_MORE = -1, CLI_HELP = -2, CLI_BAD = -3, CLI_UNWRITTEN = -4 };

// The position of the next option in the table; its value is cli->value. Options may
// stand before, between and behind the arguments, up to a `--`. CLI_NO_MORE: there is
// none any more, and argv[next] is the first argument. CLI_HELP: help was printed.
// CLI_BAD, CLI_UNWRITTEN: a message was, since the option is no good, or help can't be
// printed. The options --format and --help are handled here.
int cli_option(Cli *cli, const CliOption *options);
// The exit code for CLI_HELP, CLI_BAD or CLI_UNWRITTEN.
ExitCode cli_stop(int option);

// The next argument, or NULL.
const char *cli_argument(Cli *cli);

// Prints "proviso: COMMAND: message" to standard error; with a hint on how to get help
// for EXIT_USAGE. Returns the code.
ExitCode cli_fail(const Cli *cli, ExitCode code, const char *format, ...)
    PRINTF_LIKE(3, 4);
// A failed file, in the words of the status.
ExitCode cli_fail_file(const Cli *cli, const char *path, Status status);

// Writes to standard output. False, after a message, when that fails.
bool cli_print(const Cli *cli, Str text);

// Reads a whole file. EXIT_FINE, or EXIT_IO after a message.
ExitCode cli_read(Cli *cli, const char *path, size_t limit, Str *out);

// Replaces a file, or makes it; it never stands there half written. EXIT_FINE, or
// EXIT_IO after a message.
ExitCode cli_write(const Cli *cli, const char *path, Str contents);

#define COMMAND(name, forms, arguments, what, more) ExitCode command_##name(Cli *cli);
#include "lang/cli/command.def"
#undef COMMAND

#endif
