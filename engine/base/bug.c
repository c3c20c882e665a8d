// SPDX-License-Identifier: Apache-2.0
#include "engine/base/bug.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void bug_abort(const char *file, int line, const char *condition)
{
    fprintf(stderr, "proviso: bug at %s:%d: %s\n", file, line, condition);
    abort();
}
