// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/os.h"

enum { FIRST_PASSED = 3, MAX_PASSED = 64 };

void notify_send(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || (path[0] != '/' && path[0] != '@') ||
        strlen(path) >= sizeof address.sun_path)
        return;
    size_t len = strlen(path);
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0'; // an abstract name
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                 (const struct sockaddr *)&address, size);
    (void)close(fd);
}

void notify_reloading(void)
{
    char state[64];
    (void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld",
                   (long long)(os_monotonic_clock() / 1000));
    notify_send(state);
}

static bool is_unix_socket(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
           address.ss_family == AF_UNIX;
}

static bool has_option(int fd, int option, int expected)
{
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 && value == expected;
}

// The number in a variable, or 0.
static long variable_number(const char *name)
{
    const char *text = getenv(name);
    if (text == NULL)
        return 0;
    char *end = NULL;
    errno = 0;
    long number = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' ? number : 0;
}

int notify_take_socket(void)
{
    long count = variable_number("LISTEN_FDS");
    bool is_ours = variable_number("LISTEN_PID") == (long)getpid();
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDNAMES");
    if (!is_ours)
        return -1;
    for (int fd = FIRST_PASSED;
         fd < FIRST_PASSED + count && fd < FIRST_PASSED + MAX_PASSED; fd++) {
        if (!is_unix_socket(fd) || !has_option(fd, SO_TYPE, SOCK_STREAM) ||
            !has_option(fd, SO_ACCEPTCONN, 1))
            continue;
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
            return fd;
    }
    return -1;
}
