// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/question.h"

ExitCode command_explain(Cli *cli)
{
    return question_command(cli, true);
}
