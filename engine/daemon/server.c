// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/server.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "engine/base/os.h"
#include "engine/daemon/conn.h"
#include "engine/daemon/gauge.h"
#include "engine/daemon/notify.h"
#include "engine/daemon/reload.h"
#include "engine/daemon/report.h"

enum {
    EVENTS_AT_ONCE = 64,
    ACCEPTS_AT_ONCE = 64,
    MILLISECONDS = 1000000,
    CHECKS_PER_DEADLINE = 8, // deadlines are kept this exactly
};

typedef struct Server {
    Service service;
    const Config *config;
    Listener listener;
    int epoll;
    int signals;
    Gauge gauge;
    bool is_accepting; // the listener is watched
    bool is_draining;
    int64_t drain_end;
    int64_t next_check; // of deadlines
    bool is_log_ready;  // an event says so
    Reload reload;
    Conn *conns;
    uint32_t conn_count;
    User *users; // limits.connections entries
} Server;

// ---- epoll ----

static Status watch(Server *server, int operation, int fd, uint32_t events, void *what)
{
    struct epoll_event event = {.events = events, .data = {.ptr = what}};
    if (epoll_ctl(server->epoll, operation, fd, &event) == 0)
        return STATUS_OK;
    return os_status(errno);
}

// Without the listener being watched, those who connect wait in its queue.
static void set_accepting(Server *server, bool is_accepting)
{
    if (server->is_accepting == is_accepting || server->listener.fd < 0)
        return;
    uint32_t events = is_accepting ? (uint32_t)EPOLLIN : 0;
    if (watch(server, EPOLL_CTL_MOD, server->listener.fd, events, &server->listener) ==
        STATUS_OK)
        server->is_accepting = is_accepting;
}

// ---- connections ----

// The entry of a user id; there are as many entries as there can be connections.
static User *find_user(Server *server, uint32_t uid)
{
    User *free_entry = NULL;
    for (int64_t i = 0; i < server->config->limits.connections; i++) {
        User *user = &server->users[i];
        if (user->connections > 0 && user->uid == uid)
            return user;
        if (user->connections == 0 && free_entry == NULL)
            free_entry = user;
    }
    CHECK(free_entry != NULL);
    *free_entry =
        (User){.uid = uid, .budget = {.limit = (size_t)server->config->limits.buffers}};
    return free_entry;
}

static void drop_conn(Server *server, Conn *conn)
{
    if (conn->previous != NULL)
        conn->previous->next = conn->next;
    else
        server->conns = conn->next;
    if (conn->next != NULL)
        conn->next->previous = conn->previous;
    server->conn_count--;
    conn->user->connections--;
    conn_free(&server->service, conn);
    server->service.core.counters.open = server->conn_count;
    if (!server->is_draining)
        set_accepting(server, true);
}

// After each thing that happened to a connection: what it wants next, or its end.
static void settle(Server *server, Conn *conn)
{
    uint32_t events = conn_events(conn);
    if (!conn_is_done(conn) && events != conn->events) {
        if (watch(server, EPOLL_CTL_MOD, conn->fd, events, conn) == STATUS_OK)
            conn->events = events;
        else
            conn->is_dead = true;
    }
    if (conn_is_done(conn))
        drop_conn(server, conn);
}

static void add_conn(Server *server, Conn *conn)
{
    conn->user->connections++;
    conn->next = server->conns;
    if (server->conns != NULL)
        server->conns->previous = conn;
    server->conns = conn;
    server->conn_count++;
    server->service.core.counters.open = server->conn_count;
    server->service.core.counters.connections++;
    conn->events = conn_events(conn);
    if (watch(server, EPOLL_CTL_ADD, conn->fd, conn->events, conn) != STATUS_OK)
        conn->is_dead = true;
}

static void welcome(Server *server, int fd)
{
    Peer peer;
    if (peer_identify(server->config, fd, &peer) != STATUS_OK) {
        (void)close(fd);
        return;
    }
    User *user = find_user(server, peer.uid);
    bool is_crowded =
        (int64_t)user->connections >= server->config->limits.connections_per_user;
    Conn *conn = conn_new(fd, peer, user);
    if (conn == NULL)
        return;
    add_conn(server, conn);
    if (peer.roles == 0)
        conn_refuse(&server->service, conn, WIRE_ERROR_STRANGER);
    else if (is_crowded)
        conn_refuse(&server->service, conn, WIRE_ERROR_CROWDED);
    settle(server, conn);
}

// With as many connections as the limit allows, the next ones wait to be accepted.
static void accept_some(Server *server)
{
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        if ((int64_t)server->conn_count >= server->config->limits.connections) {
            set_accepting(server, false);
            return;
        }
        int fd = -1;
        Status status = listen_accept(&server->listener, &fd);
        if (status == STATUS_LIMIT)
            set_accepting(server, false);
        if (status != STATUS_OK)
            return;
        welcome(server, fd);
    }
}

// After others than the one that an event was about were sent something. Not before all
// events that epoll gave are taken: they point to connections.
static void settle_all(Server *server)
{
    if (!server->service.is_told)
        return;
    server->service.is_told = false;
    Conn *next = NULL;
    for (Conn *conn = server->conns; conn != NULL; conn = next) {
        next = conn->next;
        settle(server, conn);
    }
}

// After the events of a turn, as settle_all.
static void release_held(Server *server)
{
    if (!server->is_log_ready)
        return;
    server->is_log_ready = false;
    uint64_t safe = journal_on_ready(server->service.journal);
    Conn *next = NULL;
    for (Conn *conn = server->service.held; conn != NULL; conn = next) {
        next = conn->next_held;
        conn_release(&server->service, conn, safe);
        settle(server, conn);
    }
}

// ---- deadlines ----

static void check_deadlines(Server *server)
{
    const Limits *limits = &server->config->limits;
    int64_t shorter = limits->frame_time < limits->answer_time ? limits->frame_time
                                                               : limits->answer_time;
    server->next_check = server->service.now + shorter / CHECKS_PER_DEADLINE;
    Conn *next = NULL;
    for (Conn *conn = server->conns; conn != NULL; conn = next) {
        next = conn->next;
        conn_check_time(&server->service, conn);
        settle(server, conn);
    }
    if (!server->is_draining)
        set_accepting(server, true);
}

// How long epoll may wait, in milliseconds, rounded up; -1: for ever.
static int wait_time(const Server *server)
{
    int64_t until = INT64_MAX;
    if (server->service.armed > 0 || !server->is_accepting)
        until = server->next_check;
    if (server->is_draining && server->drain_end < until)
        until = server->drain_end;
    if (until == INT64_MAX)
        return -1;
    int64_t left = until - server->service.now;
    return left <= 0 ? 0 : (int)((left + MILLISECONDS - 1) / MILLISECONDS);
}

// ---- reload ----

static void start_reload(Server *server)
{
    Service *service = &server->service;
    if (!service->reload_wanted || server->reload.is_running || server->is_draining)
        return;
    service->reload_wanted = false;
    for (Conn *conn = server->conns; conn != NULL; conn = conn->next)
        if (conn->wait == WAIT_ASKED)
            conn->wait = WAIT_RUNNING;
    if (reload_start(&server->reload) == STATUS_OK) {
        notify_reloading();
        return;
    }
    service->reload_wanted = true; // no thread to be had: with the next event again
}

static void report_reload(const Server *server, Status status)
{
    Report report;
    report_begin(&report, status == STATUS_OK ? "info" : "error",
                 status == STATUS_OK ? "reloaded" : "reload_refused");
    if (status != STATUS_OK)
        report_text(&report, "why", (Str){server->reload.why, server->reload.why_len});
    report_end(&report);
}

static void finish_reload(Server *server)
{
    Policy policy;
    Status status = reload_finish(&server->reload, &policy);
    if (status == STATUS_OK)
        core_swap(&server->service.core, policy);
    report_reload(server, status);
    notify_send("READY=1");
    WireError error = status == STATUS_OK ? WIRE_OK : WIRE_ERROR_RELOAD;
    Str why = {server->reload.why, server->reload.why_len};
    for (Conn *conn = server->conns; conn != NULL; conn = conn->next)
        if (conn->wait == WAIT_RUNNING)
            conn_on_reloaded(&server->service, conn, error, why);
    service_push_events(&server->service);
    server->service.is_told = true;
}

// ---- signals ----

static void start_draining(Server *server)
{
    if (server->is_draining)
        return;
    server->is_draining = true;
    server->drain_end = server->service.now + server->config->limits.drain_time;
    notify_send("STOPPING=1");
    listen_close(&server->listener);
    for (Conn *conn = server->conns; conn != NULL; conn = conn->next)
        conn_drain(conn);
    Report report;
    report_begin(&report, "info", "draining");
    report_number(&report, "connections", server->conn_count);
    report_end(&report);
}

static void take_signals(Server *server)
{
    struct signalfd_siginfo signal;
    while (read(server->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        if (signal.ssi_signo == SIGHUP)
            server->service.reload_wanted = true;
        else
            start_draining(server);
    }
}

// ---- the loop ----

static void take_conn_event(Server *server, Conn *conn, uint32_t events)
{
    Service *service = &server->service;
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0 && conn->outbox.ready > 0)
        conn_on_writable(service, conn);
    bool is_reading = (conn_events(conn) & EPOLLIN) != 0 && !conn->is_dead;
    if (is_reading && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
        conn_on_readable(service, conn);
    else if ((events & (EPOLLERR | EPOLLHUP)) != 0)
        conn->is_dead = true; // gone altogether: nobody reads what is left to be said
    settle(server, conn);
}

static void take_event(Server *server, const struct epoll_event *event)
{
    void *what = event->data.ptr;
    if (what == &server->listener)
        accept_some(server);
    else if (what == &server->signals)
        take_signals(server);
    else if (what == &server->reload)
        finish_reload(server);
    else if (what == server->service.journal)
        server->is_log_ready = true;
    else
        take_conn_event(server, what, event->events);
}

// What was once passed stays so, whatever is done to a clock.
static void take_time(Service *service)
{
    service->now = os_monotonic_clock();
    service->wall = clock_now(&service->clock);
    int64_t passed = service->clock.file.len > 0 ? service->wall - service->core.started
                                                 : service->now - service->started;
    passed += service->journal->tick;
    if (passed > service->tick)
        service->tick = passed;
}

static void run_loop(Server *server)
{
    Service *service = &server->service;
    while (!server->is_draining ||
           (server->conn_count > 0 && service->now < server->drain_end)) {
        struct epoll_event events[EVENTS_AT_ONCE];
        int count =
            epoll_wait(server->epoll, events, EVENTS_AT_ONCE, wait_time(server));
        take_time(service);
        for (int i = 0; i < count; i++)
            take_event(server, &events[i]);
        release_held(server);
        settle_all(server);
        journal_commit(service->journal);
        gauge_read(&server->gauge, service->journal->memory,
                   service->core.counters.quotas, service->now);
        if (service->now >= server->next_check)
            check_deadlines(server);
        start_reload(server);
    }
}

static Status open_descriptors(Server *server)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (server->epoll < 0 || server->signals < 0)
        return os_status(errno);
    TRY(reload_init(&server->reload, server->config,
                    server->service.core.policy.memory));
    TRY(watch(server, EPOLL_CTL_ADD, server->listener.fd, EPOLLIN, &server->listener));
    TRY(watch(server, EPOLL_CTL_ADD, server->signals, EPOLLIN, &server->signals));
    TRY(watch(server, EPOLL_CTL_ADD, server->reload.ready, EPOLLIN, &server->reload));
    Journal *journal = server->service.journal;
    if (journal->memory == NULL)
        return STATUS_OK;
    return watch(server, EPOLL_CTL_ADD, journal->ready, EPOLLIN, journal);
}

static Status start(Server *server, Policy policy)
{
    Service *service = &server->service;
    service->now = service->started = os_monotonic_clock();
    service->wall = clock_now(&service->clock);
    service->tick = service->journal->tick;
    Status status = core_init(&service->core, server->config, service->journal, policy,
                              service->wall);
    ENSURE(status == STATUS_OK, status);
    TRY(service_init(service));
    server->users = calloc((size_t)server->config->limits.connections, sizeof(User));
    ENSURE(server->users != NULL, STATUS_MEMORY);
    TRY(open_descriptors(server));
    server->is_accepting = true;
    return STATUS_OK;
}

static void close_descriptor(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

static void stop(Server *server)
{
    Conn *next = NULL;
    for (Conn *conn = server->conns; conn != NULL; conn = next) {
        next = conn->next;
        drop_conn(server, conn);
    }
    listen_close(&server->listener);
    reload_free(&server->reload);
    close_descriptor(server->signals);
    close_descriptor(server->epoll);
    core_free(&server->service.core);
    service_free(&server->service);
    free(server->users);
}

Status server_run(const Config *config, Journal *journal, Policy policy, Clock clock,
                  Listener listener)
{
    Server *server = calloc(1, sizeof(Server));
    if (server == NULL) {
        policy_close(&policy);
        listen_close(&listener);
        return STATUS_MEMORY;
    }
    server->config = config;
    server->service.config = config;
    server->service.journal = journal;
    server->service.clock = clock;
    server->listener = listener;
    server->epoll = server->signals = server->reload.ready = -1;
    Status status = start(server, policy);
    if (status == STATUS_OK) {
        notify_send("READY=1");
        run_loop(server);
    }
    stop(server);
    free(server);
    return status;
}
