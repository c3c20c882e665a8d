// SPDX-License-Identifier: Apache-2.0
// server: the event loop. One thread accepts, reads, decides and writes, over epoll; a
// second one exists only while a bundle is loaded. The journal has its own.
//
// SIGHUP loads the bundle again. SIGTERM and SIGINT end the loop: no new connection is
// accepted, what peers have sent until then is answered, and after `limits.drain_time`
// at the latest the loop is over.
#ifndef PROVISO_ENGINE_DAEMON_SERVER_H
#define PROVISO_ENGINE_DAEMON_SERVER_H

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/daemon/clock.h"
#include "engine/daemon/config.h"
#include "engine/daemon/journal.h"
#include "engine/daemon/listen.h"
#include "engine/daemon/policy.h"

// Serves until a signal ends it. Takes over the policy and the listener, whatever the
// outcome. OK unless the loop could not be set up. The caller has blocked SIGTERM,
// SIGINT and SIGHUP in all threads.
MUST_USE Status server_run(const Config *config, Journal *journal, Policy policy,
                           Clock clock, Listener listener);

#endif
