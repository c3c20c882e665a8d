// SPDX-License-Identifier: Apache-2.0
// notify: the two conversations with a service manager, sd_notify(3) and socket
// activation (sd_listen_fds(3)), without its library.
#ifndef PROVISO_ENGINE_DAEMON_NOTIFY_H
#define PROVISO_ENGINE_DAEMON_NOTIFY_H

#include "engine/base/str.h"

// Tells the service manager, if there is one: lines such as "READY=1", joined by LF.
// Whether it is heard makes no difference to us.
void notify_send(const char *state);

// Tells it that a reload has begun (RELOADING=1 with the clock it wants); "READY=1"
// ends it.
void notify_reloading(void);

// The listening socket that the service manager passed, or -1. It must be a Unix stream
// socket that listens; the first that is one is taken. Unsets the variables, so that no
// child takes them for its own.
int notify_take_socket(void);

#endif
