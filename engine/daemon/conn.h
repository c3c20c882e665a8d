// SPDX-License-Identifier: Apache-2.0
// conn: one client. Bytes come in, frames are served, answers go out.
//
// A connection never waits for its peer. What a burst of requests is answered with goes
// out in few writes; what the socket has no room for waits in the outbox. While more
// waits than `limits.unread`, nothing more is read from the peer. A peer that stops
// inside a frame, or does not read, is cut off after a time; one that ends its stream
// still gets its answers.
//
// An answer that rests on what was just remembered leaves when the log has it, and
// those behind it leave after it. If the log fails, the connection ends instead.
//
// A mistake in the framing is answered by an ERROR frame, after which the connection
// ends; a mistake in a body is answered, and the connection goes on.
//
// One that watches is pushed events as well, as soon as the requests that came together
// with theirs are answered, and the log has what they tell of. It must keep up: with
// more waiting for it than `limits.unread`, it is cut off.
#ifndef PROVISO_ENGINE_DAEMON_CONN_H
#define PROVISO_ENGINE_DAEMON_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/status.h"
#include "engine/daemon/clock.h"
#include "engine/daemon/core.h"
#include "engine/daemon/inbox.h"
#include "engine/daemon/journal.h"
#include "engine/daemon/outbox.h"
#include "engine/daemon/peer.h"

// What connections of one user id take up together.
typedef struct User {
    uint32_t uid;
    uint32_t connections; // 0: the entry is free
    Budget budget;
} User;

// What all connections share.
typedef struct Conn Conn;

typedef struct Service {
    const Config *config;
    Journal *journal;
    Core core;
    int64_t now;     // monotonic
    int64_t started; // monotonic
    Clock clock;
    int64_t wall; // what it says; ns since 1970
    // ns that have passed since the start; a clock for tests moves it, too
    int64_t tick;
    char *in;           // what was read last
    Buf out;            // what goes to the connection that is being served
    uint32_t armed;     // deadlines that are set
    bool reload_wanted; // somebody asked
    Conn *watchers;
    Conn *held;         // those with answers that wait for the log
    bool is_told;       // events were pushed: any of them may want to write, or be over
    int64_t cut_second; // the second in which...
    uint32_t cut_count; // ...so many cut peers were reported
} Service;

typedef enum ReloadWait { WAIT_NONE, WAIT_ASKED, WAIT_RUNNING } ReloadWait;

struct Conn {
    Conn *next, *previous; // among all connections
    Conn *next_watcher;
    Conn *next_held;
    int fd;
    uint32_t events; // that epoll watches
    Peer peer;
    User *user;
    Agreement agreement;
    bool is_paused;   // not read from until the outbox has emptied
    bool is_draining; // the daemon ends
    bool is_ended;    // the peer's stream has ended
    bool is_closing;  // ends once the outbox is empty
    bool is_dead;     // ends at once
    bool is_watching; // is in the list of watchers
    bool is_held;     // is in the list of those that wait for the log
    ReloadWait wait;
    uint64_t wait_id;   // the request that waits for the reload
    int64_t frame_due;  // when the frame in the inbox must be whole; 0: no deadline
    int64_t answer_due; // when the peer must have read something; 0: no deadline
    Inbox inbox;
    Outbox outbox;
};

enum { CONN_READ = 64 << 10 }; // bytes read at once

// Makes the shared buffers. STATUS_MEMORY.
MUST_USE Status service_init(Service *service);
void service_free(Service *service);

// A connection over `fd`, which it takes over. NULL when memory is out; then fd is
// closed.
Conn *conn_new(int fd, Peer peer, User *user);
// Ends it.
void conn_free(Service *service, Conn *conn);

// Answers a connection that nobody will serve, and marks it as ending.
void conn_refuse(Service *service, Conn *conn, WireError error);

// What to do when the socket has something to read, or room to write.
void conn_on_readable(Service *service, Conn *conn);
void conn_on_writable(Service *service, Conn *conn);
// Ends what has passed its deadline.
void conn_check_time(Service *service, Conn *conn);
// The reload that it waited for is over; `error` and `why` if the bundle was refused.
void conn_on_reloaded(Service *service, Conn *conn, WireError error, Str why);
// Sends the events that wait to all who watch.
void service_push_events(Service *service);
// So many records are safe: sends what waited for them. With a log that has failed,
// ends the connection if anything is waiting.
void conn_release(Service *service, Conn *conn, uint64_t safe);
// The daemon ends: what was sent until now is answered, then the connection ends.
void conn_drain(Conn *conn);

// The epoll events it wants.
uint32_t conn_events(const Conn *conn);
static inline bool conn_is_done(const Conn *conn)
{
    return conn->is_dead || (conn->is_closing && conn->outbox.len == 0);
}

#endif
