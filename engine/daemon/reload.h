// SPDX-License-Identifier: Apache-2.0
// reload: loading a bundle beside the one that serves. A thread of its own reads,
// checks and verifies it, so that decisions go on meanwhile; when it is done a
// descriptor becomes readable, and the deciding thread swaps the policies between two
// requests.
#ifndef PROVISO_ENGINE_DAEMON_RELOAD_H
#define PROVISO_ENGINE_DAEMON_RELOAD_H

#include <pthread.h>
#include <stdbool.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/daemon/policy.h"

enum { RELOAD_WHY = 1024 };

typedef struct Reload {
    const Config *config;
    ProvisoMemory *memory;
    int ready; // readable when the thread is done
    bool is_running;
    pthread_t thread;
    // Written by the thread, read after it has ended.
    Status status;
    Policy policy;
    char why[RELOAD_WHY];
    size_t why_len;
} Reload;

MUST_USE Status reload_init(Reload *reload, const Config *config,
                            ProvisoMemory *memory);
// Starts the thread, unless one is running (STATUS_EXISTS).
MUST_USE Status reload_start(Reload *reload);
// After `ready` became readable: the policy that was loaded, or why not (reload->why).
MUST_USE Status reload_finish(Reload *reload, Policy *out);

// Waits for a running thread, and drops what it has loaded.
void reload_free(Reload *reload);

#endif
