// SPDX-License-Identifier: Apache-2.0
// accept4 is Linux's.
#define _GNU_SOURCE
#include "engine/daemon/listen.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/daemon/notify.h"

enum { BACKLOG = 512 };

static struct sockaddr_un address_of(Str path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    CHECK(path.len < sizeof address.sun_path);
    memcpy(address.sun_path, path.at, path.len);
    return address;
}

static int new_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

// Removes a socket that its daemon has left behind.
static Status remove_stale(const struct sockaddr_un *address)
{
    struct stat found;
    if (lstat(address->sun_path, &found) != 0)
        return errno == ENOENT ? STATUS_OK : os_status(errno);
    if (!S_ISSOCK(found.st_mode))
        return STATUS_EXISTS;
    int fd = new_socket();
    if (fd < 0)
        return os_status(errno);
    bool is_refused =
        connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
        errno == ECONNREFUSED;
    (void)close(fd);
    if (!is_refused)
        return STATUS_EXISTS;
    return unlink(address->sun_path) == 0 ? STATUS_OK : os_status(errno);
}

// Between bind and chmod nobody can connect: the socket does not listen yet.
static Status bind_and_listen(int fd, const struct sockaddr_un *address, uint32_t mode)
{
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0)
        return os_status(errno);
    if (chmod(address->sun_path, (mode_t)mode) == 0 && listen(fd, BACKLOG) == 0)
        return STATUS_OK;
    Status status = os_status(errno);
    (void)unlink(address->sun_path);
    return status;
}

static Status make_socket(const Config *config, int *out)
{
    struct sockaddr_un address = address_of(config->socket_path);
    TRY(remove_stale(&address));
    int fd = new_socket();
    if (fd < 0)
        return os_status(errno);
    Status status = bind_and_listen(fd, &address, config->socket_mode);
    if (status != STATUS_OK) {
        (void)close(fd);
        return status;
    }
    *out = fd;
    return STATUS_OK;
}

Status listen_open(const Config *config, Listener *out, Buf *why)
{
    *out = (Listener){.fd = notify_take_socket(), .path = config->socket_path};
    out->is_passed = out->fd >= 0;
    if (out->is_passed)
        return STATUS_OK;
    if (config->socket_path.len == 0) {
        buf_c(why,
              "no socket was passed; add `socket: {path: ...}` to the configuration");
        return STATUS_NOT_FOUND;
    }
    Status status = make_socket(config, &out->fd);
    if (status == STATUS_EXISTS)
        buf_printf(why, "%.*s: in use; stop the other daemon or choose another path",
                   STR_ARG(config->socket_path));
    else if (status != STATUS_OK)
        buf_printf(why, "%.*s: %s", STR_ARG(config->socket_path), status_text(status));
    return status;
}

void listen_close(Listener *listener)
{
    if (listener->fd < 0)
        return;
    if (!listener->is_passed)
        (void)unlink(listener->path.at);
    (void)close(listener->fd);
    listener->fd = -1;
}

Status listen_accept(const Listener *listener, int *out)
{
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        *out = fd;
        return STATUS_OK;
    }
    switch (errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return STATUS_LIMIT;
    default: // nobody is waiting, or who was waiting has gone
        return STATUS_AGAIN;
    }
}
