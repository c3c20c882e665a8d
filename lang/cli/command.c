// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/command.h"

#include <string.h>

enum { TEXT, JSON };

static const CliCommand COMMANDS[] = {
#define COMMAND(name, forms, arguments, what, more)                                    \
    {#name, (forms) == JSON, arguments, what, more, command_##name},
#include "lang/cli/command.def"
#undef COMMAND
};

const CliCommand *command_at(size_t index)
{
    return index < sizeof COMMANDS / sizeof COMMANDS[0] ? &COMMANDS[index] : NULL;
}

const CliCommand *command_find(const char *name)
{
    for (size_t i = 0; command_at(i) != NULL; i++)
        if (strcmp(command_at(i)->name, name) == 0)
            return command_at(i);
    return NULL;
}
