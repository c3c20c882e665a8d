// SPDX-License-Identifier: Apache-2.0
// struct ucred, SO_PEERCRED and SO_PEERGROUPS are Linux's.
#define _GNU_SOURCE
#include "engine/daemon/peer.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "engine/base/os.h"

enum { MAX_PEER_GROUPS = 1024 };

typedef struct Identity {
    uid_t uid;
    gid_t gid;
    uint32_t group_count;
    gid_t groups[MAX_PEER_GROUPS];
} Identity;

static bool is_in_group(const Identity *identity, gid_t group)
{
    if (identity->gid == group)
        return true;
    for (uint32_t i = 0; i < identity->group_count; i++)
        if (identity->groups[i] == group)
            return true;
    return false;
}

static bool matches(const ConfigPeer *peer, const Identity *identity)
{
    return peer->is_group ? is_in_group(identity, peer->id) : identity->uid == peer->id;
}

Status peer_identify(const Config *config, int fd, Peer *out)
{
    struct ucred credentials;
    Identity identity = {0};
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return os_status(errno);
    identity.uid = credentials.uid;
    identity.gid = credentials.gid;
    // Where the kernel can't say or there are more, only the primary group counts.
    size = sizeof identity.groups;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, identity.groups, &size) == 0)
        identity.group_count = (uint32_t)(size / sizeof identity.groups[0]);
    *out = (Peer){.uid = credentials.uid, .pid = credentials.pid};
    for (uint32_t i = 0; i < config->peer_count; i++) {
        if (!matches(&config->peers[i], &identity))
            continue;
        out->roles |= config->peers[i].role;
        out->gateways |= config->peers[i].gateways;
    }
    return STATUS_OK;
}
