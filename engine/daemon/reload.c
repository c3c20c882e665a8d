// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/reload.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"

Status reload_init(Reload *reload, const Config *config, ProvisoMemory *memory)
{
    *reload = (Reload){.config = config, .memory = memory};
    reload->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return reload->ready >= 0 ? STATUS_OK : os_status(errno);
}

static void *load(void *argument)
{
    Reload *reload = argument;
    Buf why = buf_fixed(reload->why, sizeof reload->why);
    reload->status = policy_open(reload->config, reload->memory, &reload->policy, &why);
    reload->why_len = buf_view(&why).len;
    uint64_t done = 1;
    ssize_t written = write(reload->ready, &done, sizeof done);
    CHECK(written == (ssize_t)sizeof done);
    return NULL;
}

Status reload_start(Reload *reload)
{
    ENSURE(!reload->is_running, STATUS_EXISTS);
    int error = pthread_create(&reload->thread, NULL, load, reload);
    if (error != 0)
        return os_status(error);
    reload->is_running = true;
    return STATUS_OK;
}

static void join(Reload *reload)
{
    int error = pthread_join(reload->thread, NULL);
    CHECK(error == 0);
    reload->is_running = false;
}

Status reload_finish(Reload *reload, Policy *out)
{
    uint64_t done = 0;
    ssize_t taken = read(reload->ready, &done, sizeof done);
    CHECK(taken == (ssize_t)sizeof done && reload->is_running);
    join(reload);
    if (reload->status == STATUS_OK)
        *out = reload->policy;
    return reload->status;
}

void reload_free(Reload *reload)
{
    if (reload->is_running) {
        join(reload);
        if (reload->status == STATUS_OK)
            policy_free(&reload->policy);
    }
    if (reload->ready >= 0)
        (void)close(reload->ready);
    reload->ready = -1;
}
