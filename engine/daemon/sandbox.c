// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>

enum { OTHER_DESCRIPTORS = 64 };

static Status raise_descriptors(int64_t connections)
{
    struct rlimit limit;
    rlim_t needed = (rlim_t)connections + OTHER_DESCRIPTORS;
    ENSURE(getrlimit(RLIMIT_NOFILE, &limit) == 0, STATUS_PERMISSION);
    if (limit.rlim_cur >= needed)
        return STATUS_OK;
    ENSURE(limit.rlim_max >= needed, STATUS_LIMIT);
    limit.rlim_cur = needed;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? STATUS_OK : STATUS_PERMISSION;
}

// The leak check of sanitizer builds must read its own process.
static Status hide_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
    ENSURE(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, STATUS_PERMISSION);
#endif
    struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_CORE, &none) == 0 ? STATUS_OK : STATUS_PERMISSION;
}

Status sandbox_enter(int64_t connections)
{
    ENSURE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, STATUS_PERMISSION);
    TRY(hide_memory());
    return raise_descriptors(connections);
}
